"""Records read together with what belongs to them, for those who show them."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from receivables.errors import AmbiguousInvoice, NoSuchInvoice
from receivables.store import chunks
from receivables.tables import Customer, Invoice, OpenItem
from runtime.many import ask
from runtime.schema import AnyRow

SHOWN_OF_INVOICE = (
    "id", "number", "type", "document_type", "issued_on", "currency", "amount", "order_number", "payment_reference",
    "buyer_id", "delivery_number", "contract_number", "buyer_reference", "channel", "owner", "source",
    "source_version", "document_id", "cancelled_at", "version",
)  # fmt: skip


def line_of(session: Session, customer_id: UUID) -> list[UUID]:
    """A customer and those above it, up to the head of its group; a circle ends where it began."""
    line: list[UUID] = []
    above: UUID | None = customer_id
    while above is not None and above not in line:
        line.append(above)
        above = session.scalar(select(Customer.parent_id).where(Customer.id == above))
    return line


_PAYER, _BUYER = aliased(Customer), aliased(Customer)


@cache
def _invoice_of_number(_: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(getattr(Invoice, name) for name in SHOWN_OF_INVOICE),
            _PAYER.external_id.label("payer"),
            _BUYER.external_id.label("buyer"),
        )
        .join(_PAYER, _PAYER.id == Invoice.customer_id)
        .outerjoin(_BUYER, _BUYER.id == Invoice.buyer_id)
        .where(Invoice.number == bindparam("number"))
        .limit(2)
    )


@cache
def _items_of_invoice(_: str) -> Select[*tuple[Any, ...]]:
    columns = (OpenItem.instalment, OpenItem.kind, OpenItem.due_on, OpenItem.currency, OpenItem.gross, OpenItem.open)
    return select(*columns).where(OpenItem.invoice_id == bindparam("invoice_id")).order_by(OpenItem.instalment)


def invoice_shown(session: Session, number: str) -> tuple[AnyRow, Sequence[AnyRow]]:
    """What is shown of an invoice, with what its `payer` and `buyer` are called, and its open items."""
    found = ask(session, _invoice_of_number, number=number).all()
    if not found:
        raise NoSuchInvoice(number)
    if len(found) > 1:
        raise AmbiguousInvoice(number)
    return found[0], ask(session, _items_of_invoice, invoice_id=found[0].id).all()


def items_of_invoices(session: Session, invoice_ids: Collection[UUID]) -> dict[UUID, list[OpenItem]]:
    """Invoice → its open items by instalment."""
    found: dict[UUID, list[OpenItem]] = {each: [] for each in invoice_ids}
    for part in chunks(invoice_ids):
        query = select(OpenItem).where(OpenItem.invoice_id.in_(part)).order_by(OpenItem.instalment)
        for item in session.scalars(query):
            found[item.invoice_id].append(item)
    return found
