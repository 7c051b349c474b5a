"""Claims for lateness on the desk: what was claimed on which days at which rate, and giving it up with a reason."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response

from dunning import claim_store, claims
from dunning.rates import tables_in_force
from dunning.regimes import kind_of
from receivables.tables import OpenItem
from runtime.lists import rows_of
from runtime.pages import NavLink
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

CHARGES_A_PAGE = 50


@router.get("/interest")
def interest(call: Caller, state: str = "", after: str | None = None) -> Response:
    """Every claim, or those still open, and the tables they rest on."""
    return call.page(Right.VIEW, "dunning/interest.html", lambda work: _claims(work, state, after))


def _claims(work: Work, state: str, after: str | None) -> dict[str, Any]:
    query = claim_store.charges()
    if state == "open":
        query = query.where(OpenItem.open > 0)
    rows, cursor = rows_of(work.session, query, (OpenItem.id.desc(),), CHARGES_A_PAGE, after)
    return {
        "charges": [(row[0], row[1], row[2], claim_store.lines_of_charge(work.session, row[0].id)) for row in rows],
        "cursor": cursor,
        "views": [
            NavLink("Every claim", "/interest", None, state == ""),
            NavLink("Still open", "/interest?state=open", None, state == "open"),
        ],
        "histories": [each.body for each in tables_in_force(work.session) if kind_of(each.body) == "history"],
        "may_waive": work.actor.may(Right.CASH),
    }


@router.post("/interest/{number}/waive")
def waive(call: Caller, number: str, reason: Annotated[str, Form()] = "") -> Response:
    """Gives up what is still open of a claim."""

    def do(work: Work) -> str:
        claims.waive(work, number, reason)
        return f"{number} is given up."

    return call.form(Right.CASH, do, to="/interest")
