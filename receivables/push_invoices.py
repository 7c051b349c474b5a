"""Invoices handed in by a program or a file: new ones written in bulk, known ones changed where they still may."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from core.money import decimal_text
from core.problems import Problem
from receivables import store
from receivables.events import BalanceChanged, InvoicesArrived, ItemsSettled, PaidElsewhere
from receivables.intake.invoice_columns import read_invoices
from receivables.intake.invoice_rows import InvoiceIn
from receivables.intake.rows import Row, stretches
from receivables.ledger import Account, lower
from receivables.new_invoices import NewInvoices
from receivables.number_keys import reference_key
from receivables.push import Edition, Intake
from receivables.push_customers import record_intake
from receivables.tables import Company, Invoice, OpenItem
from runtime.schema import AnyRow
from runtime.work import Right, Work

NUMBER = "invoice_number"
ROWS_AT_ONCE = 2_500
"""So many rows are looked at together: few enough to stay in the processor's cache."""

Customers = Mapping[str, AnyRow]


def put_invoices(work: Work, company: Company, invoices: Sequence[InvoiceIn]) -> Intake:
    """Creates invoices and credit notes with their open items and postings, or changes what may still change.

    The same push twice changes nothing. What is in the book keeps its customer, currency and amount; `paid` only
    ever catches up: it is the total paid as the sender knows it, by whatever road. News older than ours, by the
    sender's own counter or clock, changes nothing.
    """
    work.need(Right.PUSH)
    intake = Intake()
    known = store.pushed_before(work.session, company.id, [given.number for given in invoices])
    unknown, changed = _sorted_out(invoices, known, intake)
    names = {given.customer for given in (*unknown, *changed)}
    names |= {given.further.buyer for given in (*unknown, *changed) if given.further.buyer}
    customers = store.locked_customers(work.session, names) if names else {}
    fresh = NewInvoices(work, company)
    _add_new(work, company, unknown, customers, fresh, intake)
    _change_known(work, company, changed, customers, intake)
    fresh.write()
    record_intake(work, "invoices", intake, company=company.code, totals=fresh.totals)
    fresh.announce()
    return intake


def push_invoice_rows(work: Work, company: Company, rows: Sequence[Row]) -> Intake:
    """Takes rows as they come from a file or the API: what they say is checked, then put into the book."""
    read = [each for stretch in stretches(rows, ROWS_AT_ONCE, NUMBER) for each in read_invoices(stretch)]
    intake = put_invoices(work, company, [each.invoice for each in read if each.invoice])
    for each in read:
        if each.problems:
            intake.problems += each.problems
        if each.invoice is None:
            intake.note(each.number, "rejected")
    return intake


def _sorted_out(
    invoices: Sequence[InvoiceIn], known: Mapping[str, AnyRow], intake: Intake
) -> tuple[list[InvoiceIn], list[InvoiceIn]]:
    """What is new and what is changed; the rest is noted as unchanged at once."""
    unknown, changed = [], []
    for given in invoices:
        before = known.get(given.number)
        if before is None:
            unknown.append(given)
        elif _is_old_news(given, before, intake):
            pass
        elif before.content_hash == given.content_hash and not given.further.edition.is_newer_than(_edition(before)):
            intake.note(given.number, "unchanged")
        else:
            changed.append(given)
    return unknown, changed


def _edition(known: AnyRow | Invoice) -> Edition:
    return Edition(known.source, known.source_version, known.source_updated_at)


def _is_old_news(given: InvoiceIn, known: AnyRow, intake: Intake) -> bool:
    edition = given.further.edition
    if edition.is_silent:
        return False
    flaw = edition.flaw(given.where, _edition(known), f"invoice {given.number}")
    if flaw is not None:
        intake.note(given.number, "rejected" if flaw.severity == "error" else "unchanged")
        intake.problems.append(flaw)
    return flaw is not None


# ── new ones ────────────────────────────────────────────────────────────────────────────────────


def _add_new(
    work: Work, company: Company, invoices: Sequence[InvoiceIn], customers: Customers, fresh: NewInvoices,
    intake: Intake,
) -> None:  # fmt: skip
    related = store.invoices_by_number(
        work.session, company.id, {given.related_invoice for given in invoices if given.related_invoice}
    )
    for given in invoices:
        customer = customers.get(given.customer)
        buyer = customers.get(given.further.buyer) if given.further.buyer else None
        if customer is None or (buyer is None and given.further.buyer):
            intake.reject(given.number, _no_customer(given, customer is None))
        elif given.number in fresh.numbers:
            message = f"Number {given.number} stands here twice."
            intake.reject(given.number, Problem(given.where, message, field="invoice_number"))
        elif problem := _impossible(given, related, fresh.terms_of(customer.payment_terms_days)):
            intake.reject(given.number, problem)
        else:
            intake.problems += fresh.add(
                given, customer.id, customer.payment_terms_days, None if buyer is None else buyer.id
            )
            intake.note(given.number, "created")


def _no_customer(given: InvoiceIn, is_payer: bool) -> Problem:
    name = given.customer if is_payer else given.further.buyer
    field = "payer_id" if is_payer and given.further.buyer else "customer_id"
    return Problem(given.where, f"There is no customer “{name}”.", field=field)


def _impossible(given: InvoiceIn, related: Mapping[str, Invoice], terms_days: int | None) -> Problem | None:
    if terms_days is None and None in [due.on for due in given.dues]:
        message = "due_on is missing, and neither the customer nor the company has payment terms to compute it from."
        return Problem(given.where, message, field="due_on")
    named = related.get(given.related_invoice) if given.related_invoice else None
    if named is None:
        return None
    if given.type == "credit_note" and given.amount > named.amount:
        owed = f"{decimal_text(named.amount, named.currency)} {named.currency}"
        message = f"The credit note is larger than its invoice {named.number} ({owed})."
        return Problem(given.where, message, field="amount")
    if named.currency != given.currency:
        return Problem(given.where, f"Its invoice {named.number} is in {named.currency}.", field="currency")
    return None


# ── known ones ──────────────────────────────────────────────────────────────────────────────────


def _change_known(
    work: Work, company: Company, changed: Sequence[InvoiceIn], customers: Customers, intake: Intake
) -> None:
    invoices = store.invoices_by_number(work.session, company.id, {given.number for given in changed})
    for given in changed:
        invoice, customer = invoices[given.number], customers.get(given.customer)
        buyer = customers.get(given.further.buyer)
        work.session.refresh(invoice)
        if customer is None or (buyer is None and given.further.buyer):
            intake.reject(given.number, _no_customer(given, customer is None))
        elif invoice.content_hash == given.content_hash:
            _take_edition(invoice, given.further.edition)
            intake.note(given.number, "unchanged")
        elif problem := contradiction(invoice, given, customer.id, None if buyer is None else buyer.id):
            intake.reject(given.number, problem)
        else:
            _change_invoice(work, invoice, given)
            intake.note(given.number, "updated")


def _take_edition(invoice: Invoice, edition: Edition) -> None:
    invoice.source = edition.source or invoice.source
    if edition.version is not None:
        invoice.source_version = edition.version
    if edition.at is not None:
        invoice.source_updated_at = edition.at


def _change_invoice(work: Work, invoice: Invoice, given: InvoiceIn) -> None:
    _move_due_dates(work, invoice, given)
    _catch_up(work, invoice, given.paid)
    invoice.order_number = given.order_number
    invoice.payment_reference = given.payment_reference
    invoice.reference_key = reference_key(given.payment_reference)
    invoice.discount_basis_points = given.discount_basis_points
    invoice.discount_until = given.discount_until
    invoice.related_invoice = given.related_invoice
    for name in ("delivery_number", "contract_number", "buyer_reference", "channel", "owner"):
        setattr(invoice, name, getattr(given.further, name))
    _take_edition(invoice, given.further.edition)
    invoice.content_hash = given.content_hash
    invoice.version += 1
    work.session.flush()
    work.announce(_arrival_of(invoice))
    work.announce(BalanceChanged(frozenset({invoice.customer_id})))


def _arrival_of(invoice: Invoice) -> InvoicesArrived:
    parties = [each for each in (invoice.customer_id, invoice.buyer_id) if each and invoice.order_number]
    is_linked = invoice.type == "credit_note" and bool(invoice.related_invoice)
    return InvoicesArrived(
        invoice.company_id,
        [invoice.id],
        [invoice.number],
        [invoice.id] if is_linked else [],
        frozenset((each, invoice.order_number) for each in parties),
        {},
    )


def contradiction(invoice: Invoice, given: InvoiceIn, customer_id: UUID, buyer_id: UUID | None) -> Problem | None:
    """What a later push may not change: it would rewrite what was posted."""

    def problem(field: str, message: str) -> Problem:
        return Problem(given.where, f"{invoice.number} {message}", field=field)

    if invoice.cancelled_at is not None:
        return problem("invoice_number", "was cancelled; a cancelled number is not used again.")
    if invoice.customer_id != customer_id:
        return problem("payer_id" if given.further.buyer else "customer_id", "belongs to another customer already.")
    if invoice.buyer_id != buyer_id:
        return problem("customer_id", "was bought by another customer.")
    if (invoice.type, invoice.document_type) != (given.type, given.further.paper):
        return problem("type", f"is in the book as {invoice.document_type}.")
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
        tell_settled(work, lowered)


def tell_settled(work: Work, items: Sequence[OpenItem]) -> None:
    settled = tuple(item.id for item in items if item.open == 0)
    if settled:
        work.announce(ItemsSettled(settled))
