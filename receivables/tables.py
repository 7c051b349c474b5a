"""Rows of the receivables book.

Two roads to every balance: `posting` is the append-only ledger, `open_item` the narrow hot state derived from it.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from receivables.number_keys import digits_key, reference_key
from runtime.ids import new_id
from runtime.schema import Base
from runtime.tables import Document


def _where(condition: str) -> dict[str, Any]:
    """What makes an index hold only some rows, in both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Company(Base):
    """A legal entity that invoices. Balances of two companies never net.

    `payment_terms_days` say when an invoice falls due that names no day, of a customer without terms of its own.
    """

    __tablename__ = "company"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    legal_name: Mapped[str] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text, default="")
    postal_code: Mapped[str] = mapped_column(Text, default="")
    city: Mapped[str] = mapped_column(Text, default="")
    country: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="en")
    time_zone: Mapped[str] = mapped_column(Text, default="UTC")
    vat_id: Mapped[str] = mapped_column(Text, default="")
    iban: Mapped[str] = mapped_column(Text, default="")
    bic: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    signatory: Mapped[str] = mapped_column(Text, default="")
    reply_to: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    payment_terms_days: Mapped[int | None]


class LetterAccount(Base):
    """An account for letters that one person proposed and another must approve. `proposed_hash` seals every word of it;
    letters name it from `valid_from` on, until a newer one is in force or it is `replaced`."""

    __tablename__ = "letter_account"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    iban: Mapped[str] = mapped_column(Text)
    bic: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    maker: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proposed_hash: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="open")
    approver: Mapped[str | None] = mapped_column(Text)
    approved_hash: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    valid_from: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_letter_account_open",
            "company_id",
            unique=True,
            **_where("state = 'open'"),
        ),
        CheckConstraint("state IN ('open','approved','rejected','withdrawn','replaced')", name="state"),
        CheckConstraint("maker LIKE 'user:%'", name="maker_is_a_person"),
        CheckConstraint(
            "state NOT IN ('approved','replaced') OR "
            "(approver IS NOT NULL AND approved_hash = proposed_hash AND valid_from IS NOT NULL)",
            name="approved_by_somebody",
        ),
        CheckConstraint(
            "approver IS NULL OR (approver LIKE 'user:%' AND lower(approver) <> lower(maker))",
            name="approver_is_another_person",
        ),
    )


class Customer(Base):
    """A party that owes us. Locking this row orders everything that touches its money, disputes and reminders.

    `owner` looks after the account. `source` names the program that told us, `source_version` and `source_updated_at`
    how new its news is. One that was merged names its survivor in `merged_into_id`, which is never merged itself. It
    owes nothing any more, and what names it means the survivor.
    """

    __tablename__ = "customer"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    external_id: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, index=True)
    email: Mapped[str] = mapped_column(Text, default="")
    street: Mapped[str] = mapped_column(Text, default="")
    postal_code: Mapped[str] = mapped_column(Text, default="")
    city: Mapped[str] = mapped_column(Text, default="")
    country: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(Text, default="")
    currency: Mapped[str] = mapped_column(Text, default="")
    iban: Mapped[str] = mapped_column(Text, default="", index=True)
    vat_id: Mapped[str] = mapped_column(Text, default="", index=True)
    payment_terms_days: Mapped[int | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    segment: Mapped[str] = mapped_column(Text, default="")
    policy: Mapped[str] = mapped_column(Text, default="")
    debtor_type: Mapped[str] = mapped_column(Text, default="business")
    time_zone: Mapped[str] = mapped_column(Text, default="")
    group_name: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")
    source_version: Mapped[int | None]
    source_updated_at: Mapped[datetime | None]
    is_insolvent: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_customer_merged_into_id", "merged_into_id", **_where("merged_into_id IS NOT NULL")),
        CheckConstraint("debtor_type IN ('business','consumer','public')", name="debtor_type"),
    )


class Contact(Base):
    """Whom to write to at a customer, and about what."""

    __tablename__ = "contact"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    purpose: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (CheckConstraint("purpose IN ('billing','escalation','legal')", name="purpose"),)


class CustomerAccount(Base):
    """A further bank account a customer pays from; the first one stands in `customer.iban`."""

    __tablename__ = "customer_account"
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    iban: Mapped[str] = mapped_column(Text, primary_key=True, index=True)


def _digits_key(row: DefaultExecutionContext) -> str:
    return digits_key(row.get_current_parameters()["number"])  # type: ignore[no-untyped-call]


def _reference_key(row: DefaultExecutionContext) -> str:
    return reference_key(row.get_current_parameters().get("payment_reference", ""))  # type: ignore[no-untyped-call]


class Invoice(Base):
    """An invoice or credit note as issued, or a charge for lateness. `amount` is positive; `type` gives its side.

    `customer_id` is who owes it and is reminded; `buyer_id` who bought, when somebody else pays. `document_type` says
    what kind of paper it was, `document_id` where its original is kept. `digits_key` and `reference_key` are what its
    number and the reference printed on it are found by.
    """

    __tablename__ = "invoice"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    buyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    number: Mapped[str] = mapped_column(Text)
    digits_key: Mapped[str] = mapped_column(Text, index=True, default=_digits_key)
    type: Mapped[str] = mapped_column(Text)
    document_type: Mapped[str] = mapped_column(Text, default="invoice")
    issued_on: Mapped[date]
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    order_number: Mapped[str] = mapped_column(Text, default="", index=True)
    payment_reference: Mapped[str] = mapped_column(Text, default="")
    reference_key: Mapped[str] = mapped_column(Text, index=True, default=_reference_key)
    discount_basis_points: Mapped[int | None]
    discount_until: Mapped[date | None]
    related_invoice: Mapped[str] = mapped_column(Text, default="")
    delivery_number: Mapped[str] = mapped_column(Text, default="")
    contract_number: Mapped[str] = mapped_column(Text, default="")
    buyer_reference: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")
    source_version: Mapped[int | None]
    source_updated_at: Mapped[datetime | None]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey(Document.id))
    content_hash: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("number", "company_id"),
        Index("ix_invoice_buyer_id", "buyer_id", **_where("buyer_id IS NOT NULL")),
        Index("ix_invoice_related_invoice", "related_invoice", **_where("related_invoice <> ''")),
        CheckConstraint("type IN ('invoice','credit_note','charge')", name="type"),
        CheckConstraint(
            "document_type IN ('invoice','credit_note','debit_note','prepayment','partial','final','corrected')",
            name="document_type",
        ),
        CheckConstraint("amount > 0", name="positive"),
    )


class KnownOrder(Base):
    """Whose order a number is, for everyone who meets the number without the order: a dispute, a bank entry."""

    __tablename__ = "known_order"
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), primary_key=True)
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)


class OpenItem(Base):
    """One amount due on one date: an invoice, an instalment, a credit note not used up, or a charge for lateness.

    `gross` and `open` are positive for every kind; 0 ≤ open ≤ gross is the database's own rule (I4).
    `level` and `cycle` say how far reminders have gone: level 0 none yet (or only a courtesy note).
    """

    __tablename__ = "open_item"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"))
    instalment: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    gross: Mapped[int]
    open: Mapped[int]
    __table_args__ = (
        UniqueConstraint("invoice_id", "instalment"),
        Index("ix_open_item_customer", "customer_id", "currency"),
        Index("ix_open_item_due", "due_on"),
        CheckConstraint("kind IN ('invoice','credit_note','charge')", name="kind"),
        CheckConstraint("open >= 0 AND open <= gross", name="open_within_gross"),
    )


class Posting(Base):
    """One movement of money between two accounts: `amount` is added to `account` and taken from `contra`.

    `open_item_id` is the item on the side of `account`, `contra_item_id` the one on the side of `contra`.
    Balanced by construction (I2). Customer accounts are receivable, credit, unapplied and charge; the others are
    the company's. A reversal is a new row of opposite sign that names the row it reverses (I8).
    """

    __tablename__ = "posting"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"))
    open_item_id: Mapped[UUID | None] = mapped_column(ForeignKey("open_item.id"), index=True)
    contra_item_id: Mapped[UUID | None] = mapped_column(ForeignKey("open_item.id"))
    account: Mapped[str] = mapped_column(Text)
    contra: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    cause_id: Mapped[UUID] = mapped_column(index=True)
    on: Mapped[date]
    at: Mapped[datetime]
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("posting.id"))
    __table_args__ = (
        Index("ix_posting_customer", "customer_id", "currency"),
        Index("ix_posting_contra_item_id", "contra_item_id", **_where("contra_item_id IS NOT NULL")),
        Index("uq_posting_reverses_id", "reverses_id", unique=True, **_where("reverses_id IS NOT NULL")),
        CheckConstraint("amount <> 0", name="not_zero"),
        CheckConstraint("account <> contra", name="two_accounts"),
    )


class Note(Base):
    """A line in a customer's history written by a person: a call, a remark."""

    __tablename__ = "note"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class ImportRun(Base):
    """One file handed in, and what became of it. The same bytes are a bank statement only once (M1).

    `kind` is empty until somebody says what the file holds. `said` is what was said with the file and since; `question`
    what a held file waits for. While it runs, it belongs to `claimed_by` until `claimed_until`. The members of an
    archive name it as their `parent_id`. `started_at` is empty while it waits.
    """

    __tablename__ = "import_run"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_run.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text, index=True)
    format: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey(Document.id))
    state: Mapped[str] = mapped_column(Text)
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)
    question: Mapped[dict[str, Any] | None]
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    actor: Mapped[str] = mapped_column(Text)
    claimed_by: Mapped[str | None] = mapped_column(Text)
    claimed_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_import_run_statement",
            "sha256",
            unique=True,
            **_where("kind = 'statement' AND state IN ('waiting','running','done')"),
        ),
        Index(
            "ix_import_run_to_do",
            "state",
            **_where("state IN ('waiting','running')"),
        ),
        CheckConstraint("state IN ('waiting','running','done','refused','held')", name="state"),
    )


class ImportProblem(Base):
    """One thing wrong in a file handed in."""

    __tablename__ = "import_problem"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), index=True)
    severity: Mapped[str] = mapped_column(Text)
    where: Mapped[str] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
