"""Commands that bring data in and out: migrate, import, inspect, export."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from commands.output import console, errors, finish, show_problems
from commands.system import System
from intake.service import import_file
from receivables.imports import Handed, Imported, Tell

AsJson = Annotated[bool, typer.Option("--json", help="One machine-readable object on the last line.")]

WORTH_A_BAR = 4 * 1024 * 1024
"""Bytes from which an import takes long enough to show how far it is."""


def register(cli: Any) -> None:
    cli.command("migrate")(migrate)
    cli.command("import")(import_files)


def migrate(system: System, as_json: AsJson = False) -> None:
    """Brings the database to the current schema."""
    revision = system.migrate()
    finish({"revision": revision}, as_json=as_json, sentence=f"The database is at revision {revision}.")


def import_files(
    system: System,
    kind: Annotated[str, typer.Argument(help="customers, invoices, orders, statement, remittance or exchange_rates")],
    files: Annotated[list[Path], typer.Argument(help="Files to read; a ZIP stands for the files in it.")],
    company: Annotated[str | None, typer.Option(help="Code of the company they belong to.")] = None,
    format: Annotated[str | None, typer.Option(help="Name of the format, when it should not be recognised.")] = None,
    account: Annotated[str | None, typer.Option(help="Our account, for bank files that do not name it.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217, for bank files that do not name it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Reads files into the book; one bad file does not stop the rest."""
    handed = [
        Handed(kind, path, path.name, company, format, adopts_accounts=True, account=account, currency=currency)
        for path in files
    ]
    results = [each for one in handed for each in _import(system, one)]
    for result in results if not as_json else ():
        show_problems(result.problems)
        console.print(_sentence(result), highlight=False, markup=False)
    totals = {
        name: sum(getattr(each, name) for each in results) for name in ("created", "updated", "unchanged", "rejected")
    }
    is_refused = any(each.state != "done" for each in results) or totals["rejected"] > 0
    answer = {
        **totals,
        "problems": [problem.as_dict() for each in results for problem in each.problems],
        "files": [{"file": each.file, "state": each.state, "format": each.format, "id": each.id} for each in results],
    }
    sentence = ", ".join(f"{count} {name}" for name, count in totals.items()) + "."
    finish(answer, as_json=as_json, sentence=sentence, is_refused=is_refused)


def _import(system: System, handed: Handed) -> list[Imported]:
    """What became of a file, or of each file of an archive."""
    with _bar(handed.path) as tell:
        result = import_file(system.door, handed, tell=tell)
    return result.members or [result]


@contextmanager
def _bar(path: Path) -> Iterator[Tell]:
    """How far a big file is, on a terminal; nothing is drawn into pipes and logs."""
    if not sys.stderr.isatty() or not path.is_file() or path.stat().st_size < WORTH_A_BAR:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(path.name, total=None)
        yield lambda so_far: progress.update(task, completed=so_far.done, total=so_far.total or None)


def _sentence(result: Imported) -> str:
    if result.state == "held":
        return f"{result.file}: held, it waits for an answer under /imports/{result.id}; nothing of it was stored."
    if result.state != "done" and not result.was_known:
        return f"{result.file}: {result.state}, nothing of it was stored."
    counts = f"{result.created} created, {result.updated} updated, {result.unchanged} unchanged"
    return f"{result.file}: {counts}, {result.rejected} rejected."


def day(text: str | None) -> date | None:
    """YYYY-MM-DD of an option."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise typer.BadParameter(f"“{text}” is no date of the form YYYY-MM-DD.") from None
