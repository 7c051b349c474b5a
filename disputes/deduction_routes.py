"""`/api/v1/deductions`: short payments somebody should look at, and what was decided about them."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from core.money import decimal_text
from disputes import deductions
from runtime.shapes import Amount, Body, Currency, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/deductions", tags=["disputes"])


class ProposalShape(Shape):
    """An invoice that was paid short: by how much, and what is open of it now."""

    id: UUID
    invoice_number: str
    customer_id: str
    amount: Amount
    open: Amount
    currency: Currency
    on: date


class DecidedShape(Shape):
    """What became of a short payment; `case` is the dispute it became."""

    id: UUID
    state: Literal["case", "let_be"]
    case: int | None


class Note(Body):
    """What a person has to say about it."""

    note: str = ""


@router.get("", response_model=Whole[ProposalShape])
def proposals(call: Caller) -> Response:
    """Short payments nobody decided on, the latest first."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_proposal(*row) for row in deductions.proposals(work.session)]}

    return call.read(Right.VIEW, read)


def _proposal(proposed: Any, invoice: Any, customer: Any, open_now: int) -> dict[str, Any]:
    return {
        "id": proposed.id,
        "invoice_number": invoice.number,
        "customer_id": customer.external_id,
        "amount": decimal_text(proposed.amount, proposed.currency),
        "open": decimal_text(int(open_now), proposed.currency),
        "currency": proposed.currency,
        "on": proposed.on,
    }


@router.post("/{proposal_id}/open", response_model=DecidedShape)
def open_case(call: Caller, proposal_id: UUID, body: Note) -> Response:
    """Opens a dispute, reason `deduction`, about what is still open of it."""

    def do(work: Work) -> dict[str, Any]:
        made = deductions.open_case(work, deductions.proposal(work.session, proposal_id), body.note)
        return {"id": proposal_id, "state": "case", "case": made.number}

    return call.write(Right.DISPUTE, do)


@router.post("/{proposal_id}/let-be", response_model=DecidedShape)
def let_be(call: Caller, proposal_id: UUID, body: Note) -> Response:
    """Makes no case of it; its rest is reminded."""

    def do(work: Work) -> dict[str, Any]:
        deductions.let_be(work, deductions.proposal(work.session, proposal_id), body.note)
        return {"id": proposal_id, "state": "let_be", "case": None}

    return call.write(Right.DISPUTE, do)
