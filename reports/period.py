"""What of a table an export is asked for. Pure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """What of a table is wanted: as of a day, or from one day to another, both included; None leaves it open."""

    on: date | None = None
    from_on: date | None = None
    to_on: date | None = None

    def holds(self, day: date) -> bool:
        first, last = (self.on, self.on) if self.on else (self.from_on, self.to_on)
        return (first is None or first <= day) and (last is None or day <= last)


Row = dict[str, object]
"""One row of an export: column → value, ready to be written."""


def shown(value: object | None) -> object:
    """The value, or an empty text where there is none."""
    return "" if value is None else value
