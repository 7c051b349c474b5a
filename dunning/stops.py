"""Why is this invoice not reminded? Asked from every place that shows an invoice, answered from the pause ledger."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import Select, or_, select

from disputes.tables import Dispute
from dunning import store
from dunning.plan_tables import PaymentPlan
from dunning.tables import Pause
from receivables.store import external_ids
from receivables.tables import Customer, Invoice, OpenItem
from runtime.work import Work


@dataclass(frozen=True, slots=True)
class Stop:
    """What stops reminders: the kind of cause, its words, where it is decided, and through which day it runs.

    `amount` is the part it stops, in minor units; None all of it.
    """

    state: str
    reason: str
    href: str
    through: date | None
    amount: int | None


@dataclass(frozen=True, slots=True)
class Stops:
    """What stops the reminders of some customers today, by item and by customer as a whole."""

    of_items: dict[UUID, list[Stop]]
    of_customers: dict[UUID, list[Stop]]

    def about(self, item: OpenItem) -> list[Stop]:
        """What stops one item, itself or with all of its customer."""
        return self.of_items.get(item.id, []) + self.of_customers.get(item.customer_id, [])


def stops_of(work: Work, customer_ids: Collection[UUID]) -> Stops:
    """Everything that stops reminders of these customers today, each with the record behind it."""
    running = [each for each in store.pauses(work.session, customer_ids) if store.running_on(each, work.today)]
    names = external_ids(work.session, {each.customer_id for each in running})
    cases, plans = _numbers(work, running, "dispute", Dispute), _numbers(work, running, "plan", PaymentPlan)
    found = Stops({}, {})
    for pause in running:
        stop = _stop(pause, names[pause.customer_id], cases, plans)
        if pause.open_item_id is None:
            found.of_customers.setdefault(pause.customer_id, []).append(stop)
        else:
            found.of_items.setdefault(pause.open_item_id, []).append(stop)
    return found


def _numbers(
    work: Work, pauses: Sequence[Pause], source: str, table: type[Dispute] | type[PaymentPlan]
) -> dict[UUID, int]:
    """What people call the cases, or plans, behind these pauses."""
    ids = {each.source_id for each in pauses if each.source == source}
    query = select(table.id, table.number).where(table.id.in_(ids))
    return {row_id: number for row_id, number in work.session.execute(query)}


def _stop(pause: Pause, external_id: str, cases: dict[UUID, int], plans: dict[UUID, int]) -> Stop:
    match pause.source:
        case "dispute":
            state, href = "disputed", f"/disputes/{cases[pause.source_id]}"
        case "plan":
            state, href = "promised", f"/payment-plans/{plans[pause.source_id]}"
        case "promise":
            state, href = "promised", f"/promises?q={quote(external_id)}"
        case "hold":
            state, href = "paused", f"/holds?q={quote(external_id)}"
        case "final_step":
            state, href = "paused", f"/final-steps?q={quote(external_id)}"
        case _:
            state, href = "paused", "/bank-entries"
    return Stop(state, pause.reason, href, pause.expires_on, pause.amount)


# ── the ledger itself ───────────────────────────────────────────────────────────────────────────


def ledger(invoice_number: str, customer: str, running_on: date | None) -> Select[*tuple[Any, ...]]:
    """(Pause, customer's external id, invoice number or None, currency or None, case number or None).

    An invoice's own intervals and those of its whole customer; only those that run on a day when `running_on` is said.
    """
    query = (
        select(Pause, Customer.external_id, Invoice.number, OpenItem.currency, Dispute.number.label("case"))
        .join(Customer, Customer.id == Pause.customer_id)
        .outerjoin(OpenItem, OpenItem.id == Pause.open_item_id)
        .outerjoin(Invoice, Invoice.id == OpenItem.invoice_id)
        .outerjoin(Dispute, Dispute.id == Pause.source_id)
    )
    if invoice_number:
        owner = select(Invoice.customer_id).where(Invoice.number == invoice_number)
        whole = Pause.open_item_id.is_(None) & Pause.customer_id.in_(owner)
        query = query.where(or_(Invoice.number == invoice_number, whole))
    if customer:
        query = query.where(Customer.external_id == customer)
    if running_on is not None:
        is_not_over = or_(Pause.expires_on.is_(None), Pause.expires_on >= running_on)
        query = query.where(Pause.ended_at.is_(None), is_not_over)
    return query
