"""Use cases of disputes: open, comment, review, resolve, re-open. Each locks the customer first."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.errors import Invalid
from disputes import store
from disputes.errors import AlreadyResolved, NotResolved, UnknownOrder
from disputes.events import DisputeOpened, DisputeResolved
from disputes.reasons import REASONS
from disputes.resolution import resolve as decide
from disputes.tables import Dispute, DisputeComment
from payments.events import ApplicationUndone
from receivables import store as receivables
from receivables.events import ItemsSettled
from receivables.tables import Company, Customer, Invoice
from runtime.ids import new_id
from runtime.numbers import next_number
from runtime.work import Right, Work

ORDER_KINDS = ("order", "order_line")


@dataclass(frozen=True, slots=True)
class Contest:
    """What somebody contests. `amount` minor units; None contests all of it.

    `customer_id` is needed only for an order nobody knows yet.
    """

    kind: str
    reference: str
    reason: str
    detected_on: date
    notified_on: date
    amount: int | None = None
    currency: str = ""
    note: str = ""
    owner: str = ""
    customer_id: UUID | None = None


def open_dispute(work: Work, company: Company, contest: Contest) -> Dispute:
    """Opens a case. From this transaction on nothing it contests is reminded."""
    work.need(Right.DISPUTE)
    _check(work, contest)
    invoice = _invoice(work, company, contest)
    customer_id = invoice.customer_id if invoice else _customer_of_order(work, company, contest)
    receivables.lock_customer(work.session, customer_id)
    dispute = Dispute(
        id=new_id(),
        number=next_number(work.session, "dispute"),
        company_id=invoice.company_id if invoice else company.id,
        customer_id=customer_id,
        subject_kind=contest.kind,
        subject=contest.reference,
        invoice_id=invoice.id if invoice else None,
        order_number=_order_number(contest, invoice),
        amount=contest.amount,
        currency=contest.currency or (invoice.currency if invoice else company.currency),
        reason=contest.reason,
        note=contest.note,
        owner=contest.owner or work.actor.name,
        state="open",
        detected_on=contest.detected_on,
        notified_on=contest.notified_on,
        opened_at=work.now,
    )
    work.session.add(dispute)
    work.session.flush()
    work.record(
        "dispute.opened",
        f"dispute:{dispute.number}",
        {"subject": f"{contest.kind}:{contest.reference}", "amount": contest.amount},
        reason=contest.reason,
    )
    work.announce(DisputeOpened(dispute.id))
    return dispute


def _check(work: Work, contest: Contest) -> None:
    if contest.reason not in REASONS:
        raise Invalid.because("/reason", f"The reason is one of {', '.join(REASONS)}.", field="reason")
    if contest.amount is not None and contest.amount <= 0:
        raise Invalid.because("/amount", "A contested amount is positive.", field="amount")
    if contest.detected_on > contest.notified_on:
        raise Invalid.because("/notified_on", "A dispute is notified after it is detected.", field="notified_on")


def _invoice(work: Work, company: Company, contest: Contest) -> Invoice | None:
    if contest.kind in ORDER_KINDS:
        return None
    number = (
        contest.reference if contest.kind == "invoice" else contest.reference.rpartition("#")[0] or contest.reference
    )
    invoice = receivables.invoice_by_number(work.session, number, company.id)
    if contest.amount is not None and contest.amount > invoice.amount:
        raise Invalid.because("/amount", f"Invoice {invoice.number} is smaller than that.", field="amount")
    if contest.currency and contest.currency != invoice.currency:
        raise Invalid.because("/currency", f"Invoice {invoice.number} is in {invoice.currency}.", field="currency")
    return invoice


def _order_number(contest: Contest, invoice: Invoice | None) -> str:
    if invoice is not None:
        return invoice.order_number
    if contest.kind == "order_line":
        return contest.reference.rpartition("#")[0] or contest.reference
    return contest.reference


def _customer_of_order(work: Work, company: Company, contest: Contest) -> UUID:
    """Whose order it is: said by the caller, or known from the order itself or the invoices that name it."""
    if contest.customer_id is not None:
        return work.session.get_one(Customer, contest.customer_id).id
    number = _order_number(contest, None)
    owners = receivables.customers_of_order(work.session, company.id, number)
    if len(owners) != 1:
        raise UnknownOrder(number)
    return owners.pop()


def contested_amount(work: Work, dispute: Dispute) -> int:
    """What is contested now, in minor units: the named amount, or all that is open on what it is about."""
    total = sum(item.open for item in store.contested_items(work.session, dispute))
    return total if dispute.amount is None else dispute.amount


def comment(work: Work, dispute: Dispute, text: str) -> DisputeComment:
    """Adds something said to the case."""
    work.need(Right.DISPUTE)
    if not text.strip():
        raise Invalid.because("/text", "A comment says something.", field="text")
    said = DisputeComment(id=new_id(), dispute_id=dispute.id, author=str(work.actor), text=text.strip(), at=work.now)
    work.session.add(said)
    work.record("dispute.commented", f"dispute:{dispute.number}")
    return said


def review(work: Work, dispute: Dispute) -> None:
    """Marks a case as being looked into."""
    work.need(Right.DISPUTE)
    _refuse_resolved(dispute)
    dispute.state = "under_review"
    dispute.version += 1
    work.record("dispute.reviewed", f"dispute:{dispute.number}")


def resolve(work: Work, dispute: Dispute, outcome: str, accepted: int | None = None, note: str = "") -> None:
    """Closes a case. Its items are reminded again at the same level, after the policy's grace days."""
    work.need(Right.DISPUTE)
    receivables.lock_customer(work.session, dispute.customer_id)
    work.session.refresh(dispute)
    _refuse_resolved(dispute)
    resolution = decide(outcome, contested_amount(work, dispute), accepted)
    _close(work, dispute, resolution.outcome, resolution.accepted, note)


def _close(work: Work, dispute: Dispute, outcome: str, accepted: int, note: str) -> None:
    dispute.state, dispute.outcome, dispute.accepted_amount = "resolved", outcome, accepted
    dispute.resolved_at = work.now
    dispute.version += 1
    work.record(
        "dispute.resolved", f"dispute:{dispute.number}", {"outcome": outcome, "accepted": accepted}, reason=note or None
    )
    work.session.flush()
    work.announce(DisputeResolved(dispute.id, work.today))


def reopen(work: Work, dispute: Dispute, note: str = "") -> None:
    """Opens a closed case again; what it contests is paused again. Its history stays."""
    work.need(Right.DISPUTE)
    receivables.lock_customer(work.session, dispute.customer_id)
    work.session.refresh(dispute)
    if dispute.state != "resolved":
        raise NotResolved(dispute.number)
    _open_again(work, dispute, note)


def _open_again(work: Work, dispute: Dispute, note: str) -> None:
    dispute.state, dispute.outcome, dispute.accepted_amount, dispute.resolved_at = "open", None, None, None
    dispute.version += 1
    work.record("dispute.reopened", f"dispute:{dispute.number}", reason=note or None)
    work.session.flush()
    work.announce(DisputeOpened(dispute.id))


def _refuse_resolved(dispute: Dispute) -> None:
    if dispute.state == "resolved":
        raise AlreadyResolved(dispute.number)


def close_settled(work: Work, event: ItemsSettled) -> None:
    """A case about an invoice closes itself when nothing is left to pay on it; an order may still bring more."""
    items = receivables.items(work.session, event.open_item_ids)
    for dispute in store.open_about_invoices(work.session, {item.invoice_id for item in items.values()}):
        if all(item.open == 0 for item in store.contested_items(work.session, dispute)):
            _close(work, dispute, "settled", 0, "Nothing is left to pay on it.")


def reopen_unsettled(work: Work, event: ApplicationUndone) -> None:
    """A case that closed itself because its invoice was paid is open again when that payment is taken back."""
    items = receivables.items(work.session, event.open_item_ids)
    for dispute in store.settled_about_invoices(work.session, {item.invoice_id for item in items.values()}):
        _open_again(work, dispute, "The payment that settled it was taken back.")
