"""Use cases of the receivables book: put customers and invoices in, cancel, note. One function per verb."""

from uuid import UUID

from receivables import store
from receivables.companies import add_company
from receivables.errors import AlreadyCancelled, PartlySettled, WaiveInstead
from receivables.events import BalanceChanged, InvoiceCancelled
from receivables.ledger import Account, lower
from receivables.push import Fate, Intake
from receivables.push_customers import push_customer_rows, put_customers
from receivables.push_invoices import push_invoice_rows, put_invoices, tell_settled
from receivables.tables import Customer, Invoice, KnownOrder, Note
from runtime.work import Right, Work

__all__ = [
    "Fate",
    "Intake",
    "add_company",
    "add_note",
    "cancel_invoice",
    "know_order",
    "push_customer_rows",
    "push_invoice_rows",
    "put_customers",
    "put_invoices",
]


# ── single changes ──────────────────────────────────────────────────────────────────────────────


def cancel_invoice(work: Work, invoice: Invoice, reason: str) -> None:
    """Cancels an invoice nothing was applied to: its items are closed by postings that reverse the issue."""
    work.need(Right.PUSH)
    store.lock_customer(work.session, invoice.customer_id)
    if invoice.cancelled_at is not None:
        raise AlreadyCancelled(invoice.number)
    if invoice.type == "charge":
        raise WaiveInstead(invoice.number)
    items = store.items_of_invoice(work.session, invoice.id)
    if any(item.open != item.gross for item in items):
        raise PartlySettled(invoice.number)
    for item in items:
        lower(work, item, item.open, Account.SALES, cause="cancelled", cause_id=invoice.id, on=work.today)
    invoice.cancelled_at, invoice.cancel_reason = work.now, reason
    invoice.version += 1
    work.record("invoice.cancelled", f"invoice:{invoice.number}", reason=reason)
    work.announce(InvoiceCancelled(invoice.id, tuple(item.id for item in items)))
    tell_settled(work, items)
    work.announce(BalanceChanged(frozenset({invoice.customer_id})))


def know_order(work: Work, company_id: UUID, number: str, customer_id: UUID) -> None:
    """Notes whose order a number is."""
    key = {"company_id": company_id, "number": number, "customer_id": customer_id}
    if work.session.get(KnownOrder, key) is None:
        work.session.add(KnownOrder(**key))


def add_note(work: Work, customer: Customer, kind: str, text: str) -> None:
    """Writes a remark or a call into the customer's history."""
    work.need(Right.HOLD)
    work.session.add(Note(customer_id=customer.id, kind=kind, body=text, author=str(work.actor), at=work.now))
    work.record(f"note.{kind}", f"customer:{customer.external_id}")
