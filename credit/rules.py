"""The rules credit checks decide by: versions of data, edited on the desk; every check keeps the one it used."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.currencies import EXPONENTS
from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from credit.decision import Rules, Step
from credit.tables import CreditRules
from runtime.work import Right, Work

MOST_STEPS = 12
_BOUNDS = {
    "refers_up_to_percent": (0, 100),
    "patient_days": (0, 90),
    "refers_at_days": (1, 365),
    "denies_at_days": (1, 365),
}


def in_force(session: Session) -> Rules:
    """The newest version; the rules of the program where nobody wrote any."""
    body = session.scalar(select(CreditRules.body).order_by(CreditRules.version.desc()).limit(1))
    return Rules() if body is None else Rules.from_dict(body)


def version(session: Session) -> int:
    """The number of the newest version; 0 where there is none."""
    return session.scalar(select(func.max(CreditRules.version))) or 0


def put_rules(work: Work, said: Mapping[str, Any]) -> Rules:
    """Adds the next version. `said` has the whole numbers of `Rules`, and `steps`: currency, amount (a plain decimal),
    days and verdict each. `Invalid` names what is wrong by its pointer."""
    work.need(Right.POLICY)
    read = Rules(**{name: _whole(said, name) for name in _BOUNDS}, steps=_steps(said.get("steps", ())))
    if read.denies_at_days < read.refers_at_days:
        message = "What denies weighs at least as much as what refers."
        raise Invalid.because("/denies_at_days", message, field="denies_at_days")
    number = version(work.session) + 1
    work.session.add(CreditRules(version=number, body=asdict(read), actor=str(work.actor), at=work.now))
    work.session.flush()
    work.record("credit.rules_put", "credit:rules", {"version": number, **shown(read)})
    return read


def seed(work: Work, shipped: Mapping[str, Any]) -> None:
    """Gives a new database the shipped rules; where there are some, nothing is done."""
    if version(work.session) == 0:
        put_rules(work, shipped)


def shown(rules: Rules) -> dict[str, Any]:
    """The rules as people and programs read them: amounts as plain decimals."""
    steps = [
        {"currency": step.currency, "amount": decimal_text(step.amount, step.currency), "days": step.days,
         "verdict": step.verdict}
        for step in rules.steps
    ]  # fmt: skip
    return {**{name: getattr(rules, name) for name in _BOUNDS}, "steps": steps}


def _whole(said: Mapping[str, Any], name: str) -> int:
    low, high = _BOUNDS[name]
    value = said.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid.because(f"/{name}", f"{name} is a whole number from {low} to {high}.", field=name)
    return value


def _steps(said: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    if len(said) > MOST_STEPS:
        raise Invalid.because("/steps", f"There are at most {MOST_STEPS} steps.", field="steps")
    return tuple(_step(each, f"/steps/{place}") for place, each in enumerate(said))


def _step(said: Mapping[str, Any], where: str) -> Step:
    currency, verdict, days = said.get("currency", ""), said.get("verdict"), said.get("days")
    if currency not in EXPONENTS:
        raise Invalid.because(f"{where}/currency", f"“{currency}” is no currency of ISO 4217.", field="currency")
    if verdict not in ("refer", "deny"):
        raise Invalid.because(f"{where}/verdict", "A step refers or denies.", field="verdict")
    if not isinstance(days, int) or not 0 <= days <= 3650:
        raise Invalid.because(f"{where}/days", "The days overdue are from 0 to 3650.", field="days")
    try:
        amount = parse_minor(str(said.get("amount", "")), currency)
    except NotAnAmount as error:
        raise Invalid.because(f"{where}/amount", str(error), field="amount") from error
    if amount < 0:
        raise Invalid.because(f"{where}/amount", "The amount overdue is not negative.", field="amount")
    return Step(currency, amount, days, verdict)
