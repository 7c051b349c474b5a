"""Every query on payment plans."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound
from dunning.interest import Rest
from dunning.plan_tables import PaymentPlan, PlanInstalment, PlanItem
from dunning.plans import Instalment
from payments.store import standing_allocations
from receivables import store as receivables
from receivables.store import chunks
from receivables.tables import Company, Customer, Invoice, OpenItem
from runtime.schema import AnyRow

RUNNING = ("active", "defaulted")
"""States in which a plan may still protect something."""


class NoSuchPlan(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such payment plan.")


def plan(session: Session, plan_id: UUID) -> PaymentPlan:
    found = session.get(PaymentPlan, plan_id)
    if found is None:
        raise NoSuchPlan
    return found


def plan_by_number(session: Session, number: int) -> PaymentPlan:
    found = session.scalars(select(PaymentPlan).where(PaymentPlan.number == number)).first()
    if found is None:
        raise NoSuchPlan
    return found


def plans(state: str = "", text: str = "", customer: str = "") -> Select[*tuple[Any, ...]]:
    """(PaymentPlan, Customer, company code), of one state or of all; `text` is part of a customer's name or number."""
    query = (
        select(PaymentPlan, Customer, Company.code)
        .join(Customer, Customer.id == PaymentPlan.customer_id)
        .join(Company, Company.id == PaymentPlan.company_id)
    )
    if state:
        query = query.where(PaymentPlan.state == state)
    if customer:
        query = query.where(Customer.external_id == customer)
    if text.strip():
        said = (Customer.name, Customer.external_id)
        query = query.where(or_(*(column.icontains(text.strip(), autoescape=True) for column in said)))
    return query


def plan_counts(session: Session) -> dict[str, int]:
    """State → how many plans."""
    query = select(PaymentPlan.state, func.count()).group_by(PaymentPlan.state)
    return {state: count for state, count in session.execute(query)}


def of_customer(session: Session, customer_id: UUID) -> Sequence[PaymentPlan]:
    """A customer's plans, the newest first."""
    query = select(PaymentPlan).where(PaymentPlan.customer_id == customer_id)
    return session.scalars(query.order_by(PaymentPlan.number.desc())).all()


def instalments(session: Session, plan_id: UUID) -> tuple[Instalment, ...]:
    query = select(PlanInstalment).where(PlanInstalment.plan_id == plan_id).order_by(PlanInstalment.position)
    return tuple(Instalment(row.due_on, row.amount) for row in session.scalars(query))


def items(session: Session, plan_id: UUID) -> Sequence[AnyRow]:
    """(PlanItem, OpenItem, Invoice) of a plan, oldest due first, as the database has them now."""
    return session.execute(
        select(PlanItem, OpenItem, Invoice)
        .join(OpenItem, OpenItem.id == PlanItem.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(PlanItem.plan_id == plan_id)
        .order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)
        .execution_options(populate_existing=True)
    ).all()


def items_named(session: Session, named: Sequence[tuple[str, int | None]]) -> list[OpenItem]:
    """The open items of invoices, all of each or one instalment, each once and oldest due first.

    `Invalid` says where nothing is open; `NoSuchInvoice` where there is none.
    """
    found: dict[UUID, OpenItem] = {}
    for place, (number, instalment) in enumerate(named):
        invoice = receivables.invoice_by_number(session, number)
        of_invoice = [
            item for item in receivables.items_of_invoice(session, invoice.id)
            if item.open and instalment in (None, item.instalment)
        ]  # fmt: skip
        if not of_invoice:
            raise Invalid.because(f"/items/{place}", f"Nothing is open on {number}.", field="items")
        found.update({item.id: item for item in of_invoice})
    return sorted(found.values(), key=lambda item: (item.due_on, item.id))


def paid(session: Session, plan_id: UUID, on: date) -> int:
    """What lowered the items of a plan since it was made, by value date through a day."""
    total = 0
    for each, item, _ in items(session, plan_id):
        later = [row for row in standing_allocations(session, open_item_id=item.id) if row.on > on]
        total += max(0, each.amount - item.open - sum(row.amount for row in later))
    return total


def to_judge(session: Session) -> Sequence[PaymentPlan]:
    """Plans that still protect items, oldest first."""
    running = select(PlanItem.plan_id).where(PlanItem.is_running)
    query = select(PaymentPlan).where(PaymentPlan.state.in_(RUNNING), PaymentPlan.id.in_(running))
    return session.scalars(query.order_by(PaymentPlan.number)).all()


def running_over(session: Session, open_item_ids: Collection[UUID]) -> Sequence[PaymentPlan]:
    """Plans that protect one of these items."""
    found: dict[UUID, PaymentPlan] = {}
    for part in chunks(open_item_ids):
        query = select(PaymentPlan).join(PlanItem, PlanItem.plan_id == PaymentPlan.id)
        for each in session.scalars(query.where(PlanItem.open_item_id.in_(part), PlanItem.is_running)):
            found[each.id] = each
    return list(found.values())


def kept_over(session: Session, open_item_ids: Collection[UUID]) -> Sequence[PaymentPlan]:
    """Plans that were kept and had one of these items."""
    found: dict[UUID, PaymentPlan] = {}
    for part in chunks(open_item_ids):
        query = select(PaymentPlan).join(PlanItem, PlanItem.plan_id == PaymentPlan.id)
        for each in session.scalars(query.where(PlanItem.open_item_id.in_(part), PaymentPlan.state == "kept")):
            found[each.id] = each
    return list(found.values())


def about_invoice(session: Session, invoice_id: UUID) -> Sequence[PaymentPlan]:
    """Plans with an item of an invoice, the newest first."""
    query = (
        select(PaymentPlan)
        .join(PlanItem, PlanItem.plan_id == PaymentPlan.id)
        .join(OpenItem, OpenItem.id == PlanItem.open_item_id)
        .where(OpenItem.invoice_id == invoice_id)
        .distinct()
        .order_by(PaymentPlan.number.desc())
    )
    return session.scalars(query).all()


def rests(session: Session, open_item_id: UUID) -> tuple[Rest, ...]:
    """The days on which an item bears no interest because of a plan that suspends it: from the day after it was agreed
    through its end, or through the date of the instalment that was missed first."""
    query = (
        select(PaymentPlan)
        .join(PlanItem, PlanItem.plan_id == PaymentPlan.id)
        .where(PlanItem.open_item_id == open_item_id)
        .where(PaymentPlan.interest == "suspended", PaymentPlan.began_on.is_not(None))
        .order_by(PaymentPlan.number)
    )
    return tuple(
        Rest(each.began_on, each.missed_on or each.ended_on)
        for each in session.scalars(query)
        if each.began_on is not None
    )
