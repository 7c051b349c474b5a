"""Short payments somebody should look at: proposed as a case by cash application, opened or let be by a person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound, Refused
from disputes.service import Contest, open_dispute
from disputes.tables import DeductionProposal, Dispute
from payments.events import ApplicationUndone, ShortPaid
from receivables import store as receivables
from receivables.tables import Company, Customer, Invoice, OpenItem
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Right, Work

REASON = "deduction"


def propose_deductions(work: Work, event: ShortPaid) -> None:
    """Notes for each invoice that was paid short what it lacks."""
    for invoice_id, amount in event.short.items():
        invoice = work.session.get_one(Invoice, invoice_id)
        work.session.add(
            DeductionProposal(
                id=new_id(), invoice_id=invoice.id, customer_id=invoice.customer_id, bank_entry_id=event.bank_entry_id,
                amount=amount, currency=invoice.currency, on=work.today,
            )
        )  # fmt: skip


def forget_undone(work: Work, event: ApplicationUndone) -> None:
    """A short payment that was taken back is none any more."""
    items = receivables.items(work.session, event.open_item_ids).values()
    query = select(DeductionProposal).where(
        DeductionProposal.invoice_id.in_({item.invoice_id for item in items}), DeductionProposal.closed_at.is_(None)
    )
    for each in work.session.scalars(query):
        each.closed_at = work.now


def proposals(session: Session) -> Sequence[AnyRow]:
    """(DeductionProposal, Invoice, Customer, what is open of the invoice) nobody decided on, the latest first.

    Those whose invoice was settled meanwhile are left out.
    """
    open_now = func.sum(OpenItem.open)
    return session.execute(
        select(DeductionProposal, Invoice, Customer, open_now.label("open"))
        .join(Invoice, Invoice.id == DeductionProposal.invoice_id)
        .join(Customer, Customer.id == DeductionProposal.customer_id)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(DeductionProposal.closed_at.is_(None))
        .group_by(DeductionProposal.id, Invoice.id, Customer.id)
        .having(open_now > 0)
        .order_by(DeductionProposal.id.desc())
    ).all()


def proposal(session: Session, proposal_id: UUID) -> DeductionProposal:
    found = session.get(DeductionProposal, proposal_id)
    if found is None:
        raise NotFound("There is no such short payment.")
    return found


def open_case(work: Work, proposed: DeductionProposal, note: str = "") -> Dispute:
    """Opens a dispute about what was deducted, as far as it is still open; it is not reminded from then on."""
    work.need(Right.DISPUTE)
    invoice = _lock(work, proposed)
    company = work.session.get_one(Company, invoice.company_id)
    still_open = sum(item.open for item in receivables.items_of_invoice(work.session, invoice.id))
    if not still_open:
        raise Refused(f"Nothing is open on {invoice.number} any more.")
    contest = Contest(
        "invoice", invoice.number, REASON, work.today, work.today, min(proposed.amount, still_open), invoice.currency,
        note.strip() or "Deducted from a payment.", door="payment",
    )  # fmt: skip
    made = open_dispute(work, company, contest)
    proposed.dispute_id, proposed.closed_at = made.id, work.now
    return made


def let_be(work: Work, proposed: DeductionProposal, reason: str = "") -> None:
    """Says that no case is made of a short payment; its rest is reminded like everything else."""
    work.need(Right.DISPUTE)
    invoice = _lock(work, proposed)
    proposed.closed_at = work.now
    work.record("deduction.let_be", f"invoice:{invoice.number}", {"amount": proposed.amount}, reason=reason or None)


def _lock(work: Work, proposed: DeductionProposal) -> Invoice:
    receivables.lock_customer(work.session, proposed.customer_id)
    work.session.refresh(proposed)
    if proposed.closed_at is not None:
        raise Refused("This short payment was decided on already.")
    return work.session.get_one(Invoice, proposed.invoice_id)
