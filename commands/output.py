"""How commands speak: a sentence or a table for people, one JSON object on the last line for programs."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from core.errors import CollectionsError, Invalid
from core.problems import Problem

console = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)

DONE, REFUSED = 0, 1


def finish(result: Mapping[str, Any], *, as_json: bool, sentence: str, is_refused: bool = False) -> None:
    """Ends a command: exit 0 done, 1 refused or problems."""
    if as_json:
        typer.echo(orjson.dumps(result, default=str).decode())
    else:
        console.print(sentence, highlight=False, markup=False)
    raise typer.Exit(REFUSED if is_refused else DONE)


def refuse(error: CollectionsError, *, as_json: bool) -> None:
    """Ends a command that was refused, with what is wrong."""
    problems = error.problems if isinstance(error, Invalid) else (Problem("", str(error)),)
    if as_json:
        body = {"error": str(error), "problems": [problem.as_dict() for problem in problems]}
        typer.echo(orjson.dumps(body).decode())
    else:
        show_problems(problems)
    raise typer.Exit(REFUSED)


def show_problems(problems: Iterable[Problem]) -> None:
    """One line each: file, place, field, sentence."""
    for problem in problems:
        place = ", ".join(part for part in (problem.file, problem.where, problem.field) if part)
        mark = "error" if problem.severity == "error" else "note"
        errors.print(f"{mark}: {place}: {problem.message}", highlight=False, markup=False)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Table:
    """A table for people; numbers are handed over as text, ready to read; None is an empty cell."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column)
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    return made
