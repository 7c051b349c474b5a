"""Rows of what was agreed about paying later: the terms in force, payment plans, their items and instalments."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class AgreementTerms(Base):
    """One version of the limits of promises, plans and holds; never changed once stored. The newest counts."""

    __tablename__ = "agreement_terms"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class PaymentPlan(Base):
    """Instalments agreed in place of the due dates of some open items of one customer, company and currency.

    `began_on` is the day it was agreed. `missed_on` is the date of the first instalment that was missed, `defaulted_on`
    the day that was seen; `ended_on` the day it stopped to protect anything.
    """

    __tablename__ = "payment_plan"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)
    total: Mapped[int]
    state: Mapped[str] = mapped_column(Text, index=True)
    revive: Mapped[str] = mapped_column(Text)
    interest: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    terms_version: Mapped[int] = mapped_column(ForeignKey("agreement_terms.version"))
    actor: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    began_on: Mapped[date | None]
    missed_on: Mapped[date | None]
    defaulted_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        CheckConstraint("state IN ('proposed','active','kept','defaulted','cancelled')", name="state"),
        CheckConstraint("revive IN ('balance','instalment')", name="revive"),
        CheckConstraint("interest IN ('runs','suspended')", name="interest"),
        CheckConstraint("total > 0", name="positive"),
    )


class PlanItem(Base):
    """An open item of a plan, with what was open of it then. While a plan runs, its items are in no other."""

    __tablename__ = "plan_item"
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plan.id"), primary_key=True)
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), primary_key=True, index=True)
    amount: Mapped[int]
    is_running: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        Index(
            "uq_plan_item_running",
            "open_item_id",
            unique=True,
            sqlite_where=text("is_running = 1"),
            postgresql_where=text("is_running"),
        ),
        CheckConstraint("amount > 0", name="positive"),
    )


class PlanInstalment(Base):
    """An amount agreed for a day; `position` counts from 1, by day."""

    __tablename__ = "plan_instalment"
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plan.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_on: Mapped[date] = mapped_column(index=True)
    amount: Mapped[int]
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)


class HoldReview(Base):
    """When a hold is looked at again, and what the last person saw who looked at it."""

    __tablename__ = "hold_review"
    hold_id: Mapped[UUID] = mapped_column(primary_key=True)
    review_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
