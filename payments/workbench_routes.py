"""`/api/v1`: what the cash workbench does: find, weigh, accept several, undo, unapplied cash, known payers."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from core.money import NotAnAmount, decimal_text, parse_minor
from payments import history, payers, store, tray, unapplied, workbench
from payments.lines_by_hand import NamedLine, Remainder
from payments.routes import ExchangeBody, Line
from payments.tables import Allocation, Payment
from runtime.lists import page_of
from runtime.shapes import Amount, Body, Currency, Page, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["bank"])

MOST_AT_ONCE = 100

Limit = Annotated[int, Query(ge=1, le=100)]


class CandidateShape(Shape):
    """An open invoice an entry could pay."""

    invoice_number: str
    customer_id: str
    customer: str
    due_on: date
    open: Amount
    currency: Currency


class Typed(Body):
    """Lines as they are being typed."""

    allocations: list[Line] = Field(default_factory=list, max_length=1_000)
    remainder: Remainder = "unapplied"
    customer: str = ""
    exchange: ExchangeBody | None = None


class WeighedLine(Shape):
    """What a line would do: what is open of its invoice afterwards, or why it cannot be."""

    invoice_number: str
    open_after: Amount | None
    problem: str


class TrayShape(Shape):
    """What the lines would do together; nothing was posted. At an exchange, `currency` is the invoices', `converted`
    what the money comes to, and `gain` the company's exchange gain, negative for a loss."""

    currency: Currency
    rate: str | None
    rate_on: date | None
    converted: Amount | None
    gain: Amount | None
    remaining: Amount
    short: Amount
    may_post: bool
    problems: list[str]
    lines: list[WeighedLine]


class Entries(Body):
    """Entries to deal with together."""

    entries: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)


class SeveralShape(Shape):
    """Which entries were posted, and why the others were left."""

    posted: list[UUID]
    left: dict[UUID, str]


class UndoneEntries(Shape):
    """Entries that wait again."""

    undone: list[UUID]


class AppliedShape(Shape):
    """A line of the cash history."""

    id: UUID
    invoice_number: str
    customer_id: str
    bank_entry: UUID | None
    amount: Amount
    currency: Currency
    kind: Literal["payment", "discount", "fee", "write_off", "credit"]
    on: date
    at: datetime
    actor: str
    automatic: bool
    reasons: list[str]
    undone_at: datetime | None


class UnappliedShape(Shape):
    """Cash of a customer that pays nothing yet; `refund` is why it shall go back, if somebody asked for that."""

    id: UUID
    customer_id: str
    bank_entry: UUID
    valued_on: date
    unapplied: Amount
    currency: Currency
    refund: str | None


class UsedShape(Shape):
    """What unapplied cash was used for."""

    id: UUID
    allocations: list[UUID]


class Why(Body):
    """A reason a person gives."""

    reason: str = Field(min_length=1)


class RefundShape(Shape):
    """A wish for a refund, or its end."""

    id: UUID
    state: Literal["asked", "withdrawn"]


class PayerShape(Shape):
    """An account and the customer who pays from it, as people confirmed it."""

    account: str
    customer_id: str
    seen: int
    last_on: date


class ForgottenShape(Shape):
    """What is no longer remembered."""

    account: str
    customer_id: str


# ── one entry ───────────────────────────────────────────────────────────────────────────────────


@router.get("/bank-entries/{entry_id}/candidates", response_model=Whole[CandidateShape])
def candidates(call: Caller, entry_id: UUID, q: Annotated[str, Query(min_length=1)]) -> Response:
    """Open invoices an entry could pay, by part of a number, an order or a customer, or by an exact amount."""

    def read(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        found = workbench.find_items(work.session, entry, q, _amount(q, entry.currency))
        return {"data": [_candidate(*row) for row in found]}

    return call.read(Right.VIEW, read)


def _amount(text: str, currency: str) -> int | None:
    try:
        return parse_minor(text, currency)
    except NotAnAmount:
        return None


def _candidate(item: Any, invoice: Any, customer: Any) -> dict[str, Any]:
    return {
        "invoice_number": invoice.number,
        "customer_id": customer.external_id,
        "customer": customer.name,
        "due_on": item.due_on,
        "open": decimal_text(item.open, item.currency),
        "currency": item.currency,
    }


@router.post("/bank-entries/{entry_id}/tray", response_model=TrayShape)
def weigh(call: Caller, entry_id: UUID, body: Typed) -> Response:
    """Says what these lines would do, and everything that would be refused; changes nothing."""
    lines = [NamedLine(line.invoice_number, line.amount, line.kind) for line in body.allocations]

    def read(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        exchange = body.exchange.exchange(work, entry, lines, is_trial=True) if body.exchange else None
        return _tray(tray.weigh(work.session, entry, lines, body.remainder, bool(body.customer.strip()), exchange))

    return call.read(Right.CASH, read)


def _tray(weighed: tray.Tray) -> dict[str, Any]:
    currency, at = weighed.currency, weighed.exchange
    return {
        "currency": currency,
        "rate": at.rate.rate if at else None,
        "rate_on": at.rate.on if at else None,
        "converted": decimal_text(weighed.converted, currency) if at else None,
        "gain": decimal_text(weighed.difference, currency) if at else None,
        "remaining": decimal_text(weighed.remaining, currency),
        "short": decimal_text(weighed.short, currency),
        "may_post": weighed.may_post,
        "problems": weighed.problems,
        "lines": [
            {
                "invoice_number": line.number,
                "open_after": None if line.open_after is None else decimal_text(line.open_after, currency),
                "problem": line.problem,
            }
            for line in weighed.lines
        ],
    }


# ── several entries ─────────────────────────────────────────────────────────────────────────────


@router.post("/bank-entries/accept", response_model=SeveralShape)
def accept_several(call: Caller, body: Entries) -> Response:
    """Posts the best answer of each entry that has a clear one; says why the others were left."""

    def do(work: Work) -> dict[str, Any]:
        done = workbench.accept_several(work, body.entries)
        return {"posted": done.posted, "left": {str(entry_id): why for entry_id, why in done.left.items()}}

    return call.write(Right.CASH, do)


@router.post("/bank-entries/undo", response_model=UndoneEntries)
def undo_several(call: Caller, body: Entries) -> Response:
    """Takes back everything that was placed from entries, or their setting aside; all or nothing."""

    def do(work: Work) -> dict[str, Any]:
        workbench.undo_several(work, body.entries)
        return {"undone": body.entries}

    return call.write(Right.CASH, do)


@router.get("/allocations", response_model=Page[AppliedShape])
def applied(
    call: Caller, q: str = "", by: Literal["", "hand", "run"] = "", limit: Limit = 50, cursor: str | None = None
) -> Response:
    """Everything applied, newest first; `q` is part of an invoice number or a customer."""
    return call.read(
        Right.VIEW,
        lambda work: page_of(
            work.session, history.history(q, by), (Allocation.id.desc(),), limit, cursor, lambda row: _applied(*row[:5])
        ),
    )


def _applied(line: Allocation, invoice: Any, customer: Any, entry: Any, undone_at: datetime | None) -> dict[str, Any]:
    return {
        "id": line.id,
        "invoice_number": invoice.number,
        "customer_id": customer.external_id,
        "bank_entry": entry.id if entry else None,
        "amount": decimal_text(line.amount, line.currency),
        "currency": line.currency,
        "kind": line.kind,
        "on": line.on,
        "at": line.at,
        "actor": line.actor,
        "automatic": line.is_automatic,
        "reasons": line.reasons,
        "undone_at": undone_at,
    }


# ── unapplied cash ──────────────────────────────────────────────────────────────────────────────


@router.get("/unapplied-cash", response_model=Page[UnappliedShape])
def unapplied_cash(call: Caller, q: str = "", limit: Limit = 50, cursor: str | None = None) -> Response:
    """Cash that belongs to customers and pays nothing yet, the latest first."""
    return call.read(
        Right.VIEW,
        lambda work: page_of(
            work.session, unapplied.listed(q), (Payment.id.desc(),), limit, cursor, lambda row: _unapplied(*row[:4])
        ),
    )


def _unapplied(payment: Payment, customer: Any, entry: Any, refund: Any) -> dict[str, Any]:
    return {
        "id": payment.id,
        "customer_id": customer.external_id,
        "bank_entry": entry.id,
        "valued_on": payment.valued_on,
        "unapplied": decimal_text(payment.unapplied, payment.currency),
        "currency": payment.currency,
        "refund": refund.reason if refund else None,
    }


@router.post("/unapplied-cash/{payment_id}/use", response_model=UsedShape)
def use(call: Caller, payment_id: UUID) -> Response:
    """Uses the cash on the customer's open invoices, the oldest due first."""

    def do(work: Work) -> dict[str, Any]:
        made = unapplied.use_on_oldest(work, unapplied.payment(work.session, payment_id))
        return {"id": payment_id, "allocations": [each.id for each in made]}

    return call.write(Right.CASH, do)


@router.post("/unapplied-cash/{payment_id}/refund", response_model=RefundShape)
def ask_refund(call: Caller, payment_id: UUID, body: Why) -> Response:
    """Asks for the cash to be paid back; nothing else uses it meanwhile."""

    def do(work: Work) -> dict[str, Any]:
        unapplied.ask_refund(work, unapplied.payment(work.session, payment_id), body.reason)
        return {"id": payment_id, "state": "asked"}

    return call.write(Right.CASH, do)


@router.delete("/unapplied-cash/{payment_id}/refund", response_model=RefundShape)
def withdraw_refund(call: Caller, payment_id: UUID) -> Response:
    """Takes the wish for a refund back."""

    def do(work: Work) -> dict[str, Any]:
        unapplied.withdraw_refund(work, unapplied.payment(work.session, payment_id))
        return {"id": payment_id, "state": "withdrawn"}

    return call.write(Right.CASH, do)


# ── known payers ────────────────────────────────────────────────────────────────────────────────


@router.get("/known-payers", response_model=Whole[PayerShape])
def known_payers(call: Caller, q: str = "") -> Response:
    """Which account whose payments came from, the latest 200; `q` is part of an account or a customer."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_payer(each) for each in payers.memory(work.session, q)]}

    return call.read(Right.VIEW, read)


def _payer(found: payers.Learned) -> dict[str, Any]:
    return {
        "account": found.account,
        "customer_id": found.customer.external_id,
        "seen": found.seen,
        "last_on": found.last_on,
    }


@router.delete("/known-payers/{account}/{customer}", response_model=ForgottenShape)
def forget(call: Caller, account: str, customer: str) -> Response:
    """Forgets that a customer pays from an account; what was posted stays."""

    def do(work: Work) -> dict[str, Any]:
        payers.forget(work, account, customer)
        return {"account": payers.plain(account), "customer_id": customer}

    return call.write(Right.CASH, do)
