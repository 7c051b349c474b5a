"""Which customer to speak with first: the cash a step can be expected to bring, explained in words. Pure.

What is due and not held back by anything, times the share that usually still comes at its age, moved by how the
customer kept promises so far. The shares are a starting point to sort by, not measured from the book.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.money import decimal_text

SHARES: Final[Sequence[tuple[int | None, int]]] = ((0, 95), (30, 80), (60, 65), (90, 45), (None, 25))
"""Days late through which, and the share in percent; the last one has no end."""
MOST_MOVED: Final = 10
"""Percentage points a customer's word moves the share, at most, either way."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a customer of a company owes in one currency, and how they kept promises."""

    amount: int
    currency: str
    days_late: int
    kept: int = 0
    judged: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """The cash to expect in minor units, and why it is that."""

    expected: int
    words: str


def score(owed: Owed) -> Score:
    """Amount × share of its age, moved by the word kept."""
    if not owed.amount:
        return Score(0, "nothing is due that is not held back")
    share = next(share for last, share in SHARES if last is None or owed.days_late <= last)
    moved = round(MOST_MOVED * (2 * owed.kept - owed.judged) / owed.judged) if owed.judged else 0
    due = f"{decimal_text(owed.amount, owed.currency)} {owed.currency}"
    said = f"{due} due × {share + moved} %: {owed.days_late} days late"
    if owed.judged:
        said += f", kept {owed.kept} of {owed.judged} promises ({'+' if moved >= 0 else '−'}{abs(moved)})"
    return Score(owed.amount * (share + moved) // 100, said)
