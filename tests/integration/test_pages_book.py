"""Every page of the desk answers: on an empty system, and with something in the book."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from disputes.service import Contest, open_dispute
from dunning.run import plan_run
from payments.reconciliation import reconcile
from runtime import access
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in

OURS = {"Sec-Fetch-Site": "same-origin"}
PAGES = ("/", "/customers", "/invoices", "/invoices?state=overdue", "/imports", "/bank-entries", "/statements",
         "/disputes", "/dunning-runs", "/credit", "/jobs")  # fmt: skip


@pytest.fixture
def desk(system: System) -> Iterator[TestClient]:
    system.house.write(lambda work: access.add_user(work, "mg@nordwind.example", Role.ADMIN, "twelve letters"))
    with TestClient(build_web(system), headers=OURS) as client:
        login = client.post("/login", data={"email": "mg@nordwind.example", "password": "twelve letters"})
        assert login.status_code == 200, login.text
        yield client


def _stage(work: Work) -> None:
    a_customer(work, credit_limit="50.00")
    an_invoice(work, "F/1001", order_number="PO-1")
    an_invoice(work, "F-1002", amount="70.00")
    money_in(work, "70.00", "F-1002")
    money_in(work, "12.00", "nobody knows")
    reconcile(work, a_company(work).id)
    open_dispute(work, a_company(work), Contest("order", "PO-1", "price", TODAY, TODAY))
    plan_run(work)


@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_on_an_empty_system(desk: TestClient, path: str) -> None:
    assert desk.get(path).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/customers/ACME", "/invoices/F/1001", "/customers?q=acme"])
def test_pages_answer_with_something_in_the_book(desk: TestClient, system: System, path: str) -> None:
    system.house.write(_stage)
    assert desk.get(path).status_code == 200


def test_every_link_of_the_navigation_leads_to_a_page(desk: TestClient) -> None:
    links = re.findall(r'href="(/[a-z-]*)"', desk.get("/").text)
    assert links
    for link in set(links):
        assert desk.get(link).status_code == 200, link


def test_a_paused_invoice_says_why(desk: TestClient, system: System) -> None:
    system.house.write(_stage)
    assert "PO-1" in desk.get("/invoices/F/1001").text
    assert "Why is it not reminded?" in desk.get("/invoices/F/1001").text


def test_the_search_box_finds_what_people_remember(desk: TestClient, system: System) -> None:
    system.house.write(_stage)
    assert "/customers/ACME" in desk.get("/find?q=acm").text
    fragment = desk.get("/find?q=PO-1", headers={"HX-Request": "true"}).text
    assert "/invoices/F/1001" in fragment
    assert "/disputes/1" in fragment
    assert "<html" not in fragment
    assert "Nothing found" in desk.get("/find?q=zzz").text


def test_a_stranger_is_sent_to_the_login(system: System) -> None:
    with TestClient(build_web(system), follow_redirects=False) as stranger:
        for path in PAGES:
            assert stranger.get(path).headers["location"].startswith("/login")


def test_a_form_of_another_site_is_refused(desk: TestClient, system: System) -> None:
    system.house.write(_stage)
    forged = desk.post("/customers/ACME/notes", data={"body": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
