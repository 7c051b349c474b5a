"""A batch booked in one file and itemised in another is one sum of money, whichever file comes first."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from commands.system import System
from core.errors import Refused
from intake.service import import_file
from payments import service
from payments.reconciliation import reconcile
from payments.statements import release_statement
from payments.tables import BankEntry, Statement
from receivables.imports import Handed, Imported
from receivables.tables import Posting
from reports.invariants import violations
from runtime.work import Work
from tests.builders import OUR_IBAN, a_company, a_customer, an_invoice, the_item
from tests.readers import camt_files as camt
from tests.readers.mt940_files import statement as mt940_statement

ACCOUNT = f"<Acct><Id><IBAN>{OUR_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
REF = "<AcctSvcrRef>BATCH-77</AcctSvcrRef>"
PARTS = (("400.00", "F-1001", "Acme"), ("350.00", "F-1002", "Borealis"), ("250.00", "F-1003", "Cygnus"))


def booked_as_one(after: str = "<AddtlNtryInf>SAMMELGUTSCHRIFT</AddtlNtryInf>") -> bytes:
    entry = camt.entry("1000.00", details=camt.batch("", 3, "B-1"), after=REF + after)
    balances = camt.balance("OPBD", "0.00") + camt.balance("CLBD", "1000.00")
    return camt.file(camt.statement(balances, entry, account=ACCOUNT))


def itemised(parts: Sequence[tuple[str, str, str]] = PARTS) -> bytes:
    return camt.file(camt.statement(_in_parts(parts), account=ACCOUNT), reader=camt.NOTIFICATION)


def _in_parts(parts: Sequence[tuple[str, str, str]]) -> str:
    details = "".join(
        camt.transaction(camt.parties(camt.party("Dbtr", name)), camt.text(text), amount=amount)
        for amount, text, name in parts
    )
    return camt.entry("1000.00", details=camt.batch(details, len(parts), "B-1"), after=REF)


def as_mt940() -> bytes:
    line = (":61:2602030202C1000,00NTRFNONREF//OTHER", ":86:166?00SAMMELGUTSCHRIFT")
    text = mt940_statement(*line, opening="C260201EUR0,00", closing="C260203EUR1000,00").decode()
    return text.replace("DE89370400440532013000", OUR_IBAN).encode()


def stage(work: Work) -> None:
    a_company(work)
    for amount, number, name in PARTS:
        a_customer(work, name.upper())
        an_invoice(work, number, name.upper(), amount)


def handed(system: System, folder: Path, name: str, content: bytes) -> Imported:
    path = folder / name
    path.write_bytes(content)
    done = import_file(system.door, Handed("statement", path, name, adopts_accounts=True))
    assert done.state == "done", done.problems
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []
    return done


def in_bank(work: Work) -> int:
    return sum(each.amount for each in work.session.query(Posting).filter_by(account="bank"))


def open_sum(work: Work) -> int:
    return sum(the_item(work, number).open for _, number, _ in PARTS)


FILES = {"053.xml": booked_as_one(), "054.xml": itemised(), "day.sta": as_mt940()}


@pytest.mark.parametrize(
    "order",
    [
        ("053.xml", "054.xml"),
        ("054.xml", "053.xml"),
        ("053.xml", "054.xml", "day.sta"),
        ("day.sta", "054.xml", "053.xml"),
        ("054.xml", "day.sta", "053.xml"),
    ],
    ids=" ".join,
)
def test_the_money_is_counted_once_and_every_part_pays_its_invoice(
    system: System, tmp_path: Path, order: Sequence[str]
) -> None:
    system.house.write(stage)
    for name in order:
        handed(system, tmp_path, name, FILES[name])
    assert system.house.read(in_bank) == 100_000
    done = system.house.write(lambda work: reconcile(work, a_company(work).id))
    assert (done.posted, done.suggested, done.unmatched) == (3, 0, 0)
    assert system.house.read(open_sum) == 0
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def test_another_batch_of_other_money_is_not_swallowed(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    handed(system, tmp_path, "053.xml", booked_as_one())
    other = itemised((("400.00", "A", "Acme"), ("350.00", "B", "Borealis"), ("250.00", "C", "Cygnus")))
    handed(system, tmp_path, "054.xml", other.replace(b"1000.00", b"1000.00"))
    single = camt.entry(
        "1000.00",
        details=camt.transaction(camt.parties(camt.party("Dbtr", "Delta", "NL91ABNA0417164300")), camt.text("F-9")),
        after="<AcctSvcrRef>ALONE</AcctSvcrRef>",
    )
    balances = camt.balance("OPBD", "0.00") + camt.balance("CLBD", "1000.00")
    handed(system, tmp_path, "late.xml", camt.file(camt.statement(balances, single, account=ACCOUNT, number="S2")))
    assert system.house.read(in_bank) == 200_000


def test_details_that_come_after_the_money_was_placed_change_nothing_and_say_so(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    handed(system, tmp_path, "053.xml", booked_as_one())

    def keep(work: Work) -> None:
        entry = work.session.query(BankEntry).one()
        item = the_item(work, "F-1001")
        service.apply_entry(work, entry, [service.Placing(item.id, item.open)])

    system.house.write(keep)
    done = handed(system, tmp_path, "054.xml", itemised())
    assert "placed before its details came" in " ".join(each.message for each in done.problems)
    assert system.house.read(in_bank) == 100_000


def test_a_batch_whose_parts_stand_for_it_is_not_taken_back_into_the_list(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    handed(system, tmp_path, "053.xml", booked_as_one())
    handed(system, tmp_path, "054.xml", itemised())

    def undo(work: Work) -> None:
        whole = work.session.query(BankEntry).filter(BankEntry.itemised_on.is_not(None)).one()
        service.undo_entry(work, whole)

    with pytest.raises(Refused, match="its parts stand for it"):
        system.house.write(undo)


def quarantined_details() -> bytes:
    """The details in a statement whose balances do not tie."""
    balances = camt.balance("OPBD", "0.00") + camt.balance("CLBD", "999.00")
    return camt.file(camt.statement(balances, _in_parts(PARTS), account=ACCOUNT))


@pytest.mark.parametrize("order", [("053.xml", "details.xml"), ("details.xml", "053.xml")])
def test_details_released_from_quarantine_are_the_same_money(
    system: System, tmp_path: Path, order: tuple[str, ...]
) -> None:
    """The sum counts while they wait, and they count in its place once somebody lets them in."""
    files = {"053.xml": booked_as_one(), "details.xml": quarantined_details()}
    system.house.write(stage)
    for name in order:
        handed(system, tmp_path, name, files[name])
    assert system.house.read(in_bank) == 100_000

    def release(work: Work) -> None:
        waiting = work.session.query(Statement).filter_by(state="quarantined").one()
        release_statement(work, waiting, "The bank corrected its balance.")

    system.house.write(release)
    assert system.house.read(in_bank) == 100_000
    system.house.write(lambda work: reconcile(work, a_company(work).id) and None)
    assert system.house.read(open_sum) == 0
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def test_details_of_a_sum_that_was_placed_stay_in_quarantine(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    handed(system, tmp_path, "053.xml", booked_as_one())
    handed(system, tmp_path, "details.xml", quarantined_details())

    def place(work: Work) -> None:
        whole = work.session.query(BankEntry).filter_by(amount=100_000).one()
        service.apply_entry(work, whole, (), keep_for=the_item(work, "F-1001").customer_id)

    def release(work: Work) -> None:
        release_statement(work, work.session.query(Statement).filter_by(state="quarantined").one(), "surely right")

    system.house.write(place)
    with pytest.raises(Refused, match="placed as one sum already"):
        system.house.write(release)
    assert system.house.read(in_bank) == 100_000
