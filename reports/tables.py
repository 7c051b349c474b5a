"""Rows of the reports: what the indicators were, night by night."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class KpiSnapshot(Base):
    """One indicator as it stood at the end of a day, over the thirty days up to it. `value` None: it had none."""

    __tablename__ = "kpi_snapshot"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    on: Mapped[date]
    indicator: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    numerator: Mapped[str] = mapped_column(Text)
    denominator: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("on", "indicator"),)


class KpiCase(Base):
    """A collection case that was under way at the end of a day: what K6 of that day counted."""

    __tablename__ = "kpi_case"
    on: Mapped[date] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    overdue: Mapped[int]
    oldest: Mapped[date]
    paused: Mapped[int]
