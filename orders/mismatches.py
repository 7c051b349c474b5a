"""More invoiced than ordered: found when either comes in, before the first reminder, and put to a person.

It pauses nothing by itself; a person makes a case of it or lets it be. Less than ordered is no finding: an order may be
invoiced in parts.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound, Refused
from core.money import decimal_text
from disputes.service import Contest, open_dispute
from disputes.tables import Dispute
from orders.tables import Order, OrderMismatch
from receivables import store as receivables
from receivables.tables import Company, Customer
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Right, Work

REASON = "invoicing_error"


def compare(work: Work, orders: Sequence[Order]) -> None:
    """Notes for each order how much more is invoiced on it than was ordered; what a person let be stays let be."""
    known = _known(work.session, [order.id for order in orders])
    for order in orders:
        excess = 0 if order.status == "cancelled" else max(0, order.invoiced - order.amount)
        found = known.get(order.id)
        if found is None and excess:
            work.session.add(
                OrderMismatch(
                    id=new_id(), order_id=order.id, customer_id=order.customer_id, excess=excess, found_on=work.today
                )
            )
        elif found is not None and found.excess != excess:
            found.excess, found.found_on = excess, work.today
            found.closed_at = None if excess else work.now


def _known(session: Session, order_ids: Sequence[UUID]) -> dict[UUID, OrderMismatch]:
    return {
        each.order_id: each
        for part in receivables.chunks(order_ids)
        for each in session.scalars(select(OrderMismatch).where(OrderMismatch.order_id.in_(part)))
    }


def mismatches(session: Session) -> Sequence[AnyRow]:
    """(OrderMismatch, Order, Customer) nobody decided on, the latest first."""
    return session.execute(
        select(OrderMismatch, Order, Customer)
        .join(Order, Order.id == OrderMismatch.order_id)
        .join(Customer, Customer.id == OrderMismatch.customer_id)
        .where(OrderMismatch.closed_at.is_(None))
        .order_by(OrderMismatch.id.desc())
    ).all()


def mismatch(session: Session, mismatch_id: UUID) -> OrderMismatch:
    found = session.get(OrderMismatch, mismatch_id)
    if found is None:
        raise NotFound("There is no such difference.")
    return found


def open_case(work: Work, found: OrderMismatch) -> Dispute:
    """Opens a dispute on the order about what is invoiced too much; it pauses that much of what is open on it."""
    work.need(Right.DISPUTE)
    order = _lock(work, found)
    company = work.session.get_one(Company, order.company_id)
    more = f"{decimal_text(found.excess, order.currency)} {order.currency} more is invoiced than was ordered."
    contest = Contest(
        "order", order.number, REASON, work.today, work.today, found.excess, order.currency, more,
        customer_id=order.customer_id, door="comparison",
    )  # fmt: skip
    made = open_dispute(work, company, contest)
    found.dispute_id, found.closed_at = made.id, work.now
    return made


def let_be(work: Work, found: OrderMismatch, reason: str = "") -> None:
    """Says that no case is made of it; it is found again only when the difference changes."""
    work.need(Right.DISPUTE)
    order = _lock(work, found)
    found.closed_at = work.now
    work.record("mismatch.let_be", f"order:{order.number}", {"excess": found.excess}, reason=reason or None)


def _lock(work: Work, found: OrderMismatch) -> Order:
    receivables.lock_customer(work.session, found.customer_id)
    work.session.refresh(found)
    if found.closed_at is not None:
        raise Refused("This difference was decided on already.")
    return work.session.get_one(Order, found.order_id)
