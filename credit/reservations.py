"""Credit kept free for orders that were allowed and have not arrived; part of the exposure while it runs."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.money import Money
from credit.tables import OrderCommitment, OrderReservation
from runtime.ids import new_id
from runtime.work import Work

RESERVED_FOR = timedelta(days=7)
"""How long credit is kept free for an order that was allowed and does not arrive."""


def reserve(work: Work, customer_id: UUID, order_number: str, at_risk: Money) -> OrderReservation | None:
    """Keeps credit free for what the order does not commit yet; None when there is nothing to keep."""
    left = at_risk.minor - committed(work.session, customer_id, order_number, at_risk.currency)
    if left <= 0:
        return None
    made = OrderReservation(
        id=new_id(), customer_id=customer_id, order_number=order_number, currency=at_risk.currency, amount=left,
        at=work.now, expires_at=work.now + RESERVED_FOR,
    )  # fmt: skip
    work.session.add(made)
    return made


def running(session: Session, customer_id: UUID, order_number: str) -> OrderReservation | None:
    return session.scalars(
        select(OrderReservation).where(
            OrderReservation.customer_id == customer_id,
            OrderReservation.order_number == order_number,
            OrderReservation.ended_at.is_(None),
        )
    ).first()


def covers(work: Work, customer_id: UUID, order_number: str, amount: Money) -> bool:
    """Whether credit is kept free for all of this amount, now."""
    kept = running(work.session, customer_id, order_number)
    if kept is None or kept.currency != amount.currency or kept.expires_at <= work.now:
        return False
    already = committed(work.session, customer_id, order_number, amount.currency)
    return kept.amount + already >= amount.minor


def end(work: Work, customer_id: UUID, order_number: str, because: str) -> None:
    """Frees what is kept for an order; nothing when nothing is."""
    kept = running(work.session, customer_id, order_number)
    if kept is not None:
        kept.ended_at, kept.ended_by = work.now, because
        work.session.flush()


def end_expired(work: Work, customer_id: UUID | None = None) -> None:
    """Frees what was kept for orders that did not arrive in time, of one customer or of all."""
    query = select(OrderReservation).where(OrderReservation.ended_at.is_(None), OrderReservation.expires_at <= work.now)
    if customer_id is not None:
        query = query.where(OrderReservation.customer_id == customer_id)
    for kept in work.session.scalars(query).all():
        kept.ended_at, kept.ended_by = work.now, "expired"
    work.session.flush()


def committed(session: Session, customer_id: UUID, order_number: str, currency: str) -> int:
    """What the order itself already adds to the exposure."""
    query = select(OrderCommitment.amount).where(
        OrderCommitment.customer_id == customer_id,
        OrderCommitment.order_number == order_number,
        OrderCommitment.currency == currency,
    )
    return session.scalar(query) or 0
