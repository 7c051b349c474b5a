"""A customer's history: everything that happened, from every package, as one list."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from core.money import decimal_text
from disputes.tables import Dispute
from dunning.final_tables import FinalStep
from dunning.plan_tables import PaymentPlan
from dunning.tables import Notice, Pause, Promise
from merging.tables import CustomerMerge
from payments.tables import Payment
from receivables import store as receivables
from receivables.tables import Customer, Invoice, Note, OpenItem
from runtime.lists import page_of
from runtime.schema import AnyRow
from runtime.work import Work

Event = Select[*tuple[Any, ...]]
Text = ColumnElement[str] | InstrumentedAttribute[str]

_NONE = literal("")


def timeline(work: Work, external_id: str, limit: int, cursor: str | None) -> dict[str, Any]:
    """What happened with a customer, newest first: notes and calls, cases opened and resolved, notices sent,
    payments, promises, plans, holds, final steps and merges. `NoSuchCustomer` when there is none of that id."""
    customer = receivables.customer_by_external_id(work.session, external_id)
    happened = union_all(*_events(customer.id)).subquery()
    order = (happened.c.at.desc(), happened.c.id.desc(), happened.c.kind.desc())
    return page_of(work.session, select(happened), order, limit, cursor, _shown)


def _events(customer_id: UUID) -> list[Event]:
    its_case = literal("case ") + cast(Dispute.number, String)
    subject = Dispute.subject_kind + " " + Dispute.subject
    return [
        _event(Note, Note.at, Note.kind, text=Note.body, actor=Note.author).where(Note.customer_id == customer_id),
        _event(Dispute, Dispute.opened_at, literal("dispute_opened"), its_case, text=subject, actor=Dispute.owner)
        .where(Dispute.customer_id == customer_id),
        _event(Dispute, Dispute.resolved_at, literal("dispute_resolved"), its_case,
               text=func.coalesce(Dispute.outcome, ""))
        .where(Dispute.customer_id == customer_id, Dispute.resolved_at.is_not(None)),
        _event(
            Notice, Notice.sent_at, literal("notice_sent"), literal("notice ") + cast(Notice.number, String),
            text=literal("level ") + cast(Notice.level, String), money=(Notice.total, Notice.currency),
        ).where(Notice.customer_id == customer_id, Notice.sent_at.is_not(None)),
        _event(Payment, Payment.created_at, literal("payment"), money=(Payment.amount, Payment.currency))
        .where(Payment.customer_id == customer_id),
        _promises(customer_id),
        *_merges(customer_id),
        _plans(customer_id),
        *_final_steps(customer_id),
        _event(Pause, Pause.from_at, literal("hold"), text=Pause.reason, actor=Pause.actor)
        .where(Pause.customer_id == customer_id, Pause.source == "hold"),
    ]  # fmt: skip


def _promises(customer_id: UUID) -> Event:
    return (
        _event(
            Promise,
            Promise.at,
            literal("promise"),
            Invoice.number,
            text=literal("by ") + cast(Promise.promised_on, String),
            money=(Promise.amount, Promise.currency),
            actor=Promise.actor,
        )
        .join(OpenItem, OpenItem.id == Promise.open_item_id)
        .join(Invoice, and_(Invoice.id == OpenItem.invoice_id))
        .where(Promise.customer_id == customer_id)
    )


def _plans(customer_id: UUID) -> Event:
    return _event(
        PaymentPlan,
        PaymentPlan.made_at,
        literal("plan"),
        literal("payment plan ") + cast(PaymentPlan.number, String),
        text=PaymentPlan.state,
        money=(PaymentPlan.total, PaymentPlan.currency),
        actor=PaymentPlan.actor,
    ).where(PaymentPlan.customer_id == customer_id)


def _final_steps(customer_id: UUID) -> list[Event]:
    """Handed over or written off, and taken back: each at its own moment."""
    what = case((FinalStep.kind == "write_off", "written_off"), else_="handed_over")
    done = _final_step(FinalStep.done_at, what).where(FinalStep.done_at.is_not(None))
    back = _final_step(FinalStep.ended_at, literal("taken_back")).where(FinalStep.state == "taken_back")
    return [each.where(FinalStep.customer_id == customer_id) for each in (done, back)]


def _final_step(at: InstrumentedAttribute[datetime | None], kind: Text) -> Event:
    return _event(
        FinalStep,
        at,
        kind,
        literal("final step ") + cast(FinalStep.number, String),
        text=FinalStep.recipient,
        money=(FinalStep.total, FinalStep.currency),
        actor=FinalStep.proposed_by,
    )


def _merges(customer_id: UUID) -> list[Event]:
    """For both customers alike, and so is the day they were taken apart."""
    other = aliased(Customer)
    case = literal("merge ") + cast(CustomerMerge.number, String)
    mine = or_(CustomerMerge.survivor_id == customer_id, CustomerMerge.merged_id == customer_id)
    pair = Customer.external_id + " into " + other.external_id
    told = (
        (CustomerMerge.at, "merged", CustomerMerge.reason, CustomerMerge.actor),
        (CustomerMerge.undone_at, "taken_apart", CustomerMerge.undo_reason, CustomerMerge.undone_by),
    )
    return [
        _event(CustomerMerge, at, literal(kind), case, text=pair + ": " + reason, actor=func.coalesce(actor, ""))
        .join(Customer, Customer.id == CustomerMerge.merged_id)
        .join(other, other.id == CustomerMerge.survivor_id)
        .where(mine, at.is_not(None))
        for at, kind, reason, actor in told
    ]


def _event(
    table: Any,
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    kind: Text,
    reference: Text = _NONE,
    *,
    text: Any = _NONE,
    money: tuple[Any, Any] = (cast(null(), Integer), _NONE),
    actor: Text = _NONE,
) -> Event:
    """One source of the list, in the columns all of them share."""
    return select(
        at.label("at"),
        table.id.label("id"),
        kind.label("kind"),
        reference.label("reference"),
        text.label("text"),
        money[0].label("amount"),
        money[1].label("currency"),
        actor.label("actor"),
    ).select_from(table)


def _shown(row: AnyRow) -> dict[str, Any]:
    return {
        "at": row.at,
        "kind": row.kind,
        "reference": row.reference,
        "text": row.text,
        "amount": None if row.amount is None else decimal_text(row.amount, row.currency),
        "currency": row.currency or None,
        "actor": row.actor,
    }
