"""What the API says about late-payment interest."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field, RootModel

from runtime.shapes import Amount, Currency, Shape


class SliceShape(Shape):
    """Days with one principal and one yearly rate in percent; both days counted."""

    from_on: date = Field(alias="from")
    to: date
    days: int
    principal: Amount
    rate: Amount = Field(examples=["10.15"])
    amount: Amount


class SheetShape(Shape):
    """An itemised sheet; `compensation` is in `compensation_currency`."""

    country: str = Field(examples=["ES"])
    debtor: Literal["business", "consumer", "public"]
    principal: Amount
    currency: Currency
    due_on: date
    until: date
    slices: list[SliceShape]
    interest: Amount
    compensation: Amount
    compensation_currency: Currency
    regime: str = Field(examples=["ES Ley 3/2004"])
    day_count: Literal["actual/365", "actual/360", "actual/actual"]
    sources: list[str]


class TableShape(Shape):
    """A table of late-payment law as it is in force."""

    name: str = Field(examples=["ecb-main-refinancing", "rules-ES"])
    version: int
    kind: Literal["history", "rules"]
    title: str
    source: str | None
    read_on: date
    known_through: date | None
    stored_at: datetime
    stored_by: str


class StoredTable(TableShape):
    """The table after it was put."""

    state: Literal["stored", "unchanged"]


class WholeTable(RootModel[dict[str, Any]]):
    """The table itself, in the form `PUT` takes."""


class ClaimLine(Shape):
    """A line of a charge: interest of some days, the fixed sum, a letter's fee, a correction or a waiver (negative)."""

    kind: Literal["interest", "compensation", "fee", "correction", "waiver"]
    from_on: date | None = Field(alias="from")
    to: date | None
    days: int | None
    principal: Amount | None
    rate: Amount | None
    amount: Amount
    regime: str
    reason: str
    at: datetime


class ChargeShape(Shape):
    """What a letter claimed for the lateness of one invoice."""

    number: str = Field(examples=["INT-2026-00001"])
    invoice_number: str
    customer_id: str
    issued_on: date
    due_on: date
    currency: Currency
    amount: Amount
    open: Amount
    lines: list[ClaimLine]
