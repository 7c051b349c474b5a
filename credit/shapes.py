"""What the API says about credit."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape


class AccountShape(Shape):
    """Limit and exposure in one currency; `limit` null: none was set."""

    currency: Currency
    limit: Amount | None
    insured: Amount | None = Field(description="How much of the limit a credit insurer covers.")
    until_on: date | None = Field(description="The last day of the limit; null: for good.")
    exposure: Amount
    open: Amount
    charges: Amount
    orders: Amount
    unapplied: Amount
    credits: Amount
    overrun: Amount


class ProposalShape(Shape):
    """A raise one person proposed; another approves it by its hash, before it expires."""

    id: UUID
    customer_id: str = Field(examples=["ACME"])
    currency: Currency
    amount: Amount
    insured: Amount
    from_on: date
    until_on: date | None
    reason: str
    scope: Literal["customer", "group"]
    maker: str = Field(examples=["user:clara@nordwind.example"])
    made_at: datetime
    expires_at: datetime
    hash: str = Field(description="SHA-256 over every word of the proposal.")
    state: Literal["open", "approved", "rejected", "withdrawn"]
    decided_by: str | None
    decided_at: datetime | None
    note: str


class GroupShape(Shape):
    """A group with a limit of its own: everybody in it, and what they owe together."""

    head: str = Field(examples=["ACME"])
    members: list[str]
    credit: list[AccountShape]


class CreditShape(Shape):
    """A customer's credit, one account a currency, and the raises that wait for a second person."""

    customer_id: str = Field(examples=["ACME"])
    credit: list[AccountShape]
    group: GroupShape | None
    proposals: list[ProposalShape]
    version: int = Field(description="The ETag; the customer's own.")


class OverrunShape(Shape):
    """A customer above its limit."""

    customer_id: str = Field(examples=["ACME"])
    currency: Currency
    limit: Amount
    exposure: Amount
    overrun: Amount
    since: date
    scope: Literal["customer", "group"]
