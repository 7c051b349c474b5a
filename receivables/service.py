"""Use cases of the receivables book: put customers and invoices in, cancel, note. One function per verb."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from core.money import Money, decimal_text
from core.problems import Problem
from receivables import store
from receivables.errors import AlreadyCancelled, PartlySettled
from receivables.events import (
    BalanceChanged,
    CustomersArrived,
    InvoiceCancelled,
    InvoicesArrived,
    ItemsSettled,
    PaidElsewhere,
)
from receivables.intake.customer_rows import CustomerIn
from receivables.intake.invoice_rows import InvoiceIn
from receivables.ledger import Account, lower
from receivables.new_invoices import NewInvoices
from receivables.tables import Company, Customer, Invoice, KnownOrder, Note, OpenItem
from runtime.ids import new_id
from runtime.work import Right, Work

Fate = Literal["created", "updated", "unchanged", "rejected"]


@dataclass(slots=True)
class Intake:
    """What became of things handed in: one (name, fate) an item in the order given, and every problem."""

    fates: list[tuple[str, Fate]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def note(self, name: str, fate: Fate) -> None:
        self.fates.append((name, fate))

    def reject(self, name: str, problem: Problem) -> None:
        self.note(name, "rejected")
        self.problems.append(problem)

    def count(self, fate: Fate) -> int:
        return sum(1 for _, each in self.fates if each == fate)


def add_company(work: Work, code: str, **values: Any) -> Company:
    """Adds a legal entity that invoices."""
    work.need(Right.USERS)
    company = Company(code=code, **values)
    work.session.add(company)
    work.record("company.added", f"company:{code}", {"name": company.name})
    work.session.flush()
    return company


# ── customers ───────────────────────────────────────────────────────────────────────────────────


def put_customers(work: Work, customers: Sequence[CustomerIn]) -> Intake:
    """Creates or changes customers by their external id. Fields a row does not speak of stay as they are."""
    work.need(Right.PUSH)
    intake = Intake()
    known = _customers_named(work, customers)
    touched: list[UUID] = []
    limits: dict[UUID, Money] = {}
    for given in customers:
        customer = known.get(given.external_id)
        if customer is None:
            customer = _new_customer(work, given)
            if customer is None:
                intake.reject(given.external_id, Problem(given.where, "name is missing.", field="name"))
                continue
            known[given.external_id] = customer
            fate: Fate = "created"
        else:
            fate = "updated" if _change_customer(work, customer, given) else "unchanged"
        if given.credit_limit is not None:
            limits[customer.id] = Money(given.credit_limit, given.currency)
        touched.append(customer.id)
        intake.note(given.external_id, fate)
    work.session.flush()
    _link_parents(customers, known, intake)
    work.session.flush()
    _record_intake(work, "customers", intake)
    work.announce(CustomersArrived(tuple(touched), limits))
    return intake


def _customers_named(work: Work, customers: Sequence[CustomerIn]) -> dict[str, Customer]:
    names = {given.external_id for given in customers} | {given.parent for given in customers if given.parent}
    found: dict[str, Customer] = {}
    for part in store.chunks(sorted(names)):
        query = select(Customer).where(Customer.external_id.in_(part))
        store.lock_customers(work.session, work.session.scalars(query.with_only_columns(Customer.id)).all())
        found.update({customer.external_id: customer for customer in work.session.scalars(query)})
    return found


def _new_customer(work: Work, given: CustomerIn) -> Customer | None:
    if not given.values["name"]:
        return None
    customer = Customer(
        id=new_id(), external_id=given.external_id, created_at=work.now, updated_at=work.now, **given.values
    )
    work.session.add(customer)
    return customer


def _change_customer(work: Work, customer: Customer, given: CustomerIn) -> bool:
    changes = {
        name: value
        for name, value in given.values.items()
        if name in given.stated and value != getattr(customer, name) and (name != "name" or value)
    }
    for name, value in changes.items():
        setattr(customer, name, value)
    if changes:
        customer.version += 1
        customer.updated_at = work.now
    return bool(changes)


def _link_parents(customers: Sequence[CustomerIn], known: dict[str, Customer], intake: Intake) -> None:
    for given in customers:
        if not given.parent or given.external_id not in known:
            continue
        parent = known.get(given.parent)
        if parent is None:
            message = f"parent_id: there is no customer “{given.parent}”; the customer was taken without a parent."
            intake.problems.append(Problem(given.where, message, severity="warning", field="parent_id"))
        else:
            known[given.external_id].parent_id = parent.id


# ── invoices ────────────────────────────────────────────────────────────────────────────────────


def put_invoices(work: Work, company: Company, invoices: Sequence[InvoiceIn]) -> Intake:
    """Creates invoices and credit notes with their open items and postings, or changes what may still change.

    The same push twice changes nothing. What is in the book keeps its customer, currency and amount; `paid` only
    ever catches up: it is the total paid as the sender knows it, by whatever road.
    """
    work.need(Right.PUSH)
    intake = Intake()
    customers = store.customers_by_external_id(work.session, {given.customer for given in invoices})
    known = store.invoices_by_number(work.session, company.id, {given.number for given in invoices})
    related = store.invoices_by_number(
        work.session, company.id, {given.related_invoice for given in invoices if given.related_invoice}
    )
    store.lock_customers(work.session, [row.id for row in customers.values()])
    fresh = NewInvoices(work, company)
    for given in invoices:
        customer = customers.get(given.customer)
        if customer is None:
            message = f"There is no customer “{given.customer}”."
            intake.reject(given.number, Problem(given.where, message, field="customer_id"))
        elif given.number in known:
            _change_invoice(work, known[given.number], given, customer.id, intake)
        elif given.number in fresh.numbers:
            message = f"Number {given.number} stands here twice."
            intake.reject(given.number, Problem(given.where, message, field="invoice_number"))
        elif problem := _impossible(given, related.get(given.related_invoice), customer.payment_terms_days):
            intake.reject(given.number, problem)
        else:
            intake.problems += fresh.add(given, customer.id, customer.payment_terms_days)
            intake.note(given.number, "created")
    fresh.write()
    _record_intake(work, "invoices", intake, company=company.code)
    fresh.announce()
    return intake


def _impossible(given: InvoiceIn, related: Invoice | None, terms_days: int | None) -> Problem | None:
    if given.type == "credit_note" and related is not None and given.amount > related.amount:
        owed = f"{decimal_text(related.amount, related.currency)} {related.currency}"
        message = f"The credit note is larger than its invoice {related.number} ({owed})."
        return Problem(given.where, message, field="amount")
    if related is not None and related.currency != given.currency:
        return Problem(given.where, f"Its invoice {related.number} is in {related.currency}.", field="currency")
    if terms_days is None and any(due.on is None for due in given.dues):
        message = "due_on is missing, and the customer has no payment terms to compute it from."
        return Problem(given.where, message, field="due_on")
    return None


def _change_invoice(work: Work, invoice: Invoice, given: InvoiceIn, customer_id: UUID, intake: Intake) -> None:
    if invoice.content_hash == given.content_hash:
        intake.note(given.number, "unchanged")
        return
    if problem := _contradiction(invoice, given, customer_id):
        intake.reject(given.number, problem)
        return
    _move_due_dates(work, invoice, given)
    _catch_up(work, invoice, given.paid)
    invoice.order_number = given.order_number
    invoice.payment_reference = given.payment_reference
    invoice.discount_basis_points = given.discount_basis_points
    invoice.discount_until = given.discount_until
    invoice.related_invoice = given.related_invoice
    invoice.content_hash = given.content_hash
    invoice.version += 1
    intake.note(given.number, "updated")
    work.session.flush()
    work.announce(InvoicesArrived((invoice.id,), _item_ids(work, invoice), frozenset({invoice.customer_id})))
    work.announce(BalanceChanged(frozenset({invoice.customer_id})))


def _item_ids(work: Work, invoice: Invoice) -> tuple[UUID, ...]:
    return tuple(item.id for item in store.items_of_invoice(work.session, invoice.id))


def _contradiction(invoice: Invoice, given: InvoiceIn, customer_id: UUID) -> Problem | None:
    """What a later push may not change: it would rewrite what was posted."""

    def problem(field: str, message: str) -> Problem:
        return Problem(given.where, f"{invoice.number} {message}", field=field)

    if invoice.cancelled_at is not None:
        return problem("invoice_number", "was cancelled; a cancelled number is not used again.")
    if invoice.customer_id != customer_id:
        return problem("customer_id", "belongs to another customer already.")
    if invoice.type != given.type:
        return problem("type", f"is in the book as {invoice.type}.")
    if (invoice.currency, invoice.amount) != (given.currency, given.amount):
        booked = f"{decimal_text(invoice.amount, invoice.currency)} {invoice.currency}"
        return problem("amount", f"is in the book with {booked}. Correct it with a credit note, or cancel it first.")
    if invoice.issued_on != given.issued_on:
        return problem("issued_on", f"is in the book as issued on {invoice.issued_on}.")
    return None


def _move_due_dates(work: Work, invoice: Invoice, given: InvoiceIn) -> None:
    items = store.items_of_invoice(work.session, invoice.id)
    if len(items) != len(given.dues):
        return
    for item, due in zip(items, given.dues, strict=True):
        if due.on is not None and due.amount == item.gross:
            item.due_on = due.on


def _catch_up(work: Work, invoice: Invoice, paid: int) -> None:
    """Brings the open amount down to what the sender says is left; never up."""
    items = store.items_of_invoice(work.session, invoice.id)
    missing = paid - sum(item.gross - item.open for item in items)
    lowered = []
    for item in items:
        part = min(missing, item.open)
        if part > 0:
            lower(work, item, part, Account.PAID_BEFORE, cause="paid_before", cause_id=invoice.id, on=work.today)
            missing -= part
            lowered.append(item)
    if lowered:
        work.announce(PaidElsewhere(tuple(item.id for item in lowered)))
        _tell_settled(work, lowered)


def _tell_settled(work: Work, items: Sequence[OpenItem]) -> None:
    settled = tuple(item.id for item in items if item.open == 0)
    if settled:
        work.announce(ItemsSettled(settled))


def _record_intake(work: Work, what: str, intake: Intake, **more: str) -> None:
    counts = {fate: intake.count(fate) for fate in ("created", "updated", "unchanged", "rejected")}
    if counts["created"] or counts["updated"]:
        work.record(f"{what}.imported", f"intake:{what}", {**counts, **more})


# ── single changes ──────────────────────────────────────────────────────────────────────────────


def cancel_invoice(work: Work, invoice: Invoice, reason: str) -> None:
    """Cancels an invoice nothing was applied to: its items are closed by postings that reverse the issue."""
    work.need(Right.PUSH)
    store.lock_customer(work.session, invoice.customer_id)
    if invoice.cancelled_at is not None:
        raise AlreadyCancelled(invoice.number)
    items = store.items_of_invoice(work.session, invoice.id)
    if any(item.open != item.gross for item in items):
        raise PartlySettled(invoice.number)
    for item in items:
        lower(work, item, item.open, Account.SALES, cause="cancelled", cause_id=invoice.id, on=work.today)
    invoice.cancelled_at, invoice.cancel_reason = work.now, reason
    invoice.version += 1
    work.record("invoice.cancelled", f"invoice:{invoice.number}", reason=reason)
    work.announce(InvoiceCancelled(invoice.id, tuple(item.id for item in items)))
    _tell_settled(work, items)
    work.announce(BalanceChanged(frozenset({invoice.customer_id})))


def know_order(work: Work, company_id: UUID, number: str, customer_id: UUID) -> None:
    """Notes whose order a number is."""
    key = {"company_id": company_id, "number": number, "customer_id": customer_id}
    if work.session.get(KnownOrder, key) is None:
        work.session.add(KnownOrder(**key))


def add_note(work: Work, customer: Customer, kind: str, text: str) -> None:
    """Writes a remark or a call into the customer's history."""
    work.need(Right.HOLD)
    work.session.add(Note(customer_id=customer.id, kind=kind, body=text, author=str(work.actor), at=work.now))
    work.record(f"note.{kind}", f"customer:{customer.external_id}")
