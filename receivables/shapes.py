"""What the API says about customers, invoices and open items."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape


class CustomerShape(Shape):
    """A customer's master data."""

    customer_id: str = Field(examples=["ACME"])
    name: str = Field(examples=["Acme Ltd"])
    email: str = Field(examples=["ap@acme.example"])
    language: str = Field(examples=["en"])
    country: str = Field(examples=["ES"])
    currency: str = Field(examples=["EUR"])
    iban: str
    vat_id: str
    payment_terms_days: int | None = Field(examples=[30])
    parent_id: str | None = Field(description="The customer id of the group's head, where there is one.")
    segment: str
    policy: str
    street: str
    postal_code: str
    city: str
    debtor_type: Literal["business", "consumer", "public"]
    time_zone: str = Field(examples=["Europe/Madrid"])
    group: str
    owner: str = Field(description="Who looks after the account.")
    source: str = Field(description="The program the customer comes from.")
    source_version: int | None
    version: int = Field(description="The ETag.", examples=[3])


class ContactShape(Shape):
    """Whom to write to at a customer, and about what."""

    purpose: Literal["billing", "escalation", "legal"]
    name: str
    email: str
    language: str


class WholeCustomerShape(CustomerShape):
    """A customer's master data with its accounts and contacts."""

    ibans: list[str] = Field(description="Every account the customer pays from, the main one first.")
    contacts: list[ContactShape]


class OpenItemShape(Shape):
    """One amount due on one date."""

    instalment: int = Field(examples=[1])
    type: Literal["invoice", "credit_note", "charge"]
    due_on: date
    currency: Currency
    amount: Amount
    open: Amount


class OwedShape(OpenItemShape):
    """An open item with the invoice it belongs to."""

    invoice_number: str = Field(examples=["F/1001"])


class InvoiceShape(Shape):
    """An invoice or credit note with its open items."""

    invoice_number: str = Field(examples=["F/1001"])
    customer_id: str = Field(examples=["ACME"])
    type: Literal["invoice", "credit_note", "charge"]
    issued_on: date
    currency: Currency
    amount: Amount
    open: Amount
    order_number: str
    payment_reference: str
    buyer_id: str | None = Field(description="Who bought, when another customer pays.")
    document_type: Literal["invoice", "credit_note", "debit_note", "prepayment", "partial", "final", "corrected"]
    delivery_number: str
    contract_number: str
    buyer_reference: str
    channel: str
    owner: str
    source: str
    source_version: int | None
    has_document: bool = Field(description="Whether the original can be had at `/invoices/{number}/document`.")
    items: list[OpenItemShape]
    cancelled_at: datetime | None
    version: int = Field(description="The ETag.")


class CancelledShape(Shape):
    """An invoice that was cancelled just now."""

    invoice_number: str
    state: Literal["cancelled"]
    version: int


class BatchFlaw(Shape):
    """What is wrong with an item of a batch."""

    pointer: str = Field(examples=["/invoices/0/amount"])
    message: str


class BatchResult(Shape):
    """What became of one item of a batch; `errors` may hold warnings of an item that was taken."""

    index: int = Field(examples=[0])
    id: str = Field(examples=["F/1001"])
    status: Literal["created", "updated", "unchanged", "rejected"]
    errors: list[BatchFlaw]


class BatchShape(Shape):
    """One result an item, in the order of the batch."""

    results: list[BatchResult]


class LetterAccountShape(Shape):
    """An account for letters: proposed by one person, approved by another, named by letters from `valid_from` on."""

    id: UUID
    company: str = Field(examples=["NW"])
    iban: str
    bic: str
    reason: str
    state: Literal["open", "approved", "rejected", "withdrawn", "replaced"]
    hash: str = Field(description="Names exactly this proposal when it is approved.")
    maker: str
    made_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    valid_from: datetime | None


class CompanyShape(Shape):
    """A legal entity that invoices. `iban` and `bic` are the account its letters name now."""

    code: str = Field(examples=["NW"])
    name: str = Field(examples=["Nordwind"])
    legal_name: str
    street: str
    postal_code: str
    city: str
    country: str = Field(examples=["ES"])
    currency: Currency
    language: str = Field(examples=["en"])
    time_zone: str = Field(examples=["Europe/Madrid"])
    vat_id: str
    iban: str
    bic: str
    email: str = Field(description="Sender of reminders.")
    reply_to: str | None = Field(description="Where answers to them go; empty: to the sender.")
    phone: str
    signatory: str
    payment_terms_days: int | None = Field(
        description="When an invoice falls due that names no day, of a customer without terms of its own.",
        examples=[30],
    )
    version: int = Field(description="The ETag.", examples=[3])
