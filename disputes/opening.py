"""Many cases in one step: the same complaint about each of several invoices, or about every invoice of an order."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from core.errors import Invalid
from disputes import gathering, store
from disputes.service import Contest, open_dispute
from disputes.store import OPEN_STATES
from disputes.tables import Dispute
from receivables import store as receivables
from receivables.tables import Company, Invoice
from runtime.work import Right, Work

MOST_AT_ONCE = 200


@dataclass(slots=True)
class Opened:
    """The cases that were opened, and the invoices left out with the reason."""

    made: list[Dispute] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def open_for_order(work: Work, company: Company, order_number: str, contest: Contest) -> Opened:
    """A case for every invoice of an order; for what the order still brings, open one on the order itself."""
    invoices = store.invoices_of_order(work.session, company.id, order_number)
    if not invoices:
        message = f"No invoice names order “{order_number}” yet. Open a case on the order itself: it waits for them."
        raise Invalid.because("/order_number", message, field="order_number")
    return open_for_invoices(work, invoices, contest)


def open_for_invoices(work: Work, invoices: Sequence[Invoice], contest: Contest) -> Opened:
    """The same complaint about each invoice, in one transaction; the cases are linked with the first one.

    Left out are credit notes, what is settled, and what a case contests as a whole already.
    """
    work.need(Right.OPEN_DISPUTE)
    if not 0 < len(invoices) <= MOST_AT_ONCE:
        message = f"Choose 1 to {MOST_AT_ONCE} invoices; {len(invoices)} are too many for one step."
        raise Invalid.because("/invoices", message, field="invoices")
    receivables.lock_customers(work.session, {invoice.customer_id for invoice in invoices})
    opened = Opened()
    for invoice in invoices:
        why = _why_not(work, invoice)
        if why:
            opened.left_out.append((invoice.number, why))
            continue
        told = replace(contest, kind="invoice", reference=invoice.number, amount=None, currency=invoice.currency)
        made = open_dispute(work, work.session.get_one(Company, invoice.company_id), told)
        if opened.made:
            gathering.note_link(work, opened.made[0], made)
        opened.made.append(made)
    return opened


def _why_not(work: Work, invoice: Invoice) -> str:
    if invoice.type != "invoice":
        return "It is no invoice."
    if not sum(item.open for item in receivables.items_of_invoice(work.session, invoice.id)):
        return "Nothing is open on it."
    query = select(Dispute.number).where(
        Dispute.invoice_id == invoice.id, Dispute.state.in_(OPEN_STATES), Dispute.amount.is_(None)
    )
    known = work.session.scalars(query).first()
    return f"Case {known} contests all of it already." if known else ""
