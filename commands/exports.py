"""The command `export`: tables for spreadsheets and programs."""

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, TextIO

import orjson
import typer

from commands.data import day
from commands.system import System
from core.csv_cells import cell
from core.errors import Invalid, Unavailable
from reports.exports import EXPORTS, export
from reports.period import Period, Row
from runtime.work import Work


def register(cli: Any) -> None:
    cli.command("export")(hand_out)


def hand_out(
    system: System,
    what: Annotated[str, typer.Argument(help=", ".join(EXPORTS))],
    format: Annotated[str, typer.Option(help="csv or json")] = "csv",
    on: Annotated[str | None, typer.Option(help="As of this day, YYYY-MM-DD.")] = None,
    from_on: Annotated[str | None, typer.Option("--from", help="From this day on.")] = None,
    to_on: Annotated[str | None, typer.Option("--to", help="Through this day.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; standard output otherwise.")] = None,
) -> None:
    """Hands out one table as CSV or JSON."""
    if what not in EXPORTS:
        raise Invalid.because("export", f"There is no export “{what}”. There are: {', '.join(EXPORTS)}.")
    if format not in ("csv", "json"):
        raise typer.BadParameter("The format is csv or json.")
    period = Period(day(on), day(from_on), day(to_on))

    def write(work: Work) -> None:
        columns, rows = export(work, what, period)
        if out is None:
            _write(sys.stdout, format, columns, rows)
        else:
            with _opened(out) as file:
                _write(file, format, columns, rows)

    system.house.read(write, on=period.on)


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error


def _write(file: TextIO, format: str, columns: tuple[str, ...], rows: Iterator[Row]) -> None:
    if format == "csv":
        write_csv(file, columns, rows)
    else:
        file.write(orjson.dumps(list(rows), default=str).decode() + "\n")


def write_csv(file: TextIO, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """CSV that a spreadsheet cannot take for formulas; numbers stay numbers, negative ones too."""
    writer = csv.writer(file)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row[name]) for name in columns])
