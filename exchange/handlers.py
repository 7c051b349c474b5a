"""Events in: what of the news in the house is told to other programs. `main` joins each to its event."""

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from core.money import decimal_text
from exchange import details
from exchange.feed import News, tell
from payments.events import ApplicationUndone, PaymentApplied
from receivables.events import CustomersArrived, InvoiceCancelled, InvoicesArrived
from receivables.tables import Invoice, OpenItem
from runtime.work import Recorded, Work


def tell_applied(work: Work, event: PaymentApplied) -> None:
    tell(work, lambda: details.allocations(work.session, event.allocation_ids))


def tell_undone(work: Work, event: ApplicationUndone) -> None:
    tell(work, lambda: details.allocations(work.session, event.allocation_ids))


def tell_cancelled(work: Work, event: InvoiceCancelled) -> None:
    tell(work, lambda: details.cancelled(work.session, event.invoice_id))


def tell_invoices(work: Work, event: InvoicesArrived) -> None:
    tell(work, lambda: details.invoices(work.session, event.company_id, event.numbers))


def tell_customers(work: Work, event: CustomersArrived) -> None:
    tell(work, lambda: details.customers(work.session, event.customer_ids))


def tell_recorded(work: Work, event: Recorded) -> None:
    """What has no event of its own is told from its audit entry."""
    gather = RECORDED.get(event.action)
    if gather is not None:
        tell(work, lambda: gather(work, event))


# ── audit entries that are told ─────────────────────────────────────────────────────────────────


def _dispute(work: Work, entry: Recorded) -> Iterator[News]:
    return details.dispute(work.session, entry.action, int(_name(entry)))


def _hold(work: Work, entry: Recorded) -> Iterator[News]:
    return details.hold(work.session, entry.action, UUID(entry.payload.get("hold") or _name(entry)))


def _promises(work: Work, entry: Recorded) -> Iterator[News]:
    for each in entry.payload.get("promises") or [_name(entry)]:
        yield from details.promise(work.session, entry.action, UUID(each))


def _plan(work: Work, entry: Recorded) -> Iterator[News]:
    """A default that ends its plan is written twice, the second time without the instalment; it is told once."""
    if entry.action != "payment_plan.defaulted" or entry.payload:
        yield from details.payment_plan(work.session, entry.action, int(_name(entry)), entry.reason)


def _call(work: Work, entry: Recorded) -> Iterator[News]:
    return details.call(work.session, UUID(entry.payload["call"]))


def _merge(work: Work, entry: Recorded) -> Iterator[News]:
    return details.merge(work.session, entry.action, entry.payload["merge"])


def _notice(work: Work, entry: Recorded) -> Iterator[News]:
    return details.notice(work.session, int(_name(entry)))


def _kept(work: Work, entry: Recorded) -> Iterator[News]:
    return details.kept_money(work.session, UUID(_name(entry)))


def _claimed(work: Work, entry: Recorded) -> Iterator[News]:
    return details.charges(work.session, entry.action, OpenItem.id.in_(entry.payload["charges"]))


def _waived(work: Work, entry: Recorded) -> Iterator[News]:
    return details.charges(work.session, entry.action, Invoice.number == _name(entry))


def _of_customer(_: Work, entry: Recorded) -> Iterator[News]:
    yield News(entry.action, {"customer_id": _name(entry), **entry.payload, "reason": entry.reason})


def _chosen(work: Work, entry: Recorded) -> Iterator[News]:
    scope, _, subject = entry.subject.partition(":")
    yield News(entry.action, {"scope": scope, "subject": subject, **entry.payload, "reason": entry.reason})


def _final_step(_: Work, entry: Recorded) -> Iterator[News]:
    amount = decimal_text(entry.payload["total"], entry.payload["currency"])
    yield News(entry.action, {"number": int(_name(entry)), **entry.payload, "total": amount, "reason": entry.reason})


def _name(entry: Recorded) -> str:
    """What stands behind the kind in a subject such as "customer:ACME"."""
    return entry.subject.partition(":")[2]


RECORDED: Mapping[str, Callable[[Work, Recorded], Iterator[News]]] = {
    "entry.applied": _kept,
    "dispute.opened": _dispute,
    "dispute.resolved": _dispute,
    "dispute.reopened": _dispute,
    "hold.set": _hold,
    "hold.lifted": _hold,
    "promise.made": _promises,
    "promise.kept": _promises,
    "promise.partly_kept": _promises,
    "promise.broken": _promises,
    "promise.withdrawn": _promises,
    "policy.chosen": _chosen,
    "policy.choice_ended": _chosen,
    "final_step.proposed": _final_step,
    "final_step.handed_over": _final_step,
    "final_step.taken_back": _final_step,
    "final_step.dropped": _final_step,
    "final_step.write_off_asked": _final_step,
    "final_step.written_off": _final_step,
    "payment_plan.made": _plan,
    "payment_plan.began": _plan,
    "payment_plan.kept": _plan,
    "payment_plan.defaulted": _plan,
    "payment_plan.caught_up": _plan,
    "payment_plan.reopened": _plan,
    "payment_plan.cancelled": _plan,
    "call.logged": _call,
    "customer.merged": _merge,
    "customer.unmerged": _merge,
    "notice.sent": _notice,
    "interest.claimed": _claimed,
    "interest.waived": _waived,
    "credit.held": _of_customer,
    "credit.released": _of_customer,
    "credit.limit_set": _of_customer,
    "credit.checked": _of_customer,
}
"""Action of the audit log → what is told of it, under the same name."""
