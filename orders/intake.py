"""A row about an order → `OrderIn`, or what is wrong with it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from core.problems import Problem
from orders.priority import PRIORITIES
from receivables.intake.fields import Fields
from receivables.intake.rows import Row

COLUMNS = (
    "order_number",
    "customer_id",
    "channel",
    "received_at",
    "requested_on",
    "currency",
    "amount",
    "po_number",
    "priority",
    "status",
    "prepaid_amount",
    "delivery_address",
)
CHANNELS = ("fax", "email", "portal", "paper", "edi", "crm", "ecommerce", "manual", "api")
STATUSES = ("received", "confirmed", "delivered", "invoiced", "cancelled", "closed")


@dataclass(frozen=True, slots=True)
class OrderIn:
    """An order as handed in; amounts in minor units. `prepaid` is paid in advance. None: nothing was said of it."""

    where: str
    number: str
    customer: str
    channel: str
    received_at: datetime
    requested_on: date | None
    currency: str
    amount: int
    po_number: str
    priority: str
    status: str
    prepaid: int | None = None
    delivery_address: str | None = None


def read_order(row: Row) -> tuple[OrderIn | None, list[Problem]]:
    """The order, or None and the reasons."""
    fields = Fields(row)
    number, customer = fields.required("order_number", longest=80), fields.required("customer_id", longest=80)
    channel = fields.choice("channel", CHANNELS, "manual")
    status = fields.choice("status", STATUSES, "received")
    received_at = _instant(fields)
    currency = fields.currency()
    amount = fields.amount("amount", currency)
    for name, value in (("currency", currency), ("amount", amount)):
        if not value and value != 0 and not any(problem.field == name for problem in fields.problems):
            fields.refuse(name, f"{name} is missing.")
    if amount is not None and amount < 0:
        fields.refuse("amount", "An order's amount is not negative.")
    prepaid = fields.amount("prepaid_amount", currency) if fields.has("prepaid_amount") else None
    if prepaid is not None and not 0 <= prepaid <= (amount or 0):
        fields.refuse("prepaid_amount", "What is prepaid lies between nothing and the order's amount.")
    requested_on, po_number = fields.day("requested_on"), fields.text("po_number", longest=80)
    priority = fields.choice("priority", PRIORITIES, "normal")
    if fields.is_refused or received_at is None or amount is None:
        return None, fields.problems
    order = OrderIn(
        row.where, number, customer, channel, received_at, requested_on, currency, amount, po_number, priority, status,
        prepaid, fields.text("delivery_address", longest=300) or None,
    )  # fmt: skip
    return order, fields.problems


def _instant(fields: Fields) -> datetime | None:
    """RFC 3339; a date alone is its first moment in UTC."""
    text = fields.required("received_at")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        fields.refuse("received_at", f"received_at is “{text[:40]}”, which is no instant such as 2026-11-20T09:30:00Z.")
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
