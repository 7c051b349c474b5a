"""Merging over the API, on the pages and from the command line: suggested, looked at, confirmed, taken apart."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from commands.cli import build_cli
from commands.system import System
from commands.web import build_web
from core.money import Money
from credit import service as credit
from receivables.store import customer_as_kept
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice

PAIR = {"survivor": "ACME", "merged": "ACME-2"}
VAT = "ESB12345678"


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work, "ACME", vat_id=VAT)
        a_customer(work, "ACME-2", vat_id="ES B-12345678")
        a_customer(work, "BOREALIS")
        an_invoice(work, "F-1001", "ACME-2", "70.00")
        credit.set_limit(work, customer_as_kept(work.session, "ACME-2"), Money(90_000, "EUR"))
        access.add_user(work, "m@nordwind.example", Role.MANAGER, "a long password here")
        return access.add_api_key(work, "tests", Role.MANAGER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


@pytest.fixture
def desk(system: System, api: TestClient) -> Iterator[TestClient]:
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": "m@nordwind.example", "password": "a long password here"})
        yield client


def merge(api: TestClient, **more: str) -> Any:
    return api.post("/api/v1/customer-merges", json={**PAIR, "reason": "one VAT number", **more})


def test_a_pair_is_suggested_with_its_reason_until_a_person_says_they_are_two(api: TestClient) -> None:
    found = api.get("/api/v1/customer-duplicates").json()
    assert [(each["first"]["customer_id"], each["second"]["customer_id"]) for each in found["data"]] == [
        ("ACME", "ACME-2")
    ]
    assert (found["total"], found["data"][0]["reasons"]) == (1, ["vat_id"])
    said = {"first": "ACME-2", "second": "ACME"}
    assert api.post("/api/v1/customer-duplicates/dismiss", json=said).json() == {**said, "dismissed": True}
    assert api.post("/api/v1/customer-duplicates/dismiss", json=said).status_code == 200
    assert api.get("/api/v1/customer-duplicates").json() == {"data": [], "total": 0}
    same = api.post("/api/v1/customer-duplicates/dismiss", json={"first": "ACME", "second": "ACME"})
    assert same.status_code == 422


def test_what_would_move_is_seen_before(api: TestClient) -> None:
    seen = api.get("/api/v1/customer-merges/preview", params=PAIR).json()
    assert {"what": "invoices and credit notes", "count": 1} in seen["moves"]
    assert seen["owed"] == [{"currency": "EUR", "open": "70.00", "credits": "0.00", "unapplied": "0.00"}]
    assert (seen["limits"], seen["unused_limits"]) == ([], [{"currency": "EUR", "amount": "900.00"}])
    assert seen["obstacles"] == []
    same = api.get("/api/v1/customer-merges/preview", params={"survivor": "ACME", "merged": "ACME"}).json()
    assert same["obstacles"] == ["A customer cannot be merged into itself."]


def test_a_merge_is_told_to_other_programs_and_in_the_history_of_both(api: TestClient) -> None:
    cursor = api.get("/api/v1/changes?cursor=end").json()["next_cursor"]
    made = merge(api)
    assert (made.status_code, made.json()["number"], made.json()["actor"]) == (201, 1, "key:tests")
    assert api.get("/api/v1/customers/ACME-2").json()["customer_id"] == "ACME"
    assert [each["customer_id"] for each in api.get("/api/v1/customers").json()["data"]] == ["ACME", "BOREALIS"]
    assert api.get("/api/v1/customers/ACME/open-items").json()["data"][0]["invoice_number"] == "F-1001"
    undone = api.post("/api/v1/customer-merges/1/undo", json={"reason": "two branches"})
    assert (undone.status_code, undone.json()["undo_reason"]) == (200, "two branches")
    again = api.post("/api/v1/customer-merges/1/undo", json={"reason": "two branches"})
    assert (again.status_code, again.json()["detail"]) == (409, "Merge 1 was taken apart already.")
    told = api.get("/api/v1/changes", params={"cursor": cursor, "kind": ["customer.merged", "customer.unmerged"]})
    said = {"merge": 1, "survivor": "ACME", "merged": "ACME-2"}
    assert [(each["kind"], each["data"]) for each in told.json()["data"]] == [
        ("customer.merged", {**said, "reason": "one VAT number"}),
        ("customer.unmerged", {**said, "reason": "two branches"}),
    ]
    for number in ("ACME", "ACME-2"):
        history = api.get(f"/api/v1/customers/{number}/timeline").json()["data"]
        assert {"merged", "taken_apart"} <= {each["kind"] for each in history}
    audit = api.get("/api/v1/audit", params={"subject": "customer:ACME-2"}).json()["data"]
    assert {"customer.merged", "customer.unmerged"} <= {each["action"] for each in audit}


def test_a_merge_that_must_not_be_is_refused_in_words(api: TestClient) -> None:
    assert merge(api, reason=" ").status_code == 422
    assert merge(api, merged="NOBODY").status_code == 404
    assert (merge(api, merged="ACME").status_code, api.get("/api/v1/customer-merges/9").status_code) == (409, 404)
    assert api.get("/api/v1/customer-merges").json()["data"] == []


def test_a_person_compares_confirms_and_takes_apart_on_the_pages(desk: TestClient) -> None:
    listed = desk.get("/duplicates").text
    assert "same VAT number" in listed
    seen = desk.get("/merges/new", params=PAIR).text
    assert "Invoices and credit notes" in seen
    assert "does not count any more" in seen
    done = desk.post("/merges", data={**PAIR, "reason": "one VAT number"}).text
    assert "ACME-2 is a part of ACME now (merge 1)." in done
    assert "also ACME-2" in desk.get("/customers/ACME-2").text
    assert "Merged" in desk.get("/customers/ACME").text
    assert "Take apart" in desk.get("/merges/1").text
    apart = desk.post("/merges/1/undo", data={"reason": "two branches"}).text
    assert "They are two customers again." in apart
    assert "taken apart" in desk.get("/duplicates").text
    said = desk.post("/duplicates/dismiss", data={"first": "ACME", "second": "ACME-2"}).text
    assert "are not suggested again" in said
    assert "same VAT number" not in desk.get("/duplicates").text


def test_the_command_line_lists_merges_and_takes_apart(system: System, api: TestClient) -> None:
    def run(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(build_cli(lambda: system), ["customer", *words, "--json"])
        return answer.exit_code, answer.output.strip().splitlines()[-1]

    assert run("duplicates") == (0, '{"duplicates":[{"first":"ACME","second":"ACME-2","reasons":["vat_id"]}]}')
    assert run("merge", "ACME", "ACME-2", "--reason", "one")[1] == '{"merge":1,"survivor":"ACME","merged":"ACME-2"}'
    assert run("merge", "ACME", "ACME-2", "--reason", "one")[0] == 1
    assert run("unmerge", "1", "--reason", "two") == (0, '{"merge":1,"undone":true}')
