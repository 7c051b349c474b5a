"""May this order be taken on credit? Pure: the same inputs always get the same decision, today and in ten years.

A prepaid order adds no risk and is always allowed. Money overdue weighs by amount and age, not by a count: 2,000
sixty days late weighs as much as 12,000 ten days late.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["allow", "refer", "deny"]
_STRICTNESS: Mapping[Verdict, int] = {"allow": 0, "refer": 1, "deny": 2}


@dataclass(frozen=True, slots=True)
class Step:
    """More than `amount` (minor units) overdue by more than `days`: the order is referred, or denied."""

    currency: str
    amount: int
    days: int
    verdict: Literal["refer", "deny"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Where the bounds lie; stored with every decision.

    An order that leads no further than `refers_up_to_percent` of the limit beyond it is referred to a person, beyond
    that it is denied. Open amount × days overdue refers from `refers_at_days` × limit on and denies from
    `denies_at_days` × limit on; items no more than `patient_days` late do not count. `steps` look at amount and age
    directly, with or without a limit.
    """

    refers_up_to_percent: int = 10
    patient_days: int = 5
    refers_at_days: int = 10
    denies_at_days: int = 30
    steps: tuple[Step, ...] = ()

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Rules":
        """The rules as they were stored; what older ones do not say is as it is today."""
        return cls(**{**stored, "steps": tuple(Step(**step) for step in stored.get("steps", ()))})


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a decision rests on; amounts in minor units of one currency.

    `exposure` leaves this order out; `at_risk` is what the order adds: its amount less what is prepaid. `overdue` is
    the sum of open amount × days overdue. `released` is up to what amount a person released this order, None when
    nobody did. `limit` None: none is in force. `limit_id` and `customer_version` say which ones were looked at.
    `group_exposure` is that of the customer's whole group, without this order, against `group_limit`; `aged` is, for
    each step of the rules, how much is overdue by more than its days.
    """

    currency: str
    amount: int
    at_risk: int
    exposure: int
    limit: int | None
    overdue: int = 0
    is_on_hold: bool = False
    released: int | None = None
    limit_id: str | None = None
    customer_version: int = 0
    rules: Rules = Rules()
    group_exposure: int = 0
    group_limit: int | None = None
    group_limit_id: str | None = None
    aged: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Inputs":
        """The inputs of a decision as they were stored with it."""
        read = {"rules": Rules.from_dict(stored["rules"]), "aged": tuple(stored.get("aged", ()))}
        return cls(**{**stored, **read})


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a verdict, by its code."""

    code: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and every reason that led to it, the strictest first."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


def decide(given: Inputs) -> Decision:
    """The strictest of what limit, overdue money and holds say; a release overrules limit and overdue money."""
    if given.at_risk == 0:
        return _only("prepaid", "allow")
    if given.is_on_hold:
        return _only("on_hold", "deny")
    if given.released is not None and given.at_risk <= given.released:
        return _only("released", "allow")
    said = (*_by_limit(given), *_by_group(given), *_by_overdue(given), *_by_age(given))
    reasons = sorted(dict.fromkeys(said), key=lambda each: -_STRICTNESS[each.verdict])
    return Decision(reasons[0].verdict, tuple(reasons)) if reasons else _only("within_limit", "allow")


def is_long_overdue(overdue: int, limit: int, rules: Rules) -> bool:
    """Whether overdue money alone denies: amount × age reaches the limit × the days that deny."""
    return overdue > 0 and overdue >= limit * rules.denies_at_days


def _only(code: str, verdict: Verdict) -> Decision:
    return Decision(verdict, (Reason(code, verdict),))


def _by_limit(given: Inputs) -> Iterator[Reason]:
    if given.limit is None:
        yield Reason("no_limit", "refer")
        return
    yield from _beyond(given, "over_limit", given.exposure, given.limit)


def _by_group(given: Inputs) -> Iterator[Reason]:
    if given.group_limit is not None:
        yield from _beyond(given, "over_group_limit", given.group_exposure, given.group_limit)


def _beyond(given: Inputs, code: str, exposure: int, limit: int) -> Iterator[Reason]:
    beyond = exposure + given.at_risk - limit
    if beyond > 0:
        is_near = beyond * 100 <= limit * given.rules.refers_up_to_percent
        yield Reason(code, "refer" if is_near else "deny")


def _by_overdue(given: Inputs) -> Iterator[Reason]:
    if given.limit is None or given.overdue <= 0:
        return
    if is_long_overdue(given.overdue, given.limit, given.rules):
        yield Reason("overdue", "deny")
    elif given.overdue >= given.limit * given.rules.refers_at_days:
        yield Reason("overdue", "refer")


def _by_age(given: Inputs) -> Iterator[Reason]:
    """Too much overdue for too long, whatever the limit; of several steps that hold the strictest counts."""
    if step := strictest_step(given.rules, given.aged):
        yield Reason("aged", step.verdict)


def strictest_step(rules: Rules, aged: Sequence[int]) -> Step | None:
    """The strictest step whose amount is passed; `aged` says how much is overdue by more than each step's days."""
    hold = [step for step, overdue in zip(rules.steps, aged, strict=True) if overdue > step.amount] if aged else []
    return max(hold, key=lambda step: _STRICTNESS[step.verdict], default=None)
