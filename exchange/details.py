"""What a change says: numbers, amounts and days as people and other programs know them, read from the book."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from core.money import decimal_text
from disputes.tables import Dispute
from dunning.contact_tables import LoggedCall
from dunning.plan_tables import PaymentPlan, PlanInstalment, PlanItem
from dunning.tables import Notice, NoticeLine, Pause, Promise
from exchange.feed import News
from merging.tables import CustomerMerge
from payments.tables import Allocation, BankAccount, BankEntry, Payment
from receivables.store import chunks
from receivables.tables import Company, Customer, Invoice, OpenItem
from runtime.many import among, ask

MOST_NAMES = 1_000
"""Names in one change; more of them make several."""


def allocations(session: Session, ids: Sequence[UUID]) -> Iterator[News]:
    """What was taken off invoices, or put back: one change an allocation, in the order they were made."""
    for part in chunks(ids, 5_000):
        found = {row[0].id: row for row in session.execute(_ALLOCATIONS.where(among(session, Allocation.id, part)))}
        yield from (_allocation(*found[each]) for each in part if each in found)


_CREDIT_ITEM, _CREDIT = aliased(OpenItem), aliased(Invoice)
_ALLOCATIONS = (
    select(
        Allocation, OpenItem, Invoice.number, Company.code, Customer.external_id, _CREDIT.number, BankEntry,
        BankAccount.identifier,
    )
    .join(OpenItem, OpenItem.id == Allocation.open_item_id)
    .join(Invoice, Invoice.id == OpenItem.invoice_id)
    .join(Company, Company.id == OpenItem.company_id)
    .join(Customer, Customer.id == Allocation.customer_id)
    .outerjoin(_CREDIT_ITEM, _CREDIT_ITEM.id == Allocation.credit_item_id)
    .outerjoin(_CREDIT, _CREDIT.id == _CREDIT_ITEM.invoice_id)
    .outerjoin(BankEntry, BankEntry.id == Allocation.bank_entry_id)
    .outerjoin(BankAccount, BankAccount.id == BankEntry.bank_account_id)
)  # fmt: skip


def _allocation(
    made: Allocation, item: OpenItem, number: str, company: str, customer: str, credit: str | None,
    entry: BankEntry | None, account: str | None,
) -> News:  # fmt: skip
    data: dict[str, Any] = {
        "allocation_id": str(made.id),
        "company": company,
        "customer_id": customer,
        "invoice_number": number,
        "instalment": item.instalment,
        "amount": decimal_text(abs(made.amount), made.currency),
        "currency": made.currency,
        "on": _day(made.on),
        "open": decimal_text(item.open, item.currency),
        "is_automatic": made.is_automatic,
        "credit_note": credit,
        "entry": None if entry is None else _entry(entry, account),
    }
    if made.reverses_id is not None:
        data["undoes"] = str(made.reverses_id)
    return News(f"{made.kind}.{'undone' if made.reverses_id else 'applied'}", data)


def _entry(entry: BankEntry, account: str | None) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "entry_ref": entry.entry_ref,
        "account": account,
        "booked_on": _day(entry.booked_on),
        "valued_on": _day(entry.valued_on),
    }


def kept_money(session: Session, entry_id: UUID) -> Iterator[News]:
    """What an entry brought that no invoice has taken."""
    query = (
        select(Payment, Customer.external_id, Company.code, BankEntry, BankAccount.identifier)
        .join(Customer, Customer.id == Payment.customer_id)
        .join(Company, Company.id == Payment.company_id)
        .join(BankEntry, BankEntry.id == Payment.bank_entry_id)
        .join(BankAccount, BankAccount.id == BankEntry.bank_account_id)
        .where(Payment.bank_entry_id == entry_id, Payment.reversed_at.is_(None), Payment.unapplied > 0)
    )
    for payment, customer, company, entry, account in session.execute(query):
        data = {
            "payment_id": str(payment.id),
            "company": company,
            "customer_id": customer,
            "amount": decimal_text(payment.unapplied, payment.currency),
            "currency": payment.currency,
            "entry": _entry(entry, account),
        }
        yield News("payment.kept", data)


def cancelled(session: Session, invoice_id: UUID) -> Iterator[News]:
    """An invoice that was cancelled, and why."""
    query = (
        select(Invoice, Customer.external_id, Company.code)
        .join(Customer, Customer.id == Invoice.customer_id)
        .join(Company, Company.id == Invoice.company_id)
    )
    invoice, customer, company = session.execute(query.where(Invoice.id == invoice_id)).one()
    data = {
        "company": company,
        "customer_id": customer,
        "invoice_number": invoice.number,
        "amount": decimal_text(invoice.amount, invoice.currency),
        "currency": invoice.currency,
        "reason": invoice.cancel_reason or "",
    }
    yield News("invoice.cancelled", data)


def invoices(session: Session, company_id: UUID, numbers: Sequence[str]) -> Iterator[News]:
    """The numbers of invoices that came in or changed."""
    code = ask(session, _code, company_id=company_id).scalar()
    for part in chunks(numbers, MOST_NAMES):
        yield News("invoices.changed", {"company": code, "invoices": part})


@cache
def _code(_: str) -> Select[*tuple[str]]:
    return select(Company.code).where(Company.id == bindparam("company_id"))


def customers(session: Session, ids: Collection[UUID]) -> Iterator[News]:
    """The numbers of customers that came in or changed."""
    for part in chunks(ids, MOST_NAMES):
        query = select(Customer.external_id).where(among(session, Customer.id, part)).order_by(Customer.id)
        yield News("customers.changed", {"customers": list(session.scalars(query))})


def dispute(session: Session, kind: str, number: int) -> Iterator[News]:
    """A case as it stands."""
    query = (
        select(Dispute, Customer.external_id, Company.code)
        .join(Customer, Customer.id == Dispute.customer_id)
        .join(Company, Company.id == Dispute.company_id)
    )
    case, customer, company = session.execute(query.where(Dispute.number == number)).one()
    data = {
        "case": case.number,
        "company": company,
        "customer_id": customer,
        "subject_kind": case.subject_kind,
        "subject": case.subject,
        "reason": case.reason,
        "amount": _amount(case.amount, case.currency),
        "currency": case.currency or None,
        "outcome": case.outcome,
        "accepted_amount": _amount(case.accepted_amount, case.currency),
    }
    yield News(kind, data)


def hold(session: Session, kind: str, hold_id: UUID) -> Iterator[News]:
    """A hold of a customer, or of one invoice."""
    query = (
        select(Pause, Customer.external_id, Invoice.number)
        .join(Customer, Customer.id == Pause.customer_id)
        .outerjoin(OpenItem, OpenItem.id == Pause.open_item_id)
        .outerjoin(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(Pause.source == "hold", Pause.source_id == hold_id)
        .limit(1)
    )
    for pause, customer, number in session.execute(query):
        data = {
            "hold_id": str(hold_id),
            "customer_id": customer,
            "invoice_number": number,
            "until": _day(pause.expires_on),
            "reason": pause.reason,
        }
        yield News(kind, data)


def promise(session: Session, kind: str, promise_id: UUID) -> Iterator[News]:
    """A promise to pay an invoice."""
    query = (
        select(Promise, Customer.external_id, Invoice.number)
        .join(Customer, Customer.id == Promise.customer_id)
        .join(OpenItem, OpenItem.id == Promise.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
    )
    made, customer, number = session.execute(query.where(Promise.id == promise_id)).one()
    data = {
        "promise_id": str(made.id),
        "customer_id": customer,
        "invoice_number": number,
        "amount": decimal_text(made.amount, made.currency),
        "currency": made.currency,
        "promised_on": _day(made.promised_on),
    }
    yield News(kind, data)


def payment_plan(session: Session, kind: str, number: int, reason: str | None) -> Iterator[News]:
    """A payment plan as it stands, with its invoices and instalments."""
    query = (
        select(PaymentPlan, Customer.external_id, Company.code)
        .join(Customer, Customer.id == PaymentPlan.customer_id)
        .join(Company, Company.id == PaymentPlan.company_id)
    )
    plan, customer, company = session.execute(query.where(PaymentPlan.number == number)).one()
    named = (
        select(Invoice.number)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .join(PlanItem, PlanItem.open_item_id == OpenItem.id)
        .where(PlanItem.plan_id == plan.id)
        .distinct()
        .order_by(Invoice.number)
    )
    parts = select(PlanInstalment).where(PlanInstalment.plan_id == plan.id).order_by(PlanInstalment.position)
    data = {
        "plan": plan.number,
        "company": company,
        "customer_id": customer,
        "state": plan.state,
        "total": decimal_text(plan.total, plan.currency),
        "currency": plan.currency,
        "invoices": list(session.scalars(named)),
        "instalments": [
            {"due_on": _day(each.due_on), "amount": decimal_text(each.amount, plan.currency)}
            for each in session.scalars(parts)
        ],
        "missed_on": _day(plan.missed_on),
        "reason": reason,
    }
    yield News(kind, data)


def call(session: Session, call_id: UUID) -> Iterator[News]:
    """A call and what came of it."""
    query = (
        select(LoggedCall, Customer.external_id, Company.code)
        .join(Customer, Customer.id == LoggedCall.customer_id)
        .join(Company, Company.id == LoggedCall.company_id)
    )
    made, customer, company = session.execute(query.where(LoggedCall.id == call_id)).one()
    data = {
        "call_id": str(made.id),
        "company": company,
        "customer_id": customer,
        "outcome": made.outcome,
        "note": made.note,
        "on": _day(made.on),
        "next_on": _day(made.next_on),
    }
    yield News("call.logged", data)


def merge(session: Session, kind: str, number: int) -> Iterator[News]:
    """Two customers that became one, or two again: from `customer.merged` on, `merged` means `survivor`."""
    merged = aliased(Customer)
    query = (
        select(CustomerMerge, Customer.external_id, merged.external_id)
        .join(Customer, Customer.id == CustomerMerge.survivor_id)
        .join(merged, merged.id == CustomerMerge.merged_id)
    )
    made, survivor, gone = session.execute(query.where(CustomerMerge.number == number)).one()
    reason = made.reason if kind == "customer.merged" else made.undo_reason
    yield News(kind, {"merge": made.number, "survivor": survivor, "merged": gone, "reason": reason})


def notice(session: Session, number: int) -> Iterator[News]:
    """A reminder that went out, with the invoices it names."""
    query = (
        select(Notice, Customer.external_id, Company.code)
        .join(Customer, Customer.id == Notice.customer_id)
        .join(Company, Company.id == Notice.company_id)
    )
    sent, customer, company = session.execute(query.where(Notice.number == number)).one()
    named = (
        select(Invoice.number)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .join(NoticeLine, NoticeLine.open_item_id == OpenItem.id)
        .where(NoticeLine.notice_id == sent.id, NoticeLine.is_released.is_(False))
        .distinct()
        .order_by(Invoice.number)
    )
    data = {
        "notice": sent.number,
        "company": company,
        "customer_id": customer,
        "level": sent.level,
        "channel": sent.channel,
        "total": decimal_text(sent.total, sent.currency),
        "currency": sent.currency,
        "invoices": list(session.scalars(named)),
    }
    yield News("notice.sent", data)


def charges(session: Session, kind: str, query: Any) -> Iterator[News]:
    """Charges for lateness: `query` selects their open items."""
    shown = (
        select(OpenItem, Invoice.number, Customer.external_id, Company.code)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .join(Company, Company.id == OpenItem.company_id)
        .where(OpenItem.kind == "charge", query)
        .order_by(OpenItem.id)
    )
    for item, number, customer, company in session.execute(shown):
        data = {
            "company": company,
            "customer_id": customer,
            "number": number,
            "amount": decimal_text(item.gross, item.currency),
            "open": decimal_text(item.open, item.currency),
            "currency": item.currency,
            "due_on": _day(item.due_on),
        }
        yield News(kind, data)


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None or not currency else decimal_text(minor, currency)


def _day(on: date | None) -> str | None:
    return on.isoformat() if on else None
