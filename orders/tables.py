"""Rows of orders, as the systems that capture them tell us."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class Order(Base):
    """One order, canonical whatever channel it came through.

    `deadline_at` is by when it is to be handed over, `processed_at` when it was, as far as somebody told us;
    `cancelled_at` when it was cancelled; `late_at` when we noticed that the deadline had passed. `unusual` says why a
    person should ask the customer before it goes on, until `validated_at`. `duplicate_of_id` is the order that looks
    like the same one, told before.
    """

    __tablename__ = "sales_order"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    number: Mapped[str] = mapped_column(Text, index=True)
    channel: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    requested_on: Mapped[date | None]
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    invoiced: Mapped[int] = mapped_column(default=0)
    po_number: Mapped[str] = mapped_column(Text, default="")
    delivery_address: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(Text, default="normal")
    status: Mapped[str] = mapped_column(Text)
    deadline_at: Mapped[datetime] = mapped_column(index=True)
    processed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    late_at: Mapped[datetime | None]
    unusual: Mapped[str] = mapped_column(Text, default="")
    validated_at: Mapped[datetime | None]
    duplicate_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("sales_order.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        CheckConstraint("amount >= 0 AND invoiced >= 0", name="not_negative"),
        CheckConstraint(
            "channel IN ('fax','email','portal','paper','edi','crm','ecommerce','manual','api')", name="channel"
        ),
        CheckConstraint(
            "status IN ('received','confirmed','delivered','invoiced','cancelled','closed')", name="status"
        ),
    )


class OrderRulesVersion(Base):
    """A version of the rules orders are checked by; the newest counts for what comes in."""

    __tablename__ = "order_rules"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class OrderPrepayment(Base):
    """What of an order is paid in advance, minor units of its currency: it adds no risk. Most orders have no row."""

    __tablename__ = "order_prepayment"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("sales_order.id"), primary_key=True)
    amount: Mapped[int]
    __table_args__ = (CheckConstraint("amount >= 0", name="not_negative"),)


class OrderEvent(Base):
    """Something that happened to an order, as the system that captured it tells. `cause` says why it was corrected, and
    `channel` by which way the news came; empty where nobody said."""

    __tablename__ = "order_event"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("sales_order.id"))
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(Text, default="")
    line: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    told_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "at", "line"),
        CheckConstraint(
            "kind IN ('received','captured','validated','corrected','confirmed','changed','cancelled','released',"
            "'delivered','invoiced','disputed','closed')",
            name="kind",
        ),
        CheckConstraint("(kind = 'corrected') = (cause <> '')", name="correction_has_cause"),
    )


class OrderMismatch(Base):
    """More is invoiced on an order than was ordered: by `excess`, minor units of the order's currency.

    A person opens a case or lets it be. `dispute_id` is the case it became; `closed_at` without one says that it was
    let be, or put right.
    """

    __tablename__ = "order_mismatch"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("sales_order.id"), unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    excess: Mapped[int]
    found_on: Mapped[date]
    dispute_id: Mapped[UUID | None] = mapped_column(ForeignKey("dispute.id"))
    closed_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("excess >= 0", name="not_negative"),)


class OrderConfirmation(Base):
    """A link by which the customer confirms an order. Only the hash of its token is kept; it is answered once."""

    __tablename__ = "order_confirmation"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("sales_order.id"), index=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("answer IN ('confirmed','declined')", name="answer"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_has_time"),
    )


class OrderMail(Base):
    """A mail that tells the customer of a state of the order; it leaves through the outbox."""

    __tablename__ = "order_mail"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("sales_order.id"), index=True)
    state: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('ask','received','confirmed','changed','cancelled','delivered')", name="state"),
    )


class OrderMailSwitch(Base):
    """Whether customers are told of a state; without a row they are not."""

    __tablename__ = "order_mail_switch"
    state: Mapped[str] = mapped_column(Text, primary_key=True)
    is_on: Mapped[bool]


class OrderCapture(Base):
    """A document that came by fax, on paper or by mail and waits for somebody to type the order in beside it.

    `said` is what an index file or the mail told of it; `order_id` the order it became.
    """

    __tablename__ = "order_capture"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    channel: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    said: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(Text)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("sales_order.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("state IN ('waiting','captured','set_aside')", name="state"),
        CheckConstraint("channel IN ('fax','email','paper','manual')", name="channel"),
        CheckConstraint("(state = 'captured') = (order_id IS NOT NULL)", name="captured_has_order"),
    )


class OrderMessage(Base):
    """A mail that came into a company's mailbox for orders, known by its `fingerprint` so that it is read once.

    `import_id` is how it was read; without one, `reason` says why nothing of it was taken. `is_waiting` when a person
    should look at it although nothing was read, until `settled_at`.
    """

    __tablename__ = "order_message"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    fingerprint: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    arrived_at: Mapped[datetime]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_run.id"), index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    is_waiting: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("company_id", "fingerprint"),
        CheckConstraint("import_id IS NOT NULL OR reason <> ''", name="unread_has_reason"),
    )
