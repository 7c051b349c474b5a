"""Pure: what kind of file this is, by its first bytes. Told or not told; nothing is guessed from a name alone."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from core.errors import Invalid
from core.sheets import is_workbook, sheets
from payments.readers.registry import READERS as BANK_READERS
from receivables.intake.documents.registry import READERS as DOCUMENT_READERS

HEAD_BYTES = 65_536
"""How much of a file tells its kind: generators put licences of several KB before the root element."""

_COLUMN_OF_KIND = (
    ("advice_number", "remittance"),
    ("invoice_number", "invoices"),
    ("order_number", "orders"),
    ("customer_id", "customers"),
)
"""The column that only files of this kind begin with; an advice names invoices, an invoice may name its order and
customer, an order its customer."""

_XML_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Z][\w.-]*)[\s/>]")
_EDIFACT_TYPE = re.compile(r"UNH\+[^+']*\+([A-Z]{6})")
_ORDERS = re.compile(r"Order|SCRDMCCBDACIOMessageStructure|ORDERS|ORDCHG|ORDRSP")
_REMITTANCE = re.compile(r"RemittanceAdvice|REMADV")
_EXCHANGE_RATES = re.compile(r"Date, ?USD,|KEY,FREQ,CURRENCY,CURRENCY_DENOM,")
"""How the two tables of rates of the European Central Bank begin."""
_JSON_NAME = re.compile(r'"(\w+)"\s*:')


def kind_of(source: BinaryIO, name: str) -> str | None:
    """The import kind of a file; None when nothing tells. Only workbooks are read further than their first bytes."""
    source.seek(0)
    head = source.read(HEAD_BYTES)
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if not text:
        return None
    if any(reader.recognises(head, name) for reader in DOCUMENT_READERS):
        return _kind_of_document(text)
    if _EXCHANGE_RATES.match(text):
        return "exchange_rates"
    kind = _kind_of_columns(_names_in_workbook(source) if is_workbook(head) else _names_in_text(text))
    if kind is not None:
        return kind
    return "statement" if any(reader.recognises(head, name) for reader in BANK_READERS) else None


def _kind_of_document(text: str) -> str:
    """Orders and remittance advice say so in their first element or segment; every other document is an invoice."""
    found = _XML_ROOT.search(text) or _EDIFACT_TYPE.search(text)
    word = found[1] if found else ""
    if _ORDERS.search(word):
        return "orders"
    return "remittance" if _REMITTANCE.search(word) else "invoices"


def _kind_of_columns(names: Iterable[str]) -> str | None:
    known = {name.strip().lower() for name in names}
    return next((kind for column, kind in _COLUMN_OF_KIND if column in known), None)


def _names_in_text(text: str) -> Sequence[str]:
    """The members of the first JSON objects, or the columns of a CSV's first line."""
    if text[0] in "[{":
        return _JSON_NAME.findall(text)
    line = text.splitlines()[0]
    try:
        [header] = csv.reader([line], delimiter=max(";,\t", key=line.count), strict=True)
    except (csv.Error, ValueError):
        return ()
    return header


def _names_in_workbook(source: BinaryIO) -> Sequence[str]:
    """The first row of the first sheet that has rows; a workbook nobody can read has none, and its reader says why."""
    source.seek(0)
    try:
        sheet = next(sheets(source), None)
    except Invalid:
        return ()
    return [str(cell) for cell in sheet.rows[0].cells] if sheet else ()
