"""Orders of which more is invoiced than was ordered: `/api/v1/order-mismatches`, and their page."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from core.money import decimal_text
from orders import mismatches
from runtime.shapes import Amount, Body, Currency, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(tags=["orders"])

API = "/api/v1/order-mismatches"
PAGE = "/order-mismatches"


class MismatchShape(Shape):
    """An order with more invoiced than ordered: `excess` is the difference."""

    id: UUID
    order_number: str
    customer_id: str
    ordered: Amount
    invoiced: Amount
    excess: Amount
    currency: Currency
    found_on: date


class Decided(Shape):
    """What became of it; `case` is the dispute."""

    id: UUID
    state: Literal["case", "let_be"]
    case: int | None


class Note(Body):
    """What a person has to say about it."""

    note: str = ""


@router.get(API, response_model=Whole[MismatchShape])
def found(call: Caller) -> Response:
    """Orders nobody decided on, the latest first."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_shown(*row) for row in mismatches.mismatches(work.session)]}

    return call.read(Right.VIEW, read)


def _shown(each: Any, order: Any, customer: Any) -> dict[str, Any]:
    return {
        "id": each.id,
        "order_number": order.number,
        "customer_id": customer.external_id,
        "ordered": decimal_text(order.amount, order.currency),
        "invoiced": decimal_text(order.invoiced, order.currency),
        "excess": decimal_text(each.excess, order.currency),
        "currency": order.currency,
        "found_on": each.found_on,
    }


@router.post(API + "/{mismatch_id}/open", response_model=Decided)
def open_case(call: Caller, mismatch_id: UUID) -> Response:
    """Opens a dispute on the order about the difference."""

    def do(work: Work) -> dict[str, Any]:
        made = mismatches.open_case(work, mismatches.mismatch(work.session, mismatch_id))
        return {"id": mismatch_id, "state": "case", "case": made.number}

    return call.write(Right.DISPUTE, do)


@router.post(API + "/{mismatch_id}/let-be", response_model=Decided)
def let_be(call: Caller, mismatch_id: UUID, body: Note) -> Response:
    """Makes no case of it."""

    def do(work: Work) -> dict[str, Any]:
        mismatches.let_be(work, mismatches.mismatch(work.session, mismatch_id), body.note)
        return {"id": mismatch_id, "state": "let_be", "case": None}

    return call.write(Right.DISPUTE, do)


@router.get(PAGE, include_in_schema=False)
def page(call: Caller) -> Response:
    """The same as a list, with what can be done about each."""

    def show(work: Work) -> dict[str, Any]:
        return {"rows": mismatches.mismatches(work.session), "may_dispute": work.actor.may(Right.DISPUTE)}

    return call.page(Right.VIEW, "orders/mismatches.html", show)


@router.post(PAGE + "/{mismatch_id}/open", include_in_schema=False)
def open_on_page(call: Caller, mismatch_id: UUID) -> Response:
    """Opens a dispute on the order."""

    def do(work: Work) -> str:
        made = mismatches.open_case(work, mismatches.mismatch(work.session, mismatch_id))
        return f"Case {made.number} is open; what is invoiced too much is not reminded."

    return call.form(Right.DISPUTE, do, to=PAGE)


@router.post(PAGE + "/{mismatch_id}/let-be", include_in_schema=False)
def let_be_on_page(call: Caller, mismatch_id: UUID) -> Response:
    """Makes no case of it."""

    def do(work: Work) -> str:
        mismatches.let_be(work, mismatches.mismatch(work.session, mismatch_id))
        return "No case is made of it; it is reminded like everything else."

    return call.form(Right.DISPUTE, do, to=PAGE)
