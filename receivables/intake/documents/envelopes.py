"""Documents inside another document: a Standard Business Document (Peppol), an AttachedDocument (Colombia). Pure.

Peppol's network puts the invoice as an element behind a header; DIAN puts it, as text, beside its own answer. Exactly
one document must be inside. Sources: Peppol Business Message Envelope 2.0; DIAN, technical annex 1.9.
"""

import io
import re
from typing import BinaryIO

from receivables.intake.documents import cii, ubl
from receivables.intake.documents.elements import Node, root_name, root_of
from receivables.intake.documents.model import Document

_STANDARD, _HEADER = "StandardBusinessDocument", "StandardBusinessDocumentHeader"
_DECLARATION = re.compile(r"\A<\?xml[^>]{0,200}\?>")
_TEXT = "Attachment/ExternalReference/Description"


class EnvelopeReader:
    name = "envelope"
    title = "Standard Business Document or AttachedDocument with a UBL or CII document inside"

    def recognises(self, head: bytes, filename: str) -> bool:
        """By the root element's name."""
        root = root_name(head)
        return root is not None and root.name in (_STANDARD, ubl.WRAPPER)

    def read(self, source: BinaryIO) -> tuple[Document, ...]:
        root = root_of(source)
        inner = _beside_the_header(root) if root.name == _STANDARD else _written_as_text(root)
        return (cii.document_of(inner) if cii.is_read(inner.name) else ubl.document_of(inner),)


def _beside_the_header(root: Node) -> Node:
    inside = [each for name, nodes in root.children.items() if name != _HEADER for each in nodes]
    if len(inside) != 1:
        root.refuse(f"There are {len(inside)} documents in the envelope; one is allowed.")
    return inside[0]


def _written_as_text(root: Node) -> Node:
    at = root.one(_TEXT)
    text = at.long_text() if at else ""
    if not text:
        root.refuse("There is no document in the envelope.")
    # The text has been decoded already: what its own declaration says of its encoding holds no more.
    return root_of(io.BytesIO(_DECLARATION.sub("", text).encode()))
