"""Every query on orders."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.errors import NotFound
from disputes.tables import Dispute
from orders.tables import Order, OrderEvent, OrderPrepayment
from receivables.tables import Customer, Invoice
from runtime.schema import AnyRow

AWAITING = "awaiting_validation"


def orders() -> Select[*tuple[Any, ...]]:
    """(Order, Customer, its external_id, the number it is a duplicate of, what of it is prepaid or None)."""
    twin = aliased(Order)
    return (
        select(Order, Customer, Customer.external_id, twin.number.label("duplicate_of"))
        .add_columns(OrderPrepayment.amount.label("prepaid"))
        .join(Customer, Customer.id == Order.customer_id)
        .outerjoin(twin, twin.id == Order.duplicate_of_id)
        .outerjoin(OrderPrepayment, OrderPrepayment.order_id == Order.id)
    )


def order_named(session: Session, number: str) -> AnyRow:
    """One order as `orders` gives it; of the same number in several companies the first told."""
    row = session.execute(orders().where(Order.number == number).order_by(Order.id)).first()
    if row is None:
        raise NotFound(f"There is no order “{number}”.")
    return row


def is_known(session: Session, company_id: UUID, number: str) -> bool:
    """Whether somebody told the order of this number."""
    query = select(Order.id).where(Order.company_id == company_id, Order.number == number)
    return bool(number) and session.scalar(query) is not None


def state_of(order: Order) -> str:
    """Its status; `awaiting_validation` while it is unusual and nobody confirmed it with the customer."""
    return AWAITING if order.status == "received" and order.unusual and order.validated_at is None else order.status


def events_of(session: Session, order_id: UUID) -> Sequence[OrderEvent]:
    """What happened to an order, the first first."""
    query = select(OrderEvent).where(OrderEvent.order_id == order_id)
    return session.scalars(query.order_by(OrderEvent.at, OrderEvent.told_at, OrderEvent.id)).all()


def duplicates_of(session: Session, order_id: UUID) -> Sequence[str]:
    """Numbers of later orders that look like this one."""
    return session.scalars(select(Order.number).where(Order.duplicate_of_id == order_id).order_by(Order.number)).all()


def _waits() -> ColumnElement[bool]:
    return and_(Order.status == "received", Order.cancelled_at.is_(None))


def in_stage(stage: str, now: datetime) -> ColumnElement[bool]:
    """Orders of a stage: `waiting` to be handed over, `late` with that, `awaiting_validation`, `confirmed`, `done`, or
    all."""
    waits = _waits()
    asks = and_(waits, Order.unusual != "", Order.validated_at.is_(None))
    return {
        "waiting": waits,
        AWAITING: asks,
        "late": and_(waits, Order.deadline_at < now),
        "confirmed": Order.status.in_(("confirmed", "delivered")),
        "done": Order.status.in_(("invoiced", "closed", "cancelled")),
    }.get(stage, Order.id.is_not(None))


def listed(stage: str, channel: str, text: str, now: datetime) -> Select[*tuple[Any, ...]]:
    """Orders of a stage and channel whose number, PO number or customer has the text."""
    query = orders().where(in_stage(stage, now))
    if channel:
        query = query.where(Order.channel == channel)
    if text.strip():
        like = f"%{text.strip()}%"
        fits = or_(Order.number.ilike(like), Order.po_number.ilike(like), Customer.name.ilike(like))
        query = query.where(or_(fits, Customer.external_id == text.strip()))
    return query


def counts_by_stage(session: Session, stages: Sequence[str], now: datetime) -> dict[str, int]:
    counted = [func.count().filter(in_stage(stage, now)).label(stage) for stage in stages]
    return dict(session.execute(select(*counted).select_from(Order)).one()._mapping)


def waiting_count(session: Session) -> int:
    """How many orders wait to be handed over."""
    return session.scalar(select(func.count()).select_from(Order).where(_waits())) or 0


def backlog(session: Session, now: datetime) -> Sequence[AnyRow]:
    """What waits to be handed over: (channel, currency, orders, value, of them late, the earliest deadline, since when
    the oldest waits)."""
    return session.execute(
        select(
            Order.channel, Order.currency, func.count(), func.sum(Order.amount),
            func.count().filter(Order.deadline_at < now), func.min(Order.deadline_at),
            func.min(Order.received_at),
        )
        .where(_waits())
        .group_by(Order.channel, Order.currency)
        .order_by(func.min(Order.deadline_at))
    ).all()  # fmt: skip


def invoices_of(session: Session, order: Order) -> Sequence[Invoice]:
    """Invoices and credit notes that name the order, the first issued first."""
    query = select(Invoice).where(
        Invoice.company_id == order.company_id,
        Invoice.order_number == order.number,
        or_(Invoice.customer_id == order.customer_id, Invoice.buyer_id == order.customer_id),
    )
    return session.scalars(query.order_by(Invoice.issued_on, Invoice.number)).all()


def disputes_about(session: Session, order: Order, invoice_ids: Collection[UUID]) -> Sequence[Dispute]:
    """Cases about the order itself or about one of its invoices."""
    about_order = and_(Dispute.company_id == order.company_id, Dispute.order_number == order.number)
    query = select(Dispute).where(or_(Dispute.invoice_id.in_(invoice_ids), about_order))
    return session.scalars(query.order_by(Dispute.number)).all()
