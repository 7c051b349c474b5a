"""Why customers do not pay: the disputes of a period by reason, customer, product, channel and who entered the order.

One currency at a time. A case counts with the amount it names, else with all that was invoiced on what it is about; its
days run from detection to the decision, or to today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from disputes import reasons
from disputes.store import contested_items
from disputes.tables import Dispute
from orders.tables import Order, OrderEvent
from receivables.store import chunks
from receivables.tables import Customer, Invoice
from reports.kpi_store import Scope, disputes_received
from runtime.work import Work

By = Literal["reason", "customer", "product", "channel", "entered_by"]
DIMENSIONS: tuple[By, ...] = get_args(By)
UNKNOWN = "not known"

OrderKey = tuple[UUID, str]
"""Company and number of an order."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What the cases with one cause come to; `key` finds them, amounts in minor units, `days` for each case."""

    key: str
    label: str
    amounts: tuple[int, ...]
    accepted: int
    days: tuple[int, ...]
    open: int

    @property
    def cases(self) -> int:
        return len(self.amounts)

    @property
    def value(self) -> int:
        return sum(self.amounts)

    @property
    def mean_days(self) -> float:
        return sum(self.days) / len(self.days)


def root_causes(work: Work, scope: Scope, by: By) -> list[Cause]:
    """The causes of a period, the most expensive first."""
    query = disputes_received(scope).where(Dispute.currency == scope.currency)
    rows: Sequence[tuple[Dispute, Customer]] = [(row[0], row[1]) for row in work.session.execute(query)]
    values = _values(work.session, [dispute for dispute, _ in rows])
    named = _names(work.session, rows, by)
    groups: dict[tuple[str, str], list[Dispute]] = {}
    for dispute, _ in rows:
        groups.setdefault(named[dispute.id], []).append(dispute)
    found = [_cause(work, scope, name, cases, values) for name, cases in groups.items()]
    return sorted(found, key=lambda cause: (-cause.value, cause.label))


def _cause(work: Work, scope: Scope, name: tuple[str, str], cases: list[Dispute], values: dict[UUID, int]) -> Cause:
    zone = ZoneInfo(scope.zone)
    ends = [each.resolved_at.astimezone(zone).date() if each.resolved_at else work.today for each in cases]
    return Cause(
        *name,
        tuple(values[each.id] for each in cases),
        sum(each.accepted_amount or 0 for each in cases),
        tuple((end - each.detected_on).days for each, end in zip(cases, ends, strict=True)),
        sum(each.state != "resolved" for each in cases),
    )


def _values(session: Session, cases: Iterable[Dispute]) -> dict[UUID, int]:
    """Case → what it contests."""
    return {
        each.id: sum(item.gross for item in contested_items(session, each)) if each.amount is None else each.amount
        for each in cases
    }


def _names(session: Session, rows: Sequence[tuple[Dispute, Customer]], by: By) -> dict[UUID, tuple[str, str]]:
    """Case → (key, label) of its cause."""
    match by:
        case "reason":
            labels = reasons.labels(session)
            return {dispute.id: (dispute.reason, labels[dispute.reason]) for dispute, _ in rows}
        case "customer":
            return {dispute.id: (customer.external_id, customer.name) for dispute, customer in rows}
        case "product":
            return {dispute.id: (dispute.product, dispute.product or UNKNOWN) for dispute, _ in rows}
        case "channel":
            return _by_order(rows, _channels(session, rows), _invoice_channels(session, rows))
    return _by_order(rows, _entered_by(session, rows), {})


def _by_order(
    rows: Sequence[tuple[Dispute, Customer]], of_order: dict[OrderKey, str], of_invoice: dict[UUID, str]
) -> dict[UUID, tuple[str, str]]:
    found = {}
    for dispute, _ in rows:
        name = of_order.get((dispute.company_id, dispute.order_number), "")
        name = name or (of_invoice.get(dispute.invoice_id, "") if dispute.invoice_id else "")
        found[dispute.id] = (name, name or UNKNOWN)
    return found


def _numbers(rows: Sequence[tuple[Dispute, Customer]]) -> set[str]:
    return {dispute.order_number for dispute, _ in rows if dispute.order_number}


def _channels(session: Session, rows: Sequence[tuple[Dispute, Customer]]) -> dict[OrderKey, str]:
    """Order → the channel it came through."""
    query = select(Order.company_id, Order.number, Order.channel)
    return {
        (company, number): channel
        for part in chunks(_numbers(rows))
        for company, number, channel in session.execute(query.where(Order.number.in_(part)))
    }


def _invoice_channels(session: Session, rows: Sequence[tuple[Dispute, Customer]]) -> dict[UUID, str]:
    """Invoice → the channel it says its order came through."""
    ids = {dispute.invoice_id for dispute, _ in rows if dispute.invoice_id}
    query = select(Invoice.id, Invoice.channel).where(Invoice.channel != "")
    return {row[0]: row[1] for part in chunks(ids) for row in session.execute(query.where(Invoice.id.in_(part)))}


def _entered_by(session: Session, rows: Sequence[tuple[Dispute, Customer]]) -> dict[OrderKey, str]:
    """Order → who entered it: the author of the first thing told of it."""
    first = select(OrderEvent.order_id, func.min(OrderEvent.at).label("at")).group_by(OrderEvent.order_id).subquery()
    query = (
        select(Order.company_id, Order.number, func.min(OrderEvent.author))
        .join(OrderEvent, OrderEvent.order_id == Order.id)
        .join(first, (first.c.order_id == OrderEvent.order_id) & (first.c.at == OrderEvent.at))
        .group_by(Order.company_id, Order.number)
    )
    return {
        (company, number): author
        for part in chunks(_numbers(rows))
        for company, number, author in session.execute(query.where(Order.number.in_(part)))
    }
