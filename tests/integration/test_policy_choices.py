"""Which policy counts for whom: invoice before customer before segment before company, and moving what was begun."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid, NotAllowed, NotFound
from dunning.choice_tables import PolicyChoice
from dunning.choices import choose
from dunning.policies import move_to_newest, put_policy
from dunning.run import approve, plan_run
from dunning.tables import Decision, DunningRun, Notice, PolicyVersion, Reminder
from receivables.store import customer_by_external_id
from receivables.tables import Invoice, OpenItem
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.tables import AuditEntry
from runtime.work import Actor, Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice

PASSWORD = "a password for tests only"
CONTROLLER = Actor("user", "desk@nordwind.example", Role.CONTROLLER)


def levels(*days: int) -> dict[str, Any]:
    steps = [{"level": nth, "days": each} for nth, each in enumerate(days, start=1)]
    return {"levels": steps, "min_gap_days": 0, "resume_business_days": 0}


@pytest.fixture
def system(system: System) -> Iterator[System]:
    """Acme and Borealis, of segment retail, owe Nordwind an invoice each that is ten days late; three policies."""

    def stage(work: Work) -> None:
        put_policy(work, "standard", levels(5, 15))
        put_policy(work, "gentle", levels(30, 60))
        put_policy(work, "strict", levels(1, 8, 20))
        a_company(work)
        a_customer(work, segment="retail")
        a_customer(work, "BOREALIS", segment="retail")
        an_invoice(work, "F-1001", due_on=TODAY - timedelta(days=10))
        an_invoice(work, "F-2001", customer="BOREALIS", due_on=TODAY - timedelta(days=10))

    system.house.write(stage)
    yield system
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.MANAGER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made


def chosen(system: System, *asked: str, **more: Any) -> int:
    return system.house.write(lambda work: choose(work, *asked, **more))


def run(system: System) -> dict[str, tuple[str, str | None]]:
    """Plans today's run: invoice → (policy, where it came from)."""

    def do(work: Work) -> None:
        approve(work, plan_run(work))

    system.house.write(do)
    return decisions(system)


def decisions(system: System) -> dict[str, tuple[str, str | None]]:
    """The newest decision of each invoice: its policy, and where it came from."""

    def read(work: Work) -> dict[str, tuple[str, str | None]]:
        rows = (
            work.session.query(Invoice.number, PolicyVersion.name, PolicyVersion.version, Decision.policy_from)
            .select_from(Decision)
            .join(OpenItem, OpenItem.id == Decision.open_item_id)
            .join(Invoice, Invoice.id == OpenItem.invoice_id)
            .join(PolicyVersion, PolicyVersion.id == Decision.policy_id)
            .join(DunningRun, DunningRun.id == Decision.run_id)
            .order_by(DunningRun.on)
        )
        return {number: (f"{name}:{version}", came) for number, name, version, came in rows}

    return system.house.read(read)


def test_without_any_choice_the_policy_of_the_house_counts_and_the_decision_says_so(system: System) -> None:
    assert run(system) == {"F-1001": ("standard:2", "house"), "F-2001": ("standard:2", "house")}


def test_a_company_a_segment_a_customer_and_an_invoice_come_before_one_another(system: System, clock: SetClock) -> None:
    chosen(system, "company", "NW", "gentle", "new country")
    assert run(system)["F-1001"] == ("gentle:1", "company")
    clock.at += timedelta(days=1)
    chosen(system, "segment", "retail", "strict", "they pay late")
    assert run(system)["F-2001"] == ("strict:1", "segment")
    clock.at += timedelta(days=1)
    chosen(system, "customer", "BOREALIS", "gentle", "an old friend")
    assert run(system)["F-2001"] == ("gentle:1", "customer"), "its item moved with the customer"
    clock.at += timedelta(days=1)
    chosen(system, "invoice", "F-2001", "standard", "agreed on the phone")
    assert run(system) == {"F-1001": ("strict:1", "segment"), "F-2001": ("standard:2", "invoice")}


def test_an_item_stays_on_the_version_it_began_on_until_it_is_moved(system: System, clock: SetClock) -> None:
    run(system)
    assert system.dispatcher.run().sent == 2
    chosen(system, "segment", "retail", "strict", "from now on")
    clock.at += timedelta(days=5)
    assert run(system)["F-1001"] == ("standard:2", "started")
    clock.at += timedelta(days=1)
    assert chosen(system, "invoice", "F-1001", "strict", "he asked for it") == 1
    found = run(system)
    assert (found["F-1001"], found["F-2001"]) == (("strict:1", "invoice"), ("standard:2", "started"))
    reached = system.house.read(
        lambda work: [
            (each.level, each.last_sent_on)
            for each in work.session.query(Reminder)
            if each.customer_id == customer_by_external_id(work.session, "ACME").id
        ]
    )
    assert reached == [(1, TODAY)], "its level and day stay"


def test_a_notice_that_waits_moves_with_its_item(system: System) -> None:
    """Moved to a policy under which it is too early, the letter that was planned is not written."""
    run(system)
    chosen(system, "customer", "ACME", "gentle", "wait for them")
    assert system.dispatcher.run().sent == 1
    states = system.house.read(lambda work: sorted(each.state for each in work.session.query(Notice)))
    assert states == ["cancelled", "sent"]


def test_a_customer_can_be_moved_to_an_earlier_version_and_new_invoices_begin_on_the_newest(system: System) -> None:
    system.house.write(lambda work: put_policy(work, "gentle", levels(40, 60)) and None)
    chosen(system, "customer", "ACME", "gentle", "as it was promised", version=1)
    system.house.write(lambda work: an_invoice(work, "F-1002", due_on=TODAY - timedelta(days=2)) and None)
    found = run(system)
    assert (found["F-1001"], found["F-1002"]) == (("gentle:1", "invoice"), ("gentle:2", "customer"))


def test_moving_to_the_newest_version_takes_chosen_invoices_along(system: System) -> None:
    chosen(system, "invoice", "F-1001", "strict", "late again")
    system.house.write(lambda work: put_policy(work, "strict", levels(2, 8)) and None)
    system.house.write(lambda work: move_to_newest(work, "strict") and None)
    assert run(system)["F-1001"] == ("strict:2", "invoice")


def test_a_choice_is_taken_back_and_the_next_one_counts(system: System, clock: SetClock) -> None:
    chosen(system, "segment", "retail", "strict", "they pay late")
    chosen(system, "invoice", "F-1001", "gentle", "agreed")
    assert run(system)["F-1001"] == ("gentle:1", "invoice")
    chosen(system, "invoice", "F-1001", "", "no longer")
    clock.at += timedelta(days=1)
    assert run(system)["F-1001"] == ("strict:1", "segment")
    kept = system.house.read(
        lambda work: [(each.scope, each.ended_at is None) for each in work.session.query(PolicyChoice)]
    )
    assert sorted(kept) == [("invoice", False), ("segment", True)]


def test_a_run_for_a_policy_is_about_the_customers_that_stand_under_it(system: System) -> None:
    chosen(system, "segment", "retail", "strict", "they pay late")
    chosen(system, "customer", "BOREALIS", "gentle", "an old friend")
    system.house.write(lambda work: plan_run(work, "strict") and None)
    assert set(decisions(system)) == {"F-1001"}


@pytest.mark.parametrize(
    ("asked", "more", "error"),
    [
        (("segment", "nobody", "strict", "why not"), {}, Invalid),
        (("company", "XX", "strict", "why not"), {}, NotFound),
        (("customer", "ACME", "unheard of", "why not"), {}, NotFound),
        (("invoice", "F-9", "strict", "why not"), {}, NotFound),
        (("invoice", "F-1001", "strict", "  "), {}, Invalid),
        (("invoice", "F-1001", "strict", "why not"), {"version": 7}, NotFound),
        (("segment", "retail", "strict", "why not"), {"version": 1}, Invalid),
        (("house", "retail", "strict", "why not"), {}, Invalid),
    ],
)
def test_what_cannot_be_chosen_is_refused(
    system: System, asked: tuple[str, ...], more: dict[str, int], error: type[Exception]
) -> None:
    with pytest.raises(error):
        chosen(system, *asked, **more)
    assert system.house.read(lambda work: work.session.query(PolicyChoice).count()) == 0


def test_choosing_needs_the_right_to_change_policies_and_stands_in_the_audit_log(system: System) -> None:
    with pytest.raises(NotAllowed):
        system.house.write(lambda work: choose(work, "customer", "ACME", "gentle", "mine"), actor=CONTROLLER)
    chosen(system, "customer", "ACME", "gentle", "an old friend")
    noted = system.house.read(
        lambda work: [
            (each.subject, each.reason) for each in work.session.query(AuditEntry).filter_by(action="policy.chosen")
        ]
    )
    assert noted == [("customer:ACME", "an old friend")]


def test_the_api_chooses_lists_and_says_where_a_decision_came_from(system: System, api: TestClient) -> None:
    asked = {"scope": "segment", "subject": "retail", "policy": "strict", "reason": "they pay late"}
    assert api.post("/api/v1/policy-choices", json=asked).json() == {"moved": 0}
    run(system)
    system.dispatcher.run()
    asked = {"scope": "invoice", "subject": "F-1001", "policy": "gentle", "version": 1, "reason": "agreed"}
    assert api.post("/api/v1/policy-choices", json=asked).json() == {"moved": 1}
    listed = api.get("/api/v1/policy-choices").json()["data"]
    assert [(each["scope"], each["subject"], each["policy"], each["version"]) for each in listed] == [
        ("invoice", "F-1001", "gentle", 1),
        ("segment", "retail", "strict", None),
    ]
    [decision] = api.get("/api/v1/decisions", params={"invoice": "F-1001"}).json()["data"]
    assert (decision["policy_version"], decision["policy_from"]) == ("strict:1", "segment")
    [of_run, _] = api.get(f"/api/v1/dunning-runs/{decision['run_id']}/decisions").json()["data"]
    assert (of_run["policy_version"], of_run["policy_from"]) == ("strict:1", "segment")
    kinds = [each["kind"] for each in api.get("/api/v1/changes").json()["data"]]
    assert kinds.count("policy.chosen") == 2


@pytest.fixture
def desk(system: System) -> Iterator[TestClient]:
    system.house.write(lambda work: access.add_user(work, "clara@nordwind.example", Role.MANAGER, PASSWORD))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as made:
        made.post("/login", data={"email": "clara@nordwind.example", "password": PASSWORD})
        yield made


def test_an_invoice_and_a_customer_are_moved_on_their_pages_which_say_why(system: System, desk: TestClient) -> None:
    asked = {"scope": "invoice", "subject": "F-1001", "policy": "gentle:1", "reason": "agreed on the phone"}
    shown = desk.post("/policy-choices", data=asked).text
    assert "gentle, version 1: chosen for this invoice" in shown
    assert "agreed on the phone" in shown
    asked = {"scope": "customer", "subject": "BOREALIS", "policy": "strict:1", "reason": "late again"}
    assert "strict, version 1: the customer’s" in desk.post("/policy-choices", data=asked).text
    shown = desk.post("/policy-choices", data={**asked, "policy": ""}).text
    assert "standard, version 2: the house’s" in shown


def test_segments_and_companies_are_chosen_for_on_the_page_of_policies(system: System, desk: TestClient) -> None:
    asked = {"scope": "segment", "subject": "retail", "policy": "strict", "reason": "they pay late"}
    shown = desk.post("/policy-choices", data=asked).text
    assert "they pay late" in shown
    assert "strict, version 1: the segment’s" in desk.get("/customers/ACME").text
    shown = desk.post("/policy-choices", data={**asked, "policy": ""}).text
    assert "Nothing is chosen for a segment or a company" in shown
