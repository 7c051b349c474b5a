"""What the API says in its reports."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from runtime.shapes import Amount, Currency, Page, Shape


class BucketsShape(Shape):
    """Open amounts by days late."""

    current: Amount
    to_30: Amount = Field(alias="1-30")
    to_60: Amount = Field(alias="31-60")
    to_90: Amount = Field(alias="61-90")
    over_90: Amount = Field(alias="90+")
    total: Amount


class AgedTotal(BucketsShape):
    """Everybody in one currency."""

    currency: Currency


class AgedCustomer(AgedTotal):
    """One customer in one currency."""

    customer_id: str = Field(examples=["ACME"])


class AgingShape(Page[AgedCustomer]):
    """The aging at the end of a day."""

    as_of: date
    totals: list[AgedTotal]


class ReasonShape(Shape):
    """Why a line stands in the worklist; `href` is where to do something about it, empty: on the line itself."""

    kind: str = Field(examples=["broken_promise"])
    label: str
    text: str
    href: str


class TaskShape(Shape):
    """Something that waits for a person; `href` is the page to do it on.

    What belongs to a customer of a company has all its reasons, the cash a step can be expected to bring (`expected`)
    and why it is that (`score`), who does it (`owner`), and how long the one who asks put it off.
    """

    title: str
    why: str
    state: str
    label: str
    amount: Amount | None
    currency: Currency | None
    href: str
    action: str
    customer_id: str | None
    company: str | None
    reasons: list[ReasonShape]
    expected: Amount | None
    score: str
    owner: str
    next_on: date | None
    snoozed_through: date | None


class WeekShape(Shape):
    """Expected in the week that begins on this Monday."""

    week: date
    amount: Amount


class OutlookShape(Shape):
    """One currency's expected receipts."""

    currency: Currency
    weeks: list[WeekShape]
    later: Amount
    overdue_habit: Amount = Field(description="Still open although it was expected before today.")


class ForecastShape(Shape):
    """Expected receipts by week."""

    as_of: date
    data: list[OutlookShape]


class EventShape(Shape):
    """Something that happened with a customer."""

    at: datetime
    kind: Literal[
        "note", "call", "dispute_opened", "dispute_resolved", "notice_sent", "payment", "promise", "plan", "hold"
    ]
    reference: str
    text: str
    amount: Amount | None
    currency: Currency | None
    actor: str
