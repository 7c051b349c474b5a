"""Rows of merging: the cases, what each of them moved, and the pairs a person said are two."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class CustomerMerge(Base):
    """One customer merged into another, and perhaps taken apart again. A customer is merged at most once at a time."""

    __tablename__ = "customer_merge"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    merged_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(Text)
    undo_reason: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        Index(
            "uq_customer_merge_standing",
            "merged_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        CheckConstraint("survivor_id <> merged_id", name="two_customers"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
    )


class MergeStep(Base):
    """One thing a merge did: a row went to the survivor (`moved`), or, where the survivor had its like, was put away
    with its `values` (`set_aside`)."""

    __tablename__ = "customer_merge_step"
    merge_id: Mapped[UUID] = mapped_column(ForeignKey("customer_merge.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text)
    of_table: Mapped[str] = mapped_column(Text)
    of_column: Mapped[str] = mapped_column(Text)
    row_id: Mapped[UUID | None]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (
        Index("ix_customer_merge_step_row", "merge_id", "of_table", "of_column", "row_id"),
        CheckConstraint("kind IN ('moved','set_aside')", name="kind"),
    )


class NoDuplicate(Base):
    """Two customers a person looked at and said are not the same party; the lower key first."""

    __tablename__ = "customer_no_duplicate"
    first_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    second_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True, index=True)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (CheckConstraint("first_id < second_id", name="in_order"),)
