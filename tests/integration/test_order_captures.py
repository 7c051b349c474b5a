"""Orders by fax, on paper and by mail: kept as they came, typed in beside the original, and found by their words."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from intake.service import import_file
from orders import captures, store
from orders.tables import Order
from orders.words import words_of
from receivables.imports import Handed, Imported
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_company, a_customer
from tests.readers.document_files import EDIFACT_ORDER, UBL_ORDER

TIFF = b"II*\0" + b"\x08\0\0\0" + b"a fax of one page" * 20
Take = Callable[..., Imported]


@pytest.fixture
def take(system: System, tmp_path: Path) -> Take:
    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        a_customer(work, "K-7", name="Borealis Oy", country="FI")

    system.house.write(stage)

    def hand_in(name: str, content: bytes) -> Imported:
        path = tmp_path / "handed" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return import_file(system.door, Handed("orders", path, name, company="NW"))

    return hand_in


@pytest.fixture
def web(system: System) -> Iterator[TestClient]:
    email, password = "clara@nordwind.example", "a password for tests only"
    system.house.write(lambda work: access.add_user(work, email, Role.CONTROLLER, password))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": email, "password": password})
        yield client


def a_pdf(words: str) -> bytes:
    """A page with words on it, and nothing for programs."""
    stream = f"BT /F1 12 Tf 40 700 Td ({words}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 6\n0000000000 65535 f \n"
    return made + head + table + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(made)


def a_mail(sender: str = "ap@acme.example", text: str = "Please send 40 oak tops.", **files: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "orders@nordwind.example", "Our order 4711"
    message["Date"], message["Message-ID"] = "Fri, 20 Nov 2026 09:00:00 +0100", "<a@acme.example>"
    message.set_content(text)
    for name, content in files.items():
        file_name = name.replace("__", ".")
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=file_name)
    return message.as_bytes()


def waiting(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/order-captures").json()["data"]
    return found


def the_order(system: System, number: str) -> tuple[str, int, str, bool, list[str]]:
    def read(work: Work) -> tuple[str, int, str, bool, list[str]]:
        row = store.order_named(work.session, number)
        order: Order = row.Order
        kinds = [each.kind for each in store.events_of(work.session, order.id)]
        return row.external_id, order.amount, order.channel, order.document_id is not None, kinds

    return system.house.read(read)


# ── in ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_fax_waits_once_and_its_index_fills_the_form(system: System, take: Take, web: TestClient) -> None:
    assert take("fax-1.tif", TIFF).created == 1
    again = take("fax-again.tif", TIFF)
    assert (again.created, again.unchanged) == (0, 1), "the same fax twice waits once"
    index = b"scan_file,channel,customer_id,order_number,amount,currency\nfax-1.tif,paper,ACME,PO-1,120.00,EUR\n"
    assert take("index.csv", index).updated == 1
    [found] = waiting(web)
    assert (found["channel"], found["said"]["order_number"], found["said"]["amount"]) == ("paper", "PO-1", "120.00")
    page = web.get(f"/captures/{found['id']}").text
    assert 'value="PO-1"' in page
    assert web.get(f"/captures/{found['id']}/original").content == TIFF
    lost = take("lost.csv", index.replace(b"fax-1", b"fax-9"))
    assert (lost.rejected, lost.problems[0].field) == (1, "scan_file")


def test_what_is_typed_in_is_an_order_of_its_channel_with_its_original_beside_it(
    system: System, take: Take, web: TestClient
) -> None:
    take("fax-1.tif", TIFF)
    [found] = waiting(web)
    typed = {"order_number": "PO-1", "customer_id": "ACME", "amount": "120.00", "currency": "eur"}
    wrong = web.post(f"/captures/{found['id']}/order", data={**typed, "customer_id": "NOBODY"})
    assert "There is no customer" in wrong.text
    assert str(wrong.url).endswith(found["id"]), "the form again"
    assert "is captured" in web.post(f"/captures/{found['id']}/order", data=typed).text
    assert the_order(system, "PO-1") == ("ACME", 12_000, "fax", True, ["captured"])
    assert waiting(web) == []
    assert "does not wait any more" in web.post(f"/captures/{found['id']}/order", data=typed).text


def test_over_the_api_a_document_is_typed_in_or_set_aside_with_a_reason(take: Take, web: TestClient) -> None:
    take("fax-1.tif", TIFF)
    take("advertisement.pdf", a_pdf("Buy our printers"))
    first, second = waiting(web)
    body = {"order_number": "PO-1", "customer_id": "ACME", "amount": "120.00", "currency": "EUR"}
    made = web.post(f"/api/v1/order-captures/{first['id']}/order", json=body)
    assert (made.status_code, made.json()["order_number"]) == (201, "PO-1")
    assert web.post(f"/api/v1/order-captures/{second['id']}/order", json=body).status_code == 409
    aside = f"/api/v1/order-captures/{second['id']}/set-aside"
    assert web.post(aside, json={"note": ""}).status_code == 422
    assert web.post(aside, json={"note": "An advertisement."}).json()["state"] == "set_aside"
    assert web.get(f"/api/v1/order-captures/{second['id']}/original").headers["Content-Type"] == "application/pdf"


# ── mail ────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_document_in_a_mail_is_taken_and_the_mail_does_not_wait(system: System, take: Take) -> None:
    imported = take("mail.eml", a_mail(order__xml=UBL_ORDER))
    assert (imported.state, imported.created, imported.problems) == ("done", 1, [])
    [(channel, has_original)] = system.house.read(
        lambda work: [(each.channel, each.document_id is not None) for each in work.session.query(Order)]
    )
    assert (channel, has_original) == ("email", True)
    assert system.house.read(lambda work: captures.waiting_count(work.session)) == 0


def test_a_mail_without_a_document_waits_with_its_words_and_whose_it_is(take: Take, web: TestClient) -> None:
    take("mail.eml", a_mail())
    [found] = waiting(web)
    assert (found["channel"], found["said"]["customer_id"]) == ("email", "ACME")
    assert found["received_at"] == "2026-11-20T08:00:00+00:00"
    assert "40 oak tops" in web.get(f"/captures/{found['id']}").text


def test_a_sender_nobody_knows_is_no_customer_and_script_in_a_mail_is_only_words(take: Take, web: TestClient) -> None:
    take("mail.eml", a_mail("x@else.example", "<script>alert(1)</script> order"))
    [found] = waiting(web)
    assert "customer_id" not in found["said"]
    assert "<script>alert(1)" not in web.get(f"/captures/{found['id']}").text


# ── finding ─────────────────────────────────────────────────────────────────────────────────────


def test_an_original_is_found_by_its_words(take: Take, web: TestClient) -> None:
    take("letter.pdf", a_pdf("Forty walnut boards for the new canteen"))
    take("mail.eml", a_mail(text="Nine birch stools, soon."))
    page = web.get("/find", params={"q": "walnut"}).text
    assert "letter.pdf" in page
    assert "mail.eml" not in page
    assert "mail.eml" in web.get("/find", params={"q": "birch stools"}).text
    assert "Originals" not in web.get("/find", params={"q": "100%_"}).text


def test_an_order_document_is_found_by_what_stands_in_it_by_file_and_by_mail(take: Take, web: TestClient) -> None:
    take("order.xml", UBL_ORDER)
    take("mail.eml", a_mail(text="Our order is attached.", order__edi=EDIFACT_ORDER.replace(b"PO-4711", b"PO-4712")))
    assert "order.xml" in web.get("/find", params={"q": "please hurry"}).text
    assert "cbc:" not in web.get("/find", params={"q": "please hurry"}).text
    by_mail = web.get("/find", params={"q": "order is attached"}).text
    assert "mail.eml" in by_mail
    assert "/orders/" in by_mail
    assert "mail.eml" in web.get("/find", params={"q": "4012345000016"}).text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"UNH+1+ORDERS:D'FTX+AAI+++It?'s 5 ?+ 2'", "UNH 1 ORDERS D FTX AAI It's 5 + 2"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><n>Tür &amp; <![CDATA[Tor]]></n>".encode("latin-1"), "Tür & Tor"),
        ("<n>Brett</n>".encode("utf-16"), "Brett"),
        (b"<n>\xff\xfe half</n>", "\xff\xfe half"),
    ],
)
def test_the_words_of_a_document_for_programs_are_its_words_without_markup(content: bytes, words: str) -> None:
    assert words_of(content) == words
