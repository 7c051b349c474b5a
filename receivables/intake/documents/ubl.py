"""UBL 2: invoices, credit and debit notes, orders and the messages about them, remittance advice. Pure.

Which document it is its root element says; what stands where, `ubl_invoice`, `ubl_order` and `ubl_remittance`.
"""

from typing import BinaryIO

from receivables.intake.documents import ubl_invoice, ubl_order, ubl_remittance
from receivables.intake.documents.elements import Node, root_name, root_of
from receivables.intake.documents.model import Document

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
WRAPPER = "AttachedDocument"
"""A UBL document that holds another; `envelopes` reads it."""
_REMITTANCE = "RemittanceAdvice"


class UblReader:
    name = "ubl"
    title = "UBL 2 invoice, order or remittance advice"

    def recognises(self, head: bytes, filename: str) -> bool:
        """By a root element of UBL, whichever: a document that is not read is refused by its name."""
        root = root_name(head)
        if root is None or root.name == WRAPPER:
            return False
        return root.namespace.startswith(NAMESPACE) or (not root.namespace and is_read(root.name))

    def read(self, source: BinaryIO) -> tuple[Document, ...]:
        return (document_of(root_of(source)),)


def is_read(name: str) -> bool:
    """Whether a root element of this name is a document read here."""
    return name in ubl_invoice.ROOTS or name in ubl_order.ROOTS or name == _REMITTANCE


def document_of(root: Node) -> Document:
    """The document whose root element this is."""
    if not root.namespace.startswith(NAMESPACE):
        root.refuse(f"{root.name} is not in a namespace of UBL 2.")
    if not is_read(root.name):
        root.refuse(f"{root.name} is none of the UBL documents we read: invoices, orders and remittance advice.")
    if root.name in ubl_invoice.ROOTS:
        return ubl_invoice.invoice(root)
    if root.name in ubl_order.ROOTS:
        return ubl_order.order(root)
    return ubl_remittance.remittance(root)
