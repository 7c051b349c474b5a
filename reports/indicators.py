"""The indicators of a period, computed live from the book, and their nightly snapshots."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import delete, select

from core.errors import Invalid
from receivables.store import companies
from reports import kpi_store as store
from reports.kpi_store import Scope
from reports.kpis import (
    Indicator,
    OrderCounts,
    Receivables,
    count,
    disputes_per_orders,
    entry_errors,
    money_indicators,
    orders_in_time,
    promises_kept,
    resolution_time,
)
from reports.tables import KpiCase, KpiSnapshot
from runtime.ids import new_id
from runtime.work import Right, Work

Basis = Literal["detected", "notified"]
"""What a dispute's time is counted from."""

SNAPSHOT_DAYS = 30
"""How many days up to and with its own a snapshot looks at."""
LONGEST_PERIOD = timedelta(days=3660)


def scope_of(
    work: Work,
    first: date | None = None,
    last: date | None = None,
    *,
    company: str = "",
    customer: str = "",
    portfolio: str = "",
    channel: str = "",
    currency: str = "",
) -> Scope:
    """A period, the thirty days up to today when nothing is said. Money is in the company's currency unless named."""
    found = [each for each in companies(work.session) if not company or each.code == company]
    if company and not found:
        raise Invalid.because("/company", f"There is no company “{company[:40]}”.", field="company")
    last = last or work.today
    first = first or last - timedelta(days=SNAPSHOT_DAYS - 1)
    if not timedelta(0) <= last - first <= LONGEST_PERIOD:
        raise Invalid.because("/to", "A period ends after it begins, and lasts at most ten years.", field="to")
    own = found[0].currency if found else "EUR"
    return Scope(first, last, work.zone, currency or own, company, customer, portfolio, channel)


def indicators(work: Work, scope: Scope, basis: Basis = "detected") -> list[Indicator]:
    """Every indicator of a period, in the order of the contract, then the further ones."""
    session = work.session
    orders = OrderCounts(
        store.count(session, store.orders_due(scope, work.now)),
        store.count(session, store.orders_due(scope, work.now), store.in_time()),
        store.count(session, store.orders_received(scope)),
        store.count(session, store.orders_mistyped(scope)),
    )
    mean, median = resolution_time(store.days_taken(session, scope, basis))
    above = store.count(session, store.above_limit(scope))
    kept = store.count(session, store.promises_ended(scope), store.was_kept())
    *money, back = money_indicators(_receivables(work, scope), scope.first, scope.last)
    return [
        orders_in_time(orders),
        entry_errors(orders),
        disputes_per_orders(store.count(session, store.disputes_received(scope)), orders.received),
        mean,
        count("K5", above, store.customers_with_limit(session, scope)),
        count("K6", _cases(work, scope)),
        *money,
        back,
        median,
        promises_kept(kept, store.count(session, store.promises_ended(scope))),
    ]


def _receivables(work: Work, scope: Scope) -> Receivables:
    opening, _ = store.open_sums(work.session, scope, scope.first - timedelta(days=1))
    closing, current = store.open_sums(work.session, scope, scope.last)
    by_day = store.sales_by_day(work.session, scope)
    sold = sum(amount for on, amount in by_day.items() if on >= scope.first)
    return Receivables(scope.currency, opening, sold, closing, current, by_day)


def _cases(work: Work, scope: Scope) -> int | None:
    """Cases are counted as they stand; of a day that is past, only its snapshot knows which there were. One taken
    before snapshots kept their cases knows no more than how many."""
    if scope.last < work.today:
        query = select(KpiSnapshot.value).where(KpiSnapshot.on == scope.last, KpiSnapshot.indicator == "K6")
        value = work.session.scalar(query)
        if value is None:
            return None
        if int(value) and work.session.scalar(select(KpiCase.on).where(KpiCase.on == scope.last).limit(1)) is None:
            return None if scope.company or scope.customer or scope.portfolio else int(value)
    return store.count(work.session, store.cases_under_way(scope, work.today))


# ── snapshots ───────────────────────────────────────────────────────────────────────────────────


def take_snapshot(work: Work) -> list[Indicator]:
    """Writes down how every indicator stands at the end of the business date; done again, it replaces what it wrote."""
    work.need(Right.JOBS)
    scope = scope_of(work)
    found = indicators(work, scope)
    work.session.execute(delete(KpiSnapshot).where(KpiSnapshot.on == scope.last))
    work.session.add_all(
        KpiSnapshot(
            id=new_id(),
            on=scope.last,
            indicator=each.code,
            currency=scope.currency,
            value=None if each.value is None else f"{each.value:f}",
            unit=each.unit,
            numerator=each.numerator,
            denominator=each.denominator,
            at=work.now,
        )
        for each in found
    )
    work.session.execute(delete(KpiCase).where(KpiCase.on == scope.last))
    work.session.add_all(
        KpiCase(
            on=scope.last, company_id=each.company_id, customer_id=each.customer_id, overdue=each.overdue,
            oldest=each.oldest, paused=each.paused,
        )
        for each in work.session.execute(store.cases(scope, work.today))
    )  # fmt: skip
    return found


def trend(work: Work, code: str, days: int = 90) -> Sequence[KpiSnapshot]:
    """The snapshots of an indicator of the last days, the oldest first."""
    since = work.today - timedelta(days=days)
    query = select(KpiSnapshot).where(KpiSnapshot.indicator == code, KpiSnapshot.on > since)
    return work.session.scalars(query.order_by(KpiSnapshot.on)).all()
