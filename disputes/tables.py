"""Rows of disputes: cases and what was said on them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class Dispute(Base):
    """A contested order or invoice. `amount` None means all of it. `number` is what people call the case."""

    __tablename__ = "dispute"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    order_number: Mapped[str] = mapped_column(Text, default="")
    amount: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    accepted_amount: Mapped[int | None]
    detected_on: Mapped[date]
    notified_on: Mapped[date]
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index("ix_dispute_order", "company_id", "order_number"),
        CheckConstraint("subject_kind IN ('order','order_line','invoice','invoice_line')", name="subject_kind"),
        CheckConstraint("state IN ('open','under_review','resolved')", name="state"),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_has_time"),
        CheckConstraint("outcome IN ('accepted','partly_accepted','rejected','settled')", name="outcome"),
    )


class DisputeComment(Base):
    """Something said on a case."""

    __tablename__ = "dispute_comment"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("dispute.id"), index=True)
    author: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class DeductionProposal(Base):
    """A short payment somebody should look at: so much less was paid on an invoice.

    A person opens a case or lets it be. `dispute_id` is the case it became; `closed_at` without one says that it was
    let be, or its payment taken back.
    """

    __tablename__ = "deduction_proposal"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"), index=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    bank_entry_id: Mapped[UUID] = mapped_column(ForeignKey("bank_entry.id"), index=True)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    on: Mapped[date]
    dispute_id: Mapped[UUID | None] = mapped_column(ForeignKey("dispute.id"))
    closed_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)
