"""Cash customers have left over: what there is, used on their invoices, or asked to be paid back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound
from payments import store
from payments.errors import AlreadyPlaced, OtherCurrency, RefundAsked
from payments.service import BY_HAND, new_allocation, settled_without_entry
from payments.tables import Allocation, BankEntry, Payment, RefundRequest
from receivables import store as receivables
from receivables.ledger import Account, lower
from receivables.tables import Customer, Invoice, OpenItem
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Right, Work


def listed(text: str = "") -> Select[*tuple[Any, ...]]:
    """(Payment, Customer, BankEntry, RefundRequest or None) with cash no invoice has taken; `text` is part of a
    customer's name or number."""
    asked = (RefundRequest.payment_id == Payment.id) & RefundRequest.withdrawn_at.is_(None)
    query = (
        select(Payment, Customer, BankEntry, RefundRequest)
        .join(Customer, Customer.id == Payment.customer_id)
        .join(BankEntry, BankEntry.id == Payment.bank_entry_id)
        .outerjoin(RefundRequest, asked)
        .where(Payment.unapplied > 0, Payment.reversed_at.is_(None))
    )
    if not text.strip():
        return query
    named = Customer.name.icontains(text.strip(), autoescape=True)
    return query.where(named | Customer.external_id.icontains(text.strip(), autoescape=True))


def payment(session: Session, payment_id: UUID) -> Payment:
    """A payment that stands."""
    found = session.get(Payment, payment_id)
    if found is None or found.reversed_at is not None:
        raise NotFound("There is no such payment, or it was taken back.")
    return found


def would_settle(session: Session, payment: Payment) -> list[tuple[OpenItem, Invoice, int]]:
    """What the cash pays if it is used on the customer's oldest open invoices: item, invoice, amount of it."""
    query = (
        select(OpenItem, Invoice)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(OpenItem.customer_id == payment.customer_id, OpenItem.company_id == payment.company_id)
        .where(OpenItem.currency == payment.currency, OpenItem.kind == "invoice", OpenItem.open > 0)
        .order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)
    )
    return _laid(payment.unapplied, session.execute(query).all())


def _laid(cash: int, items: Sequence[AnyRow]) -> list[tuple[OpenItem, Invoice, int]]:
    parts = []
    for item, invoice in items:
        part = min(cash, item.open)
        if not part:
            break
        parts.append((item, invoice, part))
        cash -= part
    return parts


def use_on_oldest(work: Work, payment: Payment) -> list[Allocation]:
    """Uses the cash on the customer's open invoices, the oldest due first, as far as either goes."""
    work.need(Right.CASH)
    receivables.lock_customer(work.session, payment.customer_id)
    work.session.refresh(payment)
    parts = would_settle(work.session, payment)
    if not parts:
        raise Invalid.because("/payment", "Nothing is open that this cash could pay.")
    return [use_unapplied(work, payment, item, part) for item, _, part in parts]


def use_unapplied(work: Work, payment: Payment, item: OpenItem, amount: int) -> Allocation:
    """Applies cash a customer has left over to one of its invoices."""
    work.need(Right.CASH)
    receivables.lock_customer(work.session, item.customer_id)
    work.session.refresh(payment)
    _refuse_unusable(work, payment, item, amount)
    allocation = new_allocation(work, item, "payment", amount, BY_HAND, work.today)
    allocation.payment_id, allocation.bank_entry_id = payment.id, payment.bank_entry_id
    payment.unapplied -= amount
    work.session.add(allocation)
    lower(work, item, amount, Account.UNAPPLIED, cause="payment", cause_id=allocation.id, on=work.today)
    return settled_without_entry(work, allocation)


def _refuse_unusable(work: Work, payment: Payment, item: OpenItem, amount: int) -> None:
    if payment.reversed_at is not None or not 0 < amount <= payment.unapplied:
        raise AlreadyPlaced
    if store.open_refund_request(work.session, payment.id):
        raise RefundAsked
    if item.kind == "credit_note":
        raise Invalid.because("/allocations", "Cash settles an invoice.")
    if payment.currency != item.currency:
        raise OtherCurrency(str(item.id))
    if (payment.customer_id, payment.company_id) != (item.customer_id, item.company_id):
        raise Invalid.because("/allocations", "The money belongs to another customer or company.")


def ask_refund(work: Work, payment: Payment, reason: str) -> RefundRequest:
    """Asks for all that is left of a payment to be paid back. Nothing else uses it until that is withdrawn."""
    work.need(Right.CASH)
    if not reason.strip():
        raise Invalid.because("/reason", "Say why the money goes back.", field="reason")
    receivables.lock_customer(work.session, payment.customer_id)
    work.session.refresh(payment)
    if payment.reversed_at is not None or not payment.unapplied:
        raise AlreadyPlaced
    if store.open_refund_request(work.session, payment.id):
        raise RefundAsked
    made = RefundRequest(
        id=new_id(), payment_id=payment.id, amount=payment.unapplied, reason=reason.strip(), actor=str(work.actor),
        at=work.now,
    )  # fmt: skip
    work.session.add(made)
    work.record("refund.asked", f"payment:{payment.id}", {"amount": made.amount}, reason=made.reason)
    return made


def withdraw_refund(work: Work, payment: Payment) -> None:
    """Takes the wish for a refund back; the cash can be used again."""
    work.need(Right.CASH)
    receivables.lock_customer(work.session, payment.customer_id)
    request = store.open_refund_request(work.session, payment.id)
    if request is None:
        raise NotFound("No refund of this money was asked for.")
    request.withdrawn_at = work.now
    work.record("refund.withdrawn", f"payment:{payment.id}", {"amount": request.amount})
