"""UN/EDIFACT: INVOIC, ORDERS, ORDCHG, ORDRSP and REMADV messages of one interchange. Pure.

Sources: the UN/EDIFACT directories D.96A to D.16B, EANCOM 2002, and for INVOIC the EDIFACT binding of EN 16931.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from receivables.intake.documents.edifact_invoice import invoice
from receivables.intake.documents.edifact_order import order
from receivables.intake.documents.edifact_remittance import remittance
from receivables.intake.documents.edifact_segments import Message, begins_interchange, interchange
from receivables.intake.documents.elements import refusal, whole
from receivables.intake.documents.model import Document

_MESSAGES: dict[str, Callable[[Message], Document]] = {
    "INVOIC": invoice,
    "ORDERS": order,
    "ORDCHG": order,
    "ORDRSP": order,
    "REMADV": remittance,
}


class EdifactReader:
    name = "edifact"
    title = "EDIFACT (INVOIC, ORDERS, ORDCHG, ORDRSP, REMADV)"

    def recognises(self, head: bytes, filename: str) -> bool:
        """By UNA or UNB at the beginning."""
        return begins_interchange(head)

    def read(self, source: BinaryIO) -> tuple[Document, ...]:
        found = interchange(whole(source))
        documents = [_document(message) for message in found.messages]
        return tuple(replace(each, problems=(*found.problems, *each.problems)) for each in documents)


def _document(message: Message) -> Document:
    mapping = _MESSAGES.get(message.type)
    if mapping is None:
        raise refusal(message.where, f"{message.type[:20]} messages are not read, only {', '.join(_MESSAGES)}.", "UNH")
    return mapping(message)
