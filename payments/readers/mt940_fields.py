"""The fields of a SWIFT text file: `:61:…` up to the next `:86:…`, with their line numbers, block by block.

Knows nothing of statements. Decodes without ever a replacement character, takes any line ending, and holds at most
one block and one field in memory.
"""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, NoReturn

from core.problems import Problem
from payments.readers.model import Unreadable

BLOCK_BYTES = 1 << 18
LARGEST_FIELD = 1 << 16
"""Characters a field may have. SWIFT allows 2,000 in a whole message; banks' own extensions stay far below this."""

_SOFT_HYPHEN = "\u00ad"
"""ING's old files write it for every hyphen, the `-` that ends a message included."""

_GLUED_BLOCK = "{4::"
"""A SWIFT block whose first field stands on the block's own line."""

_TAG = re.compile(r"\n:([0-9]{2}[A-Z]?|NS|94[02]):")
_UTF_8_LETTER = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
"""ü or § in UTF-8; in an 8-bit encoding a capital Â or Ã before a sign, which no word has."""

_DOS_UMLAUT = re.compile(rb"[A-Za-z][\x81\x84\x94][a-z]|[A-Z][\x99\x9a][A-Z]")
"""ü ä ö, Ö Ü in code page 850 within a word, where Windows-1252 has quotation marks, ™ and a small š."""


class Field(NamedTuple):
    """One field. `tag` without colons ("61", "62F"; "" is the text before the first field), `line` where it stands,
    `text` with inner newlines as `\\n`. Only the last field of a file may end in `\\n`."""

    tag: str
    line: int
    text: str


def refuse(line: int, message: str, tag: str | None = None) -> NoReturn:
    """Refuses the whole file: `message` says why, at `line`, in field `tag`."""
    raise Unreadable([Problem(f"line {line}", message, field=f":{tag}:" if tag else None)])


def encoding_of(source: BinaryIO) -> str:
    """The encoding the whole file decodes in. UTF-16 by its mark or its first character, UTF-8 by decoding; else
    Windows-1252, or DOS code page 850 where umlauts stand in words at its places or Windows-1252 has no letter.

    A file that is UTF-8 in some places and not in others is damaged, cut or put together of two, and refused.
    """
    wide = _wide_encoding(source)
    if _decodes(source, wide or "utf-8-sig"):
        return wide or "utf-8-sig"
    if wide or _holds(source, _UTF_8_LETTER):
        refuse(1, "The file begins as Unicode text and is not all of it: it is damaged or cut.")
    is_dos = _holds(source, _DOS_UMLAUT) or not _decodes(source, "cp1252")
    return "cp850" if is_dos else "cp1252"


def _wide_encoding(source: BinaryIO) -> str | None:
    source.seek(0)
    start = source.read(2)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if len(start) == 2 and 0 in start:
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    return None


def _decodes(source: BinaryIO, encoding: str) -> bool:
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := source.read(BLOCK_BYTES):
            decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _holds(source: BinaryIO, pattern: re.Pattern[bytes]) -> bool:
    source.seek(0)
    return any(pattern.search(block) for block in iter(lambda: source.read(BLOCK_BYTES), b""))


def _texts(source: BinaryIO) -> Iterator[tuple[str, bool]]:
    """The file's text in blocks, newlines as `\\n`; the flag marks the last block."""
    encoding = encoding_of(source)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    source.seek(0)
    while block := source.read(BLOCK_BYTES):
        yield decoder.decode(block), False
    yield decoder.decode(b"", True), True


def fields(source: BinaryIO) -> Iterator[Field]:
    """Every field of the file in order, the text before the first one included; never empty."""
    tag, start, held = "", 1, ""
    line, rest = 0, "\n"
    for text, last in _texts(source):
        if "\0" in text:
            refuse(line + 1, "There is a NUL character in the text: the file is damaged or no text file.")
        text = (rest + text.replace(_SOFT_HYPHEN, "-")).replace(_GLUED_BLOCK, "{4:\n:")
        cut = len(text) if last else text.rfind("\n")
        parts = _TAG.split(text[:cut])
        rest = text[cut:]
        held += parts[0]
        line += parts[0].count("\n")
        for index in range(1, len(parts), 2):
            if len(held) > LARGEST_FIELD:
                _refuse_size(start, tag)
            yield Field(tag, start, held)
            tag, held = parts[index], parts[index + 1]
            start = line + 1
            line = start + held.count("\n")
        if len(held) > LARGEST_FIELD or len(rest) > LARGEST_FIELD:
            _refuse_size(start, tag)
    yield Field(tag, start, held)


def _refuse_size(line: int, tag: str) -> NoReturn:
    refuse(line, f"A field has more than {LARGEST_FIELD} characters: this is no SWIFT statement.", tag)
