"""Use cases of disputes: open, comment, review, resolve, re-open. Each locks the customer first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.errors import Invalid
from disputes import reasons, store
from disputes.clock import decide_by
from disputes.errors import AlreadyResolved, NotResolved, UnknownOrder
from disputes.events import DisputeOpened, DisputeResolved
from disputes.resolution import resolve as decide
from disputes.tables import Dispute, DisputeComment, DisputeOrigin, DisputeStep
from payments.events import ApplicationUndone
from receivables import store as receivables
from receivables.events import ItemsSettled
from receivables.tables import Company, Customer, Invoice
from runtime.ids import new_id
from runtime.numbers import next_number
from runtime.work import Right, Role, Work

ORDER_KINDS = ("order", "order_line")
INVOICE_KINDS = ("invoice", "invoice_line")


DOORS: Mapping[str, str] = {
    "desk": "at the desk",
    "erp": "by the ERP",
    "crm": "by the CRM",
    "portal": "in the portal",
    "mail": "from a reply",
    "payment": "from a short payment",
    "comparison": "from comparing order and invoice",
}
"""By which way a case came → the words for it."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What somebody contests. `amount` minor units; None contests all of it. A line is named “number#line”.

    `customer_id` is needed only for an order or a delivery nobody knows yet. `door` is by which way it came (`DOORS`);
    empty: what the actor's role says.
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
    priority: str = "normal"
    product: str = ""
    door: str = ""

    @property
    def number(self) -> str:
        return paper_number(self.kind, self.reference)


def paper_number(kind: str, reference: str) -> str:
    """The number of the paper that is contested, without its line."""
    return (reference.rpartition("#")[0] if kind.endswith("_line") else "") or reference


def open_dispute(work: Work, company: Company, contest: Contest) -> Dispute:
    """Opens a case. From this transaction on nothing it contests is reminded."""
    work.need(Right.OPEN_DISPUTE)
    _check(work, contest)
    invoice = _invoice(work, company, contest)
    customer_id = invoice.customer_id if invoice else _customer_of(work, company, contest)
    receivables.lock_customer(work.session, customer_id)
    dispute = _new_case(work, company, contest, invoice, customer_id)
    work.session.add(dispute)
    work.session.flush()
    door = contest.door or door_of(work)
    work.session.add(DisputeOrigin(dispute_id=dispute.id, door=door, opened_by=str(work.actor)))
    note_step(work, dispute, "opened", amount=contest.amount, note=contest.note)
    work.record(
        "dispute.opened",
        f"dispute:{dispute.number}",
        {"subject": f"{contest.kind}:{contest.reference}", "amount": contest.amount, "door": door},
        reason=contest.reason,
    )
    work.announce(DisputeOpened(dispute.id))
    return dispute


def door_of(work: Work) -> str:
    """By which way something comes when nobody says: what the role of the actor tells."""
    return {Role.ERP: "erp", Role.PORTAL: "portal"}.get(work.actor.role, "desk")


def _owner(work: Work, contest: Contest, customer_id: UUID) -> str:
    """Who looks after a new case: whoever is named, else the person who opens it, else whose portfolio it is in."""
    if contest.owner or work.actor.role not in (Role.ERP, Role.PORTAL):
        return contest.owner or work.actor.name
    return receivables.customer_of(work.session, customer_id).owner


def _new_case(work: Work, company: Company, contest: Contest, invoice: Invoice | None, customer_id: UUID) -> Dispute:
    order = contest.number if contest.kind in ORDER_KINDS else ""
    return Dispute(
        id=new_id(),
        number=next_number(work.session, "dispute"),
        company_id=invoice.company_id if invoice else company.id,
        customer_id=customer_id,
        subject_kind=contest.kind,
        subject=contest.reference,
        invoice_id=invoice.id if invoice else None,
        order_number=invoice.order_number if invoice else order,
        delivery_number=contest.number if contest.kind == "delivery" else "",
        product=contest.product.strip(),
        amount=contest.amount,
        currency=contest.currency or (invoice.currency if invoice else company.currency),
        reason=contest.reason,
        note=contest.note,
        owner=_owner(work, contest, customer_id),
        priority=contest.priority,
        state="open",
        detected_on=contest.detected_on,
        notified_on=contest.notified_on,
        opened_at=work.now,
        clock_from=work.now,
        due_at=decide_by(work.now, contest.priority, company.country, company.time_zone),
    )


def _check(work: Work, contest: Contest) -> None:
    known = reasons.in_use(work.session)
    if contest.reason not in known:
        raise Invalid.because("/reason", f"The reason is one of {', '.join(known)}.", field="reason")
    if contest.amount is not None and contest.amount <= 0:
        raise Invalid.because("/amount", "A contested amount is positive.", field="amount")
    if contest.detected_on > contest.notified_on:
        raise Invalid.because("/notified_on", "A dispute is notified after it is detected.", field="notified_on")


def _invoice(work: Work, company: Company, contest: Contest) -> Invoice | None:
    if contest.kind not in INVOICE_KINDS:
        return None
    invoice = receivables.invoice_by_number(work.session, contest.number, company.id)
    if contest.amount is not None and contest.amount > invoice.amount:
        raise Invalid.because("/amount", f"Invoice {invoice.number} is smaller than that.", field="amount")
    if contest.currency and contest.currency != invoice.currency:
        raise Invalid.because("/currency", f"Invoice {invoice.number} is in {invoice.currency}.", field="currency")
    return invoice


def _customer_of(work: Work, company: Company, contest: Contest) -> UUID:
    """Whose order or delivery it is: said by the caller, or known from the order or the invoices that name it."""
    if contest.customer_id is not None:
        return work.session.get_one(Customer, contest.customer_id).id
    if contest.kind == "delivery":
        owners = store.customers_of_delivery(work.session, company.id, contest.number)
    else:
        owners = receivables.customers_of_order(work.session, company.id, contest.number)
    if len(owners) != 1:
        raise UnknownOrder(contest.kind.partition("_")[0], contest.number)
    return owners.pop()


def contested_amount(work: Work, dispute: Dispute) -> int:
    """What is contested now, in minor units: the named amount, or all that is open on what it is about."""
    total = sum(item.open for item in store.contested_items(work.session, dispute))
    return total if dispute.amount is None else dispute.amount


def note_step(
    work: Work, dispute: Dispute, kind: str, *, outcome: str | None = None, amount: int | None = None, note: str = ""
) -> None:
    """Writes what happened into the history of a case."""
    work.session.add(
        DisputeStep(
            id=new_id(), dispute_id=dispute.id, kind=kind, outcome=outcome, amount=amount, note=note,
            actor=str(work.actor), at=work.now,
        )
    )  # fmt: skip


def comment(work: Work, dispute: Dispute, text: str, *, is_public: bool = False) -> DisputeComment:
    """Adds something said to the case; for the desk only, unless it is public."""
    work.need(Right.DISPUTE)
    if not text.strip():
        raise Invalid.because("/text", "A comment says something.", field="text")
    said = DisputeComment(
        id=new_id(), dispute_id=dispute.id, author=str(work.actor), text=text.strip(), is_public=is_public, at=work.now
    )
    work.session.add(said)
    work.record("dispute.commented", f"dispute:{dispute.number}", {"is_public": is_public})
    return said


def review(work: Work, dispute: Dispute) -> None:
    """Marks a case as being looked into."""
    work.need(Right.DISPUTE)
    lock(work, dispute)
    refuse_resolved(dispute)
    dispute.state = "under_review"
    dispute.version += 1
    note_step(work, dispute, "reviewed")
    work.record("dispute.reviewed", f"dispute:{dispute.number}")


def resolve(work: Work, dispute: Dispute, outcome: str, accepted: int | None = None, note: str = "") -> None:
    """Decides a case. What is not accepted is reminded again at the same level, after the policy's grace days.

    What is accepted is never reminded; the case stays until credit notes came for it.
    """
    work.need(Right.DISPUTE)
    lock(work, dispute)
    refuse_resolved(dispute)
    resolution = decide(outcome, contested_amount(work, dispute), accepted)
    close(work, dispute, resolution.outcome, resolution.accepted, note)


def close(work: Work, dispute: Dispute, outcome: str, accepted: int, note: str) -> None:
    """Writes how a case ended, under the customer's lock; it is closed for good unless a credit note is due."""
    dispute.state, dispute.outcome, dispute.accepted_amount, dispute.credited = "resolved", outcome, accepted, 0
    dispute.resolved_at = work.now
    dispute.closed_at = None if accepted else work.now
    dispute.version += 1
    note_step(work, dispute, "resolved", outcome=outcome, amount=accepted, note=note)
    work.record(
        "dispute.resolved", f"dispute:{dispute.number}", {"outcome": outcome, "accepted": accepted}, reason=note or None
    )
    work.session.flush()
    work.announce(DisputeResolved(dispute.id, work.today))


def reopen(work: Work, dispute: Dispute, note: str = "") -> None:
    """Opens a decided case again; what it contests is paused again. Its history stays, its clock starts anew."""
    work.need(Right.DISPUTE)
    lock(work, dispute)
    if dispute.state != "resolved":
        raise NotResolved(dispute.number)
    _open_again(work, dispute, note)


def _open_again(work: Work, dispute: Dispute, note: str) -> None:
    dispute.state, dispute.outcome, dispute.accepted_amount, dispute.credited = "open", None, None, 0
    dispute.resolved_at = dispute.closed_at = dispute.escalated_at = dispute.merged_into_id = None
    dispute.clock_from, dispute.version = work.now, dispute.version + 1
    company = work.session.get_one(Company, dispute.company_id)
    dispute.due_at = decide_by(work.now, dispute.priority, company.country, company.time_zone)
    note_step(work, dispute, "reopened", note=note)
    work.record("dispute.reopened", f"dispute:{dispute.number}", reason=note or None)
    work.session.flush()
    work.announce(DisputeOpened(dispute.id))


def lock(work: Work, dispute: Dispute) -> None:
    """Takes the customer's lock and reads the case as it is now."""
    receivables.lock_customer(work.session, dispute.customer_id)
    work.session.refresh(dispute)


def refuse_resolved(dispute: Dispute) -> None:
    if dispute.state == "resolved":
        raise AlreadyResolved(dispute.number)


def close_settled(work: Work, event: ItemsSettled) -> None:
    """A case about an invoice closes itself when nothing is left to pay on it; an order may still bring more."""
    items = receivables.items(work.session, event.open_item_ids)
    for dispute in store.standing_about_invoices(work.session, {item.invoice_id for item in items.values()}):
        if dispute.state != "resolved" and all(item.open == 0 for item in store.contested_items(work.session, dispute)):
            close(work, dispute, "settled", 0, "Nothing is left to pay on it.")


def reopen_unsettled(work: Work, event: ApplicationUndone) -> None:
    """A case that closed itself because its invoice was paid is open again when that payment is taken back."""
    items = receivables.items(work.session, event.open_item_ids)
    for dispute in store.settled_about_invoices(work.session, {item.invoice_id for item in items.values()}):
        _open_again(work, dispute, "The payment that settled it was taken back.")
