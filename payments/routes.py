"""`/api/v1`: bank accounts, statements, entries, what they paid, and the reconciliation run."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import select

from core.money import decimal_text
from payments import listings, service, statements, store
from payments.abroad import Exchange
from payments.lines_by_hand import NamedLine, Remainder, exchange_for, place_lines
from payments.reconciliation import accept_suggestion, reconcile
from payments.shapes import (
    EntryShape,
    PlacedShape,
    ReconciledShape,
    StatementShape,
    SuggestionShape,
    UndoneShape,
)
from payments.tables import Allocation, BankEntry, Statement, Suggestion
from receivables.store import companies, company_by_code, customer_by_external_id
from runtime.lists import page_of
from runtime.shapes import Body, Page, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["bank"])

MOST_LINES = 1_000

Limit = Annotated[int, Query(ge=1, le=100)]
EntryState = Literal["unmatched", "suggested", "applied", "part_applied", "ignored", "returned"]


class Line(Body):
    """So much of an invoice is settled this way; `amount` is a plain decimal in the invoice's currency."""

    invoice_number: str
    amount: str
    kind: Literal["payment", "discount", "fee", "write_off"] = "payment"


class ExchangeBody(Body):
    """The money is in another currency than the invoices: at which rate it is turned into theirs. `rate` is how many
    units of the invoices' currency one unit of the entry's is, and then `source` says who says so and `on` of which day
    it is, left out: the entry's value day; without it the newest rate of the day or the week before counts.
    `difference`: what does not come out even is the customer's cash, or the company's gain or loss."""

    rate: str | None = None
    source: str = ""
    on: date | None = None
    difference: Literal["unapplied", "gain_or_loss"] = "unapplied"

    def exchange(self, work: Work, entry: BankEntry, lines: list[NamedLine], *, is_trial: bool = False) -> Exchange:
        settles = self.difference == "gain_or_loss"
        return exchange_for(work, entry, lines, self.rate, self.source, settles=settles, on=self.on, is_trial=is_trial)


class Lines(Body):
    """What an entry pays, and what becomes of the remainder. What is left of the money is the cash of `customer`, else
    of the only customer paid; without any line all of it is."""

    allocations: list[Line] = Field(max_length=MOST_LINES)
    remainder: Remainder = "unapplied"
    customer: str | None = None
    exchange: ExchangeBody | None = None


class Reason(Body):
    """Why an entry pays no invoice of ours."""

    reason: str = Field(min_length=1)


class Run(Body):
    """One company by its code, or all of them."""

    company: str | None = None


@router.get("/statements", response_model=Page[StatementShape])
def list_statements(call: Caller, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Bank statements, the last one taken in first."""
    query = listings.statements(None)
    return call.read(
        Right.VIEW, lambda work: page_of(work.session, query, (Statement.id.desc(),), limit, cursor, _statement)
    )


@router.get("/bank-entries", response_model=Page[EntryShape])
def bank_entries(
    call: Caller, state: EntryState | None = None, limit: Limit = 50, cursor: str | None = None
) -> Response:
    """Movements on our accounts, the newest first."""
    query = select(BankEntry)
    if state:
        query = query.where(BankEntry.state == state)
    order = (BankEntry.booked_on.desc(), BankEntry.id.desc())
    return call.read(
        Right.VIEW, lambda work: page_of(work.session, query, order, limit, cursor, lambda row: _entry(row[0]))
    )


@router.get("/bank-entries/{entry_id}/suggestions", response_model=Whole[SuggestionShape])
def suggestions(call: Caller, entry_id: UUID) -> Response:
    """What the last reconciliation thinks an entry pays, the likeliest first, with its reasons."""

    def read(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        rows = listings.answers(work.session, entry.id)
        return {"data": [_suggestion(work, entry, row.Suggestion, row.Customer.external_id) for row in rows]}

    return call.read(Right.VIEW, read)


@router.post("/bank-entries/{entry_id}/allocations", status_code=201, response_model=PlacedShape)
def allocate(call: Caller, entry_id: UUID, body: Lines) -> Response:
    """Places an entry on invoices; all or nothing."""
    lines = [NamedLine(line.invoice_number, line.amount, line.kind) for line in body.allocations]

    def do(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        keeper = customer_by_external_id(work.session, body.customer) if body.customer else None
        at = body.exchange
        exchange = at.exchange(work, entry, lines) if at else None
        made = place_lines(work, entry, lines, body.remainder, keeper.id if keeper else None, exchange)
        return _placed(entry, made)

    return call.write(Right.CASH, do, status=201)


@router.post("/bank-entries/{entry_id}/suggestions/{rank}/accept", status_code=201, response_model=PlacedShape)
def accept(call: Caller, entry_id: UUID, rank: Annotated[int, Path(ge=1, le=1000)]) -> Response:
    """Places an entry as a suggestion says."""

    def do(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        return _placed(entry, accept_suggestion(work, entry, rank))

    return call.write(Right.CASH, do, status=201)


@router.post("/bank-entries/{entry_id}/ignore", response_model=EntryShape)
def ignore(call: Caller, entry_id: UUID, body: Reason) -> Response:
    """Says that an entry pays no invoice of ours."""

    def do(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        service.ignore_entry(work, entry, body.reason.strip())
        return _entry(entry)

    return call.write(Right.CASH, do)


@router.delete("/allocations/{allocation_id}", response_model=UndoneShape)
def undo(call: Caller, allocation_id: UUID) -> Response:
    """Takes an allocation back by adding its reversal; the money is the customer's unapplied cash again."""

    def do(work: Work) -> dict[str, Any]:
        found = store.allocation(work.session, allocation_id)
        service.undo_allocation(work, found)
        return {**_allocation(found), "state": "undone"}

    return call.write(Right.CASH, do)


@router.post("/reconciliation-runs", status_code=201, response_model=ReconciledShape)
def run(call: Caller, body: Run) -> Response:
    """Applies unmatched cash: posts what is certain, suggests the rest."""

    def do(work: Work) -> dict[str, int]:
        chosen = [company_by_code(work.session, body.company)] if body.company else companies(work.session)
        found = [reconcile(work, each.id) for each in chosen]
        return {name: sum(getattr(each, name) for each in found) for name in ("posted", "suggested", "unmatched")}

    return call.write(Right.CASH, do, status=201)


def _statement(row: Any) -> dict[str, Any]:
    found: Statement = row.Statement
    currency = row.BankAccount.currency
    opening, closing = statements.balance_text(found, currency)
    return {
        "id": found.id,
        "account": row.BankAccount.identifier,
        "currency": currency,
        "from": found.from_on,
        "to": found.to_on,
        "opening": opening,
        "closing": closing,
        "entries": found.entry_count,
        "sum": decimal_text(found.entry_sum, currency),
        "state": found.state,
        "quarantine_reason": found.quarantine_reason,
    }


def _entry(found: BankEntry) -> dict[str, Any]:
    return {
        "id": found.id,
        "entry_ref": found.entry_ref,
        "booked_on": _day(found.booked_on),
        "valued_on": _day(found.valued_on),
        "amount": decimal_text(found.amount, found.currency),
        "placed": decimal_text(found.placed, found.currency),
        "currency": found.currency,
        "counterparty": found.counterparty,
        "counterparty_iban": found.counterparty_account,
        "remittance": found.remittance,
        "pending": found.pending,
        "state": found.state,
    }


def _day(day: date) -> str:
    return day.isoformat()


def _suggestion(work: Work, entry: BankEntry, found: Suggestion, customer: str) -> dict[str, Any]:
    named = listings.items_named(work.session, {UUID(line["open_item_id"]) for line in found.lines})
    lines = [
        {
            "invoice_number": named[line["open_item_id"]].Invoice.number,
            "amount": decimal_text(line["amount"], entry.currency),
            "kind": line["kind"],
        }
        for line in found.lines
        if line["open_item_id"] in named
    ]
    return {
        "n": found.rank,
        "customer_id": customer,
        "confidence": found.confidence,
        "reasons": found.reasons,
        "allocations": lines,
    }


def _placed(entry: BankEntry, made: list[Allocation]) -> dict[str, Any]:
    return {"entry": _entry(entry), "allocations": [_allocation(each) for each in made]}


def _allocation(found: Allocation) -> dict[str, Any]:
    return {
        "id": found.id,
        "amount": decimal_text(found.amount, found.currency),
        "currency": found.currency,
        "kind": found.kind,
        "on": found.on,
    }
