"""Rows of a table (CSV, JSON, a workbook) → remittance advices: one row a document paid. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from core.problems import Problem
from receivables.intake.documents.model import Party, RemittanceDocument, RemittanceLine
from receivables.intake.fields import Fields
from receivables.intake.rows import Row

COLUMNS = (
    "advice_number", "issued_on", "pays_on", "currency", "paid_amount", "payment_reference", "payer", "invoice_number",
    "amount", "discount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """One row: what it says of the whole payment, and its line. `amount` is negative for a credit note."""

    where: str
    number: str
    issued_on: date
    pays_on: date | None
    currency: str
    paid: int
    payment_reference: str
    payer: str
    line: RemittanceLine

    @property
    def head(self) -> tuple[object, ...]:
        return self.number, self.currency, self.paid, self.payment_reference, self.payer, self.issued_on, self.pays_on


def read_row(row: Row) -> tuple[AdviceRow | None, list[Problem]]:
    """The row, or None and the reasons. Every row of an advice repeats what it says of the whole."""
    fields = Fields(row)
    number, invoice = fields.required("advice_number", longest=80), fields.required("invoice_number", longest=80)
    issued_on, pays_on = fields.day("issued_on"), fields.day("pays_on")
    currency = fields.currency()
    paid, amount = fields.amount("paid_amount", currency), fields.amount("amount", currency)
    discount = fields.amount("discount", currency)
    for name, value in (("issued_on", issued_on), ("paid_amount", paid), ("amount", amount)):
        if value is None and not any(problem.field == name for problem in fields.problems):
            fields.refuse(name, f"{name} is missing.")
    reference, payer = fields.text("payment_reference", longest=140), fields.text("payer")
    if fields.is_refused or issued_on is None or paid is None or amount is None:
        return None, fields.problems
    line = RemittanceLine(invoice, amount, "credit_note" if amount < 0 else "invoice", discount)
    return AdviceRow(row.where, number, issued_on, pays_on, currency, paid, reference, payer, line), fields.problems


def advices(rows: Iterable[AdviceRow]) -> Sequence[RemittanceDocument]:
    """The advices the rows make up, in the order of the file."""
    lines: dict[tuple[object, ...], list[RemittanceLine]] = {}
    heads: dict[tuple[object, ...], AdviceRow] = {}
    for row in rows:
        heads.setdefault(row.head, row)
        lines.setdefault(row.head, []).append(row.line)
    return [_advice(heads[head], of_head) for head, of_head in lines.items()]


def _advice(row: AdviceRow, lines: Sequence[RemittanceLine]) -> RemittanceDocument:
    return RemittanceDocument(
        number=row.number, issued_on=row.issued_on, currency=row.currency, amount=row.paid,
        ties=sum(line.amount or 0 for line in lines) == row.paid, pays_on=row.pays_on,
        payment_reference=row.payment_reference or None, payer=Party(name=row.payer or None), lines=tuple(lines),
    )  # fmt: skip
