"""How old the debt is: which bucket a due date falls into on a day. Pure.

An item is late from the day after it is due; "1-30" holds the days 1 to 30 after it.
"""

from datetime import date, timedelta
from typing import NamedTuple

BUCKETS: tuple[tuple[str, int | None], ...] = (
    ("current", 0),
    ("1-30", 30),
    ("31-60", 60),
    ("61-90", 90),
    ("90+", None),
)
"""Name and the last day late that belongs to it; the last one has no end."""


class Bounds(NamedTuple):
    """The due dates of one bucket on a day, both ends included; None: open at that end."""

    name: str
    first_due: date | None
    last_due: date | None


def bounds(as_of: date) -> list[Bounds]:
    """The buckets of a day as due dates, the youngest debt first. Together they hold every date once."""
    found: list[Bounds] = []
    last_due: date | None = None
    for name, last_day in BUCKETS:
        first_due = None if last_day is None else as_of - timedelta(days=last_day)
        found.append(Bounds(name, first_due, last_due))
        last_due = first_due and first_due - timedelta(days=1)
    return found
