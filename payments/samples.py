"""The first rows of a bank's table that nobody has explained yet, and what its columns probably are."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from core.errors import Invalid, NotFound
from core.problems import Problem
from core.sheets import SheetRow, is_workbook
from payments.bank_file import pieces_of_file
from payments.readers.bank_profile import Meaning, profile_of
from payments.readers.bank_table import Table, names_in, text_encoding, text_openings, workbook_tables
from payments.readers.column_words import is_header, proposed
from payments.readers.model import Assumed, Entry, Unreadable
from receivables.tables import ImportRun
from runtime.documents import Archive
from runtime.fence import LIMITS, fenced
from runtime.tables import Document
from runtime.work import Work

ROWS_SHOWN = 30
ENTRIES_SHOWN = 12
NO_HEADER = -1


class Sample(NamedTuple):
    """The first rows of a table as text. `header` is the index of the row that looks like its header, or `NO_HEADER`;
    `delimiter` is empty for a workbook."""

    rows: list[list[str]]
    header: int
    delimiter: str

    def names(self, header: int) -> list[str]:
        """The columns' names under a header row, or their numbers without one."""
        if header == NO_HEADER:
            return [str(number) for number in range(1, max(map(len, self.rows), default=0) + 1)]
        return names_in(SheetRow(0, list(self.rows[header])))

    @property
    def format(self) -> str:
        return "csv" if self.delimiter else "xlsx"


class Preview(NamedTuple):
    """What a profile reads of a file: its first entries, or why it reads none."""

    entries: list[Entry]
    problems: list[Problem]


def path_of_import(work: Work, archive: Archive, import_id: UUID) -> Path:
    """Where the original of an import lies."""
    run = work.session.get(ImportRun, import_id)
    document = work.session.get(Document, run.document_id) if run and run.document_id else None
    if document is None:
        raise NotFound("There is no such import, or its original was not kept.")
    return archive.path_of(document.sha256, document.name)


def sample_of(path: Path) -> Sample:
    """The first rows of the file, read behind the fence. `Invalid` when it is no table."""
    return next(fenced(LIMITS, first_rows, str(path)))


def first_rows(path: str) -> Iterator[Sample]:
    """One sample: of the table with the likeliest header, else of the one with the most columns."""
    with Path(path).open("rb") as source:
        if is_workbook(source.read(4096)):
            tables = [("", table) for table in workbook_tables(source)]
        else:
            tables = list(text_openings(source, text_encoding(source)))
    if not tables:
        raise Unreadable([Problem("whole file", "There are no columns in this file.")])
    yield max((_sample(table, delimiter) for delimiter, table in tables), key=_likeliness)


def _sample(table: Table, delimiter: str) -> Sample:
    rows = [[str(cell) for cell in row.cells] for row in table.rows[:ROWS_SHOWN]]
    headers = (at for at, row in enumerate(table.rows[:ROWS_SHOWN]) if is_header(names_in(row)))
    return Sample(rows, next(headers, NO_HEADER), delimiter)


def _likeliness(sample: Sample) -> tuple[bool, int]:
    return sample.header != NO_HEADER, max(map(len, sample.rows), default=0)


def proposal(sample: Sample, header: int) -> list[Meaning | None]:
    """What each column probably is, by the words of its name."""
    names = sample.names(header)
    found = {name: meaning for meaning, columns in proposed(names).items() for name in columns}
    return [found.get(name) for name in names]


def document_said(sample: Sample, header: int, meanings: Sequence[str], said: Mapping[str, Any]) -> dict[str, Any]:
    """The profile's JSON from what was chosen for each column, and the rest of the form."""
    names = sample.names(header)
    columns: dict[str, list[str]] = {}
    for name, meaning in zip(names, meanings, strict=False):
        if meaning:
            columns.setdefault(meaning, []).append(name)
    where: dict[str, Any] = {"header": [name for name in names if name]}
    if header == NO_HEADER:
        where = {"width": len(names), "delimiter": sample.delimiter or None}
    return {"title": said["name"], "columns": columns, **where, **said}


def preview(path: Path, sample: Sample, document: dict[str, Any]) -> Preview:
    """The first entries the profile reads of the file, and what it does not like."""
    try:
        assumed = Assumed(profiles=(profile_of({**document, "name": document["name"] or "preview"}),))
        pieces = fenced(LIMITS, pieces_of_file, str(path), sample.format, assumed)
        shown = list(islice((piece for piece in pieces if isinstance(piece, Entry | Problem)), ENTRIES_SHOWN))
    except Invalid as error:
        return Preview([], list(error.problems))
    return Preview(
        [piece for piece in shown if isinstance(piece, Entry)], [each for each in shown if isinstance(each, Problem)]
    )
