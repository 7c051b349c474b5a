"""What the lists of promises, holds and notices show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from dunning.plan_tables import HoldReview
from dunning.tables import Notice, NoticeLine, Pause, Promise
from receivables.tables import Customer, Invoice, OpenItem
from runtime.tables import Document

PROMISE_STATES = ("open", "kept", "partly_kept", "broken", "withdrawn")
NOTICE_STATES = ("planned", "approved", "queued", "sending", "sent", "deferred", "refused", "unknown", "cancelled")
BY_HAND = ("phone", "registered_letter")
"""Channels of notices that are tasks of a person."""
IN_DOUBT = ("unknown", "refused")
"""States in which a notice waits for a person."""

WEEKS_AHEAD = 5


def promises(
    state: str | None, text: str = "", *, customer: str = "", first: date | None = None, last: date | None = None
) -> Select[*tuple[Any, ...]]:
    """(Promise, OpenItem, Invoice, Customer) of one state, or of all; of a customer's id; promised for days in between,
    both counted."""
    query = (
        select(Promise, OpenItem, Invoice, Customer)
        .join(OpenItem, OpenItem.id == Promise.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == Promise.customer_id)
    )
    if state:
        query = query.where(Promise.state == state)
    if customer:
        query = query.where(Customer.external_id == customer)
    if first:
        query = query.where(Promise.promised_on >= first)
    if last:
        query = query.where(Promise.promised_on <= last)
    return _about(query, text) if text.strip() else query


def _about(query: Select[*tuple[Any, ...]], text: str) -> Select[*tuple[Any, ...]]:
    said = (Invoice.number, Customer.name, Customer.external_id)
    return query.where(or_(*(column.icontains(text.strip(), autoescape=True) for column in said)))


def promise_counts(session: Session) -> dict[str, int]:
    """State → how many promises."""
    return {
        state: count for state, count in session.execute(select(Promise.state, func.count()).group_by(Promise.state))
    }


def promised_by_week(session: Session, today: date) -> list[tuple[date, list[tuple[date, str, int, int]]]]:
    """What is promised in this week and those after it: (Monday, [(day, currency, promises, minor units)])."""
    monday = today - timedelta(days=today.weekday())
    last = monday + timedelta(weeks=WEEKS_AHEAD)
    query = (
        select(Promise.promised_on, Promise.currency, func.count(), func.sum(Promise.amount))
        .where(Promise.state == "open", Promise.promised_on >= monday, Promise.promised_on < last)
        .group_by(Promise.promised_on, Promise.currency)
        .order_by(Promise.promised_on, Promise.currency)
    )
    days = [(on, currency, count, int(total)) for on, currency, count, total in session.execute(query)]
    weeks = [monday + timedelta(weeks=week) for week in range(WEEKS_AHEAD)]
    return [(week, [each for each in days if week <= each[0] < week + timedelta(weeks=1)]) for week in weeks]


@dataclass(frozen=True, slots=True)
class RunningHold:
    """A hold that runs: on a customer (`invoice` None), an invoice, or one `instalment` of it."""

    hold_id: UUID
    customer: Customer
    invoice: str | None
    instalment: int | None
    reason: str
    since: date
    through: date | None
    review_on: date | None
    actor: str


def running_holds(session: Session, today: date, text: str = "") -> list[RunningHold]:
    """Holds that run, those that end first on top; a hold on an invoice with several due dates is one."""
    of_invoice = select(func.count()).where(OpenItem.invoice_id == Invoice.id).correlate(Invoice).scalar_subquery()
    named = (Pause.source_id, Pause.reason, Pause.from_on, Pause.expires_on, HoldReview.review_on, Pause.actor)
    query = (
        select(
            *named,
            Customer,
            Invoice.number,
            func.count(Pause.open_item_id).label("held"),
            func.min(OpenItem.instalment).label("first"),
            of_invoice.label("parts"),
        )
        .join(Customer, Customer.id == Pause.customer_id)
        .outerjoin(OpenItem, OpenItem.id == Pause.open_item_id)
        .outerjoin(Invoice, Invoice.id == OpenItem.invoice_id)
        .outerjoin(HoldReview, HoldReview.hold_id == Pause.source_id)
        .where(Pause.source == "hold", Pause.ended_at.is_(None))
        .where(or_(Pause.expires_on.is_(None), Pause.expires_on >= today))
        .group_by(*named, Customer.id, Invoice.id, Invoice.number)
        .order_by(Pause.expires_on, Pause.source_id)
    )  # fmt: skip
    return [
        RunningHold(
            row.source_id, row.Customer, row.number, row.first if row.held == 1 and row.parts > 1 else None, row.reason,
            row.from_on, row.expires_on, row.review_on, row.actor,
        )
        for row in session.execute(_about(query, text) if text.strip() else query)
    ]  # fmt: skip


def notices(state: str = "", text: str = "", *, with_letter: bool = False) -> Select[*tuple[Any, ...]]:
    """(Notice, Customer, Document or None). `state` may be `in_doubt` or `by_hand` too, `text` part of a customer."""
    query = (
        select(Notice, Customer, Document)
        .join(Customer, Customer.id == Notice.customer_id)
        .outerjoin(Document, Document.id == Notice.document_id)
    )
    if state == "in_doubt":
        query = query.where(Notice.state.in_(IN_DOUBT))
    elif state == "by_hand":
        query = query.where(_is_task())
    elif state:
        query = query.where(Notice.state == state)
    if with_letter:
        query = query.where(Notice.document_id.is_not(None), Notice.sent_on.is_not(None))
    if text.strip():
        named = Customer.name.icontains(text.strip(), autoescape=True)
        query = query.where(named | Customer.external_id.icontains(text.strip(), autoescape=True))
    return query


def _is_task() -> ColumnElement[bool]:
    """A call to make, a registered letter to post."""
    return and_(Notice.channel.in_(BY_HAND), Notice.state.in_(("approved", "sending")))


def notice_counts(session: Session) -> dict[str, int]:
    """State → how many notices; `in_doubt` those that wait for a person."""
    counts = {
        state: count for state, count in session.execute(select(Notice.state, func.count()).group_by(Notice.state))
    }
    counts["in_doubt"] = sum(counts.get(state, 0) for state in IN_DOUBT)
    counts["by_hand"] = session.scalar(select(func.count()).select_from(Notice).where(_is_task())) or 0
    counts[""] = sum(counts.get(state, 0) for state in NOTICE_STATES)
    return counts


def to_decide(session: Session) -> int:
    """How many notices wait for a person."""
    return session.scalar(select(func.count()).select_from(Notice).where(Notice.state.in_(IN_DOUBT))) or 0


def letters_about(session: Session, invoice_id: UUID) -> Sequence[Notice]:
    """Notices that name an invoice and went out or still may, the latest first."""
    named = (
        select(NoticeLine.notice_id)
        .join(OpenItem, OpenItem.id == NoticeLine.open_item_id)
        .where(OpenItem.invoice_id == invoice_id)
    )
    query = select(Notice).where(Notice.id.in_(named), Notice.state.not_in(("planned", "cancelled")))
    return session.scalars(query.order_by(Notice.number.desc())).all()
