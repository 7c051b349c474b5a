"""`/api/v1/credit`: may this order be taken, what is on hold, and releasing it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from core.errors import Invalid
from core.money import Money, NotAnAmount, decimal_text, money
from credit import checks, holds
from credit.tables import CreditCheck, CreditHold, OrderReservation
from receivables.store import customer_by_external_id, external_ids
from runtime.shapes import Amount, Body, Currency, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/credit", tags=["credit"])

Decision = Literal["allow", "refer", "deny"]


class NewCheck(Body):
    """An order to decide about. `amount` is what is still to be invoiced of it, `prepaid` what is paid in advance."""

    customer: str = Field(examples=["ACME"])
    order_number: str = Field(min_length=1, max_length=checks.LONGEST_NUMBER, examples=["PO/1"])
    amount: str = Field(examples=["1200.00"])
    currency: str = Field(examples=["EUR"])
    prepaid: str = Field("0", examples=["0"])


class ReasonShape(Shape):
    """Why: a code for programs, a sentence for people."""

    code: str = Field(examples=["within_limit"])
    message: str


class ReservationShape(Shape):
    """Credit kept free for the order, until it arrives confirmed or the instant is over."""

    id: UUID
    amount: Amount
    expires_at: datetime


class CheckShape(Shape):
    """A decision. `exposure` leaves this order out; `limit` null: none is in force."""

    id: UUID
    customer: str = Field(examples=["ACME"])
    order_number: str = Field(examples=["PO/1"])
    decision: Decision
    reasons: list[ReasonShape]
    currency: Currency
    exposure: Amount
    limit: Amount | None
    reservation: ReservationShape | None


@router.post("/checks", response_model=CheckShape)
def check(call: Caller, body: NewCheck) -> Response:
    """Allows, refers or denies an order, and keeps credit free for it when it is allowed."""
    amount = _amount(body.amount, body.currency, "amount")
    prepaid = _amount(body.prepaid, body.currency, "prepaid").minor

    def do(work: Work) -> dict[str, Any]:
        customer = customer_by_external_id(work.session, body.customer)
        made, kept = checks.check(work, customer, body.order_number, amount, prepaid)
        return _check(made, kept, customer.external_id)

    return call.write(Right.CHECK_CREDIT, do)


def _amount(text: str, currency: str, name: str) -> Money:
    try:
        return money(text, currency)
    except NotAnAmount as error:
        raise Invalid.because(f"/{name}", str(error), field=name) from error


def _check(made: CreditCheck, kept: OrderReservation | None, customer: str) -> dict[str, Any]:
    currency, limit = made.inputs["currency"], made.inputs["limit"]
    return {
        "id": made.id,
        "customer": customer,
        "order_number": made.order_number,
        "decision": made.decision,
        "reasons": [{"code": code, "message": checks.SENTENCES[code]} for code in made.reasons],
        "currency": currency,
        "exposure": decimal_text(made.inputs["exposure"], currency),
        "limit": None if limit is None else decimal_text(limit, currency),
        "reservation": kept
        and {"id": kept.id, "amount": decimal_text(kept.amount, currency), "expires_at": kept.expires_at},
    }


# ── holds ───────────────────────────────────────────────────────────────────────────────────────


class NewHold(Body):
    """Stops one order, or all new orders of a customer when no order is named."""

    customer: str = Field(examples=["ACME"])
    order_number: str = Field("", max_length=checks.LONGEST_NUMBER, examples=["PO/1"])
    reason: str = Field(examples=["Bank guarantee has run out"])


class Release(Body):
    """Why a hold is lifted."""

    reason: str = Field(examples=["Paid by card this morning"])


class HoldShape(Shape):
    """A credit hold; `order_number` empty: all new orders. A release counts for orders up to `amount`."""

    id: UUID
    customer_id: str = Field(examples=["ACME"])
    order_number: str
    cause: Literal["check", "person", "overdue", "reminder"]
    currency: Currency | None
    amount: Amount | None
    reason: str
    set_by: str
    set_at: datetime
    ended_at: datetime | None
    end_reason: str | None


@router.get("/holds", response_model=Whole[HoldShape])
def running_holds(call: Caller) -> Response:
    """Credit holds that run, the newest first; at most 500."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_hold(row.CreditHold, row.Customer.external_id) for row in holds.running_holds(work.session)]}

    return call.read(Right.VIEW, read)


@router.post("/holds", status_code=201, response_model=HoldShape)
def put_on_hold(call: Caller, body: NewHold) -> Response:
    """Stops one order, or all new orders of a customer."""

    def do(work: Work) -> dict[str, Any]:
        customer = customer_by_external_id(work.session, body.customer)
        return _hold(holds.put_on_hold(work, customer, body.order_number, body.reason), customer.external_id)

    return call.write(Right.HOLD, do, status=201)


@router.post("/holds/{hold_id}/release", response_model=HoldShape)
def release(call: Caller, hold_id: UUID, body: Release) -> Response:
    """Lifts a hold with a reason."""

    def do(work: Work) -> dict[str, Any]:
        hold = holds.hold_by_id(work.session, hold_id)
        checks.release(work, hold, body.reason)
        return _hold(hold, external_ids(work.session, [hold.customer_id])[hold.customer_id])

    return call.write(Right.CREDIT, do)


def _hold(hold: CreditHold, customer: str) -> dict[str, Any]:
    has_amount = hold.amount is not None and hold.currency is not None
    return {
        "id": hold.id,
        "customer_id": customer,
        "order_number": hold.order_number,
        "cause": hold.cause,
        "currency": hold.currency,
        "amount": decimal_text(hold.amount or 0, hold.currency or "") if has_amount else None,
        "reason": hold.reason,
        "set_by": hold.actor,
        "set_at": hold.at,
        "ended_at": hold.ended_at,
        "end_reason": hold.end_reason,
    }
