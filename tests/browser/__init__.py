"""The desk in a real Chromium, closed when the last of its tests is done: an open one keeps an event loop running."""
