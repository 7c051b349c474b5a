"""Every query on disputes."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from disputes.errors import NoSuchDispute
from disputes.tables import Dispute, DisputeComment
from receivables.store import chunks
from receivables.tables import Customer, Invoice, OpenItem
from runtime.schema import AnyRow

OPEN_STATES = ("open", "under_review")


def dispute(session: Session, dispute_id: UUID) -> Dispute:
    found = session.get(Dispute, dispute_id)
    if found is None:
        raise NoSuchDispute(dispute_id)
    return found


def dispute_by_number(session: Session, number: int) -> Dispute:
    found = session.scalars(select(Dispute).where(Dispute.number == number)).first()
    if found is None:
        raise NoSuchDispute(number)
    return found


def contested_items(session: Session, dispute: Dispute) -> Sequence[OpenItem]:
    """The invoice items a case is about, as they are now, oldest due first; for an order: all that name it."""
    query = select(OpenItem).join(Invoice, Invoice.id == OpenItem.invoice_id).where(OpenItem.kind == "invoice")
    if dispute.invoice_id is not None:
        query = query.where(OpenItem.invoice_id == dispute.invoice_id)
    else:
        query = query.where(
            Invoice.company_id == dispute.company_id,
            or_(Invoice.customer_id == dispute.customer_id, Invoice.buyer_id == dispute.customer_id),
            Invoice.order_number == dispute.order_number,
            Invoice.cancelled_at.is_(None),
        )
    return session.scalars(query.order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)).all()


def contested_with_invoices(session: Session, dispute: Dispute) -> Sequence[tuple[OpenItem, Invoice]]:
    """The same items, each with its invoice."""
    items = contested_items(session, dispute)
    return [(item, session.get_one(Invoice, item.invoice_id)) for item in items]


def open_on_orders(session: Session, orders: Collection[tuple[UUID, UUID, str]]) -> Sequence[Dispute]:
    """Open cases about one of these (company, customer, order number)."""
    numbers = {number for _, _, number in orders if number}
    found = [
        each
        for part in chunks(numbers)
        for each in session.scalars(
            select(Dispute).where(
                Dispute.order_number.in_(part), Dispute.invoice_id.is_(None), Dispute.state.in_(OPEN_STATES)
            )
        )
    ]
    return [each for each in found if (each.company_id, each.customer_id, each.order_number) in orders]


def open_about_invoices(session: Session, invoice_ids: Collection[UUID]) -> Sequence[Dispute]:
    """Open cases about one of these invoices themselves."""
    return [
        each
        for part in chunks(invoice_ids)
        for each in session.scalars(select(Dispute).where(Dispute.invoice_id.in_(part), Dispute.state.in_(OPEN_STATES)))
    ]


def settled_about_invoices(session: Session, invoice_ids: Collection[UUID]) -> Sequence[Dispute]:
    """Cases about one of these invoices that closed themselves because nothing was left to pay."""
    return [
        each
        for part in chunks(invoice_ids)
        for each in session.scalars(
            select(Dispute).where(
                Dispute.invoice_id.in_(part), Dispute.state == "resolved", Dispute.outcome == "settled"
            )
        )
    ]


def listing(state: str | None = None) -> Select[*tuple[Any, ...]]:
    """(Dispute, customer's external id); the state “open” includes cases under review."""
    query = select(Dispute, Customer.external_id).join(Customer, Customer.id == Dispute.customer_id)
    return _in_state(query, state)


def _in_state(query: Select[*tuple[Any, ...]], state: str | None) -> Select[*tuple[Any, ...]]:
    if state == "open":
        return query.where(Dispute.state.in_(OPEN_STATES))
    return query.where(Dispute.state == state) if state else query


def listed(session: Session, state: str | None = None, customer_id: UUID | None = None) -> Sequence[AnyRow]:
    """(Dispute, Customer), newest first."""
    query = _in_state(select(Dispute, Customer).join(Customer, Customer.id == Dispute.customer_id), state)
    if customer_id:
        query = query.where(Dispute.customer_id == customer_id)
    return session.execute(query.order_by(Dispute.number.desc())).all()


def comments(session: Session, dispute_id: UUID) -> Sequence[DisputeComment]:
    return session.scalars(
        select(DisputeComment).where(DisputeComment.dispute_id == dispute_id).order_by(DisputeComment.at)
    ).all()


def open_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Dispute).where(Dispute.state.in_(OPEN_STATES))) or 0


def counts_by_state(session: Session) -> dict[str, int]:
    """State → how many cases."""
    query = select(Dispute.state, func.count()).group_by(Dispute.state)
    return {state: count for state, count in session.execute(query)}
