"""New invoices of one push on their way into the book: invoices, open items and postings, in one stroke a table.

This is a bulk lane: rows are tuples in the order of the columns named here, and nothing is asked of the database.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.money import decimal_text
from core.problems import Problem
from receivables.events import BalanceChanged, InvoicesArrived, Reached
from receivables.intake.invoice_rows import NOTHING_FURTHER, InvoiceIn
from receivables.ledger import Account
from receivables.number_keys import digits_key, reference_key
from receivables.tables import Company, Invoice, OpenItem, Posting
from runtime.bulk import write_columns
from runtime.ids import new_id
from runtime.schema import Base
from runtime.work import Work

_INVOICE = (
    "id", "customer_id", "number", "digits_key", "type", "document_type", "issued_on", "currency",
    "amount", "order_number", "payment_reference", "reference_key", "discount_basis_points", "discount_until",
    "related_invoice", "content_hash",
)  # fmt: skip
_FURTHER = (
    *_INVOICE, "buyer_id", "delivery_number", "contract_number", "buyer_reference", "channel", "owner", "source",
    "source_version", "source_updated_at",
)  # fmt: skip
_ITEM = (
    "id", "customer_id", "invoice_id", "instalment", "kind", "currency", "due_on", "gross", "open",
)  # fmt: skip
_POSTING = (
    "id", "customer_id", "open_item_id", "account", "contra", "amount", "currency", "cause", "cause_id", "on",
)  # fmt: skip

_RECEIVABLE, _CREDIT, _SALES, _PAID_BEFORE = (
    each.value for each in (Account.RECEIVABLE, Account.CREDIT, Account.SALES, Account.PAID_BEFORE)
)

Row = tuple[Any, ...]


class NewInvoices:
    """New invoices of one push, gathered as rows and written in one stroke a table."""

    def __init__(self, work: Work, company: Company) -> None:
        self.numbers: set[str] = set()
        self._work, self._company_id = work, company.id
        self._usual_days = company.payment_terms_days
        self._invoices: list[Row] = []
        self._further: list[Row] = []
        self._items: list[Row] = []
        self._postings: list[Row] = []
        self._customers: set[UUID] = set()
        self._orders: set[tuple[UUID, str]] = set()
        self._linked: list[UUID] = []
        self._reached: dict[UUID, Reached] = {}
        self._totals: Counter[tuple[str, str]] = Counter()

    def terms_of(self, days: int | None) -> int | None:
        """The customer's payment terms, or where it has none the company's."""
        return self._usual_days if days is None else days

    def add(
        self, given: InvoiceIn, customer_id: UUID, terms_days: int | None, buyer_id: UUID | None = None
    ) -> list[Problem]:
        """Takes an invoice that breaks no rule; the problems are warnings."""
        invoice_id, amount = new_id(), given.amount
        self.numbers.add(given.number)
        self._customers.add(customer_id)
        self._totals[given.type, given.currency] += amount
        if given.order_number:
            self._orders.update((each, given.order_number) for each in (customer_id, buyer_id) if each)
        if given.related_invoice and given.type == "credit_note":
            self._linked.append(invoice_id)
        self._add_invoice(invoice_id, given, customer_id, buyer_id, amount)
        problems = self._add_items(invoice_id, given, customer_id, terms_days)
        if given.further.dunning_level and given.further.dunned_on is None:
            message = "dunned_on is missing; the next reminder waits as if the last had been sent today."
            problems.append(Problem(given.where, message, severity="warning", field="dunned_on"))
        return problems

    def _add_invoice(
        self, invoice_id: UUID, given: InvoiceIn, customer_id: UUID, buyer_id: UUID | None, amount: int
    ) -> None:
        further = given.further
        row = (
            invoice_id, customer_id, given.number, digits_key(given.number), given.type,
            further.paper, given.issued_on, given.currency, amount, given.order_number, given.payment_reference,
            reference_key(given.payment_reference), given.discount_basis_points, given.discount_until,
            given.related_invoice, given.content_hash,
        )  # fmt: skip
        if further is NOTHING_FURTHER:
            self._invoices.append(row)
            return
        self._further.append(
            (
                *row, buyer_id, further.delivery_number, further.contract_number, further.buyer_reference,
                further.channel, further.owner, further.edition.source, further.edition.version, further.edition.at,
            )
        )  # fmt: skip

    def _add_items(
        self, invoice_id: UUID, given: InvoiceIn, customer_id: UUID, terms_days: int | None
    ) -> list[Problem]:
        problems = []
        paid = given.paid
        for instalment, (due_on, amount) in enumerate(given.dues, start=1):
            part = min(paid, amount)
            paid -= part
            if due_on is None:
                days, whose = self.terms_of(terms_days) or 0, "company" if terms_days is None else "customer"
                due_on = given.issued_on + timedelta(days=days)
                message = f"due_on was empty; it was set {days} days after issue by the {whose}'s payment terms."
                problems.append(Problem(given.where, message, severity="warning", field="due_on"))
            item_id = new_id()
            self._items.append(
                (
                    item_id, customer_id, invoice_id, instalment, given.type, given.currency, due_on,
                    amount, amount - part,
                )
            )  # fmt: skip
            self._post(item_id, given, customer_id, amount, _SALES, "issued", invoice_id)
            if part:
                self._post(item_id, given, customer_id, -part, _PAID_BEFORE, "paid_before", invoice_id)
            if given.further.dunning_level and amount > part:
                on = given.further.dunned_on or self._work.today
                self._reached[item_id] = Reached(customer_id, given.further.dunning_level, on)
        return problems

    def _post(
        self, item_id: UUID, given: InvoiceIn, customer_id: UUID, amount: int, contra: str, cause: str,
        cause_id: UUID,
    ) -> None:  # fmt: skip
        is_invoice = given.type == "invoice"
        self._postings.append(
            (
                new_id(), customer_id, item_id, _RECEIVABLE if is_invoice else _CREDIT, contra,
                amount if is_invoice else -amount, given.currency, cause, cause_id, given.issued_on,
            )
        )  # fmt: skip

    @property
    def totals(self) -> dict[str, str]:
        """What came in, for the audit log: "invoice EUR" → "1234.50"."""
        return {f"{kind} {currency}": decimal_text(total, currency) for (kind, currency), total in self._totals.items()}

    def write(self) -> None:
        """All at once, in the order in which the rows point at each other."""
        issued = {"version": 1, "created_at": self._work.now}
        self._write(Invoice, _INVOICE, self._invoices, issued)
        self._write(Invoice, _FURTHER, self._further, issued)
        self._write(OpenItem, _ITEM, self._items, {})
        self._write(Posting, _POSTING, self._postings, {"at": self._work.now})

    def _write(self, table: type[Base], columns: Sequence[str], rows: list[Row], same: dict[str, Any]) -> None:
        if rows:
            values = dict(zip(columns, zip(*rows, strict=True), strict=True))
            write_columns(self._work.session, table, values, {"company_id": self._company_id, **same})

    def announce(self) -> None:
        if not self.numbers:
            return
        self._work.announce(
            InvoicesArrived(
                self._company_id,
                [row[0] for rows in (self._invoices, self._further) for row in rows],
                list(self.numbers),
                self._linked,
                frozenset(self._orders),
                self._reached,
            )
        )
        self._work.announce(BalanceChanged(frozenset(self._customers)))
