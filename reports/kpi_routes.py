"""`/api/v1/reports/kpis`: the indicators of a period, the records behind each, and how they went."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from reports.indicators import indicators, trend
from reports.kpi_records import records
from reports.kpi_shapes import Asked, KpiRecordsShape, KpisShape, KpiTrendShape
from reports.kpi_store import Scope
from reports.kpis import Indicator
from runtime.shapes import Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["reports"])

About = Annotated[Asked, Query()]


@router.get("/reports/kpis", response_model=KpisShape)
def kpis(call: Caller, asked: About) -> Response:
    """The six indicators, days sales outstanding and its kin, live."""

    def read(work: Work) -> dict[str, Any]:
        scope = asked.scope(work)
        found = indicators(work, scope, asked.basis)
        return {
            "from": scope.first,
            "to": scope.last,
            "currency": scope.currency,
            "data": [shown(each, scope) for each in found],
        }

    return call.read(Right.VIEW, read)


@router.get("/reports/kpis/{code}/records", response_model=KpiRecordsShape)
def behind(call: Caller, code: str, asked: About) -> Response:
    """The records an indicator counts."""

    def read(work: Work) -> dict[str, Any]:
        found = records(work, code, asked.scope(work))
        return {"indicator": code, "total": found.total, "data": [asdict(each) for each in found.shown]}

    return call.read(Right.VIEW, read)


@router.get("/reports/kpis/{code}/trend", response_model=Whole[KpiTrendShape])
def went(call: Caller, code: str) -> Response:
    """The nightly snapshots of an indicator in the last ninety days."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [{"on": each.on, "value": each.value, "unit": each.unit} for each in trend(work, code)]}

    return call.read(Right.VIEW, read)


def shown(each: Indicator, scope: Scope) -> dict[str, Any]:
    """An indicator as the API hands it out."""
    return {
        "indicator": each.code,
        "title": each.title,
        "value": None if each.value is None else f"{each.value:f}",
        "unit": each.unit,
        "numerator": each.numerator,
        "denominator": each.denominator,
        "from": scope.first,
        "to": scope.last,
    }
