"""Exports and inspection: exactly the contract's columns, and text that no spreadsheet takes for a formula."""

import csv
import io
from pathlib import Path

import pytest

from commands.exports import write_csv
from commands.inspect import inspect
from commands.system import System
from core.errors import NotAllowed
from disputes.service import Contest, open_dispute
from dunning.run import plan_run
from payments.reconciliation import reconcile
from reports.exports import EXPORTS, export
from reports.period import Period
from runtime.work import Actor, Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in
from tests.readers.goldens import GOLDENS

CONTRACT = {
    "allocations": "entry_ref,account,booked_on,entry_amount,currency,customer_id,invoice_number,allocated,kind,state,"
    "confidence,reasons",
    "entries": "entry_ref,account,booked_on,valued_on,amount,currency,counterparty,counterparty_iban,remittance,state",
    "decisions": "run_id,on,customer_id,invoice_number,decision,level,reason,until,policy_version",
    "credit": "customer_id,currency,limit,exposure,open,orders,charges,unapplied,overrun,since",
    "disputes": "case,subject_kind,subject,customer_id,reason,amount,currency,state,detected_on,notified_on,"
    "resolved_at,outcome,owner",
    "notices": "notice_id,run_id,customer_id,level,channel,language,total,currency,invoices,state,message_id,sent_at,"
    "crossed",
}


def _stage(work: Work) -> None:
    a_customer(work, credit_limit="50.00")
    an_invoice(work, "F-1001", order_number="PO-1")
    an_invoice(work, "F-1002", amount="70.00")
    money_in(work, "70.00", "F-1002", entry_ref="BANK-7")
    reconcile(work, a_company(work).id)
    open_dispute(work, a_company(work), Contest("order", "PO-1", "price", TODAY, TODAY))
    plan_run(work)


def _rows(system: System, name: str) -> list[dict[str, object]]:
    return system.house.read(lambda work: list(export(work, name, Period())[1]))


def test_every_export_has_the_columns_it_names(system: System) -> None:
    system.house.write(_stage)
    for name, table in EXPORTS.items():
        for row in _rows(system, name):
            assert tuple(row) == table.columns, name
    for name, columns in CONTRACT.items():
        assert ",".join(EXPORTS[name].columns) == columns


def test_exports_say_what_happened(system: System) -> None:
    system.house.write(_stage)
    (allocation,) = _rows(system, "allocations")
    assert (allocation["entry_ref"], allocation["invoice_number"], allocation["allocated"]) == (
        "BANK-7",
        "F-1002",
        "70.00",
    )
    (decision,) = _rows(system, "decisions")
    assert (decision["invoice_number"], decision["decision"], decision["reason"]) == (
        "F-1001",
        "hold",
        "order or invoice disputed",
    )
    (credit,) = _rows(system, "credit")
    assert (credit["exposure"], credit["overrun"], credit["since"]) == ("100.00", "50.00", TODAY)


def test_a_period_keeps_only_its_days() -> None:
    assert not Period(from_on=TODAY).holds(TODAY.replace(day=19))
    assert Period(on=TODAY).holds(TODAY)


def test_a_portal_user_exports_nothing(system: System) -> None:
    stranger = Actor("user", "x", Role.PORTAL)
    with pytest.raises(NotAllowed):
        system.house.read(lambda work: export(work, "customers", Period()), actor=stranger)


@pytest.mark.parametrize("text", ["=1+1", "+41 79", "-2+3", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_becomes_a_formula_and_negative_amounts_stay_numbers(text: str) -> None:
    out = io.StringIO()
    write_csv(out, ("name", "amount"), [{"name": text, "amount": "-12.50"}])
    _, row = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert row == [f"'{text}", "-12.50"]


OFX = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
    "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
    "<DTSERVER>20261119<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0"
    "<SEVERITY>INFO</STATUS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>77<ACCTTYPE>CHECKING</BANKACCTFROM>"
    "<BANKTRANLIST><DTSTART>20261119<DTEND>20261119<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261119<TRNAMT>12.30<FITID>1"
    "<NAME>ACME</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>100.00<DTASOF>20261119</LEDGERBAL></STMTRS></STMTTRNRS>"
    "</BANKMSGSRSV1></OFX>\n"
)


def test_inspection_reads_a_bank_file_and_refuses_half_of_it(tmp_path: Path) -> None:
    whole, half = tmp_path / "whole.ofx", tmp_path / "half.ofx"
    whole.write_text(OFX)
    half.write_text(OFX[: len(OFX) // 2 + 200])
    report = inspect(whole)
    assert (report["kind"], report["format"], report["refused"]) == ("statement", "ofx", False)
    (statement,) = report["statements"]
    assert (statement["account"], statement["sum"], statement["closing"]) == ("77", "12.30", "100.00")
    refused = inspect(half)
    assert (refused["refused"], refused["statements"]) == (True, [])
    assert refused["problems"][0]["message"]


def test_inspection_says_which_sum_of_the_bank_is_another(tmp_path: Path) -> None:
    golden = (GOLDENS["bai2"]["checks.bai"]).decode()
    trailer = next(line for line in golden.splitlines() if line.startswith("49,"))
    odd = tmp_path / "odd.bai"
    odd.write_text(golden.replace(trailer, "49,1," + trailer.rpartition(",")[2]))
    report = inspect(odd)
    assert (report["refused"], report["statements"][0]["balanced"]) == (False, False)
    assert [each["severity"] for each in report["problems"] if "control total is 1;" in each["message"]] == ["error"]


def test_inspection_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert inspect(tmp_path / "nothing.ofx")["refused"]
