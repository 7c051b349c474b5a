"""Pure: what kind of file this is, by its first bytes. Told or not told; nothing is guessed from a name alone."""

import csv
import re
from collections.abc import Sequence

from payments.readers.registry import READERS as BANK_READERS
from receivables.intake.documents.registry import READERS as DOCUMENT_READERS

HEAD_BYTES = 4096

_COLUMN_OF_KIND = (("invoice_number", "invoices"), ("order_number", "orders"), ("customer_id", "customers"))
"""The column that only files of this kind begin with; an invoice may name its order and customer, an order its
customer."""

_XML_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Z][\w.-]*)[\s/>]")
_EDIFACT_TYPE = re.compile(r"UNH\+[^+']*\+([A-Z]{6})")
_ORDERS = re.compile(r"Order|SCRDMCCBDACIDMessageStructure|ORDERS|ORDCHG|ORDRSP")
_REMITTANCE = re.compile(r"RemittanceAdvice|REMADV")
_JSON_NAME = re.compile(r'"(\w+)"\s*:')


def kind_of(head: bytes, name: str) -> str | None:
    """The import kind of a file that begins with `head`; None when nothing tells."""
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if not text:
        return None
    if any(reader.recognises(head, name) for reader in DOCUMENT_READERS):
        return _kind_of_document(text)
    kind = _kind_of_columns(text)
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


def _kind_of_columns(text: str) -> str | None:
    names = set(_JSON_NAME.findall(text)) if text[0] in "[{" else set(header_of(text))
    return next((kind for column, kind in _COLUMN_OF_KIND if column in names), None)


def header_of(text: str) -> Sequence[str]:
    """The column names of a CSV's first line, in small letters; nothing when it is no such line."""
    line = text.splitlines()[0]
    try:
        [header] = csv.reader([line], delimiter=max(";,\t", key=line.count), strict=True)
    except (csv.Error, ValueError):
        return ()
    return [name.strip().lower() for name in header]
