"""What happened to the receivables book, for the packages above."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from core.events import Event
from core.money import Money


@dataclass(frozen=True, slots=True)
class CustomersArrived(Event):
    """Customers were created or changed. `credit_limits` holds those that came with one."""

    customer_ids: tuple[UUID, ...]
    credit_limits: Mapping[UUID, Money]


@dataclass(frozen=True, slots=True)
class InvoicesArrived(Event):
    """Invoices or credit notes entered the book, with their open items."""

    invoice_ids: tuple[UUID, ...]
    open_item_ids: tuple[UUID, ...]
    customer_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class BalanceChanged(Event):
    """What these customers owe has changed, whatever the cause."""

    customer_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class ItemsSettled(Event):
    """These open items have nothing left to pay."""

    open_item_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PaidElsewhere(Event):
    """The sender of these items' invoice says that something was paid on them by a road we do not see."""

    open_item_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class InvoiceCancelled(Event):
    """An invoice was cancelled with a trail; its items are closed."""

    invoice_id: UUID
    open_item_ids: tuple[UUID, ...]
