"""Opening cases: by programs, in bulk, about deliveries; why an invoice rests; and walking the chain both ways."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from dunning.run import approve, plan_run
from payments import service as cash
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice, money_in, the_item
from tests.conftest import settings_for


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    built = main.build(settings_for(database_url, tmp_path), clock=clock)

    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work, owner="clara@nordwind.example")
        an_invoice(work, "F-1", order_number="PO-1", delivery_number="LS-1")
        an_invoice(work, "F-2", order_number="PO-1")
        an_invoice(work, "F-3", order_number="PO-2")

    built.house.write(stage)
    yield built
    built.house.database.close()


def as_role(system: System, role: Role) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, f"key-{role}", role))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def erp(system: System) -> Iterator[TestClient]:
    with as_role(system, Role.ERP) as client:
        yield client


@pytest.fixture
def desk(system: System) -> Iterator[TestClient]:
    with as_role(system, Role.CONTROLLER) as client:
        yield client


def opened(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/disputes", json={"reason": "price", **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def paused(client: TestClient, number: str) -> list[tuple[str, int]]:
    answer = client.get("/api/v1/pauses", params={"invoice": number, "running": True})
    return [(each["invoice_number"], each["case"]) for each in answer.json()["data"]]


def test_the_erp_opens_a_case_reads_it_back_and_decides_nothing(erp: TestClient) -> None:
    made = opened(erp, subject={"kind": "order", "reference": "PO-1"})
    assert (made["door"], made["opened_by"]) == ("erp", "key:key-erp")
    assert made["owner"] == "clara@nordwind.example", "whoever looks after the customer"
    read = erp.get(f"/api/v1/disputes/{made['id']}")
    assert (read.status_code, read.json()["case"]) == (200, made["case"])
    ending = {"outcome": "accepted"}
    refused = erp.post(f"/api/v1/disputes/{made['id']}/resolve", json=ending, headers={"If-Match": '"1"'})
    assert refused.status_code == 403
    assert paused(erp, "F-1") == [("F-1", made["case"])]


def test_a_crm_says_by_which_door_its_case_came(erp: TestClient, desk: TestClient) -> None:
    opened(erp, subject={"kind": "invoice", "reference": "F-3"}, door="crm")
    opened(desk, subject={"kind": "invoice", "reference": "F-2"})
    doors = [each["door"] for each in desk.get("/api/v1/disputes").json()["data"]]
    assert doors == ["desk", "crm"]


def test_every_invoice_of_an_order_is_contested_in_one_step_and_the_cases_know_each_other(erp: TestClient) -> None:
    made = erp.post("/api/v1/disputes/bulk", json={"order_number": "PO-1", "reason": "quality", "note": "Scratched."})
    assert made.status_code == 201, made.text
    cases = made.json()["data"]
    assert [each["subject"]["reference"] for each in cases] == ["F-1", "F-2"]
    assert [paused(erp, number) for number in ("F-1", "F-2", "F-3")] == [[("F-1", 1)], [("F-2", 2)], []]
    assert erp.get(f"/api/v1/disputes/{cases[0]['id']}").json()["linked"] == [cases[1]["case"]]


def test_what_is_settled_or_contested_already_is_left_out_and_said(system: System, erp: TestClient) -> None:
    def pay(work: Work) -> None:
        cash.apply_entry(work, money_in(work, "100.00"), [cash.Placing(the_item(work, "F-2").id, 10_000)])

    system.house.write(pay)
    opened(erp, subject={"kind": "invoice", "reference": "F-3"})
    answer = erp.post("/api/v1/disputes/bulk", json={"invoices": ["F-1", "F-2", "F-3"], "reason": "price"}).json()
    assert [each["subject"]["reference"] for each in answer["data"]] == ["F-1"]
    assert answer["left_out"] == [
        {"invoice_number": "F-2", "why": "Nothing is open on it."},
        {"invoice_number": "F-3", "why": "Case 1 contests all of it already."},
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"invoices": ["F-1"], "order_number": "PO-1"}, 422),
        ({}, 422),
        ({"order_number": "PO-404"}, 422),
        ({"invoices": ["F-404"]}, 404),
        ({"invoices": ["F-1"], "reason": "whim"}, 422),
    ],
)
def test_a_wrong_bulk_opens_nothing(erp: TestClient, body: dict[str, Any], status: int) -> None:
    answer = erp.post("/api/v1/disputes/bulk", json={"reason": "price", **body})
    assert answer.status_code == status, answer.text
    assert erp.get("/api/v1/disputes").json()["data"] == []


# ── the desk ────────────────────────────────────────────────────────────────────────────────────


def signed_in(system: System) -> TestClient:
    email, password = "clara@nordwind.example", "a password for tests only"
    system.house.write(lambda work: access.add_user(work, email, Role.CONTROLLER, password))
    client = TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"})
    client.post("/login", data={"email": email, "password": password})
    return client


def test_on_the_desk_a_delivery_an_order_and_chosen_invoices_are_contested(system: System, erp: TestClient) -> None:
    with signed_in(system) as client:
        client.post("/invoice-disputes", data={"number": "F-1", "about": "delivery", "reason": "delivery"})
        client.post("/order-disputes", data={"number": "PO-1", "company": "NW", "reason": "quantity"})
        client.post("/order-disputes", data={"number": "PO-2", "scope": "invoices", "reason": "quantity"})
        page = client.post("/invoice-disputes/bulk", data={"ids": ["F-1", "F-2", "F-1"], "reason": "price"})
        assert "Opened: case 4, 5." in page.text
        wrong = client.post("/invoice-disputes", data={"number": "F-3", "about": "delivery", "reason": "delivery"})
        assert "F-3 names no delivery." in wrong.text
        subjects = [each["subject"] for each in erp.get("/api/v1/disputes").json()["data"]]
        assert [(each["kind"], each["reference"]) for each in reversed(subjects)] == [
            ("delivery", "LS-1"),
            ("order", "PO-1"),
            ("invoice", "F-3"),
            ("invoice", "F-1"),
            ("invoice", "F-2"),
        ]


def test_wherever_an_invoice_is_shown_it_says_why_it_rests(system: System, desk: TestClient) -> None:
    made = opened(desk, subject={"kind": "invoice", "reference": "F-1"}, reason="quality")
    why = f'href="/disputes/{made["case"]}">case {made["case"]}: invoice F-1, quality</a>'
    with signed_in(system) as client:
        for page in ("/invoices", "/invoices/F-1", "/customers/ACME"):
            assert why in client.get(page).text, page


# ── the chain ───────────────────────────────────────────────────────────────────────────────────


def chain(client: TestClient, kind: str, reference: object) -> dict[str, list[str]]:
    answer = client.get(f"/api/v1/chain/{kind}/{reference}")
    assert answer.status_code == 200, answer.text
    return {name: [each["reference"] for each in links] for name, links in answer.json().items()}


def test_the_chain_is_walked_from_every_link_to_every_other_and_back(system: System, erp: TestClient) -> None:
    def live(work: Work) -> str:
        entry = money_in(work, "40.00")
        cash.apply_entry(work, entry, [cash.Placing(the_item(work, "F-1").id, 4000)])
        return str(entry.id)

    entry = system.house.write(live)
    made = opened(erp, subject={"kind": "delivery", "reference": "LS-1"}, reason="delivery")
    from_invoice = chain(erp, "invoice", "F-1")
    assert from_invoice == {
        "orders": ["PO-1"], "deliveries": ["LS-1"], "invoices": ["F-1"], "payments": [entry],
        "disputes": [str(made["case"])], "notices": [],
    }  # fmt: skip
    assert chain(erp, "payment", entry) == chain(erp, "delivery", "LS-1") == from_invoice
    assert chain(erp, "dispute", made["case"]) == from_invoice
    assert chain(erp, "order", "PO-1")["invoices"] == ["F-1", "F-2"]


def test_a_letter_leads_to_its_invoices_and_each_invoice_to_its_letter(system: System, erp: TestClient) -> None:
    system.house.write(lambda work: approve(work, plan_run(work)))
    [notice] = chain(erp, "order", "PO-2")["notices"]
    assert chain(erp, "notice", notice)["invoices"] == ["F-1", "F-2", "F-3"]
    assert chain(erp, "invoice", "F-1")["notices"] == [notice]


@pytest.mark.parametrize("link", ["order/PO-404", "delivery/x", "invoice/x", "payment/x", "dispute/x", "notice/9"])
def test_there_is_no_chain_of_what_nobody_knows(erp: TestClient, link: str) -> None:
    assert erp.get(f"/api/v1/chain/{link}").status_code == 404


def test_the_chain_is_a_page_and_a_part_of_other_pages(system: System) -> None:
    with signed_in(system) as client:
        page = client.get("/chain/order/PO-1")
        assert 'href="/invoices/F-2"' in page.text
        part = client.get("/chain/order/PO-1", headers={"HX-Request": "true"})
        assert "<html" not in part.text
        assert 'href="/invoices/F-2"' in part.text
        for shown in ("/invoices/F-1", "/disputes"):
            assert client.get(shown).status_code == 200
