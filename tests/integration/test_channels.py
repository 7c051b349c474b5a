"""Notices that go by post, as a call or as a registered letter: printed through the gate, then posted or done."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from httpx import Response
from pypdf import PdfReader
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from dunning import pauses
from dunning.policies import put_policy
from dunning.tables import Decision, Notice, Reminder
from payments import service as cash
from receivables.store import customer_by_external_id
from reports.invariants import violations
from runtime import access
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice, money_in, the_item

POST = {"street": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid"}


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.CONTROLLER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def stage(system: System, *levels: dict[str, Any], names: tuple[str, ...] = ("ACME",), customer: dict[str, str] = POST,
          **rules: Any) -> None:  # fmt: skip
    """Each of them owes 100.00 under a policy of these levels."""

    def prepare(work: Work) -> None:
        put_policy(work, "standard", {"levels": list(levels), "min_gap_days": 0, "resume_business_days": 0, **rules})
        for name in names:
            a_customer(work, name, **customer)
            an_invoice(work, f"F-{name}", customer=name)

    system.house.write(prepare)


def approved(api: TestClient) -> str:
    """The path of today's run, planned and approved."""
    planned = api.post("/api/v1/dunning-runs", json={})
    path = f"/api/v1/dunning-runs/{planned.json()['run_id']}"
    answer = api.post(f"{path}/approve", headers={"If-Match": planned.headers["ETag"]})
    assert answer.status_code == 200, answer.text
    return path


def texts(answer: Response) -> list[str]:
    assert answer.headers["content-type"] == "application/pdf"
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]


def states(system: System) -> list[tuple[str, str]]:
    return system.house.read(
        lambda work: [(each.channel, each.state) for each in work.session.query(Notice).order_by(Notice.number)]
    )


def reached(system: System) -> list[tuple[int, date]]:
    return system.house.read(lambda work: [(each.level, each.last_sent_on) for each in work.session.query(Reminder)])


def pay(system: System, name: str) -> None:
    def do(work: Work) -> None:
        cash.apply_entry(work, money_in(work, "100.00", name), [cash.Placing(the_item(work, f"F-{name}").id, 10_000)])

    system.house.write(do)


# ── by post ─────────────────────────────────────────────────────────────────────────────────────

LETTER = {"level": 1, "days": 5, "channel": "letter"}


def test_approved_letters_are_printed_in_one_file_and_count_once_they_were_posted(
    system: System, api: TestClient
) -> None:
    stage(system, LETTER, names=("ACME", "DELTA"))
    path = approved(api)
    assert states(system) == [("letter", "approved")] * 2
    assert system.dispatcher.run().sent == 0, "no mail"
    assert api.get(f"{path}/print.pdf").status_code == 404
    made = api.post(f"{path}/print")
    assert made.json() == {"letters": 2, "withdrawn": 0, "left": 0}
    first, second = texts(api.get(f"{path}/print.pdf"))
    assert ("F-ACME" in first, "F-DELTA" in second) == (True, True)
    assert "Calle Mayor 1" in first
    assert (states(system), reached(system)) == ([("letter", "sending")] * 2, [])
    assert api.post(f"{path}/posted", json={"on": "2026-11-20"}).json() == {"posted": 2}
    assert (states(system), reached(system)) == ([("letter", "sent")] * 2, [(1, TODAY)] * 2)
    assert api.post(f"{path}/posted", json={}).status_code == 409
    assert api.post(f"{path}/print").status_code == 409


def test_what_is_paid_or_held_by_the_time_of_printing_is_taken_out_of_the_file(system: System, api: TestClient) -> None:
    stage(system, LETTER, names=("ACME", "BOREALIS", "DELTA"))
    path = approved(api)
    pay(system, "ACME")
    system.house.write(
        lambda work: pauses.hold(work, customer_by_external_id(work.session, "DELTA"), None, "wait", TODAY) and None
    )
    assert api.post(f"{path}/print").json() == {"letters": 1, "withdrawn": 2, "left": 0}
    [only] = texts(api.get(f"{path}/print.pdf"))
    assert "F-BOREALIS" in only
    assert [state for _, state in states(system)] == ["cancelled", "sending", "cancelled"]


def test_a_payment_between_printing_and_posting_takes_the_letter_out_of_the_next_file_or_marks_it_crossed(
    system: System, api: TestClient
) -> None:
    stage(system, LETTER, names=("ACME", "DELTA"))
    path = approved(api)
    api.post(f"{path}/print")
    pay(system, "ACME")
    notices = api.get(f"{path}/notices").json()["data"]
    assert [each["crossed"] for each in notices] == [True, False]
    assert api.post(f"{path}/print").json() == {"letters": 1, "withdrawn": 1, "left": 0}
    assert len(texts(api.get(f"{path}/print.pdf"))) == 1


def test_a_printed_letter_can_be_dropped_and_some_posted_before_others(system: System, api: TestClient) -> None:
    stage(system, LETTER, names=("ACME", "BOREALIS", "DELTA"))
    path = approved(api)
    api.post(f"{path}/print")
    first, second, _ = api.get(f"{path}/notices").json()["data"]
    dropped = api.post(f"/api/v1/notices/{first['notice_id']}/drop", json={"reason": "spoke to them"})
    assert dropped.json()["state"] == "cancelled"
    assert api.post(f"{path}/posted", json={"notices": [first["notice_id"]]}).status_code == 409
    assert api.post(f"{path}/posted", json={"notices": [second["notice_id"]]}).json() == {"posted": 1}
    assert [state for _, state in states(system)] == ["cancelled", "sent", "sending"]


def test_the_day_of_posting_lies_between_the_run_and_today(system: System, api: TestClient, clock: Any) -> None:
    stage(system, LETTER)
    path = approved(api)
    api.post(f"{path}/print")
    clock.at += timedelta(days=4)
    for day in ("2026-11-19", "2026-11-25"):
        answer = api.post(f"{path}/posted", json={"on": day})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/on")
    assert api.post(f"{path}/posted", json={"on": "2026-11-23"}).json() == {"posted": 1}
    assert reached(system) == [(1, date(2026, 11, 23))]


def test_who_has_no_email_gets_a_letter_where_the_policy_says_so(system: System, api: TestClient) -> None:
    stage(system, {"level": 1, "days": 5}, customer={**POST, "email": ""}, letter_without_email=True)
    approved(api)
    assert states(system) == [("letter", "approved")]


@pytest.mark.parametrize(
    ("level", "customer", "rules", "reason"),
    [
        ({}, {"email": ""}, {}, "no e-mail address"),
        ({}, {"email": ""}, {"letter_without_email": True}, "no postal address"),
        ({"channel": "letter"}, {}, {}, "no postal address"),
        ({"channel": "registered_letter"}, {"street": "Calle Mayor 1"}, {}, "no postal address"),
    ],
)
def test_a_run_says_which_address_is_missing(
    system: System, api: TestClient, level: dict[str, str], customer: dict[str, str], rules: Any, reason: str
) -> None:
    stage(system, {"level": 1, "days": 5, **level}, customer=customer, **rules)
    assert api.post("/api/v1/dunning-runs", json={}).json()["held"] == {reason: 1}
    assert system.house.read(lambda work: [each.reason for each in work.session.query(Decision)]) == [reason]


# ── tasks ───────────────────────────────────────────────────────────────────────────────────────


def test_a_call_is_a_task_and_counts_once_somebody_says_what_came_of_it(system: System, api: TestClient) -> None:
    stage(system, {"level": 1, "days": 5, "channel": "phone"}, customer={"email": ""})
    approved(api)
    [task] = api.get("/api/v1/notices", params={"state": "by_hand"}).json()["data"]
    path = f"/api/v1/notices/{task['notice_id']}"
    assert api.post(f"{path}/print").status_code == 409
    empty = api.post(f"{path}/done", json={"outcome": " "})
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/outcome")
    done = api.post(f"{path}/done", json={"outcome": "pays on Friday"})
    assert (done.json()["state"], done.json()["state_reason"]) == ("sent", "pays on Friday")
    assert reached(system) == [(1, TODAY)]
    assert api.get("/api/v1/notices", params={"state": "by_hand"}).json()["data"] == []
    assert api.post(f"{path}/done", json={"outcome": "again"}).status_code == 409


def test_a_call_about_what_was_paid_meanwhile_counts_for_nothing(system: System, api: TestClient) -> None:
    stage(system, {"level": 1, "days": 5, "channel": "phone"})
    approved(api)
    pay(system, "ACME")
    [task] = api.get("/api/v1/notices", params={"state": "by_hand"}).json()["data"]
    done = api.post(f"/api/v1/notices/{task['notice_id']}/done", json={"outcome": "paid already"}).json()
    assert done["state"] == "cancelled"
    assert done["state_reason"].startswith("paid already · Nothing is left")
    assert reached(system) == []


def test_a_registered_letter_is_printed_by_itself_and_done_with_its_number(system: System, api: TestClient) -> None:
    stage(system, {"level": 1, "days": 5, "channel": "registered_letter"})
    run = approved(api)
    assert api.post(f"{run}/print").status_code == 409, "not in the pile"
    [task] = api.get("/api/v1/notices", params={"state": "by_hand"}).json()["data"]
    path = f"/api/v1/notices/{task['notice_id']}"
    early = api.post(f"{path}/done", json={"outcome": "RR123456785ES"})
    assert (early.status_code, "Print the registered letter first" in early.text) == (409, True)
    assert api.post(f"{path}/print").json()["state"] == "sending"
    assert "F-ACME" in texts(api.get(f"{path}/letter.pdf"))[0]
    assert api.post(f"{path}/done", json={"outcome": "RR123456785ES"}).json()["state"] == "sent"
    assert reached(system) == [(1, TODAY)]


def test_the_desk_prints_posts_and_ticks_off(system: System) -> None:
    stage(system, LETTER)

    def more(work: Work) -> None:
        put_policy(work, "calls", {"levels": [{"level": 1, "days": 5, "channel": "phone"}]})
        a_customer(work, "DELTA", policy="calls")
        an_invoice(work, "F-DELTA", customer="DELTA")
        access.add_user(work, "desk@nordwind.example", Role.CONTROLLER, "a password for tests only")

    system.house.write(more)
    with TestClient(build_web(system), headers={"Origin": "http://testserver"}) as desk:
        desk.post("/login", data={"email": "desk@nordwind.example", "password": "a password for tests only"})

        def act(path: str, **data: str) -> str:
            return desk.post(path, data=data).text

        act("/dunning-runs/plan")
        assert "2 notices approved" in act("/dunning-runs/1/approve")
        assert "1 to print." in desk.get("/dunning-runs/1").text
        assert "1 letters are in the print file." in act("/dunning-runs/1/print")
        assert desk.get("/dunning-runs/1/print.pdf").content.startswith(b"%PDF")
        assert "1 letters count as sent" in act("/dunning-runs/1/posted", on="2026-11-20")
        assert "to call" in desk.get("/notices?state=by_hand").text
        number = system.house.read(
            lambda work: work.session.query(Notice.number).filter(Notice.channel == "phone").scalar()
        )
        assert "is done" in act(f"/notices/{number}/done", outcome="pays on Friday")
        assert "Nothing is left to do by hand" in desk.get("/notices?state=by_hand").text
