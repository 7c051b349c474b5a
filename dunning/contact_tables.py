"""Rows of speaking with customers: calls with their outcome, what was agreed to do next, and what somebody put off."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class CollectionCase(Base):
    """How collecting from a customer of a company stands: who does it, who was last spoken to and when again.

    `next_on` is an open task: to get in touch on that day. `assignee` goes before the customer's own owner.
    """

    __tablename__ = "collection_case"
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), primary_key=True)
    assignee: Mapped[str] = mapped_column(Text, default="")
    next_on: Mapped[date | None] = mapped_column(index=True)
    last_contact_on: Mapped[date | None]
    last_contact_at: Mapped[datetime | None]


class LoggedCall(Base):
    """One call and what came of it."""

    __tablename__ = "logged_call"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    outcome: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    next_on: Mapped[date | None]
    actor: Mapped[str] = mapped_column(Text)
    on: Mapped[date]
    at: Mapped[datetime]
    __table_args__ = (
        Index("ix_logged_call_customer", "customer_id", "company_id"),
        CheckConstraint("outcome IN ('reached','not_reached','promised','disputes','paid_already')", name="outcome"),
    )


class Snooze(Base):
    """A line of the worklist one person put off through a day, and why. For the others it stays."""

    __tablename__ = "snooze"
    owner: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), primary_key=True)
    through: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
