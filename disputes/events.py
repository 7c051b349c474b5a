"""What happened to disputes, for the packages above."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.events import Event


@dataclass(frozen=True, slots=True)
class DisputeOpened(Event):
    """A case was opened, re-opened or changed in scope: what it contests must not be reminded."""

    dispute_id: UUID


@dataclass(frozen=True, slots=True)
class DisputeResolved(Event):
    """A case was closed on a business day, whatever the outcome."""

    dispute_id: UUID
    on: date


@dataclass(frozen=True, slots=True)
class CreditTracked(Event):
    """What a resolved case still waits for has changed: a credit note came for what it accepted, or was taken back."""

    dispute_id: UUID
