"""Settings read once from the environment, and the data a new database is seeded with. Only `main` imports it."""
