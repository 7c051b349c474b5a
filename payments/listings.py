"""What the screens about cash list: entries by state, the answers of one, what was placed from it, statements."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from payments.tables import Allocation, BankAccount, BankEntry, Payment, Statement, Suggestion
from receivables.store import chunks
from receivables.tables import Customer, Invoice, OpenItem
from runtime.schema import AnyRow

FILTERS: dict[str, tuple[str, ...]] = {
    "todo": ("unmatched", "suggested"),
    "suggested": ("suggested",),
    "unmatched": ("unmatched",),
    "applied": ("applied",),
    "part_applied": ("part_applied",),
    "ignored": ("ignored",),
    "returned": ("returned",),
}
"""Filter in the URL → states of the entries it shows."""


def incoming(shown: str) -> Select[*tuple[Any, ...]]:
    """Incoming entries under a filter."""
    return select(BankEntry).where(BankEntry.amount > 0, BankEntry.state.in_(FILTERS[shown]))


def unplaced(session: Session, shown: str) -> dict[str, int]:
    """Currency → what the entries under a filter have not found a use for."""
    query = select(BankEntry.currency, func.sum(BankEntry.amount - BankEntry.placed))
    query = query.where(BankEntry.amount > 0, BankEntry.state.in_(FILTERS[shown]))
    rows = session.execute(query.group_by(BankEntry.currency).order_by(BankEntry.currency))
    return {currency: int(total) for currency, total in rows}


def answer_counts(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, int]:
    """Entry → how many answers were suggested."""
    query = select(Suggestion.bank_entry_id, func.count()).group_by(Suggestion.bank_entry_id)
    return {
        entry_id: count
        for part in chunks(entry_ids)
        for entry_id, count in session.execute(query.where(Suggestion.bank_entry_id.in_(part)))
    }


def answers(session: Session, entry_id: UUID) -> Sequence[AnyRow]:
    """(Suggestion, Customer) of an entry, the likeliest first."""
    return session.execute(
        select(Suggestion, Customer)
        .join(Customer, Customer.id == Suggestion.customer_id)
        .where(Suggestion.bank_entry_id == entry_id)
        .order_by(Suggestion.rank)
    ).all()


def items_named(session: Session, open_item_ids: Collection[UUID]) -> dict[str, AnyRow]:
    """Item id as suggestions write it → (OpenItem, Invoice)."""
    query = select(OpenItem, Invoice).join(Invoice, Invoice.id == OpenItem.invoice_id)
    return {
        str(row.OpenItem.id): row
        for part in chunks(open_item_ids)
        for row in session.execute(query.where(OpenItem.id.in_(part)))
    }


def placed_from(session: Session, entry_id: UUID) -> Sequence[AnyRow]:
    """(Allocation, OpenItem, Invoice, Customer) that stand from an entry."""
    undone = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    return session.execute(
        select(Allocation, OpenItem, Invoice, Customer)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == Allocation.customer_id)
        .where(Allocation.bank_entry_id == entry_id, Allocation.reverses_id.is_(None), Allocation.id.not_in(undone))
        .order_by(Allocation.id)
    ).all()


def kept_from(session: Session, entry_id: UUID) -> Sequence[AnyRow]:
    """(Payment, Customer) of an entry with cash no invoice has taken yet."""
    return session.execute(
        select(Payment, Customer)
        .join(Customer, Customer.id == Payment.customer_id)
        .where(Payment.bank_entry_id == entry_id, Payment.reversed_at.is_(None), Payment.unapplied > 0)
        .order_by(Payment.id)
    ).all()


def statements(state: str | None) -> Select[*tuple[Any, ...]]:
    """(Statement, BankAccount), of one state or of all."""
    query = select(Statement, BankAccount).join(BankAccount, BankAccount.id == Statement.bank_account_id)
    return query.where(Statement.state == state) if state else query


def statement(session: Session, statement_id: UUID) -> Statement:
    found = session.get(Statement, statement_id)
    if found is None:
        raise NotFound("There is no such statement.")
    return found
