"""What happened to credit, for the packages above."""

from dataclasses import dataclass
from uuid import UUID

from core.events import Event
from core.money import Money


@dataclass(frozen=True, slots=True)
class OverrunBegan(Event):
    """A customer's exposure rose above its limit."""

    customer_id: UUID
    limit: Money
    exposure: Money


@dataclass(frozen=True, slots=True)
class OverrunEnded(Event):
    """A customer's exposure is within its limit again."""

    customer_id: UUID
    currency: str
