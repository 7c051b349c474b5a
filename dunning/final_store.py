"""Every query on final steps. Functions take a `Session`."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from dunning.errors import NoSuchFinalStep
from dunning.final_tables import FinalStep, FinalStepItem
from dunning.tables import Decision, Reminder
from receivables.store import chunks
from receivables.tables import Company, Customer, Invoice, OpenItem
from runtime.schema import AnyRow


def step(session: Session, step_id: UUID) -> FinalStep:
    found = session.get(FinalStep, step_id)
    if found is None:
        raise NoSuchFinalStep
    return found


def customer_of(session: Session, step: FinalStep) -> Customer:
    return session.get_one(Customer, step.customer_id)


def listed(state: str = "", kind: str = "", customer: str = "") -> Select[*tuple[Any, ...]]:
    """(FinalStep, Customer, company's code), of a state, a kind, a customer's id or part of a name."""
    query = (
        select(FinalStep, Customer, Company.code)
        .join(Customer, Customer.id == FinalStep.customer_id)
        .join(Company, Company.id == FinalStep.company_id)
    )
    if state:
        query = query.where(FinalStep.state == state)
    if kind:
        query = query.where(FinalStep.kind == kind)
    if customer:
        query = query.where(or_(Customer.external_id == customer, Customer.name.ilike(f"%{customer}%")))
    return query


def counts(session: Session) -> dict[str, int]:
    """State → how many."""
    return {state: count for state, count in session.execute(
        select(FinalStep.state, func.count()).group_by(FinalStep.state))}  # fmt: skip


def to_decide(session: Session) -> int:
    """How many wait for a person."""
    query = select(func.count()).select_from(FinalStep).where(FinalStep.state.in_(("proposed", "asked")))
    return session.scalar(query) or 0


def items(session: Session, step_id: UUID) -> Sequence[AnyRow]:
    """(FinalStepItem, OpenItem, Invoice) of a step, the oldest due first."""
    query = (
        select(FinalStepItem, OpenItem, Invoice)
        .join(OpenItem, OpenItem.id == FinalStepItem.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(FinalStepItem.final_step_id == step_id)
        .order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)
    )
    return session.execute(query.execution_options(populate_existing=True)).all()


def invoices_of(session: Session, step_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Step → the numbers of its invoices."""
    found: dict[UUID, list[str]] = {}
    for part in chunks(step_ids):
        query = (
            select(FinalStepItem.final_step_id, Invoice.number)
            .join(OpenItem, OpenItem.id == FinalStepItem.open_item_id)
            .join(Invoice, Invoice.id == OpenItem.invoice_id)
            .where(FinalStepItem.final_step_id.in_(part))
            .order_by(OpenItem.due_on, Invoice.number)
        )
        for step_id, number in session.execute(query):
            found.setdefault(step_id, []).append(number)
    return found


def open_now(session: Session, step_ids: Collection[UUID]) -> dict[UUID, int]:
    """Step → what is open of its items today."""
    found: dict[UUID, int] = {}
    for part in chunks(step_ids):
        query = (
            select(FinalStepItem.final_step_id, func.sum(OpenItem.open))
            .join(OpenItem, OpenItem.id == FinalStepItem.open_item_id)
            .where(FinalStepItem.final_step_id.in_(part))
            .group_by(FinalStepItem.final_step_id)
        )
        found.update({step_id: int(total) for step_id, total in session.execute(query)})
    return found


def taken(session: Session, open_item_ids: Collection[UUID]) -> set[UUID]:
    """Those of the items that are in a step that counts."""
    found: set[UUID] = set()
    for part in chunks(open_item_ids):
        query = select(FinalStepItem.open_item_id).where(
            FinalStepItem.open_item_id.in_(part), FinalStepItem.is_released.is_(False)
        )
        found.update(session.scalars(query))
    return found


def over(session: Session) -> set[UUID]:
    """Open items whose final step was dropped or taken back in their cycle: no run proposes another by itself."""
    query = (
        select(FinalStepItem.open_item_id)
        .join(OpenItem, OpenItem.id == FinalStepItem.open_item_id)
        .join(Reminder, Reminder.open_item_id == FinalStepItem.open_item_id)
        .where(FinalStepItem.is_released, FinalStepItem.cycle == Reminder.cycle, OpenItem.open > 0)
    )
    return set(session.scalars(query))


def due_in_run(session: Session, run_id: UUID, reason: str) -> Sequence[AnyRow]:
    """(OpenItem, policy version, cycle, what is paused) a run found due for the final step and that no step holds."""
    held = select(FinalStepItem.open_item_id).where(
        FinalStepItem.open_item_id == OpenItem.id, FinalStepItem.is_released.is_(False)
    )
    query = (
        select(OpenItem, Decision.policy_id, Reminder.cycle)
        .join(Decision, and_(Decision.open_item_id == OpenItem.id, Decision.run_id == run_id))
        .join(Reminder, Reminder.open_item_id == OpenItem.id)
        .where(Decision.reason == reason, ~held.exists())
        .order_by(OpenItem.customer_id, OpenItem.company_id, OpenItem.currency, OpenItem.due_on, OpenItem.id)
    )
    return session.execute(query).all()
