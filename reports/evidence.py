"""The evidence pack: everything about one customer that a court, an agency or an auditor asks for, in one ZIP.

Originals lie in it byte for byte as they were received or sent, each with its SHA-256 in `contents.csv`. What was
gathered in one transaction is written out piece by piece, so a pack of any size costs little memory.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.csv_cells import cell
from core.errors import NotFound
from receivables.tables import Customer
from reports import evidence_tables as tables
from runtime.documents import Archive
from runtime.tables import Document
from runtime.work import Right, Work

PIECE = 256 * 1024
_NOT_IN_A_NAME = re.compile(r"[^\w.,()+ -]+")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the pack: ready bytes, or where the original lies."""

    name: str
    sha256: str
    size: int
    content: bytes = b""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """A customer's evidence as of an instant. What the archive has lost is named in `missing`."""

    customer_id: str
    name: str
    at: datetime
    members: tuple[Member, ...]
    missing: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    creditors: tuple[str, ...]
    sums: tuple[tuple[str, str, str], ...]


def gather(work: Work, archive: Archive, customer: Customer) -> Pack:
    """Everything about a customer, in this transaction; that it was handed out stands in the audit log."""
    work.need(Right.EXPORT)
    members: list[Member] = []
    missing: list[str] = []
    counts: list[tuple[str, int]] = []
    for title, name, columns, rows in tables.of(work.session, customer):
        found = list(rows)
        counts.append((title, len(found)))
        members.append(_ready(f"{name}.csv", csv_bytes(columns, found)))
    for folder, document, name in tables.originals(work.session, customer):
        try:
            path = archive.path_of(document.sha256, document.name)
        except NotFound:
            missing.append(f"{folder}/{name}")
            continue
        members.append(_kept(f"{folder}/{_plain(name)}", document, path))
    work.record("evidence.taken", f"customer:{customer.external_id}", {"files": len(members)})
    taken = tuple(_without_twins(members))
    creditors, sums = tables.creditors(work.session, customer), tables.sums(work.session, customer, work.today)
    return Pack(customer.external_id, customer.name, work.now, taken, tuple(missing), tuple(counts), creditors, sums)


def contents(pack: Pack) -> Member:
    """The list of the pack: every file with its size and SHA-256, and what the archive has lost."""
    rows = [[each.name, str(each.size), each.sha256] for each in pack.members]
    rows += [[name, "", "lost"] for name in pack.missing]
    return _ready("contents.csv", csv_bytes(("file", "bytes", "sha256"), rows))


def stream(pack: Pack, summary: bytes) -> Iterator[bytes]:
    """The ZIP, a piece at a time: the summary first, then the list, then the files."""
    sink = _Sink()
    moment = pack.at.timetuple()[:6]
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in (_ready("summary.pdf", summary), contents(pack), *pack.members):
            entry = zipfile.ZipInfo(member.name, moment)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with archive.open(entry, "w", force_zip64=member.size > 1 << 31) as file:
                for piece in _pieces(member):
                    file.write(piece)
                    yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Where the ZIP is written: it remembers nothing but what was not fetched yet, and cannot go back."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._waiting.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        found = b"".join(self._waiting)
        self._waiting.clear()
        return found


def _pieces(member: Member) -> Iterator[bytes]:
    if member.path is None:
        yield member.content
        return
    with member.path.open("rb") as source:
        while piece := source.read(PIECE):
            yield piece


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as UTF-8 CSV that no spreadsheet takes for formulas."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell("" if value is None else value) for value in row] for row in rows)
    return text.getvalue().encode()


def _ready(name: str, content: bytes) -> Member:
    return Member(name, hashlib.sha256(content).hexdigest(), len(content), content)


def _kept(name: str, document: Document, path: Path) -> Member:
    return Member(name, document.sha256, document.size, path=path)


def _plain(name: str) -> str:
    """A file name that leads nowhere and that every system takes."""
    return _NOT_IN_A_NAME.sub("_", name).strip(". ")[:120] or "file"


def _without_twins(members: Iterable[Member]) -> Iterator[Member]:
    """No two files of one name: the second becomes `name (2).pdf`."""
    seen: dict[str, int] = {}
    for member in members:
        count = seen[member.name] = seen.get(member.name, 0) + 1
        if count == 1:
            yield member
        else:
            stem, dot, ending = member.name.rpartition(".")
            name = f"{stem} ({count}){dot}{ending}" if dot else f"{member.name} ({count})"
            yield Member(name, member.sha256, member.size, member.content, member.path)
