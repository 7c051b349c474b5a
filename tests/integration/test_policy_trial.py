"""A policy tried before it is stored: who would get what, what two versions differ in, and nothing is written."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from dunning import store
from dunning.policies import put_policy
from dunning.run import approve, plan_run
from dunning.tables import Decision, PolicyVersion
from runtime import access
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice

LEVELS: list[dict[str, Any]] = [{"level": 1, "days": 5}, {"level": 2, "days": 15}]
LATER = {"levels": [{"level": 1, "days": 12}, {"level": 2, "days": 15}]}


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    """Two invoices ten and thirty days late, under a policy that reminds after five."""

    def stage(work: Work) -> str:
        put_policy(work, "standard", {"levels": LEVELS})
        a_customer(work)
        an_invoice(work, "F-1001", due_on=TODAY - timedelta(days=10))
        a_customer(work, "DELTA")
        an_invoice(work, "F-2001", customer="DELTA", due_on=TODAY - timedelta(days=30))
        return access.add_api_key(work, "tests", Role.MANAGER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made


def tried(api: TestClient, body: dict[str, Any], **more: str) -> dict[str, Any]:
    answer = api.post("/api/v1/dunning-policies/preview", json={"name": "standard", "body": body, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_draft_says_whom_it_would_treat_otherwise_and_stores_nothing(system: System, api: TestClient) -> None:
    found = tried(api, LATER)
    assert (found["before"]["notices"], found["after"]["notices"], found["after"]["waiting"]) == (2, 1, 1)
    assert found["changed"] == 1
    assert found["changes"] == [
        {"invoice_number": "F-1001", "customer_id": "ACME", "open": "100.00", "currency": "EUR", "before": "level 1",
         "after": "not overdue long enough until 2026-11-22"}
    ]  # fmt: skip
    counts = system.house.read(
        lambda work: (work.session.query(Decision).count(), work.session.query(PolicyVersion.version).count())
    )
    assert counts == (0, 2), "the seeded version and the one of this stage"


def test_a_draft_can_be_tried_on_another_day(api: TestClient) -> None:
    found = tried(api, LATER, on="2026-11-22")
    assert (found["before"]["notices"], found["after"]["notices"], found["changed"]) == (2, 2, 0)


def test_what_is_wrong_with_a_draft_is_named(api: TestClient) -> None:
    answer = api.post("/api/v1/dunning-policies/preview", json={"name": "standard", "body": {"levels": []}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/levels"


def test_an_item_that_began_on_a_version_stays_on_it_under_a_draft_and_is_compared_under_both(
    system: System, api: TestClient
) -> None:
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    assert system.dispatcher.run().sent == 2
    put = api.post("/api/v1/dunning-policies", json={"name": "standard", "body": LATER})
    assert put.json()["version"] == 3
    slower = {"levels": [{"level": 1, "days": 12}, {"level": 2, "days": 60}]}
    later = str(TODAY + timedelta(days=10))
    assert tried(api, slower, on=later)["changed"] == 0, "both items began on version 2"
    put = api.post("/api/v1/dunning-policies", json={"name": "standard", "body": slower})
    found = api.get("/api/v1/dunning-policies/standard/compare", params={"before": 2, "after": 4, "on": later}).json()
    assert {each["invoice_number"]: (each["before"], each["after"][:24]) for each in found["changes"]} == {
        "F-1001": ("level 2", "not overdue long enough "),
        "F-2001": ("level 2", "not overdue long enough "),
    }
    versions = api.get("/api/v1/dunning-policies/standard/versions").json()["data"]
    assert [(each["version"], each["items"]) for each in versions] == [(4, 0), (3, 0), (2, 2), (1, 0)]


def test_two_versions_of_which_one_is_missing_cannot_be_compared(api: TestClient) -> None:
    answer = api.get("/api/v1/dunning-policies/standard/compare", params={"before": 1, "after": 99})
    assert answer.status_code == 404


# ── the page ────────────────────────────────────────────────────────────────────────────────────


def test_the_page_tries_a_draft_in_the_address_and_says_what_is_wrong_with_one(api: TestClient) -> None:
    page = api.get("/dunning-policies/standard", params={"days": ["12", "15"], "on": "2026-11-20"})
    assert (page.status_code, "1 item fares otherwise" in page.text) == (200, True)
    wrong = api.get("/dunning-policies/standard", params={"days": ["x"]})
    assert (wrong.status_code, "This draft cannot be a policy." in wrong.text) == (200, True)
    assert "is no day such as" in api.get("/dunning-policies/standard", params={"days": ["5"], "on": "soon"}).text


def test_the_form_stores_a_new_version_and_the_two_can_be_compared(system: System, api: TestClient) -> None:
    form = {"days": ["12", "15"], "grace_days": "0", "min_gap_days": "5", "resume_business_days": "3"}
    answer = api.post("/dunning-policies/standard", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200
    stored = system.house.read(lambda work: store.policy_in_force(work.session, "standard")[1])
    assert (stored.version, [level.days for level in stored.levels]) == (3, [12, 15])
    page = api.get("/dunning-policies/standard/compare", params={"before": 2, "after": 3})
    assert "1 item fares otherwise" in page.text
