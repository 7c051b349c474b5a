"""One customer's credit on the desk, with everything it rests on; the rules; and reviews that are done."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import select

from core.errors import Invalid
from credit import behaviour, groups, holds, reviews, rules, store
from credit.checks import SENTENCES
from credit.decision import Rules
from credit.exposure import Exposure
from credit.tables import CreditCheck, CreditLimit, Overrun
from receivables import store as receivables
from receivables.tables import Customer
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
CAUSES = {"limit_ends": "the limit runs out", "limit_ended": "the limit ran out", "behaviour": "behaves worse"}
SPARE_STEPS = 2


@router.get("/credit/customers/{external_id}")
def customer(call: Caller, external_id: str) -> Response:
    """A customer's limits, exposure part by part, group, behaviour, checks and overruns."""
    return call.page(Right.VIEW, "credit/customer.html", lambda work: _customer(work, external_id))


def _customer(work: Work, external_id: str) -> dict[str, Any]:
    found = receivables.customer_by_external_id(work.session, external_id)
    seen = reviews.behaviours(work, {found.id})[found.id]
    exposures = store.exposures(work.session, {found.id})
    limits = store.limits_in_force(work.session, {found.id}, work.today)
    currencies = sorted({currency for _, currency in exposures.keys() | limits.keys()})
    return {
        "customer": found,
        "accounts": [
            (exposures.get((found.id, each), Exposure(each)), limits.get((found.id, each))) for each in currencies
        ],
        "group": _group(work, found),
        "seen": seen,
        "score": behaviour.score(seen),
        "parts": behaviour.parts(seen),
        "scores": reviews.scores_of(work.session, found.id),
        "limits": _newest(work, CreditLimit, CreditLimit.customer_id == found.id, CreditLimit.at),
        "checks": _newest(work, CreditCheck, CreditCheck.customer_id == found.id, CreditCheck.at),
        "overruns": _newest(work, Overrun, Overrun.customer_id == found.id, Overrun.began_on),
        "holds": [each.CreditHold for each in holds.running_holds(work.session) if each.Customer.id == found.id],
        "reviews": [each.CreditReview for each in reviews.to_do(work.session, found.id)],
        "causes": CAUSES,
        "sentences": SENTENCES,
        "may_set": work.actor.may(Right.CREDIT),
        "may_review": work.actor.may(Right.HOLD),
    }


def _newest(work: Work, table: Any, condition: Any, at: Any) -> Any:
    return work.session.scalars(select(table).where(condition).order_by(at.desc(), table.id.desc()).limit(20)).all()


def _group(work: Work, found: Customer) -> dict[str, Any] | None:
    """The group a customer belongs to, when it has a limit: its head, members, limits and what they owe together."""
    for head, members in groups.limited(work.session, {found.id}, work.today).items():
        in_force = store.limits_in_force(work.session, {head}, work.today, "group")
        together = groups.exposures(work.session, {head: members})
        names = work.session.scalars(select(Customer).where(Customer.id.in_(members)).order_by(Customer.name)).all()
        accounts = [
            (together.get((head, currency), Exposure(currency)), limit) for (_, currency), limit in in_force.items()
        ]
        return {"head": receivables.customer_of(work.session, head), "members": names, "accounts": accounts}
    return None


# ── reviews ─────────────────────────────────────────────────────────────────────────────────────


@router.post("/credit/reviews/{review_id}/close")
def close_review(call: Caller, review_id: UUID, note: Text = "") -> Response:
    """Says what came of a look at a customer's credit."""

    def do(work: Work) -> str:
        reviews.close(work, review_id, note)
        return "The review is done."

    return call.form(Right.HOLD, do, to="/credit#reviews")


# ── rules ───────────────────────────────────────────────────────────────────────────────────────


@router.get("/credit/rules")
def shown_rules(call: Caller) -> Response:
    """The rules credit checks decide by."""

    def show(work: Work) -> dict[str, Any]:
        found: Rules = rules.in_force(work.session)
        said = rules.shown(found)
        return {
            "rules": said,
            "version": rules.version(work.session),
            "steps": [*said["steps"], *({"currency": "", "amount": "", "days": "", "verdict": "refer"},) * SPARE_STEPS],
            "may_change": work.actor.may(Right.POLICY),
        }

    return call.page(Right.VIEW, "credit/rules.html", show)


@router.post("/credit/rules")
def put_rules(
    call: Caller,
    refers_up_to_percent: Text = "",
    patient_days: Text = "",
    refers_at_days: Text = "",
    denies_at_days: Text = "",
    currency: Annotated[list[str] | None, Form()] = None,
    amount: Annotated[list[str] | None, Form()] = None,
    days: Annotated[list[str] | None, Form()] = None,
    verdict: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Puts the next version of the rules in force; a step without an amount is left out."""

    def do(work: Work) -> str:
        columns = (currency or [], amount or [], days or [], verdict or [])
        steps = [
            {"currency": code.strip().upper(), "amount": much.strip(), "days": _whole(late, "days"), "verdict": what}
            for code, much, late, what in zip(*columns, strict=False)
            if much.strip()
        ]
        numbers = {
            "refers_up_to_percent": refers_up_to_percent, "patient_days": patient_days,
            "refers_at_days": refers_at_days, "denies_at_days": denies_at_days,
        }  # fmt: skip
        rules.put_rules(work, {**{name: _whole(text, name) for name, text in numbers.items()}, "steps": steps})
        return f"Version {rules.version(work.session)} of the rules is in force."

    return call.form(Right.POLICY, do, to="/credit/rules")


def _whole(text: str, name: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and len(text) < 6):
        raise Invalid.because(f"/{name}", f"{name.replace('_', ' ')} is a whole number.", field=name)
    return int(text)
