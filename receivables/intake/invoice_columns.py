"""Many rows about invoices at once: column by column where they are plain, row by row where anything is not.

The rules are `invoice_rows`' alone. Here each different text of a column is read once by those rules, and whatever
would give a problem or needs more than the contract's columns goes to `read_invoice`. A property test compares the two.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from core.money import NotAnAmount, parse_minor
from receivables.intake.fields import Fields
from receivables.intake.invoice_rows import (
    A_CREDIT_NOTE,
    FURTHER_COLUMNS,
    NOTHING_FURTHER,
    Due,
    InvoiceIn,
    ReadInvoice,
    gather_instalments,
    read_invoice,
)
from receivables.intake.references import flaw_of_reference
from receivables.intake.rows import Row

_ODD: Any = object()
"""Stands where a value is not plain."""
_LONGEST = 80


def read_invoices(rows: Sequence[Row]) -> list[ReadInvoice]:
    """What became of each number in these rows, instalments gathered: exactly what `read_invoice` says of each row."""
    reads = (
        read_invoice(row) if invoice is None else ReadInvoice(invoice.number, invoice, [])
        for row, invoice in zip(rows, _plain(rows), strict=True)
    )
    return list(gather_instalments(reads))


def _plain(rows: Sequence[Row]) -> Iterator[InvoiceIn | None]:
    """The invoice of each row that is plain, None for every other row."""
    values = [row.values for row in rows]
    names = ("invoice_number", "customer_id", "order_number", "payment_reference", "related_invoice")
    texts = [_texts(values, name) for name in names]
    known = [
        _known(values, "type", lambda fields: fields.choice("type", ("invoice", "credit_note"), "invoice")),
        _known(values, "issued_on", lambda fields: fields.day("issued_on")),
        _known(values, "due_on", lambda fields: fields.day("due_on")),
        _known(values, "currency", lambda fields: fields.currency()),
        _known(values, "discount_percent", lambda fields: fields.basis_points("discount_percent")),
        _known(values, "discount_until", lambda fields: fields.day("discount_until")),
    ]
    amounts, paid = _texts(values, "amount"), _texts(values, "paid_amount")
    odd = _odd(rows, (*texts, *known, amounts, paid))
    for index, facts in enumerate(zip(*texts, *known, amounts, paid, strict=True)):
        yield None if index in odd else _invoice(rows[index].where, *facts)


def _texts(values: Sequence[dict[str, object]], name: str) -> list[str]:
    return [
        "" if value is None else value.strip() if type(value) is str and len(value) <= _LONGEST else _ODD
        for value in [each.get(name) for each in values]
    ]


def _known(values: Sequence[dict[str, object]], name: str, read: Callable[[Fields], object]) -> list[Any]:
    """A column of few different texts, each read once."""
    texts = _texts(values, name)
    meanings: dict[object, object] = {_ODD: _ODD}
    for text in {*texts} - {_ODD}:
        fields = Fields(Row("", {name: text}))
        meaning = read(fields)
        meanings[text] = _ODD if fields.problems else meaning
    return [meanings[text] for text in texts]


def _odd(rows: Sequence[Row], columns: Sequence[list[Any]]) -> set[int]:
    """The places of rows that are not plain in one of the columns, or speak of more than these."""
    odd = {place for column in columns if _ODD in column for place, value in enumerate(column) if value is _ODD}
    odd.update(place for place, row in enumerate(rows) if row.flaw)
    for name in set[str]().union(*(row.values for row in rows)).intersection(FURTHER_COLUMNS):
        odd.update(place for place, row in enumerate(rows) if row.values.get(name) not in (None, ""))
    return odd


def _invoice(
    where: str, number: str, customer: str, order_number: str, reference: str, related: str, kind: str,
    issued_on: date | None, due_on: date | None, currency: str, discount: int | None, discount_until: date | None,
    amount_text: str, paid_text: str,
) -> InvoiceIn | None:  # fmt: skip
    if not (number and customer and issued_on and currency) or (discount is None) != (not discount_until):
        return None
    if "\0" in f"{number}{customer}{order_number}{related}{reference}":
        return None
    if reference and flaw_of_reference(reference, currency):
        return None
    try:
        amount = parse_minor(amount_text, currency)
        paid = parse_minor(paid_text, currency) if paid_text else 0
    except NotAnAmount:
        return None
    if not (amount > 0 and 0 <= paid <= amount) or (due_on is not None and due_on < issued_on):
        return None
    is_credit = kind == "credit_note"
    if is_credit and due_on is None:
        due_on = issued_on
    return InvoiceIn(
        where, number, customer, kind, issued_on, currency, (Due(due_on, amount),), paid, order_number,
        reference.replace(" ", ""), discount, discount_until, related, A_CREDIT_NOTE if is_credit else NOTHING_FURTHER,
    )  # fmt: skip
