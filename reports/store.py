"""Queries behind the reports, set-wise over the whole book. Reads only."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, select, true
from sqlalchemy.orm import Session

from dunning.tables import Pause, Promise
from payments.tables import Allocation
from receivables.tables import Customer, OpenItem, Posting
from reports.aging import Bounds, bounds
from reports.forecast import HISTORY_DAYS, Expected, Habit
from runtime.schema import AnyRow


def open_on(as_of: date) -> Subquery:
    """What was open of each invoice item at the end of a day, by the ledger: every posting up to and with that day."""
    return (
        select(Posting.open_item_id.label("item_id"), func.sum(Posting.amount).label("open"))
        .where(Posting.open_item_id.is_not(None), Posting.account == "receivable", Posting.on <= as_of)
        .group_by(Posting.open_item_id)
        .having(func.sum(Posting.amount) > 0)
        .subquery()
    )


def aging_by_customer(as_of: date) -> Select[*tuple[Any, ...]]:
    """(customer_id, currency, one sum a bucket) per customer and currency."""
    booked = open_on(as_of)
    sums = [
        func.coalesce(func.sum(case((_within(each), booked.c.open), else_=0)), 0).label(each.name)
        for each in bounds(as_of)
    ]
    grouped = (
        select(Customer.external_id.label("customer_id"), OpenItem.currency.label("currency"), *sums)
        .select_from(booked)
        .join(OpenItem, OpenItem.id == booked.c.item_id)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .group_by(Customer.external_id, OpenItem.currency)
        .subquery()
    )
    return select(grouped)


def aging_totals(session: Session, as_of: date) -> Sequence[AnyRow]:
    """(currency, one sum a bucket) of everybody."""
    each = aging_by_customer(as_of).subquery()
    sums = [func.sum(each.c[bucket.name]).label(bucket.name) for bucket in bounds(as_of)]
    return session.execute(select(each.c.currency, *sums).group_by(each.c.currency).order_by(each.c.currency)).all()


def _within(bucket: Bounds) -> ColumnElement[bool]:
    first = OpenItem.due_on >= bucket.first_due if bucket.first_due else true()
    last = OpenItem.due_on <= bucket.last_due if bucket.last_due else true()
    return and_(first, last)


# ── expected cash ───────────────────────────────────────────────────────────────────────────────


def habits(session: Session, today: date) -> dict[UUID, Habit]:
    """Customer → how late it paid in the past year; an allocation and its reversal cancel out."""
    query = (
        select(OpenItem.customer_id, OpenItem.due_on, Allocation.on, func.sum(Allocation.amount))
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .where(Allocation.kind == "payment", Allocation.on > today - timedelta(days=HISTORY_DAYS))
        .group_by(OpenItem.customer_id, OpenItem.due_on, Allocation.on)
    )
    found: dict[UUID, Habit] = defaultdict(Habit)
    for customer_id, due_on, paid_on, amount in session.execute(query):
        found[customer_id].add(int(amount), (paid_on - due_on).days)
    return found


def expected(session: Session, today: date) -> list[Expected]:
    """Every open item less what a running dispute contests of it."""
    known, contested = habits(session, today), _contested(session)
    known_promises = select(Promise.open_item_id, Promise.promised_on).where(Promise.state == "open")
    promised = {item_id: promised_on for item_id, promised_on in session.execute(known_promises)}
    query = select(OpenItem).where(OpenItem.kind == "invoice", OpenItem.open > 0)
    return [
        Expected(
            item.currency,
            item.open - min(item.open, contested.get(item.id, 0)),
            item.due_on,
            known[item.customer_id].days_late if item.customer_id in known else 0,
            promised.get(item.id),
        )
        for item in session.scalars(query)
    ]


def _contested(session: Session) -> dict[UUID, int]:
    """Open item → what running disputes pause of it."""
    query = (
        select(OpenItem.id, func.sum(func.coalesce(Pause.amount, OpenItem.open)))
        .join(Pause, Pause.open_item_id == OpenItem.id)
        .where(Pause.source == "dispute", Pause.ended_at.is_(None))
        .group_by(OpenItem.id)
    )
    return {item_id: int(amount) for item_id, amount in session.execute(query)}
