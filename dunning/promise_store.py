"""Every query on promises and what was paid on them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from dunning.tables import Pause, Promise
from payments.tables import Allocation
from receivables.store import chunks
from receivables.tables import OpenItem
from runtime.schema import AnyRow


def open_promises(session: Session, open_item_ids: Collection[UUID]) -> Sequence[Promise]:
    return [
        promise
        for part in chunks(open_item_ids)
        for promise in session.scalars(select(Promise).where(Promise.open_item_id.in_(part), Promise.state == "open"))
    ]


def promises_to_judge(session: Session, open_item_ids: Collection[UUID] | None = None) -> list[AnyRow]:
    """(Promise, OpenItem, last day its money may come, or None when it pauses nothing) of every promise still open, or
    of those about some items."""
    query = (
        select(Promise, OpenItem, Pause.expires_on)
        .join(OpenItem, OpenItem.id == Promise.open_item_id)
        .outerjoin(Pause, and_(Pause.source == "promise", Pause.source_id == Promise.id, Pause.ended_at.is_(None)))
        .where(Promise.state == "open")
        .order_by(Promise.id)
    )
    if open_item_ids is None:
        return list(session.execute(query))
    return [
        row
        for part in chunks(open_item_ids)
        for row in session.execute(query.where(Promise.open_item_id.in_(part)))
    ]  # fmt: skip


def promises_made(session: Session, open_item_ids: Collection[UUID]) -> int:
    """How often the most promised of some items was promised; what was withdrawn does not count."""
    query = (
        select(func.count())
        .where(Promise.open_item_id.in_(open_item_ids), Promise.state != "withdrawn")
        .group_by(Promise.open_item_id)
    )
    return max(session.scalars(query), default=0)


def open_promises_of_customer(session: Session, customer_id: UUID) -> int:
    query = select(func.count()).select_from(Promise)
    return session.scalar(query.where(Promise.customer_id == customer_id, Promise.state == "open")) or 0


def paid_since(session: Session, open_item_id: UUID, at: datetime) -> list[tuple[date, int]]:
    """(value date, amount) of what was applied to an item since an instant and not taken back."""
    undone = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    query = select(Allocation.on, Allocation.amount).where(
        Allocation.open_item_id == open_item_id,
        Allocation.at >= at,
        Allocation.reverses_id.is_(None),
        Allocation.id.not_in(undone),
    )
    return [(on, amount) for on, amount in session.execute(query)]
