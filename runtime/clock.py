"""The only place that reads the clock. Everything else is handed `now` and `today`."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """This instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that stands where it was put; tests and replays move it by assigning `at`."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def today_in(clock: Clock, zone: str) -> date:
    """The calendar date it is now in an IANA time zone."""
    return clock.now().astimezone(ZoneInfo(zone)).date()


def stopwatch() -> float:
    """Monotonic seconds, for measuring how long something took; never for facts."""
    return time.monotonic()
