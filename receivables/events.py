"""What happened to the receivables book, for the packages above."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
    """Invoices or credit notes of one company entered the book, or what they refer to changed.

    The event carries what its hearers would otherwise read anew for each of many invoices: the `orders` they name, as
    (customer, number), for the buyer and for the one who pays; the `numbers` of the invoices; the credit notes among
    them that name their invoice. `reached` says how far the system before us had reminded some items, and when last.
    """

    company_id: UUID
    invoice_ids: Sequence[UUID]
    numbers: Sequence[str]
    linked_credit_ids: Sequence[UUID]
    orders: frozenset[tuple[UUID, str]]
    reached: Mapping[UUID, "Reached"]


@dataclass(frozen=True, slots=True)
class Reached:
    """The level at which another system last reminded an open item of a customer, and the day it did."""

    customer_id: UUID
    level: int
    on: date


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
