"""When a delivery that failed is tried again, and when it is given up. Pure."""

from datetime import datetime, timedelta

GIVE_UP_AFTER = timedelta(days=3)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240, 480))
"""How long is waited after the n-th failed try; the last one repeats."""


def next_try(attempts: int, began_at: datetime, now: datetime) -> datetime | None:
    """When to try again after `attempts` tries, the last one now; None when three days are over by then."""
    at = now + WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    return at if at < began_at + GIVE_UP_AFTER else None
