"""The rows of a file that were rejected, given back with what is wrong: mend them and hand the file in again.

Made from the archived original and the stored problems, so that every cell is as it was.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

import orjson

from core.csv_cells import cell
from core.errors import NotFound
from core.sheets import Cell, is_workbook, sheets
from intake import store
from intake.door import Door
from intake.recognise import HEAD_BYTES
from receivables.tables import ImportProblem
from runtime.work import Work

ERROR = "error"
"""The added column."""
_SHARED_KEY = "invoice_number"
"""Rows with the same one are instalments of one invoice, which is taken or rejected as a whole."""


class NoRejectedRows(NotFound):
    def __init__(self) -> None:
        super().__init__("Of this file no rows were rejected.")


class _Row(NamedTuple):
    where: str
    cells: Sequence[str]


class _Table(NamedTuple):
    """A file of rows: names as they stand, and the separator it uses."""

    header: Sequence[str]
    delimiter: str
    rows: Iterator[_Row]


def rejected_of(work: Work, door: Door, run_id: UUID) -> Iterator[bytes]:
    """The CSV, a piece at a time. `NoRejectedRows` when none was rejected or the file is none of rows."""
    run = store.run(work.session, run_id)
    if not run.rejected:
        raise NoRejectedRows
    path = door.archive.path_of(run.sha256, run.file_name)
    reasons = _reasons(work.session.scalars(store.problems(run.id).order_by(ImportProblem.id)).all())
    with path.open("rb") as source:
        if _table(source) is None:
            raise NoRejectedRows
    return _pieces(path, reasons)


def _reasons(problems: Sequence[ImportProblem]) -> dict[str, str]:
    """Place of a row → everything wrong with it."""
    reasons: dict[str, list[str]] = {}
    for each in problems:
        if each.severity == "error":
            said = f"{each.field}: {each.message}" if each.field else each.message
            reasons.setdefault(each.where, []).append(said)
    return {where: " ".join(said) for where, said in reasons.items()}


def _pieces(path: Path, reasons: Mapping[str, str]) -> Iterator[bytes]:
    with path.open("rb") as source:
        shared = _shared_keys(source, reasons)
    with path.open("rb") as source:
        table = _table(source)
        assert table is not None, "looked at before"
        yield _line((*table.header, ERROR), table.delimiter)
        for row in table.rows:
            reason = reasons.get(row.where) or shared.get(_key(table.header, row))
            if reason:
                width = len(table.header)
                cells = (*row.cells, *[""] * (width - len(row.cells)))
                yield _line((*cells, reason), table.delimiter)


def _shared_keys(source: BinaryIO, reasons: Mapping[str, str]) -> dict[str, str]:
    """Invoice numbers of rejected rows: the other instalments were rejected with them."""
    table = _table(source)
    if table is None or _SHARED_KEY not in _names(table.header):
        return {}
    keys = (_key(table.header, row) for row in table.rows if row.where in reasons)
    return {key: "Another row of this invoice was rejected." for key in keys if key}


def _names(header: Sequence[str]) -> list[str]:
    return [name.strip().lower() for name in header]


def _key(header: Sequence[str], row: _Row) -> str:
    names = _names(header)
    place = names.index(_SHARED_KEY) if _SHARED_KEY in names else len(row.cells)
    return row.cells[place] if place < len(row.cells) else ""


def _line(cells: Sequence[str], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(map(cell, cells))
    return text.getvalue().encode()


def _table(source: BinaryIO) -> _Table | None:
    """The file from its beginning as a table; None for what has no rows of its own."""
    source.seek(0)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    if is_workbook(head):
        return _sheet_table(source)
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if not text or text[0] == "<" or b"\0" in head or text.startswith("%PDF"):
        return None
    if text[0] in "[{":
        return _json_table(source, is_array=text[0] == "[")
    return _csv_table(source, text)


def _csv_table(source: BinaryIO, text: str) -> _Table:
    first = text.splitlines()[0]
    delimiter = max(";,\t", key=first.count)
    lines = csv.reader(io.TextIOWrapper(source, encoding="utf-8-sig", newline=""), delimiter=delimiter)
    header = next(lines)
    return _Table(header, delimiter, (_Row(f"line {lines.line_num}", cells) for cells in lines))


def _sheet_table(source: BinaryIO) -> _Table | None:
    """The sheet the rows were read from; a number as it stands in the file, a day as YYYY-MM-DD."""
    sheet = next(sheets(source), None)
    if sheet is None:
        return None
    header = [str(cell).strip() for cell in sheet.rows[0].cells]
    places = ((f"sheet {sheet.name[:40]}, row {row.number}", row.cells) for row in sheet.rows[1:])
    return _Table(header, ",", (_Row(where, [_sheet_cell(cell) for cell in cells]) for where, cells in places))


def _sheet_cell(cell: Cell) -> str:
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell).strip()


def _json_table(source: BinaryIO, *, is_array: bool) -> _Table:
    """The columns are the members of the objects, in the order they are first met."""
    header = list(dict.fromkeys(name for _, each in _json_objects(source, is_array=is_array) for name in each))
    source.seek(0)
    objects = _json_objects(source, is_array=is_array)
    return _Table(header, ",", (_Row(where, [_cell(each.get(name)) for name in header]) for where, each in objects))


def _json_objects(source: BinaryIO, *, is_array: bool) -> Iterator[tuple[str, dict[str, object]]]:
    if is_array:
        found = ((f"/{index}", each) for index, each in enumerate(orjson.loads(source.read())))
    else:
        lines = ((number, line) for number, line in enumerate(source, start=1) if line.strip())
        found = ((f"line {number}", orjson.loads(line)) for number, line in lines)
    return ((where, each) for where, each in found if isinstance(each, dict))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
