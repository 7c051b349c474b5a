"""Exports of the book: customers, open items, credit, orders, aging, and the audit log."""

from collections.abc import Iterator

from sqlalchemy import select

from core.money import decimal_text
from credit import store as credit_store
from credit.exposure import Exposure
from orders.tables import Order
from receivables.tables import Customer, Invoice, OpenItem
from reports import store
from reports.aging import BUCKETS
from reports.period import Period, Row, shown
from runtime.tables import AuditEntry
from runtime.work import Work

BATCH = 1000


def customers(work: Work, period: Period) -> Iterator[Row]:
    parents = {customer.id: customer.external_id for customer in work.session.scalars(select(Customer))}
    limits = credit_store.limits(work.session, list(parents), period.on or work.today)
    kept = select(Customer).where(Customer.merged_into_id.is_(None)).order_by(Customer.external_id)
    for customer in work.session.scalars(kept):
        limit = limits.get((customer.id, customer.currency))
        yield {
            "customer_id": customer.external_id,
            "name": customer.name,
            "email": customer.email,
            "language": customer.language,
            "country": customer.country,
            "currency": customer.currency,
            "iban": customer.iban,
            "vat_id": customer.vat_id,
            "credit_limit": "" if limit is None else decimal_text(limit, customer.currency),
            "payment_terms_days": shown(customer.payment_terms_days),
            "parent_id": parents.get(customer.parent_id, "") if customer.parent_id else "",
            "segment": customer.segment,
            "policy": customer.policy,
        }


def open_items(work: Work, period: Period) -> Iterator[Row]:
    today = period.on or work.today
    query = (
        select(OpenItem, Invoice, Customer.external_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(OpenItem.open > 0)
        .order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)
    )
    for item, invoice, customer in work.session.execute(query):
        yield {
            "invoice_number": invoice.number,
            "customer_id": customer,
            "type": invoice.type,
            "instalment": item.instalment,
            "issued_on": invoice.issued_on,
            "due_on": item.due_on,
            "currency": item.currency,
            "amount": decimal_text(item.gross, item.currency),
            "open": decimal_text(item.open, item.currency),
            "days_overdue": max(0, (today - item.due_on).days),
            "order_number": invoice.order_number,
        }


def credit(work: Work, period: Period) -> Iterator[Row]:
    names = {customer.id: customer.external_id for customer in work.session.scalars(select(Customer))}
    exposures = credit_store.exposures(work.session, list(names))
    limits = credit_store.limits(work.session, list(names), period.on or work.today)
    running = credit_store.running_overruns(work.session)
    for account in sorted(exposures.keys() | limits.keys(), key=lambda each: (names[each[0]], each[1])):
        exposure = exposures.get(account, Exposure(account[1]))
        limit, since = limits.get(account), running.get(account)
        parts = ("open", "orders", "charges", "unapplied")
        yield {
            "customer_id": names[account[0]],
            "currency": account[1],
            "limit": "" if limit is None else decimal_text(limit, account[1]),
            "exposure": decimal_text(exposure.total, account[1]),
            **{part: decimal_text(getattr(exposure, part), account[1]) for part in parts},
            "overrun": decimal_text(exposure.overrun(limit), account[1]),
            "since": since.began_on if since else "",
        }


def orders(work: Work, period: Period) -> Iterator[Row]:
    query = select(Order, Customer.external_id).join(Customer, Customer.id == Order.customer_id)
    for order, customer in work.session.execute(query.order_by(Order.number)):
        if period.holds(order.received_at.date()):
            yield {
                "order_number": order.number,
                "customer_id": customer,
                "channel": order.channel,
                "received_at": order.received_at.isoformat(),
                "requested_on": shown(order.requested_on),
                "currency": order.currency,
                "amount": decimal_text(order.amount, order.currency),
                "po_number": order.po_number,
                "priority": order.priority,
                "status": order.status,
            }


def aging(work: Work, period: Period) -> Iterator[Row]:
    """Open invoices per customer and currency by days late at the end of a day, credits not taken off."""
    query = store.aging_by_customer(period.on or work.today)
    columns = query.selected_columns
    for row in work.session.execute(query.order_by(columns.customer_id, columns.currency)):
        sums = {name: int(row._mapping[name]) for name, _ in BUCKETS}
        amounts = {name: decimal_text(minor, row.currency) for name, minor in sums.items()}
        total = decimal_text(sum(sums.values()), row.currency)
        yield {"customer_id": row.customer_id, "currency": row.currency, **amounts, "total": total}


def audit(work: Work, period: Period) -> Iterator[Row]:
    for entry in work.session.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=BATCH)):
        if period.holds(entry.at.date()):
            yield {
                "seq": entry.seq,
                "at": entry.at.isoformat(),
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "reason": shown(entry.reason),
                "payload": shown(entry.payload),
                "hash": entry.hash,
            }
