"""Text records of the older bank files: numbered lines of a known encoding, and the fields written in them.

Serves the fixed-width formats (Norma 43, CFONB, CODA) and the line formats (BAI2, QIF). Everything here either
gives exactly what the file says or raises `Unreadable` naming the line and the field.
"""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import BinaryIO, NamedTuple, NoReturn

from core.currencies import EXPONENTS
from core.money import LARGEST_MINOR
from core.problems import Problem
from payments.readers.model import Unreadable

LONGEST_LINE = 16_384
"""Characters; the longest line any of these formats has is far below it."""

MOST_PIECES = 1_000
"""Lines of text one movement may carry; formats allow five to some dozens."""

_CHUNK = 1 << 20
_ASCII = bytes(range(128))
_PADDING = " \t\x1a"
_CENTURY_TURNS = 80

_CP850_ONLY = frozenset(b"\x81\x82\x87\x88\x8a\x90\xa4\xa5")
"""ü é ç ê è É ñ Ñ in the DOS code page 850; in Windows-1252 unused or signs nobody writes in a bank text."""

_CP850_IN_WORDS = re.compile(rb"[A-Za-z][\x81\x82\x87\x90\xa4\xa5][A-Za-z]")
"""The same between two letters, where Windows-1252 has ‚ ‡ ¤ ¥ or nothing at all, whatever else the text holds."""

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Record(NamedTuple):
    """One line or fixed-width record; `number` counts from 1, blank ones too."""

    number: int
    text: str

    @property
    def where(self) -> str:
        return f"line {self.number}"


def refuse(where: str, message: str, field: str | None = None) -> NoReturn:
    """Raises `Unreadable` with one problem."""
    raise Unreadable([Problem(where, message, field=field)])


def opening_text(head: bytes) -> str:
    """The first bytes of a file as text good enough to recognise a format by its ASCII marks."""
    encoding = _marked_encoding(head) or "latin-1"
    return head.decode(encoding, errors="ignore").lstrip("\r\n\t ")


def opening_words(head: bytes) -> str:
    """The first bytes of a file as text with its accents: as UTF-8 where they are that, perhaps cut in a letter."""
    with suppress(UnicodeDecodeError):
        if _marked_encoding(head) is None:
            return codecs.getincrementaldecoder("utf-8")().decode(head).lstrip("\r\n\t ")
    return opening_text(head)


def _marked_encoding(head: bytes) -> str | None:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and head[1] == head[3] == 0 and head[0] and head[2]:
        return "utf-16-le"
    if len(head) >= 4 and head[0] == head[2] == 0 and head[1] and head[3]:
        return "utf-16-be"
    return None


def encoding_of(source: BinaryIO) -> str:
    """The encoding of the whole file, which is read once to know: a byte-order mark, else UTF-8 if every byte fits,
    else DOS 850 when only that explains the letters, else Windows-1252, else Latin-1."""
    source.seek(0)
    encoding = _marked_encoding(source.read(4))
    if encoding is not None:
        if not _decodes(source, encoding):
            refuse("start of file", "The file says it is Unicode text, but some of its bytes are not.")
        return encoding
    if _decodes(source, "utf-8"):
        return "utf-8"
    if _is_cp850(_letters_beyond_ascii(source)) or _has_cp850_words(source):
        return "cp850"
    return "cp1252" if _decodes(source, "cp1252") else "latin-1"


def _decodes(source: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    source.seek(0)
    try:
        while chunk := source.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _letters_beyond_ascii(source: BinaryIO) -> set[int]:
    source.seek(0)
    letters: set[int] = set()
    while chunk := source.read(_CHUNK):
        letters.update(chunk.translate(None, _ASCII))
    return letters


def _has_cp850_words(source: BinaryIO) -> bool:
    source.seek(0)
    return any(_CP850_IN_WORDS.search(chunk) for chunk in iter(lambda: source.read(_CHUNK), b""))


def _is_cp850(letters: set[int]) -> bool:
    return max(letters) < 0xC0 and not letters.isdisjoint(_CP850_ONLY)


def lines(source: BinaryIO) -> Iterator[Record]:
    """The file's lines without their ends and trailing blanks, blank ones left out."""
    text = io.TextIOWrapper(source, encoding=_rewound(source), newline=None)
    try:
        number = 0
        while line := text.readline(LONGEST_LINE + 1):
            number += 1
            yield from _filled(number, line, LONGEST_LINE)
    finally:
        text.detach()


def fixed_width_records(source: BinaryIO, width: int) -> Iterator[Record]:
    """The file's records, each `width` characters: a line each (right-trimmed ones are filled up again), or all
    behind one another without line ends, as on tape."""
    text = io.TextIOWrapper(source, encoding=_rewound(source), newline=None)
    try:
        on_tape = "\n" not in text.readline(2 * width)
        text.seek(0)
        number = 0
        while record := text.read(width) if on_tape else text.readline(LONGEST_LINE + 1):
            number += 1
            for filled in _filled(number, record, width):
                yield Record(number, filled.text.ljust(width))
    finally:
        text.detach()


def _rewound(source: BinaryIO) -> str:
    encoding = encoding_of(source)
    source.seek(0)
    return encoding


def _filled(number: int, line: str, longest: int) -> Iterator[Record]:
    if "\0" in line:
        refuse(f"line {number}", "There are zero bytes here: this is no text file.")
    kept = line.rstrip("\n").rstrip(_PADDING)
    if len(kept) > longest:
        refuse(f"line {number}", f"The line has {len(kept)} characters or more; this format has at most {longest}.")
    if kept:
        yield Record(number, kept)


def words(text: str) -> str:
    """The text with every run of blanks made one, none at the ends."""
    return " ".join(text.split())


def number_in(text: str, where: str, field: str) -> int:
    """A field of plain ASCII digits, at most 18 of them."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        refuse(where, f"“{text[:40]}” is not a whole number.", field)
    return int(text)


def minor_units(amount: int, decimals: int, currency: str, where: str, field: str) -> int:
    """An amount stated with `decimals` implied decimals as minor units of `currency`, exactly or refused."""
    exponent = EXPONENTS[currency]
    scale: int = 10 ** abs(exponent - decimals)
    minor, rest = (amount * scale, 0) if exponent >= decimals else divmod(amount, scale)
    if rest:
        refuse(where, f"The amount has more decimals than {currency} allows ({exponent}).", field)
    if abs(minor) > LARGEST_MINOR:
        refuse(where, "The amount is more than this system holds.", field)
    return minor


def known_currency(code: str, where: str, field: str) -> str:
    """An ISO 4217 code as it is, anything else refused."""
    if code not in EXPONENTS:
        refuse(where, f"“{code[:12]}” is not an ISO 4217 currency code.", field)
    return code


def year_of(two_digits: int) -> int:
    """80 … 99 are 1980 … 1999, 00 … 79 are 2000 … 2079."""
    return two_digits + (2000 if two_digits < _CENTURY_TURNS else 1900)


def day_ymd(text: str, where: str, field: str) -> date:
    """YYMMDD."""
    return _day(text, text[4:6] + text[2:4] + text[:2], where, field)


def day_dmy(text: str, where: str, field: str) -> date:
    """DDMMYY."""
    return _day(text, text, where, field)


def is_absent(text: str) -> bool:
    """A numeric field left empty: blanks or zeros."""
    return not text.strip(" 0")


def _day(stated: str, dmy: str, where: str, field: str) -> date:
    day = _calendar_day(dmy)
    if day is None:
        refuse(where, f"“{stated[:12]}” is not a date of the calendar.", field)
    return day


@lru_cache(maxsize=4096)
def _calendar_day(dmy: str) -> date | None:
    if not (len(dmy) == 6 and dmy.isascii() and dmy.isdigit()):
        return None
    try:
        return date(year_of(int(dmy[4:])), int(dmy[2:4]), int(dmy[:2]))
    except ValueError:
        return None
