"""CSV and XLSX: a bank's table of movements, read by the profile that fits its header.

Who explained the columns comes first: profiles people made, then those that come with the program. A table nobody
explained is read only where its running balance proves what its columns are (`proven_columns`). Anything else is never
guessed at: it is `Unanswered`, and the mapping screen asks a person once.

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
from typing import BinaryIO, NamedTuple

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
from payments.readers.model import Assumed, Piece, Unanswered, Unreadable
from payments.readers.proven_columns import by_words, is_proven, movements_only, said_of
from payments.readers.table_values import DATE_ORDERS, day_in, is_amount
from payments.readers.text_records import opening_words

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
        table, around = _explained_text(source, assumed)
        if around is not None:
            yield from said_of(table.profile, around)
        yield from statements(Rows(table, assumed))
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
        table, around = _explained_sheet(list(workbook_tables(source)), assumed)
        if around is not None:
            yield from said_of(table.profile, around)
        yield from statements(Rows(table, assumed))


CSV = CsvReader()
XLSX = XlsxReader()


# ── which profile ───────────────────────────────────────────────────────────────────────────────


def explained(tables: Sequence[Table], assumed: Assumed) -> Headed | None:
    """The first table somebody explained, under that profile; None when there is none."""
    for profiles in (assumed.profiles, shipped_profiles()):
        for table in tables:
            if found := headed(table, profiles):
                return _only(found)
    return None


class Explained(NamedTuple):
    """A table with its columns' meanings; `rows_around` is None unless the running balance alone proves them."""

    table: Headed
    rows_around: int | None = None


def _explained_text(source: BinaryIO, assumed: Assumed) -> Explained:
    encoding = text_encoding(source)
    openings = list(text_openings(source, encoding))
    tables = [table for _, table in openings]
    found = explained(tables, assumed)
    if found is not None:
        delimiter = next(each for each, table in openings if table is found.table)
        whole = text_table(source, text_encoding(source, found.profile.encoding), delimiter)
        return Explained(found._replace(table=whole))
    for delimiter, opening in openings:
        if worded := by_words(opening):
            proven = _proven(worded._replace(table=text_table(source, encoding, delimiter)), assumed)
            if proven:
                return proven
    raise _unexplained(tables)


def _explained_sheet(tables: Sequence[Table], assumed: Assumed) -> Explained:
    if (found := explained(tables, assumed)) is not None:
        return Explained(found)
    for table in tables:
        if (worded := by_words(table)) and (proven := _proven(worded, assumed)):
            return proven
    raise _unexplained(tables)


def _proven(worded: Headed, assumed: Assumed) -> Explained | None:
    """The table under the meanings its words suggest, if its balances prove them. What only a person can decide of an
    otherwise readable table is asked as such."""
    try:
        table, around = movements_only(worded)
        return Explained(table, around) if is_proven(table, assumed) else None
    except Unanswered:
        raise
    except Unreadable:
        return None


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
    text = opening_words(head)
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
