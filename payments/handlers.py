"""What cash does about news from the receivables book."""

from uuid import UUID

from sqlalchemy import select

from payments import service
from payments.service import Grounds
from receivables import store
from receivables.events import InvoicesArrived
from receivables.tables import Invoice, OpenItem
from runtime.work import Work

LINKED = Grounds(is_automatic=True, confidence=100, reasons=("credit note names this invoice ✓",))


def settle_linked_credits(work: Work, event: InvoicesArrived) -> None:
    """A credit note that names its invoice settles it at once, whichever of the two arrives first."""
    arrived = [invoice for part in store.chunks(event.invoice_ids) for invoice in _invoices(work, part)]
    for credit_note in _linked_credit_notes(work, arrived):
        _settle(work, credit_note)


def _invoices(work: Work, ids: list[UUID]) -> list[Invoice]:
    return list(work.session.scalars(select(Invoice).where(Invoice.id.in_(ids))))


def _linked_credit_notes(work: Work, arrived: list[Invoice]) -> list[Invoice]:
    found = {each.id: each for each in arrived if each.type == "credit_note" and each.related_invoice}
    for part in store.chunks([each for each in arrived if each.type == "invoice"]):
        query = (
            select(Invoice)
            .join(OpenItem, OpenItem.invoice_id == Invoice.id)
            .where(Invoice.type == "credit_note", OpenItem.open > 0, Invoice.company_id == part[0].company_id)
            .where(Invoice.related_invoice.in_([each.number for each in part]))
            .order_by(Invoice.number)
        )
        found.update({each.id: each for each in work.session.scalars(query)})
    return list(found.values())


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
