"""`/api/v1`: the book looked at: aging, expected cash, a customer's history."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core.money import decimal_text
from reports import forecast as expected_cash
from reports import store
from reports.aging import BUCKETS
from reports.forecast import Outlook
from reports.shapes import AgingShape, EventShape, ForecastShape
from reports.timeline import timeline
from runtime.lists import page_of
from runtime.schema import AnyRow
from runtime.shapes import Day, Page
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["reports"])

Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("/reports/aging", response_model=AgingShape)
def aging(call: Caller, as_of: Day | None = None, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Open invoices by days late at the end of a day (today when absent), per customer and in total.

    A past day is read from the ledger: what was posted up to and with that day. Due dates are those known now.
    Credit notes and unapplied cash are not taken off.
    """

    def read(work: Work) -> dict[str, Any]:
        day = as_of or work.today
        each = store.aging_by_customer(day)
        order = (each.selected_columns.customer_id, each.selected_columns.currency)
        found = page_of(work.session, each, order, limit, cursor, _aged_customer)
        totals = [_aged(row) for row in store.aging_totals(work.session, day)]
        return {"as_of": day, "totals": totals, **found}

    return call.read(Right.VIEW, read)


def _aged_customer(row: AnyRow) -> dict[str, Any]:
    return {"customer_id": row.customer_id, **_aged(row)}


def _aged(row: AnyRow) -> dict[str, Any]:
    sums = {name: int(row._mapping[name]) for name, _ in BUCKETS}
    amounts = {name: decimal_text(minor, row.currency) for name, minor in sums.items()}
    return {"currency": row.currency, **amounts, "total": decimal_text(sum(sums.values()), row.currency)}


@router.get("/reports/cash-forecast", response_model=ForecastShape)
def cash_forecast(call: Caller) -> Response:
    """Expected receipts of this week and the twelve after it.

    Method: an open item is expected on its due date, moved by the days its customer paid late on average over the
    past 365 days, weighed by amount; a customer without payments moves nothing; an open promise counts instead. What a
    dispute pauses is not expected. What was expected before today stands apart as `overdue_habit`.
    """

    def read(work: Work) -> dict[str, Any]:
        outlooks = expected_cash.forecast(store.expected(work.session, work.today), work.today)
        data = [_outlook(currency, found) for currency, found in sorted(outlooks.items())]
        return {"as_of": work.today, "data": data}

    return call.read(Right.VIEW, read)


def _outlook(currency: str, found: Outlook) -> dict[str, Any]:
    return {
        "currency": currency,
        "weeks": [{"week": week, "amount": decimal_text(minor, currency)} for week, minor in found.weeks.items()],
        "later": decimal_text(found.later, currency),
        "overdue_habit": decimal_text(found.overdue_habit, currency),
    }


@router.get("/customers/{external_id}/timeline", response_model=Page[EventShape], tags=["customers"])
def history(call: Caller, external_id: str, limit: Limit = 50, cursor: str | None = None) -> Response:
    """What happened with a customer, newest first."""
    return call.read(Right.READ_BACK, lambda work: timeline(work, external_id, limit, cursor))
