"""The worklist: who stands on it and why, and what becomes of a line when somebody did something."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid
from credit.tables import Overrun
from disputes.tables import Dispute
from dunning import contacts, pauses
from dunning.contacts import Call
from dunning.mail_tables import IncomingMail
from dunning.payment_plans import Asked, make_plan
from dunning.plans import Instalment
from dunning.run import approve, plan_run
from dunning.tables import Notice, Promise
from receivables.store import company_by_code, customer_by_external_id, invoice_by_number
from receivables.tables import Note
from reports import kpi_store
from reports.kpi_store import Scope
from reports.worklist import Line, lines
from runtime import access
from runtime.ids import new_id
from runtime.jobs import run_job
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice, money_in, the_item

PASSWORD = "a password for tests only"
ACMES = "DE89370400440532013000"
SOON = TODAY + timedelta(days=3)


def stage(work: Work) -> None:
    """Acme owes 100 ten days late, Borealis 400 since sixty-five days."""
    a_customer(work, iban=ACMES)
    a_customer(work, "BOREALIS")
    an_invoice(work, "F-1001", amount="100.00")
    an_invoice(work, "F-2001", customer="BOREALIS", amount="400.00", due_on=TODAY - timedelta(days=65))


def kinds(work: Work, who: str = "ACME") -> list[str]:
    return [each.kind for line in lines(work) if line.customer.external_id == who for each in line.reasons]


def party(work: Work, who: str = "ACME") -> tuple[Any, Any]:
    return customer_by_external_id(work.session, who), company_by_code(work.session, "NW")


def called(work: Work, **said: Any) -> None:
    contacts.log_call(work, *party(work), Call(**{"outcome": "reached", **said}))


# ── who stands on it ────────────────────────────────────────────────────────────────────────────


def test_the_largest_cash_to_expect_comes_first_and_says_why(system: System) -> None:
    def do(work: Work) -> list[Line]:
        stage(work)
        return lines(work)

    first, second = system.house.write(do)
    assert (first.customer.external_id, first.score.expected, first.score.words) == (
        "BOREALIS", 180_00, "400.00 EUR due × 45 %: 65 days late",
    )  # fmt: skip
    assert (second.customer.external_id, second.score.expected) == ("ACME", 80_00)


def test_a_broken_promise_stands_there_until_somebody_spoke_with_them(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        pauses.promise(work, invoice_by_number(work.session, "F-1001"), None, TODAY)

    system.house.write(do)
    later = TODAY + timedelta(days=6)
    run_job(system.house, system.jobs["promises"], later)
    assert system.house.read(kinds, on=later) == ["broken_promise", "overdue"]
    system.house.write(called, on=later)
    assert system.house.read(kinds, on=later) == []
    assert system.house.read(kinds, on=later + timedelta(days=8)) == ["overdue"]


def test_a_plan_in_default_stands_there(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        make_plan(work, Asked([the_item(work, "F-1001")], (Instalment(SOON, 10_000),), "balance", "runs"))
        assert kinds(work) == []

    system.house.write(do)
    later = TODAY + timedelta(days=10)
    run_job(system.house, system.jobs["plans"], later)
    assert "plan_default" in system.house.read(kinds, on=later)


def test_notices_in_doubt_cases_money_seen_limits_and_holds_to_look_at_stand_there(system: System) -> None:
    def do(work: Work) -> list[str]:
        stage(work)
        approve(work, plan_run(work))
        for notice in work.session.query(Notice):
            notice.state = "unknown"
        money_in(work, "120.00", "thanks", counterparty_account=ACMES)
        who, _ = party(work)
        pauses.hold(work, who, None, "the boss says so", SOON, review_on=TODAY)
        work.session.add(
            Overrun(id=new_id(), customer_id=who.id, currency="EUR", limit=1, exposure=2, peak=2, began_on=TODAY)
        )
        work.session.flush()
        return kinds(work)

    found = system.house.write(do)
    assert set(found) == {"notice", "suspected_payment", "hold", "credit"}, "a hold keeps mere lateness away"


def test_mail_that_came_back_stands_there_until_somebody_decided(system: System) -> None:
    def do(work: Work) -> list[str]:
        stage(work)
        mail = IncomingMail(
            id=new_id(), number=1, sha256="x", kind="bounce", sender="mailer@acme.example", subject="Undelivered",
            text="", received_at=work.now, customer_id=party(work)[0].id, state="waiting",
        )  # fmt: skip
        work.session.add(mail)
        work.session.flush()
        waiting = kinds(work)
        mail.state = "dismissed"
        work.session.flush()
        assert kinds(work) == ["overdue"]
        return waiting

    assert system.house.write(do) == ["mail", "overdue"]


def test_a_day_to_get_in_touch_brings_a_line_back_and_is_a_collection_case(system: System) -> None:
    def do(work: Work) -> int:
        stage(work)
        called(work, next_on=SOON)
        scope = Scope(TODAY, TODAY, "Europe/Madrid", "EUR")
        return kpi_store.count(work.session, kpi_store.cases(scope, work.today))

    assert system.house.write(do) == 1
    assert system.house.read(kinds) == []
    assert system.house.read(kinds, on=SOON) == ["call"]


# ── what one does with a line ───────────────────────────────────────────────────────────────────


def api_of(system: System, role: Role = Role.CONTROLLER) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, f"key-{role}", role))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False)


def test_a_call_records_the_promise_or_the_dispute_it_brought(system: System) -> None:
    system.house.write(stage)
    api = api_of(system)
    said = {
        "outcome": "promised",
        "note": "on Monday",
        "promise": {"invoice_number": "F-1001", "promised_on": str(SOON)},
    }
    assert api.post("/api/v1/worklist/ACME/calls", params={"company": "NW"}, json=said).status_code == 201
    contested = {"outcome": "disputes", "note": "too dear", "dispute": {"invoice_number": "F-2001", "reason": "price"}}
    made = api.post("/api/v1/worklist/BOREALIS/calls", json={**contested, "next_on": str(SOON)})
    assert (made.json()["outcome"], made.json()["next_on"]) == ("disputes", str(SOON))

    def read(work: Work) -> tuple[Any, Any, list[str]]:
        notes = [note.body for note in work.session.query(Note).order_by(Note.at)]
        return work.session.query(Promise).one().promised_on, work.session.query(Dispute).one().subject, notes

    assert system.house.read(read) == (
        SOON, "F-2001", ["Promised to pay: on Monday", "Disputes it: too dear"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"outcome": "promised"}, "/promise"),
        ({"outcome": "disputes"}, "/dispute"),
        ({"outcome": "reached", "next_on": str(TODAY)}, "/next_on"),
        (
            {"outcome": "promised", "promise": {"invoice_number": "F-2001", "promised_on": str(SOON)}},
            "/promise/invoice_number",
        ),
    ],
)
def test_a_call_that_does_not_fit_is_refused_and_nothing_of_it_is_kept(
    system: System, said: dict[str, Any], pointer: str
) -> None:
    system.house.write(stage)
    answer = api_of(system).post("/api/v1/worklist/ACME/calls", json=said)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert system.house.read(lambda work: work.session.query(Note).count()) == 0


def test_what_one_puts_off_stays_with_the_others_and_comes_back_by_itself(system: System) -> None:
    system.house.write(stage)
    mine, other = api_of(system), api_of(system, Role.MANAGER)

    def on_list(api: TestClient, **asked: str) -> list[str]:
        found = api.get("/api/v1/reports/worklist", params=asked).json()["data"]
        return [each["customer_id"] for each in found]

    done = mine.post("/api/v1/worklist/BOREALIS/snooze", json={"through": str(SOON), "reason": "on holiday"})
    assert done.json()["snoozed_through"] == str(SOON)
    assert on_list(mine) == ["ACME"]
    assert on_list(mine, snoozed="true") == ["BOREALIS"]
    assert on_list(other) == ["BOREALIS", "ACME"]
    mine.delete("/api/v1/worklist/BOREALIS/snooze")
    assert on_list(mine) == ["BOREALIS", "ACME"]
    refused = mine.post("/api/v1/worklist/BOREALIS/snooze", json={"through": "2026-01-01", "reason": "x"})
    assert refused.json()["errors"][0]["pointer"] == "/through"


def test_a_line_is_given_to_somebody_who_signs_in_here_and_is_theirs(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        access.add_user(work, "ana@nw.example", Role.CONTROLLER, PASSWORD, name="Ana")
        with pytest.raises(Invalid, match="Nobody signs in"):
            contacts.assign(work, *party(work), "nobody@nw.example")
        contacts.assign(work, *party(work), "Ana@nw.example")

    system.house.write(do)
    browser = signed_in(system)
    assert "Acme Ltd" in browser.get("/worklist?view=mine").text
    assert "Borealis Ltd" not in browser.get("/worklist?view=mine").text
    found = api_of(system).get("/api/v1/reports/worklist").json()["data"]
    assert {each["customer_id"]: each["owner"] for each in found} == {"ACME": "ana@nw.example", "BOREALIS": ""}


def signed_in(system: System) -> TestClient:
    browser = TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    browser.post("/login", data={"email": "ana@nw.example", "password": PASSWORD})
    return browser


def test_on_the_desk_the_next_line_opens_after_each_step(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        access.add_user(work, "ana@nw.example", Role.CONTROLLER, PASSWORD, name="Ana")

    system.house.write(do)
    browser = signed_in(system)
    assert "/worklist/BOREALIS?company=NW" in browser.get("/").text
    assert "400.00 EUR due × 45 %" in browser.get("/worklist/BOREALIS?company=NW").text
    refused = browser.post("/worklist/BOREALIS/call?company=NW", data={"outcome": "promised", "invoice": "F-2001"})
    assert refused.headers["location"] == "/worklist/BOREALIS?company=NW", "refused, the same line is shown again"
    logged = browser.post("/worklist/BOREALIS/call?company=NW", data={"outcome": "not_reached", "next_on": str(SOON)})
    assert logged.headers["location"] == "/worklist/ACME?company=NW"
    put_off = browser.post("/worklist/ACME/snooze?company=NW", data={"through": str(SOON), "reason": "tomorrow"})
    assert put_off.headers["location"] == "/worklist"
    assert "Acme Ltd" in browser.get("/worklist?view=snoozed").text
    browser.post("/worklist/ACME/wake?company=NW")
    assert browser.post("/worklist/ACME/assign?company=NW", data={"to": "ana@nw.example"}).status_code == 303
    assert "not reached" in browser.get("/worklist/BOREALIS?company=NW").text
