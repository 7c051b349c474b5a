"""Every query on cash. Functions take a `Session`."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from payments.errors import AlreadyPlaced, NoSuchAllocation, NoSuchEntry
from payments.tables import Allocation, BankAccount, BankEntry, Payment, RefundRequest, Statement, Suggestion
from receivables.tables import OpenItem
from runtime.many import among
from runtime.schema import AnyRow


def bank_account(session: Session, identifier: str, currency: str | None) -> Sequence[BankAccount]:
    """The accounts of an identifier; one per currency, or all of them when the currency is unknown."""
    query = select(BankAccount).where(BankAccount.identifier == identifier)
    return session.scalars(query if currency is None else query.where(BankAccount.currency == currency)).all()


def bank_accounts(session: Session) -> Sequence[BankAccount]:
    """Every account of ours."""
    return session.scalars(select(BankAccount).order_by(BankAccount.identifier, BankAccount.currency)).all()


def has_account(session: Session, company_id: UUID, currency: str) -> bool:
    query = select(BankAccount.id).where(BankAccount.company_id == company_id, BankAccount.currency == currency)
    return session.scalar(query.limit(1)) is not None


def entry(session: Session, entry_id: UUID) -> BankEntry:
    found = session.get(BankEntry, entry_id)
    if found is None:
        raise NoSuchEntry
    return found


def company_of(session: Session, bank_account_id: UUID) -> UUID:
    return session.scalars(select(BankAccount.company_id).where(BankAccount.id == bank_account_id)).one()


def statement_of(session: Session, entry: BankEntry) -> Statement:
    return session.scalars(select(Statement).where(Statement.id == entry.statement_id)).one()


def place(session: Session, entry: BankEntry, amount: int) -> None:
    """Marks so much of an entry as used; a negative amount frees it. Refuses what another user took first (I7)."""
    changed = session.execute(
        update(BankEntry)
        .where(
            BankEntry.id == entry.id,
            BankEntry.placed + amount <= BankEntry.amount,
            BankEntry.placed + amount >= 0,
            BankEntry.version == entry.version,
        )
        .values(placed=BankEntry.placed + amount, version=BankEntry.version + 1)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadyPlaced
    session.refresh(entry)


def give_back(session: Session, entry: BankEntry, amount: int, freed: int) -> None:
    """Marks so much of an entry as taken back by the bank; `freed` of it was placed until now. Refuses what another
    user did with it meanwhile."""
    changed = session.execute(
        update(BankEntry)
        .where(BankEntry.id == entry.id, BankEntry.version == entry.version)
        .where(BankEntry.placed + amount - freed <= BankEntry.amount)
        .values(
            placed=BankEntry.placed + amount - freed,
            returned=BankEntry.returned + amount,
            version=BankEntry.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadyPlaced
    session.refresh(entry)


ENTRIES_A_PAGE = 5_000

_TO_MATCH = select(
    BankEntry.id,
    BankEntry.booked_on,
    BankEntry.valued_on,
    BankEntry.amount,
    BankEntry.currency,
    BankEntry.state,
    BankEntry.remittance,
    BankEntry.structured_reference,
    BankEntry.end_to_end,
    BankEntry.counterparty,
    BankEntry.counterparty_account,
    exists().where(Payment.bank_entry_id == BankEntry.id, Payment.reversed_at.is_not(None)).label("was_taken_back"),
)
"""What matching wants to know of an entry."""


def entries_to_match(session: Session, company_id: UUID, size: int = ENTRIES_A_PAGE) -> Iterator[Sequence[AnyRow]]:
    """Booked incoming entries of proven statements that have not found their use, oldest first, page by page. What is
    placed while the pages are read does not disturb them."""
    query = (
        _TO_MATCH.join(Statement, Statement.id == BankEntry.statement_id)
        .join(BankAccount, BankAccount.id == BankEntry.bank_account_id)
        .where(BankAccount.company_id == company_id, Statement.state != "quarantined", *_unplaced())
        .order_by(BankEntry.booked_on, BankEntry.id)
        .limit(size)
    )
    page = session.execute(query).all()
    while page:
        yield page
        last = page[-1]
        later = or_(
            BankEntry.booked_on > last.booked_on, and_(BankEntry.booked_on == last.booked_on, BankEntry.id > last.id)
        )
        page = session.execute(query.where(later)).all() if len(page) == size else []


def entries_by_id(session: Session, entry_ids: Collection[UUID]) -> Sequence[AnyRow]:
    """These entries as `entries_to_match` gives them, oldest first, if nobody placed them meanwhile."""
    query = _TO_MATCH.where(among(session, BankEntry.id, entry_ids), *_unplaced())
    return session.execute(query.order_by(BankEntry.booked_on, BankEntry.id)).all()


def _unplaced() -> tuple[ColumnElement[bool], ...]:
    return (
        BankEntry.state.in_(("unmatched", "suggested")),
        BankEntry.placed == 0,
        BankEntry.amount > 0,
        BankEntry.pending.is_(False),
    )


def still_unplaced(session: Session, entry_ids: Collection[UUID]) -> set[UUID]:
    """Those of the entries that nobody placed meanwhile, locked until the end of the transaction."""
    query = select(BankEntry.id).where(among(session, BankEntry.id, entry_ids), *_unplaced())
    return set(session.scalars(query.order_by(BankEntry.id).with_for_update()))


def open_amounts(session: Session, open_item_ids: Collection[UUID]) -> dict[UUID, int]:
    """Open item → what is open of it now."""
    query = select(OpenItem.id, OpenItem.open).where(among(session, OpenItem.id, open_item_ids))
    return {item_id: amount for item_id, amount in session.execute(query)}


def customers_of_entry(session: Session, entry_id: UUID) -> set[UUID]:
    """Whom an entry's standing payments and its allocations concern."""
    paying = select(Payment.customer_id).where(Payment.bank_entry_id == entry_id, Payment.reversed_at.is_(None))
    owing = (
        select(OpenItem.customer_id)
        .join(Allocation, Allocation.open_item_id == OpenItem.id)
        .where(Allocation.bank_entry_id == entry_id)
    )
    return set(session.scalars(paying.union(owing)))


def payments_of_entry(session: Session, entry_id: UUID) -> Sequence[Payment]:
    """The payments made from an entry that still stand, as the database has them now."""
    return session.scalars(
        select(Payment)
        .where(Payment.bank_entry_id == entry_id, Payment.reversed_at.is_(None))
        .order_by(Payment.id)
        .execution_options(populate_existing=True)
    ).all()


def standing_allocations(session: Session, **by: Any) -> Sequence[Allocation]:
    """Allocations that were not taken back, by any of their columns."""
    undone = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    query = select(Allocation).where(Allocation.reverses_id.is_(None), Allocation.id.not_in(undone))
    return session.scalars(query.filter_by(**by).order_by(Allocation.id)).all()


def allocation(session: Session, allocation_id: UUID) -> Allocation:
    found = session.get(Allocation, allocation_id)
    if found is None or found.reverses_id is not None:
        raise NoSuchAllocation
    return found


def is_undone(session: Session, allocation_id: UUID) -> bool:
    return session.scalar(select(Allocation.id).where(Allocation.reverses_id == allocation_id)) is not None


def suggestions(session: Session, entry_id: UUID) -> Sequence[Suggestion]:
    return session.scalars(
        select(Suggestion).where(Suggestion.bank_entry_id == entry_id).order_by(Suggestion.rank)
    ).all()


def counts_by_state(session: Session) -> dict[str, int]:
    """How many booked incoming entries stand in each state."""
    query = select(BankEntry.state, func.count()).where(BankEntry.amount > 0).group_by(BankEntry.state)
    return {state: count for state, count in session.execute(query)}


def fresh_until(session: Session) -> date | None:
    """The last day that the accepted statements of every account not closed reach: how fresh the bank data is."""
    last = (
        select(func.max(func.coalesce(Statement.to_on, BankEntry.booked_on)).label("until"))
        .select_from(Statement)
        .join(BankAccount, BankAccount.id == Statement.bank_account_id)
        .outerjoin(BankEntry, BankEntry.statement_id == Statement.id)
        .where(Statement.state != "quarantined", BankAccount.closed_on.is_(None))
        .group_by(Statement.bank_account_id)
        .subquery()
    )
    until: date | None = session.scalar(select(func.min(last.c.until)))
    return until


def unapplied_cash(session: Session, customer_id: UUID | None = None) -> dict[tuple[UUID, UUID, str], int]:
    """(customer, company, currency) → cash not applied to anything yet, of one customer or of everybody."""
    query = select(Payment.customer_id, Payment.company_id, Payment.currency, func.sum(Payment.unapplied)).where(
        Payment.unapplied > 0, Payment.reversed_at.is_(None)
    )
    if customer_id is not None:
        query = query.where(Payment.customer_id == customer_id)
    rows = session.execute(query.group_by(Payment.customer_id, Payment.company_id, Payment.currency))
    return {(customer, company, currency): int(unapplied) for customer, company, currency, unapplied in rows}


def open_refund_request(session: Session, payment_id: UUID) -> RefundRequest | None:
    query = select(RefundRequest).where(RefundRequest.payment_id == payment_id, RefundRequest.withdrawn_at.is_(None))
    return session.scalars(query).first()


def withdraw_refund_requests(session: Session, payment_id: UUID, at: datetime) -> None:
    request = open_refund_request(session, payment_id)
    if request is not None:
        request.withdrawn_at = at
