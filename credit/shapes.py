"""What the API says about credit."""

from datetime import date

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape


class AccountShape(Shape):
    """Limit and exposure in one currency; `limit` null: none was set."""

    currency: Currency
    limit: Amount | None
    exposure: Amount
    open: Amount
    charges: Amount
    orders: Amount
    unapplied: Amount
    credits: Amount
    overrun: Amount


class CreditShape(Shape):
    """A customer's credit, one account a currency."""

    customer_id: str = Field(examples=["ACME"])
    credit: list[AccountShape]
    version: int = Field(description="The ETag; the customer's own.")


class OverrunShape(Shape):
    """A customer above its limit."""

    customer_id: str = Field(examples=["ACME"])
    currency: Currency
    limit: Amount
    exposure: Amount
    overrun: Amount
    since: date
