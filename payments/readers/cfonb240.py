"""CFONB 240: lists of received transfers and of returned items (rejets, impayés), 240 characters a record.

Recognised so that a person is told what the file is, and refused: such a list has no balances, what its amounts do to
the account follows from an operation code, and the layout belongs to a bilateral agreement with the bank (the CFONB
brochure of each operation differs, and none is published freely). No second source was found either: the open programs
that read CFONB (the accounting add-ons for France among them) read the 120 columns of the statement or write the 160
of orders, none reads 240. Reading money by a guessed column would be worse than not reading it. The same movements are
in the bank's CFONB 120 statement and in camt.053 and camt.054.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from payments.readers.model import Assumed, Piece
from payments.readers.text_records import opening_text, refuse

_FIRST = re.compile(r"31[0-9A-Z ]{2}[0-9]{6,8}[^\r\n]{150,230} *(?:[\r\n]|\Z|34)", re.ASCII)


class Cfonb240Reader:
    name = "cfonb240"
    title = "CFONB 240"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the first record is a header (31) wider than any other format's records."""
        return _FIRST.match(opening_text(head)) is not None

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """Always `Unreadable`, naming the files to ask the bank for instead."""
        refuse(
            "line 1",
            "This is a CFONB 240 list of transfers or returned items, which we do not read: it has no balances to "
            "prove it by. Take the bank's CFONB 120 statement, camt.053 or camt.054 of the same days instead.",
        )
