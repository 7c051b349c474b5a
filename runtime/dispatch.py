"""The dispatcher: one pass over the outbox by the send protocol. The web app never sends; only this does.

Between reading the facts and the first byte stand the gate and its commit. Nothing that was recorded before that
commit is ignored; nothing is sent twice; where a crash leaves doubt, the message says `unknown`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import structlog

from core.errors import Busy, Invalid, Unavailable
from runtime import outbox
from runtime.clock import stopwatch
from runtime.db import wait_at_most
from runtime.house import House
from runtime.mail import Deferred, Outcome, Refused, Sent, Transport, Unknown
from runtime.tables import Outgoing
from runtime.work import Work

log = structlog.get_logger("dispatch")

LOST = "The process was lost while the mail was handed over."

LONGEST_WAIT_FOR_A_LOCK = 3.0
"""Seconds the gate waits for a customer somebody else is working on; then other letters go first."""
LONGEST_AFTER_GATE = 5.0
"""Seconds between the gate's commit and the dialogue; more, and the gate is passed again."""

AWAY = timedelta(minutes=5)
"""How long a way out that cannot be used is left alone: twelve tries an hour, however many messages wait."""

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
    """What a pass did, by outcome, and why what was not sent was not."""

    sent: int = 0
    deferred: int = 0
    refused: int = 0
    unknown: int = 0
    cancelled: int = 0
    overtaken: int = 0
    failures: list[str] = field(default_factory=list)

    def count(self, state: str, detail: str = "") -> None:
        setattr(self, state, getattr(self, state) + 1)
        if state in ("deferred", "refused", "unknown") and detail not in self.failures:
            self.failures.append(detail)


class _Held(NamedTuple):
    """A message this worker has claimed."""

    id: UUID
    fence: int
    kind: str
    subject_id: UUID


class Dispatcher:
    """Sends what is due. Any number may run at once: claims carry leases and fencing tokens."""

    def __init__(self, house: House, transport: Transport, kinds: Mapping[str, Kind]) -> None:
        self._house, self._transport, self._kinds = house, transport, kinds
        self._away_at: datetime | None = None

    def run(self, limit: int | None = None) -> Tally:
        """One pass: everything due now, at most `limit` messages. Stops at once while sending is locked, and for a
        while when the way out cannot be used."""
        tally = Tally()
        self._settle_lost(tally)
        taken = 0
        while (limit is None or taken < limit) and not self._is_away():
            held = self._house.write(self._claim)
            if held is None:
                break
            taken += 1
            tally.count(*self._send(held))
        return tally

    def _is_away(self) -> bool:
        now = self._house.clock.now()
        return self._away_at is not None and self._away_at <= now < self._away_at + AWAY

    def _claim(self, work: Work) -> _Held | None:
        if outbox.why_locked(work) is not None or outbox.clock_went_back(work):
            return None
        message = outbox.claim(work)
        return _Held(message.id, message.fence, message.kind, message.subject_id) if message else None

    def _settle_lost(self, tally: Tally) -> None:
        """Messages whose worker died inside the dialogue: nobody knows whether they arrived."""

        def settle(work: Work) -> int:
            messages = outbox.lost(work)
            for message in messages:
                self._finish(work, message, "unknown", LOST)
            return len(messages)

        for _ in range(self._house.write(settle)):
            tally.count("unknown", LOST)

    def _send(self, held: _Held) -> tuple[str, str]:
        """From the claim to the outcome: the state it ended in, and the reason."""
        try:
            for _ in range(MOST_GATES):
                prepared = self._prepare(held)
                if not isinstance(prepared, Prepared):
                    return self._close(held, "claimed", *prepared)
                if away := self._transport.ready():
                    self._away_at = self._house.clock.now()
                    return self._close(held, "claimed", "deferred", away.reason)
                gated_at = stopwatch()
                try:
                    passed = self._house.write(lambda work, p=prepared: self._gate(work, held, p))  # type: ignore[misc]
                except Busy as error:
                    return self._put_back(held, str(error))
                if isinstance(passed, Withdrawn):
                    return self._close(held, "claimed", "cancelled", passed.reason)
                left = LONGEST_AFTER_GATE - (stopwatch() - gated_at)
                if passed and left > 0:
                    return self._close(held, "sending", *self._hand_over(prepared, left))
                if passed:
                    self._house.write(lambda work: self._step_back(work, held))
            return self._close(held, "claimed", "deferred", "Its figures kept changing while it was written.")
        except outbox.StaleFence:
            return "overtaken", ""

    def _put_back(self, held: _Held, reason: str) -> tuple[str, str]:
        """Not a byte has left, and what it is about is locked: the next message is due, this one again later."""

        def write(work: Work) -> None:
            outbox.finish(work, outbox.hold_fence(work, held.id, held.fence, "claimed"), "deferred", reason)

        self._house.write(write)
        return "deferred", reason

    def _prepare(self, held: _Held) -> Prepared | tuple[str, str]:
        kind = self._kinds[held.kind]
        try:
            prepared = self._house.read(lambda work: kind.prepare(work, held.subject_id))
        except Unavailable as error:
            return "deferred", str(error)
        except Exception as error:
            # One message that cannot be written must not stop the others: it waits for a person.
            log.error("message cannot be written", kind=held.kind, subject=str(held.subject_id), exc_info=error)
            return "refused", f"It could not be written: {error}"
        return ("cancelled", prepared.reason) if isinstance(prepared, Withdrawn) else prepared

    def _gate(self, work: Work, held: _Held, prepared: Prepared) -> bool | Withdrawn:
        wait_at_most(work.session, LONGEST_WAIT_FOR_A_LOCK)
        message = outbox.hold_fence(work, held.id, held.fence, "claimed")
        answer = self._kinds[held.kind].gate(work, held.subject_id, prepared)
        if answer is True:
            digest = hashlib.sha256(prepared.mail).hexdigest()
            outbox.begin_sending(work, message, digest, ", ".join(prepared.recipients))
        return answer

    def _hand_over(self, prepared: Prepared, within: float) -> tuple[str, str]:
        try:
            outcome = self._transport.send(prepared.mail, prepared.envelope_from, prepared.recipients, within=within)
        except Invalid as error:
            return "refused", str(error)
        return _state_of(outcome)

    @staticmethod
    def _step_back(work: Work, held: _Held) -> None:
        """The commit took too long; not a byte has left, so the gate is passed again."""
        message = outbox.hold_fence(work, held.id, held.fence, "sending")
        message.state = "claimed"
        outbox.forget_attempt(work, message)

    def _close(self, held: _Held, expected: str, state: str, detail: str) -> tuple[str, str]:
        def write(work: Work) -> None:
            message = outbox.hold_fence(work, held.id, held.fence, expected)
            self._finish(work, message, state, detail)

        try:
            self._house.write(write)
        except outbox.StaleFence:
            if expected == "sending":
                # Given up as lost meanwhile. Its state stays in doubt; what the server said is kept for the clerk.
                self._house.write(lambda work: outbox.note_late_outcome(work, held.id, held.fence, state, detail))
            raise
        return state, detail

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
