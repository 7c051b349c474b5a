"""Rows about mail that came in: bounces and answers, what a person made of them, and addresses that do not work."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base
from runtime.tables import Document


class IncomingMail(Base):
    """A message that arrived. `meaning` is what its words seem to say, proposed to a person and never acted upon.

    One that is `waiting` waits for a person; `done` needs nobody. The original is kept as `document_id`.
    """

    __tablename__ = "incoming_mail"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    sha256: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"), index=True)
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice.id"), index=True)
    failed_address: Mapped[str] = mapped_column(Text, default="")
    meaning: Mapped[str | None] = mapped_column(Text)
    quote: Mapped[str] = mapped_column(Text, default="")
    promised_on: Mapped[date | None]
    invoices: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey(Document.id))
    __table_args__ = (
        Index("ix_incoming_mail_state", "state"),
        CheckConstraint("kind IN ('bounce','automatic','reply')", name="kind"),
        CheckConstraint("meaning IN ('promise','dispute','paid')", name="meaning"),
        CheckConstraint("state IN ('waiting','done','accepted','dismissed')", name="state"),
    )


class DeadAddress(Base):
    """An address mail came back from for good. Nothing is planned for it until it is mended or said to work again."""

    __tablename__ = "dead_address"
    address: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    mail_id: Mapped[UUID] = mapped_column(ForeignKey("incoming_mail.id"))
    since: Mapped[datetime]
