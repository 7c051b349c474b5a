"""What changes are called in the feed, and what each says. Pure."""

from collections.abc import Iterable

KINDS = {
    "payment.applied": "Cash was taken off an invoice.",
    "payment.undone": "Cash that had been taken off an invoice was put back.",
    "payment.kept": "Money of a customer lies here unapplied.",
    "discount.applied": "An early-payment discount was granted on an invoice.",
    "discount.undone": "A discount was taken back.",
    "fee.applied": "A bank's charge settled a part of an invoice.",
    "fee.undone": "A bank's charge was taken back.",
    "write_off.applied": "A part of an invoice was written off.",
    "write_off.undone": "A write-off was taken back.",
    "credit.applied": "A credit note settled a part of an invoice.",
    "credit.undone": "What a credit note had settled is open again.",
    "invoice.cancelled": "An invoice was cancelled.",
    "invoices.changed": "Invoices or credit notes came in or changed.",
    "customers.changed": "Customers came in or changed.",
    "customer.merged": "A customer became a part of another; its number means the survivor.",
    "customer.unmerged": "Two customers that were merged are two again.",
    "dispute.opened": "A case was opened.",
    "dispute.resolved": "A case was decided.",
    "dispute.reopened": "A decided case was opened again.",
    "hold.set": "Reminders of a customer or an invoice were stopped.",
    "hold.lifted": "Reminders go on.",
    "promise.made": "A customer promised to pay by a day.",
    "promise.kept": "A promise was kept.",
    "promise.partly_kept": "A promise was kept in part.",
    "promise.broken": "A promise was broken.",
    "promise.withdrawn": "A promise does not count any more.",
    "policy.chosen": "An invoice, a customer, a segment or a company was put under a dunning policy.",
    "policy.choice_ended": "A choice of policy was taken back.",
    "final_step.proposed": "Items are proposed for an agency, a court or a write-off.",
    "final_step.handed_over": "Items were handed over to an agency or a court.",
    "final_step.taken_back": "Items were taken back from an agency or a court.",
    "final_step.dropped": "A proposed final step was given up.",
    "final_step.write_off_asked": "A write-off waits for a second person.",
    "final_step.written_off": "What was open of items was written off.",
    "payment_plan.made": "A payment plan was agreed or proposed.",
    "payment_plan.began": "A payment plan counts from now on.",
    "payment_plan.kept": "A payment plan was kept to the end.",
    "payment_plan.defaulted": "An instalment was missed.",
    "payment_plan.caught_up": "What was missed of a payment plan was paid.",
    "payment_plan.reopened": "Money that had kept a payment plan was taken back; it runs again.",
    "payment_plan.cancelled": "A payment plan does not count any more.",
    "call.logged": "Somebody spoke with a customer, or tried to.",
    "notice.sent": "A reminder was sent.",
    "interest.claimed": "Late interest was charged.",
    "interest.waived": "A charge for lateness was waived.",
    "credit.held": "New orders of a customer were stopped.",
    "credit.released": "A stopped order may go on.",
    "credit.limit_set": "A credit limit was set.",
    "credit.checked": "An order was checked against a customer's credit.",
}
"""Kind → what it says. What is told grows; a reader passes over kinds it does not know."""


def unknown_kinds(kinds: Iterable[str]) -> list[str]:
    """Those of them that are never told."""
    return [kind for kind in kinds if kind not in KINDS]
