"""Rows about invoices and credit notes → `InvoiceIn`, instalments gathered, or what is wrong with them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from core.money import decimal_text
from core.problems import Problem
from receivables.intake.fields import Fields
from receivables.intake.rows import Row

COLUMNS = (
    "invoice_number",
    "customer_id",
    "type",
    "issued_on",
    "due_on",
    "currency",
    "amount",
    "paid_amount",
    "order_number",
    "payment_reference",
    "discount_percent",
    "discount_until",
    "related_invoice",
)


@dataclass(frozen=True, slots=True)
class Due:
    """One instalment: `amount` minor units due on `on`; None when the customer's terms decide."""

    on: date | None
    amount: int


@dataclass(frozen=True, slots=True)
class InvoiceIn:
    """An invoice or credit note as handed in; amounts in minor units, always positive."""

    where: str
    number: str
    customer: str
    type: str
    issued_on: date
    currency: str
    dues: tuple[Due, ...]
    paid: int
    order_number: str
    payment_reference: str
    discount_basis_points: int | None
    discount_until: date | None
    related_invoice: str

    @property
    def amount(self) -> int:
        return sum(due.amount for due in self.dues)

    @property
    def content_hash(self) -> str:
        """Equal for equal pushes, whatever their order of arrival."""
        facts = (
            self.number, self.customer, self.type, self.issued_on, self.currency, self.dues, self.paid,
            self.order_number, self.payment_reference, self.discount_basis_points, self.discount_until,
            self.related_invoice,
        )  # fmt: skip
        return hashlib.sha256(repr(facts).encode()).hexdigest()


class ReadInvoice(NamedTuple):
    """What became of one number: the invoice, or None and the reasons; warnings may come with an invoice."""

    number: str
    invoice: InvoiceIn | None
    problems: list[Problem]


def read_invoice(row: Row) -> ReadInvoice:
    """One row as an invoice of one due date."""
    fields = Fields(row)
    number = fields.required("invoice_number", longest=80)
    customer = fields.required("customer_id", longest=80)
    kind = fields.choice("type", ("invoice", "credit_note"), "invoice")
    issued_on = fields.day("issued_on")
    currency = fields.currency()
    amount = fields.amount("amount", currency)
    paid = fields.amount("paid_amount", currency) or 0
    due_on = fields.day("due_on")
    discount = fields.basis_points("discount_percent")
    discount_until = fields.day("discount_until")
    order_number, reference = fields.text("order_number", longest=80), fields.text("payment_reference", longest=80)
    related = fields.text("related_invoice", longest=80)
    for name, value in (("issued_on", issued_on), ("currency", currency), ("amount", amount)):
        if not value and value != 0 and not any(problem.field == name for problem in fields.problems):
            fields.refuse(name, f"{name} is missing.")
    _check(fields, kind, issued_on, due_on, amount, paid, currency)
    if (discount is None) != (discount_until is None) and not fields.is_refused:
        fields.refuse("discount_until", "A discount needs both its percentage and its date.")
    if fields.is_refused or issued_on is None or amount is None:
        return ReadInvoice(number, None, fields.problems)
    if kind == "credit_note":
        due_on = due_on or issued_on
    invoice = InvoiceIn(
        row.where, number, customer, kind, issued_on, currency, (Due(due_on, amount),), paid,
        order_number, reference.replace(" ", ""), discount, discount_until, related,
    )  # fmt: skip
    return ReadInvoice(number, invoice, fields.problems)


def _check(
    fields: Fields, kind: str, issued_on: date | None, due_on: date | None, amount: int | None, paid: int, currency: str
) -> None:
    if amount is not None and amount <= 0:
        hint = "Use type credit_note for what lowers a debt." if amount < 0 else "An invoice of nothing is no invoice."
        fields.refuse("amount", f"amount is {decimal_text(amount, currency)}; amounts are positive. {hint}")
    if issued_on and due_on and due_on < issued_on:
        fields.refuse("due_on", f"due_on {due_on} is before issued_on {issued_on}.")
    if paid < 0:
        fields.refuse("paid_amount", "paid_amount is not negative.")
    if amount is not None and amount > 0 and paid > amount:
        fields.refuse("paid_amount", f"paid_amount is more than the {kind.replace('_', ' ')}'s amount.")


def gather_instalments(rows: Iterable[ReadInvoice]) -> Iterator[ReadInvoice]:
    """Joins the rows of one number into one invoice with instalments; one bad row rejects all of its number."""
    by_number: dict[str, list[ReadInvoice]] = {}
    for index, read in enumerate(rows):
        by_number.setdefault(read.number or f"row {index}", []).append(read)
    for parts in by_number.values():
        yield parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[ReadInvoice]) -> ReadInvoice:
    problems = [problem for part in parts for problem in part.problems]
    invoices = [part.invoice for part in parts if part.invoice]
    number = parts[0].number
    if len(invoices) < len(parts):
        message = f"Another row of {number} is wrong, so no instalment of it was taken."
        problems += [Problem(invoice.where, message, field="invoice_number") for invoice in invoices]
        return ReadInvoice(number, None, problems)
    days = [due.on for invoice in invoices for due in invoice.dues]
    if len(set(days)) < len(days) or None in days:
        message = f"Number {number} stands here twice; instalments have different due dates."
        problems.append(Problem(invoices[-1].where, message, field="due_on"))
        return ReadInvoice(number, None, problems)
    if len({(invoice.customer, invoice.currency, invoice.type, invoice.issued_on) for invoice in invoices}) > 1:
        message = f"The instalments of {number} differ in customer, currency, type or issue date."
        problems.append(Problem(invoices[-1].where, message, field="invoice_number"))
        return ReadInvoice(number, None, problems)
    dues = tuple(sorted((due for invoice in invoices for due in invoice.dues), key=lambda due: due.on or date.max))
    whole = replace(invoices[0], dues=dues, paid=sum(invoice.paid for invoice in invoices))
    return ReadInvoice(number, whole, problems)
