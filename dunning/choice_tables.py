"""Rows of what was chosen: which policy counts for an invoice, a customer, a segment or a company."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class PolicyChoice(Base):
    """Somebody chose a policy, and why; it counts until `ended_at`.

    `subject` is the id of an invoice, customer or company, or the name of a segment. For an invoice `policy_id` names
    the version too. What counts for a customer stands in the customer itself; its row tells who chose it.
    """

    __tablename__ = "policy_choice"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    scope: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoice.id"))
    policy: Mapped[str] = mapped_column(Text)
    policy_id: Mapped[UUID | None] = mapped_column(ForeignKey("policy_version.id"))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_policy_choice_standing",
            "scope",
            "subject",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("scope IN ('invoice','customer','segment','company')", name="scope"),
        CheckConstraint(
            "(scope = 'invoice') = (invoice_id IS NOT NULL AND policy_id IS NOT NULL)", name="invoice_has_its_version"
        ),
    )
