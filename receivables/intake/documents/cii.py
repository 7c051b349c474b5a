"""Cross industry messages of UN/CEFACT: invoices of CII D16B and ZUGFeRD 1, orders of Order-X. Pure.

Which vocabulary it is the root element says (`cii_names`); what stands where, `cii_invoice` and `cii_order`.
"""

from typing import BinaryIO

from receivables.intake.documents import cii_invoice, cii_order
from receivables.intake.documents.cii_names import INVOICE_NAMES, ORDER_ROOTS
from receivables.intake.documents.elements import Node, root_name, root_of
from receivables.intake.documents.model import Document


class CiiReader:
    name = "cii"
    title = "Cross Industry Invoice (Factur-X, ZUGFeRD, XRechnung) or Order-X, as XML"

    def recognises(self, head: bytes, filename: str) -> bool:
        """By the root element's name."""
        root = root_name(head)
        return root is not None and is_read(root.name)

    def read(self, source: BinaryIO) -> tuple[Document, ...]:
        return (document_of(root_of(source)),)


def is_read(name: str) -> bool:
    """Whether a root element of this name is a document read here."""
    return name in INVOICE_NAMES or name in ORDER_ROOTS


def document_of(root: Node) -> Document:
    """The document whose root element this is, one of those read here."""
    return cii_invoice.invoice(root) if root.name in INVOICE_NAMES else cii_order.order(root)
