"""What goes with a letter: a statement of account in the customer's language, and copies of the invoices it names."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest
from pypdf import PdfReader, PdfWriter
from sqlalchemy import update
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid
from dunning import enclosures
from dunning.delivery import compose
from dunning.enclosures import _copies
from dunning.letter import Letter
from dunning.policies import put_policy
from dunning.run import approve, plan_run
from dunning.tables import Notice
from payments import service as cash
from receivables.store import invoice_by_number
from receivables.tables import Invoice
from reports.invariants import violations
from runtime import access
from runtime.tables import Document
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice, money_in, the_item

POST = {"street": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid"}


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.MANAGER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def stage(system: System, *attachments: str, language: str = "en", channel: str = "email") -> None:
    """Acme owes two invoices that are late, one that is not due, and has a credit note."""

    def prepare(work: Work) -> None:
        level = {"level": 1, "days": 5, "channel": channel, "attachments": list(attachments)}
        put_policy(work, "standard", {"levels": [level], "min_gap_days": 0, "resume_business_days": 0})
        a_customer(work, language=language, **POST)
        an_invoice(work, "F-1001", amount="1000.00", due_on=TODAY - timedelta(days=30))
        an_invoice(work, "F-1002", amount="500.00", due_on=TODAY - timedelta(days=20))
        an_invoice(work, "F-1003", amount="70.00", due_on=TODAY + timedelta(days=20))
        an_invoice(work, "C-2001", amount="40.00", due_on=TODAY, type="credit_note")

    system.house.write(prepare)


def a_pdf(text: str = "") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": text})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def original(system: System, number: str, content: bytes, name: str = "scan.pdf", *, size: int = 0) -> None:
    """Gives an invoice its archived original."""

    def do(work: Work) -> None:
        document = system.archive.record(
            work, content, kind="invoice", name=name, media_type="application/octet-stream"
        )
        invoice_by_number(work.session, number).document_id = document.id
        if size:
            work.session.execute(update(Document).where(Document.id == document.id).values(size=size))

    system.house.write(do)


def send(system: System) -> int:
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    return system.dispatcher.run().sent


def mail(tmp_path: Path) -> EmailMessage:
    [path] = (tmp_path / "outbox").glob("*.eml")
    return cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=default))


def attached(message: EmailMessage) -> dict[str, bytes]:
    return {str(each.get_filename()): each.get_payload(decode=True) for each in message.iter_attachments()}  # type: ignore[misc]


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def the_notice(system: System) -> str:
    return system.house.read(lambda work: f"/api/v1/notices/{work.session.query(Notice).one().id}")


def test_a_statement_and_the_originals_go_with_the_mail_and_are_kept_as_they_went(
    system: System, api: TestClient, tmp_path: Path
) -> None:
    stage(system, "statement", "invoices")
    scan = a_pdf("F-1001")
    original(system, "F-1001", scan)
    assert send(system) == 1
    files = attached(mail(tmp_path))
    assert list(files) == ["N-2026-00001.pdf", "Statement of account N-2026-00001.pdf", "F-1001.pdf"]
    assert files["F-1001.pdf"] == scan, "byte for byte"
    said = text_of(files["Statement of account N-2026-00001.pdf"])
    for line in ("F-1001", "F-1002", "F-1003", "C-2001", "credit note", "-40.00", "Balance 1,530.00"):
        assert line in said, line
    assert "Enclosed: Statement of account; copies of invoices F-1001" in text_of(files["N-2026-00001.pdf"])

    shown = api.get(the_notice(system)).json()["enclosures"]
    assert [each["sha256"] for each in shown] == [
        hashlib.sha256(files[name]).hexdigest() for name in list(files)[1:]
    ]  # fmt: skip
    assert api.get(f"{the_notice(system)}/enclosures/1").content == files["Statement of account N-2026-00001.pdf"]
    assert api.get(f"{the_notice(system)}/enclosures/2").content == scan
    assert api.get(f"{the_notice(system)}/enclosures/3").status_code == 404
    pack = zipfile.ZipFile(io.BytesIO(api.get("/api/v1/customers/ACME/evidence.zip").content))
    assert "letters/notice 00001, F-1001.pdf" in pack.namelist()


@pytest.mark.parametrize(
    ("language", "title", "balance"),
    [("de", "Kontoauszug", "Saldo 1.530,00"), ("fr", "Relevé de compte", "Solde 1 530,00"),
     ("es", "Extracto de cuenta", "Saldo 1.530,00")],
)  # fmt: skip
def test_the_statement_is_in_the_language_of_the_letter(
    system: System, api: TestClient, language: str, title: str, balance: str
) -> None:
    stage(system, "statement", language=language)
    system.house.write(lambda work: plan_run(work) and None)
    said = text_of(api.get(f"{the_notice(system)}/enclosures/1").content)
    assert title in said
    assert balance in said.replace("\u202f", " ").replace("\xa0", " ")


def test_a_payment_between_drawing_and_the_gate_has_the_statement_drawn_anew(system: System) -> None:
    """Even one of an invoice the letter does not name: what is enclosed says what is so."""
    stage(system, "statement")
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    notice = system.house.read(lambda work: work.session.query(Notice).one().id)
    prepared = system.house.read(lambda work: system.notices.prepare(work, notice))

    def pay(work: Work) -> None:
        entry = money_in(work, "70.00", "F-1003")
        cash.apply_entry(work, entry, [cash.Placing(the_item(work, "F-1003").id, 7_000)])

    system.house.write(pay)
    assert system.house.write(lambda work: system.notices.gate(work, notice, prepared)) is False  # type: ignore[arg-type]


def test_what_is_too_large_or_no_pdf_is_named_and_sent_on_request(
    system: System, api: TestClient, tmp_path: Path
) -> None:
    stage(system, "invoices")
    original(system, "F-1001", a_pdf(), size=enclosures.MOST_BYTES + 1)
    original(system, "F-1002", b"<Invoice/>", "invoice.xml")
    assert send(system) == 1
    files = attached(mail(tmp_path))
    assert list(files) == ["N-2026-00001.pdf"]
    assert "Copies on request, too large or not a PDF: F-1001, F-1002" in text_of(files["N-2026-00001.pdf"])


def test_all_copies_together_have_a_bound(system: System) -> None:
    stage(system, "invoices")
    for number in ("F-1001", "F-1002"):
        original(system, number, a_pdf(number), size=enclosures.MOST_BYTES // 2 + 1)

    def read(work: Work) -> tuple[list[str], tuple[str, ...]]:
        ids = [invoice_by_number(work.session, number).id for number in ("F-1001", "F-1002")]
        copies, left = _copies(work.session, ids)
        return [each.number for each in copies], left

    assert system.house.read(read) == (["F-1001"], ("F-1002",))


def test_a_file_several_invoices_came_in_is_nobodys_copy(system: System, api: TestClient, tmp_path: Path) -> None:
    stage(system, "invoices")
    original(system, "F-1001", a_pdf())

    def share(work: Work) -> None:
        a_customer(work, "DELTA", email="")
        an_invoice(work, "F-3001", customer="DELTA")
        document = invoice_by_number(work.session, "F-1001").document_id
        work.session.execute(update(Invoice).where(Invoice.number == "F-3001").values(document_id=document))

    system.house.write(share)
    assert send(system) == 1
    assert list(attached(mail(tmp_path))) == ["N-2026-00001.pdf"]


def test_what_is_enclosed_stands_behind_its_letter_in_the_print_file(system: System, api: TestClient) -> None:
    stage(system, "statement", "invoices", channel="letter")
    original(system, "F-1001", a_pdf())
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    run = system.house.read(lambda work: work.session.query(Notice).one().run_id)
    assert api.post(f"/api/v1/dunning-runs/{run}/print").json() == {"letters": 1, "withdrawn": 0, "left": 0}
    pages = PdfReader(io.BytesIO(api.get(f"/api/v1/dunning-runs/{run}/print.pdf").content)).pages
    assert len(pages) == 3
    assert "Statement of account" in pages[1].extract_text()
    assert api.post(f"/api/v1/dunning-runs/{run}/print").status_code == 200, "made anew, the enclosures are noted once"
    assert len(api.get(the_notice(system)).json()["enclosures"]) == 2


def test_a_level_that_encloses_nothing_writes_the_letter_as_before(system: System) -> None:
    stage(system)
    system.house.write(lambda work: plan_run(work) and None)
    letter = system.house.read(lambda work: compose(work, work.session.query(Notice).one()))
    assert isinstance(letter, Letter)
    assert (letter.statement, letter.copies, letter.on_request) == (None, (), ())


@pytest.mark.parametrize(
    ("level", "where"),
    [
        ({"level": 1, "days": 5, "attachments": "statement"}, "/levels/0/attachments"),
        ({"level": 1, "days": 5, "attachments": ["a cake"]}, "/levels/0/attachments"),
        ({"level": 1, "days": 5, "attachments": ["statement"], "channel": "phone"}, "/levels/0/attachments"),
    ],
    ids=["no list", "unknown", "a call"],
)
def test_a_policy_names_what_cannot_be_enclosed(system: System, level: dict[str, Any], where: str) -> None:
    with pytest.raises(Invalid) as refused:
        system.house.write(lambda work: put_policy(work, "standard", {"levels": [level]}) and None)
    assert [each.where for each in refused.value.problems] == [where]
