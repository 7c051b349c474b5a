"""`/api/v1`: a customer's credit, its limit, and who is above it."""

from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from core.errors import Invalid
from core.money import Money, NotAnAmount, decimal_text, money
from credit import approvals, groups, service, store
from credit.exposure import Exposure
from credit.proposal_routes import shown_proposal
from credit.shapes import CreditShape, OverrunShape
from credit.tables import CreditLimit
from receivables.store import customer_by_external_id, external_ids, lock_customer
from receivables.tables import Customer
from runtime.openapi import NEEDS_IF_MATCH
from runtime.shapes import Body, Day, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["credit"])


class NewLimit(Body):
    """The most we lend in a currency; `amount` is a plain decimal. From today unless `from_on` says otherwise."""

    amount: str = Field(examples=["25000.00"])
    currency: str = Field(examples=["EUR"])
    insured: str = Field("0", examples=["10000.00"], description="How much of it a credit insurer covers.")
    reason: str = Field("", examples=["Review of November"])
    from_on: Day | None = None
    until_on: Day | None = None
    scope: Literal["customer", "group"] = Field(
        "customer", description="`group`: the customer and everybody below it, together."
    )


@router.get("/customers/{external_id}/credit", response_model=CreditShape)
def credit(call: Caller, external_id: str) -> Response:
    """Limit and exposure of a customer, per currency."""
    return call.read(Right.READ_BACK, lambda work: _credit(work, customer_by_external_id(work.session, external_id)))


@router.put("/customers/{external_id}/credit-limit", response_model=CreditShape, openapi_extra=NEEDS_IF_MATCH)
def set_limit(call: Caller, external_id: str, body: NewLimit) -> Response:
    """Sets a customer's limit in one currency (200), or proposes a raise somebody else has to approve (202).

    Needs If-Match with the ETag of the customer's credit. A program may set a first limit and lower one, never raise.
    """
    call.expected_version()
    limit, insured = _limit(body.amount, body.currency, "amount"), _limit(body.insured, body.currency, "insured")

    def do(work: Work) -> dict[str, Any]:
        customer = customer_by_external_id(work.session, external_id)
        lock_customer(work.session, customer.id)
        work.session.refresh(customer)
        call.must_match(customer.version)
        service.set_limit(work, customer, limit, body.reason, body.from_on, body.until_on, insured.minor, body.scope)
        work.session.flush()
        return _credit(work, customer)

    return call.write(Right.CREDIT, do, status=lambda found: 202 if found["proposals"] else 200)


@router.get("/credit/overruns", response_model=Whole[OverrunShape])
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
                    "scope": row.Overrun.scope,
                }
                for row in store.overruns(work.session)
            ]
        }

    return call.read(Right.VIEW, read)


def _limit(text: str, currency: str, name: str) -> Money:
    try:
        return money(text, currency)
    except NotAnAmount as error:
        raise Invalid.because(f"/{name}", str(error), field=name) from error


def _credit(work: Work, customer: Customer) -> dict[str, Any]:
    exposures = store.exposures(work.session, {customer.id})
    limits = store.limits_in_force(work.session, {customer.id}, work.today)
    currencies = sorted(currency for _, currency in exposures.keys() | limits.keys())
    waiting = [row for row in approvals.open_proposals(work) if row.Customer.id == customer.id]
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
        "group": _group(work, customer),
        "proposals": [shown_proposal(row.LimitProposal, customer.external_id) for row in waiting],
        "version": customer.version,
    }


def _group(work: Work, customer: Customer) -> dict[str, Any] | None:
    """The limit of the customer's group and what it owes together, where the group has one."""
    for head, members in groups.limited(work.session, {customer.id}, work.today).items():
        limits = store.limits_in_force(work.session, {head}, work.today, "group")
        together = groups.exposures(work.session, {head: members})
        names = external_ids(work.session, members)
        return {
            "head": names[head],
            "members": sorted(names.values()),
            "credit": [
                _account(together.get((head, currency), Exposure(currency)), limit, currency)
                for (_, currency), limit in sorted(limits.items(), key=lambda each: each[0][1])
            ],
        }
    return None


def _account(found: Exposure, limit: CreditLimit | None, currency: str) -> dict[str, Any]:
    parts = ("open", "charges", "orders", "unapplied", "credits")
    return {
        "currency": currency,
        "limit": None if limit is None else decimal_text(limit.amount, currency),
        "insured": None if limit is None else decimal_text(limit.insured, currency),
        "until_on": None if limit is None else limit.until_on,
        "exposure": decimal_text(found.total, currency),
        **{name: decimal_text(getattr(found, name), currency) for name in parts},
        "overrun": decimal_text(found.overrun(limit.amount if limit else None), currency),
    }
