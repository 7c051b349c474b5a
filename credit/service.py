"""Use cases of credit: set a limit, commit an order, watch overruns begin and end."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from core.errors import Invalid
from core.money import Money
from credit import reservations, store
from credit.events import OverrunBegan, OverrunEnded
from credit.exposure import Exposure
from credit.tables import CreditLimit, OrderCommitment, Overrun
from receivables import store as receivables
from receivables.events import BalanceChanged, CustomersArrived
from receivables.tables import Customer
from runtime.ids import new_id
from runtime.work import Right, Work


def set_limit(
    work: Work,
    customer: Customer,
    limit: Money,
    reason: str = "",
    from_on: date | None = None,
    until: date | None = None,
) -> None:
    """Sets the most we lend a customer in a currency, from a day on (today), for good or until a day."""
    work.need(Right.CREDIT)
    if limit.minor < 0:
        raise Invalid.because("/amount", "A credit limit is not negative.", field="amount")
    if until is not None and until < (from_on or work.today):
        raise Invalid.because("/until", "The limit would end before it begins.", field="until")
    receivables.lock_customer(work.session, customer.id)
    _add_limit(work, customer.id, limit, reason, from_on, until)
    customer.version += 1
    work.record("credit.limit_set", f"customer:{customer.external_id}", {"limit": str(limit)}, reason=reason or None)
    work.session.flush()
    watch(work, {customer.id})


def _add_limit(
    work: Work, customer_id: UUID, limit: Money, reason: str, from_on: date | None = None, until: date | None = None
) -> None:
    work.session.add(
        CreditLimit(
            id=new_id(),
            customer_id=customer_id,
            currency=limit.currency,
            amount=limit.minor,
            from_on=from_on or work.today,
            until_on=until,
            reason=reason,
            actor=str(work.actor),
            at=work.now,
        )
    )


def take_limits(work: Work, event: CustomersArrived) -> None:
    """Limits that come with the customer master; one that is already in force is not written again."""
    in_force = store.limits(work.session, event.credit_limits.keys(), work.today)
    for customer_id, limit in event.credit_limits.items():
        if in_force.get((customer_id, limit.currency)) != limit.minor:
            _add_limit(work, customer_id, limit, "customer import")
    work.session.flush()
    watch(work, event.credit_limits.keys())


def commit_order(
    work: Work, customer_id: UUID, order_number: str, uninvoiced: Money, *, has_arrived: bool = True
) -> None:
    """Says what an order will still add to a customer's debt; nothing when it is invoiced or cancelled.

    Once it has arrived, credit is no longer kept free for it beside that.
    """
    receivables.lock_customer(work.session, customer_id)
    if has_arrived:
        reservations.end(work, customer_id, order_number, "arrived")
    commitment = work.session.scalars(
        select(OrderCommitment).where(
            OrderCommitment.customer_id == customer_id, OrderCommitment.order_number == order_number
        )
    ).first()
    if commitment is None:
        commitment = OrderCommitment(id=new_id(), customer_id=customer_id, order_number=order_number)
        work.session.add(commitment)
    commitment.currency, commitment.amount, commitment.updated_at = uninvoiced.currency, uninvoiced.minor, work.now
    work.session.flush()
    watch(work, {customer_id})


def exposure(work: Work, customer_id: UUID, currency: str) -> Exposure:
    """One customer's exposure, part by part."""
    return store.exposures(work.session, {customer_id}).get((customer_id, currency), Exposure(currency))


def watch_balances(work: Work, event: BalanceChanged) -> None:
    watch(work, event.customer_ids)


def watch(work: Work, customer_ids: Collection[UUID]) -> None:
    """Compares exposure and limit; writes and announces every overrun that begins or ends."""
    work.session.flush()
    limits = store.limits(work.session, customer_ids, work.today)
    running = store.running_overruns(work.session, customer_ids)
    exposures = store.exposures(work.session, {customer_id for customer_id, _ in limits.keys() | running.keys()})
    for account in exposures.keys() | running.keys():
        found = exposures.get(account, Exposure(account[1]))
        limit = limits.get(account)
        if limit is not None and found.overrun(limit):
            _overrun(work, account, limit, found.total, running.get(account))
        elif account in running:
            running[account].ended_on = work.today
            work.announce(OverrunEnded(*account))


def _overrun(work: Work, account: store.Account, limit: int, total: int, running: Overrun | None) -> None:
    if running is not None:
        running.limit, running.exposure, running.peak = limit, total, max(running.peak, total)
        return
    customer_id, currency = account
    work.session.add(
        Overrun(
            id=new_id(), customer_id=customer_id, currency=currency, limit=limit, exposure=total, peak=total,
            began_on=work.today,
        )
    )  # fmt: skip
    work.announce(OverrunBegan(customer_id, Money(limit, currency), Money(total, currency)))


def watch_everyone(work: Work) -> int:
    """The nightly look at everybody with a limit: limits begin and end by date alone. Returns how many overrun."""
    reservations.end_expired(work)
    watch(work, store.customers_with_limit(work.session))
    work.session.flush()
    return len(store.running_overruns(work.session))
