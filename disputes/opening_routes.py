"""`POST /api/v1/disputes/bulk`: one complaint about many invoices, or about every invoice of an order."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from core.errors import Invalid
from disputes import opening
from disputes.routes import shown_with_customer
from disputes.service import Contest
from disputes.shapes import DisputeShape, Priority, SaidDoor
from receivables import store as receivables
from receivables.imports import company_for
from runtime.shapes import Body, Day, Shape
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/disputes", tags=["disputes"])


class NewDisputes(Body):
    """The same complaint about several invoices: those named, or every one of an order. Say one of the two."""

    invoices: list[str] = Field(default_factory=list, max_length=opening.MOST_AT_ONCE, examples=[["F-1001", "F-1002"]])
    order_number: str = Field("", examples=["PO/1"])
    reason: str = Field(examples=["price"])
    detected_on: Day | None = None
    notified_on: Day | None = None
    note: str = ""
    company: str | None = None
    owner: str = ""
    priority: Priority = "normal"
    product: str = ""
    door: SaidDoor | None = None


class LeftOut(Shape):
    """An invoice no case was opened about, and why."""

    invoice_number: str
    why: str


class OpenedShape(Shape):
    """The cases opened, linked with each other, and what was left out."""

    data: list[DisputeShape]
    left_out: list[LeftOut]


@router.post("/bulk", status_code=201, response_model=OpenedShape)
def open_disputes(call: Caller, body: NewDisputes) -> Response:
    """Opens a case for each invoice in one step; from this answer on none of them is reminded."""

    def do(work: Work) -> dict[str, Any]:
        if bool(body.invoices) == bool(body.order_number):
            raise Invalid.because(
                "/invoices", "Name the invoices, or the order whose invoices are meant.", field="invoices"
            )
        company = company_for(work, body.company)
        notified = body.notified_on or work.today
        contest = Contest(
            "invoice", "", body.reason, body.detected_on or notified, notified, note=body.note, owner=body.owner,
            priority=body.priority, product=body.product, door=body.door or "",
        )  # fmt: skip
        if body.order_number:
            opened = opening.open_for_order(work, company, body.order_number, contest)
        else:
            numbers = dict.fromkeys(body.invoices)
            invoices = [receivables.invoice_by_number(work.session, number, company.id) for number in numbers]
            opened = opening.open_for_invoices(work, invoices, contest)
        return {
            "data": [shown_with_customer(work, each) for each in opened.made],
            "left_out": [{"invoice_number": number, "why": why} for number, why in opened.left_out],
        }

    return call.write(Right.OPEN_DISPUTE, do, status=201)
