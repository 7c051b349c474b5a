"""Rows of credit: limits with validity, commitments of orders, overruns with their beginning and end."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class CreditLimit(Base):
    """The most we lend a customer in one currency, from a date on. The newest row valid on a day counts."""

    __tablename__ = "credit_limit"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (
        Index("ix_credit_limit_customer", "customer_id", "currency", "from_on"),
        CheckConstraint("amount >= 0", name="not_negative"),
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
    """A time during which a customer's exposure was above its limit."""

    __tablename__ = "overrun"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)
    limit: Mapped[int]
    exposure: Mapped[int]
    peak: Mapped[int]
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    __table_args__ = (
        Index(
            "uq_overrun_running",
            "customer_id",
            "currency",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )
