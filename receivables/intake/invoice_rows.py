"""Rows about invoices and credit notes → `InvoiceIn`, instalments gathered, or what is wrong with them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from core.money import decimal_text
from core.problems import Problem
from receivables.intake.fields import Fields
from receivables.intake.references import flaw_of_reference
from receivables.intake.rows import Row
from receivables.push import UNDATED, Edition

CONTRACT_COLUMNS = (
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
FURTHER_COLUMNS = (
    "payer_id",
    "delivery_number",
    "contract_number",
    "buyer_reference",
    "channel",
    "owner",
    "source",
    "source_version",
    "updated_at",
    "dunning_level",
    "dunned_on",
)
COLUMNS = CONTRACT_COLUMNS + FURTHER_COLUMNS

PAPERS = ("invoice", "credit_note", "debit_note", "prepayment", "partial", "final", "corrected")
"""Kinds of paper. All but the credit note raise what the customer owes."""

HIGHEST_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Further:
    """What an invoice may say beyond the contract's columns.

    `buyer` is the customer who bought, when somebody else pays. `dunning_level` was reached in the system we take over
    from, last reminded on `dunned_on`.
    """

    paper: str = "invoice"
    buyer: str = ""
    delivery_number: str = ""
    contract_number: str = ""
    buyer_reference: str = ""
    channel: str = ""
    owner: str = ""
    edition: Edition = UNDATED
    dunning_level: int | None = None
    dunned_on: date | None = None

    @property
    def content(self) -> tuple[object, ...]:
        """What counts as content: all but whose news it is and how new."""
        return (
            self.paper, self.buyer, self.delivery_number, self.contract_number, self.buyer_reference, self.channel,
            self.owner, self.dunning_level, self.dunned_on,
        )  # fmt: skip


NOTHING_FURTHER = Further()
A_CREDIT_NOTE = Further("credit_note")


class Due(NamedTuple):
    """One instalment: `amount` minor units due on `on`; None when the customer's terms decide."""

    on: date | None
    amount: int


class InvoiceIn(NamedTuple):
    """An invoice or credit note as handed in; amounts in minor units, always positive. `customer` owes it."""

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
    further: Further = NOTHING_FURTHER

    @property
    def amount(self) -> int:
        return self.dues[0].amount if len(self.dues) == 1 else sum(due.amount for due in self.dues)

    @property
    def content_hash(self) -> str:
        """Equal for equal pushes, whatever their order of arrival and wherever they stand."""
        facts = [
            self.number, self.customer, self.type, self.currency, self.order_number, self.payment_reference,
            self.related_invoice, f"{self.issued_on} {self.paid} {self.discount_basis_points} {self.discount_until}",
        ]  # fmt: skip
        facts += [f"{due.on} {due.amount}" for due in self.dues]
        if self.further is not NOTHING_FURTHER and self.further is not A_CREDIT_NOTE:
            facts.append(repr(self.further.content))
        return hashlib.blake2b("\0".join(facts).encode(), digest_size=16).hexdigest()


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
    paper = fields.choice("type", PAPERS, "invoice")
    kind = "credit_note" if paper == "credit_note" else "invoice"
    issued_on = fields.day("issued_on")
    currency = fields.currency()
    amount = fields.amount("amount", currency)
    paid = fields.amount("paid_amount", currency) or 0
    due_on = fields.day("due_on")
    discount = fields.basis_points("discount_percent")
    discount_until = fields.day("discount_until")
    order_number, reference = fields.text("order_number", longest=80), fields.text("payment_reference", longest=80)
    related = fields.text("related_invoice", longest=80)
    payer = fields.text("payer_id", longest=80) or customer
    further = _further(fields, paper, "" if payer == customer else customer)
    for name, value in (("issued_on", issued_on), ("currency", currency), ("amount", amount)):
        if not value and value != 0 and not any(problem.field == name for problem in fields.problems):
            fields.refuse(name, f"{name} is missing.")
    _check(fields, kind, issued_on, due_on, amount, paid, currency)
    if (discount is None) != (discount_until is None) and not fields.is_refused:
        fields.refuse("discount_until", "A discount needs both its percentage and its date.")
    if fields.is_refused or issued_on is None or amount is None:
        return ReadInvoice(number, None, fields.problems)
    if reference and (flaw := flaw_of_reference(reference, currency)):
        fields.warn("payment_reference", flaw)
    if kind == "credit_note":
        due_on = due_on or issued_on
    invoice = InvoiceIn(
        row.where, number, payer, kind, issued_on, currency, (Due(due_on, amount),), paid,
        order_number, reference.replace(" ", ""), discount, discount_until, related, further,
    )  # fmt: skip
    return ReadInvoice(number, invoice, fields.problems)


def _further(fields: Fields, paper: str, buyer: str) -> Further:
    """Equal things are the same object, so that the many invoices that say nothing further share one."""
    level = fields.whole("dunning_level", least=0, most=HIGHEST_LEVEL)
    further = Further(
        paper=paper,
        buyer=buyer,
        delivery_number=fields.text("delivery_number", longest=80),
        contract_number=fields.text("contract_number", longest=80),
        buyer_reference=fields.text("buyer_reference", longest=80),
        channel=fields.text("channel", longest=80),
        owner=fields.text("owner", longest=80),
        edition=fields.edition(),
        dunning_level=level,
        dunned_on=fields.day("dunned_on"),
    )
    if further.dunned_on is not None and not level:
        fields.refuse("dunned_on", "dunned_on needs the dunning_level that was reached.")
    if level and paper == "credit_note":
        fields.refuse("dunning_level", "A credit note is not reminded.")
    return next((each for each in (NOTHING_FURTHER, A_CREDIT_NOTE) if each == further), further)


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
    by_number: dict[str, ReadInvoice | list[ReadInvoice]] = {}
    for index, read in enumerate(rows):
        number = read.number or f"row {index}"
        before = by_number.setdefault(number, read)
        if isinstance(before, list):
            before.append(read)
        elif before is not read:
            by_number[number] = [before, read]
    for parts in by_number.values():
        yield _joined(parts) if isinstance(parts, list) else parts


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
    whole = invoices[0]._replace(dues=dues, paid=sum(invoice.paid for invoice in invoices))
    return ReadInvoice(number, whole, problems)
