"""Commands that bring data in and out: migrate, import, inspect, export."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.output import console, finish, show_problems
from commands.system import System
from receivables.imports import Handed, Imported, import_file

AsJson = Annotated[bool, typer.Option("--json", help="One machine-readable object on the last line.")]


def register(cli: Any) -> None:
    cli.command("migrate")(migrate)
    cli.command("import")(import_files)


def migrate(system: System, as_json: AsJson = False) -> None:
    """Brings the database to the current schema."""
    revision = system.migrate()
    finish({"revision": revision}, as_json=as_json, sentence=f"The database is at revision {revision}.")


def import_files(
    system: System,
    kind: Annotated[str, typer.Argument(help="customers, invoices, orders, statement or remittance")],
    files: Annotated[list[Path], typer.Argument(help="Files to read.")],
    company: Annotated[str | None, typer.Option(help="Code of the company they belong to.")] = None,
    format: Annotated[str | None, typer.Option(help="Name of the format, when it should not be recognised.")] = None,
    as_json: AsJson = False,
) -> None:
    """Reads files into the book; one bad file does not stop the rest."""
    results = [
        import_file(
            system.house,
            system.archive,
            system.importers,
            Handed(kind, path, path.name, company, format, adopts_accounts=True),
        )
        for path in files
    ]
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


def _sentence(result: Imported) -> str:
    if result.state != "done":
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
