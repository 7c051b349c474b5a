"""The command `inspect`: what a file says, without storing anything."""

from pathlib import Path
from typing import Annotated, Any, BinaryIO

import orjson
import typer

from commands.data import AsJson
from commands.output import DONE, REFUSED, console, show_problems
from commands.system import System
from core.errors import Invalid
from core.money import decimal_text
from core.problems import Problem
from payments import profiles
from payments.proof import imbalance
from payments.readers.bank_profile import BankProfile
from payments.readers.model import Assumed, Entry, StatementFoot, StatementHead
from payments.statements import recognise
from receivables.intake.documents.elements import HEAD_BYTES
from receivables.intake.documents.model import DocumentReader, InvoiceDocument, OrderDocument, RemittanceDocument
from receivables.intake.documents.registry import READERS as DOCUMENT_READERS

HUNDREDTHS = "EUR"
"""Amounts of a file that names no currency are hundredths; any two-digit currency writes them."""


def register(cli: Any) -> None:
    cli.command("inspect")(inspect_files)


def inspect_files(
    system: System, files: Annotated[list[Path], typer.Argument(help="Files to read.")], as_json: AsJson = False
) -> None:
    """Says what files hold; one JSON object a file with --json."""
    saved = system.house.read(lambda work: profiles.in_use(work.session)) if system.is_migrated() else ()
    reports = [inspect(path, saved) for path in files]
    for report in reports:
        if as_json:
            typer.echo(orjson.dumps(report, default=str).decode())
        else:
            _show(report)
    raise typer.Exit(REFUSED if any(report["refused"] for report in reports) else DONE)


def inspect(path: Path, saved: tuple[BankProfile, ...] = ()) -> dict[str, Any]:
    """The contract's object about one file: statements, invoices or orders, or why it is refused.

    `saved` are the bank profiles people made; those that come with the program are always known.
    """
    report: dict[str, Any] = {
        "file": path.name, "format": None, "kind": "other", "refused": False, "statements": [], "invoices": [],
        "orders": [], "problems": [],
    }  # fmt: skip
    problems: list[Problem] = []
    try:
        with path.open("rb") as source:
            reader = _document_reader(source, path.name)
            if reader is None:
                _read_statements(source, path.name, Assumed(profiles=saved), report, problems)
            else:
                _read_documents(reader, source, report, problems)
    except (Invalid, OSError) as error:
        found = error.problems if isinstance(error, Invalid) else (Problem("whole file", str(error.strerror)),)
        report.update(refused=True, statements=[], invoices=[], orders=[])
        problems += found
    report["problems"] = [
        {"severity": each.severity, "where": each.where, "field": each.field, "message": each.message}
        for each in problems
    ]
    return report


def _document_reader(source: BinaryIO, name: str) -> DocumentReader | None:
    """The reader of business documents that recognises the file, if one does; bank files have their own."""
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return next((reader for reader in DOCUMENT_READERS if reader.recognises(head, name)), None)


def _read_documents(reader: DocumentReader, source: BinaryIO, report: dict[str, Any], problems: list[Problem]) -> None:
    report["format"] = reader.name
    for document in reader.read(source):
        problems += document.problems
        match document:
            case InvoiceDocument():
                report["kind"] = "invoice"
                report["invoices"].append(_invoice(document))
            case OrderDocument():
                report["kind"] = "order"
                report["orders"].append(_order(document))
            case RemittanceDocument():
                report["kind"] = "remittance"


def _invoice(document: InvoiceDocument) -> dict[str, Any]:
    totals = document.totals
    return {
        "number": document.number,
        "type": document.type,
        "currency": document.currency,
        "payable": decimal_text(totals.payable, document.currency),
        "prepaid": None if totals.prepaid is None else decimal_text(totals.prepaid, document.currency),
        "issued_on": document.issued_on,
        "due_on": document.due_on,
        "order_number": document.order_number,
        "buyer": document.buyer.name if document.buyer else None,
        "seller": document.seller.name if document.seller else None,
    }


def _order(document: OrderDocument) -> dict[str, Any]:
    has_total = document.total is not None and document.currency is not None
    return {
        "number": document.number,
        "currency": document.currency,
        "total": decimal_text(document.total or 0, document.currency or HUNDREDTHS) if has_total else None,
        "issued_on": document.issued_on,
        "lines": len(document.lines),
    }


def _read_statements(
    source: BinaryIO, name: str, assumed: Assumed, report: dict[str, Any], problems: list[Problem]
) -> None:
    reader = recognise(source, name)
    report.update(format=reader.name, kind="statement")
    source.seek(0)
    statement: _Statement | None = None
    for piece in reader.read(source, assumed):
        match piece:
            case StatementHead():
                statement = _Statement(piece)
            case Entry():
                assert statement is not None, "a reader yields a head before its entries"
                statement.add(piece)
            case StatementFoot():
                assert statement is not None, "a reader yields a head before its foot"
                report["statements"].append(statement.closed(piece))
                problems += [Problem(f"statement {len(report['statements'])}", piece.doubt)] if piece.doubt else []
            case Problem():
                problems.append(piece)


class _Statement:
    """One statement while it is read."""

    def __init__(self, head: StatementHead) -> None:
        self._head = head
        self._booked = self._pending = self._sum = 0

    def add(self, entry: Entry) -> None:
        if entry.pending:
            self._pending += 1
        else:
            self._booked += 1
            self._sum += entry.amount

    def closed(self, foot: StatementFoot) -> dict[str, Any]:
        difference = imbalance(self._head.opening, self._sum, foot.closing)
        return {
            "account": self._head.account.identifier or None,
            "currency": self._head.currency,
            "opening": self._amount(self._head.opening),
            "closing": self._amount(foot.closing),
            "entries": self._booked,
            "pending": self._pending,
            "sum": self._amount(self._sum),
            "balanced": difference == 0 and not foot.doubt if difference is not None or foot.doubt else None,
        }

    def _amount(self, minor: int | None) -> str | None:
        return None if minor is None else decimal_text(minor, self._head.currency or HUNDREDTHS)


def _show(report: dict[str, Any]) -> None:
    show_problems(Problem(**{**problem, "file": report["file"]}) for problem in report["problems"])
    if report["refused"]:
        console.print(f"{report['file']}: refused.", highlight=False, markup=False)
    for each in (*report["invoices"], *report["orders"]):
        parts = ", ".join(f"{name} {value}" for name, value in each.items() if value is not None)
        console.print(f"{report['file']}: {report['format']}, {parts}", highlight=False, markup=False)
    for each in report["statements"]:
        console.print(
            f"{report['file']}: {report['format']}, {each['account']} {each['currency'] or ''}: {each['entries']} "
            f"entries, sum {each['sum']}, opening {each['opening']}, closing {each['closing']}",
            highlight=False,
            markup=False,
        )
