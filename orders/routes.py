"""`/api/v1/orders`: orders told by the systems that capture them, and read back."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Query
from fastapi.responses import Response
from sqlalchemy import select

from core.errors import Invalid, NotFound
from core.money import decimal_text
from core.problems import Problem
from orders.intake import COLUMNS, read_order
from orders.service import put_orders
from orders.tables import Order
from receivables.imports import company_for
from receivables.intake.rows import Row
from receivables.tables import Customer
from runtime.lists import page_of
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])


@router.post("", status_code=201)
def put_order(call: Caller, body: Annotated[dict[str, Any], Body()]) -> Response:
    """Creates an order or changes it by its number; the members are the columns of the orders file."""
    unknown = sorted(set(body) - set(COLUMNS))
    if unknown:
        raise Invalid.because(f"/{unknown[0][:40]}", "An order has no such member.", field=unknown[0][:40])
    order, problems = read_order(Row("", body))
    if order is None:
        raise Invalid([_placed(problem) for problem in problems])

    def do(work: Work) -> dict[str, Any]:
        intake = put_orders(work, company_for(work, None), [order])
        if intake.problems:
            raise Invalid([_placed(problem) for problem in intake.problems])
        return {"order_number": order.number, "status": intake.fates[0][1]}

    return call.write(Right.PUSH, do, status=201, body=orjson.dumps(body))


def _placed(problem: Problem) -> Problem:
    return Problem(f"/{problem.field or ''}", problem.message, problem.severity, problem.field)


@router.get("")
def orders(call: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 50, cursor: str | None = None) -> Response:
    """Orders by number."""
    order = (Order.number, Order.id)
    return call.read(Right.READ_BACK, lambda work: page_of(work.session, _orders(), order, limit, cursor, _shown))


@router.get("/{number:path}")
def one_order(call: Caller, number: str) -> Response:
    """One order."""

    def read(work: Work) -> dict[str, Any]:
        row = work.session.execute(_orders().where(Order.number == number)).first()
        if row is None:
            raise NotFound(f"There is no order “{number}”.")
        return _shown(row)

    return call.read(Right.READ_BACK, read)


def _orders() -> Any:
    return select(Order, Customer.external_id).join(Customer, Customer.id == Order.customer_id)


def _shown(row: Any) -> dict[str, Any]:
    found: Order = row[0]
    names = ("channel", "received_at", "requested_on", "currency", "po_number", "priority", "status")
    return {
        "order_number": found.number,
        "customer_id": row[1],
        **{name: getattr(found, name) for name in names},
        "amount": decimal_text(found.amount, found.currency),
        "invoiced": decimal_text(found.invoiced, found.currency),
    }
