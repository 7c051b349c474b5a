"""SWIFT MT940 (customer statement) and MT942 (interim transaction report), as banks hand them to their customers.

Each message is one statement. The pages of a long statement (:60M:/:62M: instead of :60F:/:62F:) are messages of
their own with a balance equation of their own, so each stays a statement of its own: nothing is ever joined that the
bank told apart, and the pages chain by their balances. Signs: the table in `mt940_lines`. Texts: `mt940_details`.

An MT940 is whole when its closing balance :62a: is read. MT942 has no such field: it is whole when a line with `-`
ends it, or when :90D:/:90C: state the numbers of entries that were read. A SWIFT block `{4:` must be closed by `-}`.
The lines of an MT942 are booked entries (SWIFT: "debited or credited to the account"), except those marked expected;
its head and foot have no balances. A file may mix both: each message is read as what it is.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from payments.readers.model import Assumed, Piece
from payments.readers.mt940_messages import STATEMENT_TYPES, statements

_BODY_TAG = re.compile(r"(?:\A|\n)\x01?:(20|25P?|28C?|34F|60[FM]?|61|62[FM]?|64|65|86|90[CD]|NS|94[02]):")
_ENVELOPE = re.compile(r"(?:\A|\n)[^\S\n]*\x01?\{1:")
_TYPE = re.compile(r"\{2:[IO]([0-9]{3})")


def message_type(head: bytes) -> str | None:
    """ "940", "942" or "950" for a file that begins like one; None for anything else.

    Without a SWIFT header the first message tells: only MT942 has a floor limit, a report time or totals and no
    balances.
    """
    text = _as_text(head)
    named = _TYPE.search(text) if _ENVELOPE.search(text) else None
    if named:
        return named[1] if named[1] in STATEMENT_TYPES else None
    tags = _BODY_TAG.findall(text)
    if not tags:
        return None
    first = set(tags[: tags.index("20", tags.index("20") + 1)] if tags.count("20") > 1 else tags)
    if "942" in first or (first & {"34F", "90C", "90D"} and not first & {"60F", "60M", "60", "62F", "62M", "62"}):
        return "942"
    return "940"


def _as_text(head: bytes) -> str:
    """Readable enough to find tags in, whatever the encoding: UTF-16 loses its NULs."""
    text = head.replace(b"\0", b"").decode("latin-1")
    return text.removeprefix("\xef\xbb\xbf").lstrip("\xff\xfe").replace("\r", "\n")


class SwiftStatementReader:
    """Reads both messages; `types` are those whose file this entry of the registry answers for."""

    def __init__(self, name: str, title: str, types: frozenset[str]) -> None:
        self.name = name
        self.title = title
        self.types = types

    def recognises(self, head: bytes, filename: str) -> bool:
        """By the first message's type in the SWIFT header, else by its fields."""
        return message_type(head) in self.types

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """Streams the file's statements; `assumed` is not needed, the format says account and currency itself."""
        return statements(source)


MT940 = SwiftStatementReader("mt940", "SWIFT MT940 statement", frozenset({"940", "950"}))
MT942 = SwiftStatementReader("mt942", "SWIFT MT942 interim report", frozenset({"942"}))
