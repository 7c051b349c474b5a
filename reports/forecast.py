"""When money is likely to come. Pure.

An item is expected on its due date, moved by the days its customer pays late on average: each allocation of the past
year weighs by its amount, early payments count as negative days. A customer without payments moves nothing. An open
promise counts instead of the habit. What was expected before today and is still open stands apart as `overdue_habit`:
its day is anybody's guess, and none is made.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 13
HISTORY_DAYS = 365


@dataclass(frozen=True, slots=True)
class Expected:
    """What is open and not disputed of one item, minor units. `days_late` is its customer's habit."""

    currency: str
    amount: int
    due_on: date
    days_late: int = 0
    promised_on: date | None = None

    @property
    def on(self) -> date:
        return self.promised_on or self.due_on + timedelta(days=self.days_late)


@dataclass(slots=True)
class Outlook:
    """One currency's forecast, minor units; `weeks` by their Monday."""

    weeks: dict[date, int]
    later: int = 0
    overdue_habit: int = 0


@dataclass(slots=True)
class Habit:
    """How late a customer pays, weighed by amount."""

    amount: int = 0
    amount_days: int = 0

    def add(self, amount: int, days: int) -> None:
        self.amount += amount
        self.amount_days += amount * days

    @property
    def days_late(self) -> int:
        """Whole days, halves up; 0 when nothing stands paid."""
        return (2 * self.amount_days + self.amount) // (2 * self.amount) if self.amount > 0 else 0


def forecast(items: Iterable[Expected], today: date) -> dict[str, Outlook]:
    """Currency → what is expected in this week and the twelve after it, later, and past its habit."""
    monday = today - timedelta(days=today.weekday())
    mondays = [monday + timedelta(weeks=week) for week in range(WEEKS)]
    outlooks: dict[str, Outlook] = {}
    for item in items:
        outlook = outlooks.setdefault(item.currency, Outlook(dict.fromkeys(mondays, 0)))
        week = item.on - timedelta(days=item.on.weekday())
        if item.on < today:
            outlook.overdue_habit += item.amount
        elif week in outlook.weeks:
            outlook.weeks[week] += item.amount
        else:
            outlook.later += item.amount
    return outlooks
