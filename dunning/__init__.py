"""Reminders: policies, levels, runs, decisions, notices, letters, and the pauses that stop them."""
