"""Every query on the receivables book. Functions take a `Session` and return rows or plain values."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from receivables.errors import (
    AmbiguousInvoice,
    MergedMeanwhile,
    NoCompanyYet,
    NoSuchCompany,
    NoSuchCustomer,
    NoSuchInvoice,
)
from receivables.tables import Company, Contact, Customer, CustomerAccount, Invoice, KnownOrder, Note, OpenItem
from runtime.many import among_given, ask
from runtime.schema import AnyRow

T = TypeVar("T")

CHUNK = 500
"""Values in one IN list: below every driver's limit of bound parameters."""

CUSTOMER_ACCOUNTS = ("receivable", "credit", "unapplied", "charge")
"""Posting accounts that belong to a customer; their sum is the customer's balance."""


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(values)
    while part := list(islice(iterator, size)):
        yield part


# ── companies and customers ─────────────────────────────────────────────────────────────────────


def companies(session: Session) -> Sequence[Company]:
    """Every company, the first added first."""
    return session.scalars(select(Company).order_by(Company.id)).all()


_FIRST_COMPANY = select(Company).order_by(Company.id).limit(1)
_COMPANY_OF_CODE = select(Company).where(Company.code == bindparam("code"))


def company_by_code(session: Session, code: str | None) -> Company:
    """The company of a code; without one, the only or first company there is."""
    if code is None:
        company = session.scalars(_FIRST_COMPANY).first()
        if company is None:
            raise NoCompanyYet
        return company
    company = session.scalars(_COMPANY_OF_CODE, {"code": code}).first()
    if company is None:
        raise NoSuchCompany(code)
    return company


SURVIVING = func.coalesce(Customer.merged_into_id, Customer.id)
"""Who a customer is now: itself, or the one it was merged into."""


def customer_by_external_id(session: Session, external_id: str) -> Customer:
    """The customer of a number; the number of one that was merged means its survivor."""
    customer = customer_as_kept(session, external_id)
    return session.get_one(Customer, customer.merged_into_id) if customer.merged_into_id else customer


def customer_as_kept(session: Session, external_id: str) -> Customer:
    """The very record of a number, merged or not."""
    customer = session.scalars(select(Customer).where(Customer.external_id == external_id)).first()
    if customer is None:
        raise NoSuchCustomer(external_id)
    return customer


def survivors(session: Session, customers: Iterable[Customer]) -> list[Customer]:
    """Who these customers are now, each once."""
    now = [session.get_one(Customer, each.merged_into_id) if each.merged_into_id else each for each in customers]
    return list(dict.fromkeys(now))


def merged_into(session: Session, customer_id: UUID) -> Sequence[Customer]:
    """Whom a customer stands for besides itself."""
    return session.scalars(
        select(Customer).where(Customer.merged_into_id == customer_id).order_by(Customer.external_id)
    ).all()


def customer_of(session: Session, customer_id: UUID) -> Customer:
    return session.get_one(Customer, customer_id)


def customers_by_external_id(session: Session, external_ids: Iterable[str]) -> dict[str, AnyRow]:
    """external id → (id, payment_terms_days, segment) of who it means now, for those that exist."""
    found: dict[str, AnyRow] = {}
    for part in chunks(external_ids):
        query = select(*_WHO).where(Customer.external_id.in_(part))
        found.update({row.external_id: row for row in session.execute(query)})
    return _who_they_are(found, lambda ids: session.execute(select(*_WHO).where(Customer.id.in_(ids))))


def locked_customers(session: Session, external_ids: Collection[str]) -> dict[str, AnyRow]:
    """The same, locked in the order every lock is taken, all in one statement."""
    found = {row.external_id: row for row in ask(session, _customers_to_lock, names=external_ids)}
    return _who_they_are(found, lambda ids: ask(session, _survivors_to_lock, ids=ids))


_WHO = (
    Customer.external_id, Customer.id, Customer.payment_terms_days, Customer.segment, Customer.merged_into_id,
)  # fmt: skip


def _who_they_are(found: dict[str, AnyRow], look: Callable[[set[UUID]], Iterable[AnyRow]]) -> dict[str, AnyRow]:
    """The same with survivors in place of those that were merged; they are looked for only when there are any."""
    gone = {name: row.merged_into_id for name, row in found.items() if row.merged_into_id is not None}
    if gone:
        now = {row.id: row for row in look(set(gone.values()))}
        found.update({name: now[survivor] for name, survivor in gone.items()})
    return found


@cache
def _customers_to_lock(database: str) -> Select[*tuple[Any, ...]]:
    return _to_lock(among_given(database, Customer.external_id, "names"))


@cache
def _survivors_to_lock(database: str) -> Select[*tuple[Any, ...]]:
    return _to_lock(among_given(database, Customer.id, "ids"))


def _to_lock(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(*_WHO).where(which).order_by(Customer.id).with_for_update(key_share=True)


def external_ids(session: Session, customer_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What people call these customers."""
    found: dict[UUID, str] = {}
    for part in chunks(customer_ids):
        query = select(Customer.id, Customer.external_id).where(Customer.id.in_(part))
        found.update({row.id: row.external_id for row in session.execute(query)})
    return found


def accounts_of_customer(session: Session, customer_id: UUID) -> Sequence[CustomerAccount]:
    """The further accounts a customer pays from; the main one is `customer.iban`."""
    query = select(CustomerAccount).where(CustomerAccount.customer_id == customer_id)
    return session.scalars(query.order_by(CustomerAccount.iban)).all()


def contacts_of_customer(session: Session, customer_id: UUID, purpose: str | None = None) -> Sequence[Contact]:
    """Whom to write to, by purpose and name; for one purpose only when it is named."""
    query = select(Contact).where(Contact.customer_id == customer_id).order_by(Contact.purpose, Contact.name)
    return session.scalars(query if purpose is None else query.where(Contact.purpose == purpose)).all()


def lock_customers(session: Session, customer_ids: Collection[UUID]) -> None:
    """Locks customers until the end of the transaction, always in the same order.

    Everything that touches a customer's money, disputes or reminders locks it first, and refuses when the customer was
    merged while it waited. On SQLite the writing transaction itself is the lock.
    """
    if any(merged_into is not None for merged_into in lock_as_kept(session, customer_ids)):
        raise MergedMeanwhile


def lock_as_kept(session: Session, customer_ids: Collection[UUID]) -> list[UUID | None]:
    """Locks the very records of customers, merged or not; says whom the merged ones were merged into."""
    if session.get_bind().dialect.name == "sqlite":
        return []
    return [
        merged_into
        for part in chunks(sorted(customer_ids))
        for merged_into in session.scalars(
            select(Customer.merged_into_id).where(Customer.id.in_(part)).order_by(Customer.id).with_for_update()
        )
    ]


def lock_customer(session: Session, customer_id: UUID) -> None:
    lock_customers(session, (customer_id,))


# ── invoices and open items ─────────────────────────────────────────────────────────────────────


def invoice_by_number(session: Session, number: str, company_id: UUID | None = None) -> Invoice:
    query = select(Invoice).where(Invoice.number == number)
    if company_id is not None:
        query = query.where(Invoice.company_id == company_id)
    found = session.scalars(query.limit(2)).all()
    if not found:
        raise NoSuchInvoice(number)
    if len(found) > 1:
        raise AmbiguousInvoice(number)
    return found[0]


def invoices_by_number(session: Session, company_id: UUID, numbers: Iterable[str]) -> dict[str, Invoice]:
    found: dict[str, Invoice] = {}
    for part in chunks(numbers):
        query = select(Invoice).where(Invoice.company_id == company_id, Invoice.number.in_(part))
        found.update({invoice.number: invoice for invoice in session.scalars(query)})
    return found


def pushed_before(session: Session, company_id: UUID, numbers: Collection[str]) -> dict[str, AnyRow]:
    """number → (content hash, and how new its news was) of the invoices that are in the book."""
    found = ask(session, _pushed_before, company_id=company_id, numbers=numbers)
    return {row.number: row for row in found}


@cache
def _pushed_before(database: str) -> Select[*tuple[Any, ...]]:
    return select(
        Invoice.number, Invoice.content_hash, Invoice.source, Invoice.source_version, Invoice.source_updated_at
    ).where(Invoice.company_id == bindparam("company_id"), among_given(database, Invoice.number, "numbers"))


def items_of_invoice(session: Session, invoice_id: UUID) -> Sequence[OpenItem]:
    return session.scalars(
        select(OpenItem).where(OpenItem.invoice_id == invoice_id).order_by(OpenItem.instalment)
    ).all()


def items(session: Session, open_item_ids: Collection[UUID]) -> dict[UUID, OpenItem]:
    found: dict[UUID, OpenItem] = {}
    for part in chunks(open_item_ids):
        found.update({item.id: item for item in session.scalars(select(OpenItem).where(OpenItem.id.in_(part)))})
    return found


def read_again(session: Session, held: Iterable[OpenItem], owners: Collection[UUID]) -> None:
    """Reads items anew under the locks of their owners; refuses when one has another owner meanwhile."""
    for item in held:
        session.refresh(item)
        if item.customer_id not in owners:
            raise MergedMeanwhile


def open_items_of_customer(session: Session, customer_id: UUID, *, with_settled: bool = False) -> Sequence[AnyRow]:
    """(OpenItem, Invoice) of a customer, oldest due first."""
    query = (
        select(OpenItem, Invoice)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(OpenItem.customer_id == customer_id)
        .order_by(OpenItem.due_on, Invoice.number)
    )
    return session.execute(query if with_settled else query.where(OpenItem.open > 0)).all()


def orders_named(session: Session, invoice_ids: Collection[UUID]) -> set[tuple[UUID, UUID, str]]:
    """(company, customer, order number) of invoices that name an order, for who pays and for who bought."""
    found: set[tuple[UUID, UUID, str]] = set()
    for part in chunks(invoice_ids):
        query = select(Invoice.company_id, Invoice.customer_id, Invoice.buyer_id, Invoice.order_number).distinct()
        for company, payer, buyer, number in session.execute(
            query.where(Invoice.id.in_(part), Invoice.order_number != "")
        ):
            found |= {(company, customer, number) for customer in (payer, buyer) if customer}
    return found


def customers_of_order(session: Session, company_id: UUID, number: str) -> set[UUID]:
    """Whose order a number is, as orders and invoices tell; usually one, none when nobody named it yet."""
    told = select(KnownOrder.customer_id).where(KnownOrder.company_id == company_id, KnownOrder.number == number)
    buyer = func.coalesce(Invoice.buyer_id, Invoice.customer_id)
    named = select(buyer).where(Invoice.company_id == company_id, Invoice.order_number == number)
    return set(session.scalars(told)) | set(session.scalars(named))


# ── ledger ──────────────────────────────────────────────────────────────────────────────────────


def notes_of_customer(session: Session, customer_id: UUID) -> Sequence[Note]:
    return session.scalars(select(Note).where(Note.customer_id == customer_id).order_by(Note.at.desc())).all()
