"""The audit log: who changed what, when and why, in the same transaction as the change, as one hash chain.

Services `record` entries while they work; the database seals them into the chain just before the commit, so the one
head row is locked only for a moment. The hash covers a *hash* of the payload, so that a payload may be erased for
data protection without breaking the chain. Rows are append-only by database trigger.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from runtime.tables import AuditEntry, AuditHead

GENESIS = "0" * 64
_PENDING = "audit entries waiting for the seal"


@dataclass(frozen=True, slots=True)
class Key:
    """The secret that seals the chain, and the name it is known by."""

    name: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `subject` is "kind:number" as people know it; `payload` what changed, plain values."""

    at: datetime
    actor: str
    request_id: str
    action: str
    subject: str
    reason: str | None
    payload: dict[str, Any]


def record(session: Session, entry: Entry) -> None:
    """Adds an entry to this transaction; it is sealed at the commit or vanishes with the rollback."""
    session.info.setdefault(_PENDING, []).append(entry)


_LOCK_HEAD = select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1).with_for_update()
_ADD_ENTRIES = insert(AuditEntry)
_MOVE_HEAD = update(AuditHead).where(AuditHead.id == 1).values(seq=bindparam("last"), hash=bindparam("sealed"))


def seal(session: Session, key: Key) -> None:
    """Writes the transaction's entries to the chain. Called once, right before the commit."""
    pending: list[Entry] = session.info.pop(_PENDING, [])
    if not pending:
        return
    connection = session.connection()
    head = connection.execute(_LOCK_HEAD).one()
    rows = list(_chained(pending, head.seq, head.hash, key))
    connection.execute(_ADD_ENTRIES, rows)
    connection.execute(_MOVE_HEAD, {"last": rows[-1]["seq"], "sealed": rows[-1]["hash"]})


def _chained(entries: list[Entry], seq: int, previous: str, key: Key) -> Iterator[dict[str, Any]]:
    for entry in entries:
        seq += 1
        payload = orjson.dumps(entry.payload, option=orjson.OPT_SORT_KEYS, default=str).decode()
        row = {
            "seq": seq,
            "at": entry.at,
            "actor": entry.actor,
            "request_id": entry.request_id,
            "action": entry.action,
            "subject": entry.subject,
            "reason": entry.reason,
            "payload": payload,
            "payload_hash": hashlib.sha256(payload.encode()).hexdigest(),
            "previous_hash": previous,
            "key_name": key.name,
        }
        previous = row["hash"] = _hash(row, key.secret)
        yield row


def _hash(row: dict[str, Any], secret: bytes) -> str:
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    fields = ("seq", "actor", "request_id", "action", "subject", "reason", "payload_hash", "previous_hash", "key_name")
    canonical = orjson.dumps([at, *(row[name] for name in fields)])
    return hmac.new(secret, canonical, hashlib.sha256).hexdigest()


_LAST_AT = select(AuditEntry.at).order_by(AuditEntry.seq.desc()).limit(1)


def last_recorded(session: Session) -> datetime | None:
    """The instant of the last entry; None while there is none."""
    return session.scalar(_LAST_AT)


def violations(session: Session, keys: dict[str, bytes]) -> Iterator[str]:
    """Walks the whole chain and says, in sentences, where it does not hold. Nothing yielded: it is whole."""
    seq, previous = 0, GENESIS
    for row in session.execute(select(AuditEntry).order_by(AuditEntry.seq)).scalars().yield_per(5000):
        seq += 1
        secret = keys.get(row.key_name)
        facts = {column.key: getattr(row, column.key) for column in AuditEntry.__table__.columns}
        if row.seq != seq:
            yield f"Audit entry {seq} is missing; entry {row.seq} follows."
            seq = row.seq
        if row.previous_hash != previous:
            yield f"Audit entry {row.seq} does not follow the entry before it."
        if secret is None:
            yield f"Audit entry {row.seq} is sealed with the unknown key “{row.key_name}”."
        elif _hash(facts, secret) != row.hash:
            yield f"Audit entry {row.seq} was changed after it was sealed."
        if row.payload is not None and hashlib.sha256(row.payload.encode()).hexdigest() != row.payload_hash:
            yield f"The payload of audit entry {row.seq} was changed."
        previous = row.hash
    head = session.execute(select(AuditHead).where(AuditHead.id == 1)).scalar_one()
    if (head.seq, head.hash) != (seq, previous):
        yield f"The audit log ends at entry {seq}, its head says {head.seq}."
