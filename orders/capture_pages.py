"""The capture screen: scans and mails that wait, and the original beside the form; and its twin in `/api/v1`."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import Field

from orders import captures, inbox
from orders.tables import OrderCapture
from receivables import store as receivables
from runtime.documents import Archive
from runtime.shapes import Body, Shape, Whole
from runtime.tables import Document
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(tags=["orders"])

API, PAGE = "/api/v1/order-captures", "/captures"
Text = Annotated[str, Form()]
SHOWN = {"application/pdf", "image/png", "image/jpeg"}
"""What browsers draw themselves; anything else is handed out as a file."""


class CaptureShape(Shape):
    """A document that waits to be typed in; `said` is what its index, or the mail, told of it."""

    id: UUID
    file: str
    channel: Literal["fax", "email", "paper", "manual"]
    received_at: datetime
    said: dict[str, str]


class TypedIn(Body):
    """The order as somebody read it; the members are the columns of the orders file."""

    order_number: str = Field(examples=["PO/1"])
    customer_id: str = Field(examples=["ACME"])
    currency: str = Field(examples=["EUR"])
    amount: str = Field(examples=["10.50"])
    received_at: str = ""
    requested_on: str = ""
    po_number: str = ""
    delivery_address: str = ""
    priority: str = ""
    company: str = ""


class CapturedShape(Shape):
    """What became of a document."""

    id: UUID
    state: Literal["captured", "set_aside"]
    order_number: str | None


class AsideNote(Body):
    """Why a document is no order."""

    note: str = Field(examples=["An advertisement."])


@router.get(API, response_model=Whole[CaptureShape])
def waiting(call: Caller) -> Response:
    """Documents that wait to be typed in, the first received first."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_shown(*row) for row in captures.waiting(work.session)]}

    return call.read(Right.VIEW, read)


def _shown(found: OrderCapture, document: Document) -> dict[str, Any]:
    return {
        "id": found.id, "file": document.name, "channel": found.channel, "received_at": found.received_at,
        "said": found.said,
    }  # fmt: skip


@router.post(API + "/{capture_id}/order", status_code=201, response_model=CapturedShape)
def type_in(call: Caller, capture_id: UUID, body: TypedIn) -> Response:
    """Makes the order of a document; the original stays with it."""

    def do(work: Work) -> dict[str, Any]:
        order = captures.type_in(work, capture_id, body.model_dump(exclude={"company"}), body.company)
        return {"id": capture_id, "state": "captured", "order_number": order.number}

    return call.write(Right.PUSH, do, status=201)


@router.post(API + "/{capture_id}/set-aside", response_model=CapturedShape)
def set_aside(call: Caller, capture_id: UUID, body: AsideNote) -> Response:
    """Says that a document is no order."""

    def do(work: Work) -> dict[str, Any]:
        captures.set_aside(work, capture_id, body.note)
        return {"id": capture_id, "state": "set_aside", "order_number": None}

    return call.write(Right.PUSH, do)


@router.get(
    API + "/{capture_id}/original",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The document, byte for byte."}},
)
def original(call: Caller, capture_id: UUID) -> Response:
    """The document as it came."""
    return _hand_out(call, capture_id)


# ── the desk ────────────────────────────────────────────────────────────────────────────────────


@router.get(PAGE, include_in_schema=False)
def page(call: Caller) -> Response:
    """What waits to be typed in."""
    return call.page(
        Right.VIEW,
        "orders/captures.html",
        lambda work: {
            "rows": captures.waiting(work.session),
            "unread": inbox.waiting(work.session),
            "may_settle": work.actor.may(Right.PUSH),
        },
    )


@router.get(PAGE + "/{capture_id}", include_in_schema=False)
def screen(call: Caller, capture_id: UUID) -> Response:
    """The original, and the form beside it."""

    def show(work: Work) -> dict[str, Any]:
        found, document = captures.capture_of(work.session, capture_id)
        companies = receivables.companies(work.session)
        return {
            "capture": found,
            "document": document,
            "is_shown": _media_type(document) in SHOWN,
            "companies": [(each.code, each.name) for each in companies],
            "currency": companies[0].currency if companies else "EUR",
            "may_type": work.actor.may(Right.PUSH) and found.state == "waiting",
        }

    return call.page(Right.VIEW, "orders/capture.html", show)


@router.get(PAGE + "/{capture_id}/original", include_in_schema=False)
def original_on_page(call: Caller, capture_id: UUID) -> Response:
    """The document itself, to be looked at."""
    return _hand_out(call, capture_id)


@router.post(PAGE + "/{capture_id}/order", include_in_schema=False)
def type_in_on_page(
    call: Caller,
    capture_id: UUID,
    order_number: Text = "",
    customer_id: Text = "",
    currency: Text = "",
    amount: Text = "",
    requested_on: Text = "",
    po_number: Text = "",
    delivery_address: Text = "",
    priority: Text = "",
    company: Text = "",
) -> Response:
    """Makes the order of what was typed in, and goes on with the next document."""
    said = {
        "order_number": order_number, "customer_id": customer_id, "currency": currency.upper(), "amount": amount,
        "requested_on": requested_on, "po_number": po_number, "delivery_address": delivery_address,
        "priority": priority,
    }  # fmt: skip

    def do(work: Work) -> str:
        order = captures.type_in(work, capture_id, said, company)
        return f"Order {order.number} is captured."

    answer = call.form(Right.PUSH, do, to=PAGE)
    return _back(call, answer, capture_id)


@router.post(PAGE + "/{capture_id}/set-aside", include_in_schema=False)
def set_aside_on_page(call: Caller, capture_id: UUID, note: Text = "") -> Response:
    """Says that a document is no order."""

    def do(work: Work) -> str:
        captures.set_aside(work, capture_id, note)
        return "It is set aside; the original stays in the archive."

    return call.form(Right.PUSH, do, to=PAGE)


def _back(call: Call, answer: Response, capture_id: UUID) -> Response:
    """To the list when it was captured; to the same screen when something has to be put right."""

    def waits(work: Work) -> bool:
        return captures.capture_of(work.session, capture_id)[0].state == "waiting"

    if call.house.read(waits, actor=call.actor):
        answer.headers["Location"] = f"{PAGE}/{capture_id}"
    return answer


def _media_type(document: Document) -> str:
    name = document.name.lower()
    kinds = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
    return next((kind for ending, kind in kinds.items() if name.endswith(ending)), "application/octet-stream")


def _hand_out(call: Call, capture_id: UUID) -> Response:
    """Drawn by the browser as what we say it is, and as nothing else: anybody may have made it."""
    call.actor_needs(Right.VIEW)
    archive: Archive = call.request.app.state.system.archive

    def give(work: Work) -> Response:
        _, document = captures.capture_of(work.session, capture_id)
        media_type = _media_type(document)
        how = "inline" if media_type in SHOWN else "attachment"
        headers = {
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(document.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(archive.content(document), media_type=media_type, headers=headers)

    return call.house.read(give, actor=call.actor, request_id=call.request_id)
