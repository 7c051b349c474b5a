"""The shapes of the feed and of webhooks, as `/api/v1` takes and answers them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from runtime.shapes import Body, Shape


class ChangeShape(Shape):
    """One change; `data` depends on its kind."""

    seq: int = Field(examples=[4711], description="Numbers stand in the order of the commits, without gaps.")
    kind: str = Field(examples=["payment.applied"])
    at: datetime
    actor: str = Field(examples=["user:nora@nordwind.example"])
    data: dict[str, Any]


class FeedShape(Shape):
    """A part of the feed. `next_cursor` is there even at its end: keep it, and ask again later."""

    data: list[ChangeShape]
    has_more: bool
    next_cursor: str = Field(examples=["4711"])


class NewWebhook(Body):
    """An address to be told, and of which kinds of change; of all when none are named."""

    url: str = Field(min_length=1, max_length=2_000, examples=["https://erp.example.com/duecourse"])
    kinds: list[str] = Field(default=[], max_length=100, examples=[["payment.applied", "payment.undone"]])
    note: str = Field(default="", max_length=200)


class WebhookShape(Shape):
    """A webhook. `waiting` messages are due or tried again later; `failed` ones were given up."""

    id: UUID
    url: str
    note: str
    kinds: list[str]
    state: Literal["active", "stopped", "given_up"]
    reason: str | None = Field(description="Why it was given up.")
    cursor: str = Field(description="The number of the last change read for it.")
    created_at: datetime
    waiting: int
    delivered: int
    failed: int


class WebhookWithSecret(WebhookShape):
    """The same with its secret, which is shown this once."""

    secret: str = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])


class DeliveryShape(Shape):
    """One change on its way to a webhook, and how the last try went."""

    id: UUID
    seq: int
    kind: str
    state: Literal["queued", "claimed", "delivered", "failed"]
    attempts: int
    tried_at: datetime | None
    next_try_at: datetime | None
    status: int | None = Field(description="The HTTP status of the last answer; null when there was none.")
    detail: str


class SentAgain(Shape):
    """How many messages that were told before go out again."""

    again: int


class SendAgain(Body):
    """After which change everything is sent again."""

    after: int = Field(ge=0, le=2**63 - 1)
