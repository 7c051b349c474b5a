"""The originals invoices came in, and how they are given back."""

from urllib.parse import quote

from core.errors import NotFound
from receivables.tables import Invoice
from runtime.tables import Document
from runtime.work import Right, Work


class NoDocument(NotFound):
    def __init__(self, number: str) -> None:
        super().__init__(f"Invoice {number} came without a document.")


def of_invoice(work: Work, invoice: Invoice) -> Document:
    """The archived original of an invoice, with its SHA-256; `NotFound` when it came as a row."""
    work.need(Right.READ_BACK)
    found = work.session.get(Document, invoice.document_id) if invoice.document_id else None
    if found is None:
        raise NoDocument(invoice.number)
    return found


def media_type_of(content: bytes) -> str:
    """By the first bytes: what the sender called the file proves nothing."""
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"<"):
        return "application/xml"
    return "application/octet-stream"


def disposition_of(document: Document) -> str:
    """Handed over as a file under its own name, never shown in our pages."""
    return f"attachment; filename*=UTF-8''{quote(document.name.rpartition('/')[2], safe='')}"
