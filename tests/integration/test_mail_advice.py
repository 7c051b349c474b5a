"""A mail with a table explains a payment: HTML, plain text, a CSV attachment; what is unclear is refused."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from commands.system import System
from intake.service import import_file
from payments.reconciliation import reconcile
from receivables.imports import Handed, Imported
from reports.invariants import violations
from runtime.work import Work
from tests.builders import a_company, a_customer, an_invoice, money_in, the_item

HTML = """<html><body><p>Sehr geehrte Damen und Herren, heute bezahlt:</p>
<table><tr><th>Rechnungsnr.</th><th>Datum</th><th>Betrag EUR</th></tr>
<tr><td>F26/01701</td><td>01.10.2026</td><td>1.200,00</td></tr>
<tr><td>F26/01702</td><td>02.10.2026</td><td>280,50</td></tr>
<tr><td>G26/00017</td><td>03.10.2026</td><td>-90,00</td></tr>
<tr><td>Summe</td><td></td><td>1.390,50</td></tr></table></body></html>"""
TEXT = """Dear all, we paid today:

Invoice      Amount
F26/01701    1,200.00
F26/01702      280.50
G26/00017     (90.00)
Total        1,390.50

Kind regards
"""
CSV = "Document;Net amount EUR\nF26/01701;1200.00\nF26/01702;280.50\nG26/00017;90.00-\n"


def a_mail(*, html: str = "", text: str = "", csv: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Acme Ltd <ap@acme.example>", "ar@nordwind.example"
    message["Subject"], message["Message-ID"] = "Remittance advice", "<adv-1@acme.example>"
    message["Date"] = "Wed, 18 Nov 2026 09:00:00 +0100"
    message.set_content(text or "See the table.")
    if html:
        message.add_alternative(html, subtype="html")
    if csv:
        message.add_attachment(csv, subtype="csv", filename="advice.csv")
    return bytes(message)


def stage(work: Work) -> None:
    a_company(work)
    a_customer(work, "ACME")
    an_invoice(work, "F26/01701", amount="1200.00")
    an_invoice(work, "F26/01702", amount="350.50")
    an_invoice(work, "G26/00017", amount="90.00", type="credit_note")


def handed(system: System, folder: Path, content: bytes, name: str = "advice.eml") -> Imported:
    path = folder / name
    path.write_bytes(content)
    return import_file(system.door, Handed("remittance", path, name))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (a_mail(html=HTML), "advice.eml"),
        (a_mail(text=TEXT), "advice.eml"),
        (a_mail(csv=CSV), "advice.eml"),
        (a_mail(html=HTML, text=TEXT), "message"),
    ],
    ids=["html", "text", "csv attached", "without a name"],
)
def test_the_table_of_a_mail_places_the_payment(system: System, tmp_path: Path, content: bytes, name: str) -> None:
    system.house.write(stage)
    done = handed(system, tmp_path, content, name)
    assert (done.state, done.created, done.format) == ("done", 1, "mail"), done.problems
    system.house.write(lambda work: money_in(work, "1390.50", "F26/01701 U.A.", counterparty="ACME LTD"))
    run = system.house.write(lambda work: reconcile(work, a_company(work).id))
    opens = system.house.read(lambda work: [the_item(work, f"F26/0170{digit}").open for digit in (1, 2)])
    assert (run.posted, opens) == (1, [0, 70_00])
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def test_a_page_alone_is_an_advice_of_nobody_in_particular(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    done = handed(system, tmp_path, HTML.encode(), "page.html")
    assert (done.state, done.created, done.format) == ("done", 1, "mail"), done.problems


def test_the_same_mail_again_is_no_second_advice(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    handed(system, tmp_path, a_mail(html=HTML))
    again = handed(system, tmp_path, a_mail(html=HTML, text="forwarded"), "again.eml")
    assert (again.created, again.unchanged) == (0, 1)


def test_a_total_that_the_rows_do_not_make_waits_for_a_person(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    done = handed(system, tmp_path, a_mail(html=HTML.replace("1.390,50", "1.400,00")))
    assert "do not add up" in done.problems[0].message


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("280,50", "1.280", "no amount that can be read for certain"),
        ("280,50", "zwei", "no amount that can be read for certain"),
        ("280,50", "USD 280,50", "several currencies"),
        ("Betrag EUR", "Bemerkung", "no table of documents and amounts"),
        ("F26/01702", "", "no document or no amount"),
    ],
)
def test_what_is_unclear_is_refused_with_its_place(
    system: System, tmp_path: Path, before: str, after: str, says: str
) -> None:
    system.house.write(stage)
    done = handed(system, tmp_path, a_mail(html=HTML.replace(before, after)))
    assert done.state == "refused"
    assert says in done.problems[0].message
