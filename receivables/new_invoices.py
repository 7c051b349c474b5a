"""New invoices of one push on their way into the book: invoices, open items and postings, in one stroke a table."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from core.problems import Problem
from receivables import store
from receivables.events import BalanceChanged, InvoicesArrived
from receivables.intake.invoice_rows import Due, InvoiceIn
from receivables.ledger import Account, posting
from receivables.tables import Company, Invoice, OpenItem, Posting
from runtime.ids import new_id
from runtime.work import Work


class NewInvoices:
    """New invoices of one push, gathered as rows and written in one stroke a table."""

    def __init__(self, work: Work, company: Company) -> None:
        self.numbers: set[str] = set()
        self._work, self._company = work, company
        self._invoices: list[dict[str, Any]] = []
        self._items: list[dict[str, Any]] = []
        self._postings: list[dict[str, Any]] = []

    def add(self, given: InvoiceIn, customer_id: UUID, terms_days: int | None) -> list[Problem]:
        invoice_id = new_id()
        self.numbers.add(given.number)
        self._invoices.append(self._invoice_row(invoice_id, given, customer_id))
        paid = given.paid
        for instalment, due in enumerate(given.dues, start=1):
            part = min(paid, due.amount)
            paid -= part
            self._add_item(invoice_id, given, customer_id, instalment, due, part, terms_days)
        if all(due.on for due in given.dues):
            return []
        message = f"due_on was empty; it was set {terms_days} days after issue by the customer's payment terms."
        return [Problem(given.where, message, severity="warning", field="due_on")]

    def _invoice_row(self, invoice_id: UUID, given: InvoiceIn, customer_id: UUID) -> dict[str, Any]:
        return {
            "id": invoice_id,
            "company_id": self._company.id,
            "customer_id": customer_id,
            "number": given.number,
            "type": given.type,
            "issued_on": given.issued_on,
            "currency": given.currency,
            "amount": given.amount,
            "order_number": given.order_number,
            "payment_reference": given.payment_reference,
            "discount_basis_points": given.discount_basis_points,
            "discount_until": given.discount_until,
            "related_invoice": given.related_invoice,
            "content_hash": given.content_hash,
            "version": 1,
            "created_at": self._work.now,
        }

    def _add_item(
        self, invoice_id: UUID, given: InvoiceIn, customer_id: UUID, instalment: int, due: Due, paid: int,
        terms_days: int | None,
    ) -> None:  # fmt: skip
        item_id = new_id()
        kind = given.type
        due_on = due.on or given.issued_on + timedelta(days=terms_days or 0)
        self._items.append(
            {
                "id": item_id,
                "company_id": self._company.id,
                "customer_id": customer_id,
                "invoice_id": invoice_id,
                "instalment": instalment,
                "kind": kind,
                "currency": given.currency,
                "due_on": due_on,
                "gross": due.amount,
                "open": due.amount - paid,
            }
        )
        self._post(item_id, given, customer_id, due.amount, Account.SALES, "issued", invoice_id)
        if paid:
            self._post(item_id, given, customer_id, -paid, Account.PAID_BEFORE, "paid_before", invoice_id)

    def _post(
        self, item_id: UUID, given: InvoiceIn, customer_id: UUID, amount: int, contra: Account, cause: str,
        cause_id: UUID,
    ) -> None:  # fmt: skip
        is_invoice = given.type == "invoice"
        self._postings.append(
            posting(
                self._work,
                company_id=self._company.id,
                customer_id=customer_id,
                open_item_id=item_id,
                account=Account.RECEIVABLE if is_invoice else Account.CREDIT,
                contra=contra,
                amount=amount if is_invoice else -amount,
                currency=given.currency,
                cause=cause,
                cause_id=cause_id,
                on=given.issued_on,
            )
        )

    def write(self) -> None:
        store.insert_rows(self._work.session, Invoice, self._invoices)
        store.insert_rows(self._work.session, OpenItem, self._items)
        store.insert_rows(self._work.session, Posting, self._postings)

    def announce(self) -> None:
        if not self._invoices:
            return
        customer_ids = frozenset(row["customer_id"] for row in self._invoices)
        self._work.announce(
            InvoicesArrived(
                tuple(row["id"] for row in self._invoices), tuple(row["id"] for row in self._items), customer_ids
            )
        )
        self._work.announce(BalanceChanged(customer_ids))
