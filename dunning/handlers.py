"""What dunning hears about the money and the cases its claims for lateness rest on."""

from disputes.events import DisputeResolved
from dunning import claim_store, claims
from payments.events import PaymentApplied
from receivables.events import PaidElsewhere
from runtime.work import Work


def correct_after_payment(work: Work, event: PaymentApplied | PaidElsewhere) -> None:
    """Money may have been on our account before the day its claim ran to."""
    claims.correct(work, event.open_item_ids, "The money had arrived earlier.")


def correct_after_resolution(work: Work, event: DisputeResolved) -> None:
    """What a case gave up never bore interest."""
    claims.correct(work, claim_store.items_of_dispute(work.session, event.dispute_id), "A case gave it up.")
