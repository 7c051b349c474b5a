"""The indicators on the desk: each number with how it went, and the records behind it one click away."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from starlette.requests import Request

from receivables.store import companies
from reports.indicators import indicators, trend
from reports.kpi_records import MOST_SHOWN, records
from reports.kpi_shapes import Asked
from reports.kpi_store import portfolios
from reports.kpis import MORE, Indicator
from reports.tables import KpiSnapshot
from runtime import formats
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

About = Annotated[Asked, Query()]
CHANNELS = ("fax", "email", "portal", "paper", "edi", "crm", "ecommerce", "manual", "api")
SAYS = {
    "K1": "{numerator} of {denominator} orders due",
    "K2": "{numerator} of {denominator} orders",
    "K3": "{numerator} disputes, {denominator} orders",
    "K4": "{numerator} days over {denominator} cases",
    "K4_MEDIAN": "of {denominator} cases",
    "K5": "of {denominator} with a limit",
    "K6": "as it stands at the end",
    "DSO": "{numerator} open, {denominator} sold",
    "BPDSO": "{numerator} not due, {denominator} sold",
    "ADD": "{numerator} overdue, {denominator} sold",
    "CEI": "{numerator} of {denominator} collected",
    "DSO_COUNTBACK": "{numerator} open",
    "PROMISES_KEPT": "{numerator} of {denominator} promises",
}
"""What stands under the number of an indicator: what it is worked out from."""
WIDTH, HEIGHT = 120, 28
"""Of the small drawing of a trend, in pixels."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator as it is drawn: what it is worked out from, and `line`, the points of its trend; empty with less
    than two snapshots."""

    indicator: Indicator
    says: str
    href: str
    line: str
    since: str


@router.get("/reports/kpis")
def kpis(call: Caller, request: Request, asked: About) -> Response:
    """The indicators of a period."""
    return call.page(Right.VIEW, "reports/kpis.html", lambda work: _kpis(work, asked, request.url.query))


def _kpis(work: Work, asked: Asked, query: str) -> dict[str, Any]:
    scope = asked.scope(work)
    figures = [_figure(work, each, query) for each in indicators(work, scope, asked.basis)]
    return {
        "scope": scope,
        "asked": asked,
        "six": [each for each in figures if each.indicator.code.startswith("K") and each.indicator.code not in MORE],
        "money": [each for each in figures if each.indicator.code in ("DSO", "BPDSO", "ADD", "CEI", "DSO_COUNTBACK")],
        "more": [each for each in figures if each.indicator.code in ("K4_MEDIAN", "PROMISES_KEPT")],
        "companies": [("", "Every company"), *((each.code, each.name) for each in companies(work.session))],
        "portfolios": [("", "Every portfolio"), *((name, name) for name in portfolios(work.session))],
        "channels": [("", "Every channel"), *((name, name) for name in CHANNELS)],
        "query": query,
    }


def _figure(work: Work, each: Indicator, query: str) -> Figure:
    snapshots = [one for one in trend(work, each.code) if one.value is not None]
    since = snapshots[0].on.isoformat() if len(snapshots) > 1 else ""
    return Figure(
        each,
        _says(each, work.actor.locale),
        f"/reports/kpis/{each.code}" + (f"?{query}" if query else ""),
        _line(snapshots),
        since,
    )


def _says(each: Indicator, locale: str) -> str:
    def written(text: str) -> str:
        return formats.number(Decimal(text), locale) if text else "—"

    return SAYS[each.code].format(numerator=written(each.numerator), denominator=written(each.denominator))


def _line(snapshots: Sequence[KpiSnapshot]) -> str:
    """The points of a polyline, the days evenly apart, the lowest value at the bottom."""
    values = [float(each.value or 0) for each in snapshots]
    if len(values) < 2:
        return ""
    low, span = min(values), (max(values) - min(values)) or 1
    step = WIDTH / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 2 - (value - low) / span * (HEIGHT - 4):.1f}"
        for place, value in enumerate(values)
    )


@router.get("/reports/kpis/{code}")
def behind(call: Caller, code: str, asked: About, request: Request) -> Response:
    """The records an indicator counts."""

    def read(work: Work) -> dict[str, Any]:
        scope = asked.scope(work)
        return {
            "found": records(work, code, scope),
            "scope": scope,
            "most": MOST_SHOWN,
            "query": request.url.query,
        }

    return call.page(Right.VIEW, "reports/kpi.html", read)
