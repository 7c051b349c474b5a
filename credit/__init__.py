"""How much we lend: limits, exposure, overruns."""
