"""A proposed notice is changed before anybody approves it: to whom it goes, how it speaks, what it names."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from dunning.policies import put_policy
from dunning.run import approve, plan_run
from dunning.tables import InterestClaim, Notice, Reminder
from receivables.store import customer_by_external_id
from receivables.tables import Contact
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.tables import AuditEntry
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice
from tests.conftest import settings_for
from tests.mailroom import Mailroom, QuickRenderer

PASSWORD = "a password for tests only"
LEVELS = ({"level": 1, "days": 5}, {"level": 2, "days": 10, "fee": {"EUR": "5.00"}, "recipient": "escalation"})


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, mail: Mailroom) -> Iterator[System]:
    """Acme got the first reminder about two invoices; the second one, with its fee, is proposed. A third is new."""
    built = main.build(settings_for(database_url, tmp_path), clock=clock, transport=mail, renderer=QuickRenderer())

    def stage(work: Work) -> None:
        rules: dict[str, Any] = {"levels": list(LEVELS), "min_gap_days": 0, "resume_business_days": 0}
        put_policy(work, "standard", rules)
        a_customer(work)
        for purpose, email in (("escalation", "boss@acme.example"), ("legal", "law@acme.example")):
            acme = customer_by_external_id(work.session, "ACME")
            work.session.add(
                Contact(customer_id=acme.id, purpose=purpose, name=purpose.title(), email=email, language="de")
            )
        an_invoice(work, "F-1001", amount="1000.00", due_on=TODAY - timedelta(days=30))
        an_invoice(work, "F-1002", amount="500.00", due_on=TODAY - timedelta(days=30))
        approve(work, plan_run(work))

    built.house.write(stage)
    assert built.dispatcher.run().sent == 1
    clock.at += timedelta(days=3)

    def propose(work: Work) -> None:
        an_invoice(work, "F-1003", amount="70.00", due_on=TODAY - timedelta(days=7))
        plan_run(work)

    built.house.write(propose)
    yield built
    assert built.house.read(lambda work: list(violations(work.session, dict(built.audit_keys)))) == []
    built.house.database.close()


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.CONTROLLER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made


def proposed(api: TestClient) -> str:
    [notice] = api.get("/api/v1/notices?state=planned").json()["data"]
    return f"/api/v1/notices/{notice['notice_id']}"


def letter(api: TestClient, path: str) -> str:
    return " ".join(api.get(f"{path}/letter.pdf").content.decode().split())


def approve_all(system: System) -> int:
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    return system.dispatcher.run().sent


def test_it_says_what_it_names_and_to_whom_it_goes(api: TestClient) -> None:
    shown = api.get(proposed(api)).json()
    assert shown["recipient"] == {"name": "Escalation", "email": "boss@acme.example", "chosen": False}
    assert [(each["invoice_number"], each["level"]) for each in shown["lines"]] == [
        ("F-1001", 2), ("F-1002", 2), ("F-1003", 1),
    ]  # fmt: skip
    assert (shown["written_as"], shown["without"], shown["edits"]) == (None, [], 0)


def test_it_goes_to_another_contact_in_that_ones_language(system: System, api: TestClient, mail: Mailroom) -> None:
    path = proposed(api)
    lawyer = system.house.read(lambda work: work.session.query(Contact).filter_by(purpose="legal").one().id)
    shown = api.post(f"{path}/edit", json={"recipient": {"contact_id": str(lawyer)}}).json()
    assert shown["recipient"] == {"name": "Legal", "email": "law@acme.example", "chosen": True}
    assert "Legal" in letter(api, path)
    assert approve_all(system) == 1
    assert list(mail.letters.values())[-1].startswith("law@acme.example\n")


def test_it_goes_to_a_typed_address_with_a_reason(system: System, api: TestClient, mail: Mailroom) -> None:
    path = proposed(api)
    to = {"name": "Ann Accountant", "email": "ann@acme.example", "language": "fr"}
    refused = api.post(f"{path}/edit", json={"recipient": to})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert api.post(f"{path}/edit", json={"recipient": to, "reason": "she asked for it"}).json()["edits"] == 1
    assert approve_all(system) == 1
    assert list(mail.letters.values())[-1].startswith("ann@acme.example\n")
    noted = system.house.read(
        lambda work: [each.reason for each in work.session.query(AuditEntry).filter_by(action="notice.edited")]
    )
    assert noted == ["she asked for it"]


def test_written_milder_it_has_the_words_and_the_fee_of_that_level_and_counts_as_its_own(
    system: System, api: TestClient, clock: SetClock
) -> None:
    path = proposed(api)
    assert "+5,00" in letter(api, path), "in German, as the contact for escalations wants it"
    shown = api.post(f"{path}/edit", json={"written_as": 1, "reason": "a good customer"}).json()
    assert (shown["level"], shown["written_as"], shown["recipient"]["email"]) == (2, 1, "ap@acme.example")
    assert "+5.00" not in letter(api, path)
    assert approve_all(system) == 1
    levels, fees = system.house.read(
        lambda work: (
            sorted(each.level for each in work.session.query(Reminder)), work.session.query(InterestClaim).count(),
        )
    )  # fmt: skip
    assert (levels, fees) == ([1, 2, 2], 0)
    clock.at += timedelta(days=4)
    assert approve_all(system) == 1, "the third invoice goes on to its own second level"


def test_its_own_level_takes_the_milder_wording_back(api: TestClient) -> None:
    path = proposed(api)
    api.post(f"{path}/edit", json={"written_as": 1, "reason": "a good customer"})
    shown = api.post(f"{path}/edit", json={"written_as": 2, "reason": "not that good"}).json()
    assert (shown["written_as"], shown["edits"]) == (None, 2)
    for wrong in (0, 3):
        assert api.post(f"{path}/edit", json={"written_as": wrong, "reason": "x"}).status_code == 422


def test_invoices_taken_out_are_free_for_the_next_run_and_the_letter_follows(
    system: System, api: TestClient, clock: SetClock
) -> None:
    path = proposed(api)
    shown = api.post(f"{path}/edit", json={"without": ["F-1001", "F-1002"], "reason": "he called about them"}).json()
    assert (shown["level"], shown["total"], shown["without"]) == (1, "70.00", ["F-1001", "F-1002"])
    said = letter(api, path)
    assert ("F-1003" in said, "F-1001" in said) == (True, False)

    def reached() -> list[int]:
        return system.house.read(lambda work: sorted(each.level for each in work.session.query(Reminder)))

    assert approve_all(system) == 1
    assert reached() == [1, 1, 1]
    clock.at += timedelta(days=1)
    assert approve_all(system) == 1
    assert reached() == [2, 2, 2]


@pytest.mark.parametrize(
    ("edit", "pointer"),
    [
        ({"without": ["F-1001", "F-1002", "F-1003"], "reason": "all"}, "/without"),
        ({"without": ["F-9999"], "reason": "not in it"}, "/without"),
        ({"without": ["F-1001"]}, "/reason"),
        ({"recipient": {"email": "no address"}, "reason": "x"}, "/recipient/email"),
        ({"recipient": {"email": "a@b.example", "language": "xx"}, "reason": "x"}, "/recipient/language"),
        ({"recipient": {"contact_id": "01890000-0000-7000-8000-000000000000"}}, "/recipient"),
        ({}, ""),
    ],
    ids=["all", "unknown", "no reason", "no address", "no language", "no contact", "nothing"],
)
def test_what_cannot_be_is_refused_and_changes_nothing(api: TestClient, edit: dict[str, Any], pointer: str) -> None:
    path = proposed(api)
    answer = api.post(f"{path}/edit", json=edit)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert api.get(path).json()["edits"] == 0


def test_only_what_waits_for_approval_can_be_changed(system: System, api: TestClient) -> None:
    path = proposed(api)
    assert approve_all(system) == 1
    answer = api.post(f"{path}/edit", json={"without": ["F-1001"], "reason": "late"})
    assert (answer.status_code, "waits for approval" in answer.text) == (409, True)


def test_nobody_approves_a_notice_that_was_changed_since_he_looked(api: TestClient) -> None:
    path = proposed(api)
    run_id = api.get("/api/v1/dunning-runs/" + run_of(api)).json()["run_id"]
    seen = api.get(f"/api/v1/dunning-runs/{run_id}").headers["ETag"]
    api.post(f"{path}/edit", json={"without": ["F-1001"], "reason": "he called"})
    assert api.post(f"/api/v1/dunning-runs/{run_id}/approve", headers={"If-Match": seen}).status_code == 412


def run_of(api: TestClient) -> str:
    [first, *_] = api.get("/api/v1/decisions?invoice=F-1003").json()["data"]
    return str(first["run_id"])


def test_the_desk_changes_a_notice_on_its_page(system: System) -> None:
    system.house.write(lambda work: access.add_user(work, "omar@nordwind.example", Role.CONTROLLER, PASSWORD))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as desk:
        desk.post("/login", data={"email": "omar@nordwind.example", "password": PASSWORD})
        assert 'href="/notices/2"' in desk.get("/dunning-runs/2").text
        shown = desk.post("/notices/2/recipient", data={"email": "ann@acme.example", "reason": "she asked"}).text
        assert "ann@acme.example" in shown
        shown = desk.post("/notices/2/level", data={"written_as": "1", "reason": "a good customer"}).text
        assert "first reminder (milder than its level)" in shown
        shown = desk.post("/notices/2/without", data={"invoices": ["F-1002"], "reason": "he called"}).text
        assert "Taken out: F-1002." in shown
        assert "changed, written as 1" in desk.get("/dunning-runs/2").text
        shown = desk.post("/notices/2/take-out", data={"reason": "all a mistake"}).text
        assert "A notice can be changed while it waits for approval." in shown
    assert system.house.read(lambda work: work.session.query(Notice).filter_by(number=2).one().state) == "cancelled"
