"""A table nobody explained is held, explained once on the mapping screen or by the API, and read."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from commands.system import System
from commands.web import build_web
from intake.queue import ImportQueue
from payments.tables import BankEntry
from runtime import access
from runtime.tables import AuditEntry
from runtime.work import Role
from tests.builders import OUR_IBAN, a_bank_account

IBAN = OUR_IBAN
TABLE = (
    b"Bank of Nowhere\n\nBuchungstag;Wer;Wozu;Betrag;Rest\n"
    b"31.03.2026;Acme;RE 4711;1.234,56;2.234,56\n30.03.2026;Bolt;RE 4712;-10,00;1.000,00\n"
)
PROFILE = {
    "name": "Nowhere", "title": "Bank of Nowhere", "header": ["Buchungstag", "Wer", "Wozu", "Betrag", "Rest"],
    "columns": {"booked_on": ["Buchungstag"], "counterparty": ["Wer"], "remittance": ["Wozu"], "amount": ["Betrag"],
                "balance": ["Rest"]},
    "date_order": "dmy", "decimal_sign": ",", "currency": "EUR", "account": IBAN,
}  # fmt: skip


def _client(system: System, role: Role = Role.CONTROLLER) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, role.value, role))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False)


@pytest.fixture
def client(system: System) -> TestClient:
    system.house.write(lambda work: a_bank_account(work))
    return _client(system)


def _hand_in(system: System, client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/v1/imports", data={"kind": "statement"}, files={"file": ("umsaetze.csv", TABLE)})
    assert answer.status_code == 202
    return _worked_off(system, client, answer.json()["id"])


def _worked_off(system: System, client: TestClient, import_id: str) -> dict[str, Any]:
    queue = ImportQueue(system.door)
    while queue.work_one():
        pass
    return dict(client.get(f"/api/v1/imports/{import_id}").json())


def _form(run: dict[str, Any]) -> dict[str, Any]:
    return {
        "import_id": run["id"], "header": "1", "name": "Nowhere", "date_order": "dmy", "decimal_sign": ",",
        "currency": "EUR", "account": IBAN, "meaning": ["booked_on", "counterparty", "remittance", "amount", "balance"],
    }  # fmt: skip


def test_an_unknown_table_is_held_and_the_screen_proposes_what_its_columns_are(
    system: System, client: TestClient
) -> None:
    run = _hand_in(system, client)
    assert (run["state"], run["question"]["asks"]) == ("held", "bank_profile")
    href = f"/bank-profiles/new?import={run['id']}"
    assert href in client.get(f"/imports/{run['id']}").text
    page = client.get(href)
    assert page.status_code == 200
    chosen = re.findall(r'aria-label="Meaning of ([^"]*)">.*?<option value="([^"]*)" selected', page.text, re.DOTALL)
    assert ("buchungstag", "booked_on") in chosen
    assert ("betrag", "amount") in chosen


def test_what_a_person_explains_is_shown_saved_and_reads_the_file(system: System, client: TestClient) -> None:
    run = _hand_in(system, client)
    shown = client.post("/bank-profiles/preview", data=_form(run))
    assert "RE 4711" in shown.text
    assert client.post("/bank-profiles", data=_form(run)).headers["location"] == f"/imports/{run['id']}"
    assert client.post(f"/api/v1/imports/{run['id']}/answer", json={}).status_code in (200, 202)
    assert _worked_off(system, client, run["id"])["state"] == "done"
    rows = system.house.read(lambda work: [(row.amount, row.counterparty) for row in work.session.query(BankEntry)])
    assert sorted(rows) == [(-1_000, "Bolt"), (123_456, "Acme")]


def test_columns_that_read_nothing_are_not_saved(system: System, client: TestClient) -> None:
    run = _hand_in(system, client)
    client.post("/bank-profiles", data={**_form(run), "decimal_sign": "."})
    assert [each["author"] for each in client.get("/api/v1/bank-profiles").json()["data"] if each["author"]] == []


def test_the_api_saves_versions_and_forgets(system: System, client: TestClient) -> None:
    first = client.post("/api/v1/bank-profiles", json={"profile": PROFILE, "version": 0})
    assert (first.status_code, first.json()["version"]) == (201, 1)
    assert client.post("/api/v1/bank-profiles", json={"profile": PROFILE, "version": 0}).status_code == 412
    assert client.post("/api/v1/bank-profiles", json={"profile": PROFILE}).json()["version"] == 2
    assert _hand_in(system, client)["state"] == "done"
    assert client.delete("/api/v1/bank-profiles/Nowhere").json()["version"] == 2
    assert client.delete("/api/v1/bank-profiles/Nowhere").status_code == 404
    said = system.house.read(lambda work: [row.action for row in work.session.query(AuditEntry)])
    assert [action for action in said if action.startswith("bank_profile")] == [
        "bank_profile.saved", "bank_profile.saved", "bank_profile.forgotten"
    ]  # fmt: skip


def test_a_wrong_profile_is_refused_by_its_pointer(client: TestClient) -> None:
    answer = client.post("/api/v1/bank-profiles", json={"profile": {**PROFILE, "currency": "EURO"}})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/currency")


def test_who_may_not_import_statements_may_not_explain_them(system: System, client: TestClient) -> None:
    viewer = _client(system, Role.VIEWER)
    assert viewer.get("/api/v1/bank-profiles").status_code == 200
    assert viewer.post("/api/v1/bank-profiles", json={"profile": PROFILE}).status_code == 403
    assert viewer.get("/bank-profiles").status_code == 200


def test_the_list_of_profiles_names_the_banks_that_need_none(client: TestClient) -> None:
    client.post("/api/v1/bank-profiles", json={"profile": PROFILE})
    page = client.get("/bank-profiles").text
    assert "Nowhere" in page
    assert "Rabobank (Netherlands)" in page
