"""Files and wishes that are wrong, through the command line: each is answered with a sentence that names the place, and
changes nothing it should not."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from typer.testing import CliRunner

from commands.cli import build_cli
from commands.system import System
from core.errors import Refused
from intake.door import LARGEST_FILE
from payments.lines_by_hand import NamedLine, place_lines
from payments.tables import BankEntry, Statement
from receivables.store import invoice_by_number
from receivables.tables import Customer, Invoice
from reports.invariants import violations
from runtime.house import House
from runtime.work import Work
from tests.builders import a_company, a_customer, an_invoice, money_in, the_item
from tests.property.form import IS_LONG

HEAD = "invoice_number,customer_id,type,issued_on,due_on,currency,amount"
GOOD = "F-2001,ACME,invoice,2026-10-01,2026-10-31,EUR,100.00"


@pytest.fixture(autouse=True)
def staged(system: System) -> None:
    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        an_invoice(work, "F-1001")

    system.house.write(stage)


def ran(system: System, *arguments: str) -> tuple[int, dict[str, Any]]:
    """A command with --json: its exit code and its last line."""
    result = CliRunner().invoke(build_cli(lambda: system), [*arguments, "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout.strip().splitlines()[-1])


def imported(system: System, path: Path, content: bytes | str, kind: str = "invoices") -> dict[str, Any]:
    """What the import command says of a file of this content; the book holds, whatever it said."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    exit_code, answer = ran(system, "import", kind, str(path))
    is_good = answer["rejected"] == 0 and all(each["state"] == "done" for each in answer["files"])
    assert (exit_code == 0) == is_good
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []
    return answer


def numbers(system: System) -> set[str]:
    return system.house.read(lambda work: {invoice.number for invoice in work.session.query(Invoice)})


def row(**changes: str) -> str:
    names = HEAD.split(",")
    values = dict(zip(names, GOOD.split(","), strict=True)) | changes
    return f"{HEAD}\n" + ",".join(values[name] for name in names) + "\n"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issued_on": "2026-11-10"}, "due_on"),
        ({"due_on": "2026-02-30"}, "due_on"),
        ({"due_on": "31.10.2026"}, "due_on"),
        ({"currency": "EUX"}, "currency"),
        ({"currency": ""}, "currency"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e300000"}, "amount"),
        ({"amount": "-5.00"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"customer_id": "NOBODY"}, "customer_id"),
        ({"due_on": ""}, "due_on"),
    ],
)
def test_a_wrong_row_is_rejected_at_its_line_and_field(
    system: System, tmp_path: Path, changes: dict[str, str], field: str
) -> None:
    answer = imported(system, tmp_path / "invoices.csv", row(**changes))
    assert (answer["created"], answer["rejected"]) == (0, 1)
    places = [(each["where"], each["field"]) for each in answer["problems"]]
    assert ("line 2", field) in places
    assert numbers(system) == {"F-1001"}


def test_an_amount_in_the_other_notation_is_refused_and_not_guessed(system: System, tmp_path: Path) -> None:
    text = row().replace("100.00", '"1.234,56"')
    answer = imported(system, tmp_path / "invoices.csv", text)
    (problem,) = answer["problems"]
    assert (problem["where"], problem["field"], "1.234,56" in problem["message"]) == ("line 2", "amount", True)
    assert numbers(system) == {"F-1001"}


def test_one_wrong_row_leaves_the_right_ones(system: System, tmp_path: Path) -> None:
    text = f"{HEAD}\n{GOOD}\nF-2002,ACME,invoice,2026-10-01,2026-10-31,EUR,ten\nF-2003{GOOD[6:]}\n"
    answer = imported(system, tmp_path / "invoices.csv", text)
    assert (answer["created"], answer["rejected"], answer["problems"][0]["where"]) == (2, 1, "line 3")
    assert numbers(system) == {"F-1001", "F-2001", "F-2003"}


def test_a_number_in_the_book_keeps_its_amount(system: System, tmp_path: Path) -> None:
    answer = imported(system, tmp_path / "invoices.csv", row(invoice_number="F-1001", amount="999.00"))
    assert answer["rejected"] == 1
    assert "F-1001" in answer["problems"][0]["message"]
    assert system.house.read(lambda work: invoice_by_number(work.session, "F-1001").amount) == 100_00


def test_a_credit_note_larger_than_its_invoice_is_rejected(system: System, tmp_path: Path) -> None:
    head, values = row(type="credit_note", amount="100.01").splitlines()
    answer = imported(system, tmp_path / "invoices.csv", f"{head},related_invoice\n{values},F-1001\n")
    assert (answer["rejected"], answer["problems"][0]["field"]) == (1, "amount")
    assert numbers(system) == {"F-1001"}


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"", "invoices", "empty"),
        (b"", "statement", "empty"),
        (b"   \n", "customers", "empty"),
        (b"colour,shape\nred,round\n", "invoices", "column"),
        (b"<!doctype html><html><body>Login</body></html>", "invoices", "HTML"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "customers", ""),
        (row().encode("utf-16"), "invoices", ""),
        ("customer_id,name\nX,Müller\n".encode("latin-1"), "customers", "UTF-8"),
        (b'[{"customer_id": "X", "name": ', "customers", "damaged"),
        (b'customer_id,name\nX,"Half a field', "customers", "line 2"),
    ],
)
def test_a_file_that_is_no_such_file_is_refused_in_words(
    system: System, tmp_path: Path, content: bytes, kind: str, said: str
) -> None:
    answer = imported(system, tmp_path / "file.csv", content, kind)
    assert answer["created"] == 0
    told = " ".join(f"{each['where']}: {each['message']}" for each in answer["problems"])
    assert told
    assert said.lower() in told.lower()
    assert system.house.read(lambda work: work.session.query(Customer).count()) == 1


@pytest.mark.parametrize(
    "content",
    [b"<html><body>Your session has expired</body></html>", b"OFXHEADER:100\nDATA:OFXSGML\n<OFX><BANKMSGSRSV1>"],
)
def test_a_page_or_half_a_file_named_ofx_is_no_statement(system: System, tmp_path: Path, content: bytes) -> None:
    answer = imported(system, tmp_path / "statement.ofx", content, "statement")
    assert answer["files"][0]["state"] == "refused"
    assert answer["problems"][0]["message"]
    assert system.house.read(lambda work: work.session.query(Statement).count()) == 0


LINES = 10_000 if IS_LONG else 1_000
"""Movements of a statement of which one cannot be read."""


@pytest.mark.parametrize("amount", ["NaN", "1e300000", "10,0,0", ""])
def test_one_line_that_cannot_be_read_keeps_the_whole_statement_out(
    system: System, tmp_path: Path, amount: str
) -> None:
    """R16, M4: in wholly or out wholly; the problem names the line among a thousand, and its field."""
    bad = LINES - 7
    lines = "".join(
        f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261119<TRNAMT>{amount if n == bad else '1.00'}<FITID>T{n}<NAME>ACME"
        "</STMTTRN>\n"
        for n in range(1, LINES + 1)
    )
    content = (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
        "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STMTRS><CURDEF>EUR\n"
        "<BANKACCTFROM><BANKID>1<ACCTID>77<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20261101"
        f"<DTEND>20261120\n{lines}</BANKTRANLIST><LEDGERBAL><BALAMT>{LINES}.00<DTASOF>20261120</LEDGERBAL></STMTRS>"
        "</STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
    answer = imported(system, tmp_path / "statement.ofx", content, "statement")
    assert answer["files"][0]["state"] != "done"
    said = " ".join(f"{each['where']} {each['field']} {each['message']}" for each in answer["problems"])
    assert said.startswith(f"line {12 + bad}, STMTTRN TRNAMT"), said
    assert system.house.read(lambda work: work.session.query(BankEntry).count()) == 0


def test_a_file_of_more_than_200_megabytes_is_refused_before_it_is_read(system: System, tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    exit_code, answer = ran(system, "import", "invoices", str(path))
    assert (exit_code, answer["files"][0]["state"]) == (1, "refused")
    assert "200 MB" in answer["problems"][0]["message"]


def test_a_file_that_is_not_there_is_named(system: System, tmp_path: Path) -> None:
    exit_code, answer = ran(system, "import", "invoices", str(tmp_path / "nothing.csv"))
    assert (exit_code, answer["problems"][0]["file"]) == (1, "nothing.csv")


def test_of_two_users_who_place_one_entry_at_once_one_is_told_so(system: System) -> None:
    def stage(work: Work) -> str:
        an_invoice(work, "F-1002")
        return str(money_in(work, "100.00", "transfer").id)

    system.house.write(stage)
    start = Barrier(2)

    def place(number: str) -> str:
        def do(work: Work) -> None:
            place_lines(
                work, work.session.query(BankEntry).one(), [NamedLine(number, "100.00", "payment")], "unapplied"
            )

        start.wait()
        try:
            system.house.write(do)
        except Refused as error:
            return str(error)
        return "placed"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(place, ("F-1001", "F-1002")))
    assert said.count("placed") == 1
    assert _open(system.house, "F-1001") + _open(system.house, "F-1002") == 100_00


def _open(house: House, number: str) -> int:
    return house.read(lambda work: the_item(work, number).open)


def test_a_run_started_twice_is_one_run(system: System) -> None:
    first, second = (ran(system, "dun", "--on", "2026-11-20")[1] for _ in range(2))
    assert first["run_id"] == second["run_id"]
    assert first["notices"] == second["notices"] == 1


def test_an_export_to_a_folder_that_is_not_there_names_the_path(system: System, tmp_path: Path) -> None:
    target = tmp_path / "missing" / "out.csv"
    result = CliRunner().invoke(build_cli(lambda: system), ["export", "customers", "--out", str(target)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "a traceback is no sentence"
    assert str(target) in result.stderr.replace("\n", "")


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "0000-00-00", "2026-11-20T00:00"])
def test_a_day_that_is_none_is_refused(system: System, day: str) -> None:
    result = CliRunner().invoke(build_cli(lambda: system), ["dun", "--on", day])
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
