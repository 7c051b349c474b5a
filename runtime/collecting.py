"""Bulk work without the garbage collector in the way."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RARELY = (50_000, 20, 100)
"""Thresholds of the three generations, as `gc.set_threshold` takes them."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """While this lasts, cycles are looked for rarely: rows die by themselves, and looking costs a third of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
