"""Rows of dunning: policy versions, reminder state of items, pauses, holds, runs, decisions, notices."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base
from runtime.tables import Document


class PolicyVersion(Base):
    """One version of a policy; never changed once stored. The newest version of a name is in force."""

    __tablename__ = "policy_version"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("name", "version"),)


class Reminder(Base):
    """How far reminding one open item has gone. No row: it never was reminded.

    `cycle` begins anew only by an explicit event (a payment returned); `level` is the last one sent in the cycle,
    -1 when only planned. `policy_id` is the version the item started on and stays on.
    """

    __tablename__ = "reminder"
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    cycle: Mapped[int] = mapped_column(default=1)
    level: Mapped[int]
    last_sent_on: Mapped[date]
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy_version.id"))


class Pause(Base):
    """A time during which an open item, or a part of its amount, is not reminded. The pause ledger.

    `amount` None pauses all of it. An open interval has no `until_at`. `source` and `source_id` name the cause.
    """

    __tablename__ = "pause"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    source: Mapped[str] = mapped_column(Text)
    source_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    amount: Mapped[int | None]
    from_on: Mapped[date]
    from_at: Mapped[datetime]
    until_on: Mapped[date | None]
    until_at: Mapped[datetime | None]
    actor: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        Index("ix_pause_item", "open_item_id"),
        Index(
            "uq_pause_running",
            "open_item_id",
            "source",
            "source_id",
            unique=True,
            sqlite_where=text("until_at IS NULL"),
            postgresql_where=text("until_at IS NULL"),
        ),
        CheckConstraint("source IN ('dispute','promise','plan','hold','suspected_payment','legal')", name="source"),
        CheckConstraint("amount > 0", name="positive"),
    )


class Hold(Base):
    """A person's decision that a customer or one invoice is not reminded, until a date."""

    __tablename__ = "hold"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoice.id"))
    reason: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date]
    until_on: Mapped[date]
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class Promise(Base):
    """An amount a customer promised to pay by a date. Reminders of its items wait until it is kept or broken."""

    __tablename__ = "promise"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    promised_on: Mapped[date]
    state: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_promise_active",
            "open_item_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("state IN ('open','kept','partly_kept','broken','withdrawn')", name="state"),
        CheckConstraint("amount > 0", name="positive"),
    )


class DunningRun(Base):
    """One evaluation of a policy on a business date; exactly one a policy and date (D12)."""

    __tablename__ = "dunning_run"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    policy: Mapped[str] = mapped_column(Text)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy_version.id"))
    on: Mapped[date]
    state: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(Text)
    items: Mapped[int] = mapped_column(default=0)
    notices: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        UniqueConstraint("policy", "on"),
        CheckConstraint("state IN ('planned','approved')", name="state"),
    )


class Decision(Base):
    """Why one open item was or was not reminded in one run: the answer, its reason and the facts it rests on."""

    __tablename__ = "decision"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("dunning_run.id"))
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), index=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    decision: Mapped[str] = mapped_column(Text)
    level: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    until_on: Mapped[date | None]
    open: Mapped[int]
    disputed: Mapped[int]
    days_overdue: Mapped[int]
    previous_level: Mapped[int | None]
    policy_version: Mapped[int]
    __table_args__ = (
        UniqueConstraint("run_id", "open_item_id"),
        CheckConstraint("decision IN ('notice','wait','hold')", name="decision"),
    )


class Notice(Base):
    """One reminder to one customer of one company in one currency, consolidating the items of its lines."""

    __tablename__ = "notice"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("dunning_run.id"), index=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)
    level: Mapped[int]
    channel: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    total: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    state_reason: Mapped[str | None] = mapped_column(Text)
    message_id: Mapped[str | None] = mapped_column(Text)
    gated_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    crossed: Mapped[bool] = mapped_column(default=False)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey(Document.id))
    created_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_notice_state", "state"),
        CheckConstraint(
            "state IN ('planned','approved','queued','sending','sent','deferred','refused','unknown','cancelled')",
            name="state",
        ),
    )


class NoticeLine(Base):
    """One open item a notice reminds of. While active, an item has at most one a cycle and level (D1)."""

    __tablename__ = "notice_line"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), index=True)
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"))
    cycle: Mapped[int]
    level: Mapped[int]
    open: Mapped[int]
    disputed: Mapped[int] = mapped_column(default=0)
    fee: Mapped[int] = mapped_column(default=0)
    is_released: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        Index(
            "uq_notice_line_once",
            "open_item_id",
            "cycle",
            "level",
            unique=True,
            sqlite_where=text("NOT is_released"),
            postgresql_where=text("NOT is_released"),
        ),
    )
