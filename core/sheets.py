"""Rows of the sheets of an XLSX workbook, which anybody may have made: bounded before anything is parsed.

Every part of the package is unpacked by us, up to a limit, and packed anew for the parser: so it sees exactly what was
checked, whatever the file says about its own sizes. A part with a document type (DTD) refuses the file.
"""

import io
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

from python_calamine import CalamineWorkbook

from core.errors import Invalid

Cell = str | Decimal | date
"""Text as it stands ("" when empty), a number, or a day. A moment of time is text: “2026-03-31 14:05:00”."""

LARGEST_WORKBOOK = 25 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
"""Bytes of all parts together."""
MOST_PARTS = 1_000
MOST_CELLS = 2_000_000
"""Cells of the rectangle a sheet's cells span: the parser makes room for all of them."""
MOST_TEXT = 256 * 1024 * 1024
"""Bytes of the longest shared text times the cells that might repeat it."""

_ZIP_MARK = b"PK\x03\x04"
_PARTS = (b"[Content_Types].xml", b"_rels/.rels", b"docProps/", b"xl/")
_REFUSED_MARKUP = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PLACE = re.compile(rb"""(?<![\w:.-])r\s*=\s*["']([A-Za-z]*+)([0-9]++)""")
_STATED_COUNT = re.compile(rb"""(?<![\w:.-])(?:count|uniqueCount)\s*=\s*["']\s*\+?([0-9]++)""", re.IGNORECASE)
"""How much a part says will follow: the parser makes room for it unseen."""
_LETTERS = 26
_MOST_LETTERS, _MOST_DIGITS = 3, 7
"""Of the place of a cell: spreadsheets end at XFD1048576. The parser counts on beyond, and around."""


class SheetRow(NamedTuple):
    """One row that is not empty; `number` is the one the program shows."""

    number: int
    cells: list[Cell]


class Sheet(NamedTuple):
    name: str
    rows: list[SheetRow]


def is_workbook(head: bytes) -> bool:
    """True when the first bytes are those of an Office Open XML package."""
    return head.startswith(_ZIP_MARK) and any(part in head for part in _PARTS)


def sheets(source: BinaryIO) -> Iterator[Sheet]:
    """The sheets that have rows, in the workbook's order. `Invalid` when it is damaged, too large or hostile."""
    package = _repacked(source)
    try:
        workbook = CalamineWorkbook.from_filelike(package)
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            filled = [SheetRow(number, _cells(row)) for number, row in enumerate(rows, start=1) if _is_filled(row)]
            if filled:
                yield Sheet(name, filled)
    except Exception as error:
        raise Invalid.because("whole file", f"The workbook is damaged: {str(error)[:120]}.") from error
    except BaseException as error:
        # The parser is written in Rust, and its panics are no `Exception`.
        if type(error).__name__ != "PanicException":
            raise
        raise Invalid.because("whole file", "The workbook is damaged.") from error


def _repacked(source: BinaryIO) -> io.BytesIO:
    clean = io.BytesIO()
    left, size = MOST_UNPACKED, _Size()
    try:
        with zipfile.ZipFile(io.BytesIO(_bounded(source))) as package, zipfile.ZipFile(clean, "w") as copy:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or len({part.filename for part in parts}) < len(parts):
                raise Invalid.because("whole file", "The workbook has too many parts, or one of them twice.")
            for part in parts:
                content = _unpacked(package, part, left)
                left -= len(content)
                size.note(part.filename, content)
                copy.writestr(part.filename, content)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise Invalid.because("whole file", "The workbook is damaged or locked with a password.") from error
    except Exception as error:
        if type(error).__module__ not in ("zlib", "lzma", "_lzma", "struct"):
            raise
        raise Invalid.because("whole file", "The workbook is damaged.") from error
    clean.seek(0)
    return clean


def _bounded(source: BinaryIO) -> bytes:
    source.seek(0)
    content = source.read(LARGEST_WORKBOOK + 1)
    if len(content) > LARGEST_WORKBOOK:
        raise Invalid.because("whole file", f"A workbook of more than {LARGEST_WORKBOOK >> 20} MB is not read.")
    return content


def _unpacked(package: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> bytes:
    with package.open(part) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise Invalid.because("whole file", f"Unpacked, the workbook is more than {MOST_UNPACKED >> 20} MB.")
    if b"<" in content[:200]:
        _check_markup(part.filename, content)
    return content


def _check_markup(name: str, content: bytes) -> None:
    if b"\0" in content or _REFUSED_MARKUP.search(content):
        raise Invalid.because(name[:80], "A document type, an entity or another encoding than UTF-8 is not read.")


class _Size:
    """What the parser would make of the parts so far."""

    def __init__(self) -> None:
        self._cells = self._longest_text = 0

    def note(self, name: str, content: bytes) -> None:
        """Takes a part; refuses the workbook once it is too large."""
        if any(_is_beyond(count) for count in _STATED_COUNT.findall(content)):
            raise Invalid.because(name[:80], f"The part says that it has more than {MOST_CELLS:,} items.")
        if "sharedstrings" in name.lower():
            self._longest_text = max(map(len, content.split(b"</si>")))
        elif name.endswith(".xml"):
            spanned = _span(content)
            if spanned > MOST_CELLS:
                raise Invalid.because(name[:80], f"The sheet spans more than {MOST_CELLS:,} cells.")
            self._cells += content.count(b"<c")
        if self._longest_text * self._cells > MOST_TEXT:
            raise Invalid.because("whole file", "The texts of the workbook are too long.")


def _span(content: bytes) -> int:
    """Rows times columns up to the last cell that says where it is; cells that do not are counted."""
    last_row, last_column = content.count(b"<row"), 0
    cells = content.count(b"<c")
    if cells > MOST_CELLS:
        return cells
    for letters, digits in _PLACE.findall(content):
        if len(letters) > _MOST_LETTERS or len(digits.lstrip(b"0")) > _MOST_DIGITS:
            return MOST_CELLS + 1
        last_row = max(last_row, int(digits[-_MOST_DIGITS:]))
        last_column = max(last_column, _column_number(letters))
    return max(last_row * last_column, cells)


def _is_beyond(count: bytes) -> bool:
    digits = count.lstrip(b"0")
    return len(digits) > _MOST_DIGITS or int(digits or b"0") > MOST_CELLS


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + letter - 64
    return number


def _is_filled(row: list[Any]) -> bool:
    return any(value not in ("", None) for value in row)


def _cells(row: list[Any]) -> list[Cell]:
    return [_cell(value) for value in row]


def _cell(value: Any) -> Cell:
    match value:
        case bool():
            return str(value).upper()
        case int():
            return Decimal(value)
        case float() if math.isfinite(value):
            # The shortest decimal that is this number: what the program that wrote it shows.
            return Decimal(repr(value)).normalize()
        case datetime():
            return value.date() if not (value.hour or value.minute or value.second) else f"{value:%Y-%m-%d %H:%M:%S}"
        case date():
            return value
        case None:
            return ""
        case _:
            return str(value)
