"""Does a new limit lend more than before, on any day? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Term:
    """An amount, in minor units, from a day on and through another; `until_on` None: for good."""

    amount: int
    from_on: date
    until_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


def in_force(terms: Iterable[Term], day: date) -> int:
    """The amount of the newest term that holds on a day: the one that begins last, of two the later one in the list.

    Nothing where none holds: a limit that has run out lends nothing.
    """
    holding = [(term.from_on, index, term.amount) for index, term in enumerate(terms) if term.holds_on(day)]
    return max(holding)[2] if holding else 0


def is_raise(terms: Sequence[Term], wanted: Term) -> bool:
    """Whether on any day more would be lent than without the wanted term; `terms` in the order they were set."""
    begins = {wanted.from_on, *(term.from_on for term in terms)}
    begins |= {term.until_on + timedelta(days=1) for term in terms if term.until_on}
    return any(in_force([*terms, wanted], day) > in_force(terms, day) for day in begins if wanted.holds_on(day))
