"""What a case gave up: the credit note it waits for, followed until it has come. Called under the customer's lock.

A credit note counts for the cases about what it settles, the oldest case first, if it was applied after the case was
opened. While it has not come, what was accepted is not reminded.
"""

from collections.abc import Sequence

from disputes import store
from disputes.events import CreditTracked
from disputes.service import note_step
from disputes.tables import Dispute
from payments.events import ApplicationUndone, PaymentApplied
from payments.store import standing_allocations
from receivables.events import ItemsSettled
from receivables.tables import Invoice, OpenItem
from runtime.work import Work


def track_credits(work: Work, event: PaymentApplied | ItemsSettled) -> None:
    """Notes what came for resolved cases, and closes those that wait for nothing any more."""
    _recount(work, store.waiting_for_credit(work.session, event.open_item_ids))


def track_undone(work: Work, event: ApplicationUndone) -> None:
    """A credit note that was taken back is waited for again."""
    _recount(work, store.waiting_for_credit(work.session, event.open_item_ids, even_closed=True))


def _recount(work: Work, cases: Sequence[Dispute]) -> None:
    for case in cases:
        items = store.contested_items(work.session, case)
        came = _came_for(work, case, items)
        is_done = came == case.accepted_amount or all(item.open == 0 for item in items)
        if came == case.credited and is_done == (case.closed_at is not None):
            continue
        note_step(work, case, "credited" if is_done or came > case.credited else "credit_undone", amount=came)
        case.credited, case.version = came, case.version + 1
        case.closed_at = (case.closed_at or work.now) if is_done else None
        work.record("dispute.credited", f"dispute:{case.number}", {"credited": came, "is_closed": is_done})
        work.session.flush()
        work.announce(CreditTracked(case.id))


def _came_for(work: Work, case: Dispute, items: Sequence[OpenItem]) -> int:
    """What credit notes gave since the case was opened, less what older cases about the same items take of it."""
    credits = [
        each
        for item in items
        for each in standing_allocations(work.session, open_item_id=item.id, kind="credit")
        if each.at >= case.opened_at
    ]
    came = sum(each.amount for each in credits) - sum(each.credited for each in _older(work, case, items))
    return max(0, min(came, case.accepted_amount or 0))


def _older(work: Work, case: Dispute, items: Sequence[OpenItem]) -> list[Dispute]:
    """Older cases whose credit notes may be among those that came since this one was opened."""
    found: dict[int, Dispute] = {}
    for item in items:
        invoice = work.session.get_one(Invoice, item.invoice_id)
        about = store.about_invoice(invoice).where(Dispute.accepted_amount > 0, Dispute.number < case.number)
        found.update({each.number: each for each in work.session.scalars(about)})
    return [each for each in found.values() if each.closed_at is None or each.closed_at >= case.opened_at]
