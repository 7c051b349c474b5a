"""What the API says about cases."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape

Kind = Literal["order", "order_line", "delivery", "invoice", "invoice_line"]
Priority = Literal["urgent", "high", "normal", "low"]


SaidDoor = Literal["desk", "erp", "crm", "portal", "mail"]
Door = Literal["desk", "erp", "crm", "portal", "mail", "payment", "comparison"]


class SubjectShape(Shape):
    """What is contested."""

    kind: Kind
    reference: str = Field(examples=["4711"])


class DisputeShape(Shape):
    """A case; `amount` null contests all of its subject. `credit_due` is what credit notes are still to come for."""

    id: UUID
    case: int = Field(examples=[7])
    subject: SubjectShape
    customer: str = Field(examples=["ACME"])
    reason: str = Field(examples=["price"])
    amount: Amount | None
    currency: Currency
    state: Literal["open", "under_review", "resolved"]
    outcome: Literal["accepted", "partly_accepted", "rejected", "settled", "merged"] | None
    accepted_amount: Amount | None
    credit_due: Amount
    detected_on: date
    notified_on: date
    resolved_at: datetime | None
    closed_at: datetime | None
    door: Door | None = Field(description="By which way it came; null for a case older than this was written down.")
    opened_by: str | None = Field(examples=["key:erp"])
    owner: str
    priority: Priority
    due_at: datetime = Field(description="By when it is to be decided, in business hours.")
    escalated_at: datetime | None
    product: str
    note: str
    version: int = Field(description="The ETag.")


class CommentShape(Shape):
    """Something said on a case; `is_public` for the customer's eyes too."""

    author: str
    text: str
    is_public: bool
    at: datetime


class FileShape(Shape):
    """A file handed in on a case."""

    id: UUID
    name: str
    size: int
    sha256: str
    author: str
    is_public: bool
    at: datetime


class StepShape(Shape):
    """What happened to a case; the history of a case opened again goes on."""

    kind: str = Field(examples=["resolved"])
    outcome: str | None
    amount: Amount | None
    note: str
    actor: str
    at: datetime


class WholeDispute(DisputeShape):
    """A case with what was said, handed in and decided on it, and the numbers of the cases it has to do with."""

    comments: list[CommentShape]
    attachments: list[FileShape]
    history: list[StepShape]
    linked: list[int]


class ReasonShape(Shape):
    """Why customers contest; a reason that is not used any more stays on the cases that bear it."""

    code: str = Field(examples=["price"])
    label: str = Field(examples=["Price"])
    is_used: bool
