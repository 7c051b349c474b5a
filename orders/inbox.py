"""Mail that arrived in a company's mailbox for orders: that it is taken once, and what waits for a person.

A mail is known by its fingerprint, not by the mark of the mailbox: the mark comes after the work, and a process that
dies between the two meets the mail again.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core.errors import CollectionsError, Invalid, NotFound, Refused
from orders.envelopes import Envelope, Unread
from orders.tables import OrderMessage
from receivables.tables import ImportProblem, ImportRun
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Right, Work

MOST_SHOWN: Final = 200


class TakenBefore(CollectionsError):
    """The mail was taken by an earlier pass, or by another process at this moment."""

    def __init__(self) -> None:
        super().__init__("This mail was read before.")


# ── writing it down ─────────────────────────────────────────────────────────────────────────────


def known(session: Session, company_id: UUID, mark: str) -> OrderMessage | None:
    """The mail with this fingerprint, when it was taken before."""
    query = select(OrderMessage).where(OrderMessage.company_id == company_id, OrderMessage.fingerprint == mark)
    return session.scalars(query).first()


def note_read(work: Work, company_id: UUID, mark: str, envelope: Envelope, import_id: UUID) -> OrderMessage:
    """Writes down that a mail is read by an import, in the transaction that registers it."""
    return _note(work, company_id, mark, envelope, import_id=import_id, reason="", is_waiting=False, document_id=None)


def note_unread(
    work: Work, company_id: UUID, mark: str, envelope: Envelope, why: Unread, document_id: UUID
) -> OrderMessage:
    """Writes down that nothing of a mail was taken, and why; the original stays in the archive."""
    return _note(
        work, company_id, mark, envelope,
        import_id=None, reason=why.reason, is_waiting=why.is_waiting, document_id=document_id,
    )  # fmt: skip


def _note(
    work: Work,
    company_id: UUID,
    mark: str,
    envelope: Envelope,
    *,
    import_id: UUID | None,
    reason: str,
    is_waiting: bool,
    document_id: UUID | None,
) -> OrderMessage:
    work.need(Right.PUSH)
    if known(work.session, company_id, mark):
        raise TakenBefore
    made = OrderMessage(
        id=new_id(), company_id=company_id, fingerprint=mark, sender=envelope.sender[:300],
        subject=envelope.subject[:300], arrived_at=work.now, import_id=import_id, document_id=document_id,
        reason=reason[:1000], is_waiting=is_waiting, note="",
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    work.record(
        "order.mail_arrived", f"order_message:{made.id}", {"import": str(import_id or "")}, reason=reason or None
    )
    return made


# ── what waits for a person ─────────────────────────────────────────────────────────────────────


_ITS_IMPORT = ImportRun.id == OrderMessage.import_id
_STUCK = or_(ImportRun.state.in_(("refused", "held")), and_(ImportRun.state == "done", ImportRun.rejected > 0))
_WAITS = and_(OrderMessage.settled_at.is_(None), or_(OrderMessage.is_waiting, _STUCK))
"""Nothing was read of it, or not everything: its import was refused, asks something, or rejected an order."""


def waiting(session: Session) -> Sequence[AnyRow]:
    """(OrderMessage, reason, state of its import) of mails a person should look at, the oldest first; at most 200."""
    first = (
        select(ImportProblem.message)
        .where(ImportProblem.import_id == OrderMessage.import_id, ImportProblem.severity == "error")
        .order_by(ImportProblem.id)
        .limit(1)
        .correlate(OrderMessage)
        .scalar_subquery()
    )
    query = select(OrderMessage, func.coalesce(first, OrderMessage.reason), ImportRun.state)
    found = query.join(ImportRun, _ITS_IMPORT, isouter=True).where(_WAITS)
    return session.execute(found.order_by(OrderMessage.arrived_at, OrderMessage.id).limit(MOST_SHOWN)).all()


def waiting_count(session: Session) -> int:
    """How many mails a person should look at."""
    query = select(func.count()).select_from(OrderMessage).join(ImportRun, _ITS_IMPORT, isouter=True)
    return session.scalar(query.where(_WAITS)) or 0


def message_of(session: Session, message_id: UUID) -> tuple[OrderMessage, UUID | None]:
    """A mail, and the document that is its original."""
    found = session.get(OrderMessage, message_id)
    if found is None:
        raise NotFound("There is no such mail.")
    if found.document_id or not found.import_id:
        return found, found.document_id
    return found, session.get_one(ImportRun, found.import_id).document_id


def settle(work: Work, message_id: UUID, note: str) -> OrderMessage:
    """Takes a mail off the list, with what was done about it; its original stays in the archive."""
    work.need(Right.PUSH)
    query = select(OrderMessage).where(OrderMessage.id == message_id).with_for_update()
    found = work.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("There is no such mail.")
    if found.settled_at is not None:
        raise Refused("Somebody was faster: this mail does not wait any more.")
    if not note.strip():
        raise Invalid.because("/note", "Say what was done about it.", field="note")
    found.note, found.settled_at, found.settled_by = note.strip()[:1000], work.now, str(work.actor)
    work.record("order.mail_settled", f"order_message:{found.id}", reason=note.strip()[:1000])
    return found
