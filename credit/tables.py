"""Rows of credit: limits and their raises, checks, reservations and commitments of orders, holds, overruns."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class CreditLimit(Base):
    """The most we lend a customer in one currency, from a date on. The newest row valid on a day counts.

    `insured` is how much of it a credit insurer covers; it is part of the limit and does not raise it. With the scope
    `group` it is the most we lend the customer and everybody below it together.
    """

    __tablename__ = "credit_limit"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    insured: Mapped[int] = mapped_column(default=0)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    scope: Mapped[str] = mapped_column(Text, default="customer")
    __table_args__ = (
        Index("ix_credit_limit_customer", "customer_id", "currency", "from_on"),
        CheckConstraint("scope IN ('customer','group')", name="scope"),
        CheckConstraint("amount >= 0", name="not_negative"),
        CheckConstraint("insured >= 0 AND insured <= amount", name="insured_within"),
    )


class LimitProposal(Base):
    """A raise one person proposed and another must approve. `proposed_hash` seals every word of it (I13)."""

    __tablename__ = "credit_limit_proposal"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    insured: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text)
    maker: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proposed_hash: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="open")
    approver: Mapped[str | None] = mapped_column(Text)
    approved_hash: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[str] = mapped_column(Text, default="customer")
    __table_args__ = (
        Index(
            "uq_limit_proposal_open",
            "customer_id",
            "currency",
            "scope",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("scope IN ('customer','group')", name="scope"),
        CheckConstraint("state IN ('open','approved','rejected','withdrawn')", name="state"),
        CheckConstraint("maker LIKE 'user:%'", name="maker_is_a_person"),
        CheckConstraint(
            "(state = 'approved') = (approver IS NOT NULL AND approved_hash IS NOT NULL)", name="approved_by_somebody"
        ),
        CheckConstraint(
            "approver IS NULL OR (approver LIKE 'user:%' AND lower(approver) <> lower(maker) "
            "AND approved_hash = proposed_hash AND decided_at < expires_at)",
            name="four_eyes",
        ),
    )


class CreditCheck(Base):
    """One decision about an order and all it rests on: decided again on `inputs`, it comes out the same (I12)."""

    __tablename__ = "credit_check"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    order_number: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text)
    reasons: Mapped[list[str]]
    inputs: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (
        Index("ix_credit_check_order", "customer_id", "order_number"),
        CheckConstraint("decision IN ('allow','refer','deny')", name="decision"),
    )


class OrderReservation(Base):
    """Credit kept free for an order that was allowed, until it arrives confirmed or the time is over."""

    __tablename__ = "order_reservation"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    order_number: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        Index(
            "uq_order_reservation_running",
            "customer_id",
            "order_number",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("ended_by IN ('arrived','checked again','expired')", name="ended_by"),
    )


class CreditHold(Base):
    """New orders stop: one order (`order_number`), or all of a customer's (empty). It never stops an invoice.

    `amount` is what a released order may come to, at risk; null for a hold of a whole customer.
    """

    __tablename__ = "credit_hold"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    order_number: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text)
    currency: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    end_reason: Mapped[str | None] = mapped_column(Text)
    is_released: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        Index(
            "uq_credit_hold_running",
            "customer_id",
            "order_number",
            "cause",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("cause IN ('check','person','overdue','reminder')", name="cause"),
        CheckConstraint("NOT is_released OR ended_at IS NOT NULL", name="released_has_ended"),
    )


class OrderCommitment(Base):
    """What a confirmed order will still add to a customer's debt: its value not yet invoiced and not prepaid."""

    __tablename__ = "order_commitment"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    order_number: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    updated_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("customer_id", "order_number"),
        CheckConstraint("amount >= 0", name="not_negative"),
    )


class Overrun(Base):
    """A time during which a customer's exposure, or that of its group (`scope`), was above the limit."""

    __tablename__ = "overrun"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)
    limit: Mapped[int]
    exposure: Mapped[int]
    peak: Mapped[int]
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    scope: Mapped[str] = mapped_column(Text, default="customer")
    __table_args__ = (
        CheckConstraint("scope IN ('customer','group')", name="scope"),
        Index(
            "uq_overrun_running",
            "customer_id",
            "currency",
            "scope",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )


class CreditRules(Base):
    """A version of the rules checks decide by; the newest counts. Checks keep the ones they decided by."""

    __tablename__ = "credit_rules"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class BehaviourScore(Base):
    """How a customer paid and kept its word, as it stood on a day: the score and all it was worked out from."""

    __tablename__ = "behaviour_score"
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    score: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    __table_args__ = (CheckConstraint("score >= 0 AND score <= 100", name="within_100"),)


class CreditReview(Base):
    """A customer's credit is to be looked at by a person: its limit runs out, ran out, or it behaves worse."""

    __tablename__ = "credit_review"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    cause: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    opened_on: Mapped[date]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        Index("uq_credit_review", "customer_id", "cause", "about", unique=True),
        CheckConstraint("cause IN ('limit_ends','limit_ended','behaviour')", name="cause"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
    )
