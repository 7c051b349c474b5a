"""Queries behind the indicators, set-wise over the whole book. Reads only.

Each indicator has one query of its records; the figure counts them and the page lists them, so that they cannot
disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import Subquery

from credit.tables import CreditLimit, Overrun
from disputes.tables import Dispute
from dunning.contact_tables import CollectionCase
from dunning.plan_tables import PlanItem
from dunning.tables import Pause, Promise, Reminder
from orders.service import PROCESSED
from orders.tables import Order, OrderEvent
from receivables.tables import Company, Customer, Invoice, OpenItem
from reports.store import open_on
from reports.tables import KpiCase
from runtime.schema import AnyRow

JUDGED = ("kept", "partly_kept", "broken")
"""States in which a promise has ended and was judged."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the indicators are asked of: days `first` through `last` in a time zone, and whom or what they are about.

    Empty texts leave a side open; `portfolio` is the person who looks after the customers, `channel` that of orders.
    """

    first: date
    last: date
    zone: str
    currency: str
    company: str = ""
    customer: str = ""
    portfolio: str = ""
    channel: str = ""

    @property
    def begin(self) -> datetime:
        """The first instant of the period."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after the period."""
        return _midnight(self.last + timedelta(days=1), self.zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)


# ── orders ──────────────────────────────────────────────────────────────────────────────────────


def orders_received(scope: Scope) -> Select[*tuple[Any, ...]]:
    """(Order, Customer) of orders received in the period."""
    return _orders(scope).where(Order.received_at >= scope.begin, Order.received_at < scope.end)


def orders_mistyped(scope: Scope) -> Select[*tuple[Any, ...]]:
    """(Order, Customer) of orders received in the period and corrected since for an error of data entry."""
    corrected = exists().where(
        OrderEvent.order_id == Order.id, OrderEvent.kind == "corrected", OrderEvent.cause == "data_entry"
    )
    return orders_received(scope).where(corrected)


def orders_due(scope: Scope, now: datetime) -> Select[*tuple[Any, ...]]:
    """(Order, Customer) whose deadline lies in the period and has passed.

    Left out: what was cancelled before its deadline, and what came in processed without anybody telling when.
    """
    is_told = or_(Order.processed_at.is_not(None), Order.status.not_in((*PROCESSED, "closed")))
    stood = or_(Order.cancelled_at.is_(None), Order.cancelled_at >= Order.deadline_at)
    return _orders(scope).where(
        Order.deadline_at >= scope.begin, Order.deadline_at < scope.end, Order.deadline_at <= now, is_told, stood
    )


def _orders(scope: Scope) -> Select[*tuple[Any, ...]]:
    query = select(Order, Customer).join(Customer, Customer.id == Order.customer_id)
    query = query.where(*_of(scope, Order.company_id))
    return query.where(Order.channel == scope.channel) if scope.channel else query


def in_time() -> ColumnElement[bool]:
    """Of orders: handed over by their deadline."""
    return and_(Order.processed_at.is_not(None), Order.processed_at <= Order.deadline_at)


# ── disputes ────────────────────────────────────────────────────────────────────────────────────


def disputes_received(scope: Scope) -> Select[*tuple[Any, ...]]:
    """(Dispute, Customer) notified in the period, on orders and invoices alike."""
    return _disputes(scope).where(Dispute.notified_on >= scope.first, Dispute.notified_on <= scope.last)


def disputes_resolved(scope: Scope) -> Select[*tuple[Any, ...]]:
    """(Dispute, Customer) finally resolved in the period and not opened again since."""
    return _disputes(scope).where(Dispute.resolved_at >= scope.begin, Dispute.resolved_at < scope.end)


def _disputes(scope: Scope) -> Select[*tuple[Any, ...]]:
    query = select(Dispute, Customer).join(Customer, Customer.id == Dispute.customer_id)
    query = query.where(*_of(scope, Dispute.company_id), Dispute.merged_into_id.is_(None))
    if scope.channel:
        order = exists().where(
            Order.company_id == Dispute.company_id, Order.number == Dispute.order_number,
            Order.channel == scope.channel,
        )  # fmt: skip
        query = query.where(order)
    return query


def days_taken(session: Session, scope: Scope, basis: str) -> list[int]:
    """Calendar days each dispute took, from its detection, or from its notice to us, to its resolution."""
    began = Dispute.detected_on if basis == "detected" else Dispute.notified_on
    rows = session.execute(disputes_resolved(scope).with_only_columns(began, Dispute.resolved_at))
    zone = ZoneInfo(scope.zone)
    return [(resolved.astimezone(zone).date() - begun).days for begun, resolved in rows if resolved]


# ── customers above their limit, cases, promises ────────────────────────────────────────────────


def above_limit(scope: Scope) -> Select[*tuple[Any, ...]]:
    """(Overrun, Customer) of customers above a limit at the end of the last day; limits hold over all companies.

    A customer above two limits, in two currencies, is named with the first.
    """
    query = select(Overrun, Customer).join(Customer, Customer.id == Overrun.customer_id)
    other = aliased(Overrun)
    earlier = exists().where(
        other.customer_id == Overrun.customer_id,
        other.scope == "customer",
        other.currency < Overrun.currency,
        other.began_on <= scope.last,
        or_(other.ended_on.is_(None), other.ended_on > scope.last),
    )
    query = query.where(~earlier)
    return query.where(
        Overrun.scope == "customer",
        Overrun.began_on <= scope.last,
        or_(Overrun.ended_on.is_(None), Overrun.ended_on > scope.last),
        *_of_customers(scope),
    )


def cases(scope: Scope, today: date) -> Select[*tuple[Any, ...]]:
    """(customer_id, company_id, overdue, oldest, paused, external_id, name) of collection cases now, a customer and
    company each.

    A case has an overdue invoice that was reminded, or a promise or payment plan that stands, or a day to get in touch
    was agreed. `paused` tells whether something pauses it.
    """
    reminded = exists().where(Reminder.open_item_id == OpenItem.id, Reminder.level > 0)
    promised = exists().where(Promise.open_item_id == OpenItem.id, Promise.state == "open")
    planned = exists().where(PlanItem.open_item_id == OpenItem.id, PlanItem.is_running)
    task = exists().where(
        CollectionCase.customer_id == OpenItem.customer_id,
        CollectionCase.company_id == OpenItem.company_id,
        CollectionCase.next_on.is_not(None),
    )
    running = and_(Pause.ended_at.is_(None), or_(Pause.expires_on.is_(None), Pause.expires_on >= today))
    paused = exists().where(
        or_(Pause.open_item_id == OpenItem.id, and_(Pause.open_item_id.is_(None), Pause.customer_id == Customer.id)),
        running,
    )
    return (
        select(
            OpenItem.customer_id,
            OpenItem.company_id,
            func.count().label("overdue"),
            func.min(OpenItem.due_on).label("oldest"),
            func.max(case((paused, 1), else_=0)).label("paused"),
            Customer.external_id,
            Customer.name,
        )
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(
            OpenItem.kind == "invoice",
            OpenItem.open > 0,
            OpenItem.due_on < today,
            or_(reminded, promised, planned, task),
        )
        .where(*_of(scope, OpenItem.company_id))
        .group_by(OpenItem.customer_id, OpenItem.company_id, Customer.external_id, Customer.name)
        .order_by(func.min(OpenItem.due_on))
    )


def cases_of_day(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The same of the last day of a period that is past, as that day's snapshot saw them."""
    return (
        select(
            KpiCase.customer_id, KpiCase.company_id, KpiCase.overdue, KpiCase.oldest, KpiCase.paused,
            Customer.external_id, Customer.name,
        )
        .join(Customer, Customer.id == KpiCase.customer_id)
        .where(KpiCase.on == scope.last, *_of(scope, KpiCase.company_id))
        .order_by(KpiCase.oldest, Customer.external_id)
    )  # fmt: skip


def cases_under_way(scope: Scope, today: date) -> Select[*tuple[Any, ...]]:
    """The cases at the end of a period: as they stand, or as its last day's snapshot saw them."""
    return cases(scope, today) if scope.last >= today else cases_of_day(scope)


def promises_ended(scope: Scope) -> Select[*tuple[Any, ...]]:
    """(Promise, Customer) judged in the period."""
    query = (
        select(Promise, Customer)
        .join(Customer, Customer.id == Promise.customer_id)
        .join(OpenItem, OpenItem.id == Promise.open_item_id)
    )
    return query.where(
        Promise.state.in_(JUDGED), Promise.closed_at >= scope.begin, Promise.closed_at < scope.end,
        *_of(scope, OpenItem.company_id),
    )  # fmt: skip


def was_kept() -> ColumnElement[bool]:
    """Of promises: kept in full."""
    return Promise.state == "kept"


def customers_with_limit(session: Session, scope: Scope) -> int:
    """How many customers have a limit on the last day."""
    limited = exists().where(
        CreditLimit.customer_id == Customer.id,
        CreditLimit.scope == "customer",
        CreditLimit.from_on <= scope.last,
        or_(CreditLimit.until_on.is_(None), CreditLimit.until_on >= scope.last),
    )
    return count(session, select(Customer).where(limited, Customer.merged_into_id.is_(None), *_of_customers(scope)))


# ── receivables ─────────────────────────────────────────────────────────────────────────────────


def open_items_on(scope: Scope, day: date) -> Select[*tuple[Any, ...]]:
    """(OpenItem, Invoice, Customer, booked) of what was open at the end of a day, by the ledger."""
    booked: Subquery = open_on(day)
    return (
        select(OpenItem, Invoice, Customer, booked.c.open.label("booked"))
        .join(booked, booked.c.item_id == OpenItem.id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(OpenItem.currency == scope.currency, *_of(scope, OpenItem.company_id))
    )


def open_sums(session: Session, scope: Scope, day: date) -> tuple[int, int]:
    """What was open at the end of a day, and what of it was not overdue then."""
    booked = open_items_on(scope, day).subquery()
    current = case((booked.c.due_on >= day, booked.c.booked), else_=0)
    total, not_due = session.execute(
        select(func.coalesce(func.sum(booked.c.booked), 0), func.coalesce(func.sum(current), 0))
    ).one()
    return int(total), int(not_due)


def sales(scope: Scope) -> Select[*tuple[Any, ...]]:
    """(Invoice, Customer) issued up to the end of the period and not cancelled."""
    query = select(Invoice, Customer).join(Customer, Customer.id == Invoice.customer_id)
    return query.where(
        Invoice.type == "invoice",
        Invoice.cancelled_at.is_(None),
        Invoice.currency == scope.currency,
        Invoice.issued_on <= scope.last,
        *_of(scope, Invoice.company_id),
    )


def sales_by_day(session: Session, scope: Scope) -> dict[date, int]:
    """Day of issue → sales, up to the end of the period."""
    each = sales(scope).with_only_columns(Invoice.issued_on, func.sum(Invoice.amount)).group_by(Invoice.issued_on)
    return {on: int(amount) for on, amount in session.execute(each)}


# ── scopes ──────────────────────────────────────────────────────────────────────────────────────


def _of(scope: Scope, company_id: Any) -> list[ColumnElement[bool]]:
    found = _of_customers(scope)
    if scope.company:
        found.append(company_id.in_(select(Company.id).where(Company.code == scope.company)))
    return found


def _of_customers(scope: Scope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if scope.customer:
        found.append(Customer.external_id == scope.customer)
    if scope.portfolio:
        found.append(Customer.owner == scope.portfolio)
    return found


def portfolios(session: Session) -> Sequence[str]:
    """Who looks after customers."""
    return session.scalars(select(Customer.owner).where(Customer.owner != "").distinct().order_by(Customer.owner)).all()


def count(session: Session, query: Select[*tuple[Any, ...]], *more: ColumnElement[bool]) -> int:
    """How many records a query has."""
    return session.scalar(select(func.count()).select_from(query.where(*more).subquery())) or 0


def rows(session: Session, query: Select[*tuple[Any, ...]], limit: int) -> Sequence[AnyRow]:
    return session.execute(query.limit(limit)).all()
