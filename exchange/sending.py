"""One pass of the worker over the webhooks: read the feed for each, then hand over what is due.

Each message is claimed with a lease and a fence, sent outside any transaction, and its outcome written while the fence
still holds. A process that dies in between leaves a lease that runs out: the message goes out again under the same
`webhook-id`. Nothing is told while sending is locked.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from exchange.feed import changes_after, last_number
from exchange.retries import GIVE_UP_AFTER, next_try
from exchange.signing import headers, secret_of
from exchange.tables import Change, Delivery, Webhook
from exchange.webhooks import Seal, give_up
from runtime.bulk import write_rows
from runtime.house import House
from runtime.ids import new_id
from runtime.outbox import why_locked
from runtime.outward import Outward, Reply
from runtime.work import Work

LEASE = timedelta(minutes=2)
A_READING = 500
"""Changes taken from the feed at once, for one webhook."""
MOST_WAITING = 2_000
"""So many messages wait for one webhook at most; the rest waits in the feed."""
MOST_FAILURES = 3
"""After so many failures in one pass a webhook is left alone until the next."""
GONE = 410
MOST_IN_A_PASS = 5_000


@dataclass(frozen=True, slots=True)
class Held:
    """A message this worker has claimed."""

    id: UUID
    fence: int
    webhook_id: UUID
    url: str
    message_id: str
    secrets: tuple[str, ...]
    body: bytes
    timestamp: int


class Teller:
    """Tells webhooks what changed. Any number may run at once."""

    def __init__(self, house: House, outward: Outward, seal: Seal) -> None:
        self._house, self._outward, self.seal = house, outward, seal

    def run(self, limit: int = MOST_IN_A_PASS) -> dict[str, int]:
        """One pass; says how many messages were delivered, put off, and given up."""
        tally: Counter[str] = Counter()
        failures: Counter[UUID] = Counter()
        self._house.write(_read_feed)
        while sum(tally.values()) < limit:
            tired = {each for each, count in failures.items() if count >= MOST_FAILURES}
            held = self._house.write(lambda work, without=tired: self._claim(work, without))  # type: ignore[misc]
            if held is None:
                break
            outcome = self._tell(held)
            tally[outcome] += 1
            failures[held.webhook_id] += outcome != "delivered"
        return {name: tally[name] for name in ("delivered", "put_off", "given_up")}

    def _claim(self, work: Work, without: set[UUID]) -> Held | None:
        if why_locked(work) is not None:
            return None
        due = or_(
            and_(Delivery.state == "queued", Delivery.not_before <= work.now),
            and_(Delivery.state == "claimed", Delivery.lease_until < work.now),
        )
        query = (
            select(Delivery, Webhook, Change)
            .join(Webhook, Webhook.id == Delivery.webhook_id)
            .join(Change, Change.seq == Delivery.change_seq)
            .where(due, Webhook.disabled_at.is_(None), Webhook.id.not_in(without))
            .order_by(Delivery.change_seq)
            .limit(1)
            .with_for_update(of=Delivery, skip_locked=True)
        )
        found = work.session.execute(query).first()
        if found is None:
            return None
        delivery, webhook, change = found
        delivery.state, delivery.lease_until = "claimed", work.now + LEASE
        delivery.fence += 1
        delivery.attempts += 1
        return self._held(delivery, webhook, change, work.now)

    def _held(self, delivery: Delivery, webhook: Webhook, change: Change, now: datetime) -> Held:
        versions = [webhook.secret_version]
        if webhook.old_secret_until is not None and now < webhook.old_secret_until:
            versions.append(webhook.secret_version - 1)
        secrets = tuple(secret_of(self.seal.secret, webhook.id, version) for version in versions)
        return Held(
            delivery.id, delivery.fence, webhook.id, webhook.url, f"change_{change.seq}", secrets, message(change),
            int(now.timestamp()),
        )  # fmt: skip

    def _tell(self, held: Held) -> str:
        signed = headers(held.secrets, held.message_id, held.timestamp, held.body)
        reply = self._outward.post(held.url, held.body, {"Content-Type": "application/json", **signed})
        return self._house.write(lambda work: _finish(work, held, reply))


def message(change: Change) -> bytes:
    """The body of a message: what Standard Webhooks asks for, and the number in the feed."""
    told: dict[str, Any] = {
        "type": change.kind,
        "timestamp": change.at.isoformat(),
        "seq": change.seq,
        "actor": change.actor,
        "data": change.data,
    }
    return orjson.dumps(told)


def _read_feed(work: Work) -> None:
    """Moves every webhook's place on and queues what it is to be told."""
    if why_locked(work) is not None:
        return
    query = select(Webhook).where(Webhook.disabled_at.is_(None)).order_by(Webhook.id).with_for_update(skip_locked=True)
    for webhook in work.session.scalars(query).all():
        _read_for(work, webhook)


def _read_for(work: Work, webhook: Webhook) -> None:
    end = last_number(work.session)
    room = MOST_WAITING - _waiting(work.session, webhook.id)
    while webhook.cursor < end and room > 0:
        found = changes_after(work.session, webhook.cursor, webhook.kinds, A_READING)
        known = _known(work.session, webhook.id, [each.seq for each in found])
        rows = [
            (new_id(), webhook.id, each.seq, "queued", work.now, work.now) for each in found if each.seq not in known
        ]
        columns = ("id", "webhook_id", "change_seq", "state", "began_at", "not_before")
        write_rows(work.session, Delivery, columns, rows)
        room -= len(rows)
        webhook.cursor = found[-1].seq if len(found) == A_READING else max(end, found[-1].seq if found else 0)


def _waiting(session: Session, webhook_id: UUID) -> int:
    query = select(Delivery.id).where(Delivery.webhook_id == webhook_id, Delivery.state.in_(("queued", "claimed")))
    return len(session.scalars(query.limit(MOST_WAITING)).all())


def _known(session: Session, webhook_id: UUID, seqs: list[int]) -> set[int]:
    """Those it was told before: it was sent back to an earlier place."""
    query = select(Delivery.change_seq).where(Delivery.webhook_id == webhook_id, Delivery.change_seq.in_(seqs))
    return set(session.scalars(query))


def _finish(work: Work, held: Held, reply: Reply) -> str:
    """Writes how it went, unless somebody else took it over."""
    query = select(Delivery).where(Delivery.id == held.id, Delivery.fence == held.fence, Delivery.state == "claimed")
    delivery = work.session.scalars(query.with_for_update()).first()
    if delivery is None:
        return "put_off"
    delivery.tried_at, delivery.status, delivery.detail = work.now, reply.status, reply.detail
    delivery.lease_until = None
    if reply.is_taken:
        delivery.state = "delivered"
        return "delivered"
    again = next_try(delivery.attempts, delivery.began_at, work.now)
    if again is not None and reply.status != GONE:
        delivery.state, delivery.not_before = "queued", again
        return "put_off"
    delivery.state = "failed"
    webhook = work.session.get_one(Webhook, held.webhook_id)
    if webhook.disabled_at is None:
        give_up(work, webhook, _why(reply))
    return "given_up"


def _why(reply: Reply) -> str:
    if reply.status == GONE:
        return "It answered 410: it does not want to be told any more."
    said = f"the last answer was {reply.status}." if reply.status else f"the last time: {reply.detail}"
    return f"It took nothing for {GIVE_UP_AFTER.days} days; {said}"
