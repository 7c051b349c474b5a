"""Rows of what other programs are told: changes, webhooks, deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class Change(Base):
    """One change, numbered in the order of the commits, without gaps. Never changed afterwards."""

    __tablename__ = "change"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]]
    __table_args__ = (Index("ix_change_kind", "kind", "seq"),)


class Webhook(Base):
    """An address that is told of changes of these `kinds` (all, when empty), from after `cursor` on.

    Its secret is never stored: it follows from the house's own and `secret_version`. Until `old_secret_until` the one
    before signs too. A disabled webhook keeps its place.
    """

    __tablename__ = "webhook"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    kinds: Mapped[list[str]]
    cursor: Mapped[int]
    secret_version: Mapped[int] = mapped_column(default=1)
    old_secret_until: Mapped[datetime | None]
    actor: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(Text)


class Delivery(Base):
    """One change on its way to one webhook, and how the last try went. `began_at` is when it was first due."""

    __tablename__ = "webhook_delivery"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id"))
    change_seq: Mapped[int] = mapped_column(ForeignKey("change.seq"))
    state: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        UniqueConstraint("webhook_id", "change_seq"),
        Index("ix_webhook_delivery_due", "state", "not_before"),
        CheckConstraint("state IN ('queued','claimed','delivered','failed')", name="state"),
    )
