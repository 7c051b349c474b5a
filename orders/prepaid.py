"""What of an order is paid in advance: it adds no risk to the customer's credit."""

from uuid import UUID

from sqlalchemy.orm import Session

from orders.tables import Order, OrderPrepayment
from runtime.work import Work


def prepaid_of(session: Session, order_id: UUID) -> int:
    """Minor units of the order's currency; 0 where nothing was said."""
    found = session.get(OrderPrepayment, order_id)
    return found.amount if found else 0


def put_prepaid(work: Work, order: Order, amount: int | None) -> bool:
    """Writes what is prepaid of an order; None says nothing of it. Whether it changed."""
    if amount is None or amount == prepaid_of(work.session, order.id):
        return False
    found = work.session.get(OrderPrepayment, order.id)
    if found is None:
        found = OrderPrepayment(order_id=order.id)
        work.session.add(found)
    found.amount = amount
    return True
