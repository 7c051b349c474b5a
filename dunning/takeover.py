"""Going on where another system stopped: items arrive with the level at which they were last reminded there."""

from sqlalchemy import select

from dunning.beginnings import Beginnings
from dunning.tables import Reminder
from receivables.events import InvoicesArrived
from receivables.store import chunks
from receivables.tables import Customer
from runtime.work import Work


def take_levels(work: Work, event: InvoicesArrived) -> None:
    """Notes how far items were reminded before us, under the policy that is in force for their customer now.

    A level above the policy's last becomes the last: nothing follows it here either.
    """
    if not event.reached:
        return
    beginnings = Beginnings(work.session)
    owners = {}
    for part in chunks({reached.customer_id for reached in event.reached.values()}):
        found = work.session.execute(
            select(Customer.id, Customer.policy, Customer.segment).where(Customer.id.in_(part))
        )
        owners.update({row.id: (row.policy, row.segment) for row in found})
    for item_id, reached in event.reached.items():
        policy_id, policy, _ = beginnings.of(*owners[reached.customer_id], event.company_id)
        last = max((level.number for level in policy.levels), default=reached.level)
        work.session.add(
            Reminder(
                open_item_id=item_id, customer_id=reached.customer_id, level=min(reached.level, last),
                last_sent_on=reached.on, policy_id=policy_id,
            )
        )  # fmt: skip
    work.session.flush()
    work.record("reminders.taken_over", "intake:invoices", {"items": len(event.reached)})
