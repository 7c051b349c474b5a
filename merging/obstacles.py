"""What keeps two customers from being merged or taken apart, each reason a sentence that says what to do first."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Select, exists, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from credit.tables import CreditHold, LimitProposal, OrderCommitment, OrderReservation
from disputes.store import contested_items
from disputes.tables import Dispute
from dunning import plan_store
from dunning.final_tables import FinalStep, FinalStepItem
from dunning.plan_tables import PaymentPlan, PlanItem
from dunning.store import running_on
from dunning.tables import Notice, NoticeLine, Pause
from merging import store
from merging.moving import Moving
from merging.tables import CustomerMerge
from payments.tables import Allocation, Payment
from receivables.lookups import line_of
from receivables.tables import Customer, OpenItem
from runtime.work import Work

UNDER_WAY = ("planned", "approved", "queued", "sending", "deferred", "unknown")


def of_merging(work: Work, survivor: Customer, merged: Customer) -> list[str]:
    """Why `merged` cannot become a part of `survivor` now; empty when nothing stands against it."""
    session = work.session
    if survivor.id == merged.id:
        return ["A customer cannot be merged into itself."]
    return [
        *_records(session, survivor, merged),
        *_letters(session, merged),
        *_stops(work, merged),
        *_raises(session, merged),
        *_same_orders(session, survivor, merged),
    ]


def _records(session: Session, survivor: Customer, merged: Customer) -> Iterator[str]:
    for each in (survivor, merged):
        if each.merged_into_id is not None:
            other = session.get_one(Customer, each.merged_into_id)
            yield f"{each.external_id} was merged into {other.external_id} already."
    if merged.id in line_of(session, survivor.id) or survivor.id in line_of(session, merged.id):
        yield "One of them belongs to the group of the other: take the parent out of the record first."


def _letters(session: Session, merged: Customer) -> Iterator[str]:
    query = select(Notice.number).where(Notice.customer_id == merged.id, Notice.state.in_(UNDER_WAY))
    if numbers := session.scalars(query.order_by(Notice.number)).all():
        yield f"Letters to {merged.external_id} are under way ({_listed(numbers)}): send, settle or cancel them first."


def _stops(work: Work, merged: Customer) -> Iterator[str]:
    pauses = select(Pause).where(Pause.customer_id == merged.id, Pause.open_item_id.is_(None), Pause.ended_at.is_(None))
    if any(running_on(each, work.today) for each in work.session.scalars(pauses)):
        yield f"All reminders of {merged.external_id} are held: lift the hold first, or set it on both."
    holds = select(CreditHold.id).where(
        CreditHold.customer_id == merged.id, CreditHold.order_number == "", CreditHold.ended_at.is_(None)
    )
    if work.session.scalars(holds.limit(1)).first():
        yield f"New orders of {merged.external_id} are stopped: release that first."


def _raises(session: Session, merged: Customer) -> Iterator[str]:
    query = select(LimitProposal.id).where(LimitProposal.customer_id == merged.id, LimitProposal.state == "open")
    if session.scalars(query.limit(1)).first():
        yield f"A raise of the limit of {merged.external_id} waits for an answer: decide or withdraw it first."


def _same_orders(session: Session, survivor: Customer, merged: Customer) -> Iterator[str]:
    """One customer has one commitment, one reservation and one stop of a cause for an order's number."""
    both = _orders_under_way(session, survivor.id) & _orders_under_way(session, merged.id)
    if both:
        numbers = _listed(sorted({number for _, number in both}))
        yield f"Both have an order {numbers} under way: finish or cancel one of the two first."


def _orders_under_way(session: Session, customer_id: UUID) -> set[tuple[str, str]]:
    """(what, order number) of everything there is once a customer and order."""
    queries = {
        "commitment": select(OrderCommitment.order_number).where(OrderCommitment.customer_id == customer_id),
        "reservation": select(OrderReservation.order_number).where(
            OrderReservation.customer_id == customer_id, OrderReservation.ended_at.is_(None)
        ),
        "hold": select(CreditHold.order_number).where(
            CreditHold.customer_id == customer_id, CreditHold.ended_at.is_(None), CreditHold.order_number != ""
        ),
    }
    return {(what, number) for what, query in queries.items() for number in session.scalars(query)}


# ── taking apart ────────────────────────────────────────────────────────────────────────────────


def of_taking_apart(work: Work, made: CustomerMerge, survivor: Customer) -> list[str]:
    """Why a merge cannot be undone now; empty when nothing stands against it."""
    if made.undone_at is not None:
        return [f"Merge {made.number} was taken apart already."]
    session, moving = work.session, Moving(work.session, made)
    return [
        *_later_merge(session, survivor),
        *_cash_across(session, moving),
        *_letters_since(session, moving),
        *_plans_since(session, moving),
        *_final_steps_since(session, moving),
        *_cases_across(session, made, moving),
    ]


def _later_merge(session: Session, survivor: Customer) -> Iterator[str]:
    if later := store.standing_merge(session, survivor.id):
        other = session.get_one(Customer, later.survivor_id)
        yield (
            f"{survivor.external_id} itself was merged into {other.external_id} since: take merge {later.number} apart "
            "first."
        )


def _cash_across(session: Session, moving: Moving) -> Iterator[str]:
    """Money or a credit note of one that settles an invoice of the other."""
    items, payments = moving.rows(OpenItem.customer_id), moving.rows(Payment.customer_id)
    reversal = aliased(Allocation)
    is_item = Allocation.open_item_id.in_(items)
    across = or_(
        Allocation.payment_id.is_not(None) & (is_item != Allocation.payment_id.in_(payments)),
        Allocation.credit_item_id.is_not(None) & (is_item != Allocation.credit_item_id.in_(items)),
    )
    undone = exists(select(reversal.id).where(reversal.reverses_id == Allocation.id))
    query = select(func.count()).select_from(Allocation).where(across, Allocation.reverses_id.is_(None), not_(undone))
    if count := session.scalar(query):
        yield f"Cash or credit was applied across the two since, {count} times: undo that first, then place it again."


def _letters_since(session: Session, moving: Moving) -> Iterator[str]:
    query = (
        select(Notice.number)
        .join(NoticeLine, NoticeLine.notice_id == Notice.id)
        .where(NoticeLine.open_item_id.in_(moving.rows(OpenItem.customer_id)))
        .where(Notice.id.not_in(moving.rows(Notice.customer_id)), Notice.state != "cancelled")
    )
    if numbers := session.scalars(query.distinct().order_by(Notice.number)).all():
        yield f"Letters about what went over were made since ({_listed(numbers)}): to the customer it is one account."


def _plans_since(session: Session, moving: Moving) -> Iterator[str]:
    query = (
        select(PaymentPlan.number)
        .join(PlanItem, PlanItem.plan_id == PaymentPlan.id)
        .where(PlanItem.open_item_id.in_(moving.rows(OpenItem.customer_id)))
        .where(PaymentPlan.id.not_in(moving.rows(PaymentPlan.customer_id)))
        .where(PaymentPlan.state.in_(("proposed", *plan_store.RUNNING)))
    )
    if numbers := session.scalars(query.distinct().order_by(PaymentPlan.number)).all():
        yield f"A payment plan was agreed about it since ({_listed(numbers)}): cancel it first."


def _final_steps_since(session: Session, moving: Moving) -> Iterator[str]:
    query = (
        select(FinalStep.number)
        .join(FinalStepItem, FinalStepItem.final_step_id == FinalStep.id)
        .where(FinalStepItem.open_item_id.in_(moving.rows(OpenItem.customer_id)), FinalStepItem.is_released.is_(False))
        .where(FinalStep.id.not_in(moving.rows(FinalStep.customer_id)))
    )
    if numbers := session.scalars(query.distinct().order_by(FinalStep.number)).all():
        yield f"A final step was taken about it since ({_listed(numbers)}): drop it or take it back first."


def _cases_across(session: Session, made: CustomerMerge, moving: Moving) -> Iterator[str]:
    """Cases on an order or a delivery that were opened since and contest invoices that went over."""
    moved = set(session.scalars(moving.rows(OpenItem.customer_id)))
    for dispute in session.scalars(_cases_since(made.survivor_id, moving)):
        if moved.intersection(item.id for item in contested_items(session, dispute)):
            yield f"Case {dispute.number} was opened about it since: resolve it first."


def _cases_since(survivor: UUID, moving: Moving) -> Select[Dispute]:
    return select(Dispute).where(
        Dispute.customer_id == survivor,
        Dispute.invoice_id.is_(None),
        Dispute.closed_at.is_(None),
        Dispute.opened_at > moving.merged_at,
    )


def _listed(values: object) -> str:
    shown = [str(each) for each in values]  # type: ignore[attr-defined]
    return ", ".join(shown[:5]) + (" …" if len(shown) > 5 else "")
