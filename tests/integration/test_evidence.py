"""The evidence pack: opened, read, and every file of it compared with what was received or sent."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from disputes import service as disputes
from disputes.service import Contest
from dunning import pauses
from dunning.run import approve, plan_run
from dunning.tables import Notice
from receivables import service as receivables
from receivables.store import customer_by_external_id, invoice_by_number
from receivables.tables import Customer
from reports import evidence
from runtime import access
from runtime.clock import SetClock
from runtime.documents import Archive
from runtime.mail import EmlFolder
from runtime.tables import Document
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice
from tests.conftest import settings_for
from tests.mailroom import QuickRenderer

ORIGINAL = b"%PDF-1.7 the invoice as it was issued\r\n\x00\xff"
FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """Acme was reminded, called, promised and disputed; Delta has nothing to do with it."""
    transport = EmlFolder(tmp_path / "outbox")
    built = main.build(settings_for(database_url, tmp_path), clock=clock, transport=transport, renderer=QuickRenderer())

    def stage(work: Work) -> None:
        a_customer(work, name="Acme & Söhne <b>GmbH</b>")
        a_customer(work, "DELTA")
        for number in ("F/10 01", "F-1002", "F-1003"):
            an_invoice(work, number)
        an_invoice(work, "D-1", customer="DELTA")
        original = built.archive.record(
            work, ORIGINAL, kind="invoice", name="../../etc/F-1001.PDF", media_type="application/pdf"
        )
        invoice_by_number(work.session, "F/10 01").document_id = original.id
        approve(work, plan_run(work))

    built.house.write(stage)
    built.dispatcher.run()

    def happen(work: Work) -> None:
        acme = customer_by_external_id(work.session, "ACME")
        receivables.add_note(work, acme, "call", FORMULA)
        pauses.promise(work, invoice_by_number(work.session, "F-1002"), None, TODAY, "on the phone")
        contest = Contest("invoice", "F-1003", "price", TODAY, TODAY, note="too dear")
        disputes.open_dispute(work, a_company(work), contest)

    built.house.write(happen)
    yield built
    built.house.database.close()


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.MANAGER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made


def opened(api: TestClient) -> zipfile.ZipFile:
    answer = api.get("/api/v1/customers/ACME/evidence.zip")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def table(pack: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(pack.read(name).decode())))


def test_the_pack_holds_every_original_and_says_its_fingerprint(system: System, api: TestClient) -> None:
    pack = opened(api)
    assert pack.testzip() is None
    assert pack.read("invoices/F_10 01.pdf") == ORIGINAL
    letters = [name for name in pack.namelist() if name.startswith("letters/")]
    assert len(letters) == 1

    def sent(work: Work) -> str:
        notice = work.session.query(Notice).join(Customer, Customer.id == Notice.customer_id).filter(
            Customer.external_id == "ACME").one()  # fmt: skip
        return work.session.get_one(Document, notice.document_id).sha256

    assert hashlib.sha256(pack.read(letters[0])).hexdigest() == system.house.read(sent)
    listed = {row["file"]: row["sha256"] for row in table(pack, "contents.csv")}
    assert listed.keys() == set(pack.namelist()) - {"summary.pdf", "contents.csv"}
    for name, digest in listed.items():
        assert hashlib.sha256(pack.read(name)).hexdigest() == digest, name


def test_the_tables_tell_what_happened_and_nothing_of_others(api: TestClient) -> None:
    pack = opened(api)
    assert {row["invoice"] for row in table(pack, "invoices.csv")} == {"F/10 01", "F-1002", "F-1003"}
    [letter] = table(pack, "letters.csv")
    assert (letter["state"], letter["text_version"], letter["level"]) == ("sent", "0", "1")
    [attempt] = table(pack, "deliveries.csv")
    assert (attempt["recipients"], attempt["outcome"]) == ("ap@acme.example", "sent")
    assert "written to" in attempt["answer_of_the_server"]
    assert [row["state"] for row in table(pack, "promises.csv")] == ["open"]
    assert [(row["step"], row["reason"]) for row in table(pack, "disputes.csv")] == [("opened", "price")]
    assert {row["source"] for row in table(pack, "pauses.csv")} == {"promise", "dispute"}
    assert [row["text"] for row in table(pack, "history.csv")] == [f"'{FORMULA}"]
    everything = b"".join(pack.read(name) for name in pack.namelist())
    assert b"D-1" not in everything
    assert b"DELTA" not in everything


def test_the_summary_names_customer_creditor_and_sum(api: TestClient) -> None:
    said = opened(api).read("summary.pdf").decode()
    assert "Acme &amp; Söhne &lt;b&gt;GmbH&lt;/b&gt;" in said
    assert "Nordwind Trading SL" in said
    assert "EUR 300.00 300.00" in said


def test_what_the_archive_has_lost_is_said(system: System, api: TestClient, tmp_path: Path) -> None:
    digest = hashlib.sha256(ORIGINAL).hexdigest()
    (tmp_path / "archive" / digest[:2] / digest).unlink()
    pack = opened(api)
    assert {row["file"] for row in table(pack, "contents.csv") if row["sha256"] == "lost"} == {"invoices/F/10 01.pdf"}
    assert "The archive has lost" in pack.read("summary.pdf").decode()


def test_taking_a_pack_is_an_export_and_stands_in_the_audit_log(system: System, api: TestClient) -> None:
    opened(api)
    entries = api.get("/api/v1/audit").json()["data"]
    assert any((each["action"], each["subject"]) == ("evidence.taken", "customer:ACME") for each in entries)
    key = system.house.write(lambda work: access.add_api_key(work, "viewer", Role.VIEWER))
    answer = api.get("/api/v1/customers/ACME/evidence.zip", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 403
    assert api.get("/api/v1/customers/NOBODY/evidence.zip").status_code == 404


def test_files_of_one_name_are_told_apart_and_a_large_one_is_written_in_pieces(system: System, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    large = bytes(range(256)) * 8_000

    def gather(work: Work) -> evidence.Pack:
        for number, other, content in (("F-1002", "F?1", large), ("F-1003", "F:1", b"other")):
            document = archive.record(work, content, kind="file", name="proof.bin", media_type="x/y")
            invoice = invoice_by_number(work.session, number)
            invoice.document_id, invoice.number = document.id, other
        work.session.flush()
        return evidence.gather(work, archive, customer_by_external_id(work.session, "ACME"))

    pack = system.house.write(gather)
    pieces = list(evidence.stream(pack, b"%PDF summary"))
    assert len([piece for piece in pieces if piece]) > 5
    found = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    twins = {found.read(name) for name in ("invoices/F_1.bin", "invoices/F_1 (2).bin")}
    assert twins == {large, b"other"}
