"""What happened to credit, for the packages above."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from core.events import Event
from core.money import Money


@dataclass(frozen=True, slots=True)
class OverrunBegan(Event):
    """A customer's exposure, or that of its group (`scope`), rose above the limit."""

    customer_id: UUID
    limit: Money
    exposure: Money
    scope: str = "customer"


@dataclass(frozen=True, slots=True)
class OverrunEnded(Event):
    """A customer's exposure, or that of its group, is within the limit again."""

    customer_id: UUID
    currency: str
    scope: str = "customer"


@dataclass(frozen=True, slots=True)
class OrderReleased(Event):
    """A person lifted the hold of an order."""

    customer_id: UUID
    order_number: str
    reason: str


@dataclass(frozen=True, slots=True)
class WordAsked(Event):
    """How did these customers keep their word since a day? Whoever knows of promises fills in (kept, broken)."""

    customer_ids: Collection[UUID]
    since: date
    promises: dict[UUID, tuple[int, int]] = field(default_factory=dict)
