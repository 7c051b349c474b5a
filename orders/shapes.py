"""What the API says about orders."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape

Channel = Literal["fax", "email", "portal", "paper", "edi", "crm", "ecommerce", "manual", "api"]
EventKind = Literal[
    "received", "captured", "validated", "corrected", "confirmed", "changed", "cancelled", "released", "delivered",
    "invoiced", "disputed", "closed",
]  # fmt: skip


class MailQueued(Shape):
    """A mail to the customer about an order, on its way."""

    order_number: str = Field(examples=["PO/1"])
    state: str = Field(examples=["ask"])
    language: str = Field(examples=["de"])


class OrderFate(Shape):
    """What became of an order told."""

    order_number: str = Field(examples=["PO/1"])
    status: Literal["created", "updated", "unchanged"]


class OrderShape(Shape):
    """An order as it was told last, and how much of it is invoiced.

    `state` says what it waits for: `awaiting_validation` is an order that is unusual and that nobody confirmed with the
    customer yet, `unusual` says why. `late_at` is set once the deadline passed unmet.
    """

    order_number: str = Field(examples=["PO/1"])
    customer_id: str = Field(examples=["ACME"])
    channel: Channel
    received_at: datetime
    requested_on: date | None
    currency: Currency
    po_number: str
    delivery_address: str | None
    priority: str
    status: Literal["received", "confirmed", "delivered", "invoiced", "cancelled", "closed"]
    amount: Amount
    invoiced: Amount
    prepaid_amount: Amount
    state: Literal["received", "awaiting_validation", "confirmed", "delivered", "invoiced", "cancelled", "closed"]
    unusual: str
    deadline_at: datetime
    processed_at: datetime | None
    late_at: datetime | None
    duplicate_of: str | None = Field(description="The number of the order that looks like the same one.")
    version: int


class HappenedShape(Shape):
    """Something that happened to the order."""

    kind: str
    at: datetime
    cause: str
    line: str
    author: str
    channel: str
    note: str


class OrderWithEvents(OrderShape):
    """An order with its history, the first event first."""

    events: list[HappenedShape]


class EventTold(Shape):
    """What happened to an order, and its status since."""

    order_number: str = Field(examples=["PO/1"])
    kind: str
    at: datetime
    status: Literal["received", "confirmed", "delivered", "invoiced", "cancelled", "closed"]
