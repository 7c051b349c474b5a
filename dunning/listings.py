"""What pages and the API list of runs, notices and decisions. Functions take a `Session`; a set at a time."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dunning.tables import Decision, DunningRun, Notice, NoticeLine
from receivables.store import chunks
from receivables.tables import Customer, Invoice, OpenItem
from runtime.schema import AnyRow


def newest_runs(session: Session, limit: int = 60) -> Sequence[DunningRun]:
    return session.scalars(select(DunningRun).order_by(DunningRun.number.desc()).limit(limit)).all()


def held_counts(session: Session, run_id: UUID) -> dict[str, dict[str, tuple[int, int]]]:
    """decision → reason → (how many items, how much open), for what was not reminded."""
    query = (
        select(Decision.decision, Decision.reason, func.count(), func.sum(Decision.open))
        .where(Decision.run_id == run_id, Decision.decision != "notice")
        .group_by(Decision.decision, Decision.reason)
    )
    found: dict[str, dict[str, tuple[int, int]]] = {"hold": {}, "wait": {}}
    for decision, reason, count, total in session.execute(query):
        found[decision][reason] = (count, int(total))
    return found


def not_reminded(session: Session, run_id: UUID) -> Sequence[AnyRow]:
    """(decision, reason, currency, items, open) of what a run left alone, the most items first."""
    count = func.count().label("items")
    query = (
        select(Decision.decision, Decision.reason, OpenItem.currency, count, func.sum(Decision.open).label("open"))
        .join(OpenItem, OpenItem.id == Decision.open_item_id)
        .where(Decision.run_id == run_id, Decision.decision != "notice")
        .group_by(Decision.decision, Decision.reason, OpenItem.currency)
    )
    return session.execute(query.order_by(count.desc(), Decision.reason)).all()


def left_alone(session: Session, run_id: UUID, reason: str, limit: int = 100) -> Sequence[AnyRow]:
    """(Decision, OpenItem, Invoice, Customer) a run left alone for one reason, the largest first."""
    return session.execute(
        select(Decision, OpenItem, Invoice, Customer)
        .join(OpenItem, OpenItem.id == Decision.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == Decision.customer_id)
        .where(Decision.run_id == run_id, Decision.decision != "notice", Decision.reason == reason)
        .order_by(Decision.open.desc(), Invoice.number)
        .limit(limit)
    ).all()


def notice_totals(session: Session, run_id: UUID) -> Sequence[AnyRow]:
    """(state, currency, notices, total) of a run's notices."""
    query = select(Notice.state, Notice.currency, func.count().label("notices"), func.sum(Notice.total).label("total"))
    return session.execute(
        query.where(Notice.run_id == run_id).group_by(Notice.state, Notice.currency).order_by(Notice.currency)
    ).all()


def settled_notices(session: Session, run_id: UUID) -> int:
    """How many notices of a run nobody has to approve any more."""
    query = select(func.count()).select_from(Notice).where(Notice.run_id == run_id, Notice.state != "planned")
    return session.scalar(query) or 0


def edits(session: Session, run_id: UUID) -> int:
    """How often notices of a run were changed before their approval."""
    query = select(func.coalesce(func.sum(Notice.edits), 0)).where(Notice.run_id == run_id)
    return int(session.scalar(query) or 0)


def letters_by_state(session: Session, run_id: UUID) -> dict[str, int]:
    """State → how many notices of a run go by post."""
    query = select(Notice.state, func.count()).where(Notice.run_id == run_id, Notice.channel == "letter")
    return {state: count for state, count in session.execute(query.group_by(Notice.state))}


def line_counts(session: Session, notice_ids: Collection[UUID]) -> dict[UUID, int]:
    """Notice → how many items it names, those it was taken out with included."""
    query = select(NoticeLine.notice_id, func.count()).group_by(NoticeLine.notice_id)
    return {
        notice_id: count
        for part in chunks(notice_ids)
        for notice_id, count in session.execute(query.where(NoticeLine.notice_id.in_(part)))
    }


def decisions_about(session: Session, invoice_id: UUID, on: date | None) -> Sequence[AnyRow]:
    """(Decision, DunningRun) about an invoice's items, newest run first; of one day when `on` is given."""
    query = (
        select(Decision, DunningRun)
        .join(DunningRun, DunningRun.id == Decision.run_id)
        .join(OpenItem, OpenItem.id == Decision.open_item_id)
        .where(OpenItem.invoice_id == invoice_id)
        .order_by(DunningRun.on.desc())
    )
    return session.execute(query.where(DunningRun.on == on) if on else query).all()
