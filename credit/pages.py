"""Credit on the desk: who is above the limit, by how much, and setting one."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from core.money import Money, NotAnAmount, money
from credit import store
from credit.exposure import Exposure
from credit.service import set_limit
from receivables import store as receivables
from runtime.schema import AnyRow
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)


@router.get("/credit")
def credit(call: Caller, customer: str = "") -> Response:
    """Customers above their limit, the furthest first; `customer` fills the form."""
    return call.page(Right.VIEW, "credit/overruns.html", lambda work: _credit(work, customer))


def _credit(work: Work, customer: str) -> dict[str, Any]:
    found = store.overruns(work.session)
    exposures = store.exposures(work.session, {row.Customer.id for row in found})
    return {
        "overruns": [_overrun(row, exposures) for row in found],
        "customer": customer,
        "currencies": sorted({company.currency for company in receivables.companies(work.session)}),
        "may_set": work.actor.may(Right.CREDIT),
    }


def _overrun(row: AnyRow, exposures: dict[store.Account, Exposure]) -> dict[str, Any]:
    overrun, customer = row
    account = overrun.customer_id, overrun.currency
    return {"overrun": overrun, "customer": customer, "exposure": exposures.get(account, Exposure(overrun.currency))}


@router.post("/credit/limits")
def change_limit(
    call: Caller,
    customer: Annotated[str, Form()] = "",
    amount: Annotated[str, Form()] = "",
    currency: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
) -> Response:
    """Sets the limit of a customer from today on, for good or until a day."""

    def do(work: Work) -> str:
        found = receivables.customer_by_external_id(work.session, customer.strip())
        limit = _limit(amount, currency.strip().upper())
        set_limit(work, found, limit, reason.strip(), until=_day(until))
        return f"The limit of {found.name} is {limit} from today on."

    return call.form(Right.CREDIT, do, to="/credit")


def _limit(amount: str, currency: str) -> Money:
    try:
        return money(amount, currency)
    except NotAnAmount as error:
        raise Invalid.because("/amount", str(error), field="amount") from error


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid.because("/until", f"“{text[:20]}” is not a day.", field="until") from error
