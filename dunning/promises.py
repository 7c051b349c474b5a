"""Promises to pay: how far ahead and how often one may be made, and what became of one. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from core.problems import Problem

Outcome = Literal["kept", "partly_kept", "broken", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that came for an item since its promise: how much (minor units), and its value date."""

    amount: int
    on: date


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise as it is judged: the amount, the last day its money may count, and what may be missing.

    That last day is the promised one and the banks' clearing days after it. `is_settled`: nothing is left of the item.
    """

    amount: int
    through: date
    tolerance: int = 0
    is_settled: bool = False


def outcome(promised: Promised, paid: Sequence[Paid], today: date) -> Outcome | None:
    """What became of a promise; None while its money may still come.

    All of it by value date in time keeps it at once; within the tolerance it is kept when the time is over. A part in
    time keeps it partly. An item that was settled without any money left nothing to keep.
    """
    in_time = sum(each.amount for each in paid if each.on <= promised.through)
    if in_time >= promised.amount:
        return "kept"
    if today <= promised.through and not promised.is_settled:
        return None
    if promised.is_settled and not paid:
        return "withdrawn"
    if in_time >= promised.amount - promised.tolerance:
        return "kept"
    return "partly_kept" if in_time else "broken"


def wrong_day(promised_on: date, today: date, horizon_days: int) -> Iterator[Problem]:
    """Whether a day may be promised: from today on, and not further ahead than is taken."""
    if not 0 <= (promised_on - today).days <= horizon_days:
        last = today + timedelta(days=horizon_days)
        message = (
            f"A promise lies between today and {last}, {horizon_days} days ahead; agree a payment plan for longer."
        )
        yield Problem("/promised_on", message, field="promised_on")
