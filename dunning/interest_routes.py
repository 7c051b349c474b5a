"""`/api/v1`: late-payment interest of any debt, the dated tables it is computed from, and what was claimed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core.money import decimal_text
from dunning import claim_store, claims, rates
from dunning.interest_shapes import ChargeShape, SheetShape, StoredTable, TableShape, WholeTable
from dunning.regimes import kind_of
from dunning.sheets import Question, answer
from dunning.tables import InterestClaim, InterestTable
from receivables.tables import Customer, Invoice, OpenItem
from runtime.lists import page_of
from runtime.shapes import Body, Day, Page, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["interest"])

Limit = Annotated[int, Query(ge=1, le=100)]


class Waiver(Body):
    """Why a claim is given up."""

    reason: str


@router.get("/interest", response_model=SheetShape)
def interest(
    call: Caller,
    country: str,
    debtor: str,
    principal: str,
    currency: str,
    due_on: Day,
    until: Day,
    contract_on: Day | None = None,
    payments: str = "",
    rate: str = "",
) -> Response:
    """The itemised sheet of a debt. `until` is the day the money is on our account, counted; `rate` a contract's."""
    question = Question(country, debtor, principal, currency, due_on, until, contract_on, payments, rate)
    return call.read(Right.VIEW, lambda work: answer(rates.regimes_in_force(work.session), question))


@router.get("/interest-rates", response_model=Whole[TableShape])
def tables(call: Caller) -> Response:
    """Every table in force: reference rates and the rules of each country, with source and the day it was read."""
    return call.read(
        Right.VIEW, lambda work: {"data": [_summary(each) for each in rates.tables_in_force(work.session)]}
    )


@router.get("/interest-rates/{name}", response_model=WholeTable)
def table(call: Caller, name: str) -> Response:
    """One table as it is in force, in the form `PUT` takes."""
    return call.read(Right.VIEW, lambda work: rates.table(work.session, name).body)


@router.put("/interest-rates", response_model=StoredTable)
def put_table(call: Caller, body: dict[str, Any]) -> Response:
    """Stores a new version of a rate history or of a country's rules; what is wrong is named by its JSON pointer."""

    def do(work: Work) -> dict[str, Any]:
        stored, is_new = rates.put_table(work, body)
        return {**_summary(stored), "state": "stored" if is_new else "unchanged"}

    return call.write(Right.POLICY, do)


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


# ── claims ──────────────────────────────────────────────────────────────────────────────────────


@router.get("/interest-claims", response_model=Page[ChargeShape])
def list_claims(
    call: Caller,
    customer: str | None = None,
    invoice: str | None = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> Response:
    """What was claimed for lateness, the oldest first; of a customer or an invoice."""

    def read(work: Work) -> dict[str, Any]:
        query = claim_store.charges()
        if customer is not None:
            query = query.where(Customer.external_id == customer)
        if invoice is not None:
            query = query.where(Invoice.related_invoice == invoice)
        return page_of(
            work.session, query, (OpenItem.id,), limit, cursor, lambda row: _charge(work, row[0], row[1], row[2])
        )

    return call.read(Right.VIEW, read)


@router.post("/interest-claims/{number}/waive", response_model=ChargeShape)
def waive(call: Caller, number: str, body: Waiver) -> Response:
    """Gives up what is still open of a claim; the reason is kept with it."""

    def do(work: Work) -> dict[str, Any]:
        charge = claims.waive(work, number, body.reason)
        paper = work.session.get_one(Invoice, charge.invoice_id)
        return _charge(work, charge, paper, work.session.get_one(Customer, charge.customer_id))

    return call.write(Right.CASH, do)


def _charge(work: Work, charge: OpenItem, paper: Invoice, customer: Customer) -> dict[str, Any]:
    return {
        "number": paper.number,
        "invoice_number": paper.related_invoice,
        "customer_id": customer.external_id,
        "issued_on": paper.issued_on,
        "due_on": charge.due_on,
        "currency": charge.currency,
        "amount": decimal_text(charge.gross, charge.currency),
        "open": decimal_text(charge.open, charge.currency),
        "lines": [_line(each) for each in claim_store.lines_of_charge(work.session, charge.id)],
    }


def _line(each: InterestClaim) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "from": each.from_on,
        "to": each.to_on,
        "days": each.days,
        "principal": None if each.principal is None else decimal_text(each.principal, each.currency),
        "rate": each.rate,
        "amount": decimal_text(each.amount, each.currency),
        "regime": each.regime,
        "reason": each.reason,
        "at": each.at,
    }
