"""What the API says about cases."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape


class SubjectShape(Shape):
    """What is contested."""

    kind: Literal["order", "order_line", "invoice", "invoice_line"]
    reference: str = Field(examples=["4711"])


class DisputeShape(Shape):
    """A case; `amount` null contests all of its subject."""

    id: UUID
    case: int = Field(examples=[7])
    subject: SubjectShape
    customer: str = Field(examples=["ACME"])
    reason: str = Field(examples=["price"])
    amount: Amount | None
    currency: Currency
    state: Literal["open", "under_review", "resolved"]
    outcome: Literal["accepted", "partly_accepted", "rejected", "settled"] | None
    accepted_amount: Amount | None
    detected_on: date
    notified_on: date
    resolved_at: datetime | None
    owner: str
    note: str
    version: int = Field(description="The ETag.")


class CommentShape(Shape):
    """Something said on a case."""

    author: str
    text: str
    at: datetime


class DisputeWithComments(DisputeShape):
    """A case with what was said on it."""

    comments: list[CommentShape]
