"""Credit on the desk: who is above the limit, which orders are held, which raises wait; and setting a limit."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from core.money import Money, NotAnAmount, money
from credit import approvals, checks, holds, reviews, store
from credit.customer_pages import CAUSES as REVIEWS
from credit.exposure import Exposure
from credit.service import set_limit
from receivables import store as receivables
from runtime.schema import AnyRow
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
CAUSES = {"check": "order checked", "person": "set by a person", "overdue": "long overdue", "reminder": "reminded"}


@router.get("/credit")
def credit(call: Caller, customer: str = "") -> Response:
    """Customers above their limit, holds and raises that wait; `customer` fills the form."""
    return call.page(Right.VIEW, "credit/overruns.html", lambda work: _credit(work, customer))


def _credit(work: Work, customer: str) -> dict[str, Any]:
    found = store.overruns(work.session)
    exposures = store.exposures(work.session, {row.Customer.id for row in found})
    proposals = approvals.open_proposals(work)
    in_force = store.limits(work.session, {row.Customer.id for row in proposals}, work.today)
    return {
        "overruns": [_overrun(row, exposures) for row in found],
        "holds": holds.running_holds(work.session),
        "causes": CAUSES,
        "reviews": reviews.to_do(work.session),
        "review_causes": REVIEWS,
        "proposals": [
            (made, who, in_force.get((who.id, made.currency)), made.maker == str(work.actor)) for made, who in proposals
        ],
        "customer": customer,
        "currencies": sorted({company.currency for company in receivables.companies(work.session)}),
        "may_set": work.actor.may(Right.CREDIT),
        "may_hold": work.actor.may(Right.HOLD),
    }


def _overrun(row: AnyRow, exposures: dict[store.Account, Exposure]) -> dict[str, Any]:
    overrun, customer = row
    account = overrun.customer_id, overrun.currency
    return {"overrun": overrun, "customer": customer, "exposure": exposures.get(account, Exposure(overrun.currency))}


# ── limits ──────────────────────────────────────────────────────────────────────────────────────


@router.post("/credit/limits")
def change_limit(
    call: Caller,
    customer: Text = "",
    amount: Text = "",
    currency: Text = "",
    insured: Text = "",
    reason: Text = "",
    until: Text = "",
    scope: Annotated[Literal["customer", "group"], Form()] = "customer",
) -> Response:
    """Sets the limit of a customer or its group from today on, for good or until a day; a raise waits for another."""

    def do(work: Work) -> str:
        found = receivables.customer_by_external_id(work.session, customer.strip())
        limit = _limit(amount, currency.strip().upper(), "amount")
        cover = _limit(insured.strip() or "0", limit.currency, "insured").minor
        made = set_limit(work, found, limit, reason.strip(), until=_day(until), insured=cover, scope=scope)
        if made is not None:
            return f"A raise to {limit} is proposed for {found.name}. Somebody else has to approve it."
        whose = f"the group of {found.name}" if scope == "group" else found.name
        return f"The limit of {whose} is {limit} from today on."

    return call.form(Right.CREDIT, do, to="/credit")


@router.post("/credit/limit-proposals/{proposal_id}/approve")
def approve(call: Caller, proposal_id: UUID, seen: Text = "") -> Response:
    """Puts a raise in force as it was shown."""

    def do(work: Work) -> str:
        made = approvals.approve(work, proposal_id, seen)
        name = receivables.customer_of(work.session, made.customer_id).name
        return f"The limit of {name} is raised to {Money(made.amount, made.currency)}."

    return call.form(Right.CREDIT, do, to="/credit#raises")


@router.post("/credit/limit-proposals/{proposal_id}/reject")
def reject(call: Caller, proposal_id: UUID, note: Text = "") -> Response:
    """Turns a raise down, or takes one's own back."""

    def do(work: Work) -> str:
        made = approvals.reject(work, proposal_id, note)
        return f"The raise is {made.state}; the limit stays as it was."

    return call.form(Right.CREDIT, do, to="/credit#raises")


def _limit(amount: str, currency: str, name: str) -> Money:
    try:
        return money(amount, currency)
    except NotAnAmount as error:
        raise Invalid.because(f"/{name}", str(error), field=name) from error


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid.because("/until", f"“{text[:20]}” is not a day.", field="until") from error


# ── holds ───────────────────────────────────────────────────────────────────────────────────────


@router.post("/credit/holds")
def put_on_hold(call: Caller, customer: Text = "", order_number: Text = "", reason: Text = "") -> Response:
    """Stops one order, or all new orders of a customer."""

    def do(work: Work) -> str:
        found = receivables.customer_by_external_id(work.session, customer.strip())
        hold = holds.put_on_hold(work, found, order_number, reason)
        return f"Order {hold.order_number} is on hold." if hold.order_number else f"{found.name} is on credit hold."

    return call.form(Right.HOLD, do, to="/credit#holds")


@router.post("/credit/holds/{hold_id}/release")
def release(call: Caller, hold_id: UUID, reason: Text = "") -> Response:
    """Lifts a hold with a reason."""

    def do(work: Work) -> str:
        hold = holds.hold_by_id(work.session, hold_id)
        checks.release(work, hold, reason)
        return f"Order {hold.order_number} is released." if hold.order_number else "The customer may order again."

    return call.form(Right.CREDIT, do, to="/credit#holds")
