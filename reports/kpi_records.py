"""The records behind an indicator: what its number counts, each with the way to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import Select

from core.errors import NotFound
from core.money import decimal_text
from receivables.tables import Customer, Invoice, OpenItem
from reports import kpi_store as store
from reports.kpi_store import Scope
from reports.kpis import TITLES
from runtime.schema import AnyRow
from runtime.work import Work

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Record:
    """One record: what it is, whose, when, what it says about the number, and where it opens."""

    title: str
    customer: str
    customer_id: str
    on: date | None
    says: str
    href: str


@dataclass(frozen=True, slots=True)
class Records:
    """The records of an indicator; `total` counts all of them, `shown` are at most `MOST_SHOWN`."""

    code: str
    title: str
    total: int
    shown: list[Record]


def records(work: Work, code: str, scope: Scope) -> Records:
    """What an indicator counts; `NotFound` for one that does not exist."""
    if code not in _BEHIND:
        raise NotFound(f"There is no indicator “{code[:20]}”.")
    query, show = _BEHIND[code]
    asked = query(work, scope)
    shown = [show(row, scope) for row in store.rows(work.session, asked, MOST_SHOWN)]
    return Records(code, TITLES[code], store.count(work.session, asked), shown)


def _order(row: AnyRow, scope: Scope) -> Record:
    order, customer = row[0], row[1]
    zone = ZoneInfo(scope.zone)
    says = f"{order.channel}, to be processed by {order.deadline_at.astimezone(zone):%H:%M}, "
    if order.processed_at is None:
        says += "not processed yet"
    else:
        minutes = round((order.processed_at - order.deadline_at).total_seconds() / 60)
        says += f"{minutes} minutes late" if minutes > 0 else "in time"
    on = order.received_at.astimezone(zone).date()
    return _record(f"Order {order.number}", customer, on, says, f"/orders/{quote(order.number)}")


def _dispute(row: AnyRow, scope: Scope) -> Record:
    case, customer = row[0], row[1]
    says = f"{case.subject_kind} {case.subject}, {case.reason}"
    if case.resolved_at is not None:
        resolved = case.resolved_at.astimezone(ZoneInfo(scope.zone)).date()
        says += f"; {case.outcome} after {(resolved - case.detected_on).days} days"
    return _record(f"Case {case.number}", customer, case.notified_on, says, f"/disputes/{case.number}")


def _overrun(row: AnyRow, scope: Scope) -> Record:
    overrun, customer = row[0], row[1]
    over = decimal_text(overrun.exposure - overrun.limit, overrun.currency)
    return _record(customer.name, customer, overrun.began_on, f"{over} {overrun.currency} above the limit", "")


def _case(row: AnyRow, scope: Scope) -> Record:
    says = f"{row.overdue} overdue" + (", paused" if row.paused else "")
    return Record(row.name, row.name, row.external_id, row.oldest, says, f"/customers/{quote(row.external_id)}")


def _promise(row: AnyRow, scope: Scope) -> Record:
    promise, customer = row[0], row[1]
    amount = f"{decimal_text(promise.amount, promise.currency)} {promise.currency}"
    return _record(f"Promise of {amount}", customer, promise.promised_on, promise.state.replace("_", " "), "")


def _item(row: AnyRow, scope: Scope) -> Record:
    item, invoice, customer = row[0], row[1], row[2]
    late = (scope.last - item.due_on).days
    says = f"{decimal_text(int(row.booked), item.currency)} {item.currency} open, " + (
        f"{late} days late" if late > 0 else "not due"
    )
    return _record(invoice.number, customer, item.due_on, says, f"/invoices/{quote(invoice.number)}")


def _record(title: str, customer: Customer, on: date | None, says: str, href: str) -> Record:
    return Record(
        title, customer.name, customer.external_id, on, says, href or f"/customers/{quote(customer.external_id)}"
    )


def _closing(work: Work, scope: Scope) -> Select[*tuple[Any, ...]]:
    return store.open_items_on(scope, scope.last).order_by(OpenItem.due_on, Invoice.number)


def _not_due(work: Work, scope: Scope) -> Select[*tuple[Any, ...]]:
    return _closing(work, scope).where(OpenItem.due_on >= scope.last)


def _overdue(work: Work, scope: Scope) -> Select[*tuple[Any, ...]]:
    return _closing(work, scope).where(OpenItem.due_on < scope.last)


Query = Callable[[Work, Scope], Select[*tuple[Any, ...]]]
Show = Callable[[AnyRow, Scope], Record]

_BEHIND: Mapping[str, tuple[Query, Show]] = {
    "K1": (lambda work, scope: store.orders_due(scope, work.now), _order),
    "K2": (lambda work, scope: store.orders_mistyped(scope), _order),
    "K3": (lambda work, scope: store.disputes_received(scope), _dispute),
    "K4": (lambda work, scope: store.disputes_resolved(scope), _dispute),
    "K4_MEDIAN": (lambda work, scope: store.disputes_resolved(scope), _dispute),
    "K5": (lambda work, scope: store.above_limit(scope), _overrun),
    "K6": (lambda work, scope: store.cases_under_way(scope, work.today), _case),
    "DSO": (_closing, _item),
    "DSO_COUNTBACK": (_closing, _item),
    "BPDSO": (_not_due, _item),
    "ADD": (_overdue, _item),
    "CEI": (_closing, _item),
    "PROMISES_KEPT": (lambda work, scope: store.promises_ended(scope), _promise),
}
"""Indicator → the query of its records and how one of them reads."""
