"""`/api/v1`: late-payment interest of any debt, and the dated tables it is computed from."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from dunning import rates
from dunning.regimes import kind_of
from dunning.sheets import Question, answer
from dunning.tables import InterestTable
from runtime.web import Caller, to_json
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["interest"])


@router.get("/interest")
def interest(
    call: Caller,
    country: str,
    debtor: str,
    principal: str,
    currency: str,
    due_on: date,
    until: date,
    contract_on: date | None = None,
    payments: str = "",
    rate: str = "",
) -> Response:
    """The itemised sheet of a debt. `until` is the day the money is on our account, counted; `rate` a contract's."""
    question = Question(country, debtor, principal, currency, due_on, until, contract_on, payments, rate)
    return call.read(Right.VIEW, lambda work: answer(rates.regimes_in_force(work.session), question))


@router.get("/interest-rates")
def tables(call: Caller) -> Response:
    """Every table in force: reference rates and the rules of each country, with source and the day it was read."""
    return call.read(
        Right.VIEW, lambda work: {"data": [_summary(each) for each in rates.tables_in_force(work.session)]}
    )


@router.get("/interest-rates/{name}")
def table(call: Caller, name: str) -> Response:
    """One table as it is in force, in the form `PUT` takes."""
    return call.read(Right.VIEW, lambda work: rates.table(work.session, name).body)


@router.put("/interest-rates")
def put_table(call: Caller, body: dict[str, Any]) -> Response:
    """Stores a new version of a rate history or of a country's rules; what is wrong is named by its JSON pointer."""

    def do(work: Work) -> dict[str, Any]:
        stored, is_new = rates.put_table(work, body)
        return {**_summary(stored), "state": "stored" if is_new else "unchanged"}

    return call.write(Right.POLICY, do, body=to_json(body))


def _summary(stored: InterestTable) -> dict[str, Any]:
    body = stored.body
    return {
        "name": stored.name,
        "version": stored.version,
        "kind": kind_of(body),
        "title": body["title"],
        "source": body.get("source"),
        "read_on": body["read_on"],
        "known_through": body.get("known_through"),
        "stored_at": stored.at,
        "stored_by": stored.actor,
    }
