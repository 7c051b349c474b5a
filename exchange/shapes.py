"""The shapes of the feed and of webhooks, as `/api/v1` takes and answers them."""

from datetime import datetime
from typing import Any

from pydantic import Field

from runtime.shapes import Shape


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
