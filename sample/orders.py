"""The sample's orders: each invoice has one; the file holds those of the last weeks and what is not invoiced yet.

Older orders were captured before the adapter was switched on: their numbers stand on invoices only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal

from sample import cast
from sample.customers import Customer, by_slug
from sample.invoices import Invoice, invoices, rng_for
from sample.timeline import Timeline, banking_day_from, banking_day_until

Channel = Literal["email", "edi", "portal", "fax", "ecommerce", "paper", "crm", "api"]
Status = Literal["received", "confirmed", "delivered", "invoiced", "cancelled"]

RECENT_DAYS = 27
"""The orders of invoices issued that many days ago stand in the file; so do disputed ones."""

FIRST_NUMBER = 90001
LATE_ORDER = cast.LATE_INVOICE.key

_CHANNELS: dict[str, tuple[Channel, ...]] = {
    "key": ("edi", "edi", "edi", "email", "api"),
    "standard": ("email", "email", "portal", "edi", "fax", "crm"),
    "small": ("email", "portal", "ecommerce", "fax", "ecommerce"),
    "public": ("paper", "email", "fax"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `amount` in minor units; `received_at` is aware UTC; `key` is that of its invoice, if it has one."""

    key: str
    customer: Customer
    channel: Channel
    received_at: datetime
    requested_on: date
    amount: int
    po_number: str
    status: Status
    is_priority: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class ToldOrder:
    """An order without an invoice. `copies` repeats the purchase order of another one: entered twice."""

    key: str
    customer: str
    received_ago: int
    amount: int
    channel: Channel
    status: Status = "confirmed"
    copies: str = ""


TOLD = (
    # Confirmed, not invoiced: they count into the exposure.
    ToldOrder("kastmotor-over", "kastmotor", 2, 1_240_000, "email"),
    ToldOrder("viveros-advance", "viveros-montalt", 9, 500_000, "portal"),
    ToldOrder("vega-next", "grupo-vega", 3, 2_115_000, "edi"),
    ToldOrder("loire-next", "loiretextil", 6, 688_000, "email"),
    ToldOrder("ferro-next", "ferromares", 5, 415_000, "fax"),
    ToldOrder("hanse-next", "hanseatik-pumpen", 4, 1_962_050, "edi"),
    ToldOrder("bellvis-next", "ceramicas-bellvis", 8, 793_300, "email"),
    ToldOrder("fenwold-next", "fenwold-foods", 3, 1_048_000, "edi"),
    ToldOrder("dome-next", "pharmacie-des-domes", 1, 86_240, "ecommerce"),
    ToldOrder("ribaclara-next", "ayuntamiento-de-ribaclara", 11, 574_900, "paper"),
    ToldOrder("isar-next", "isarglas", 2, 702_500, "portal"),
    # Delivered and disputed before its invoice was written.
    ToldOrder(LATE_ORDER, "schwarzwald-mobelbau", 16, 842_000, "email", "delivered"),
    # The same purchase order by another channel; and amounts or customers that are out of the usual.
    ToldOrder("bellvis-again", "ceramicas-bellvis", 7, 793_300, "fax", "received", copies="bellvis-next"),
    ToldOrder("dome-again", "pharmacie-des-domes", 1, 86_240, "email", "received", copies="dome-next"),
    ToldOrder("vauclere-large", "jardins-de-vauclere", 2, 1_385_000, "email", "received"),
    ToldOrder("orbesol-again", "orbesol", 1, 925_000, "fax", "received"),
    ToldOrder("tamar-new", "tamar-marine-supplies", 1, 164_500, "portal", "received"),
    ToldOrder("garenne-new", "electro-garenne", 1, 812_075, "edi", "received"),
    ToldOrder("tormes-off", "distribuciones-tormes", 13, 231_000, "email", "cancelled"),
    ToldOrder("mooslage-off", "gartenbau-mooslage", 19, 174_000, "crm", "cancelled"),
)

ORDERED_AMOUNTS = {"vega-order": 790_000}
"""Where the order and its invoice differ: 7 900,00 agreed, 8 700,00 invoiced."""

DISPUTED = frozenset({"vega-order", "arga-late"})
"""Orders whose invoice is older than the file's, yet which stand in it because they are disputed."""

_PURCHASE_ORDERS = {"vega-order": "PO-8841", "bellvis-next": "4500118203", "dome-next": "CDE-2207"}


def _po_number(key: str) -> str:
    known = _PURCHASE_ORDERS.get(key)
    return known or f"PO-{rng_for('purchase order', key).randrange(2000, 9900)}"


def _received_at(day: date, key: str) -> datetime:
    """Within office hours."""
    minute = rng_for("received", key).randrange(9 * 60)
    return datetime.combine(day, time(7), UTC) + timedelta(minutes=minute)


def _of_invoice(invoice: Invoice) -> Order:
    rng = rng_for("order", invoice.key)
    segment = invoice.customer.segment
    received_on = banking_day_until(invoice.issued_on - timedelta(days=rng.randrange(3, 13)))
    return Order(
        key=invoice.key,
        customer=invoice.customer,
        channel=rng.choice(_CHANNELS[segment]),
        received_at=_received_at(received_on, invoice.key),
        requested_on=banking_day_from(received_on + timedelta(days=rng.randrange(2, 9))),
        amount=ORDERED_AMOUNTS.get(invoice.key, invoice.amount),
        po_number=_po_number(invoice.key),
        status="invoiced",
        is_priority=segment == "key" and rng.randrange(3) == 0,
    )


def _of_told(told: ToldOrder, timeline: Timeline) -> Order:
    received_on = timeline.working_day_ago(told.received_ago)
    return Order(
        key=told.key,
        customer=by_slug()[told.customer],
        channel=told.channel,
        received_at=_received_at(received_on, told.key),
        requested_on=banking_day_from(received_on + timedelta(days=10)),
        amount=told.amount,
        po_number=_po_number(told.copies or told.key),
        status=told.status,
        is_priority=told.key in ("hanse-next", "fenwold-next"),
    )


def _drafts(on: date) -> Iterator[Order]:
    for invoice in invoices(on):
        if not invoice.is_credit_note:
            yield _of_invoice(invoice)
    for told in TOLD:
        yield _of_told(told, Timeline(on))


@cache
def all_orders(on: date) -> tuple[Order, ...]:
    """Every order behind the sample, numbered as they came in; most are older than the orders file."""
    drafts = sorted(_drafts(on), key=lambda order: (order.received_at, order.key))
    return tuple(replace(draft, number=str(number)) for number, draft in enumerate(drafts, FIRST_NUMBER))


@cache
def by_key(on: date) -> dict[str, Order]:
    """Every order under its key: its invoice's, or its own in `TOLD`."""
    return {order.key: order for order in all_orders(on)}


def orders(on: date) -> tuple[Order, ...]:
    """The orders of the file: not yet invoiced, invoiced in the last weeks, or disputed."""
    since = Timeline(on).ago(RECENT_DAYS)
    recent = {invoice.key for invoice in invoices(on) if invoice.issued_on >= since} | DISPUTED
    return tuple(order for order in all_orders(on) if order.status != "invoiced" or order.key in recent)
