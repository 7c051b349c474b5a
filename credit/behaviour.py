"""How well does a customer pay and keep its word? A score from 100 down to 0, with everything it rests on. Pure.

Days late weigh by amount: 10,000 paid ten days late says more than 10 paid a year late. What is still open and overdue
counts as late as it is today. Nothing known is no score, which is neither good nor bad.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

POINTS_A_DAY = 2
"""Points for each day late, weighted by amount…"""
MOST_FOR_DAYS = 60
"""…and the most they cost."""
FOR_PROMISES = 25
"""Points when every promise was broken."""
FOR_DISPUTES = 15
"""Points when every dispute decided was unfounded."""
WORSE_BY = 15
"""So many points less than at the last look call for a person."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What was seen of a customer in a year. `weighed` is Σ amount × days late, `paid` Σ amount (minor units; over all
    currencies, since only their proportion counts); `unfounded` disputes were rejected, `founded` accepted at least in
    part."""

    weighed: int = 0
    paid: int = 0
    kept: int = 0
    broken: int = 0
    unfounded: int = 0
    founded: int = 0

    @property
    def days_late(self) -> float:
        """Days late on average, weighted by amount, to one decimal."""
        return round(self.weighed / self.paid, 1) if self.paid else 0.0

    @property
    def is_known(self) -> bool:
        return bool(self.paid or self.kept or self.broken or self.unfounded or self.founded)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Behaviour":
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class Part:
    """What one side of the behaviour costs, and why."""

    what: str
    says: str
    points: int


def parts(seen: Behaviour) -> tuple[Part, ...]:
    """What the score loses, each with its reason."""
    late = min(MOST_FOR_DAYS, -(-seen.weighed * POINTS_A_DAY // seen.paid) if seen.paid else 0)
    promises, disputes = seen.kept + seen.broken, seen.unfounded + seen.founded
    return (
        Part("Days late, weighted by amount", f"{seen.days_late:g} days", late),
        Part("Promises broken", f"{seen.broken} of {promises}", _share(FOR_PROMISES, seen.broken, promises)),
        Part("Disputes unfounded", f"{seen.unfounded} of {disputes}", _share(FOR_DISPUTES, seen.unfounded, disputes)),
    )


def score(seen: Behaviour) -> int | None:
    """100 less what each part costs; None when nothing is known of the customer."""
    return 100 - sum(part.points for part in parts(seen)) if seen.is_known else None


def is_worse(now: int, before: int) -> bool:
    """Whether a person should look at the customer again."""
    return before - now >= WORSE_BY


def _share(points: int, part: int, whole: int) -> int:
    return (points * part + whole // 2) // whole if whole else 0
