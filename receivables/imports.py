"""A file comes in: archived, handed to the importer of its kind, and what became of it written down.

Files of rows are taken in parts, each its own transaction: a push that breaks off is simply pushed again. A file of
the same bytes is a bank statement only once (M1).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from sqlalchemy import insert, select

from core.errors import CollectionsError, Invalid, NotFound, Refused
from core.problems import Problem
from receivables import store
from receivables.intake import customer_rows, invoice_rows
from receivables.intake.rows import Row, read_rows
from receivables.service import Intake, put_customers, put_invoices
from receivables.tables import Company, ImportProblem, ImportRun
from runtime.documents import Archive
from runtime.house import House
from runtime.ids import new_id
from runtime.work import HOUSE, Actor, Work

ROWS_A_TRANSACTION = 10_000
LARGEST_FILE = 200 * 1024 * 1024
"""Bytes. Larger files are refused before they are read."""
LONGEST_IMPORT = timedelta(minutes=15)
"""An import of a statement that runs longer than this has lost its process, and the file may be handed in again."""
MOST_PROBLEMS = 1_000
"""Problems kept of one file; the count of rejected rows is always whole."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A file handed in, and what the person said about it."""

    kind: str
    path: Path
    name: str
    company: str | None = None
    format: str | None = None
    adopts_accounts: bool = False


@dataclass(slots=True)
class Imported:
    """What became of a file. `state` is done, refused or held; a held file waits for an answer."""

    id: UUID
    kind: str
    file: str
    state: str = "running"
    format: str = ""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    was_known: bool = False

    def add(self, intake: Intake) -> None:
        self.created += intake.count("created")
        self.updated += intake.count("updated")
        self.unchanged += intake.count("unchanged")
        self.rejected += intake.count("rejected")
        self.problems += intake.problems


class Held(CollectionsError):
    """The file can be read, but a person must answer a question first."""


Tell = Callable[[Imported], None]
"""Called now and then while a long import runs."""

Importer = Callable[[House, Actor, Handed, BinaryIO, Imported, Tell], None]
"""Reads the file into the book and counts into `Imported`; raises to refuse or hold the whole file."""


class NoSuchImport(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such import.")


def import_file(
    house: House,
    archive: Archive,
    importers: Mapping[str, Importer],
    handed: Handed,
    *,
    actor: Actor = HOUSE,
    tell: Tell = lambda _: None,
) -> Imported:
    """Imports one file; never raises for what is wrong with it: the answer's state and problems say so."""
    importer = importers.get(handed.kind)
    if importer is None:
        raise Refused(f"There is no import of “{handed.kind}”. There are: {', '.join(importers)}.")
    imported = Imported(new_id(), handed.kind, handed.name)
    try:
        with _opened(handed.path) as source:
            digest = _digest(source)
            before = _register(house, archive, handed, imported, digest, actor)
            if before is not None:
                return before
            importer(house, actor, handed, source, imported, tell)
        imported.state = "done"
    except Invalid as error:
        imported.state = "refused"
        imported.problems += error.problems
    except Held as error:
        imported.state = "held"
        imported.problems.append(Problem("whole file", str(error)))
    except (CollectionsError, OSError) as error:
        imported.state = "refused"
        imported.problems.append(Problem("whole file", str(error)))
    imported.problems = [_named(problem, handed.name) for problem in imported.problems]
    house.write(lambda work: _close(work, imported), actor=actor)
    return imported


def _named(problem: Problem, file: str) -> Problem:
    return Problem(problem.where, problem.message, problem.severity, problem.field, file)


def _opened(path: Path) -> BinaryIO:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            limit = LARGEST_FILE // 1024 // 1024
            raise Invalid.because("whole file", f"The file is {size // 1024 // 1024} MB; at most {limit} MB are read.")
        return path.open("rb")
    except FileNotFoundError:
        raise Invalid.because("whole file", "There is no such file.") from None
    except IsADirectoryError:
        raise Invalid.because("whole file", "This is a folder, not a file.") from None


def _digest(source: BinaryIO) -> str:
    digest = hashlib.file_digest(cast(BufferedReader, source), "sha256").hexdigest()
    source.seek(0)
    return digest


def _register(
    house: House, archive: Archive, handed: Handed, imported: Imported, digest: str, actor: Actor
) -> Imported | None:
    """Archives the original and writes that the import runs; the earlier import when it is known already."""

    def register(work: Work) -> Imported | None:
        if handed.kind == "statement" and (before := _earlier(work, digest)):
            return before
        document = archive.record_file(work, handed.path, digest, kind=handed.kind, name=handed.name)
        work.session.execute(
            insert(ImportRun).values(
                id=imported.id, kind=handed.kind, file_name=handed.name, sha256=digest, document_id=document.id,
                state="running", actor=str(actor), started_at=work.now,
            )
        )  # fmt: skip
        return None

    return house.write(register, actor=actor)


def _earlier(work: Work, digest: str) -> Imported | None:
    """The import that took these bytes, or is about to; one whose process must have died is given up."""
    run = work.session.scalars(
        select(ImportRun).where(
            ImportRun.sha256 == digest, ImportRun.kind == "statement", ImportRun.state.in_(("running", "done"))
        )
    ).first()
    if run is None:
        return None
    if run.state == "running" and run.started_at < work.now - LONGEST_IMPORT:
        run.state, run.finished_at = "refused", work.now
        work.record("import.given_up", f"import:{run.id}", reason="its process was lost; nothing of it was stored")
        work.session.flush()
        return None
    what = "was imported before" if run.state == "done" else "is being imported at this moment"
    message = f"The same file {what}, as “{run.file_name}” on {run.started_at:%Y-%m-%d}; nothing was added."
    return Imported(
        run.id, run.kind, run.file_name, run.state, run.format, unchanged=run.created + run.unchanged,
        problems=[Problem("whole file", message, severity="warning", file=run.file_name)], was_known=True,
    )  # fmt: skip


def _close(work: Work, imported: Imported) -> None:
    run = work.session.get(ImportRun, imported.id)
    if run is None:
        return
    run.state, run.format, run.finished_at = imported.state, imported.format, work.now
    _count(run, imported)
    for problem in imported.problems[:MOST_PROBLEMS]:
        work.session.add(
            ImportProblem(
                import_id=imported.id, severity=problem.severity, where=problem.where, field=problem.field,
                message=problem.message,
            )
        )  # fmt: skip
    if imported.state != "done":
        work.record(f"import.{imported.state}", f"import:{imported.id}", {"file": imported.file})


def _count(run: ImportRun, imported: Imported) -> None:
    run.created, run.updated = imported.created, imported.updated
    run.unchanged, run.rejected = imported.unchanged, imported.rejected
    run.done = imported.created + imported.updated + imported.unchanged + imported.rejected
    run.total = max(run.total, run.done)


def note_progress(house: House, imported: Imported, actor: Actor) -> None:
    """Writes how far a long import is, for whoever watches it."""

    def write(work: Work) -> None:
        run = work.session.get(ImportRun, imported.id)
        if run is not None:
            _count(run, imported)

    house.write(write, actor=actor)


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def company_for(work: Work, code: str | None) -> Company:
    """The company of an import; on an empty system the first one is added, to be completed later."""
    if work.session.scalar(select(Company.id).limit(1)) is None:
        work.session.add(
            Company(
                code=code or "MAIN", name=code or "Our company", legal_name=code or "Our company", country="",
                currency="EUR",
            )
        )  # fmt: skip
        work.session.flush()
        work.record("company.added", f"company:{code or 'MAIN'}", reason="first import")
    return store.company_by_code(work.session, code)


def import_in_parts(
    house: House,
    actor: Actor,
    rows: Iterable[Row],
    put: Callable[[Work, list[Row]], Intake],
    imported: Imported,
    tell: Tell,
) -> None:
    """Hands rows over in parts, one transaction each."""
    for part in store.chunks(rows, ROWS_A_TRANSACTION):
        imported.add(house.write(lambda work, part=part: put(work, part), actor=actor))  # type: ignore[misc]
        if len(part) == ROWS_A_TRANSACTION:
            note_progress(house, imported, actor)
        tell(imported)


def import_customers(
    house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell
) -> None:
    """Customers as CSV, JSON or NDJSON."""
    imported.format = "rows"

    def put(work: Work, part: list[Row]) -> Intake:
        read = [(row, *customer_rows.read_customer(row)) for row in part]
        intake = put_customers(work, [customer for _, customer, _ in read if customer])
        for row, customer, problems in read:
            intake.problems += problems
            if customer is None:
                intake.note(str(row.values.get("customer_id", "")), "rejected")
        return intake

    rows = read_rows(source, customer_rows.COLUMNS, imported.problems)
    import_in_parts(house, actor, rows, put, imported, tell)


def import_invoices(
    house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell
) -> None:
    """Invoices and credit notes as CSV, JSON or NDJSON."""
    imported.format = "rows"

    def put(work: Work, part: list[Row]) -> Intake:
        company = company_for(work, handed.company)
        read = list(invoice_rows.gather_instalments(invoice_rows.read_invoice(row) for row in part))
        intake = put_invoices(work, company, [each.invoice for each in read if each.invoice])
        for each in read:
            intake.problems += each.problems
            if each.invoice is None:
                intake.note(each.number, "rejected")
        return intake

    rows = read_rows(source, invoice_rows.COLUMNS, imported.problems)
    import_in_parts(house, actor, rows, put, imported, tell)
