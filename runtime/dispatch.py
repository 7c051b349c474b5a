"""The dispatcher: one pass over the outbox by the send protocol. The web app never sends; only this does.

Between reading the facts and the first byte stand the gate and its commit. Nothing that was recorded before that
commit is ignored; nothing is sent twice; where a crash leaves doubt, the message says `unknown`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import structlog

from core.errors import Invalid, Unavailable
from runtime import outbox
from runtime.clock import stopwatch
from runtime.house import House
from runtime.mail import Deferred, Outcome, Refused, Sent, Transport, Unknown
from runtime.tables import Outgoing
from runtime.work import Work

log = structlog.get_logger("dispatch")

LONGEST_AFTER_GATE = 5.0
"""Seconds between the gate's commit and the dialogue; more, and the gate is passed again."""

MOST_GATES = 5
"""How often a letter is written anew because its facts changed while it was rendered."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message ready to go: what it says (`content`, compared at the gate) and its bytes."""

    content: Any
    mail: bytes
    envelope_from: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """There is nothing left to say, and why."""

    reason: str


class Kind(Protocol):
    """What a package knows about one kind of message. Each method runs in a transaction of the dispatcher."""

    def prepare(self, work: Work, subject_id: UUID) -> "Prepared | Withdrawn":
        """Reads the facts and makes the message. No lock, may take its time."""
        ...

    def gate(self, work: Work, subject_id: UUID, prepared: "Prepared") -> "bool | Withdrawn":
        """Locks, reads the facts again: True and marks it sending when they still say what was prepared."""
        ...

    def finished(self, work: Work, subject_id: UUID, state: str, detail: str) -> None:
        """Writes the outcome next to the facts."""
        ...


@dataclass(slots=True)
class Tally:
    """What a pass did, by outcome."""

    sent: int = 0
    deferred: int = 0
    refused: int = 0
    unknown: int = 0
    cancelled: int = 0
    failures: list[str] = field(default_factory=list)

    def count(self, state: str) -> None:
        setattr(self, state, getattr(self, state) + 1)


class Dispatcher:
    """Sends what is due. Any number may run at once: claims carry leases and fencing tokens."""

    def __init__(self, house: House, transport: Transport, kinds: Mapping[str, Kind]) -> None:
        self._house, self._transport, self._kinds = house, transport, kinds

    def run(self, limit: int | None = None) -> Tally:
        """One pass: everything due now, at most `limit` messages. Stops at once while sending is locked."""
        tally = Tally()
        self._settle_lost(tally)
        taken = 0
        while limit is None or taken < limit:
            claimed = self._house.write(self._claim)
            if claimed is None:
                break
            taken += 1
            tally.count(self._send(*claimed))
        return tally

    def _claim(self, work: Work) -> tuple[UUID, int, str, UUID] | None:
        if outbox.why_locked(work) is not None:
            return None
        message = outbox.claim(work)
        return (message.id, message.fence, message.kind, message.subject_id) if message else None

    def _settle_lost(self, tally: Tally) -> None:
        """Messages whose worker died inside the dialogue: nobody knows whether they arrived."""

        def settle(work: Work) -> int:
            messages = outbox.lost(work)
            for message in messages:
                self._finish(work, message, "unknown", "The process was lost while the mail was handed over.")
            return len(messages)

        tally.unknown += self._house.write(settle)

    def _send(self, outgoing_id: UUID, fence: int, kind_name: str, subject_id: UUID) -> str:
        kind = self._kinds[kind_name]
        for _ in range(MOST_GATES):
            try:
                prepared = self._house.read(lambda work: kind.prepare(work, subject_id))
            except Unavailable as error:
                return self._close(outgoing_id, fence, "claimed", "deferred", str(error))
            except Exception as error:
                # One message that cannot be written must not stop the others: it waits for a person.
                log.error("message cannot be written", kind=kind_name, subject=str(subject_id), exc_info=error)
                return self._close(outgoing_id, fence, "claimed", "refused", f"It could not be written: {error}")
            if isinstance(prepared, Withdrawn):
                return self._close(outgoing_id, fence, "claimed", "cancelled", prepared.reason)
            gated_at = stopwatch()
            try:
                passed = self._house.write(lambda work, p=prepared: self._gate(work, kind, outgoing_id, fence, p))  # type: ignore[misc]
            except outbox.StaleFence:
                return "cancelled"
            if isinstance(passed, Withdrawn):
                return self._close(outgoing_id, fence, "claimed", "cancelled", passed.reason)
            if passed and stopwatch() - gated_at <= LONGEST_AFTER_GATE:
                return self._close(outgoing_id, fence, "sending", *self._hand_over(prepared))
            if passed:
                self._house.write(lambda work: self._step_back(work, outgoing_id, fence))
        return self._close(outgoing_id, fence, "claimed", "deferred", "Its figures kept changing while it was written.")

    def _hand_over(self, prepared: Prepared) -> tuple[str, str]:
        try:
            return _state_of(self._transport.send(prepared.mail, prepared.envelope_from, prepared.recipients))
        except Invalid as error:
            return "refused", str(error)

    def _gate(self, work: Work, kind: Kind, outgoing_id: UUID, fence: int, prepared: Prepared) -> bool | Withdrawn:
        message = outbox.hold_fence(work, outgoing_id, fence, "claimed")
        answer = kind.gate(work, message.subject_id, prepared)
        if answer is True:
            digest = hashlib.sha256(prepared.mail).hexdigest()
            outbox.begin_sending(work, message, digest, ", ".join(prepared.recipients))
        return answer

    @staticmethod
    def _step_back(work: Work, outgoing_id: UUID, fence: int) -> None:
        """The commit took too long; not a byte has left, so the gate is passed again."""
        message = outbox.hold_fence(work, outgoing_id, fence, "sending")
        message.state = "claimed"
        outbox.forget_attempt(work, message)

    def _close(self, outgoing_id: UUID, fence: int, expected: str, state: str, detail: str) -> str:
        def write(work: Work) -> str:
            message = outbox.hold_fence(work, outgoing_id, fence, expected)
            self._finish(work, message, state, detail)
            return state

        try:
            return self._house.write(write)
        except outbox.StaleFence:
            return "cancelled"

    def _finish(self, work: Work, message: Outgoing, state: str, detail: str) -> None:
        self._kinds[message.kind].finished(work, message.subject_id, state, detail)
        outbox.finish(work, message, state, detail)


def _state_of(outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Sent(reply):
            return "sent", reply
        case Deferred(reason):
            return "deferred", reason
        case Refused(reason, _):
            return "refused", reason
        case Unknown(reason):
            return "unknown", reason
