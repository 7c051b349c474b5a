"""Cash: bank statements read and proven, entries matched to open items, allocations, unapplied cash, returns."""
