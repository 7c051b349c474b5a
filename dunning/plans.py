"""Payment plans: how a debt is split into instalments, what was paid of them, and when a plan is in default. Pure.

While a plan runs, its instalment dates stand for the due dates of its items. Whatever lowers the items counts against
the instalments, the oldest first. An instalment is missed when its date and the banks' clearing days are over and more
than the tolerance is missing of what should have been paid by then.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, get_args

from core.calendar import add_business_days
from core.money import split
from core.problems import Problem

Rhythm = Literal["weekly", "fortnightly", "monthly"]
Revive = Literal["balance", "instalment"]
"""What a missed instalment revives: all that is open, or only what should have been paid by now."""
PlanInterest = Literal["runs", "suspended"]
"""What becomes of late interest under a plan: it runs on, or it rests while the plan is kept to."""

RHYTHMS: Final[tuple[str, ...]] = get_args(Rhythm)


@dataclass(frozen=True, slots=True)
class Instalment:
    """An amount (minor units) agreed for a day."""

    due_on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Counted:
    """An instalment and what was counted against it."""

    instalment: Instalment
    paid: int

    @property
    def missing(self) -> int:
        return self.instalment.amount - self.paid


@dataclass(frozen=True, slots=True)
class Allowance:
    """How patient a plan is: clearing days of the banks in a country, and what may be missing in minor units."""

    clearing_business_days: int
    country: str
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything is paid."""


@dataclass(frozen=True, slots=True)
class OnTrack:
    """What should have been paid by now is paid; `next` is the instalment that comes."""

    next: Instalment | None


@dataclass(frozen=True, slots=True)
class Missed:
    """The first instalment that is short, and what is missing of all that should have been paid by now."""

    instalment: Instalment
    missing: int


Verdict = Kept | OnTrack | Missed


def equal_instalments(total: int, number: int, first_on: date, rhythm: Rhythm) -> tuple[Instalment, ...]:
    """A proposal: as equal as minor units allow, together exactly the total; the first ones carry the odd cents."""
    parts = split(total, [1] * number)
    return tuple(Instalment(_day(first_on, place, rhythm), part) for place, part in enumerate(parts))


def _day(first_on: date, place: int, rhythm: Rhythm) -> date:
    """Monthly keeps the day of the month, or the month's last when it is shorter."""
    if rhythm != "monthly":
        return first_on + timedelta(weeks=place * (2 if rhythm == "fortnightly" else 1))
    months = first_on.month - 1 + place
    year, month = first_on.year + months // 12, months % 12 + 1
    return date(year, month, min(first_on.day, monthrange(year, month)[1]))


def flaws(instalments: Sequence[Instalment], today: date, *, most: int, horizon_days: int) -> Iterator[Problem]:
    """What is wrong with instalments somebody wants to agree on; nothing when they are fit."""
    if not 0 < len(instalments) <= most:
        yield Problem("/instalments", f"A plan has from 1 to {most} instalments.", field="instalments")
        return
    last = today + timedelta(days=horizon_days)
    before = today - timedelta(days=1)
    for place, each in enumerate(instalments):
        where = f"/instalments/{place}"
        if each.amount <= 0:
            yield Problem(f"{where}/amount", "An instalment is more than nothing.", field="amount")
        if not today <= each.due_on <= last:
            message = f"An instalment lies between today and {last}, not on {each.due_on}."
            yield Problem(f"{where}/due_on", message, field="due_on")
        elif each.due_on <= before:
            yield Problem(f"{where}/due_on", "Each instalment lies after the one before.", field="due_on")
        before = each.due_on


def misfit(instalments: Sequence[Instalment], total: int) -> int:
    """How far the instalments are above (or, negative, below) what the items come to."""
    return sum(each.amount for each in instalments) - total


def counted(instalments: Sequence[Instalment], paid: int) -> list[Counted]:
    """What was paid, counted against the instalments, the oldest first."""
    found = []
    for each in instalments:
        part = min(paid, each.amount)
        found.append(Counted(each, part))
        paid -= part
    return found


def judge(instalments: Sequence[Instalment], paid: int, today: date, allowance: Allowance) -> Verdict:
    """Where a plan stands at the beginning of a day, with what was paid of it by then.

    A plan is kept when nothing is missing, or no more than the tolerance once its last instalment has passed.
    """
    found = counted(instalments, paid)
    passed = [each for each in found if has_passed(each.instalment, today, allowance)]
    missing = sum(each.missing for each in found)
    if not missing or (len(passed) == len(found) and missing <= allowance.tolerance):
        return Kept()
    late = sum(each.missing for each in passed)
    if late > allowance.tolerance:
        return Missed(next(each.instalment for each in passed if each.missing), late)
    return OnTrack(next((each.instalment for each in found if each not in passed and each.missing), None))


def has_passed(instalment: Instalment, today: date, allowance: Allowance) -> bool:
    """Whether money for an instalment should be on our account by now."""
    return today > add_business_days(instalment.due_on, allowance.clearing_business_days, allowance.country)


def still_protected(opens: Sequence[int], revived: int) -> list[int]:
    """How much of each item (oldest first) a plan still keeps from being reminded when so much of it is revived."""
    kept = []
    for each in opens:
        part = min(each, revived)
        kept.append(each - part)
        revived -= part
    return kept
