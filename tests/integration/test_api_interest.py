"""Late-payment interest from outside: the sheet over REST and on the command line, the tables, the claims."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

import main
from commands.cli import build_cli
from commands.system import System
from commands.web import build_web
from dunning.rates import regimes_in_force
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_company
from tests.conftest import settings_for

ASKED = {
    "country": "ES", "debtor": "business", "principal": "1000.00", "currency": "EUR", "due_on": "2026-05-31",
    "until": "2026-07-31",
}  # fmt: skip
SLICES = [
    {"from": "2026-06-01", "to": "2026-06-30", "days": 30, "principal": "1000.00", "rate": "10.15", "amount": "8.34"},
    {"from": "2026-07-01", "to": "2026-07-31", "days": 31, "principal": "1000.00", "rate": "10.40", "amount": "8.83"},
]


def client(system: System, role: Role) -> TestClient:
    def stage(work: Work) -> str:
        a_company(work)
        return access.add_api_key(work, f"tests {role}", role)

    return TestClient(build_web(system), headers={"Authorization": f"Bearer {system.house.write(stage)}"})


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    with client(system, Role.MANAGER) as made:
        yield made


def run(system: System, *words: str) -> tuple[int, dict[str, Any]]:
    ended = CliRunner().invoke(build_cli(lambda: system), [*words, "--json"])
    return ended.exit_code, json.loads(ended.stdout.splitlines()[-1])


def test_the_sheet_is_the_same_over_rest_and_on_the_command_line(system: System, api: TestClient) -> None:
    answer = api.get("/api/v1/interest", params=ASKED)
    assert answer.status_code == 200
    assert answer.json()["slices"] == SLICES
    assert (answer.json()["interest"], answer.json()["compensation"]) == ("17.17", "40.00")
    options = [word for name, value in ASKED.items() for word in (f"--{name.replace('_', '-')}", value)]
    assert run(system, "interest", *options) == (0, answer.json())


def test_a_machine_without_a_database_answers_from_the_shipped_tables(tmp_path: Path) -> None:
    fresh = main.build(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path))
    options = [word for name, value in ASKED.items() for word in (f"--{name.replace('_', '-')}", value)]
    code, sheet = run(fresh, "interest", *options)
    fresh.house.database.close()
    assert (code, sheet["slices"]) == (0, SLICES)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"country": "XX"}, "/country"),
        ({"principal": "a lot"}, "/principal"),
        ({"until": "2026-05-31"}, "/until"),
        ({"country": "DE"}, "/until"),
        ({"due_on": "yesterday"}, "/due_on"),
    ],
)
def test_a_question_without_an_answer_is_refused_at_its_place(
    api: TestClient, change: dict[str, str], pointer: str
) -> None:
    answer = api.get("/api/v1/interest", params={**ASKED, **change})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_newer_history_is_put_versioned_and_used_at_once(system: System, api: TestClient) -> None:
    table = api.get("/api/v1/interest-rates/ecb-main-refinancing").json()
    assert api.put("/api/v1/interest-rates", json=table).json()["state"] == "unchanged"
    table["rates"].append({"from": "2026-12-16", "rate": "2.65"})
    table["known_through"] = "2027-01-01"
    stored = api.put("/api/v1/interest-rates", json=table).json()
    assert (stored["version"], stored["state"]) == (2, "stored")
    late = {**ASKED, "due_on": "2026-12-31", "until": "2027-01-31"}
    assert [each["rate"] for each in api.get("/api/v1/interest", params=late).json()["slices"]] == ["10.65"]
    listed = {each["name"]: each for each in api.get("/api/v1/interest-rates").json()["data"]}
    assert (listed["ecb-main-refinancing"]["version"], listed["rules-ES"]["kind"]) == (2, "rules")


def test_a_table_with_a_flaw_is_refused_and_changes_nothing(system: System, api: TestClient) -> None:
    table = api.get("/api/v1/interest-rates/boe-bank-rate").json()
    refused = api.put("/api/v1/interest-rates", json={**table, "rates": [{"from": "2026-01-01", "rate": 3.75}]})
    assert refused.status_code == 422
    assert "/rates/0/rate" in [error["pointer"] for error in refused.json()["errors"]]
    assert api.get("/api/v1/interest-rates/boe-bank-rate").json() == table


def test_only_who_may_change_policies_may_change_rates(system: System) -> None:
    with client(system, Role.CONTROLLER) as controller:
        table = controller.get("/api/v1/interest-rates/boe-bank-rate").json()
        assert controller.put("/api/v1/interest-rates", json=table).status_code == 403


def test_a_table_comes_in_as_a_file_too(system: System, api: TestClient, tmp_path: Path) -> None:
    table = api.get("/api/v1/interest-rates/bundesbank-base").json()
    table["rates"].append({"from": "2026-01-01", "rate": "1.27"})
    table["known_through"] = "2026-06-30"
    path = tmp_path / "bundesbank.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    code, answer = run(system, "import", "rates", str(path))
    assert (code, answer["updated"]) == (0, 1)
    history = system.house.read(lambda work: regimes_in_force(work.session).histories["bundesbank-base"])
    assert str(history.rates[-1][1]) == "1.27"
    path.write_text("{", encoding="utf-8")
    assert run(system, "import", "rates", str(path))[0] == 1


def test_unknown_tables_and_claims_are_not_found(api: TestClient) -> None:
    assert api.get("/api/v1/interest-rates/libor").status_code == 404
    assert api.post("/api/v1/interest-claims/INT-1999-00001/waive", json={"reason": "x"}).status_code == 404
    assert api.get("/api/v1/interest-claims").json() == {"data": [], "has_more": False, "next_cursor": None}
