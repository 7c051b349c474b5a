"""`/api/v1`: a customer's credit, its limit, and who is above it."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from core.errors import Invalid
from core.money import Money, NotAnAmount, decimal_text, money
from credit import service, store
from credit.exposure import Exposure
from receivables.store import customer_by_external_id
from receivables.tables import Customer
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["credit"])


class NewLimit(BaseModel):
    """The most we lend in a currency; `amount` is a plain decimal. From today unless `from_on` says otherwise."""

    model_config = ConfigDict(extra="forbid", str_max_length=4000)

    amount: str
    currency: str
    reason: str = ""
    from_on: date | None = None
    until_on: date | None = None


@router.get("/customers/{external_id}/credit")
def credit(call: Caller, external_id: str) -> Response:
    """Limit and exposure of a customer, per currency."""
    return call.read(Right.READ_BACK, lambda work: _credit(work, customer_by_external_id(work.session, external_id)))


@router.put("/customers/{external_id}/credit-limit")
def set_limit(call: Caller, external_id: str, body: NewLimit) -> Response:
    """Sets a customer's limit in one currency."""
    limit = _limit(body)

    def do(work: Work) -> dict[str, Any]:
        customer = customer_by_external_id(work.session, external_id)
        service.set_limit(work, customer, limit, body.reason, body.from_on, body.until_on)
        work.session.flush()
        return _credit(work, customer)

    return call.write(Right.CREDIT, do, body=body.model_dump_json().encode())


@router.get("/credit/overruns")
def overruns(call: Caller) -> Response:
    """Customers above their limit now, the furthest first."""

    def read(work: Work) -> dict[str, Any]:
        return {
            "data": [
                {
                    "customer_id": row.Customer.external_id,
                    "currency": row.Overrun.currency,
                    "limit": decimal_text(row.Overrun.limit, row.Overrun.currency),
                    "exposure": decimal_text(row.Overrun.exposure, row.Overrun.currency),
                    "overrun": decimal_text(row.Overrun.exposure - row.Overrun.limit, row.Overrun.currency),
                    "since": row.Overrun.began_on,
                }
                for row in store.overruns(work.session)
            ]
        }

    return call.read(Right.VIEW, read)


def _limit(body: NewLimit) -> Money:
    try:
        return money(body.amount, body.currency)
    except NotAnAmount as error:
        raise Invalid.because("/amount", str(error), field="amount") from error


def _credit(work: Work, customer: Customer) -> dict[str, Any]:
    exposures = store.exposures(work.session, {customer.id})
    limits = store.limits(work.session, {customer.id}, work.today)
    currencies = sorted(currency for _, currency in exposures.keys() | limits.keys())
    return {
        "customer_id": customer.external_id,
        "credit": [
            _account(
                exposures.get((customer.id, currency), Exposure(currency)),
                limits.get((customer.id, currency)),
                currency,
            )
            for currency in currencies
        ],
    }


def _account(found: Exposure, limit: int | None, currency: str) -> dict[str, Any]:
    parts = ("open", "charges", "orders", "unapplied", "credits")
    return {
        "currency": currency,
        "limit": None if limit is None else decimal_text(limit, currency),
        "exposure": decimal_text(found.total, currency),
        **{name: decimal_text(getattr(found, name), currency) for name in parts},
        "overrun": decimal_text(found.overrun(limit), currency),
    }
