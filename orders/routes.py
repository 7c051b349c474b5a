"""`/api/v1/orders`: orders told by the systems that capture them, and read back."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, Field

from core.errors import Invalid
from core.money import decimal_text
from core.problems import Problem
from orders import mails, store
from orders.intake import read_order
from orders.service import Told, put_orders, tell
from orders.shapes import Channel, EventKind, EventTold, MailQueued, OrderFate, OrderShape, OrderWithEvents
from orders.store import order_named
from orders.tables import Order
from receivables.imports import company_for
from receivables.intake.rows import Row
from runtime.lists import page_of
from runtime.schema import AnyRow
from runtime.shapes import Body, Page
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])


class NewOrder(Body):
    """An order; the members are the columns of the orders file. `company` by its code, the first one when absent."""

    order_number: str = Field(examples=["PO/1"])
    customer_id: str = Field(examples=["ACME"])
    received_at: str = Field(examples=["2026-11-20T09:30:00Z"])
    currency: str = Field(examples=["EUR"])
    amount: str = Field(examples=["10.50"])
    channel: str | None = Field(None, examples=["api"])
    requested_on: str | None = Field(None, examples=["2026-11-27"])
    po_number: str | None = None
    priority: str | None = Field(None, examples=["normal"])
    status: str | None = Field(None, examples=["confirmed"])
    prepaid_amount: str | None = Field(None, examples=["0.00"], description="Paid in advance; adds no credit risk.")
    delivery_address: str | None = Field(None, examples=["Satamakatu 3, 90100 Oulu, FI"])
    company: str | None = Field(None, examples=["NW"])


@router.post("", status_code=201, response_model=OrderFate, responses={200: {"model": OrderFate}})
def put_order(call: Caller, body: NewOrder) -> Response:
    """Creates an order (201), or changes the one of its number (200)."""
    order, problems = read_order(Row("", body.model_dump(exclude_unset=True, exclude={"company"})))
    if order is None:
        raise Invalid([_placed(problem) for problem in problems])

    def do(work: Work) -> dict[str, Any]:
        intake = put_orders(work, company_for(work, body.company), [order])
        if intake.problems:
            raise Invalid([_placed(problem) for problem in intake.problems])
        return {"order_number": order.number, "status": intake.fates[0][1]}

    return call.write(Right.PUSH, do, status=lambda found: 201 if found["status"] == "created" else 200)


def _placed(problem: Problem) -> Problem:
    return Problem(f"/{problem.field or ''}", problem.message, problem.severity, problem.field)


class NewEvent(Body):
    """Something that happened to an order. Only a correction has a `cause`; `line` names the order's line."""

    kind: EventKind
    at: AwareDatetime = Field(examples=["2026-11-20T10:05:00Z"])
    cause: str = Field("", examples=["data_entry"])
    line: str = ""
    author: str = ""
    note: str = ""
    channel: Channel | None = Field(None, description="By which way the news came.")


@router.post("/{number:path}/events", status_code=201, response_model=EventTold)
def tell_event(call: Caller, number: str, body: NewEvent) -> Response:
    """Tells what happened to an order; the same told again changes nothing."""

    def do(work: Work) -> dict[str, Any]:
        order = order_named(work.session, number).Order
        event = tell(
            work, order, Told(body.kind, body.at, body.cause, body.line, body.author, body.note, body.channel or "")
        )
        return {"order_number": order.number, "kind": event.kind, "at": event.at, "status": order.status}

    return call.write(Right.PUSH, do, status=201)


@router.post("/{number:path}/ask", status_code=202, response_model=MailQueued)
def ask(call: Caller, number: str) -> Response:
    """Mails the customer a link that confirms an unusual order; it works once, for fourteen days."""

    def do(work: Work) -> dict[str, Any]:
        made = mails.ask_customer(work, order_named(work.session, number).Order)
        return {"order_number": number, "state": made.state, "language": made.language}

    return call.write(Right.PUSH, do, status=202)


@router.get("", response_model=Page[OrderShape])
def orders(call: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 50, cursor: str | None = None) -> Response:
    """Orders by number."""
    order = (Order.number, Order.id)
    return call.read(Right.READ_BACK, lambda work: page_of(work.session, store.orders(), order, limit, cursor, _shown))


@router.get("/{number:path}", response_model=OrderWithEvents)
def one_order(call: Caller, number: str) -> Response:
    """One order with its history."""

    def read(work: Work) -> dict[str, Any]:
        row = order_named(work.session, number)
        events = store.events_of(work.session, row.Order.id)
        names = ("kind", "at", "cause", "line", "author", "channel", "note")
        return {**_shown(row), "events": [{name: getattr(each, name) for name in names} for each in events]}

    return call.read(Right.READ_BACK, read)


def _shown(row: AnyRow) -> dict[str, Any]:
    found: Order = row.Order
    names = ("channel", "received_at", "requested_on", "currency", "po_number", "delivery_address")
    states = ("priority", "status", "unusual")
    times = ("deadline_at", "processed_at", "late_at", "version")
    return {
        "order_number": found.number,
        "customer_id": row.external_id,
        **{name: getattr(found, name) for name in (*names, *states, *times)},
        "state": store.state_of(found),
        "amount": decimal_text(found.amount, found.currency),
        "invoiced": decimal_text(found.invoiced, found.currency),
        "prepaid_amount": decimal_text(row.prepaid or 0, found.currency),
        "duplicate_of": row.duplicate_of,
    }
