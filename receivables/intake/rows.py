"""Files of rows: CSV, JSON and NDJSON become (where, row) pairs. Nothing is interpreted here."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import BinaryIO, NamedTuple

import orjson

from core.csv_cells import as_meant
from core.errors import Invalid
from core.problems import Problem
from core.sheets import Cell, is_workbook, sheets

LONGEST_FIELD = 10_000
csv.field_size_limit(1_000_000)


class Row(NamedTuple):
    """One row and its place: "line 7" or "/customers/3". Values are text, or what JSON gave.

    `flaw` says why the row cannot be read at all; it then counts as rejected.
    """

    where: str
    values: dict[str, object]
    flaw: str | None = None


def read_rows(source: BinaryIO, columns: Sequence[str], problems: list[Problem]) -> Iterator[Row]:
    """Streams the rows of a CSV (`;`, `,` or tab), a JSON array or NDJSON, all UTF-8; or of an XLSX workbook.

    Columns that are not in `columns` are reported once and ignored. `Invalid` when the file is empty, is no
    such file at all, or lacks every known column.
    """
    head = source.read(4096)
    source.seek(0)
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if not text:
        raise Invalid.because("start of file", "The file is empty.")
    if text[0] in "[{":
        yield from _json_rows(source, columns, problems, is_array=text[0] == "[")
    elif text[0] == "<":
        raise Invalid.because("start of file", "This is an HTML or XML file, not a table of rows.")
    elif is_workbook(head):
        yield from _sheet_rows(source, columns, problems)
    elif b"\0" in head:
        raise Invalid.because("start of file", "This is a binary file, not a table of rows.")
    else:
        yield from _csv_rows(source, text, columns, problems)


def stretches(rows: Iterable[Row], size: int, together: str = "") -> Iterator[list[Row]]:
    """Rows in lists of about `size`, longer by as many neighbours as have the same value of the column `together`."""
    stretch: list[Row] = []
    for row in rows:
        if len(stretch) >= size and not (together and _is_same(stretch[-1], row, together)):
            yield stretch
            stretch = []
        stretch.append(row)
    if stretch:
        yield stretch


def _is_same(before: Row, row: Row, name: str) -> bool:
    value = row.values.get(name)
    return value not in (None, "") and before.values.get(name) == value


def _csv_rows(source: BinaryIO, head: str, columns: Sequence[str], problems: list[Problem]) -> Iterator[Row]:
    stream = io.TextIOWrapper(source, encoding="utf-8-sig", newline="")
    try:
        lines = csv.reader(stream, delimiter=_delimiter(head), strict=True)
        header = [name.strip().lower() for name in next(lines)]
        _check_header(header, columns, problems)
        width = len(header)
        for values in lines:
            if not values or not any(values):
                continue
            if len(values) != width:
                flaw = f"This line has {len(values)} fields, the header has {width}."
                yield Row(f"line {lines.line_num}", {}, flaw)
                continue
            yield Row(f"line {lines.line_num}", dict(zip(header, as_meant(values), strict=True)))
    except UnicodeDecodeError as error:
        raise Invalid.because(
            f"byte {error.start}", "The file is not UTF-8. Save it as UTF-8 and try again."
        ) from error
    except csv.Error as error:
        raise Invalid.because(f"line {lines.line_num}", f"The CSV is damaged here: {error}.") from error
    finally:
        stream.detach()


def _sheet_rows(source: BinaryIO, columns: Sequence[str], problems: list[Problem]) -> Iterator[Row]:
    """The first sheet that has rows; its first row is the header. A place is “sheet Invoices, row 7”."""
    sheet = next(sheets(source), None)
    if sheet is None:
        raise Invalid.because("whole file", "The workbook has no rows.")
    header = [_cell_text(cell).lower() for cell in sheet.rows[0].cells]
    width = len(header) - len(list(takewhile(lambda name: not name, reversed(header))))
    _check_header(header[:width], columns, problems)
    for number, cells in sheet.rows[1:]:
        where = f"sheet {sheet.name[:40]}, row {number}"
        if any(cell != "" for cell in cells[width:]):
            yield Row(where, {}, f"This row has more fields than the header, which has {width}.")
            continue
        yield Row(where, {name: _cell_text(cell) for name, cell in zip(header[:width], cells, strict=False)})


def _cell_text(cell: Cell) -> str:
    match cell:
        case Decimal():
            return f"{cell:f}"
        case date():
            return cell.isoformat()
        case _:
            return cell.strip()


def _delimiter(head: str) -> str:
    first = head.splitlines()[0]
    return max(";,\t", key=first.count)


def _check_header(header: Sequence[str], columns: Sequence[str], problems: list[Problem]) -> None:
    if not set(header) & set(columns):
        known = ", ".join(columns)
        raise Invalid.because("line 1", f"None of the columns is known. The columns are: {known}.")
    doubled = {name for name in header if header.count(name) > 1}
    if doubled:
        raise Invalid.because("line 1", f"The column “{doubled.pop()}” stands in the header twice.")
    for name in header:
        if name not in columns:
            message = f"The column “{name[:40]}” is unknown and was ignored."
            problems.append(Problem("line 1", message, severity="warning", field=name[:40]))


def _json_rows(source: BinaryIO, columns: Sequence[str], problems: list[Problem], *, is_array: bool) -> Iterator[Row]:
    reported: set[str] = set()
    for where, document in _json_documents(source, is_array=is_array):
        if not isinstance(document, dict):
            yield Row(where, {}, "This is not a JSON object.")
            continue
        for name in document.keys() - set(columns) - reported:
            reported.add(name)
            message = f"The member “{name[:40]}” is unknown and was ignored."
            problems.append(Problem(where, message, severity="warning", field=name[:40]))
        yield Row(where, document)


def _json_documents(source: BinaryIO, *, is_array: bool) -> Iterator[tuple[str, object]]:
    if is_array:
        try:
            documents = orjson.loads(source.read())
        except orjson.JSONDecodeError as error:
            raise Invalid.because(f"line {error.lineno}", f"The JSON is damaged here: {error.msg}.") from error
        yield from ((f"/{index}", document) for index, document in enumerate(documents))
        return
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise Invalid.because(f"line {number}", f"The JSON is damaged here: {error.msg}.") from error
