"""What the API says about bank accounts, statements, entries and what they paid."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape


class AccountShape(Shape):
    """One of our accounts. `chain` says whether its statements join: `whole`, or what is wrong first of all."""

    id: UUID
    account: str = Field(examples=["ES9121000418450200051332"])
    currency: Currency
    name: str
    company: str = Field(examples=["NW"])
    closed_on: date | None
    statements_to: date | None
    chain: Literal["none", "whole", "gap", "overlap"]
    quarantined: int


class StatementShape(Shape):
    """A bank statement; balances are null where the bank did not say them."""

    id: UUID
    account: str
    currency: Currency
    from_: date | None = Field(alias="from")
    to: date | None
    opening: Amount | None
    closing: Amount | None
    entries: int
    sum: Amount
    state: Literal["accepted", "quarantined", "released"]
    quarantine_reason: str | None


class EntryShape(Shape):
    """A movement on one of our accounts; `placed` is how much of it has found its use."""

    id: UUID
    entry_ref: str
    booked_on: date
    valued_on: date
    amount: Amount
    placed: Amount
    currency: Currency
    counterparty: str
    counterparty_iban: str
    remittance: str
    pending: bool
    state: Literal["unmatched", "suggested", "applied", "part_applied", "ignored", "returned"]


class SuggestedLine(Shape):
    """So much of an invoice."""

    invoice_number: str
    amount: Amount
    kind: str


class SuggestionShape(Shape):
    """What an entry may pay, and why."""

    n: int = Field(description="Its rank: the number to accept it by.", examples=[1])
    customer_id: str
    confidence: int
    reasons: list[str]
    allocations: list[SuggestedLine]


class AllocationShape(Shape):
    """An amount taken off an open item."""

    id: UUID
    amount: Amount
    currency: Currency
    kind: Literal["payment", "discount", "fee", "write_off", "credit"]
    on: date


class UndoneShape(AllocationShape):
    """An allocation taken back."""

    state: Literal["undone"]


class PlacedShape(Shape):
    """An entry after cash was applied from it, and what was applied."""

    entry: EntryShape
    allocations: list[AllocationShape]


class ReconciledShape(Shape):
    """What a reconciliation did, in entries."""

    posted: int
    suggested: int
    unmatched: int
