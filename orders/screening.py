"""What a person should look at before an order goes on: it may be told twice, or be unusual; and who is late."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from orders.priority import OrderRules
from orders.tables import Order
from orders.unusual import Before, Judged, reasons
from receivables.tables import Customer
from runtime.work import Work

TWINS_WITHIN = timedelta(days=14)
"""How far apart two orders with the same PO number and total, or the same document, may be received."""
BARE_TWINS_WITHIN = timedelta(hours=24)
"""The same where neither gives a PO number: only customer and total agree."""
LOOKS_BACK = timedelta(days=365)
MOST_COMPARED = 400


def screen(work: Work, order: Order, rules: OrderRules) -> None:
    """Links a new order to the one it seems to repeat, and says why it is unusual. Nothing is dropped or stopped."""
    order.duplicate_of_id = work.session.scalars(
        select(Order.id)
        .where(
            Order.company_id == order.company_id,
            Order.customer_id == order.customer_id,
            Order.id < order.id,
            Order.currency == order.currency,
            Order.amount == order.amount,
            Order.status != "cancelled",
            _looks_the_same(order),
        )
        .order_by(Order.id)
        .limit(1)
    ).first()
    if order.status == "received":
        order.unusual = _why_unusual(work.session, order, rules)


def screen_again(work: Work, order: Order, rules: OrderRules) -> None:
    """Looks at an order once more whose amount or address changed before it was handed over. What the customer said of
    it before was said of another order."""
    if order.status != "received":
        return
    work.session.flush()
    order.unusual = _why_unusual(work.session, order, rules)
    if order.unusual and order.validated_at is not None:
        order.validated_at = None
        work.record("order.to_validate_again", f"order:{order.number}", reason=order.unusual)


def _looks_the_same(order: Order) -> ColumnElement[bool]:
    if order.po_number:
        same = and_(Order.po_number == order.po_number, _received_within(order, TWINS_WITHIN))
    else:
        same = and_(Order.po_number == "", _received_within(order, BARE_TWINS_WITHIN))
    if order.document_id is None:
        return same
    return or_(same, Order.document_id == order.document_id)


def _received_within(order: Order, apart: timedelta) -> ColumnElement[bool]:
    return Order.received_at.between(order.received_at - apart, order.received_at + apart)


def _why_unusual(session: Session, order: Order, rules: OrderRules) -> str:
    """The reasons in words; "" for an order that is usual."""
    customer = session.get_one(Customer, order.customer_id)
    home = ", ".join(each for each in (customer.street, customer.postal_code, customer.city, customer.country) if each)
    judged = Judged(order.received_at, order.amount, order.currency, order.delivery_address or "")
    return " ".join(reasons(judged, _before(session, order), home, rules))


def _before(session: Session, order: Order) -> list[Before]:
    query = (
        select(Order.received_at, Order.amount, Order.delivery_address)
        .where(
            Order.customer_id == order.customer_id,
            Order.currency == order.currency,
            Order.id != order.id,
            Order.status != "cancelled",
            Order.received_at <= order.received_at,
            Order.received_at > order.received_at - LOOKS_BACK,
        )
        .order_by(Order.received_at.desc(), Order.id)
        .limit(MOST_COMPARED)
    )
    return [Before(at, amount, address or "") for at, amount, address in session.execute(query)]


def note_late(work: Work) -> dict[str, int]:
    """Writes down, once, of every order that was not handed over by its deadline."""
    late = work.session.scalars(
        select(Order).where(
            Order.late_at.is_(None),
            Order.deadline_at < work.now,
            Order.processed_at.is_(None),
            Order.cancelled_at.is_(None),
            Order.status == "received",
        )
    ).all()
    for order in late:
        order.late_at = work.now
        work.record("order.late", f"order:{order.number}", {"deadline": str(order.deadline_at)})
    return {"late": len(late)}
