"""`/api/v1`: the chain of an account's statements, releases from quarantine, and payments the bank took back."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from payments import chain, listings, return_store, statement_store, store, taking_back
from payments.giving_back import Part
from payments.returns import Share
from payments.statements import release_statement
from payments.tables import BankAccount, BankEntry
from runtime.shapes import Amount, Body, Currency, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["bank"])


class LinkShape(Shape):
    """A statement in the chain of its account. `missing` is what lies between it and the one before, signed."""

    statement_id: UUID
    sequence: str
    from_: date | None = Field(alias="from")
    to: date | None
    opening: Amount | None
    closing: Amount | None
    finding: Literal["first", "follows", "gap", "overlap", "repeated", "unproven"]
    missing: Amount | None
    notes: list[str]


class ChainShape(Shape):
    """An account's statements in the order of their periods, quarantined ones left out."""

    account: str
    currency: Currency
    is_whole: bool
    data: list[LinkShape]


class ReleasedShape(Shape):
    """A statement whose entries count now."""

    id: UUID
    state: Literal["released"]


class PossiblePayment(Shape):
    """A payment that may have been taken back."""

    id: UUID
    booked_on: date
    amount: Amount
    counterparty: str
    remittance: str


class PossiblePart(Shape):
    """What a larger payment had paid on one invoice: it alone may have been taken back."""

    payment: UUID
    payment_amount: Amount
    booked_on: date
    invoice_number: str
    amount: Amount


class ReturnShape(Shape):
    """A return that waits for a person, with the payments it may mean."""

    id: UUID
    booked_on: date
    amount: Amount
    currency: Currency
    reason: str
    remittance: str
    payments: list[PossiblePayment]
    parts: list[PossiblePart]


class SettledShape(Shape):
    """What became of a movement going out."""

    id: UUID
    state: Literal["applied", "ignored"]
    returns: UUID | None


class Reason(Body):
    """Why."""

    reason: str = Field(min_length=1)


class ReturnedPart(Body):
    """So much of the payment; of what it had paid on this invoice, or without a number of what is not applied."""

    invoice_number: str | None = None
    amount: Amount


class Returned(Body):
    """The bank entry of the payment that was taken back; with `parts`, that only these of it were. What is taken
    beyond them is the bank's charge."""

    payment: UUID
    parts: list[ReturnedPart] = Field(default=[], max_length=100)


@router.get("/bank-accounts/{account_id}/chain", response_model=ChainShape)
def account_chain(call: Caller, account_id: UUID) -> Response:
    """Whether the account's statements join without a gap, and what is missing where they do not."""
    return call.read(Right.VIEW, lambda work: _chain(statement_store.account(work.session, account_id), work))


@router.post("/statements/{statement_id}/release", response_model=ReleasedShape)
def release(call: Caller, statement_id: UUID, body: Reason) -> Response:
    """Lets the entries of a quarantined statement into the books, on a person's word."""

    def do(work: Work) -> dict[str, Any]:
        statement = listings.statement(work.session, statement_id)
        release_statement(work, statement, body.reason.strip())
        return {"id": statement.id, "state": statement.state}

    return call.write(Right.STATEMENTS, do)


@router.get("/returns", response_model=Whole[ReturnShape])
def waiting_returns(call: Caller) -> Response:
    """Returns that could mean several payments, or none we know of."""
    return call.read(
        Right.VIEW, lambda work: {"data": [_return(work, each) for each in return_store.waiting(work.session)]}
    )


@router.post("/bank-entries/{entry_id}/returns", response_model=SettledShape)
def returns(call: Caller, entry_id: UUID, body: Returned) -> Response:
    """Says which payment, or which parts of it, a movement going out takes back; what that had paid is open again."""

    def do(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        parts = [
            Part(_minor(each.amount, entry.currency, place), each.invoice_number)
            for place, each in enumerate(body.parts)
        ]
        taking_back.take_back(work, entry, store.entry(work.session, body.payment), parts)
        return _settled(entry)

    return call.write(Right.CASH, do)


@router.post("/bank-entries/{entry_id}/set-aside", response_model=SettledShape)
def set_aside(call: Caller, entry_id: UUID, body: Reason) -> Response:
    """Says that a movement going out takes no payment of ours back."""

    def do(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        taking_back.set_aside(work, entry, body.reason.strip())
        return _settled(entry)

    return call.write(Right.CASH, do)


def _chain(account: BankAccount, work: Work) -> dict[str, Any]:
    judged = chain.judge(statement_store.links(work.session, account.id), account.currency)
    return {
        "account": account.identifier,
        "currency": account.currency,
        "is_whole": not any(each.finding == "gap" for each in judged),
        "data": [_link(each, account.currency) for each in judged],
    }


def _link(judged: chain.Judged, currency: str) -> dict[str, Any]:
    link = judged.link
    return {
        "statement_id": link.id,
        "sequence": link.sequence,
        "from": link.from_on,
        "to": link.to_on,
        "opening": _amount(link.opening, currency),
        "closing": _amount(link.closing, currency),
        "finding": judged.finding,
        "missing": _amount(judged.missing, currency),
        "notes": list(judged.notes),
    }


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else decimal_text(minor, currency)


def _return(work: Work, entry: BankEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "booked_on": entry.booked_on,
        "amount": decimal_text(entry.amount, entry.currency),
        "currency": entry.currency,
        "reason": entry.return_reason,
        "remittance": entry.remittance,
        "payments": [_payment(each) for each in taking_back.possible_payments(work, entry)],
        "parts": [_part(each, entry.currency) for each in taking_back.possible_parts(work, entry)],
    }


def _part(share: Share, currency: str) -> dict[str, Any]:
    return {
        "payment": share.payment_id,
        "payment_amount": decimal_text(share.payment_amount, currency),
        "booked_on": share.booked_on,
        "invoice_number": share.number,
        "amount": decimal_text(share.amount, currency),
    }


def _minor(amount: str, currency: str, place: int) -> int:
    try:
        return parse_minor(amount, currency)
    except NotAnAmount as error:
        raise Invalid.because(f"/parts/{place}/amount", str(error), field="amount") from error


def _payment(entry: BankEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "booked_on": entry.booked_on,
        "amount": decimal_text(entry.amount, entry.currency),
        "counterparty": entry.counterparty,
        "remittance": entry.remittance,
    }


def _settled(entry: BankEntry) -> dict[str, Any]:
    return {"id": entry.id, "state": entry.state, "returns": entry.returns_id}
