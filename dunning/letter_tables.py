"""Rows about what letters say: the texts the house wrote, and which of them a notice was written with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base
from runtime.tables import Document


class LetterTextVersion(Base):
    """One version of the text of a level in a language; never changed once stored. The newest is in force, and where
    there is none, the text that comes with the program."""

    __tablename__ = "letter_text"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    level: Mapped[int]
    language: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    subject: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    salutation: Mapped[str] = mapped_column(Text)
    opening: Mapped[str] = mapped_column(Text)
    closing: Mapped[str] = mapped_column(Text)
    farewell: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("level", "language", "version"),
        CheckConstraint("version > 0", name="version"),
    )


class NoticeEnclosure(Base):
    """A file that went with a notice when it last passed the gate."""

    __tablename__ = "notice_enclosure"
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))


class NoticeWording(Base):
    """The text a notice was written with when it last passed the gate; version 0 came with the program."""

    __tablename__ = "notice_wording"
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    level: Mapped[int]
    language: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
