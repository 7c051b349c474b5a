"""Rows of final steps: what comes after the last level of a policy."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base
from runtime.tables import Document


class FinalStep(Base):
    """Items of one customer, company and currency that go to an agency or a court, or that are to be written off.

    A run proposes it (`run_id`) or a person begins it; a person hands over, drops, takes back. A write-off is asked for
    by one person and approved by another (I13). `recipient` is the agency or court; `document_id` the evidence pack as
    it was handed over.
    """

    __tablename__ = "final_step"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    currency: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, index=True)
    recipient: Mapped[str] = mapped_column(Text)
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("dunning_run.id"))
    total: Mapped[int]
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey(Document.id))
    __table_args__ = (
        CheckConstraint("kind IN ('agency','court','write_off')", name="kind"),
        CheckConstraint(
            "state IN ('proposed','asked','handed_over','written_off','taken_back','dropped')", name="state"
        ),
        CheckConstraint("(state = 'written_off') = (approved_by IS NOT NULL)", name="approved_by_somebody"),
        CheckConstraint(
            "approved_by IS NULL OR (kind = 'write_off' AND asked_by IS NOT NULL AND approved_by LIKE 'user:%' "
            "AND asked_by LIKE 'user:%' AND lower(approved_by) <> lower(asked_by))",
            name="four_eyes",
        ),
    )


class FinalStepItem(Base):
    """An open item of a final step, and what was open of it. It is in one that counts at most (`is_released`)."""

    __tablename__ = "final_step_item"
    final_step_id: Mapped[UUID] = mapped_column(ForeignKey("final_step.id"), primary_key=True)
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
    cycle: Mapped[int]
    amount: Mapped[int]
    is_released: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        Index(
            "uq_final_step_item_once",
            "open_item_id",
            unique=True,
            sqlite_where=text("is_released = 0"),
            postgresql_where=text("NOT is_released"),
        ),
    )
