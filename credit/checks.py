"""Credit checks of orders: decided under the customer's lock, stored with all they rest on, and reserved when allowed.

The lock is what keeps two orders from both slipping under the limit: the second one sees the first one's reservation.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.calendar import days_overdue
from core.errors import Invalid
from core.money import Money
from credit import groups, holds, reservations, store
from credit.decision import Inputs, Rules, decide, is_long_overdue, strictest_step
from credit.events import OrderReleased
from credit.exposure import Exposure
from credit.overruns import watch
from credit.rules import in_force
from credit.tables import CreditCheck, CreditHold, CreditLimit, OrderReservation
from receivables import store as receivables
from receivables.tables import Customer, OpenItem
from runtime.ids import new_id
from runtime.work import Right, Work

LONGEST_NUMBER = 80

SENTENCES: Mapping[str, str] = {
    "prepaid": "The order is paid in advance and adds no risk.",
    "on_hold": "The customer is on credit hold.",
    "released": "A person released this order.",
    "no_limit": "No credit limit is in force.",
    "over_limit": "With this order the customer would be above the limit.",
    "over_group_limit": "With this order the group would be above its limit.",
    "aged": "More is overdue for longer than the rules allow.",
    "overdue": "Too much is overdue for too long.",
    "within_limit": "The order fits into the limit.",
}
"""What a reason's code says to a person."""


def check(
    work: Work, customer: Customer, order_number: str, amount: Money, prepaid: int = 0
) -> tuple[CreditCheck, OrderReservation | None]:
    """Decides about an order and keeps credit free for it when it is allowed; asked again, it decides anew.

    `amount` is what is still to be invoiced of the order, `prepaid` (minor units) what of it is paid in advance. An
    order that is not allowed is put on hold. No check ever stops an invoice.
    """
    work.need(Right.CHECK_CREDIT)
    _refuse_nonsense(order_number, amount, prepaid)
    members = groups.limited(work.session, {customer.id}, work.today)
    receivables.lock_customers(work.session, {customer.id, *members})
    work.session.refresh(customer)
    reservations.end_expired(work, customer.id)
    reservations.end(work, customer.id, order_number, "checked again")
    given = _inputs(work, customer, order_number, amount, prepaid, members)
    decision = decide(given)
    made = CreditCheck(
        id=new_id(), customer_id=customer.id, order_number=order_number, decision=decision.verdict,
        reasons=[reason.code for reason in decision.reasons], inputs=given.as_dict(), actor=str(work.actor),
        at=work.now,
    )  # fmt: skip
    work.session.add(made)
    reservation = None
    if decision.verdict == "allow":
        holds.end_after_check(work, customer.id, order_number)
        reservation = reservations.reserve(work, customer.id, order_number, Money(given.at_risk, given.currency))
    else:
        said = " ".join(SENTENCES[code] for code in made.reasons)
        holds.hold_after_check(work, customer.id, order_number, Money(given.at_risk, given.currency), said)
    payload = {"order": order_number, "decision": made.decision, "reasons": made.reasons, "check": str(made.id)}
    work.record("credit.checked", f"customer:{customer.external_id}", payload)
    work.session.flush()
    watch(work, {customer.id})
    return made, reservation


def check_if_limited(work: Work, customer_id: UUID, order_number: str, amount: Money, prepaid: int = 0) -> None:
    """Checks an order nobody asked about before it came; only where a limit is in force, its own or its group's."""
    limited = store.limits(work.session, {customer_id}, work.today)
    if (customer_id, amount.currency) not in limited and not groups.limited(work.session, {customer_id}, work.today):
        return
    at_risk = Money(amount.minor - prepaid, amount.currency)
    if not reservations.covers(work, customer_id, order_number, at_risk):
        check(work, receivables.customer_of(work.session, customer_id), order_number, amount, prepaid)


def _refuse_nonsense(order_number: str, amount: Money, prepaid: int) -> None:
    if not 0 < len(order_number.strip()) <= LONGEST_NUMBER:
        raise Invalid.because("/order_number", f"An order number has 1 to {LONGEST_NUMBER} characters.")
    if amount.minor < 0:
        raise Invalid.because("/amount", "An order's amount is not negative.", field="amount")
    if not 0 <= prepaid <= amount.minor:
        raise Invalid.because("/prepaid", "What is prepaid lies between nothing and the amount.", field="prepaid")


def _inputs(
    work: Work, customer: Customer, order_number: str, amount: Money, prepaid: int, members: Mapping[UUID, set[UUID]]
) -> Inputs:
    account = customer.id, amount.currency
    total = store.exposures(work.session, {customer.id}).get(account, Exposure(amount.currency)).total
    limit = store.limits_in_force(work.session, {customer.id}, work.today).get(account)
    of_group, group_total = _of_group(work, members, amount.currency)
    rules = in_force(work.session)
    own = reservations.committed(work.session, customer.id, order_number, amount.currency)
    return Inputs(
        currency=amount.currency,
        amount=amount.minor,
        at_risk=amount.minor - prepaid,
        exposure=total - own,
        limit=limit.amount if limit else None,
        overdue=overdue_weight(work.session, customer.id, amount.currency, work.today, rules),
        is_on_hold=holds.is_stopped(work.session, customer.id, order_number),
        released=holds.released_up_to(work, customer.id, order_number, amount.currency),
        limit_id=str(limit.id) if limit else None,
        customer_version=customer.version,
        rules=rules,
        group_exposure=group_total - own if of_group else 0,
        group_limit=of_group.amount if of_group else None,
        group_limit_id=str(of_group.id) if of_group else None,
        aged=aged_by_steps(work.session, customer.id, work.today, rules),
    )


def _of_group(work: Work, members: Mapping[UUID, set[UUID]], currency: str) -> tuple[CreditLimit | None, int]:
    """The limit of the group in a currency, and what the group owes of it."""
    for head in members:
        limit = store.limits_in_force(work.session, {head}, work.today, "group").get((head, currency))
        total = groups.exposures(work.session, members).get((head, currency), Exposure(currency)).total
        return limit, total
    return None, 0


def aged_by_steps(session: Session, customer_id: UUID, on: date, rules: Rules) -> tuple[int, ...]:
    """For each step of the rules, how much in its currency is overdue by more than its days; minor units."""
    query = select(func.coalesce(func.sum(OpenItem.open), 0)).where(
        OpenItem.customer_id == customer_id, OpenItem.kind == "invoice", OpenItem.open > 0
    )
    return tuple(
        int(
            session.scalar(
                query.where(OpenItem.currency == step.currency, OpenItem.due_on < on - timedelta(days=step.days))
            )
            or 0
        )
        for step in rules.steps
    )


def overdue_weight(session: Session, customer_id: UUID, currency: str, on: date, rules: Rules) -> int:
    """Σ open amount × days overdue of the items later than the rules are patient; minor units × days."""
    latest = on - timedelta(days=rules.patient_days)
    query = select(OpenItem.open, OpenItem.due_on).where(
        OpenItem.customer_id == customer_id,
        OpenItem.currency == currency,
        OpenItem.kind == "invoice",
        OpenItem.open > 0,
        OpenItem.due_on < latest,
    )
    return sum(open_now * days_overdue(due_on, on) for open_now, due_on in session.execute(query))


def release(work: Work, hold: CreditHold, reason: str) -> None:
    """Lifts a hold; for an order that a check held, credit is kept free as if it had been allowed."""
    holds.end_hold(work, hold, reason)
    if hold.cause == "check" and hold.amount is not None and hold.currency is not None:
        reservations.end(work, hold.customer_id, hold.order_number, "checked again")
        reservations.reserve(work, hold.customer_id, hold.order_number, Money(hold.amount, hold.currency))
    watch(work, {hold.customer_id})
    if hold.order_number:
        work.announce(OrderReleased(hold.customer_id, hold.order_number, reason.strip()))


def judge_overdue(work: Work) -> dict[str, int]:
    """Holds every customer of whom too much is overdue for too long, and ends such holds that paid up."""
    customers = set(store.customers_with_limit(work.session)) | holds.held_for_overdue(work.session)
    receivables.lock_customers(work.session, customers)
    limits = store.limits(work.session, customers, work.today)
    rules = in_force(work.session)
    late = {each for each in customers if _denies_by_age(work, each, rules)}
    for (customer_id, currency), limit in limits.items():
        weight = overdue_weight(work.session, customer_id, currency, work.today, rules)
        if is_long_overdue(weight, limit, rules):
            late.add(customer_id)
    held = sum(holds.hold_for_overdue(work, customer_id) for customer_id in sorted(late))
    ended = sum(holds.end_for_overdue(work, customer_id) for customer_id in sorted(customers - late))
    return {"held": held, "ended": ended}


def _denies_by_age(work: Work, customer_id: UUID, rules: Rules) -> bool:
    step = strictest_step(rules, aged_by_steps(work.session, customer_id, work.today, rules))
    return step is not None and step.verdict == "deny"


def checks_of(session: Session, customer_id: UUID, order_number: str) -> Sequence[CreditCheck]:
    """The latest decisions about an order, the newest first."""
    query = select(CreditCheck).where(CreditCheck.customer_id == customer_id, CreditCheck.order_number == order_number)
    return session.scalars(query.order_by(CreditCheck.at.desc(), CreditCheck.id.desc()).limit(10)).all()


def unfaithful(session: Session) -> list[CreditCheck]:
    """Decisions that come out otherwise when they are made again on what was stored with them (I12)."""
    return [
        each
        for each in session.scalars(select(CreditCheck).order_by(CreditCheck.id).execution_options(yield_per=1000))
        if _differs(each)
    ]


def _differs(made: CreditCheck) -> bool:
    again = decide(Inputs.from_dict(made.inputs))
    return (again.verdict, [reason.code for reason in again.reasons]) != (made.decision, made.reasons)
