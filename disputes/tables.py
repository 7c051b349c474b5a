"""Rows of disputes: cases, what happened to them, what was said and handed in, and the reasons there are."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base
from runtime.tables import Document


class Dispute(Base):
    """A contested order, delivery or invoice. `amount` None means all of it. `number` is what people call the case.

    `credited` is how much of `accepted_amount` came as credit notes. `closed_at`: nothing is left to do, not even a
    credit note to wait for. `due_at` is by when it is to be decided, counted in business hours from `clock_from`.
    """

    __tablename__ = "dispute"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    order_number: Mapped[str] = mapped_column(Text, default="")
    delivery_number: Mapped[str] = mapped_column(Text, default="")
    product: Mapped[str] = mapped_column(Text, default="")
    amount: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(Text, default="")
    priority: Mapped[str] = mapped_column(Text, default="normal")
    state: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    accepted_amount: Mapped[int | None]
    credited: Mapped[int] = mapped_column(default=0)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("dispute.id"))
    detected_on: Mapped[date]
    notified_on: Mapped[date]
    opened_at: Mapped[datetime]
    clock_from: Mapped[datetime]
    due_at: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index("ix_dispute_order", "company_id", "order_number"),
        Index("ix_dispute_delivery", "company_id", "delivery_number"),
        CheckConstraint(
            "subject_kind IN ('order','order_line','delivery','invoice','invoice_line')", name="subject_kind"
        ),
        CheckConstraint("state IN ('open','under_review','resolved')", name="state"),
        CheckConstraint("priority IN ('low','normal','high','urgent')", name="priority"),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_has_time"),
        CheckConstraint("closed_at IS NULL OR resolved_at IS NOT NULL", name="closed_is_resolved"),
        CheckConstraint("credited >= 0 AND credited <= COALESCE(accepted_amount, 0)", name="credited_is_accepted"),
        CheckConstraint("outcome IN ('accepted','partly_accepted','rejected','settled','merged')", name="outcome"),
    )

    @property
    def credit_due(self) -> int:
        """What was accepted and no credit note has come for yet, minor units; nothing once the case is closed."""
        return 0 if self.closed_at else (self.accepted_amount or 0) - self.credited


class DisputeOrigin(Base):
    """Who opened a case, and by which door it came; cases from before this was written down have none."""

    __tablename__ = "dispute_origin"
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("dispute.id"), primary_key=True)
    door: Mapped[str] = mapped_column(Text)
    opened_by: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("door IN ('desk','erp','crm','portal','mail','payment','comparison')", name="door"),
    )


class DisputeStep(Base):
    """What happened to a case and what was decided, kept for good: a case opened again keeps its earlier decisions."""

    __tablename__ = "dispute_step"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("dispute.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class DisputeComment(Base):
    """Something said on a case; only what `is_public` is for the customer's eyes."""

    __tablename__ = "dispute_comment"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("dispute.id"), index=True)
    author: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    is_public: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]


class DisputeFile(Base):
    """A file handed in on a case; it lies in the archive. Only what `is_public` is for the customer's eyes."""

    __tablename__ = "dispute_file"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("dispute.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))
    author: Mapped[str] = mapped_column(Text)
    is_public: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]


class DisputeLink(Base):
    """Two cases that have to do with each other; the lower number first."""

    __tablename__ = "dispute_link"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    first_id: Mapped[UUID] = mapped_column(ForeignKey("dispute.id"))
    second_id: Mapped[UUID] = mapped_column(ForeignKey("dispute.id"), index=True)
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)


class DisputeReason(Base):
    """A reason this house added to the ones that come with the program, or says in other words, or no longer uses."""

    __tablename__ = "dispute_reason"
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    is_used: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


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
