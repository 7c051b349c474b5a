"""Why customers do not pay: `GET /api/v1/reports/root-causes` and its page."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from core.money import decimal_text
from receivables.store import companies
from reports.kpi_pages import CHANNELS
from reports.kpi_shapes import Asked
from reports.root_causes import DIMENSIONS, By, root_causes
from runtime.shapes import Amount, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(tags=["reports"])

TITLES: dict[By, str] = {
    "reason": "Reason",
    "customer": "Customer",
    "product": "Product",
    "channel": "Channel",
    "entered_by": "Entered by",
}


class AskedBy(Asked):
    """The period and filters of the indicators, and what the causes are gathered by."""

    by: By = Field("reason", description="What the causes are gathered by.")


About = Annotated[AskedBy, Query()]


class CauseShape(Shape):
    """What the cases with one cause come to; `days` is the mean from detection to the decision, or to today."""

    cause: str = Field(examples=["price"])
    label: str = Field(examples=["Price"])
    cases: int
    open: int
    contested: Amount
    accepted: Amount
    days: str = Field(examples=["4.5"])


@router.get("/api/v1/reports/root-causes", response_model=Whole[CauseShape])
def causes(call: Caller, asked: About) -> Response:
    """The disputes notified in the period by their cause, the most expensive first."""

    def read(work: Work) -> dict[str, Any]:
        scope = asked.scope(work)

        def shown(minor: int) -> str:
            return decimal_text(minor, scope.currency)

        found = root_causes(work, scope, asked.by)
        return {
            "data": [
                {
                    "cause": each.key, "label": each.label, "cases": each.cases, "open": each.open,
                    "contested": shown(each.value), "accepted": shown(each.accepted), "days": f"{each.mean_days:.1f}",
                }
                for each in found
            ]
        }  # fmt: skip

    return call.read(Right.VIEW, read)


@router.get("/reports/root-causes", include_in_schema=False)
def page(call: Caller, asked: About) -> Response:
    """The same as a table, with the cases one click away."""

    def show(work: Work) -> dict[str, Any]:
        scope = asked.scope(work)
        found = root_causes(work, scope, asked.by)
        return {
            "asked": asked,
            "scope": scope,
            "titles": TITLES,
            "dimensions": DIMENSIONS,
            "causes": found,
            "total": sum(each.value for each in found),
            "companies": [("", "Every company"), *((each.code, each.name) for each in companies(work.session))],
            "channels": [("", "Every channel"), *((name, name) for name in CHANNELS)],
        }

    return call.page(Right.VIEW, "reports/root_causes.html", show)
