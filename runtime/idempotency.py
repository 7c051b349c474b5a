"""Idempotency-Key: the same write again gets the same answer and happens once.

The key is claimed in a short transaction of its own; the answer is stored in the transaction of the effect. A claim
whose process died leaves no effect and is taken over after `CLAIM_LIFE`.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import CollectionsError
from runtime.house import House
from runtime.tables import IdempotentCall
from runtime.work import Actor, Work

CLAIM_LIFE = timedelta(minutes=2)
LONGEST_KEY = 200


class InFlight(CollectionsError):
    """The same call is being worked on right now."""


class OtherBody(CollectionsError):
    """The key was used before with another request."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer: HTTP status and the exact bytes."""

    status: int
    body: bytes


def request_hash(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


def claim(house: House, actor: Actor, key: str, fingerprint: str) -> Answer | None:
    """Claims the key: None means go ahead; an `Answer` is the one given before. `InFlight`, `OtherBody` refuse."""
    try:
        return house.write(lambda work: _claim(work, key, fingerprint), actor=actor)
    except IntegrityError as error:
        raise InFlight("This Idempotency-Key is being worked on. Ask again in a moment.") from error


def _claim(work: Work, key: str, fingerprint: str) -> Answer | None:
    mine = (IdempotentCall.actor == str(work.actor), IdempotentCall.key == key)
    call = work.session.scalar(select(IdempotentCall).where(*mine).with_for_update())
    if call is None:
        work.session.execute(
            insert(IdempotentCall).values(
                actor=str(work.actor), key=key, request_hash=fingerprint, state="in_flight", claimed_at=work.now
            )
        )
        return None
    if call.request_hash != fingerprint:
        raise OtherBody("This Idempotency-Key was used before with another request.")
    if call.state == "done":
        return Answer(call.status or 200, call.answer or b"")
    if call.claimed_at > work.now - CLAIM_LIFE:
        raise InFlight("This Idempotency-Key is being worked on. Ask again in a moment.")
    work.session.execute(update(IdempotentCall).where(*mine).values(claimed_at=work.now))
    return None


def finish(work: Work, key: str, answer: Answer) -> None:
    """Stores the answer in the transaction of the effect."""
    work.session.execute(
        update(IdempotentCall)
        .where(IdempotentCall.actor == str(work.actor), IdempotentCall.key == key)
        .values(state="done", status=answer.status, answer=answer.body)
    )


def release(house: House, actor: Actor, key: str) -> None:
    """Gives the key back when the effect did not happen, so that a corrected request may use it."""
    house.write(lambda work: _release(work, key), actor=actor)


def _release(work: Work, key: str) -> None:
    call = work.session.get(IdempotentCall, (str(work.actor), key))
    if call is not None and call.state == "in_flight":
        work.session.delete(call)
