"""How urgent an order is, and by when it is to be handed over. Pure.

Whoever tells us of an order may say how urgent it is; a rule can raise that and never lowers it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

PRIORITIES: Final = ("low", "normal", "high", "urgent")
"""From the least to the most urgent."""


@dataclass(frozen=True, slots=True)
class PriorityRule:
    """Orders that fit are at least of this priority. What a rule leaves out fits every order.

    `amount` is in minor units of `currency`; `within_days` is how soon after its receipt delivery is requested.
    """

    priority: str
    segment: str = ""
    channel: str = ""
    currency: str = ""
    amount: int = 0
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an order and its customer rules look at."""

    segment: str
    channel: str
    currency: str
    amount: int
    received_on: date
    requested_on: date | None


@dataclass(frozen=True, slots=True)
class OrderRules:
    """What orders are checked by: minutes to hand over by priority, rules that raise the priority, and what is unusual.

    An order is compared with the customer's earlier ones once there are `enough` of them: its amount with
    `times_the_median`, how many there are in seven days with `times_the_average`, and where it goes if `new_address`.
    """

    minutes: Mapping[str, int]
    raises: tuple[PriorityRule, ...] = ()
    enough: int = 5
    times_the_median: int = 4
    times_the_average: int = 4
    new_address: bool = True

    def hands_over_within(self, priority: str) -> timedelta:
        """How soon after its receipt an order of this priority is to be handed over."""
        return timedelta(minutes=self.minutes[priority])

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> "OrderRules":
        """The rules as they are stored."""
        return cls(**{**body, "raises": tuple(PriorityRule(**each) for each in body["raises"])})


def raised(told: str, facts: Facts, rules: Sequence[PriorityRule]) -> str:
    """The priority an order has: what was told, or what a rule that fits says if that is more urgent."""
    return max((told, *(each.priority for each in rules if _fits(each, facts))), key=PRIORITIES.index)


def _fits(rule: PriorityRule, facts: Facts) -> bool:
    return (
        rule.segment.casefold() in ("", facts.segment.casefold())
        and rule.channel in ("", facts.channel)
        and (not rule.currency or (rule.currency == facts.currency and facts.amount >= rule.amount))
        and (rule.within_days is None or _is_soon(facts, rule.within_days))
    )


def _is_soon(facts: Facts, days: int) -> bool:
    return facts.requested_on is not None and facts.requested_on <= facts.received_on + timedelta(days=days)
