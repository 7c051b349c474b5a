"""What happened to cash, for the packages above."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.events import Event


@dataclass(frozen=True, slots=True)
class PaymentApplied(Event):
    """Cash or credit was taken off these open items of these customers, by these allocations."""

    customer_ids: frozenset[UUID]
    open_item_ids: tuple[UUID, ...]
    allocation_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationUndone(Event):
    """What had been applied to these open items was taken back, by these allocations of opposite sign. `is_return`:
    the bank took the money back."""

    customer_id: UUID
    open_item_ids: tuple[UUID, ...]
    is_return: bool
    allocation_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ShortPaid(Event):
    """A person applied an entry as a short payment; `short` is invoice → what it lacks, in minor units."""

    bank_entry_id: UUID
    short: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class DifferencesJudged(Event):
    """A run is about to judge which differences of payments are forgiven without a person.

    Whoever knows of open cases adds the open items they are about to `contested`: cash still pays those, but nothing
    is forgiven on them.
    """

    company_id: UUID
    contested: set[UUID] = field(default_factory=set)
