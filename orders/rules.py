"""The rules orders are checked by: versions of data, edited on the desk. The newest counts for what comes in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.currencies import EXPONENTS
from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from orders.intake import CHANNELS
from orders.priority import PRIORITIES, OrderRules, PriorityRule
from orders.tables import OrderRulesVersion
from runtime.work import Right, Work

MOST_RAISES = 30
HOUR = 60
LONGEST_MINUTES = 30 * 24 * HOUR
_BOUNDS = {"enough": (2, 100), "times_the_median": (2, 100), "times_the_average": (2, 100)}


def in_force(session: Session) -> OrderRules:
    """The newest version; an hour for every order, where nobody wrote any."""
    body = session.scalar(select(OrderRulesVersion.body).order_by(OrderRulesVersion.version.desc()).limit(1))
    return OrderRules(dict.fromkeys(PRIORITIES, HOUR)) if body is None else OrderRules.from_dict(body)


def version(session: Session) -> int:
    """The number of the newest version; 0 where there is none."""
    return session.scalar(select(func.max(OrderRulesVersion.version))) or 0


def put_rules(work: Work, said: Mapping[str, Any]) -> OrderRules:
    """Adds the next version, for orders that come in from now on. `said` has the members of `OrderRules`, amounts as
    plain decimals; `Invalid` names what is wrong by its pointer."""
    work.need(Right.POLICY)
    minutes = said.get("minutes") or {}
    read = OrderRules(
        minutes={each: _whole(minutes, each, (1, LONGEST_MINUTES), "/minutes") for each in PRIORITIES},
        raises=_raises(said.get("raises", ())),
        new_address=said.get("new_address") is True,
        **{name: _whole(said, name, bounds, "") for name, bounds in _BOUNDS.items()},
    )
    number = version(work.session) + 1
    work.session.add(OrderRulesVersion(version=number, body=asdict(read), actor=str(work.actor), at=work.now))
    work.session.flush()
    work.record("orders.rules_put", "orders:rules", {"version": number, **shown(read)})
    return read


def seed(work: Work, shipped: Mapping[str, Any]) -> None:
    """Gives a new database the shipped rules; where there are some, nothing is done."""
    if version(work.session) == 0:
        put_rules(work, shipped)


def shown(rules: OrderRules) -> dict[str, Any]:
    """The rules as people and programs read them: amounts as plain decimals."""
    raises = [
        {**asdict(each), "amount": decimal_text(each.amount, each.currency) if each.currency else ""}
        for each in rules.raises
    ]
    return {**asdict(rules), "minutes": dict(rules.minutes), "raises": raises}


def _whole(said: Mapping[str, Any], name: str, bounds: tuple[int, int], where: str) -> int:
    low, high = bounds
    value = said.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid.because(f"{where}/{name}", f"{name} is a whole number from {low} to {high}.", field=name)
    return value


def _raises(said: Sequence[Mapping[str, Any]]) -> tuple[PriorityRule, ...]:
    if len(said) > MOST_RAISES:
        raise Invalid.because("/raises", f"There are at most {MOST_RAISES} rules.", field="raises")
    return tuple(_raise(each, f"/raises/{place}") for place, each in enumerate(said))


def _raise(said: Mapping[str, Any], where: str) -> PriorityRule:
    priority, channel, days = said.get("priority"), said.get("channel") or "", said.get("within_days")
    if priority not in PRIORITIES[1:]:
        message = f"A rule raises to {', '.join(PRIORITIES[1:])}."
        raise Invalid.because(f"{where}/priority", message, field="priority")
    if channel not in ("", *CHANNELS):
        raise Invalid.because(f"{where}/channel", f"A channel is one of {', '.join(CHANNELS)}.", field="channel")
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= 365):
        message = "The days until delivery is requested are from 0 to 365."
        raise Invalid.because(f"{where}/within_days", message, field="within_days")
    currency, amount = _at_least(said, where)
    rule = PriorityRule(str(priority), str(said.get("segment") or "").strip()[:80], channel, currency, amount, days)
    if rule == PriorityRule(rule.priority):
        message = "A rule says which orders it is for: by segment, channel, amount or requested day."
        raise Invalid.because(where, message, field="segment")
    return rule


def _at_least(said: Mapping[str, Any], where: str) -> tuple[str, int]:
    """The amount from which a rule counts; currency and amount come together or not at all."""
    currency, text = str(said.get("currency") or "").upper(), str(said.get("amount") or "").strip()
    if not currency and not text:
        return "", 0
    if currency not in EXPONENTS:
        raise Invalid.because(f"{where}/currency", f"“{currency}” is no currency of ISO 4217.", field="currency")
    try:
        amount = parse_minor(text, currency)
    except NotAnAmount as error:
        raise Invalid.because(f"{where}/amount", str(error), field="amount") from error
    if amount < 0:
        raise Invalid.because(f"{where}/amount", "The amount is not negative.", field="amount")
    return currency, amount
