"""Customers, orders and remarks with code in their names: shown as text on every page, kept from spreadsheets."""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

import main
from commands.exports import write_csv
from commands.system import System
from commands.web import build_web
from disputes.files import attach
from disputes.service import Contest, comment, open_dispute
from disputes.store import dispute_by_number
from disputes.tables import DisputeFile
from dunning import pauses, texts
from dunning.letter_text import LONGEST
from dunning.mail_jobs import keep
from dunning.run import plan_run
from merging.service import merge
from orders.intake import read_order
from orders.service import put_orders
from payments.reconciliation import reconcile
from payments.tables import BankAccount, BankEntry
from receivables import service
from receivables.intake.rows import Row
from receivables.store import customer_by_external_id
from receivables.tables import ImportRun
from reports.exports import EXPORTS, export
from reports.period import Period
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in
from tests.conftest import settings_for

PASSWORD = "a password for tests only"
CODE = "<script>alert(1)</script>"
BREAKOUT = "\"onmouseover='alert(1)' x=\"></a><img src=x onerror=alert(1)>{{7*7}}"
HOSTILE = f"{CODE}{BREAKOUT}"
NOTHING = "01890000-0000-7000-8000-000000000000"
MAY_BE_EMPTY = (
    ".pdf", ".csv", "/bank-profiles/new", "/payment-plans/new", "/payment-plans/1", "/order-confirmations",
)  # fmt: skip
"""Pages about a file, letter or plan there is none of here; so is every page about `NOTHING`."""
FORMULAS = ("=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1")


@pytest.fixture
def system(sqlite_template: Path, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """Pages are the same on either database; SQLite is enough."""
    shutil.copy(sqlite_template, tmp_path / "duecourse.db")
    built = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=clock)
    yield built
    built.house.database.close()


def a_hostile_house(work: Work, text: str = HOSTILE) -> None:
    """Every text somebody outside can choose is this one, as far as its field takes it."""
    company = a_company(work)
    a_customer(work, "ACME", name=text, vat_id=text[:40], street=text, city=text, segment=text[:80])
    customer = customer_by_external_id(work.session, "ACME")
    an_invoice(work, "F-1001", order_number=text[:80], payment_reference=text[:80])
    an_invoice(work, "F-1002")
    an_invoice(work, text[:80].strip(), amount="7.00")
    row = {"customer_id": "ACME", "received_at": str(TODAY), "currency": "EUR"}
    for number in (text[:80], "F-1001"):
        told = {**row, "order_number": number, "amount": "5.00", "po_number": text[:80], "status": "confirmed"}
        order, problems = read_order(Row("", told))
        assert order is not None, problems
        put_orders(work, company, [order])
    money_in(work, "12.00", text, counterparty=text)
    money_in(work, "7.00", text, counterparty=text)
    reconcile(work, company.id)
    service.add_note(work, customer, "note", text)
    plan_run(work)
    dispute = open_dispute(
        work, company, Contest("invoice", "F-1002", "price", TODAY, TODAY, currency="EUR", note=text, owner=text)
    )
    comment(work, dispute, text)
    pauses.promise(work, work.session.query(service.Invoice).filter_by(number="F-1001").one(), None,
                   date(2026, 11, 27), text)  # fmt: skip
    pauses.hold(work, customer, None, text, date(2026, 11, 30))


def twins(work: Work, text: str = HOSTILE) -> None:
    """Three more records of one party; two of them are put together."""
    for name in ("TWIN", "THIRD", "FOURTH"):
        a_customer(work, name, name=text, city=text, vat_id="ESB12345678")
    third, twin = (customer_by_external_id(work.session, name) for name in ("THIRD", "TWIN"))
    merge(work, third, twin, text)


def own_words(work: Work) -> None:
    """A letter's text written by somebody who tries markup."""
    texts.put_text(work, 1, "en", dict.fromkeys(LONGEST, CODE), CODE, 0)


def a_mail(text: str) -> bytes:
    """An answer of the customer that says it."""
    message = EmailMessage()
    message["From"] = "ap@acme.example"
    message["Subject"] = text
    message.set_content(f"We will pay. {text}")
    return message.as_bytes()


class Elements(HTMLParser):
    """What a browser would make of a page: its scripts, and attributes that would run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "script" and not (named.get("src") or "").startswith("/static/"):
            self.foreign.append(f"<script> {attrs}")
        self.foreign += [f"{tag} {name}" for name in named if name.startswith("on")]
        if tag == "img" and named.get("src") == "x":
            self.foreign.append("img")
        self.foreign += [str(value) for value in named.values() if (value or "").lower().startswith("javascript:")]


NEEDED = {"compare": "?before=1&after=1", "/merges/new": "?survivor=THIRD&merged=FOURTH"}
"""What a page must be asked, by its address or the end of it."""


def every_page(system: System, client: TestClient) -> Iterator[str]:
    """The address of every page there is, with the ids of things that exist."""
    found = (BankEntry, ImportRun, BankAccount, DisputeFile)
    entry, run, account, file = system.house.read(
        lambda work: [work.session.query(each.id).first()[0] for each in found]
    )
    ids = {
        "external_id": "ACME",
        "number": "1",
        "number:path": "F-1001",
        "entry_id": entry,
        "import_id": run,
        "account_id": account,
        "file_id": file,
        "code": "K1",
        "name": "standard",
        "level": "1",
        "language": "en",
    }
    for route in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        path = (route.path or "").replace("/companies/{code}", "/companies/NW")
        if "GET" in (route.methods or ()) and not path.startswith(("/api", "/health", "/metrics")):
            needed = NEEDED.get(path.rpartition("/")[2] if path.endswith("/compare") else path, "")
            yield re.sub(r"\{([^}]+)\}", lambda name: str(ids.get(name[1], NOTHING)), path) + needed
    yield from ("/customers?q=" + CODE, "/find?q=" + CODE, "/invoices?q=" + BREAKOUT, "/login?next=" + BREAKOUT)
    yield from (f"/bank-entries?entry={entry}", "/invoices/F-1002", f"/bank-entries/{entry}/find?q=F")


def test_code_in_names_is_text_on_every_page(system: System) -> None:
    system.house.write(a_hostile_house)
    system.house.write(own_words)
    system.house.write(twins)
    keep(system.house, system.archive, a_mail(HOSTILE))
    system.house.write(lambda work: attach(work, system.archive, dispute_by_number(work.session, 1), b"x", HOSTILE))
    system.house.write(lambda work: access.add_user(work, "a@nordwind.example", Role.ADMIN, PASSWORD, name=HOSTILE))
    shown = 0
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": "a@nordwind.example", "password": PASSWORD})
        for path in every_page(system, client):
            answer = client.get(path)
            assert answer.status_code == 200 or path.endswith(MAY_BE_EMPTY) or NOTHING in path, (
                path,
                answer.text[:300],
            )
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            assert Elements(answer.text).foreign == [], path
            shown += CODE.replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert shown >= 10, "the pages did not show the hostile names, so nothing was tried"


def test_what_a_form_says_back_is_text_as_well(system: System) -> None:
    system.house.write(a_hostile_house)
    system.house.write(lambda work: access.add_user(work, "a@nordwind.example", Role.ADMIN, PASSWORD))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": "a@nordwind.example", "password": PASSWORD})
        page = client.post("/customers/ACME/hold", data={"until": "2026-11-30", "reason": HOSTILE}).text
        assert "is not reminded" in page
        assert Elements(page).foreign == []


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_any_export_begins_a_formula_and_amounts_stay_numbers(system: System, formula: str) -> None:
    system.house.write(lambda work: a_hostile_house(work, f"{formula} F-1001"))

    def written(work: Work) -> dict[str, str]:
        found = {}
        for name in EXPORTS:
            file = io.StringIO()
            write_csv(file, *export(work, name, Period(None, None, None)))
            found[name] = file.getvalue()
        return found

    cells = [
        cell
        for text in system.house.read(written).values()
        for row in csv.reader(io.StringIO(text, newline=""))
        for cell in row
    ]
    starts = [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r", "\0"))]
    assert starts == []
    assert all(re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell) for cell in cells if cell.startswith("-"))
    assert any(cell.startswith(f"'{formula.strip()}") for cell in cells)
