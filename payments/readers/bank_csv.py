"""CSV and XLSX: a bank's table of movements, read by the profile that fits its header.

Who explained the columns comes first: profiles people made, then those that come with the program. A table nobody
explained is never guessed at: it is `Unanswered`, and the mapping screen asks a person once.

* Sign: that of the amount, of the column it stands in, or of the indicator column, as the profile says; a fee is
  taken off.
* Every row must have the columns of the header, a date and an amount. An unclosed quote, a row cut short, an unknown
  word in the indicator column refuse the file, naming the row.
* Completeness: the format has no mark of its end. Running balances prove the rows between the first and the last;
  without them, a text whose last row has no line end is read with a warning.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from core.problems import Problem
from core.sheets import Cell, is_workbook
from payments.readers.bank_movements import statements
from payments.readers.bank_profile import shipped_profiles
from payments.readers.bank_rows import Rows
from payments.readers.bank_table import (
    Headed,
    Table,
    headed,
    names_in,
    text_encoding,
    text_openings,
    text_table,
    workbook_tables,
)
from payments.readers.column_words import is_header
from payments.readers.model import Assumed, Piece, Unanswered
from payments.readers.table_values import DATE_ORDERS, day_in, is_amount
from payments.readers.text_records import opening_text

_OTHER_FORMATS = re.compile(
    r"[<{\[]|%PDF|OFXHEADER|!(?:type|account|option|clear):|\{1:|:[0-9]{2}[A-Z]?:|01,[^,\r\n]*,[^,\r\n]*,[0-9]{6},",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f]")
_FEWEST_COLUMNS = 3


class CsvReader:
    name = "csv"
    title = "bank CSV"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True for a table with a known header, one with a date and an amount, or rows that have both."""
        return any(_is_bank_table(table) for table in _openings_of(head))

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """One statement an account and currency of the table."""
        table = _explained_text(source, assumed)
        rows = Rows(table, assumed)
        yield from statements(rows)
        if "balance" not in table.profile.columns and not _ends_with_a_line(source):
            message = "The last row has no line end and the table no balances: nothing proves that the file is whole."
            yield Problem("end of file", message, severity="warning")


class XlsxReader:
    name = "xlsx"
    title = "bank workbook (XLSX)"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True for an Office Open XML package."""
        return is_workbook(head)

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """One statement an account and currency of the first sheet whose header is known."""
        tables = list(workbook_tables(source))
        yield from statements(Rows(explained(tables, assumed), assumed))


CSV = CsvReader()
XLSX = XlsxReader()


# ── which profile ───────────────────────────────────────────────────────────────────────────────


def explained(tables: Sequence[Table], assumed: Assumed) -> Headed:
    """The first table somebody explained, under that profile; `Unanswered` when there is none."""
    for profiles in (assumed.profiles, shipped_profiles()):
        for table in tables:
            if found := headed(table, profiles):
                return _only(found)
    raise _unexplained(tables)


def _explained_text(source: BinaryIO, assumed: Assumed) -> Headed:
    encoding = text_encoding(source)
    openings = list(text_openings(source, encoding))
    found = explained([table for _, table in openings], assumed)
    delimiter = next(each for each, table in openings if table is found.table)
    whole = text_table(source, text_encoding(source, found.profile.encoding), delimiter)
    return found._replace(table=whole)


def _only(found: Sequence[Headed]) -> Headed:
    """The profile that names the most columns; two that name as many are a question."""
    ranked = sorted(found, key=lambda each: -len(each.profile.header))
    if len(ranked) > 1 and len(ranked[0].profile.header) == len(ranked[1].profile.header):
        names = " and ".join(f"“{each.profile.name}”" for each in ranked[:2])
        raise Unanswered([Problem("whole file", f"The bank profiles {names} both fit this table. Keep one of them.")])
    return ranked[0]


def _unexplained(tables: Sequence[Table]) -> Unanswered:
    header = next((row for table in tables for row in table.rows if is_header(names_in(row))), None)
    message = "The table has no header row, or none in words we know, and no bank profile fits its columns."
    if header is not None:
        names = ", ".join(str(cell) for cell in header.cells if cell != "")
        message = f"No bank profile fits the columns {names[:300]}."
    message += " Explain the columns once, then read the file again."
    return Unanswered([Problem("header row", message)])


# ── what is a table ─────────────────────────────────────────────────────────────────────────────


def _openings_of(head: bytes) -> Iterator[Table]:
    """The whole lines of the first bytes as a table, under each delimiter."""
    text = opening_text(head)
    if "\0" in text or _CONTROL.search(text) or _OTHER_FORMATS.match(text):
        return
    whole = text[: text.rfind("\n") + 1] or text
    yield from (table for _, table in text_openings(io.BytesIO(whole.encode()), "utf-8"))


def _is_bank_table(table: Table) -> bool:
    if headed(table, shipped_profiles()) or any(is_header(names_in(row)) for row in table.rows):
        return True
    first = table.rows[:10]
    return bool(first) and all(_has_day_and_amount(row.cells) for row in first)


def _has_day_and_amount(cells: Sequence[Cell]) -> bool:
    days = [at for at, cell in enumerate(cells) if any(day_in(cell, order) for order in DATE_ORDERS)]
    amounts = [at for at, cell in enumerate(cells) if at not in days and is_amount(cell, None)]
    return len(cells) >= _FEWEST_COLUMNS and bool(days) and bool(amounts)


def _ends_with_a_line(source: BinaryIO) -> bool:
    source.seek(-1, io.SEEK_END)
    return source.read(1) in (b"\n", b"\r", b"\x1a", b"\0")
