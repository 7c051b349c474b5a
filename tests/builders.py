"""A small cast and how to put it on stage: `a_customer("ACME")`, `an_invoice("F-1001", …)`, `a_statement(…)`.

Acme pays late, Borealis pays short, Cygnus disputes, Delta keeps promises. Everything goes in through the same
service functions the product uses.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.money import parse_minor
from dunning.tables import Decision
from payments import statements, store
from payments.readers.model import Account, Assumed, Entry, Piece, StatementFoot, StatementHead
from payments.tables import BankAccount, BankEntry, Statement
from receivables import service
from receivables.intake.customer_rows import CustomerIn, read_customer
from receivables.intake.invoice_rows import InvoiceIn, gather_instalments, read_invoice
from receivables.intake.rows import Row
from receivables.store import companies, invoice_by_number
from receivables.tables import Company, Customer, ImportRun, Invoice, OpenItem
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Work

TODAY = date(2026, 11, 20)
OUR_IBAN = "ES9121000418450200051332"


def a_company(work: Work, code: str = "NW", currency: str = "EUR") -> Company:
    """The seller; the same one when it is asked for again."""
    found = next((each for each in companies(work.session) if each.code == code), None)
    return found or service.add_company(
        work, code, name="Nordwind Trading", legal_name="Nordwind Trading SL", country="ES", currency=currency,
        language="en", email="cobros@nordwind.example", iban=OUR_IBAN, street="Carrer de la Marina 12",
        postal_code="08005", city="Barcelona", time_zone="Europe/Madrid",
    )  # fmt: skip


def a_customer(work: Work, external_id: str = "ACME", **fields: str) -> CustomerIn:
    """A customer who can be reached by e-mail."""
    row = {
        "customer_id": external_id,
        "name": f"{external_id.title()} Ltd",
        "email": f"ap@{external_id.lower()}.example",
        "language": "en",
        "country": "ES",
        "currency": "EUR",
        **fields,
    }
    customer, problems = read_customer(Row("builder", dict(row)))
    assert customer is not None, problems
    service.put_customers(work, [customer])
    return customer


def an_invoice(
    work: Work,
    number: str = "F-1001",
    customer: str = "ACME",
    amount: str = "100.00",
    due_on: date = TODAY - timedelta(days=10),
    **fields: str,
) -> Invoice:
    """An invoice in the book, issued thirty days before it is due."""
    read = an_invoice_row(number, customer, amount, due_on, **fields)
    intake = service.put_invoices(work, a_company(work), [read])
    assert intake.count("created") == 1, intake.problems
    return invoice_by_number(work.session, number)


def an_invoice_row(number: str, customer: str, amount: str, due_on: date, **fields: str) -> InvoiceIn:
    row = {
        "invoice_number": number,
        "customer_id": customer,
        "issued_on": str(due_on - timedelta(days=30)),
        "due_on": str(due_on),
        "currency": "EUR",
        "amount": amount,
        **fields,
    }
    read = next(iter(gather_instalments([read_invoice(Row("builder", dict(row)))])))
    assert read.invoice is not None, read.problems
    return read.invoice


def the_item(work: Work, number: str) -> OpenItem:
    """The open item of an invoice with one due date, as the database has it now."""
    invoice = invoice_by_number(work.session, number)
    item = work.session.query(OpenItem).filter_by(invoice_id=invoice.id).one()
    work.session.refresh(item)
    return item


def a_bank_account(work: Work, currency: str = "EUR") -> BankAccount:
    found = store.bank_account(work.session, OUR_IBAN, currency)
    return found[0] if found else statements.add_bank_account(work, a_company(work).id, OUR_IBAN, currency)


def money_in(
    work: Work, amount: str, remittance: str = "", *, currency: str = "EUR", on: date = TODAY, **more: str
) -> BankEntry:
    """One booked bank entry of ours, in a statement of its own."""
    entry = Entry(on, on, parse_minor(amount, currency), currency, "builder", remittance=remittance, **more)  # type: ignore[arg-type]
    return a_statement(work, [entry], currency=currency)[0]


def a_statement(work: Work, entries: list[Entry], *, currency: str = "EUR", off_by: int = 0) -> list[BankEntry]:
    """A statement of these entries; its balances tie unless they are `off_by`.

    Returns the entries that stand in it: the new ones, and those that no statement had proven before.
    """
    account = a_bank_account(work, currency)
    run = ImportRun(
        id=new_id(), kind="statement", file_name="builder", sha256=str(new_id()), state="done",
        actor=str(work.actor), started_at=work.now,
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    pieces: list[Piece] = [StatementHead(Account(OUR_IBAN), currency, opening=0), *entries]
    pieces.append(StatementFoot(sum(entry.amount for entry in entries if not entry.pending) + off_by))
    statements.store_statements(work, "builder", pieces, run.id, lambda *_: account)
    return (
        work.session.query(BankEntry)
        .join(Statement, Statement.id == BankEntry.statement_id)
        .filter(Statement.import_id == run.id)
        .order_by(BankEntry.id)
        .all()
    )


class Pieces:
    """A reader of what was prepared in memory."""

    name, title = "builder", "builder"

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces

    def recognises(self, head: bytes, filename: str) -> bool:
        return True

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        yield from self._pieces


def decisions_of_run(session: Session, run_id: UUID) -> Sequence[AnyRow]:
    """(Decision, OpenItem, Invoice, Customer) of a run, by customer."""
    return session.execute(
        select(Decision, OpenItem, Invoice, Customer)
        .join(OpenItem, OpenItem.id == Decision.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == Decision.customer_id)
        .where(Decision.run_id == run_id)
        .order_by(Customer.name, OpenItem.due_on)
    ).all()
