"""Read-only figures: aging, days sales outstanding, the six indicators, the worklist."""
