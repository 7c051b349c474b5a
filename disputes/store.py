"""Every query on disputes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import NotFound
from disputes.errors import NoSuchDispute
from disputes.tables import Dispute, DisputeComment, DisputeFile, DisputeLink, DisputeOrigin, DisputeStep
from receivables.store import chunks
from receivables.tables import Customer, Invoice, OpenItem
from runtime.many import ask
from runtime.schema import AnyRow
from runtime.tables import Document

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
    """The invoice items a case is about, as they are now, oldest due first; for an order or delivery: all that name
    it."""
    query = select(OpenItem).join(Invoice, Invoice.id == OpenItem.invoice_id).where(OpenItem.kind == "invoice")
    if dispute.invoice_id is not None:
        query = query.where(OpenItem.invoice_id == dispute.invoice_id)
    else:
        names = Invoice.delivery_number if dispute.delivery_number else Invoice.order_number
        query = query.where(
            Invoice.company_id == dispute.company_id,
            or_(Invoice.customer_id == dispute.customer_id, Invoice.buyer_id == dispute.customer_id),
            names == (dispute.delivery_number or dispute.order_number),
            Invoice.cancelled_at.is_(None),
        )
    return session.scalars(query.order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)).all()


def customers_of_delivery(session: Session, company_id: UUID, number: str) -> set[UUID]:
    """Who bought what invoices with this delivery number are about."""
    query = select(func.coalesce(Invoice.buyer_id, Invoice.customer_id)).where(
        Invoice.company_id == company_id, Invoice.delivery_number == number, Invoice.cancelled_at.is_(None)
    )
    return set(session.scalars(query))


def invoices_of_order(session: Session, company_id: UUID, number: str) -> Sequence[Invoice]:
    """The invoices of an order that stand, by number."""
    query = select(Invoice).where(
        Invoice.company_id == company_id,
        Invoice.order_number == number,
        Invoice.type == "invoice",
        Invoice.cancelled_at.is_(None),
    )
    return session.scalars(query.order_by(Invoice.number)).all()


def about_invoice(invoice: Invoice) -> Select[*tuple[Any, ...]]:
    """Cases about an invoice, its order or its delivery, whatever became of them, by number."""
    parties = {invoice.customer_id, invoice.buyer_id or invoice.customer_id}
    order = _names(Dispute.order_number, invoice.order_number)
    delivery = _names(Dispute.delivery_number, invoice.delivery_number)
    of_party = (Dispute.company_id == invoice.company_id) & Dispute.customer_id.in_(parties)
    on_papers = Dispute.invoice_id.is_(None) & of_party & or_(order, delivery)
    return select(Dispute).where(or_(Dispute.invoice_id == invoice.id, on_papers)).order_by(Dispute.number)


def _names(column: InstrumentedAttribute[str], number: str) -> ColumnElement[bool]:
    return (column == number) & (column != "")


def waiting_for_credit(
    session: Session, open_item_ids: Collection[UUID], *, even_closed: bool = False
) -> list[Dispute]:
    """Cases accepted at least in part whose credit notes have not all come, about one of these items; by number.

    `even_closed`: those whose credit notes came, too.
    """
    query = select(Invoice).join(OpenItem, OpenItem.invoice_id == Invoice.id)
    found: dict[UUID, Dispute] = {}
    if not _is_any_accepted(session, even_closed=even_closed):
        return []
    for part in chunks(open_item_ids):
        for invoice in session.scalars(query.where(OpenItem.id.in_(part))).unique():
            cases = about_invoice(invoice).where(*_accepted(even_closed=even_closed))
            found.update({each.id: each for each in session.scalars(cases)})
    return sorted(found.values(), key=lambda each: each.number)


def _accepted(*, even_closed: bool) -> list[ColumnElement[bool]]:
    return [Dispute.accepted_amount > 0, *([] if even_closed else [Dispute.closed_at.is_(None)])]


def _is_any_accepted(session: Session, *, even_closed: bool) -> bool:
    return session.scalar(select(Dispute.id).where(*_accepted(even_closed=even_closed)).limit(1)) is not None


def contested_with_invoices(session: Session, dispute: Dispute) -> Sequence[tuple[OpenItem, Invoice]]:
    """The same items, each with its invoice."""
    items = contested_items(session, dispute)
    return [(item, session.get_one(Invoice, item.invoice_id)) for item in items]


def standing_on_orders(session: Session, orders: Collection[tuple[UUID, UUID, str]]) -> Sequence[Dispute]:
    """Cases not closed about one of these (company, customer, order number)."""
    numbers = {number for _, _, number in orders if number}
    found = [
        each
        for part in chunks(numbers)
        for each in session.scalars(
            select(Dispute).where(
                Dispute.order_number.in_(part), Dispute.invoice_id.is_(None), Dispute.closed_at.is_(None)
            )
        )
    ]
    return [each for each in found if (each.company_id, each.customer_id, each.order_number) in orders]


_ON_DELIVERY = (Dispute.delivery_number != "", Dispute.closed_at.is_(None))


@cache
def _is_any_on_delivery(_: str) -> Select[*tuple[UUID]]:
    return select(Dispute.id).where(*_ON_DELIVERY).limit(1)


def standing_on_deliveries(session: Session, invoice_ids: Collection[UUID]) -> Sequence[Dispute]:
    """Cases not closed about a delivery one of these invoices names."""
    if ask(session, _is_any_on_delivery).first() is None:
        return ()
    cases = session.scalars(select(Dispute).where(*_ON_DELIVERY)).all()
    query = select(Invoice.delivery_number).where(Invoice.delivery_number != "")
    named = {each for part in chunks(invoice_ids) for each in session.scalars(query.where(Invoice.id.in_(part)))}
    return [each for each in cases if each.delivery_number in named]


def standing_about_invoices(session: Session, invoice_ids: Collection[UUID]) -> Sequence[Dispute]:
    """Cases not closed about one of these invoices themselves."""
    return [
        each
        for part in chunks(invoice_ids)
        for each in session.scalars(select(Dispute).where(Dispute.invoice_id.in_(part), Dispute.closed_at.is_(None)))
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases; an empty text leaves a side open. `open` includes those under review; `text` is looked for in
    subject, customer, note and product."""

    state: str = ""
    reason: str = ""
    owner: str = ""
    priority: str = ""
    customer: str = ""
    text: str = ""
    is_late: bool = False

    def of(self, query: Select[*tuple[Any, ...]], now: datetime) -> Select[*tuple[Any, ...]]:
        """The query, which knows Dispute and Customer, of these cases only."""
        for column, value in (
            (Dispute.reason, self.reason), (Dispute.owner, self.owner), (Dispute.priority, self.priority),
            (Customer.external_id, self.customer),
        ):  # fmt: skip
            query = query.where(column == value) if value else query
        if self.text:
            like = f"%{self.text}%"
            columns = Dispute.subject, Dispute.order_number, Dispute.note, Dispute.product, Customer.name
            query = query.where(or_(*(column.ilike(like) for column in columns)))
        if self.is_late:
            query = query.where(Dispute.state.in_(OPEN_STATES), Dispute.due_at < now)
        return _in_state(query, self.state)


def listing(wanted: Wanted, now: datetime) -> Select[*tuple[Any, ...]]:
    """(Dispute, customer's external id, DisputeOrigin or None)."""
    query = (
        select(Dispute, Customer.external_id, DisputeOrigin)
        .join(Customer, Customer.id == Dispute.customer_id)
        .outerjoin(DisputeOrigin, DisputeOrigin.dispute_id == Dispute.id)
    )
    return wanted.of(query, now)


def _in_state(query: Select[*tuple[Any, ...]], state: str) -> Select[*tuple[Any, ...]]:
    match state:
        case "open":
            return query.where(Dispute.state.in_(OPEN_STATES))
        case "credit_due":
            return query.where(Dispute.state == "resolved", Dispute.closed_at.is_(None))
        case "closed":
            return query.where(Dispute.closed_at.is_not(None))
        case "":
            return query
    return query.where(Dispute.state == state)


def with_customers(session: Session, wanted: Wanted, now: datetime) -> Sequence[AnyRow]:
    """(Dispute, Customer), newest first."""
    query = select(Dispute, Customer).join(Customer, Customer.id == Dispute.customer_id)
    return session.execute(wanted.of(query, now).order_by(Dispute.number.desc())).all()


def listed(session: Session, state: str = "", customer_id: UUID | None = None) -> Sequence[AnyRow]:
    """(Dispute, Customer), newest first."""
    query = _in_state(select(Dispute, Customer).join(Customer, Customer.id == Dispute.customer_id), state)
    if customer_id:
        query = query.where(Dispute.customer_id == customer_id)
    return session.execute(query.order_by(Dispute.number.desc())).all()


def comments(session: Session, dispute_id: UUID) -> Sequence[DisputeComment]:
    return session.scalars(
        select(DisputeComment).where(DisputeComment.dispute_id == dispute_id).order_by(DisputeComment.at)
    ).all()


def steps(session: Session, dispute_id: UUID) -> Sequence[DisputeStep]:
    """What happened to a case, the first first."""
    return session.scalars(
        select(DisputeStep).where(DisputeStep.dispute_id == dispute_id).order_by(DisputeStep.id)
    ).all()


def files(session: Session, dispute_id: UUID) -> Sequence[AnyRow]:
    """(DisputeFile, Document) of a case, the first first."""
    query = select(DisputeFile, Document).join(Document, Document.id == DisputeFile.document_id)
    return session.execute(query.where(DisputeFile.dispute_id == dispute_id).order_by(DisputeFile.id)).all()


def file(session: Session, dispute_id: UUID, file_id: UUID) -> tuple[DisputeFile, Document]:
    found = session.get(DisputeFile, file_id)
    if found is None or found.dispute_id != dispute_id:
        raise NotFound("There is no such file on this case.")
    return found, session.get_one(Document, found.document_id)


def linked(session: Session, dispute_id: UUID) -> Sequence[Dispute]:
    """The cases a case has to do with, those merged into it among them, by number."""
    pairs = select(DisputeLink.first_id, DisputeLink.second_id).where(
        or_(DisputeLink.first_id == dispute_id, DisputeLink.second_id == dispute_id)
    )
    ids = {each for pair in session.execute(pairs) for each in pair} - {dispute_id}
    query = select(Dispute).where(or_(Dispute.id.in_(ids), Dispute.merged_into_id == dispute_id))
    return session.scalars(query.order_by(Dispute.number)).all()


def past_due(session: Session, now: datetime) -> Sequence[Dispute]:
    """Open cases past the time to decide them that nobody was told of yet."""
    query = select(Dispute).where(Dispute.state.in_(OPEN_STATES), Dispute.due_at < now, Dispute.escalated_at.is_(None))
    return session.scalars(query.order_by(Dispute.number)).all()


def owners(session: Session) -> Sequence[str]:
    return session.scalars(select(Dispute.owner).distinct().order_by(Dispute.owner)).all()


def open_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Dispute).where(Dispute.state.in_(OPEN_STATES))) or 0


def counts_by_state(session: Session) -> dict[str, int]:
    """`open` (not yet looked into), `under_review`, `credit_due` and `closed` → how many cases."""
    stage = case(
        (Dispute.closed_at.is_not(None), "closed"), (Dispute.state == "resolved", "credit_due"), else_=Dispute.state
    )
    query = select(stage, func.count()).group_by(stage)
    return {state: count for state, count in session.execute(query)}
