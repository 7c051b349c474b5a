"""What dunning hears: of the money and the cases its claims for lateness rest on, and who asks for kept promises."""

from uuid import UUID

from sqlalchemy import func, select

from credit import holds
from credit.events import WordAsked
from disputes.events import DisputeResolved
from dunning import claim_store, claims, store
from dunning.tables import Promise
from payments.events import PaymentApplied
from receivables.events import ItemsSettled, PaidElsewhere
from receivables.store import chunks, items
from runtime.work import Work


def correct_after_payment(work: Work, event: PaymentApplied | PaidElsewhere) -> None:
    """Money may have been on our account before the day its claim ran to."""
    claims.correct(work, event.open_item_ids, "The money had arrived earlier.")


def correct_after_resolution(work: Work, event: DisputeResolved) -> None:
    """What a case gave up never bore interest."""
    claims.correct(work, claim_store.items_of_dispute(work.session, event.dispute_id), "A case gave it up.")


def release_credit(work: Work, event: ItemsSettled) -> None:
    """A hold that a reminder brought ends once nothing is open any more that was reminded so far."""
    paying = {item.customer_id for item in items(work.session, set(event.open_item_ids)).values()}
    for customer_id in holds.held_for_reminder(work.session, paying):
        if not _is_still_stopped(work, customer_id):
            holds.end_for_reminder(work, customer_id)
            work.record("credit.hold_ended", f"customer:{customer_id}", reason="What it was for is paid.")


def _is_still_stopped(work: Work, customer_id: UUID) -> bool:
    policies = store.policies_by_id(work.session)
    return any(
        step.credit_hold and step.number <= reminder.level
        for reminder in store.reminders_of_open_items(work.session, customer_id)
        for step in policies[reminder.policy_id].levels
    )


def tell_word(work: Work, event: WordAsked) -> None:
    """How customers kept their promises since a day: kept in full, and broken at least in part."""
    for part in chunks(event.customer_ids):
        query = (
            select(
                Promise.customer_id,
                func.count().filter(Promise.state == "kept"),
                func.count().filter(Promise.state.in_(("broken", "partly_kept"))),
            )
            .where(Promise.customer_id.in_(part), Promise.promised_on > event.since)
            .group_by(Promise.customer_id)
        )
        event.promises.update({each: (kept, broken) for each, kept, broken in work.session.execute(query)})
