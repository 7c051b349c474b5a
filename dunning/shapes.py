"""What the API says about policies, runs, decisions, notices, holds and promises."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from runtime.shapes import Amount, Currency, Shape


class StoredPolicy(Shape):
    """A policy's version as stored."""

    name: str = Field(examples=["standard"])
    version: int


class PolicyShape(StoredPolicy):
    """A policy in force."""

    levels: int


class DryRunShape(Shape):
    """What a run would do."""

    notices: int
    held: dict[str, int] = Field(examples=[{"order or invoice disputed": 1}])
    waiting: int


class RunShape(DryRunShape):
    """A run of a business date."""

    run_id: UUID
    number: int
    on: date
    state: Literal["planned", "approved"]
    version: int = Field(description="The ETag.")


class ApprovedShape(RunShape):
    """A run approved just now."""

    queued: int = Field(description="Notices handed to the dispatcher.")


class PlainDecision(Shape):
    """Why an item was or was not reminded in a run."""

    run_id: UUID
    on: date
    decision: Literal["notice", "wait", "hold"]
    level: int | None
    reason: str = Field(examples=["due for this level"])
    until: date | None
    policy_version: str = Field(examples=["standard:3"])
    policy_from: Literal["invoice", "customer", "segment", "company", "house", "started"] | None = Field(
        description="Who brought the policy; `started`: the item stays on the version it began on; null: not recorded."
    )


class DecisionShape(PlainDecision):
    """The same, with what it is about."""

    invoice_number: str
    customer_id: str


class NoticeShape(Shape):
    """One reminder to one customer."""

    notice_id: UUID
    number: int
    level: int
    channel: Literal["email", "letter", "phone", "registered_letter"]
    language: str
    total: Amount
    currency: Currency
    state: Literal["planned", "approved", "queued", "sending", "sent", "deferred", "refused", "unknown", "cancelled"]
    state_reason: str | None
    crossed: bool = Field(description="It was under way when the payment or dispute came.")


class NoticeOfCustomer(NoticeShape):
    """The same, with whom it reminds."""

    customer_id: str


class HoldShape(Shape):
    """A hold that was set."""

    id: UUID
    until: date


class PromiseShape(Shape):
    """A promise that was noted, one an open item."""

    id: UUID
    amount: Amount


class EndedShape(Shape):
    """A hold or a promise that counts no longer."""

    id: UUID
    state: Literal["lifted", "withdrawn"]
