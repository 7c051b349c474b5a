"""Records read together with what belongs to them, for those who show them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from receivables.errors import AmbiguousInvoice, NoSuchInvoice
from receivables.store import chunks
from receivables.tables import Customer, Invoice, OpenItem


def line_of(session: Session, customer_id: UUID) -> list[UUID]:
    """A customer and those above it, up to the head of its group; a circle ends where it began."""
    line: list[UUID] = []
    above: UUID | None = customer_id
    while above is not None and above not in line:
        line.append(above)
        above = session.scalar(select(Customer.parent_id).where(Customer.id == above))
    return line


_INVOICE_OF_NUMBER = (
    select(Invoice, Customer.external_id)
    .join(Customer, Customer.id == Invoice.customer_id)
    .where(Invoice.number == bindparam("number"))
    .limit(2)
)


def invoice_with_customer(session: Session, number: str) -> tuple[Invoice, str]:
    """An invoice and its customer's external id."""
    found = session.execute(_INVOICE_OF_NUMBER, {"number": number}).all()
    if not found:
        raise NoSuchInvoice(number)
    if len(found) > 1:
        raise AmbiguousInvoice(number)
    return found[0][0], found[0][1]


def items_of_invoices(session: Session, invoice_ids: Collection[UUID]) -> dict[UUID, list[OpenItem]]:
    """Invoice → its open items by instalment."""
    found: dict[UUID, list[OpenItem]] = {each: [] for each in invoice_ids}
    for part in chunks(invoice_ids):
        query = select(OpenItem).where(OpenItem.invoice_id.in_(part)).order_by(OpenItem.instalment)
        for item in session.scalars(query):
            found[item.invoice_id].append(item)
    return found
