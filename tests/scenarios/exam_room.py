"""An exam is sat: everything comes in through the public commands, and each receipt is judged as a clerk would."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from commands.cli import build_cli
from commands.system import System
from disputes.service import Contest, open_dispute
from receivables import service
from receivables.store import company_by_code, invoice_by_number
from reports.invariants import violations
from runtime.work import Work
from tests.scenarios.exam_files import (
    TODAY,
    Exam,
    Receipt,
    advices_csv,
    customers_csv,
    invoices_csv,
    statements,
)  # fmt: skip


@dataclass(slots=True)
class Became:
    """What became of an entry."""

    state: str = ""
    posted: list[str] = field(default_factory=list)
    rest: str = ""
    suggested: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    reasons: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        if self.posted or self.rest:
            return "= " + ", ".join([*sorted(self.posted), *([f"rest {self.rest}"] if self.rest else [])])
        if self.state in ("unmatched", "suggested") and self.suggested:
            return "? " + ", ".join(sorted(next(iter(self.suggested.values()))))
        return self.state


def command(system: System, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(build_cli(lambda: system), [*arguments, "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    answer: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
    assert result.exit_code == 0, answer["problems"]
    return answer


def exported(system: System, name: str, folder: Path) -> list[dict[str, str]]:
    path = folder / f"{name}.csv"
    result = CliRunner().invoke(build_cli(lambda: system), ["export", name, "--format", "csv", "--out", str(path)])
    assert result.exit_code == 0, result.output
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def sit(system: System, read: Exam, folder: Path) -> None:
    """Everything comes in by files; then the run."""
    system.house.write(_companies)
    for name, text in [("customers", customers_csv(read)), *[(f"invoices-{each}", invoices_csv(read, each))
                                                            for each in ("NW", "SE")]]:  # fmt: skip
        path = folder / f"{name}.csv"
        path.write_text(text, "utf-8")
        kind, _, company = name.partition("-")
        command(system, "import", kind, str(path), "--company", company or "NW")
    system.house.write(lambda work: _contest(work, read))
    system.house.write(lambda work: _cancel(work, read))
    _advise(system, read, "before", folder)
    for company, name, content in statements(read):
        (folder / name).write_bytes(content)
        command(system, "import", "statement", str(folder / name), "--company", company)
    command(system, "reconcile", "--on", str(TODAY))
    if _advise(system, read, "after", folder):
        command(system, "reconcile", "--on", str(TODAY))
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def _companies(work: Work) -> None:
    for code, country in (("NW", "ES"), ("SE", "FR")):
        service.add_company(work, code, name=code, legal_name=code, country=country, currency="EUR")


def _contest(work: Work, read: Exam) -> None:
    for facts, options in read.invoices:
        if "contested" in options:
            contest = Contest("invoice", facts[0], "price", TODAY, TODAY)
            open_dispute(work, company_by_code(work.session, "NW"), contest)


def _cancel(work: Work, read: Exam) -> None:
    for facts, options in read.invoices:
        if "cancelled" in options:
            invoice = invoice_by_number(work.session, facts[0], company_by_code(work.session, "NW").id)
            service.cancel_invoice(work, invoice, "wrong")


def _advise(system: System, read: Exam, comes: str, folder: Path) -> bool:
    """True when any payer's advice came then."""
    rows = advices_csv(read, comes)
    if rows:
        path = folder / f"advices-{comes}.csv"
        path.write_text(rows, "utf-8")
        command(system, "import", "remittance", str(path), "--company", "NW")
    return bool(rows)


def outcomes(system: System, folder: Path) -> dict[str, Became]:
    found: dict[str, Became] = defaultdict(Became)
    paid: dict[str, Any] = defaultdict(int)
    for row in exported(system, "allocations", folder):
        became, mark = found[row["entry_ref"]], "" if row["kind"] == "payment" else f" {row['kind']}"
        line = f"{row['invoice_number']} {row['allocated']}{mark}"
        if row["state"] == "posted":
            became.posted.append(line)
            paid[row["entry_ref"]] += float(row["allocated"]) if row["kind"] == "payment" else 0
        else:
            became.suggested[row["confidence"] + row["reasons"]].append(line)
        became.reasons.append(row["reasons"])
    for row in exported(system, "entries", folder):
        became = found[row["entry_ref"]]
        became.state = row["state"]
        if became.state == "applied":
            rest = round(float(row["amount"]) - paid[row["entry_ref"]], 3)
            became.rest = f"{rest:.2f}" if rest else ""
    return found


def fails(receipt: Receipt, became: Became) -> str:
    """Why the answer is not the clerk's; empty when it is."""
    expected = receipt.expected
    if expected[0] == "~" and not became.posted and became.state in ("unmatched", "suggested"):
        return ""
    if expected[0] in "=?~":
        mark, lines = expected[0].replace("~", "="), expected[2:].split(", ")
        rest = [each for each in lines if each.startswith("rest")]
        expected = f"{mark} " + ", ".join([*sorted(each for each in lines if each not in rest), *rest])
        return "" if became.said == expected else f"wanted {expected}"
    if expected == "asks":
        return "asks a person" if became.posted or became.state not in ("unmatched", "suggested") else ""
    if expected in ("nothing", "pending"):
        return "nothing to place" if became.posted else ""
    return "" if became.state == expected and not became.posted else f"wanted {expected}"
