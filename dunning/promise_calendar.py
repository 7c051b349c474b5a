"""What was promised for which day, and how well customers keep their word. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dunning.plan_store import RUNNING
from dunning.plan_tables import PaymentPlan, PlanInstalment, PlanItem
from dunning.tables import Promise
from dunning.waiting import promises
from receivables.tables import Customer
from runtime.schema import AnyRow

JUDGED = ("kept", "partly_kept", "broken")
"""States of a promise of which it is known what became."""


@dataclass(frozen=True, slots=True)
class KeptRate:
    """How many of a customer's judged promises were kept, kept in part and broken."""

    customer: Customer
    kept: int
    partly_kept: int
    broken: int

    @property
    def judged(self) -> int:
        return self.kept + self.partly_kept + self.broken

    @property
    def share(self) -> float:
        """The share that was kept in full."""
        return self.kept / self.judged


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar: what was promised for it by state and currency, and the instalments due on it."""

    on: date
    is_within: bool
    promised: Sequence[AnyRow]
    instalments: Sequence[AnyRow]


def weeks(session: Session, first: date, last: date) -> list[list[Day]]:
    """The whole weeks, Monday to Sunday, around some days; `is_within` marks the days asked for."""
    begin, end = first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    promised = _by_day(session.execute(_promised(begin, end)).all())
    instalments = _by_day(session.execute(_instalments(begin, end)).all())
    days = [begin + timedelta(days=place) for place in range((end - begin).days + 1)]
    shown = [Day(on, first <= on <= last, promised.get(on, ()), instalments.get(on, ())) for on in days]
    return [shown[place : place + 7] for place in range(0, len(shown), 7)]


def _by_day(rows: Sequence[AnyRow]) -> dict[date, list[AnyRow]]:
    found: dict[date, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row.on, []).append(row)
    return found


def _promised(first: date, last: date) -> Select[*tuple[Any, ...]]:
    query = select(
        Promise.promised_on.label("on"), Promise.state, Promise.currency, func.count().label("count"),
        func.sum(Promise.amount).label("total"),
    )  # fmt: skip
    return (
        query.where(Promise.promised_on >= first, Promise.promised_on <= last, Promise.state != "withdrawn")
        .group_by(Promise.promised_on, Promise.state, Promise.currency)
        .order_by(Promise.promised_on, Promise.state, Promise.currency)
    )


def _instalments(first: date, last: date) -> Select[*tuple[Any, ...]]:
    running = select(PlanItem.plan_id).where(PlanItem.is_running)
    return (
        select(PlanInstalment.due_on.label("on"), PlanInstalment.amount, PaymentPlan.number, PaymentPlan.currency,
               Customer.name)
        .join(PaymentPlan, PaymentPlan.id == PlanInstalment.plan_id)
        .join(Customer, Customer.id == PaymentPlan.customer_id)
        .where(PlanInstalment.due_on >= first, PlanInstalment.due_on <= last)
        .where(PaymentPlan.state.in_(RUNNING), PaymentPlan.id.in_(running))
        .order_by(PlanInstalment.due_on, PaymentPlan.number)
    )  # fmt: skip


def of_days(session: Session, first: date, last: date) -> Sequence[AnyRow]:
    """(Promise, OpenItem, Invoice, Customer) of what was promised for some days, by day."""
    query = promises(None, first=first, last=last).where(Promise.state != "withdrawn")
    return session.execute(query.order_by(Promise.promised_on, Promise.id)).all()


def kept_rates(
    session: Session, first: date | None = None, last: date | None = None, customer_id: UUID | None = None
) -> list[KeptRate]:
    """How customers kept promises for these days, the worst first; of one customer when it is named."""
    counts = [func.count().filter(Promise.state == state) for state in JUDGED]
    query = (
        select(Customer, *counts)
        .join(Promise, Promise.customer_id == Customer.id)
        .where(Promise.state.in_(JUDGED))
        .group_by(Customer.id)
    )
    if first:
        query = query.where(Promise.promised_on >= first)
    if last:
        query = query.where(Promise.promised_on <= last)
    if customer_id:
        query = query.where(Customer.id == customer_id)
    found = [KeptRate(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
    return sorted(found, key=lambda each: (each.share, -each.judged, each.customer.name))
