"""Orders on the desk: what waits to be handed over, by slack; and one order with everything it leads to."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from credit import checks, holds
from disputes.reasons import in_use
from dunning import waiting
from dunning.stops import Stop, Stops, stops_of
from orders import captures, confirmations, inbox, mails, store
from orders.intake import CHANNELS
from orders.tables import Order
from payments import store as payments
from receivables import store as receivables
from receivables.tables import Company, Invoice, OpenItem
from runtime.lists import rows_of
from runtime.pages import changed_url
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50
STAGES = {
    "waiting": "To hand over",
    "late": "Late",
    store.AWAITING: "To validate",
    "confirmed": "Confirmed",
    "done": "Done",
    "all": "All",
}
STATES = {
    "received": ("quiet", "received"),
    store.AWAITING: ("disputed", "ask the customer"),
    "confirmed": ("promised", "confirmed"),
    "delivered": ("promised", "delivered"),
    "invoiced": ("paid", "invoiced"),
    "cancelled": ("quiet", "cancelled"),
    "closed": ("quiet", "closed"),
}
"""State of an order → the colour and the words it is shown with."""


@router.get("/orders")
def orders(call: Caller, stage: str = "waiting", channel: str = "", q: str = "", after: str | None = None) -> Response:
    """Orders of a stage; those that wait are sorted by slack, the others the latest first."""
    shown = stage if stage in STAGES else "waiting"
    return call.page(Right.VIEW, "orders/list.html", lambda work: _orders(work, shown, channel, q, after))


def _orders(work: Work, stage: str, channel: str, q: str, after: str | None) -> dict[str, Any]:
    is_queue = stage in ("waiting", "late", store.AWAITING)
    order = (Order.deadline_at, Order.id) if is_queue else (Order.received_at.desc(), Order.id.desc())
    rows, cursor = rows_of(work.session, store.listed(stage, channel, q, work.now), order, ROWS_A_PAGE, after)
    counts = store.counts_by_stage(work.session, tuple(STAGES), work.now)
    return {
        "rows": [(row.Order, row.Customer, row.duplicate_of, store.state_of(row.Order)) for row in rows],
        "stage": stage,
        "channel": channel,
        "channel_options": [("", "All"), *((each, each) for each in CHANNELS)],
        "q": q,
        "tabs": [
            {
                "label": label, "href": changed_url("/orders", {"stage": key}), "count": counts[key],
                "active": key == stage,
            }
            for key, label in STAGES.items()
        ],
        "backlog": store.backlog(work.session, work.now) if stage == "waiting" else (),
        "states": STATES,
        "held": holds.held_orders(work.session, [row.Order.number for row in rows]),
        "captures": captures.waiting_count(work.session) + inbox.waiting_count(work.session),
        "cursor": cursor,
        "after": after,
        "now": work.now,
    }  # fmt: skip


@router.get("/orders/{number:path}")
def order(call: Caller, number: str) -> Response:
    """One order: what it waits for, what happened to it, its invoices, payments, disputes and letters."""
    return call.page(Right.VIEW, "orders/order.html", lambda work: _order(work, number))


def _order(work: Work, number: str) -> dict[str, Any]:
    row = store.order_named(work.session, number)
    found: Order = row.Order
    invoices = store.invoices_of(work.session, found)
    items = {invoice.id: receivables.items_of_invoice(work.session, invoice.id) for invoice in invoices}
    stops = stops_of(work, {invoice.customer_id for invoice in invoices})
    return {
        "order": found,
        "customer": row.Customer,
        "duplicate_of": row.duplicate_of,
        "duplicates": store.duplicates_of(work.session, found.id),
        "state": STATES[store.state_of(found)],
        "events": store.events_of(work.session, found.id),
        "company": work.session.get_one(Company, found.company_id),
        "invoices": [_with_stops(invoice, items[invoice.id], stops) for invoice in invoices],
        "paid": [
            (invoice, each)
            for invoice in invoices
            for item in items[invoice.id]
            for each in payments.standing_allocations(work.session, open_item_id=item.id)
        ],
        "disputes": store.disputes_about(work.session, found, [invoice.id for invoice in invoices]),
        "letters": [notice for invoice in invoices for notice in waiting.letters_about(work.session, invoice.id)],
        "checks": checks.checks_of(work.session, found.customer_id, found.number),
        "sentences": checks.SENTENCES,
        "mails": mails.mails_of(work.session, found.id),
        "asked": confirmations.latest(work, found.id),
        "may_ask": work.actor.may(Right.PUSH) and store.state_of(found) == store.AWAITING,
        "reasons": list(in_use(work.session).items()),
        "may_dispute": work.actor.may(Right.DISPUTE),
        "now": work.now,
    }


def _with_stops(invoice: Invoice, items: Sequence[OpenItem], stops: Stops) -> tuple[Invoice, int, list[Stop]]:
    """An invoice, what is open of it, and why it is not reminded."""
    causes = [stop for item in items if item.open for stop in stops.about(item)]
    return invoice, sum(item.open for item in items), list(dict.fromkeys(causes))
