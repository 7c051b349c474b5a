"""The use cases of merging: put two customer records together, take them apart again, say that they are two.

Both customers are locked, in the order of their keys, while it happens. The ledger is only added to: what is open of
every item and left of every payment goes from one customer to the other by postings of its own.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from core.errors import Invalid, Refused
from disputes.events import DisputeOpened
from disputes.tables import Dispute
from dunning import pauses
from merging import obstacles
from merging.moving import Moving
from merging.tables import CustomerMerge, NoDuplicate
from payments.tables import Payment
from receivables import store as receivables
from receivables.events import BalanceChanged, CustomersArrived
from receivables.ledger import Account, account_of, posting
from receivables.tables import Customer, OpenItem, Posting
from runtime.bulk import write_rows
from runtime.ids import new_id
from runtime.numbers import next_number
from runtime.work import Right, Work


class CannotMerge(Refused):
    """What keeps two customers from being merged, every reason a sentence."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))


def merge(work: Work, survivor: Customer, merged: Customer, reason: str) -> CustomerMerge:
    """Makes `merged` a part of `survivor`: all that is open, agreed and contested is the survivor's from now on, and
    whatever names the merged customer later means the survivor. Its own record is kept, and so is what was moved.

    `CannotMerge` names all that must be settled first.
    """
    work.need(Right.MERGE)
    if not reason.strip():
        raise Invalid.because("/reason", "Say how you know that they are one party.", field="reason")
    _lock(work, survivor, merged)
    if reasons := obstacles.of_merging(work, survivor, merged):
        raise CannotMerge(reasons)
    made = CustomerMerge(
        id=new_id(), number=next_number(work.session, "customer_merge"), survivor_id=survivor.id, merged_id=merged.id,
        reason=reason.strip(), actor=str(work.actor), at=work.now,
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    _transfer(work, made.id, merged.id, survivor.id, "merged")
    moved = Moving(work.session, made).forth()
    merged.merged_into_id = survivor.id
    _changed(work, merged, survivor)
    facts = {"merge": made.number, "into": survivor.external_id, "moved": moved}
    work.record("customer.merged", f"customer:{merged.external_id}", facts, reason=made.reason)
    _tell(work, merged, survivor)
    return made


def take_apart(work: Work, made: CustomerMerge, reason: str) -> None:
    """Undoes a merge: exactly what it moved goes back, with what was recorded about those very invoices since.

    `CannotMerge` when the two grew together: money of one paid the other, a letter or a plan names both.
    """
    work.need(Right.MERGE)
    if not reason.strip():
        raise Invalid.because("/reason", "Say why they are taken apart.", field="reason")
    survivor = work.session.get_one(Customer, made.survivor_id)
    merged = work.session.get_one(Customer, made.merged_id)
    _lock(work, survivor, merged)
    work.session.refresh(made)
    if reasons := obstacles.of_taking_apart(work, made, survivor):
        raise CannotMerge(reasons)
    merged.merged_into_id = None
    work.session.flush()
    moving = Moving(work.session, made)
    _transfer(work, made.id, survivor.id, merged.id, "taken_apart", moving)
    moving.back()
    made.undone_at, made.undone_by, made.undo_reason = work.now, str(work.actor), reason.strip()
    _changed(work, merged, survivor)
    facts = {"merge": made.number, "from": survivor.external_id}
    work.record("customer.unmerged", f"customer:{merged.external_id}", facts, reason=made.undo_reason)
    _tell(work, merged, survivor)


def not_duplicates(work: Work, one: Customer, other: Customer) -> None:
    """Remembers that two customers are not the same party: they are not suggested again."""
    work.need(Right.MERGE)
    if one.id == other.id:
        raise Invalid.because("/other", "Name two customers.", field="other")
    first, second = sorted((one.id, other.id))
    if work.session.get(NoDuplicate, (first, second)) is None:
        work.session.add(NoDuplicate(first_id=first, second_id=second, actor=str(work.actor), at=work.now))
        work.record("customer.not_duplicate", f"customer:{one.external_id}", {"other": other.external_id})


def _lock(work: Work, *customers: Customer) -> None:
    receivables.lock_as_kept(work.session, [each.id for each in customers])
    for each in customers:
        work.session.refresh(each)


def _changed(work: Work, *customers: Customer) -> None:
    for each in customers:
        each.version += 1
        each.updated_at = work.now
    work.session.flush()
    work.session.expire_all()


def _tell(work: Work, merged: Customer, survivor: Customer) -> None:
    """Cases on orders and deliveries contest what now belongs to their customer, and nothing else."""
    on_papers = select(Dispute.id).where(
        Dispute.customer_id.in_((merged.id, survivor.id)), Dispute.invoice_id.is_(None), Dispute.closed_at.is_(None)
    )
    for dispute_id in work.session.scalars(on_papers).all():
        pauses.follow_dispute(work, DisputeOpened(dispute_id))
    work.session.flush()
    work.announce(CustomersArrived((survivor.id, merged.id), {}))
    work.announce(BalanceChanged(frozenset({survivor.id, merged.id})))


# ── the ledger ──────────────────────────────────────────────────────────────────────────────────


def _transfer(
    work: Work, merge_id: UUID, giver: UUID, taker: UUID, cause: str, only: Moving | None = None
) -> None:  # fmt: skip
    """Writes what goes from one customer to the other: two postings for each open item and each payment with a rest,
    against an account that is always empty."""
    items = select(OpenItem).where(OpenItem.customer_id == giver, OpenItem.open > 0)
    payments = select(Payment).where(Payment.customer_id == giver, Payment.unapplied > 0, Payment.reversed_at.is_(None))
    if only is not None:
        items = items.where(OpenItem.id.in_(only.rows(OpenItem.customer_id)))
        payments = payments.where(Payment.id.in_(only.rows(Payment.customer_id)))
    rows = []
    for item in work.session.scalars(items.execution_options(populate_existing=True)):
        amount = -item.open if item.kind == "credit_note" else item.open
        for customer_id, change in ((giver, -amount), (taker, amount)):
            rows.append(
                posting(
                    work, company_id=item.company_id, customer_id=customer_id, open_item_id=item.id,
                    account=account_of(item), contra=Account.TRANSFER, amount=change, currency=item.currency,
                    cause=cause, cause_id=merge_id, on=work.today,
                )
            )  # fmt: skip
    for payment in work.session.scalars(payments.execution_options(populate_existing=True)):
        for customer_id, change in ((giver, payment.unapplied), (taker, -payment.unapplied)):
            rows.append(
                posting(
                    work, company_id=payment.company_id, customer_id=customer_id, account=Account.UNAPPLIED,
                    contra=Account.TRANSFER, amount=change, currency=payment.currency, cause=cause,
                    cause_id=merge_id, on=work.today,
                )
            )  # fmt: skip
    if rows:
        write_rows(work.session, Posting, tuple(rows[0]), [tuple(row.values()) for row in rows])
