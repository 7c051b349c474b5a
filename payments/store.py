"""Every query on cash. Functions take a `Session`."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from payments.errors import AlreadyPlaced, NoSuchAllocation, NoSuchEntry
from payments.matching.book import Book, Candidate, KnownPayer, Tolerance
from payments.matching.differences import discount_of
from payments.matching.payer_names import Names
from payments.matching.wanted import Wanted
from payments.payers import learned, plain
from payments.tables import Allocation, BankAccount, BankEntry, Payment, RefundRequest, Statement, Suggestion
from receivables.store import chunks
from receivables.tables import Customer, Invoice, OpenItem
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


ENTRIES_A_PAGE = 5_000


def entries_to_match(session: Session, company_id: UUID, size: int = ENTRIES_A_PAGE) -> Iterator[Sequence[AnyRow]]:
    """Booked incoming entries of proven statements that have not found their use, oldest first, page by page. What is
    placed while the pages are read does not disturb them."""
    query = (
        select(
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
        )
        .join(Statement, Statement.id == BankEntry.statement_id)
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


def _unplaced() -> tuple[ColumnElement[bool], ...]:
    return (
        BankEntry.state.in_(("unmatched", "suggested")),
        BankEntry.placed == 0,
        BankEntry.amount > 0,
        BankEntry.pending.is_(False),
    )


def still_unplaced(session: Session, entry_ids: Collection[UUID]) -> set[UUID]:
    """Those of the entries that nobody placed meanwhile, locked until the end of the transaction."""
    return {
        entry_id
        for part in chunks(entry_ids)
        for entry_id in session.scalars(
            select(BankEntry.id).where(BankEntry.id.in_(part), *_unplaced()).order_by(BankEntry.id).with_for_update()
        )
    }


def open_amounts(session: Session, open_item_ids: Collection[UUID]) -> dict[UUID, int]:
    """Open item → what is open of it now."""
    return {
        item_id: amount
        for part in chunks(open_item_ids)
        for item_id, amount in session.execute(select(OpenItem.id, OpenItem.open).where(OpenItem.id.in_(part)))
    }


def open_book(session: Session, company_id: UUID, currency: str, tolerance: Tolerance, wanted: Wanted) -> Book:
    """The book of one company and currency as far as the wanted numbers and references go; `read_further` does the
    rest. Every number is looked at once, few are kept."""
    book = Book(currency, tolerance, payers(session, wanted.accounts), names(session), is_whole=False)
    numbers: list[str] = []
    query = select(Invoice.number, Invoice.payment_reference).where(
        Invoice.company_id == company_id, Invoice.currency == currency
    )
    for number, reference in session.execute(query.execution_options(yield_per=10_000)):
        book.know(number, reference)
        if wanted.has(number, reference):
            numbers.append(number)
    for part in chunks(numbers):
        _add_items(session, book, company_id, Invoice.number.in_(part))
    return book


def read_further(
    session: Session, book: Book, company_id: UUID, customer_ids: Collection[UUID], amounts: Collection[int]
) -> None:
    """Adds what is open of these customers, and every item of which exactly such an amount is open."""
    for part in chunks(customer_ids):
        _add_items(session, book, company_id, and_(OpenItem.customer_id.in_(part), OpenItem.open > 0))
    for wanted in chunks(amounts):
        _add_items(session, book, company_id, OpenItem.open.in_(wanted))
    book.accounts_read.update(customer_ids)
    book.amounts_read.update(amounts)


def _add_items(session: Session, book: Book, company_id: UUID, which: ColumnElement[bool]) -> None:
    query = select(
        OpenItem.id,
        OpenItem.customer_id,
        OpenItem.due_on,
        OpenItem.instalment,
        OpenItem.kind,
        OpenItem.gross,
        OpenItem.open,
        Invoice.number,
        Invoice.payment_reference,
        Invoice.discount_basis_points,
        Invoice.discount_until,
    ).join(Invoice, Invoice.id == OpenItem.invoice_id)
    where = (OpenItem.company_id == company_id, OpenItem.currency == book.currency, OpenItem.kind != "charge", which)
    for row in session.execute(query.where(*where)):
        book.add(_candidate(row, book.currency), row.payment_reference)


def _candidate(row: AnyRow, currency: str) -> Candidate:
    """A discount is only given on an item nothing was taken off yet."""
    is_whole = row.discount_basis_points and row.open == row.gross
    discount = discount_of(row.gross, row.discount_basis_points, currency) if is_whole else 0
    is_credit = row.kind == "credit_note"
    return Candidate(
        row.id,
        row.customer_id,
        row.number,
        row.due_on,
        row.instalment,
        row.open,
        is_credit,
        discount,
        row.discount_until,
    )


def payers(session: Session, accounts: Container[str]) -> dict[str, list[KnownPayer]]:
    """Account → the customers who pay from it, for these accounts: as the customer master says, and as learned."""
    found: dict[str, dict[UUID, int]] = defaultdict(dict)
    for iban, customer_id in session.execute(select(Customer.iban, Customer.id).where(Customer.iban != "")):
        account = plain(iban)
        if account in accounts:
            found[account][customer_id] = 0
    for account, customer_id, seen, _ in session.execute(learned()):
        if account in accounts:
            found[account][customer_id] = seen
    return {account: [KnownPayer(*owner) for owner in owners.items()] for account, owners in found.items()}


def names(session: Session) -> Names:
    """The names of all customers, ready to be looked up."""
    found = Names()
    for customer_id, name in session.execute(select(Customer.id, Customer.name)):
        found.add(customer_id, name)
    return found


def customers_of_entry(session: Session, entry_id: UUID) -> set[UUID]:
    """Whom an entry's standing payments and its allocations concern."""
    paying = select(Payment.customer_id).where(Payment.bank_entry_id == entry_id, Payment.reversed_at.is_(None))
    owing = select(Allocation.customer_id).where(Allocation.bank_entry_id == entry_id)
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
    """The last day every account's accepted statements reach: how fresh the bank data is."""
    last = (
        select(func.max(func.coalesce(Statement.to_on, BankEntry.booked_on)).label("until"))
        .select_from(Statement)
        .outerjoin(BankEntry, BankEntry.statement_id == Statement.id)
        .where(Statement.state != "quarantined")
        .group_by(Statement.bank_account_id)
        .subquery()
    )
    until: date | None = session.scalar(select(func.min(last.c.until)))
    return until


def unapplied_of_customers(session: Session, customer_ids: Collection[UUID]) -> dict[tuple[UUID, UUID, str], int]:
    """(customer, company, currency) → cash not applied to anything yet."""
    found: dict[tuple[UUID, UUID, str], int] = {}
    for part in chunks(customer_ids):
        query = (
            select(Payment.customer_id, Payment.company_id, Payment.currency, func.sum(Payment.unapplied))
            .where(Payment.customer_id.in_(part), Payment.unapplied > 0, Payment.reversed_at.is_(None))
            .group_by(Payment.customer_id, Payment.company_id, Payment.currency)
        )
        found.update({(row[0], row[1], row[2]): int(row[3]) for row in session.execute(query)})
    return found


def unapplied_cash(session: Session) -> dict[tuple[UUID, UUID, str], int]:
    """(customer, company, currency) → cash not applied to anything yet, of everybody who has some."""
    query = (
        select(Payment.customer_id, Payment.company_id, Payment.currency, func.sum(Payment.unapplied))
        .where(Payment.unapplied > 0, Payment.reversed_at.is_(None))
        .group_by(Payment.customer_id, Payment.company_id, Payment.currency)
    )
    return {(customer, company, currency): int(sum_) for customer, company, currency, sum_ in session.execute(query)}


def open_refund_request(session: Session, payment_id: UUID) -> RefundRequest | None:
    query = select(RefundRequest).where(RefundRequest.payment_id == payment_id, RefundRequest.withdrawn_at.is_(None))
    return session.scalars(query).first()


def withdraw_refund_requests(session: Session, payment_id: UUID, at: datetime) -> None:
    request = open_refund_request(session, payment_id)
    if request is not None:
        request.withdrawn_at = at
