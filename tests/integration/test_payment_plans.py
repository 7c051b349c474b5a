"""Payment plans: what they pause, how payments count, what a default revives, and what interest does meanwhile."""

from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid, Refused
from dunning import claims, pauses, payment_plans, plan_store
from dunning.payment_plans import Asked, make_plan
from dunning.plan_tables import PaymentPlan, PlanInstalment
from dunning.plans import Instalment
from dunning.policies import put_policy
from dunning.run import plan_run
from dunning.tables import Decision, Pause, Promise
from payments import service as payments
from payments.lines_by_hand import NamedLine, place_lines
from receivables import service as receivables
from receivables.store import invoice_by_number
from receivables.tables import Invoice, OpenItem
from reports.exports import export
from reports.invariants import violations
from reports.period import Period
from runtime import access
from runtime.clock import SetClock
from runtime.jobs import run_job
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice, money_in, the_item

FIRST = TODAY + timedelta(days=14)
SECOND = TODAY + timedelta(days=44)
AFTER_FIRST = date(2026, 12, 10)
"""4 December 2026 is a Friday, the 8th a holiday in Spain: two banking days after it end on the 9th."""


def stage(work: Work) -> None:
    """Acme owes 100 and 250; both are late."""
    put_policy(work, "standard", {"levels": [{"level": 1, "days": 5}, {"level": 2, "days": 15}]})
    a_customer(work)
    an_invoice(work, "F-1001", amount="100.00")
    an_invoice(work, "F-1002", amount="250.00", due_on=TODAY - timedelta(days=8))


def agree(work: Work, **said: Any) -> PaymentPlan:
    items = [the_item(work, "F-1001"), the_item(work, "F-1002")]
    wanted: dict[str, Any] = {
        "instalments": (Instalment(FIRST, 20_000), Instalment(SECOND, 15_000)),
        "revive": "balance",
        "interest": "runs",
        **said,
    }
    return make_plan(work, Asked(items, **wanted))


def staged(system: System, **said: Any) -> None:
    def do(work: Work) -> None:
        stage(work)
        agree(work, **said)

    system.house.write(do)


def pay(work: Work, amount: str, *lines: tuple[str, str], on: date = TODAY) -> None:
    place_lines(work, money_in(work, amount, on=on), [NamedLine(*each) for each in lines], "unapplied")


def judged(system: System, on: date) -> dict[str, Any]:
    found: dict[str, Any] = run_job(system.house, system.jobs["plans"], on)
    return found


def the_plan(system: System) -> tuple[str, date | None, date | None]:
    def read(work: Work) -> tuple[str, date | None, date | None]:
        plan = work.session.query(PaymentPlan).one()
        return plan.state, plan.missed_on, plan.ended_on

    return system.house.read(read)


def answers(system: System, on: date) -> dict[str, str]:
    """Invoice number → what the run of a day decides, and why."""

    def do(work: Work) -> dict[str, str]:
        run = plan_run(work)
        query = (
            work.session.query(Invoice.number, Decision.decision, Decision.reason, Decision.open - Decision.disputed)
            .join(OpenItem, OpenItem.invoice_id == Invoice.id)
            .join(Decision, Decision.open_item_id == OpenItem.id)
            .filter(Decision.run_id == run.id)
        )
        return {
            number: f"notice of {asked}" if decision == "notice" else reason
            for number, decision, reason, asked in query
        }

    return system.house.write(do, on=on)


def test_items_of_a_plan_are_not_reminded_while_it_runs(system: System) -> None:
    staged(system)
    assert answers(system, TODAY) == {"F-1001": "payment plan", "F-1002": "payment plan"}


def test_the_export_of_plans_counts_what_was_paid_against_the_oldest_instalment(system: System) -> None:
    staged(system)
    system.house.write(lambda work: pay(work, "220.00", ("F-1002", "220.00")))
    rows = system.house.read(lambda work: list(export(work, "plans", Period())[1]))
    told = [(row["customer_id"], row["instalment"], row["due_on"], row["amount"], row["paid"]) for row in rows]
    assert told == [("ACME", 1, FIRST, "200.00", "200.00"), ("ACME", 2, SECOND, "150.00", "20.00")]
    later = system.house.read(lambda work: list(export(work, "plans", Period(from_on=SECOND))[1]))
    assert [row["instalment"] for row in later] == [2]


def test_a_proposed_plan_pauses_nothing_until_it_is_accepted(system: System) -> None:
    staged(system, is_agreed=False)
    assert answers(system, TODAY)["F-1002"] == "notice of 25000"

    def accept(work: Work) -> None:
        payment_plans.accept(work, work.session.query(PaymentPlan).one())

    system.house.write(accept)
    assert answers(system, TODAY + timedelta(days=1))["F-1002"] in ("payment plan", "notice under way")
    assert the_plan(system)[0] == "active"


def test_a_proposal_is_not_accepted_once_something_was_paid(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        plan = agree(work, is_agreed=False)
        pay(work, "30.00", ("F-1001", "30.00"))
        with pytest.raises(Refused, match=r"proposed over 350.00 EUR, and 320.00 EUR is open"):
            payment_plans.accept(work, plan)

    system.house.write(do)


@pytest.mark.parametrize(("off", "said"), [(1, "0.01 EUR more"), (-1, "0.01 EUR less")])
def test_instalments_come_to_exactly_what_is_open(system: System, off: int, said: str) -> None:
    def do(work: Work) -> None:
        stage(work)
        with pytest.raises(Invalid, match=said):
            agree(work, instalments=(Instalment(FIRST, 20_000), Instalment(SECOND, 15_000 + off)))

    system.house.write(do)


def test_an_item_is_in_one_running_plan_only(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        agree(work)
        with pytest.raises(Refused, match="under payment plan 1 already"):
            agree(work)

    system.house.write(do)


def test_a_plan_is_about_one_customer_and_one_currency(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        a_customer(work, "DELTA")
        an_invoice(work, "F-2001", customer="DELTA")
        items = [the_item(work, "F-1001"), the_item(work, "F-2001")]
        with pytest.raises(Refused, match="one customer"):
            make_plan(work, Asked(items, (Instalment(FIRST, 20_000),), "balance", "runs"))

    system.house.write(do)


def test_a_plan_takes_the_place_of_a_promise(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        pauses.promise(work, invoice_by_number(work.session, "F-1001"), None, FIRST)
        agree(work)
        assert work.session.query(Promise).one().state == "withdrawn"
        with pytest.raises(Refused, match="payment plan 1"):
            pauses.promise(work, invoice_by_number(work.session, "F-1002"), None, FIRST)

    system.house.write(do)


# ── keeping ─────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_is_kept_by_itself_when_all_is_paid(system: System) -> None:
    staged(system)
    system.house.write(lambda work: pay(work, "350.00", ("F-1001", "100.00"), ("F-1002", "250.00")))
    assert the_plan(system) == ("kept", None, TODAY)
    assert system.house.read(lambda work: work.session.query(Pause).filter(Pause.ended_at.is_(None)).count()) == 0


def test_payments_count_against_the_instalments_whichever_item_they_pay(system: System) -> None:
    staged(system)
    system.house.write(lambda work: pay(work, "200.00", ("F-1002", "200.00")))
    assert judged(system, AFTER_FIRST) == {"kept": 0, "defaulted": 0, "caught_up": 0, "running": 1}


def test_money_valued_after_the_day_acted_for_does_not_count_yet(system: System) -> None:
    staged(system)

    def later(work: Work) -> None:
        pay(work, "200.00", ("F-1002", "200.00"), on=AFTER_FIRST + timedelta(days=1))

    system.house.write(later, on=AFTER_FIRST + timedelta(days=1))
    assert judged(system, AFTER_FIRST)["defaulted"] == 1


def test_money_the_bank_takes_back_sets_a_kept_plan_going_again(system: System) -> None:
    staged(system)

    def do(work: Work) -> None:
        pay(work, "350.00", ("F-1001", "100.00"), ("F-1002", "250.00"))
        item = the_item(work, "F-1001")
        undone = plan_store.standing_allocations(work.session, open_item_id=item.id)[0]
        payments.undo_allocation(work, undone)

    system.house.write(do)
    assert the_plan(system) == ("active", None, None)
    assert answers(system, TODAY) == {"F-1001": "payment plan"}


def test_check_compares_a_plan_with_its_instalments_and_items(system: System) -> None:
    staged(system)
    assert system.house.read(lambda work: list(violations(work.session, system.audit_keys))) == []

    def tamper(work: Work) -> None:
        work.session.query(PlanInstalment).first().amount += 1  # type: ignore[union-attr]

    system.house.write(tamper)
    (said,) = system.house.read(lambda work: list(violations(work.session, system.audit_keys)))
    assert said == "Plan 1 is over 35000, its instalments come to 35001 and its items to 35000."


# ── default ─────────────────────────────────────────────────────────────────────────────────────


def test_a_missed_instalment_revives_all_that_is_open(system: System) -> None:
    staged(system)
    assert judged(system, date(2026, 12, 9))["running"] == 1, "the clearing days run through Wednesday"
    assert judged(system, AFTER_FIRST)["defaulted"] == 1
    assert the_plan(system) == ("defaulted", FIRST, AFTER_FIRST)
    assert answers(system, AFTER_FIRST) == dict.fromkeys(("F-1001", "F-1002"), "resuming after a pause")
    assert answers(system, date(2026, 12, 15)) == {"F-1001": "notice of 10000", "F-1002": "notice of 25000"}


def test_reminding_never_resumes_on_the_day_of_the_default(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        put_policy(work, "standard", {"levels": [{"level": 1, "days": 5}], "resume_business_days": 0})
        agree(work)

    system.house.write(do)
    judged(system, AFTER_FIRST)
    assert set(answers(system, AFTER_FIRST).values()) == {"resuming after a pause"}
    assert set(answers(system, date(2026, 12, 11)).values()) == {"notice of 10000", "notice of 25000"}


def test_judging_twice_changes_nothing(system: System) -> None:
    staged(system)
    judged(system, AFTER_FIRST)
    before = system.house.read(lambda work: work.session.query(Pause).count())
    assert judged(system, AFTER_FIRST) == {"kept": 0, "defaulted": 0, "caught_up": 0, "running": 0}
    assert system.house.read(lambda work: work.session.query(Pause).count()) == before


def test_the_other_rule_revives_only_what_should_have_been_paid_and_ends_when_it_is(system: System) -> None:
    staged(system, revive="instalment")
    assert judged(system, AFTER_FIRST)["defaulted"] == 1
    assert answers(system, date(2026, 12, 15)) == {"F-1001": "notice of 10000", "F-1002": "notice of 10000"}
    assert the_plan(system) == ("defaulted", FIRST, None)

    catch_up = date(2026, 12, 16)
    system.house.write(
        lambda work: pay(work, "200.00", ("F-1001", "100.00"), ("F-1002", "100.00"), on=catch_up), on=catch_up
    )
    assert judged(system, catch_up)["caught_up"] == 1
    assert the_plan(system)[0] == "active"
    assert answers(system, catch_up)["F-1002"] in ("payment plan", "notice under way")


def test_a_cancelled_plan_lets_its_items_go_and_says_why(system: System) -> None:
    staged(system)

    def cancel(work: Work) -> None:
        plan = work.session.query(PaymentPlan).one()
        with pytest.raises(Invalid, match="why"):
            payment_plans.cancel(work, plan, " ")
        payment_plans.cancel(work, plan, "they found a lender")
        with pytest.raises(Refused, match="cancelled"):
            payment_plans.cancel(work, plan, "again")

    system.house.write(cancel)
    assert the_plan(system)[0] == "cancelled"
    assert set(answers(system, date(2026, 11, 25)).values()) == {"notice of 10000", "notice of 25000"}


# ── interest ────────────────────────────────────────────────────────────────────────────────────


def days_of_interest(system: System, until: date) -> list[tuple[date, date]]:
    def read(work: Work) -> list[tuple[date, date]]:
        item = the_item(work, "F-1001")
        invoice = work.session.get_one(Invoice, item.invoice_id)
        found, _ = claims.accrued(work, [claims.Late(item, invoice, "claim")], until)
        return [(each.from_on, each.to_on) for one in found for each in one.slices]

    return system.house.read(read, on=until)


def test_interest_runs_on_under_a_plan_that_does_not_suspend_it(system: System) -> None:
    staged(system)
    assert days_of_interest(system, TODAY + timedelta(days=10)) == [(date(2026, 11, 11), date(2026, 11, 30))]


def test_interest_rests_under_a_plan_that_suspends_it(system: System) -> None:
    staged(system, interest="suspended")
    assert days_of_interest(system, TODAY + timedelta(days=10)) == [(date(2026, 11, 11), TODAY)]


def test_after_a_default_interest_runs_again_from_the_missed_day_on(system: System) -> None:
    staged(system, interest="suspended")
    judged(system, AFTER_FIRST)
    assert days_of_interest(system, date(2026, 12, 20)) == [
        (date(2026, 11, 11), TODAY),
        (FIRST + timedelta(days=1), date(2026, 12, 20)),
    ]


# ── API and pages ───────────────────────────────────────────────────────────────────────────────


def client(system: System) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, "desk", Role.CONTROLLER))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False)


def test_a_plan_of_equal_instalments_is_made_read_and_cancelled_over_the_api(system: System) -> None:
    system.house.write(stage)
    api = client(system)
    body = {
        "items": [{"invoice_number": "F-1001"}, {"invoice_number": "F-1002"}],
        "equal": {"number": 3, "first_on": str(FIRST)},
        "revive": "instalment",
        "interest": "suspended",
    }
    made = api.post("/api/v1/payment-plans", json=body)
    assert made.status_code == 201, made.text
    plan = made.json()
    assert [each["amount"] for each in plan["instalments"]] == ["116.67", "116.67", "116.66"]
    assert (plan["total"], plan["paid"], plan["state"], plan["company"]) == ("350.00", "0.00", "active", "NW")
    assert api.get(f"/api/v1/payment-plans/{plan['id']}").json() == plan
    listed = api.get("/api/v1/payment-plans", params={"customer": "ACME", "state": "active"}).json()["data"]
    assert [each["number"] for each in listed] == [1]
    assert api.get("/api/v1/payment-plans", params={"customer": "NOBODY"}).json()["data"] == []
    happened = api.get("/api/v1/customers/ACME/timeline").json()["data"]
    assert [each["reference"] for each in happened if each["kind"] == "plan"] == ["payment plan 1"]
    ended = api.post(f"/api/v1/payment-plans/{plan['id']}/cancel", json={"reason": "paid by card"})
    assert ended.json()["state"] == "cancelled"
    assert api.post(f"/api/v1/payment-plans/{plan['id']}/accept").status_code == 409


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"equal": None}, "/instalments"),
        ({"equal": None, "instalments": [{"due_on": str(FIRST), "amount": "1,00"}]}, "/instalments/0/amount"),
        ({"equal": None, "instalments": [{"due_on": str(FIRST), "amount": "1.00"}]}, "/instalments"),
        ({"equal": {"number": 3, "first_on": "2026-11-19"}}, "/instalments/0/due_on"),
        ({"items": [{"invoice_number": "F-1001", "instalment": 7}]}, "/items/0"),
    ],
)
def test_what_is_wrong_with_a_plan_is_named_by_its_pointer(system: System, change: Any, pointer: str) -> None:
    system.house.write(stage)
    body = {"items": [{"invoice_number": "F-1001"}], "equal": {"number": 2, "first_on": str(FIRST)}, **change}
    answer = client(system).post("/api/v1/payment-plans", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def desk(system: System) -> TestClient:
    system.house.write(lambda work: access.add_user(work, "c@nw.example", Role.CONTROLLER, "a password for tests"))
    browser = TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    browser.post("/login", data={"email": "c@nw.example", "password": "a password for tests"})
    return browser


def test_the_page_proposes_equal_instalments_and_agrees_what_was_typed(system: System, clock: SetClock) -> None:
    system.house.write(stage)
    browser = desk(system)
    page = browser.get("/payment-plans/new", params={"customer": "ACME", "number": 3}).text
    assert page.count('value="116.67"') == 2
    assert page.count('value="116.66"') == 1
    ids = system.house.read(lambda work: [str(the_item(work, number).id) for number in ("F-1001", "F-1002")])
    form = {"customer": "ACME", "item": ids, "due_on": [str(FIRST), str(SECOND)], "amount": ["200.00", "149.00"]}
    refused = browser.post("/payment-plans", data=form)
    again = browser.get(refused.headers["location"]).text
    assert "1.00 EUR less than the 350.00 that is open" in again
    assert 'value="149.00"' in again, "what was typed is still there"
    made = browser.post("/payment-plans", data={**form, "amount": ["200.00", "150.00"]})
    assert made.headers["location"] == "/payment-plans/1"
    assert "running" in browser.get("/payment-plans/1").text
    assert "Payment plan" in browser.get("/customers/ACME").text
    assert "Plan 1" in browser.get("/invoices/F-1001").text
    assert "/payment-plans/1" in browser.get("/payment-plans").text


def test_a_cancelled_invoice_lowers_what_is_to_come(system: System) -> None:
    """Whatever lowers an item counts: here the smaller invoice is cancelled."""
    staged(system)

    def do(work: Work) -> int:
        receivables.cancel_invoice(work, invoice_by_number(work.session, "F-1001"), "sent twice")
        plan = work.session.query(PaymentPlan).one()
        return plan_store.paid(work.session, plan.id, work.today)

    assert system.house.write(do) == 10_000
