"""Use cases of credit: set a limit, take limits that come with the customers, commit an order."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from core.errors import Refused
from core.money import Money
from credit import approvals, limits, reservations, store
from credit.exposure import Exposure
from credit.limits import Wanted
from credit.overruns import watch
from credit.tables import LimitProposal, OrderCommitment
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
    insured: int = 0,
    scope: str = "customer",
) -> LimitProposal | None:
    """Sets the most we lend a customer in a currency, from a day on (today), for good or through a day.

    With the scope `group` it is the most we lend the customer and everybody below it together.

    A raise is only proposed, and the proposal returned: somebody else has to approve it. What lowers a limit, and a
    customer's first limit, is in force at once; it overtakes a raise that waits.
    """
    work.need(Right.CREDIT)
    wanted = Wanted(limit, from_on or work.today, until, insured, reason, scope)
    wanted.refuse_nonsense()
    receivables.lock_customer(work.session, customer.id)
    if scope == "group" and customer.parent_id is not None:
        raise Refused(f"{customer.name} is part of a group; set the group's limit at its head.")
    if limits.needs_second_person(work, customer.id, wanted):
        return approvals.propose(work, customer, wanted)
    approvals.withdraw_open(work, customer.id, limit.currency, "the limit was set anew", scope)
    limits.put_in_force(work, customer, wanted)
    return None


def take_limits(work: Work, event: CustomersArrived) -> None:
    """Limits that come with the customer master (docs/decisions/0012); one that is in force is not written again.

    What comes from a program, the machine's owner, or a person who may set limits is in force; a raise in the file of
    anybody else becomes a proposal.
    """
    is_master_data = not work.actor.is_human or work.actor.may(Right.CREDIT)
    in_force = store.limits(work.session, event.credit_limits.keys(), work.today)
    approvals.withdraw_overtaken(work, event.credit_limits)
    for customer_id, limit in event.credit_limits.items():
        if in_force.get((customer_id, limit.currency)) == limit.minor:
            continue
        wanted = Wanted(limit, work.today, reason=limits.MASTER_DATA)
        if not is_master_data and limits.needs_second_person(work, customer_id, wanted):
            approvals.propose(work, receivables.customer_of(work.session, customer_id), wanted)
        else:
            limits.write(work, customer_id, wanted)
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
    """What a customer owes has changed: an overrun may begin or end."""
    watch(work, event.customer_ids)
