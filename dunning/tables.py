"""Rows of dunning: policy versions, reminder state of items, pauses, holds, runs, decisions, notices."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base
from runtime.tables import Document

WRITTEN_ANEW = ("planned", "approved", "queued", "deferred")
"""States of a notice in which its letter will be written again before it leaves, whatever was written before."""


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


class InterestTable(Base):
    """One version of a table of late-payment law: a rate history or a country's rules. The newest of a name counts."""

    __tablename__ = "interest_table"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("name", "version"),)


class Reminder(Base):
    """How far reminding one open item has gone. No row: it never was reminded.

    `cycle` begins anew only by an explicit event (a payment returned); `level` is the last one sent in the cycle.
    `policy_id` is the version the item started on and stays on.
    """

    __tablename__ = "reminder"
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    cycle: Mapped[int] = mapped_column(default=1)
    level: Mapped[int]
    last_sent_on: Mapped[date]
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy_version.id"))


class Pause(Base):
    """A time during which something is not reminded: the pause ledger.

    `open_item_id` None pauses the whole customer, else one item; `amount` None all of it, else that part.
    It ends by itself after `expires_on` (that day still paused), or when somebody ends it (`ended_at`).
    `source` and `source_id` name the cause.
    """

    __tablename__ = "pause"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    open_item_id: Mapped[UUID | None] = mapped_column(ForeignKey("open_item.id"), index=True)
    source: Mapped[str] = mapped_column(Text)
    source_id: Mapped[UUID] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(Text)
    amount: Mapped[int | None]
    from_on: Mapped[date]
    from_at: Mapped[datetime]
    expires_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    actor: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        Index(
            "uq_pause_running",
            "open_item_id",
            "source",
            "source_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint(
            "source IN ('dispute','promise','plan','hold','suspected_payment','legal','final_step')", name="source"
        ),
        CheckConstraint("amount > 0", name="positive"),
    )


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
    """One evaluation on a business date; exactly one a scope and date (D12).

    `scope` is a policy's name, or "all". `planned_on` is the day it really was planned: a run for a missed day has
    an earlier `on`, and what follows from it keeps that distance.
    """

    __tablename__ = "dunning_run"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    scope: Mapped[str] = mapped_column(Text)
    on: Mapped[date]
    planned_on: Mapped[date]
    state: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(Text)
    items: Mapped[int] = mapped_column(default=0)
    notices: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        UniqueConstraint("scope", "on"),
        CheckConstraint("state IN ('planned','approved')", name="state"),
    )


class Decision(Base):
    """Why one open item was or was not reminded in one run: the answer, its reason and the facts it rests on.

    `policy_from` says where its policy came from (`dunning.precedence.Origin`); None where nobody wrote it down.
    """

    __tablename__ = "decision"
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("dunning_run.id"), primary_key=True, index=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    decision: Mapped[str] = mapped_column(Text)
    level: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    until_on: Mapped[date | None]
    open: Mapped[int]
    disputed: Mapped[int]
    days_overdue: Mapped[int]
    previous_level: Mapped[int | None]
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy_version.id"))
    policy_from: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (CheckConstraint("decision IN ('notice','wait','hold')", name="decision"),)


class Notice(Base):
    """One reminder to one customer of one company in one currency, consolidating the items of its lines.

    A person may change it while it is planned (`edits` counts): `written_as` is the milder level whose words it has,
    `to_…` whom it goes to instead.
    """

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
    sent_on: Mapped[date | None]
    crossed: Mapped[bool] = mapped_column(default=False)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey(Document.id))
    created_at: Mapped[datetime]
    written_as: Mapped[int | None]
    to_name: Mapped[str | None] = mapped_column(Text)
    to_email: Mapped[str | None] = mapped_column(Text)
    to_language: Mapped[str | None] = mapped_column(Text)
    edits: Mapped[int] = mapped_column(default=0, server_default="0")
    __table_args__ = (
        Index("ix_notice_state", "state"),
        CheckConstraint(
            "state IN ('planned','approved','queued','sending','sent','deferred','refused','unknown','cancelled')",
            name="state",
        ),
    )


class InterestClaim(Base):
    """One line of what is claimed for lateness, never changed: a correction or a waiver is a line of its own.
    A fee names the level of its letter in the item's cycle.

    `open_item_id` is what was late, `charge_item_id` the open item the claim lives on; the lines of a charge sum to
    its gross less what was corrected and waived. An interest line covers `from_on` through `to_on`, both counted; no
    two lines of an item begin on the same day, and an invoice has the fixed sum once (I11).
    """

    __tablename__ = "interest_claim"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"))
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), index=True)
    charge_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), index=True)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    days: Mapped[int | None]
    principal: Mapped[int | None]
    rate: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    regime: Mapped[str] = mapped_column(Text)
    cycle: Mapped[int | None]
    level: Mapped[int | None]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("interest_claim.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (
        Index(
            "uq_interest_claim_days",
            "open_item_id",
            "from_on",
            unique=True,
            sqlite_where=text("kind = 'interest'"),
            postgresql_where=text("kind = 'interest'"),
        ),
        Index(
            "uq_interest_claim_sum",
            "invoice_id",
            unique=True,
            sqlite_where=text("kind = 'compensation'"),
            postgresql_where=text("kind = 'compensation'"),
        ),
        Index(
            "uq_interest_claim_fee",
            "open_item_id",
            "cycle",
            "level",
            unique=True,
            sqlite_where=text("kind = 'fee'"),
            postgresql_where=text("kind = 'fee'"),
        ),
        CheckConstraint("kind IN ('interest','compensation','fee','correction','waiver')", name="kind"),
        CheckConstraint("(kind IN ('interest','compensation','fee')) = (amount > 0) AND amount <> 0", name="side"),
        CheckConstraint("(kind = 'fee') = (level IS NOT NULL AND cycle IS NOT NULL)", name="fee_has_its_level"),
        CheckConstraint("(kind = 'interest') = (from_on IS NOT NULL)", name="interest_has_days"),
        CheckConstraint("kind <> 'interest' OR to_on >= from_on", name="days_in_order"),
        CheckConstraint("(kind = 'correction') = (corrects_id IS NOT NULL)", name="correction_names_its_line"),
    )


class NoticeLine(Base):
    """One open item a notice reminds of. While active, an item has at most one a cycle and level (D1)."""

    __tablename__ = "notice_line"
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
    cycle: Mapped[int]
    level: Mapped[int]
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy_version.id"))
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
            sqlite_where=text("is_released = 0"),
            postgresql_where=text("NOT is_released"),
        ),
    )
