"""What an importer is handed, and what it says of a file: the words between the import door and whoever reads a kind.

The door itself (package `intake`) archives the file, finds the importer of its kind and writes down what became of it.
Files of rows are taken in parts, each its own transaction: a push that breaks off is simply pushed again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select

from core.errors import CollectionsError
from core.problems import Problem
from receivables import store
from receivables.errors import NoCompanyYet, NoSuchCompany
from receivables.intake import customer_rows
from receivables.intake.rows import Row, read_rows, stretches
from receivables.service import Intake, push_customer_rows
from receivables.tables import Company, ImportRun
from runtime.house import House
from runtime.work import Actor, Work

ROWS_A_TRANSACTION = 15_000
MOST_PROBLEMS = 10_000
"""Problems kept of one file; the count of rejected rows is always whole."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A file handed in, and what the person said about it.

    `kind` is empty when the file shall speak for itself. `account` and `currency` are for bank files that do not name
    their own. `adopts_accounts`: a bank account nobody told us about is added to the company.
    """

    kind: str
    path: Path
    name: str
    company: str | None = None
    format: str | None = None
    adopts_accounts: bool = False
    account: str | None = None
    currency: str | None = None


@dataclass(slots=True)
class Imported:
    """What became of a file. `state` is done, refused or held; a held file waits for an answer.

    `total` is how many rows the file seems to have, 0 where nobody counted. `members` are the files of an archive.
    `claimant` is who reads it, under the name its run is claimed by.
    """

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
    total: int = 0
    members: list["Imported"] = field(default_factory=list)
    claimant: str | None = None

    @property
    def done(self) -> int:
        """Rows whose fate is decided."""
        return self.created + self.updated + self.unchanged + self.rejected

    def add(self, intake: Intake) -> None:
        self.created += intake.count("created")
        self.updated += intake.count("updated")
        self.unchanged += intake.count("unchanged")
        self.rejected += intake.count("rejected")
        self.problems += intake.problems[: max(MOST_PROBLEMS - len(self.problems), 0)]


class Held(CollectionsError):
    """The file can be read, but a person must answer a question first.

    `question` says what is asked, for screens that offer the answers: `{"asks": "account", "account": …,
    "currency": …}` for a bank account nobody told us about.
    """

    def __init__(self, message: str, question: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.question = dict(question or {})


class LostClaim(CollectionsError):
    """Another process has taken the import up."""

    def __init__(self) -> None:
        super().__init__("Another process has taken this import up.")


Tell = Callable[[Imported], None]
"""Called now and then while a long import runs. What it raises ends the import between two parts."""

Importer = Callable[[House, Actor, Handed, BinaryIO, Imported, Tell], None]
"""Reads the file into the book and counts into `Imported`; raises to refuse or hold the whole file."""


def own_run(work: Work, imported: Imported) -> ImportRun:
    """The run under lock, while it is still the claimant's: whoever stalled and lost it gets `LostClaim`, and with it
    goes what the transaction has written."""
    query = select(ImportRun).where(ImportRun.id == imported.id).with_for_update()
    run = work.session.scalars(query.execution_options(populate_existing=True)).one()
    if run.claimed_by != imported.claimant:
        raise LostClaim
    return run


def write_counts(run: ImportRun, imported: Imported) -> None:
    """How far the import is, or how it ended."""
    run.format = imported.format
    run.created, run.updated = imported.created, imported.updated
    run.unchanged, run.rejected = imported.unchanged, imported.rejected
    run.done = imported.done
    run.total = max(imported.total, imported.done)


def note_progress(house: House, imported: Imported, actor: Actor) -> None:
    """Writes how far a long import is, for whoever watches it."""

    def write(work: Work) -> None:
        run = work.session.get(ImportRun, imported.id)
        if run is not None:
            write_counts(run, imported)

    house.write(write, actor=actor)


def company_for(work: Work, code: str | None) -> Company:
    """The company of an import; on an empty system the first one is added, to be completed later."""
    try:
        return store.company_by_code(work.session, code)
    except (NoCompanyYet, NoSuchCompany):
        if store.companies(work.session):
            raise
    name = code or "Our company"
    company = Company(code=code or "MAIN", name=name, legal_name=name, country="", currency="EUR")
    work.session.add(company)
    work.session.flush()
    work.record("company.added", f"company:{company.code}", reason="first import")
    return company


def import_in_parts(
    house: House,
    actor: Actor,
    rows: Iterable[Row],
    put: Callable[[Work, list[Row]], Intake],
    imported: Imported,
    tell: Tell,
    together: str = "",
) -> None:
    """Hands rows over in parts, one transaction each; neighbours with the same value of `together` are not parted."""
    for part in stretches(rows, ROWS_A_TRANSACTION, together):
        imported.add(house.write(lambda work, part=part: put(work, part), actor=actor))  # type: ignore[misc]
        if len(part) >= ROWS_A_TRANSACTION:
            note_progress(house, imported, actor)
        tell(imported)


def import_customers(
    house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell
) -> None:
    """Customers as CSV, JSON or NDJSON, or as a workbook."""
    imported.format = "rows"

    def put(work: Work, part: list[Row]) -> Intake:
        return push_customer_rows(work, part)

    rows = read_rows(source, customer_rows.COLUMNS, imported.problems)
    import_in_parts(house, actor, rows, put, imported, tell)
