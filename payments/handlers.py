"""What cash does about news from the receivables book."""

from collections.abc import Collection, Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select, text

from payments import service
from payments.service import Grounds
from receivables import store
from receivables.events import InvoicesArrived
from receivables.tables import Invoice, OpenItem
from runtime.many import among_given, ask
from runtime.work import Work

LINKED = Grounds(is_automatic=True, confidence=100, reasons=("credit note names this invoice ✓",))


def settle_linked_credits(work: Work, event: InvoicesArrived) -> None:
    """A credit note that names its invoice settles it at once, whichever of the two arrives first."""
    waiting = set(_waiting_for(work, event.company_id, event.numbers))
    for part in store.chunks(sorted(waiting.union(event.linked_credit_ids))):
        query = select(Invoice).where(Invoice.id.in_(part), Invoice.cancelled_at.is_(None)).order_by(Invoice.number)
        for credit_note in work.session.scalars(query).all():
            _settle(work, credit_note)


def _waiting_for(work: Work, company_id: UUID, numbers: Collection[str]) -> Sequence[UUID]:
    """The credit notes not used up that name one of these invoices."""
    return ask(work.session, _waiting, numbers=numbers, company_id=company_id).scalars().all()


@cache
def _waiting(database: str) -> Select[*tuple[UUID]]:
    return (
        select(Invoice.id)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(text("invoice.related_invoice <> ''"))  # in these very words, so that the index made for it is used
        .where(among_given(database, Invoice.related_invoice, "numbers"), Invoice.company_id == bindparam("company_id"))
        .where(Invoice.type == "credit_note", OpenItem.open > 0)
    )


def _settle(work: Work, credit_note: Invoice) -> None:
    invoice = work.session.scalars(
        select(Invoice).where(
            Invoice.company_id == credit_note.company_id,
            Invoice.number == credit_note.related_invoice,
            Invoice.type == "invoice",
            Invoice.customer_id == credit_note.customer_id,
            Invoice.currency == credit_note.currency,
        )
    ).first()
    if invoice is None:
        return
    for credit in store.items_of_invoice(work.session, credit_note.id):
        for item in store.items_of_invoice(work.session, invoice.id):
            amount = min(credit.open, item.open)
            if amount:
                service.apply_credit(work, credit, item, amount, LINKED)
