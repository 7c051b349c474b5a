"""The rows of a bank's table, whether it came as delimited text or as a workbook."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import BinaryIO, NamedTuple

from core.errors import Invalid
from core.sheets import Cell, SheetRow, sheets
from payments.readers.bank_profile import DELIMITERS, BankProfile, Meaning, normal
from payments.readers.model import Unreadable
from payments.readers.table_values import DATE_ORDERS, day_in, is_amount
from payments.readers.text_records import LONGEST_LINE, encoding_of, refuse

MOST_ROWS = 100_000
"""Rows of one table. They are held in memory, because banks write the newest first and prove rows by the next one."""
HEADER_WITHIN = 60
"""Rows in which the header row must stand."""

_OPENING_BYTES = 1 << 16
_AMOUNTS: tuple[Meaning, ...] = ("amount", "incoming", "outgoing")

csv.field_size_limit(1_000_000)


class Table(NamedTuple):
    """Rows that are not empty, in file order; `place` is what a row is called in messages."""

    place: str
    rows: list[SheetRow]

    def where(self, row: SheetRow) -> str:
        return f"{self.place} {row.number}"


class Headed(NamedTuple):
    """A table, the profile that fits it, and where the movements begin. `names` are normalised and all different."""

    table: Table
    profile: BankProfile
    names: list[str]
    begin: int

    @property
    def around(self) -> list[SheetRow]:
        """The rows before the header."""
        return self.table.rows[: self.begin]


def text_encoding(source: BinaryIO, preferred: str | None = None) -> str:
    """The encoding of the text: what its bytes prove (Unicode), else the preferred one, else the likeliest."""
    found = encoding_of(source)
    return preferred if preferred and not found.startswith("utf") else found


def text_table(source: BinaryIO, encoding: str, delimiter: str) -> Table:
    """The whole text as a table."""
    return Table("line", list(_text_rows(source, encoding, delimiter)))


def text_openings(source: BinaryIO, encoding: str) -> Iterator[tuple[str, Table]]:
    """The first rows under each delimiter that makes columns of them, the commonest delimiter first."""
    source.seek(0)
    start = source.read(_OPENING_BYTES).decode(encoding, errors="ignore")
    counts = {delimiter: start.count(delimiter) for delimiter in DELIMITERS}
    for delimiter in sorted(filter(counts.__getitem__, DELIMITERS), key=lambda each: -counts[each]):
        yield delimiter, Table("line", _first_rows(_text_rows(source, encoding, delimiter)))


def _first_rows(rows: Iterator[SheetRow]) -> list[SheetRow]:
    """The rows a header may be among, up to the first that cannot be taken apart."""
    first: list[SheetRow] = []
    with suppress(Unreadable):
        first.extend(islice(rows, HEADER_WITHIN))
    return first


def _text_rows(source: BinaryIO, encoding: str, delimiter: str) -> Iterator[SheetRow]:
    source.seek(0)
    text = io.TextIOWrapper(source, encoding=encoding, newline="")
    rows = csv.reader(_checked_lines(text), delimiter=delimiter, strict=True)
    begins, count = 1, 0
    try:
        for values in rows:
            cells: list[Cell] = [_unguarded(value) for value in values]
            if any(cells):
                count += 1
                yield SheetRow(begins, cells)
            if count > MOST_ROWS:
                refuse(f"line {begins}", f"The table has more than {MOST_ROWS:,} rows. Export shorter periods.")
            begins = rows.line_num + 1
    except csv.Error as error:
        refuse(f"line {begins}", f"The row cannot be taken apart: {error}.")
    except UnicodeDecodeError as error:
        refuse(f"line {begins}", f"A byte here is no {error.encoding} text.")
    finally:
        text.detach()


def _checked_lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            refuse(f"line {number}", f"The line has more than {LONGEST_LINE} characters.")
        if "\0" in line:
            refuse(f"line {number}", "There are zero bytes here: this is no text file.")
        yield line


def _unguarded(value: str) -> str:
    """The text without the wrapping some banks protect numbers with from spreadsheets: `="0012"`, `'0012`."""
    value = value.strip(" \t\r\n\ufeff\u00a0")
    if value.startswith('="') and value.endswith('"') and len(value) > 2:
        return value[2:-1]
    return value


def workbook_tables(source: BinaryIO) -> Iterator[Table]:
    """One table a sheet. `Unreadable` when the workbook is damaged, too large or hostile."""
    try:
        for sheet in sheets(source):
            if len(sheet.rows) > MOST_ROWS:
                refuse(sheet.name[:40], f"The sheet has more than {MOST_ROWS:,} rows. Export shorter periods.")
            yield Table(f"{sheet.name[:40]}, row", [_stripped(row) for row in sheet.rows])
    except Unreadable:
        raise
    except Invalid as error:
        raise Unreadable(error.problems) from error


def _stripped(row: SheetRow) -> SheetRow:
    return SheetRow(row.number, [_unguarded(cell) if isinstance(cell, str) else cell for cell in row.cells])


def names_in(row: SheetRow) -> list[str]:
    """The cells of a header row as names: normalised, a repeated one numbered (“divisa (2)”), none at the end empty."""
    names: list[str] = []
    for cell in row.cells:
        name = normal(str(cell))
        names.append(f"{name} ({names.count(name) + 1})" if name and name in names else name)
    while names and not names[-1]:
        names.pop()
    return names


def headed(table: Table, profiles: Sequence[BankProfile]) -> list[Headed]:
    """The table under each profile that fits it: by the highest header row, else by the values where there is none."""
    for index, row in enumerate(table.rows[:HEADER_WITHIN]):
        names = names_in(row)
        fitting = [profile for profile in profiles if profile.fits(names)]
        if fitting:
            return [Headed(table, profile, names, index + 1) for profile in fitting]
    return [
        Headed(table, profile, [str(number) for number in range(1, profile.width + 1)], profile.skipped_rows)
        for profile in profiles
        if profile.width and _fits_values(table.rows[profile.skipped_rows : HEADER_WITHIN], profile)
    ]


def _fits_values(rows: Sequence[SheetRow], profile: BankProfile) -> bool:
    return bool(rows) and all(_fits_row(row, profile) for row in rows)


def _fits_row(row: SheetRow, profile: BankProfile) -> bool:
    if len(row.cells) != profile.width:
        return False
    orders = (profile.date_order,) if profile.date_order else DATE_ORDERS
    days = [row.cells[int(name) - 1] for name in profile.columns.get("booked_on", ())]
    amounts = [row.cells[int(name) - 1] for meaning in _AMOUNTS for name in profile.columns.get(meaning, ())]
    has_days = all(any(day_in(day, order) for order in orders) for day in days)
    return has_days and any(is_amount(amount, profile.decimal_sign) for amount in amounts)
