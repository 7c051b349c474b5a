"""Rows of the machinery: users, keys, sessions, audit, outbox, jobs, archive, idempotency."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class User(Base):
    """A person who works here."""

    __tablename__ = "app_user"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text, default="en")
    password_hash: Mapped[str] = mapped_column(Text)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LoginSession(Base):
    """A browser's login. Only the hash of its token is kept."""

    __tablename__ = "login_session"
    token_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginAttempt(Base):
    """A failed login, kept to slow down guessing per account and per address."""

    __tablename__ = "login_attempt"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(Text, index=True)
    address: Mapped[str] = mapped_column(Text, index=True)
    at: Mapped[datetime]


class ApiKey(Base):
    """A program's key. Only the hash of the secret is kept; the prefix tells people which key it is."""

    __tablename__ = "api_key"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text, unique=True)
    role: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One change, chained to the one before. Append-only by trigger, but the payload may be erased."""

    __tablename__ = "audit_entry"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[str | None] = mapped_column(Text)
    payload_hash: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(Text)
    key_name: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class AuditHead(Base):
    """The end of the chain: the one row every writer locks for the moment of its commit."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(Text)
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class IdempotentCall(Base):
    """The answer given to a write with an Idempotency-Key, so that the same call again gets the same answer."""

    __tablename__ = "idempotent_call"
    actor: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    claimed_at: Mapped[datetime]
    status: Mapped[int | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (CheckConstraint("state IN ('in_flight','done')", name="state"),)


class JobRun(Base):
    """A job on a business date. The truth about what ran; the scheduler is only an alarm clock."""

    __tablename__ = "job_run"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    job: Mapped[str] = mapped_column(Text)
    business_on: Mapped[date]
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("job", "business_on"),
        CheckConstraint("state IN ('running','done','failed')", name="state"),
    )


class Lease(Base):
    """Who does a thing that only one process may do, and until when. The fence rises with every new holder."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    holder: Mapped[str] = mapped_column(Text)
    fence: Mapped[int]
    until: Mapped[datetime]


class Outgoing(Base):
    """Something that must leave the house, written in the transaction of the facts behind it.

    `kind` and `subject_id` name what is sent (a notice); `lock_id` the customer whose lock guards the gate.
    """

    __tablename__ = "outgoing"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    lock_id: Mapped[UUID]
    message_id: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    gated_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    content_hash: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_outgoing_due", "state", "not_before"),
        CheckConstraint(
            "state IN ('queued','claimed','sending','sent','deferred','refused','unknown','cancelled')", name="state"
        ),
    )


class SendAttempt(Base):
    """One mail dialogue: written durably before its first byte, finished with its outcome."""

    __tablename__ = "send_attempt"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    outgoing_id: Mapped[UUID] = mapped_column(ForeignKey("outgoing.id"), index=True)
    fence: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    recipients: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    reply: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("outgoing_id", "fence"),)


class Counter(Base):
    """The last number given out of a series people see: case, run, notice."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[int]


SENDING_SWITCH = "sending"


class Switch(Base):
    """A switch that stops a part of the house, with its reason: `sending` is locked after a restore."""

    __tablename__ = "switch"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Document(Base):
    """An archived original: its bytes lie in the archive folder under their SHA-256."""

    __tablename__ = "document"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sha256: Mapped[str] = mapped_column(Text, index=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    subject: Mapped[str | None] = mapped_column(Text, index=True)
    at: Mapped[datetime]


class DocumentText(Base):
    """The words of a document, as far as they could be taken from it, to find it by."""

    __tablename__ = "document_text"
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class SavedView(Base):
    """A person's own name for the filters of a screen. `query` is the part of the address after the question mark."""

    __tablename__ = "saved_view"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(Text)
    screen: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("owner", "screen", "name"),)
