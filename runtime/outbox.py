"""What must leave the house: written in the transaction of its facts, sent by the dispatcher, never by the web app.

`plan` (unique key) → `claim` (lease and fencing token) → `gate` (customer lock, facts read again, `sending` durably
written) → the mail dialogue → `outcome`. A row that was `sending` when its process died becomes `unknown`: a person
decides, we never guess.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update

from core.errors import Refused
from runtime import audit
from runtime.ids import new_id
from runtime.tables import SENDING_SWITCH, Outgoing, SendAttempt, Switch
from runtime.work import Right, Work

LEASE = timedelta(minutes=5)
CLOCKS_DIFFER = timedelta(hours=6)
"""So far back a clock may go without sending being locked: more than any two machines or summer times differ."""
BACK_OFF = (1, 5, 15, 60, 120, 240)
"""Minutes until the next try after the n-th failed one; the last value repeats."""


class StaleFence(Refused):
    """Another worker took this over; whatever we hold of it is void."""

    def __init__(self) -> None:
        super().__init__("Another worker took this message over.")


def enqueue(work: Work, kind: str, subject_id: UUID, lock_id: UUID, message_id: str) -> None:
    """Puts something into the outbox; unique on (kind, subject) and on the Message-ID."""
    work.session.add(
        Outgoing(
            kind=kind,
            subject_id=subject_id,
            lock_id=lock_id,
            message_id=message_id,
            state="queued",
            created_at=work.now,
            not_before=work.now,
        )
    )


def cancel(work: Work, kind: str, subject_id: UUID, reason: str) -> None:
    """Takes something out that no worker is handing over; what is in doubt only because a person decided so."""
    changed = work.session.execute(
        update(Outgoing)
        .where(Outgoing.kind == kind, Outgoing.subject_id == subject_id)
        .where(Outgoing.state.in_(("queued", "deferred", "refused", "claimed", "unknown")))
        .values(state="cancelled", detail=reason, finished_at=work.now, fence=Outgoing.fence + 1)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused("It is being sent at this moment.")


def claim(work: Work) -> Outgoing | None:
    """Takes the next message that is due, with a lease and a new fence; None when nothing is due."""
    due = select(Outgoing.id).where(
        or_(
            and_(Outgoing.state.in_(("queued", "deferred")), Outgoing.not_before <= work.now),
            and_(Outgoing.state == "claimed", Outgoing.lease_until < work.now),
        )
    )
    found = work.session.scalar(
        due.order_by(Outgoing.not_before, Outgoing.id).limit(1).with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    message = work.session.get_one(Outgoing, found)
    message.state, message.fence, message.lease_until = "claimed", message.fence + 1, work.now + LEASE
    return message


def hold_fence(work: Work, outgoing_id: UUID, fence: int, state: str) -> Outgoing:
    """The message, if this worker still holds it in this state; else `StaleFence`."""
    message = work.session.scalars(
        select(Outgoing).where(Outgoing.id == outgoing_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if message.fence != fence or message.state != state:
        raise StaleFence
    return message


def begin_sending(work: Work, message: Outgoing, content_hash: str, recipients: str) -> None:
    """The durable record that precedes the first byte (D8)."""
    message.state, message.content_hash, message.gated_at = "sending", content_hash, work.now
    message.attempts += 1
    message.lease_until = work.now + LEASE
    work.session.add(
        SendAttempt(
            id=new_id(),
            outgoing_id=message.id,
            fence=message.fence,
            started_at=work.now,
            recipients=recipients,
            content_hash=content_hash,
        )
    )


def forget_attempt(work: Work, message: Outgoing) -> None:
    """Takes the record of a dialogue back that never began."""
    message.attempts -= 1
    work.session.execute(
        delete(SendAttempt).where(SendAttempt.outgoing_id == message.id, SendAttempt.fence == message.fence)
    )


def finish(work: Work, message: Outgoing, state: str, detail: str) -> None:
    """Writes how the dialogue ended: sent, deferred (tried again later), refused, unknown or cancelled."""
    message.state, message.detail = state, detail[:500]
    if state == "deferred":
        minutes = BACK_OFF[min(max(message.attempts, 1), len(BACK_OFF)) - 1]
        message.not_before = work.now + timedelta(minutes=minutes)
    else:
        message.finished_at = work.now
    work.session.execute(
        update(SendAttempt)
        .where(SendAttempt.outgoing_id == message.id, SendAttempt.fence == message.fence)
        .values(finished_at=work.now, outcome=state, reply=detail[:500])
    )


def note_late_outcome(work: Work, outgoing_id: UUID, fence: int, state: str, detail: str) -> None:
    """Keeps what a worker learned of a dialogue after it was given up: evidence for whoever settles the doubt."""
    work.session.execute(
        update(SendAttempt)
        .where(SendAttempt.outgoing_id == outgoing_id, SendAttempt.fence == fence)
        .values(reply=f"{state}, reported late: {detail}"[:500])
    )


def lost(work: Work) -> list[Outgoing]:
    """Messages whose process died inside the dialogue: their lease ran out while `sending`. Nobody knows."""
    return list(
        work.session.scalars(
            select(Outgoing).where(Outgoing.state == "sending", Outgoing.lease_until < work.now).with_for_update()
        )
    )


def requeue(work: Work, kind: str, subject_id: UUID) -> None:
    """Sends again what a server refused or what is in doubt, because a person decided so."""
    work.need(Right.DUN)
    work.session.execute(
        update(Outgoing)
        .where(Outgoing.kind == kind, Outgoing.subject_id == subject_id)
        .where(Outgoing.state.in_(("refused", "unknown", "deferred")))
        .values(state="queued", not_before=work.now, finished_at=None, fence=Outgoing.fence + 1)
    )


def settle(work: Work, kind: str, subject_id: UUID, evidence: str) -> None:
    """Writes that a message in doubt did arrive, because a person found out."""
    work.need(Right.DUN)
    changed = work.session.execute(
        update(Outgoing)
        .where(Outgoing.kind == kind, Outgoing.subject_id == subject_id, Outgoing.state == "unknown")
        .values(state="sent", detail=evidence[:500], finished_at=work.now, fence=Outgoing.fence + 1)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused("It is not in doubt any more.")


# ── the switch ──────────────────────────────────────────────────────────────────────────────────


def unlock_sending(work: Work) -> bool:
    """Lets messages leave again; False when they were not locked."""
    work.need(Right.USERS)
    switch = work.session.get(Switch, SENDING_SWITCH)
    if switch is None:
        return False
    work.session.delete(switch)
    work.record("sending.unlocked", "switch:sending")
    return True


def clock_went_back(work: Work) -> bool:
    """Whether the clock stands hours before what was last recorded; sending is locked then, until somebody has looked.

    What is due, which lease is over and what day a letter bears are all read from the clock.
    """
    last = audit.last_recorded(work.session)
    if last is None or work.now >= last - CLOCKS_DIFFER:
        return False
    reason = f"The clock went back from {last:%Y-%m-%d %H:%M} to {work.now:%Y-%m-%d %H:%M} UTC."
    work.session.add(Switch(name=SENDING_SWITCH, reason=reason, at=work.now))
    work.record("sending.locked", "switch:sending", reason=reason)
    return True


def why_locked(work: Work) -> str | None:
    switch = work.session.get(Switch, SENDING_SWITCH)
    return switch.reason if switch else None
