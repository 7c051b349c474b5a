"""Credit holds: new orders stop until somebody releases them, with a reason. What is delivered is invoiced regardless.

A hold is set by a check that did not allow an order, by a person, because too much is overdue for too long, or by a
reminder whose level says so.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound, Refused
from core.money import Money
from credit.tables import CreditHold
from receivables import store as receivables
from receivables.tables import Customer
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Right, Work

RELEASED_FOR = timedelta(days=7)
"""How long a release counts: an order that is opened again later is decided anew."""


def put_on_hold(work: Work, customer: Customer, order_number: str, reason: str) -> CreditHold:
    """Stops one order, or all new orders of a customer when no order is named."""
    work.need(Right.HOLD)
    if not reason.strip():
        raise Invalid.because("/reason", "A hold says why.", field="reason")
    receivables.lock_customer(work.session, customer.id)
    if _running(work.session, customer.id, order_number.strip(), "person"):
        raise Refused(f"{order_number.strip() or customer.name} is on hold already.")
    made = _add(work, customer.id, order_number.strip(), "person", reason.strip())
    work.record("credit.held", f"customer:{customer.external_id}", {"order": made.order_number}, reason=made.reason)
    return made


def end_hold(work: Work, hold: CreditHold, reason: str) -> None:
    """Lifts a hold with a reason; the order may be checked again, and is allowed up to the amount it was held with."""
    work.need(Right.CREDIT)
    if not reason.strip():
        raise Invalid.because("/reason", "A release says why.", field="reason")
    receivables.lock_customer(work.session, hold.customer_id)
    work.session.refresh(hold)
    if hold.ended_at is not None:
        raise Refused("This hold is over already.")
    _end(work, hold, reason.strip())
    hold.is_released = True
    customer = receivables.customer_of(work.session, hold.customer_id)
    payload = {"order": hold.order_number, "cause": hold.cause, "hold": str(hold.id)}
    work.record("credit.released", f"customer:{customer.external_id}", payload, reason=reason.strip())


def hold_after_check(work: Work, customer_id: UUID, order_number: str, at_risk: Money, reason: str) -> CreditHold:
    """The hold of an order that was not allowed; the one it has already, brought up to date."""
    hold = _running(work.session, customer_id, order_number, "check")
    if hold is None:
        hold = _add(work, customer_id, order_number, "check", reason)
    hold.currency, hold.amount, hold.reason = at_risk.currency, at_risk.minor, reason
    return hold


def end_after_check(work: Work, customer_id: UUID, order_number: str) -> None:
    """An order that is allowed now is not held for its earlier check."""
    hold = _running(work.session, customer_id, order_number, "check")
    if hold is not None:
        _end(work, hold, "checked again and allowed")


def hold_for_overdue(work: Work, customer_id: UUID) -> bool:
    """Holds a customer for what is overdue; False when it is held for that already, or lately was released."""
    return _hold_by_rule(work, customer_id, "overdue", "Too much is overdue for too long.")


def hold_for_reminder(work: Work, customer_id: UUID, reason: str) -> bool:
    """Holds a customer because of a reminder that went out; False when it is held for one already, or lately was
    released."""
    return _hold_by_rule(work, customer_id, "reminder", reason)


def _hold_by_rule(work: Work, customer_id: UUID, cause: str, reason: str) -> bool:
    released = select(CreditHold.id).where(
        CreditHold.customer_id == customer_id,
        CreditHold.cause == cause,
        CreditHold.is_released,
        CreditHold.ended_at > work.now - RELEASED_FOR,
    )
    if _running(work.session, customer_id, "", cause) or work.session.scalar(released.limit(1)):
        return False
    _add(work, customer_id, "", cause, reason)
    return True


def end_for_overdue(work: Work, customer_id: UUID) -> bool:
    """Ends such a hold by itself; False when there is none."""
    return _end_by_rule(work, customer_id, "overdue")


def end_for_reminder(work: Work, customer_id: UUID) -> bool:
    """The same for a hold a reminder brought."""
    return _end_by_rule(work, customer_id, "reminder")


def _end_by_rule(work: Work, customer_id: UUID, cause: str) -> bool:
    hold = _running(work.session, customer_id, "", cause)
    if hold is not None:
        _end(work, hold, "paid")
    return hold is not None


def _add(work: Work, customer_id: UUID, order_number: str, cause: str, reason: str) -> CreditHold:
    hold = CreditHold(
        id=new_id(), customer_id=customer_id, order_number=order_number, cause=cause, reason=reason,
        actor=str(work.actor), at=work.now, is_released=False,
    )  # fmt: skip
    work.session.add(hold)
    work.session.flush()
    return hold


def _end(work: Work, hold: CreditHold, reason: str) -> None:
    hold.ended_at, hold.ended_by, hold.end_reason = work.now, str(work.actor), reason
    work.session.flush()


# ── queries ─────────────────────────────────────────────────────────────────────────────────────


def _running(session: Session, customer_id: UUID, order_number: str, cause: str) -> CreditHold | None:
    return session.scalars(
        select(CreditHold).where(
            CreditHold.customer_id == customer_id,
            CreditHold.order_number == order_number,
            CreditHold.cause == cause,
            CreditHold.ended_at.is_(None),
        )
    ).first()


def is_stopped(session: Session, customer_id: UUID, order_number: str) -> bool:
    """Whether all of a customer's new orders are stopped, or this one by a person."""
    query = select(func.count()).where(
        CreditHold.customer_id == customer_id,
        CreditHold.order_number.in_({"", order_number}),
        CreditHold.cause != "check",
        CreditHold.ended_at.is_(None),
    )
    return bool(session.scalar(query))


def released_up_to(work: Work, customer_id: UUID, order_number: str, currency: str) -> int | None:
    """The amount a person lately released this order up to; None when nobody did."""
    query = select(func.max(CreditHold.amount)).where(
        CreditHold.customer_id == customer_id,
        CreditHold.order_number == order_number,
        CreditHold.currency == currency,
        CreditHold.is_released,
        CreditHold.ended_at > work.now - RELEASED_FOR,
    )
    return work.session.scalar(query)


def held_for_reminder(session: Session, customer_ids: Collection[UUID]) -> set[UUID]:
    """Those of some customers that a reminder brought a hold."""
    query = select(CreditHold.customer_id).where(CreditHold.cause == "reminder", CreditHold.ended_at.is_(None))
    return set(session.scalars(query.where(CreditHold.customer_id.in_(customer_ids))))


def held_for_overdue(session: Session) -> set[UUID]:
    """Customers held for what is overdue."""
    query = select(CreditHold.customer_id).where(CreditHold.cause == "overdue", CreditHold.ended_at.is_(None))
    return set(session.scalars(query))


def hold_by_id(session: Session, hold_id: UUID) -> CreditHold:
    hold = session.get(CreditHold, hold_id)
    if hold is None:
        raise NotFound("There is no such credit hold.")
    return hold


def running_holds(session: Session) -> Sequence[AnyRow]:
    """(CreditHold, Customer) of the holds that run, the newest first; at most 500."""
    return session.execute(
        select(CreditHold, Customer)
        .join(Customer, Customer.id == CreditHold.customer_id)
        .where(CreditHold.ended_at.is_(None))
        .order_by(CreditHold.at.desc(), CreditHold.id.desc())
        .limit(500)
    ).all()


def held_orders(session: Session, numbers: Collection[str]) -> set[tuple[UUID, str]]:
    """(customer, order number) of those orders that are held themselves."""
    query = select(CreditHold.customer_id, CreditHold.order_number).where(
        CreditHold.ended_at.is_(None), CreditHold.order_number != "", CreditHold.order_number.in_(numbers)
    )
    return {(row.customer_id, row.order_number) for row in session.execute(query)}
