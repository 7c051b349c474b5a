"""What the API says about orders."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape


class OrderFate(Shape):
    """What became of an order told."""

    order_number: str = Field(examples=["PO/1"])
    status: Literal["created", "updated", "unchanged"]


class OrderShape(Shape):
    """An order as it was told last, and how much of it is invoiced."""

    order_number: str = Field(examples=["PO/1"])
    customer_id: str = Field(examples=["ACME"])
    channel: Literal["fax", "email", "portal", "paper", "edi", "crm", "ecommerce", "manual", "api"]
    received_at: datetime
    requested_on: date | None
    currency: Currency
    po_number: str
    priority: str
    status: Literal["received", "confirmed", "delivered", "invoiced", "cancelled", "closed"]
    amount: Amount
    invoiced: Amount


class EventTold(Shape):
    """What happened to an order, and its status since."""

    order_number: str = Field(examples=["PO/1"])
    kind: str
    at: datetime
    status: Literal["received", "confirmed", "delivered", "invoiced", "cancelled", "closed"]
