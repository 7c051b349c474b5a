"""Use cases of orders: take what the capturing systems tell us, and tell credit what is still to be invoiced."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from core.errors import Invalid
from core.money import Money, decimal_text
from core.problems import Problem
from credit import checks
from credit import service as credit
from credit.events import OrderReleased
from disputes.events import DisputeOpened
from disputes.tables import Dispute
from orders import mails, mismatches, screening
from orders import rules as order_rules
from orders.intake import OrderIn
from orders.prepaid import prepaid_of, put_prepaid
from orders.priority import Facts, OrderRules, raised
from orders.tables import Order, OrderEvent
from receivables import store as receivables
from receivables.events import InvoicesArrived
from receivables.service import Intake, know_order
from receivables.tables import Company, Invoice
from runtime.ids import new_id
from runtime.work import Right, Work

COMMITTED = ("confirmed", "delivered")
"""States in which an order will become a debt."""
PROCESSED = ("confirmed", "delivered", "invoiced")
"""States in which an order has been handed over."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far another system's clock may run ahead of ours."""
CAUSES = ("data_entry", "customer", "price", "availability", "other")
"""Why an order is corrected; `data_entry` counts as an error of ours."""
_STEPS = {"received": 0, "confirmed": 1, "delivered": 2, "invoiced": 3, "cancelled": 4, "closed": 5}


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened to an order, as it is told."""

    kind: str
    at: datetime
    cause: str = ""
    line: str = ""
    author: str = ""
    note: str = ""
    channel: str = ""


def put_orders(work: Work, company: Company, orders: Sequence[OrderIn], *, document_id: UUID | None = None) -> Intake:
    """Creates or updates orders by their number; `document_id` is the archived original they were read from."""
    work.need(Right.PUSH)
    intake = Intake()
    grown: set[UUID] = set()
    customers = receivables.customers_by_external_id(work.session, {given.customer for given in orders})
    known = _orders_named(work, company.id, {given.number for given in orders})
    rules = order_rules.in_force(work.session)
    for told in orders:
        customer = customers.get(told.customer)
        given = _ranked(told, customer.segment, rules) if customer else told
        order = known.get(given.number)
        if customer is None:
            message = f"There is no customer “{given.customer}”."
            intake.reject(given.number, Problem(given.where, message, field="customer_id"))
        elif order is not None and (order.customer_id, order.currency) != (customer.id, given.currency):
            message = f"Order {given.number} is known with another customer or currency."
            intake.reject(given.number, Problem(given.where, message, field="order_number"))
        elif order is None:
            known[given.number] = order = Order(
                id=new_id(), company_id=company.id, customer_id=customer.id, number=given.number, version=1,
                document_id=document_id, unusual="",
            )  # fmt: skip
            _write(work, order, given, rules, is_new=True)
            work.session.add(order)
            put_prepaid(work, order, given.prepaid)
            grown.add(order.id)
            know_order(work, company.id, order.number, customer.id)
            intake.note(given.number, "created")
        else:
            before, stood = _committing(order) - prepaid_of(work.session, order.id), (order.status, order.amount)
            went_to = order.delivery_address
            is_changed = _write(work, order, given, rules) | put_prepaid(work, order, given.prepaid)
            if (order.amount, order.delivery_address) != (stood[1], went_to):
                screening.screen_again(work, order, rules)
            intake.note(given.number, "updated" if is_changed else "unchanged")
            if _committing(order) - prepaid_of(work.session, order.id) > before:
                grown.add(order.id)
            _tell_customer(work, order, stood)
    work.session.flush()
    for name, fate in intake.fates:
        if fate == "created":
            screening.screen(work, known[name], rules)
            mails.tell_customer(work, known[name], "ask" if known[name].unusual else known[name].status)
    changed = [known[name] for name, fate in intake.fates if fate in ("created", "updated")]
    _recount(work, company.id, changed, grown)
    work.record("orders.imported", "intake:orders", {"orders": len(orders)})
    return intake


def _tell_customer(work: Work, order: Order, stood: tuple[str, int]) -> None:
    """Tells the customer what a later push changed of an order."""
    if order.status != stood[0]:
        mails.tell_customer(work, order, order.status)
    elif order.amount != stood[1]:
        mails.tell_customer(work, order, "changed")


def _orders_named(work: Work, company_id: UUID, numbers: set[str]) -> dict[str, Order]:
    found: dict[str, Order] = {}
    for part in receivables.chunks(numbers):
        query = select(Order).where(Order.company_id == company_id, Order.number.in_(part))
        found.update({order.number: order for order in work.session.scalars(query)})
    return found


_FIELDS = (
    "channel", "received_at", "requested_on", "currency", "amount", "po_number", "delivery_address", "priority",
    "status",
)  # fmt: skip


def _ranked(given: OrderIn, segment: str, rules: OrderRules) -> OrderIn:
    """The order with the priority it has by the rules."""
    facts = Facts(segment, given.channel, given.currency, given.amount, given.received_at.date(), given.requested_on)
    return replace(given, priority=raised(given.priority, facts, rules.raises))


def _write(work: Work, order: Order, given: OrderIn, rules: OrderRules, *, is_new: bool = False) -> bool:
    """Writes what differs. A change of status of an order we know happened when we were told; where nothing is said of
    the address, it stays."""
    changes = {name: getattr(given, name) for name in _FIELDS if getattr(order, name) != getattr(given, name)}
    if given.delivery_address is None:
        changes.pop("delivery_address", None)
    if changes and not is_new:
        order.version += 1
        _note_change(work, order, changes)
    for name, value in changes.items():
        setattr(order, name, value)
    if changes:
        order.updated_at = work.now
        order.deadline_at = order.received_at + rules.hands_over_within(order.priority)
    if "status" in changes and not is_new:
        order.cancelled_at = None  # whoever gives a cancelled order another status opens it again
        _note_status(order, order.status, work.now)
    return bool(changes)


def _note_change(work: Work, order: Order, changes: Mapping[str, object]) -> None:
    """Keeps what the order said before, for its history."""
    before = "; ".join(f"{name} {_said(order, name, getattr(order, name))}" for name in changes)
    after = "; ".join(f"{name} {_said(order, name, value)}" for name, value in changes.items())
    work.session.add(
        OrderEvent(
            id=new_id(), order_id=order.id, kind="changed", at=work.now, line=f"version {order.version}",
            author=str(work.actor), note=f"Was: {before}. Is: {after}.", told_at=work.now,
        )
    )  # fmt: skip


def _said(order: Order, name: str, value: object) -> str:
    return decimal_text(int(str(value)), order.currency) if name == "amount" else str(value) or "nothing"


def _committing(order: Order) -> int:
    """What the order adds to the customer's debt in its present state, before anything is invoiced."""
    return order.amount if order.status in COMMITTED else 0


def _note_status(order: Order, status: str, at: datetime) -> None:
    """Writes when an order was handed over or cancelled; the first time told counts."""
    if status in PROCESSED:
        order.processed_at = min(order.processed_at or at, at)
    if status == "cancelled":
        order.cancelled_at = order.cancelled_at or at


# ── what happened to an order ───────────────────────────────────────────────────────────────────


def tell(work: Work, order: Order, told: Told) -> OrderEvent:
    """Takes in something that happened to an order; the same told again changes nothing.

    `confirmed`, `delivered`, `invoiced` and `cancelled` move its status, never backwards.
    """
    work.need(Right.PUSH)
    _check_told(work, order, told)
    before = work.session.scalars(
        select(OrderEvent).where(
            OrderEvent.order_id == order.id, OrderEvent.kind == told.kind, OrderEvent.at == told.at,
            OrderEvent.line == told.line,
        )
    ).first()  # fmt: skip
    if before is not None:
        return before
    event = OrderEvent(
        id=new_id(), order_id=order.id, kind=told.kind, at=told.at, cause=told.cause, line=told.line,
        author=told.author or str(work.actor), note=told.note, told_at=work.now, channel=told.channel,
    )  # fmt: skip
    work.session.add(event)
    _note_status(order, told.kind, told.at)
    if told.kind == "validated":
        order.validated_at = order.validated_at or told.at
    if told.kind in _STEPS and _STEPS[told.kind] > _STEPS.get(order.status, 0):
        so_far = _committing(order)
        order.status, order.updated_at = told.kind, work.now
        work.session.flush()
        mails.tell_customer(work, order, told.kind)
        _recount(work, order.company_id, [order], {order.id} if _committing(order) > so_far else ())
    work.record(f"order.{told.kind}", f"order:{order.number}", {"at": str(told.at)}, reason=told.note or None)
    return event


def _check_told(work: Work, order: Order, told: Told) -> None:
    if told.at < order.received_at:
        raise Invalid.because("/at", f"The order was received later, at {order.received_at}.", field="at")
    if told.at > work.now + CLOCKS_DIFFER:
        raise Invalid.because("/at", "That lies in the future.", field="at")
    if told.kind == "corrected" and told.cause not in CAUSES:
        raise Invalid.because("/cause", f"A correction has a cause: {', '.join(CAUSES)}.", field="cause")
    if told.kind != "corrected" and told.cause:
        raise Invalid.because("/cause", "Only a correction has a cause.", field="cause")


def note_dispute(work: Work, event: DisputeOpened) -> None:
    """A case about an order, or about an invoice of it, stands in the order's history."""
    case = work.session.get_one(Dispute, event.dispute_id)
    for order in _orders_named(work, case.company_id, {case.order_number} - {""}).values():
        _note(work, order, "disputed", f"case {case.number}", case.reason.replace("_", " "))


def note_release(work: Work, event: OrderReleased) -> None:
    """A person released an order that credit had held."""
    query = select(Order).where(Order.customer_id == event.customer_id, Order.number == event.order_number)
    for order in work.session.scalars(query):
        _note(work, order, "released", "", event.reason)
        if order.status == "confirmed":
            mails.tell_customer(work, order, "confirmed")


def _note(work: Work, order: Order, kind: str, line: str, note: str) -> None:
    same = select(OrderEvent.id).where(
        OrderEvent.order_id == order.id, OrderEvent.kind == kind, OrderEvent.at == work.now, OrderEvent.line == line
    )
    if work.session.scalar(same) is None:
        work.session.add(
            OrderEvent(
                id=new_id(), order_id=order.id, kind=kind, at=work.now, line=line, author=str(work.actor), note=note,
                told_at=work.now,
            )
        )  # fmt: skip


def note_invoices(work: Work, event: InvoicesArrived) -> None:
    """An invoice lowers what its order still commits."""
    named = _orders_named(work, event.company_id, {number for _, number in event.orders})
    _recount(work, event.company_id, list(named.values()))


def _recount(work: Work, company_id: UUID, orders: Sequence[Order], grown: Collection[UUID] = ()) -> None:
    """Writes how much of each order is invoiced, and what it therefore still commits.

    An order that was `grown` since credit was last asked about it (new, larger, opened again) is checked again. One
    that is delivered already is not: its invoice is owed whatever a check says.
    """
    for order in orders:
        order.invoiced = _invoiced(work, company_id, order)
        left = Money(max(0, order.amount - order.invoiced) if order.status in COMMITTED else 0, order.currency)
        prepaid = min(left.minor, prepaid_of(work.session, order.id))
        if order.id in grown and order.status == "confirmed":
            checks.check_if_limited(work, order.customer_id, order.number, left, prepaid)
        has_arrived, at_risk = order.status != "received", Money(left.minor - prepaid, left.currency)
        credit.commit_order(work, order.customer_id, order.number, at_risk, has_arrived=has_arrived)
    mismatches.compare(work, orders)


def _invoiced(work: Work, company_id: UUID, order: Order) -> int:
    query = select(func.coalesce(func.sum(Invoice.amount), 0)).where(
        Invoice.company_id == company_id,
        func.coalesce(Invoice.buyer_id, Invoice.customer_id) == order.customer_id,
        Invoice.order_number == order.number,
        Invoice.currency == order.currency,
        Invoice.type == "invoice",
        Invoice.cancelled_at.is_(None),
    )
    return int(work.session.scalar(query) or 0)
