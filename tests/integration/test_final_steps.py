"""After the last level: proposed by a run, handed over by a person with the evidence, taken back, or written off."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from core.errors import Invalid, NotAllowed, Refused
from dunning import final_steps, pauses
from dunning.escalation import Reason
from dunning.final_tables import FinalStep, FinalStepItem
from dunning.policies import put_policy
from dunning.run import approve, plan_run
from dunning.store import policy_in_force
from dunning.tables import Decision
from payments import service as cash
from receivables.store import invoice_by_number
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.work import Actor, Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in, the_item
from tests.conftest import settings_for
from tests.mailroom import Mailroom, QuickRenderer

CLARA = Actor("user", "clara@nordwind.example", Role.MANAGER)
OMAR = Actor("user", "omar@nordwind.example", Role.MANAGER)
DESK = Actor("user", "desk@nordwind.example", Role.CONTROLLER)
ROBOT = Actor("key", "robot", Role.ADMIN)
PASSWORD = "a password for tests only"


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """Acme owes two invoices; the only level was sent today. The book is whole in the end."""
    built = main.build(
        settings_for(database_url, tmp_path), clock=clock, transport=Mailroom(), renderer=QuickRenderer()
    )

    def people(work: Work) -> None:
        a_company(work)
        for person in (CLARA, OMAR, DESK):
            access.add_user(work, person.name, person.role, PASSWORD)

    built.house.write(people)
    yield built
    assert built.house.read(lambda work: list(violations(work.session, dict(built.audit_keys)))) == []
    built.house.database.close()


def stage(system: System, **final: Any) -> None:
    """One level, then the final step ten days later."""

    def prepare(work: Work) -> None:
        body = {"levels": [{"level": 1, "days": 5}], "min_gap_days": 0, "resume_business_days": 0}
        put_policy(work, "standard", {**body, "final_step": {"kind": "agency", "after_days": 10, **final}})
        a_customer(work)
        an_invoice(work, "F-1001", amount="1000.00", due_on=TODAY - timedelta(days=30))
        an_invoice(work, "F-1002", amount="500.00", due_on=TODAY - timedelta(days=20))

    system.house.write(prepare)
    run(system)
    assert system.dispatcher.run().sent == 1


def run(system: System) -> dict[str, int]:
    """Plans and approves today's run: reason → items."""

    def do(work: Work) -> dict[str, int]:
        made = plan_run(work)
        if made.state == "planned":
            approve(work, made)
        found: dict[str, int] = {}
        for decision in work.session.query(Decision).filter(Decision.run_id == made.id):
            found[decision.reason] = found.get(decision.reason, 0) + 1
        return found

    return system.house.write(do)


def steps(system: System) -> list[tuple[int, str, str, int]]:
    """(number, kind, state, total) of every final step."""
    return system.house.read(
        lambda work: [
            (each.number, each.kind, each.state, each.total)
            for each in work.session.query(FinalStep).order_by(FinalStep.number)
        ]
    )


def the_step(system: System) -> UUID:
    return system.house.read(lambda work: work.session.query(FinalStep).order_by(FinalStep.number.desc()).first().id)


def due(system: System, clock: SetClock, **final: Any) -> UUID:
    """The stage, ten days later, with the run that proposes."""
    stage(system, **final)
    clock.at += timedelta(days=10)
    assert run(system) == {Reason.FINAL_STEP.value: 2}
    return the_step(system)


def api_of(system: System, role: Role = Role.MANAGER) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, f"tests-{role}", role))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"})


def pay(system: System, number: str, amount: str) -> None:
    def do(work: Work) -> None:
        entry = money_in(work, amount, number, on=work.today)
        cash.apply_entry(work, entry, [cash.Placing(the_item(work, number).id, int(amount.replace(".", "")))])

    system.house.write(do)


# ── proposing ───────────────────────────────────────────────────────────────────────────────────


def test_a_run_proposes_the_final_step_once_the_last_level_was_out_long_enough(system: System, clock: SetClock) -> None:
    stage(system)
    clock.at += timedelta(days=9)
    assert run(system) == {Reason.COMPLETE.value: 2}
    assert steps(system) == []
    clock.at += timedelta(days=1)
    assert run(system) == {Reason.FINAL_STEP.value: 2}
    assert steps(system) == [(1, "agency", "proposed", 150_000)]
    clock.at += timedelta(days=1)
    run(system)
    assert len(steps(system)) == 1, "it waits for a person, and is not proposed again"


def test_what_is_disputed_promised_or_covered_goes_no_further(system: System, clock: SetClock) -> None:
    stage(system)
    clock.at += timedelta(days=10)
    system.house.write(
        lambda work: (
            pauses.promise(work, invoice_by_number(work.session, "F-1001"), 100, work.today + timedelta(days=5))
            and None
        )
    )
    assert run(system) == {Reason.PROMISED.value: 1, Reason.FINAL_STEP.value: 1}
    assert steps(system) == [(1, "agency", "proposed", 50_000)]


def test_a_policy_names_what_is_wrong_with_its_final_step(system: System) -> None:
    def put(final: Any) -> list[str]:
        body = {"levels": [{"level": 1, "days": 5}], "final_step": final}
        with pytest.raises(Invalid) as refused:
            system.house.write(lambda work: put_policy(work, "standard", body) and None)
        return [each.where for each in refused.value.problems]

    assert put("agency") == ["/final_step"]
    assert put({"kind": "sold"}) == ["/final_step/kind"]
    assert put({"kind": "court", "after_days": 0, "fee": 1}) == ["/final_step/fee", "/final_step/after_days"]


# ── agency and court ────────────────────────────────────────────────────────────────────────────


def test_handing_over_makes_the_evidence_holds_the_items_and_can_be_taken_back(system: System, clock: SetClock) -> None:
    step = due(system, clock, to="Inkasso Nord")
    api = api_of(system)
    shown = api.post(f"/api/v1/final-steps/{step}/hand-over", json={"reason": "nothing came"}).json()
    assert (shown["state"], shown["to"], shown["total"], shown["invoices"]) == (
        "handed_over", "Inkasso Nord", "1500.00", ["F-1001", "F-1002"],
    )  # fmt: skip
    pack = zipfile.ZipFile(io.BytesIO(api.get(f"/api/v1/final-steps/{step}/evidence.zip").content))
    assert {"summary.pdf", "contents.csv", "invoices.csv", "letters.csv"} <= set(pack.namelist())
    clock.at += timedelta(days=1)
    assert run(system) == {Reason.HANDED_OVER.value: 2}
    page = api.get("/invoices/F-1001").text
    assert "handed over to Inkasso Nord, final step 1" in page

    assert api.post(f"/api/v1/final-steps/{step}/take-back", json={"reason": "paying again"}).json()["state"] == (
        "taken_back"
    )
    clock.at += timedelta(days=7)
    assert run(system) == {Reason.COMPLETE.value: 2}, "no run hands over again by itself"
    kinds = [each["kind"] for each in api.get("/api/v1/changes").json()["data"]]
    assert [each for each in kinds if each.startswith("final_step")] == [
        "final_step.proposed", "final_step.handed_over", "final_step.taken_back",
    ]  # fmt: skip
    history = [each["kind"] for each in api.get("/api/v1/customers/ACME/timeline").json()["data"]]
    assert {"handed_over", "taken_back"} <= set(history)
    assert [each["state"] for each in api.get("/api/v1/final-steps?state=taken_back").json()["data"]] == ["taken_back"]
    assert api.get("/api/v1/final-steps?state=handed_over").json()["data"] == []


def test_what_was_paid_or_promised_since_is_let_go_when_it_is_handed_over(system: System, clock: SetClock) -> None:
    step = due(system, clock, to="Inkasso Nord")
    pay(system, "F-1001", "1000.00")
    shown = api_of(system).post(f"/api/v1/final-steps/{step}/hand-over", json={}).json()
    assert (shown["invoices"], shown["total"]) == (["F-1002"], "500.00")


def test_nothing_is_handed_over_when_nothing_stands_and_no_evidence_is_drawn_for_it(
    system: System, clock: SetClock
) -> None:
    step = due(system, clock, to="Inkasso Nord")
    pay(system, "F-1001", "1000.00")
    pay(system, "F-1002", "500.00")
    answer = api_of(system).post(f"/api/v1/final-steps/{step}/hand-over", json={})
    assert (answer.status_code, "Nothing of it stands now" in answer.text) == (409, True)
    assert system.house.read(lambda work: work.session.get_one(FinalStep, step).document_id) is None


def test_somebody_must_be_named_to_hand_over_to(system: System, clock: SetClock) -> None:
    step = due(system, clock)
    api = api_of(system)
    assert api.post(f"/api/v1/final-steps/{step}/hand-over", json={}).status_code == 422
    assert api.post(f"/api/v1/final-steps/{step}/hand-over", json={"to": "Court of Barcelona"}).status_code == 200


def test_a_dropped_proposal_is_not_made_again_by_a_run_but_by_a_person(system: System, clock: SetClock) -> None:
    step = due(system, clock)
    api = api_of(system)
    assert api.post(f"/api/v1/final-steps/{step}/drop", json={"reason": "he called"}).json()["state"] == "dropped"
    clock.at += timedelta(days=1)
    assert run(system) == {Reason.COMPLETE.value: 2}
    asked = {"invoices": ["F-1001"], "kind": "court", "to": "Court of Barcelona", "reason": "he lied"}
    made = api.post("/api/v1/final-steps", json=asked).json()
    assert (made["number"], made["kind"], made["state"], made["invoices"]) == (2, "court", "proposed", ["F-1001"])
    again = api.post("/api/v1/final-steps", json=asked)
    assert (again.status_code, "already" in again.text) == (422, True)
    late = api.post(f"/api/v1/final-steps/{step}/drop", json={"reason": "again"})
    assert (late.status_code, "dropped already" in late.text) == (409, True)


def test_an_item_is_in_one_final_step_that_counts(system: System, clock: SetClock) -> None:
    due(system, clock)

    def twice(work: Work) -> None:
        [first, _] = work.session.query(FinalStepItem)
        other = FinalStep(
            number=99, customer_id=the_item(work, "F-1001").customer_id, company_id=a_company(work).id, currency="EUR",
            kind="court", state="proposed", recipient="", total=1, proposed_by="x", proposed_at=work.now, reason="",
        )  # fmt: skip
        work.session.add(other)
        work.session.flush()
        work.session.add(
            FinalStepItem(final_step_id=other.id, open_item_id=first.open_item_id, cycle=1, amount=1, is_released=False)
        )
        work.session.flush()

    with pytest.raises(IntegrityError):
        system.house.write(twice)


# ── write-off ───────────────────────────────────────────────────────────────────────────────────


def test_a_write_off_takes_two_people_and_exactly_what_was_asked(system: System, clock: SetClock) -> None:
    step = due(system, clock, kind="write_off")
    ask = lambda work: final_steps.ask_write_off(work, step, "the firm is gone").id  # noqa: E731
    approve_it = lambda work: final_steps.approve_write_off(work, step).id  # noqa: E731
    with pytest.raises(NotAllowed):
        system.house.write(ask, actor=ROBOT)
    with pytest.raises(Refused):
        system.house.write(approve_it, actor=OMAR)
    system.house.write(ask, actor=CLARA)
    with pytest.raises(Refused, match="does not approve it"):
        system.house.write(approve_it, actor=CLARA)
    with pytest.raises(NotAllowed):
        system.house.write(approve_it, actor=DESK)
    with pytest.raises(NotAllowed):
        system.house.write(approve_it, actor=ROBOT)
    system.house.write(approve_it, actor=OMAR)
    assert steps(system) == [(1, "write_off", "written_off", 150_000)]
    assert system.house.read(lambda work: [the_item(work, number).open for number in ("F-1001", "F-1002")]) == [0, 0]
    clock.at += timedelta(days=1)
    assert run(system) == {}
    with pytest.raises(Refused):
        system.house.write(approve_it, actor=OMAR)


def test_a_write_off_that_changed_or_grew_old_is_asked_for_again(system: System, clock: SetClock) -> None:
    step = due(system, clock, kind="write_off")
    system.house.write(lambda work: final_steps.ask_write_off(work, step, "gone").id, actor=CLARA)
    pay(system, "F-1001", "400.00")
    with pytest.raises(Refused, match="Ask for it again"):
        system.house.write(lambda work: final_steps.approve_write_off(work, step).id, actor=OMAR)
    system.house.write(lambda work: final_steps.ask_write_off(work, step, "gone, less 400").id, actor=CLARA)
    clock.at += timedelta(hours=73)
    with pytest.raises(Refused, match="72 hours"):
        system.house.write(lambda work: final_steps.approve_write_off(work, step).id, actor=OMAR)
    system.house.write(lambda work: final_steps.ask_write_off(work, step, "still gone").id, actor=CLARA)
    system.house.write(lambda work: final_steps.approve_write_off(work, step).id, actor=OMAR)
    assert steps(system) == [(1, "write_off", "written_off", 110_000)]


def test_the_database_refuses_a_write_off_of_two_equal_eyes(system: System, clock: SetClock) -> None:
    step = due(system, clock, kind="write_off")
    system.house.write(lambda work: final_steps.ask_write_off(work, step, "gone").id, actor=CLARA)

    def slip(work: Work) -> None:
        work.session.execute(update(FinalStep).values(state="written_off", approved_by="user:CLARA@nordwind.example"))

    with pytest.raises(IntegrityError):
        system.house.write(slip)


# ── on the desk ─────────────────────────────────────────────────────────────────────────────────


def test_the_worklist_the_page_and_the_editor_lead_through_it(system: System, clock: SetClock) -> None:
    step = due(system, clock, to="Inkasso Nord")
    reasons = [
        (each["kind"], each["text"])
        for line in api_of(system).get("/api/v1/reports/worklist").json()["data"]
        for each in line["reasons"]
    ]
    assert ("final_step", "1,500.00\u00a0EUR: hand over to an agency") in reasons
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as desk:
        desk.post("/login", data={"email": CLARA.name, "password": PASSWORD})
        assert "final step due" in desk.get("/dunning-runs/2").text
        assert "Inkasso Nord" in desk.get("/dunning-policies/standard").text
        assert "Acme Ltd" in desk.get("/final-steps?state=proposed").text
        assert "Acme Ltd" not in desk.get("/final-steps?state=handed_over").text
        shown = desk.post(f"/final-steps/{step}/hand-over", data={"to": "Inkasso Süd"}).text
        assert "It is handed over, with the evidence of today." in shown
        assert "Inkasso Süd" in shown
        assert desk.get(f"/final-steps/{step}/evidence.zip").headers["content-type"] == "application/zip"
        assert "It is taken back." in desk.post(f"/final-steps/{step}/take-back", data={"reason": "he pays"}).text
        asked = {"number": "F-1002", "kind": "write_off", "reason": "too small"}
        assert "Final step 2 is proposed" in desk.post("/final-steps", data=asked).text


def test_the_form_of_a_policy_keeps_its_final_step(system: System) -> None:
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as desk:
        desk.post("/login", data={"email": CLARA.name, "password": PASSWORD})
        form = {"days": ["5"], "final_kind": "court", "final_after": "21", "final_to": "Court of Barcelona"}
        assert "is in force" in desk.post("/dunning-policies/standard", data=form).text
    final = system.house.read(lambda work: policy_in_force(work.session, "standard")[1].final_step)
    assert final is not None
    assert (final.kind, final.after_days, final.to) == ("court", 21, "Court of Barcelona")
