"""The sample's eight disputes: five on invoices, three on orders, one of these before its invoice exists."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from sample import orders
from sample.customers import Customer
from sample.invoices import by_key
from sample.orders import LATE_ORDER
from sample.timeline import Timeline

Reason = Literal["price", "quantity", "damaged", "late_delivery", "missing_po", "duplicate_invoice", "order_error"]
Outcome = Literal["accepted", "partly_accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a case ends; `accepted_amount` in minor units, for `partly_accepted` only."""

    on: date
    outcome: Outcome
    accepted_amount: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A case as the desk enters it. `amount` None contests all of it; `resolution` None leaves it open."""

    key: str
    subject_kind: Literal["invoice", "order"]
    reference: str
    customer: Customer
    amount: int | None
    reason: Reason
    detected_on: date
    notified_on: date
    note: str
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """`days`: detected, notified, so many days ago. `ends`: days ago, outcome, accepted amount, note."""

    key: str
    reason: Reason
    days: tuple[int, int]
    note: str
    amount: int | None = None
    ends: tuple[int, Outcome, int | None, str] | None = None


_ON_INVOICES = (
    _Told("calor-price", "price", (52, 51), "Says the framework price of the second quarter applies."),
    _Told("altaprint-quantity", "quantity", (33, 31), "Two pallets fewer than on the delivery note.", 120_000),
    _Told(
        "kupfer-damaged", "damaged", (21, 20), "One of three tanks arrived dented; photographs sent.", 231_000,
        (4, "partly_accepted", 150_000, "Repair on site agreed; a credit note over 1500.00 follows."),
    ),
    _Told("spree-twice", "duplicate_invoice", (29, 28), "Believes the same delivery was invoiced in the month before."),
    _Told(
        "segre-po", "missing_po", (36, 34), "Refuses invoices without its purchase order number.", None,
        (9, "rejected", None, "The number stands on the delivery note they signed; sent again."),
    ),
)  # fmt: skip
_ON_ORDERS = (
    _Told("vega-order", "price", (7, 7), "The order says 7900.00, the invoice 8700.00."),
    _Told("arga-late", "late_delivery", (13, 12), "Delivered eight days after the date confirmed; claims a rebate."),
    _Told(LATE_ORDER, "order_error", (3, 2), "Delivered in the wrong finish; exchange under way."),
)


def _resolution(told: _Told, timeline: Timeline) -> Resolution | None:
    if told.ends is None:
        return None
    days, outcome, amount, note = told.ends
    return Resolution(timeline.working_day_ago(days), outcome, amount, note)


def _dispute(told: _Told, kind: Literal["invoice", "order"], on: date) -> Dispute:
    timeline = Timeline(on)
    subject = by_key(on)[told.key] if kind == "invoice" else orders.by_key(on)[told.key]
    detected, notified = told.days
    return Dispute(
        key=told.key,
        subject_kind=kind,
        reference=subject.number,
        customer=subject.customer,
        amount=told.amount,
        reason=told.reason,
        detected_on=timeline.working_day_ago(detected),
        notified_on=timeline.working_day_ago(notified),
        note=told.note,
        resolution=_resolution(told, timeline),
    )


@cache
def disputes(on: date) -> tuple[Dispute, ...]:
    """All eight, by the day they were notified."""
    cases = [_dispute(told, "invoice", on) for told in _ON_INVOICES]
    cases += [_dispute(told, "order", on) for told in _ON_ORDERS]
    return tuple(sorted(cases, key=lambda case: (case.notified_on, case.reference)))
