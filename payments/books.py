"""The book as matching sees it, read from the database as far as some receipts need it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, union_all
from sqlalchemy.orm import Session

from payments.matching.book import Book, Candidate, KnownPayer, Tolerance
from payments.matching.by_payer import MOST_OF_AMOUNT
from payments.matching.differences import discount_of
from payments.matching.payer_names import Names
from payments.matching.spelling import Series
from payments.matching.wanted import Wanted
from payments.payers import learned
from payments.tables import LearnedPayer
from receivables.store import SURVIVING
from receivables.tables import Customer, CustomerAccount, Invoice, OpenItem
from runtime.many import among
from runtime.schema import AnyRow


@dataclass(frozen=True, slots=True)
class Known:
    """What a run learns once about a company: how its numbers are made, whether it prints references, who its
    customers are, which of them belong together, and what is in dispute."""

    series: Series
    prints_references: bool
    names: Names
    groups: Mapping[UUID, UUID]
    contested: AbstractSet[UUID]


def known(session: Session, company_id: UUID, contested: AbstractSet[UUID]) -> Known:
    """Looks at every invoice number of a company once, and at the customers when the first name is asked for."""
    series = Series()
    numbers = select(Invoice.__table__.c.number).where(Invoice.__table__.c.company_id == company_id)
    for part in session.connection().execute(numbers).partitions(10_000):
        series.know([number for (number,) in part])
    with_reference = select(Invoice.id).where(Invoice.company_id == company_id, Invoice.reference_key != "")
    prints_references = session.scalar(with_reference.limit(1)) is not None
    return Known(series, prints_references, Names(unread=_names(session)), _groups(session), contested)


def _names(session: Session) -> Iterator[tuple[UUID, str]]:
    yield from ((row[0], row.name) for row in session.execute(select(SURVIVING, Customer.name)))


def _groups(session: Session) -> dict[UUID, UUID]:
    """Customer with a parent → the head of its group. A ring of parents ends where it began."""
    query = select(Customer.id, Customer.parent_id).where(Customer.parent_id.is_not(None))
    parents = {customer_id: parent_id for customer_id, parent_id in session.execute(query)}
    heads = {}
    for customer_id in parents:
        head, seen = customer_id, {customer_id}
        while (parent := parents.get(head)) and parent not in seen:
            seen.add(parent)
            head = parent
        heads[customer_id] = head
    return heads


def open_book(
    session: Session, company_id: UUID, currency: str, tolerance: Tolerance, wanted: Wanted, known: Known
) -> Book:
    """The book of one company and currency as far as the wanted numbers and references go; `read_further` does the
    rest. No more of it is read than is named."""
    book = Book(
        currency,
        tolerance,
        payers(session, wanted.accounts),
        known.names,
        known.groups,
        is_whole=False,
        prints_references=known.prints_references,
        series=known.series,
        contested=known.contested,
    )
    asked = [among(session, Invoice.digits_key, wanted.numbers)]
    if known.prints_references:
        asked.append(among(session, Invoice.reference_key, wanted.references))
    for which in asked:
        _add_items(session, book, company_id, which)
    return book


def read_accounts(session: Session, book: Book, company_id: UUID, customer_ids: Collection[UUID]) -> None:
    """Adds everything that is open of these customers."""
    if customer_ids:
        _add_items(
            session, book, company_id, and_(among(session, OpenItem.customer_id, customer_ids), OpenItem.open > 0)
        )
    book.accounts_read.update(customer_ids)


def read_amounts(session: Session, book: Book, company_id: UUID, amounts: Collection[int]) -> None:
    """Adds items of which exactly such an amount is open, a few more of each than matching looks at."""
    place = func.row_number().over(partition_by=OpenItem.open, order_by=OpenItem.id).label("place")
    of_amount = (
        select(OpenItem.id, place)
        .where(OpenItem.company_id == company_id, OpenItem.currency == book.currency, OpenItem.kind == "invoice")
        .where(among(session, OpenItem.open, amounts))
        .subquery()
    )
    chosen = select(of_amount.c.id).where(of_amount.c.place <= MOST_OF_AMOUNT + 1)
    if amounts:
        _add_items(session, book, company_id, OpenItem.id.in_(chosen))
    book.amounts_read.update(amounts)


def _add_items(session: Session, book: Book, company_id: UUID, which: ColumnElement[bool]) -> None:
    own = (OpenItem.company_id == company_id, OpenItem.currency == book.currency, OpenItem.kind != "charge")
    for row in session.execute(ITEMS.where(*own, which)):
        book.add(candidate(row, book.currency, book.contested), row.payment_reference)


ITEMS = select(
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
"""Everything matching wants to know of open items."""


def candidate(row: AnyRow, currency: str, contested: AbstractSet[UUID] = frozenset()) -> Candidate:
    """A row of `ITEMS` as matching sees it. A discount is only given on an item nothing was taken off yet."""
    item_id, owner, due_on, instalment, kind, gross, still_open, number, _, basis_points, until = row[:11]
    discount = discount_of(gross, basis_points, currency) if basis_points and still_open == gross else 0
    is_credit = kind == "credit_note"
    return Candidate(
        item_id, owner, number, due_on, instalment, still_open, is_credit, discount, until, item_id in contested
    )


def payers(session: Session, accounts: Collection[str]) -> dict[str, list[KnownPayer]]:
    """Account → the customers who pay from it, for these accounts: as the customer master says, and as learned."""
    found: dict[str, dict[UUID, int]] = defaultdict(dict)
    main = select(Customer.iban, SURVIVING).where(among(session, Customer.iban, accounts))
    further = select(CustomerAccount.iban, SURVIVING).join(Customer, Customer.id == CustomerAccount.customer_id)
    told = union_all(main, further.where(among(session, CustomerAccount.iban, accounts)))
    for account, customer_id in session.execute(told):
        found[account][customer_id] = 0
    for account, customer_id, seen, _ in session.execute(
        learned().where(among(session, LearnedPayer.account, accounts))
    ):
        found[account][customer_id] = seen
    return {account: [KnownPayer(*owner) for owner in owners.items()] for account, owners in found.items()}
