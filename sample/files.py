"""The sample as files: the contract's CSVs, three statements, and a page that says what to try with them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from core.money import decimal_text
from sample import disputes as cases
from sample import orders as order_book
from sample.company import COMPANY
from sample.customers import customers_csv
from sample.invoices import Instalment, Invoice, invoices, late_invoice
from sample.orders import Order
from sample.payments import paid_before
from sample.statements import statements

INVOICE_COLUMNS = (
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
ORDER_COLUMNS = (
    "order_number",
    "customer_id",
    "channel",
    "received_at",
    "requested_on",
    "currency",
    "amount",
    "po_number",
    "priority",
    "status",
)
DISPUTE_COLUMNS = (
    "subject_kind",
    "reference",
    "customer_id",
    "amount",
    "currency",
    "reason",
    "detected_on",
    "notified_on",
    "note",
    "resolved_on",
    "outcome",
    "accepted_amount",
)

LATE_INVOICES_FILE = "invoices-later.csv"


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _text(value: object | None) -> str:
    return "" if value is None else str(value)


def _percent(basis_points: int) -> str:
    return decimal_text(basis_points, "EUR") if basis_points else ""


def _invoice_row(invoice: Invoice, instalment: Instalment, on: date) -> list[str]:
    currency = invoice.customer.currency
    order = order_book.by_key(on).get(invoice.key)
    return [
        invoice.number,
        invoice.customer.customer_id,
        "credit_note" if invoice.is_credit_note else "invoice",
        str(invoice.issued_on),
        str(instalment.due_on),
        currency,
        decimal_text(instalment.amount, currency),
        decimal_text(paid_before(on).get((invoice.number, instalment.due_on), 0), currency),
        order.number if order else "",
        invoice.payment_reference,
        _percent(invoice.discount_basis_points),
        _text(invoice.discount_until),
        invoice.related_invoice,
    ]


def _invoice_rows(chosen: Iterable[Invoice], on: date) -> Iterator[list[str]]:
    for invoice in chosen:
        for instalment in invoice.instalments:
            yield _invoice_row(invoice, instalment, on)


def invoices_csv(on: date) -> str:
    """All invoices and credit notes; one row an instalment; credit notes with positive amounts."""
    return _csv(INVOICE_COLUMNS, _invoice_rows(invoices(on), on))


def late_invoices_csv(on: date) -> str:
    """The one invoice that arrives after its order was disputed."""
    return _csv(INVOICE_COLUMNS, _invoice_rows([late_invoice(on)], on))


def _order_row(order: Order) -> list[str]:
    return [
        order.number,
        order.customer.customer_id,
        order.channel,
        f"{order.received_at:%Y-%m-%dT%H:%M:%SZ}",
        str(order.requested_on),
        order.customer.currency,
        decimal_text(order.amount, order.customer.currency),
        order.po_number,
        "high" if order.is_priority else "normal",
        order.status,
    ]


def orders_csv(on: date) -> str:
    """The orders of the last weeks, in the order they came in."""
    return _csv(ORDER_COLUMNS, (_order_row(order) for order in order_book.orders(on)))


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else decimal_text(minor, currency)


def _dispute_row(case: cases.Dispute) -> list[str]:
    end, currency = case.resolution, case.customer.currency
    return [
        case.subject_kind,
        case.reference,
        case.customer.customer_id,
        _amount(case.amount, currency),
        currency,
        case.reason,
        str(case.detected_on),
        str(case.notified_on),
        case.note,
        _text(end and end.on),
        _text(end and end.outcome),
        _amount(end.accepted_amount, currency) if end else "",
    ]


def disputes_csv(on: date) -> str:
    """The eight cases, for reading along: there is no import of disputes. An empty amount contests everything."""
    return _csv(DISPUTE_COLUMNS, (_dispute_row(case) for case in cases.disputes(on)))


def readme(on: date) -> str:
    """What the files are and the commands that read them, in order."""
    euro_files = " ".join(statement.file_name for statement in statements(on))
    return f"""# {COMPANY.legal_name}: a sample company on the morning of {on}

Everything here is invented: companies, people, numbers and accounts. Read the files in this order:

    main.py import customers customers.csv
    main.py import invoices invoices.csv
    main.py import orders orders.csv
    main.py import statement {euro_files}
    main.py reconcile --on {on}
    main.py import invoices {LATE_INVOICES_FILE}
    main.py dun --on {on} --dry-run

- The invoices' `paid_amount` holds what was paid before the statements begin; the statements hold the rest.
- The euro account's two statements follow each other; the third is the sterling account's.
- `disputes.csv` is for reading along: open its cases through the screen or the API. One is about an order whose
  invoice comes only with `{LATE_INVOICES_FILE}`: it is paused on arrival.
"""


def files(on: date) -> dict[str, str]:
    """File name → text, all UTF-8 (the statements keep to ASCII)."""
    return {
        "README.md": readme(on),
        "customers.csv": customers_csv(),
        "invoices.csv": invoices_csv(on),
        LATE_INVOICES_FILE: late_invoices_csv(on),
        "orders.csv": orders_csv(on),
        "disputes.csv": disputes_csv(on),
        **{statement.file_name: statement.text for statement in statements(on)},
    }


def write(folder: Path, on: date) -> list[Path]:
    """Writes all files into the folder, made when missing, and names them. Files of the same name are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files(on).items():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="")
        written.append(path)
    return written
