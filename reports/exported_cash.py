"""Exports of cash: bank entries, what they are placed on, and the ledger."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.money import decimal_text
from payments.tables import Allocation, BankAccount, BankEntry, Suggestion
from receivables.tables import Customer, Invoice, OpenItem, Posting
from reports.period import Period, Row, shown
from runtime.work import Work

BATCH = 1000


def entries(work: Work, period: Period) -> Iterator[Row]:
    query = (
        select(BankEntry, BankAccount.identifier)
        .join(BankAccount, BankAccount.id == BankEntry.bank_account_id)
        .order_by(BankEntry.booked_on, BankEntry.id)
    )
    for entry, account in work.session.execute(query):
        if period.holds(entry.booked_on):
            yield {
                "entry_ref": _entry_ref(entry),
                "account": account,
                "booked_on": entry.booked_on,
                "valued_on": entry.valued_on,
                "amount": decimal_text(entry.amount, entry.currency),
                "currency": entry.currency,
                "counterparty": entry.counterparty,
                "counterparty_iban": entry.counterparty_account,
                "remittance": entry.remittance,
                "state": entry.state,
            }


def allocations(work: Work, period: Period) -> Iterator[Row]:
    """What is placed on invoices now, and what is only suggested. What was undone is in the postings."""
    undone = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    query = (
        select(Allocation, BankEntry, BankAccount.identifier, Customer.external_id, Invoice.number)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == Allocation.customer_id)
        .outerjoin(BankEntry, BankEntry.id == Allocation.bank_entry_id)
        .outerjoin(BankAccount, BankAccount.id == BankEntry.bank_account_id)
        .where(Allocation.reverses_id.is_(None), Allocation.id.not_in(undone))
        .order_by(Allocation.on, Allocation.id)
    )
    for allocation, entry, account, customer, number in work.session.execute(query):
        if period.holds(allocation.on):
            yield {
                **_of_entry(entry, account, allocation.currency),
                "customer_id": customer,
                "invoice_number": number,
                "allocated": decimal_text(allocation.amount, allocation.currency),
                "kind": allocation.kind,
                "state": "posted",
                "confidence": shown(allocation.confidence),
                "reasons": "; ".join(allocation.reasons),
            }
    yield from _suggested(work, period)


def _of_entry(entry: BankEntry | None, account: str | None, currency: str) -> Row:
    if entry is None:
        return {"entry_ref": "", "account": "", "booked_on": "", "entry_amount": "", "currency": currency}
    return {
        "entry_ref": _entry_ref(entry),
        "account": account,
        "booked_on": entry.booked_on,
        "entry_amount": decimal_text(entry.amount, entry.currency),
        "currency": entry.currency,
    }


def _entry_ref(entry: BankEntry) -> str:
    """The bank's own reference; where the file has none, our own id."""
    return entry.entry_ref or str(entry.id)


def _suggested(work: Work, period: Period) -> Iterator[Row]:
    query = (
        select(Suggestion, BankEntry, BankAccount.identifier, Customer.external_id)
        .join(BankEntry, BankEntry.id == Suggestion.bank_entry_id)
        .join(BankAccount, BankAccount.id == BankEntry.bank_account_id)
        .join(Customer, Customer.id == Suggestion.customer_id)
        .order_by(BankEntry.booked_on, BankEntry.id, Suggestion.rank)
    )
    for suggestion, entry, account, customer in work.session.execute(query):
        if not period.holds(entry.booked_on):
            continue
        for line in suggestion.lines:
            yield {
                **_of_entry(entry, account, entry.currency),
                "customer_id": customer,
                "invoice_number": _number(work.session, UUID(line["open_item_id"])),
                "allocated": decimal_text(line["amount"], entry.currency),
                "kind": line.get("kind", "payment"),
                "state": "suggested",
                "confidence": suggestion.confidence,
                "reasons": "; ".join(suggestion.reasons),
            }


def _number(session: Session, open_item_id: UUID) -> str:
    query = select(Invoice.number).join(OpenItem, OpenItem.invoice_id == Invoice.id)
    return session.scalars(query.where(OpenItem.id == open_item_id)).one()


def postings(work: Work, period: Period) -> Iterator[Row]:
    query = (
        select(Posting, Customer.external_id)
        .outerjoin(Customer, Customer.id == Posting.customer_id)
        .order_by(Posting.on, Posting.id)
    )
    for posting, customer in work.session.execute(query.execution_options(yield_per=BATCH)):
        if period.holds(posting.on):
            yield {
                "posting_id": posting.id,
                "on": posting.on,
                "customer_id": shown(customer),
                "account": posting.account,
                "contra": posting.contra,
                "amount": decimal_text(posting.amount, posting.currency),
                "currency": posting.currency,
                "cause": posting.cause,
                "cause_id": posting.cause_id,
                "at": posting.at.isoformat(),
            }
