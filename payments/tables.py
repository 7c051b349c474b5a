"""Rows of cash: accounts, statements, entries, payments, allocations, suggestions."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from runtime.ids import new_id
from runtime.schema import Base


class BankAccount(Base):
    """An account of ours that statements arrive for. Figures depend on how fresh its statements are, as long as it is
    not closed; what came in stays and may still be placed."""

    __tablename__ = "bank_account"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    identifier: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, default="")
    closed_on: Mapped[date | None]
    __table_args__ = (UniqueConstraint("identifier", "currency"),)


class Statement(Base):
    """One statement of one account, wholly in or wholly out (M4). Quarantined: stored, but its entries wait."""

    __tablename__ = "statement"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_account_id: Mapped[UUID] = mapped_column(ForeignKey("bank_account.id"), index=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), index=True)
    reference: Mapped[str] = mapped_column(Text, default="")
    sequence: Mapped[str] = mapped_column(Text, default="")
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    opening: Mapped[int | None]
    closing: Mapped[int | None]
    entry_count: Mapped[int]
    repeated_count: Mapped[int] = mapped_column(default=0)
    entry_sum: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    quarantine_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("state IN ('accepted','quarantined','released')", name="state"),)


class BankEntry(Base):
    """One movement on one of our accounts. `amount` is signed; `placed` is how much of it found its use (I7).

    Day, amount and `occurrence` make the same movement seen in two files one row, and two equal movements two rows.
    `returns_id` is the payment that this one returned, wholly or in part. `returned` is what was taken back of this
    one while the rest stood; it stays `placed`, so nothing can use it again. `itemised_on`: since then its parts, told
    by another file, stand for it.
    """

    __tablename__ = "bank_entry"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_account_id: Mapped[UUID] = mapped_column(ForeignKey("bank_account.id"))
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statement.id"), index=True)
    occurrence: Mapped[int] = mapped_column(default=1)
    format: Mapped[str] = mapped_column(Text)
    entry_ref: Mapped[str] = mapped_column(Text, default="")
    booked_on: Mapped[date]
    valued_on: Mapped[date]
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    placed: Mapped[int] = mapped_column(default=0)
    counterparty: Mapped[str] = mapped_column(Text, default="")
    counterparty_account: Mapped[str] = mapped_column(Text, default="")
    counterparty_bic: Mapped[str] = mapped_column(Text, default="")
    remittance: Mapped[str] = mapped_column(Text, default="")
    structured_reference: Mapped[str] = mapped_column(Text, default="")
    end_to_end: Mapped[str] = mapped_column(Text, default="")
    mandate: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(Text, default="")
    return_reason: Mapped[str] = mapped_column(Text, default="")
    is_reversal: Mapped[bool] = mapped_column(default=False)
    pending: Mapped[bool] = mapped_column(default=False)
    batch: Mapped[str] = mapped_column(Text, default="")
    itemised_on: Mapped[date | None]
    charges: Mapped[int | None]
    returns_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_entry.id"))
    returned: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[str] = mapped_column(Text)
    ignore_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        UniqueConstraint("bank_account_id", "booked_on", "amount", "occurrence"),
        Index(
            "ix_bank_entry_pending",
            "bank_account_id",
            sqlite_where=text("pending = 1"),
            postgresql_where=text("pending"),
        ),
        Index(
            "ix_bank_entry_returns_id",
            "returns_id",
            sqlite_where=text("returns_id IS NOT NULL"),
            postgresql_where=text("returns_id IS NOT NULL"),
        ),
        Index("ix_bank_entry_state", "state", "booked_on", "id", "amount"),
        Index("ix_bank_entry_booked", "booked_on", "id"),
        CheckConstraint(
            "state IN ('unmatched','suggested','applied','part_applied','ignored','returned')", name="state"
        ),
        CheckConstraint("placed >= 0 AND placed <= CASE WHEN amount > 0 THEN amount ELSE 0 END", name="placed_once"),
        CheckConstraint("returned >= 0 AND returned <= placed", name="returned_once"),
    )


class Payment(Base):
    """Money of a bank entry that belongs to a customer. `unapplied` is what no open item has taken yet (I3). What the
    bank takes back of it leaves `amount`, by a posting of its own.

    Converted money (I9): `entry_amount` of `entry_currency` was taken from the entry, `exchanged` is what that yields
    at the exchange rate `rate_id`; what `amount` differs from it was lost or gained.
    """

    __tablename__ = "payment"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    bank_entry_id: Mapped[UUID] = mapped_column(ForeignKey("bank_entry.id"), index=True)
    currency: Mapped[str] = mapped_column(Text)
    valued_on: Mapped[date]
    amount: Mapped[int]
    unapplied: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    entry_currency: Mapped[str | None] = mapped_column(Text)
    entry_amount: Mapped[int | None]
    exchanged: Mapped[int | None]
    rate_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    reversed_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_payment_customer", "customer_id", "currency"),
        Index("ix_payment_unapplied", "id", sqlite_where=text("unapplied > 0"), postgresql_where=text("unapplied > 0")),
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("unapplied >= 0 AND unapplied <= amount", name="bound"),
    )


class ExchangeRate(Base):
    """One unit of `base` was `rate` units of `quote` on a day, as a source said. Added, never changed."""

    __tablename__ = "exchange_rate"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    base: Mapped[str] = mapped_column(Text)
    quote: Mapped[str] = mapped_column(Text)
    on: Mapped[date]
    rate: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (
        Index("ix_exchange_rate_day", "base", "quote", "on"),
        CheckConstraint("base <> quote", name="two_currencies"),
    )


class Allocation(Base):
    """An amount taken off one open item. `source` is a payment, or a credit note's open item, or neither for a
    write-off or discount. Never changed or deleted: undoing adds a row of opposite sign (I8)."""

    __tablename__ = "allocation"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    open_item_id: Mapped[UUID] = mapped_column(ForeignKey("open_item.id"), index=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    bank_entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_entry.id"), index=True)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"), index=True)
    credit_item_id: Mapped[UUID | None] = mapped_column(ForeignKey("open_item.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    on: Mapped[date]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    is_automatic: Mapped[bool]
    confidence: Mapped[int | None]
    reasons: Mapped[list[str]]
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("allocation.id"), unique=True)
    __table_args__ = (
        CheckConstraint("kind IN ('payment','discount','fee','write_off','credit')", name="kind"),
        CheckConstraint("(amount > 0) = (reverses_id IS NULL) AND amount <> 0", name="reversal_sign"),
        CheckConstraint("(kind = 'payment') = (payment_id IS NOT NULL)", name="payment_source"),
        CheckConstraint("(kind = 'credit') = (credit_item_id IS NOT NULL)", name="credit_source"),
    )


class Suggestion(Base):
    """A possible answer for an entry, ranked, with the evidence a person sees. Replaced at each reconciliation."""

    __tablename__ = "suggestion"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bank_entry_id: Mapped[UUID] = mapped_column(ForeignKey("bank_entry.id"), index=True)
    rank: Mapped[int]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    confidence: Mapped[int]
    lines: Mapped[list[Any]]
    reasons: Mapped[list[str]]
    __table_args__ = (UniqueConstraint("bank_entry_id", "rank"),)


class LearnedPayer(Base):
    """One entry a person placed that came from an account: what taught us who pays from it. Taking the entry back
    forgets it again; so does a person who knows better."""

    __tablename__ = "learned_payer"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    bank_entry_id: Mapped[UUID] = mapped_column(ForeignKey("bank_entry.id"), index=True)
    actor: Mapped[str] = mapped_column(Text)
    on: Mapped[date]
    __table_args__ = (UniqueConstraint("account", "customer_id", "bank_entry_id"),)


class RefundRequest(Base):
    """A wish to pay a customer's unapplied cash back. While it is open, nothing else is done with that money."""

    __tablename__ = "refund_request"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"), index=True)
    amount: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_refund_request_open",
            "payment_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        CheckConstraint("amount > 0", name="positive"),
    )


class SavedProfile(Base):
    """What a person said about a bank's table of movements (`readers.bank_profile`). `document` is its JSON."""

    __tablename__ = "bank_profile"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text, unique=True)
    document: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


class CashTolerance(Base):
    """A version of what is forgiven without a person, in minor units of `currency`; of one company, or of all."""

    __tablename__ = "cash_tolerance"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("company.id"))
    currency: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    rounding: Mapped[int]
    charges: Mapped[int]
    basis_points: Mapped[int]
    grace_days: Mapped[int]
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("company_id", "currency", "version"),
        CheckConstraint("rounding >= 0 AND charges >= 0 AND basis_points >= 0 AND grace_days >= 0", name="positive"),
    )


class Remittance(Base):
    """A payer's explanation of one payment. `ties`: its lines add up to it. `bank_entry_id` is the money it explained;
    once that entry is taken back, the advice waits again."""

    __tablename__ = "remittance"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), index=True)
    number: Mapped[str] = mapped_column(Text)
    payer: Mapped[str] = mapped_column(Text, default="")
    payment_reference: Mapped[str] = mapped_column(Text, default="")
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    ties: Mapped[bool]
    issued_on: Mapped[date]
    pays_on: Mapped[date | None]
    bank_entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_entry.id"), index=True)
    created_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("company_id", "number", "payer", "currency", "amount"),
        Index("ix_remittance_amount", "amount", "currency"),
    )


class RemittanceItem(Base):
    """One line of an advice: so much of this document; negative for what a credit note takes off."""

    __tablename__ = "remittance_item"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    remittance_id: Mapped[UUID] = mapped_column(ForeignKey("remittance.id"), index=True)
    place: Mapped[int]
    number: Mapped[str] = mapped_column(Text)
    amount: Mapped[int | None]
    discount: Mapped[int | None]
    __table_args__ = (UniqueConstraint("remittance_id", "place"),)
