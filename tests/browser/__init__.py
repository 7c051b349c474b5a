"""A package of its own, so that its one browser is closed when the last of its tests is done: an open one keeps an event loop running."""
