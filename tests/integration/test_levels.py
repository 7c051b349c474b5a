"""What the levels of a policy say beside their day: fees, approval, recipients, credit holds, business days."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from core.errors import Invalid
from credit.tables import CreditHold
from dunning import claims
from dunning.policies import move_to_newest, put_policy
from dunning.run import approve, plan_run
from dunning.tables import Decision, DunningRun, InterestClaim, Notice
from payments import service as cash
from receivables.tables import Contact, Customer, Invoice, OpenItem
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.ids import new_id
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice, money_in, the_item
from tests.conftest import settings_for
from tests.mailroom import Mailroom, QuickRenderer


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, mail: Mailroom) -> Iterator[System]:
    """The composed system, with letters that are not drawn but only written. Its book is whole in the end."""
    built = main.build(settings_for(database_url, tmp_path), clock=clock, transport=mail, renderer=QuickRenderer())
    yield built
    assert built.house.read(lambda work: list(violations(work.session, dict(built.audit_keys)))) == []
    built.house.database.close()


def stage(system: System, *levels: dict[str, Any], days_late: int = 30, customer: dict[str, str] | None = None,
          **rules: Any) -> None:  # fmt: skip
    """Acme owes 1,000.00 under a policy of these levels."""

    def prepare(work: Work) -> None:
        put_policy(work, "standard", {"levels": list(levels), "min_gap_days": 0, "resume_business_days": 0, **rules})
        a_customer(work, **(customer or {}))
        an_invoice(work, "F-1001", amount="1000.00", due_on=TODAY - timedelta(days=days_late))

    system.house.write(prepare)


def send(system: System) -> int:
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    return system.dispatcher.run().sent


def pay(system: System, amount: int = 100_000, *, days_ago: int = 0) -> None:
    def do(work: Work) -> None:
        entry = money_in(work, f"{amount / 100:.2f}", "F-1001", on=TODAY - timedelta(days=days_ago))
        cash.apply_entry(work, entry, [cash.Placing(the_item(work, "F-1001").id, amount)])

    system.house.write(do)


def charges(system: System) -> list[tuple[str, str, int | None, int, int]]:
    """(number of the paper, kind, level, amount, open) of every line."""

    def read(work: Work) -> list[tuple[str, str, int | None, int, int]]:
        found = (
            work.session.query(InterestClaim, Invoice.number, OpenItem.open)
            .join(OpenItem, OpenItem.id == InterestClaim.charge_item_id)
            .join(Invoice, Invoice.id == OpenItem.invoice_id)
            .order_by(InterestClaim.id)
        )
        return [(number, each.kind, each.level, each.amount, left) for each, number, left in found]

    return system.house.read(read)


def states(system: System) -> list[str]:
    return system.house.read(lambda work: [each.state for each in work.session.query(Notice).order_by(Notice.number)])


# ── fees ────────────────────────────────────────────────────────────────────────────────────────

FEES = (
    {"level": 1, "days": 5},
    {"level": 2, "days": 15, "fee": {"EUR": "5.00"}},
    {"level": 3, "days": 20, "fee": {"EUR": "7.50"}},
)


def test_a_letter_names_the_fee_of_its_level_and_charges_it_once_it_was_sent(
    system: System, clock: SetClock, mail: Mailroom
) -> None:
    stage(system, *FEES)
    assert send(system) == 1
    assert charges(system) == [], "the first reminder is free"
    clock.at += timedelta(days=3)
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    assert charges(system) == [], "not before it was sent"
    assert system.dispatcher.run().sent == 1
    assert charges(system) == [("FEE-2026-00001", "fee", 2, 500, 500)]
    last = " ".join(list(mail.letters.values())[-1].split())
    assert "plus late payment charge: +5.00 EUR" in last
    assert "To pay now: 1,005.00 EUR" in last


def test_the_next_letter_costs_its_own_fee_and_names_the_one_before(
    system: System, clock: SetClock, mail: Mailroom
) -> None:
    stage(system, *FEES)
    for _ in range(3):
        assert send(system) == 1
        clock.at += timedelta(days=3)
    assert [each[2:4] for each in charges(system)] == [(2, 500), (3, 750)]
    last = " ".join(list(mail.letters.values())[-1].split())
    assert "plus interest and costs claimed earlier: +5.00 EUR" in last
    assert "To pay now: 1,012.50 EUR" in last


def test_a_letter_about_several_invoices_costs_one_fee_that_of_its_highest_level(
    system: System, clock: SetClock
) -> None:
    stage(system, *FEES)
    assert send(system) == 1
    clock.at += timedelta(days=3)
    system.house.write(lambda work: an_invoice(work, "F-1002", due_on=TODAY - timedelta(days=20)) and None)
    assert send(system) == 1
    assert [each[2:4] for each in charges(system)] == [(2, 500)]


def test_no_invoice_can_be_charged_twice_for_a_level_of_a_cycle(system: System, clock: SetClock) -> None:
    stage(system, *FEES)
    send(system)
    clock.at += timedelta(days=3)
    send(system)

    def again(work: Work) -> None:
        [line] = work.session.query(InterestClaim)
        copied = {column.name: getattr(line, column.name) for column in InterestClaim.__table__.columns}
        work.session.add(InterestClaim(**{**copied, "id": new_id()}))
        work.session.flush()

    with pytest.raises(IntegrityError):
        system.house.write(again)


@pytest.mark.parametrize(("rules", "charged"), [({}, []), ({"consumers_pay_fees": True}, [(2, 500)])])
def test_consumers_pay_fees_only_where_the_policy_says_so(
    system: System, clock: SetClock, rules: dict[str, bool], charged: list[tuple[int, int]]
) -> None:
    stage(system, *FEES, **rules)

    def become(work: Work) -> None:
        work.session.query(Customer).update({"debtor_type": "consumer"})

    system.house.write(become)
    send(system)
    clock.at += timedelta(days=3)
    assert send(system) == 1
    assert [each[2:4] for each in charges(system)] == charged


def test_a_fee_outlives_the_invoice_and_is_waived_with_a_reason(system: System, clock: SetClock) -> None:
    stage(system, *FEES)
    send(system)
    clock.at += timedelta(days=3)
    send(system)
    pay(system, days_ago=-3)
    assert charges(system) == [("FEE-2026-00001", "fee", 2, 500, 500)]
    system.house.write(lambda work: claims.waive(work, "FEE-2026-00001", "a good customer") and None)
    assert [each[1:] for each in charges(system)] == [("fee", 2, 500, 0), ("waiver", None, -500, 0)]


def test_a_fee_is_taken_back_when_the_money_had_arrived_before_the_letter(system: System, clock: SetClock) -> None:
    stage(system, *FEES)
    send(system)
    clock.at += timedelta(days=3)
    send(system)
    pay(system, days_ago=4)
    assert [each[1:] for each in charges(system)] == [("fee", 2, 500, 0), ("correction", None, -500, 0)]


# ── approval ────────────────────────────────────────────────────────────────────────────────────


def test_a_level_that_needs_nobody_is_queued_by_the_run_itself(system: System) -> None:
    stage(system, {"level": 1, "days": 5, "needs_approval": False}, {"level": 2, "days": 15})
    system.house.write(lambda work: plan_run(work) and None)
    assert states(system) == ["queued"]
    assert system.house.read(lambda work: work.session.query(DunningRun).one().state) == "approved"
    assert system.dispatcher.run().sent == 1


def test_a_run_with_both_kinds_waits_only_for_those_that_need_approval(system: System, clock: SetClock) -> None:
    stage(system, {"level": 1, "days": 5, "needs_approval": False}, {"level": 2, "days": 15})
    system.house.write(lambda work: plan_run(work) and None)
    system.dispatcher.run()
    clock.at += timedelta(days=3)

    def more(work: Work) -> None:
        a_customer(work, "DELTA")
        an_invoice(work, "F-2001", customer="DELTA")
        plan_run(work)

    system.house.write(more)
    assert sorted(states(system)) == ["planned", "queued", "sent"]


def test_some_notices_are_approved_and_the_others_go_on_waiting(system: System) -> None:
    stage(system, {"level": 1, "days": 5})

    def more(work: Work) -> str:
        for name in ("BOREALIS", "DELTA"):
            a_customer(work, name)
            an_invoice(work, f"F-{name}", customer=name)
        return access.add_api_key(work, "tests", Role.CONTROLLER)

    key = system.house.write(more)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as api:
        planned = api.post("/api/v1/dunning-runs", json={})
        path = f"/api/v1/dunning-runs/{planned.json()['run_id']}"
        notices = api.get(f"{path}/notices").json()["data"]
        chosen = {"notices": [notices[0]["notice_id"]]}
        first = api.post(f"{path}/approve", json=chosen, headers={"If-Match": planned.headers["ETag"]})
        assert (first.json()["queued"], first.json()["state"]) == (1, "planned")
        stale = api.post(f"{path}/approve", headers={"If-Match": planned.headers["ETag"]})
        assert stale.status_code == 412, "somebody approved some meanwhile"
        again = api.post(f"{path}/approve", json=chosen, headers={"If-Match": first.headers["ETag"]})
        assert again.status_code == 422
        assert again.json()["errors"][0]["pointer"] == "/notices"
        rest = api.post(f"{path}/approve", headers={"If-Match": first.headers["ETag"]})
        assert (rest.json()["queued"], rest.json()["state"]) == (2, "approved")
    assert system.dispatcher.run().sent == 3


def test_approving_none_of_them_is_refused(system: System) -> None:
    stage(system, {"level": 1, "days": 5})
    with pytest.raises(Invalid, match="wait for approval"):
        system.house.write(lambda work: approve(work, plan_run(work), []) and None)


# ── recipients ──────────────────────────────────────────────────────────────────────────────────


def add_contact(system: System, purpose: str, email: str, language: str = "") -> None:
    def do(work: Work) -> None:
        customer = work.session.query(Customer).one()
        work.session.add(
            Contact(id=new_id(), customer_id=customer.id, purpose=purpose, name="Ana Gil", email=email,
                    language=language)
        )  # fmt: skip

    system.house.write(do)


def test_a_letter_goes_to_the_contact_of_its_level_in_that_persons_language(system: System, mail: Mailroom) -> None:
    stage(system, {"level": 1, "days": 5, "recipient": "escalation"})
    add_contact(system, "billing", "billing@acme.example")
    add_contact(system, "escalation", "cfo@acme.example", "es")
    add_contact(system, "legal", "law@acme.example")
    assert send(system) == 1
    [letter] = mail.letters.values()
    assert letter.startswith("cfo@acme.example\n")
    assert "A pagar ahora" in letter


def test_without_such_a_contact_the_customers_own_address_is_used(system: System, mail: Mailroom) -> None:
    stage(system, {"level": 1, "days": 5})
    add_contact(system, "legal", "law@acme.example")
    assert send(system) == 1
    [letter] = mail.letters.values()
    assert letter.startswith("ap@acme.example\n")


def test_a_customer_without_an_address_of_its_own_is_reached_through_its_contact(
    system: System, mail: Mailroom
) -> None:
    stage(system, {"level": 1, "days": 5}, customer={"email": ""})
    assert system.house.write(lambda work: plan_run(work).notices) == 0
    add_contact(system, "billing", "billing@acme.example")
    system.house.clock.at += timedelta(days=1)  # type: ignore[attr-defined]
    assert send(system) == 1
    [letter] = mail.letters.values()
    assert letter.startswith("billing@acme.example\n")


# ── credit ──────────────────────────────────────────────────────────────────────────────────────


def holds(system: System) -> list[tuple[str, bool]]:
    return system.house.read(
        lambda work: [(each.cause, each.ended_at is None) for each in work.session.query(CreditHold)]
    )


def test_a_level_that_stops_orders_does_so_once_it_was_sent_and_until_it_is_paid(system: System) -> None:
    stage(system, {"level": 1, "days": 5, "credit_hold": True})
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    assert holds(system) == []
    assert system.dispatcher.run().sent == 1
    assert holds(system) == [("reminder", True)]
    pay(system, 40_000)
    assert holds(system) == [("reminder", True)]
    pay(system, 60_000)
    assert holds(system) == [("reminder", False)]


# ── business days ───────────────────────────────────────────────────────────────────────────────


def test_a_letter_of_business_days_waits_over_the_weekend_although_it_was_approved(
    system: System, clock: SetClock
) -> None:
    stage(system, {"level": 1, "days": 5, "business_days_only": True})
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    clock.at += timedelta(days=1)
    tally = system.dispatcher.run()
    assert (tally.sent, tally.deferred) == (0, 1)
    assert tally.failures == ["It leaves on a business day; 2026-11-21 is none."]
    clock.at += timedelta(days=2)
    assert system.dispatcher.run().sent == 1


def test_a_run_of_a_saturday_says_that_it_is_no_business_day(system: System, clock: SetClock) -> None:
    stage(system, {"level": 1, "days": 5, "business_days_only": True})
    clock.at += timedelta(days=1)
    system.house.write(lambda work: plan_run(work) and None)
    reasons = system.house.read(lambda work: [(each.reason, each.until_on) for each in work.session.query(Decision)])
    assert reasons == [("no business day", TODAY + timedelta(days=3))]


# ── shares ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_left_of_an_invoice_must_be_the_levels_share_of_it_also_at_the_gate(system: System) -> None:
    stage(system, {"level": 1, "days": 5, "minimum_percent": 30})
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    pay(system, 80_000)
    tally = system.dispatcher.run()
    assert (tally.sent, tally.cancelled) == (0, 1)


def test_the_page_of_an_invoice_names_the_policy_version_behind_each_decision(system: System) -> None:
    stage(system, {"level": 1, "days": 5})

    def more(work: Work) -> None:
        plan_run(work)
        access.add_user(work, "desk@nordwind.example", Role.CONTROLLER, "a password for tests only")

    system.house.write(more)
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as desk:
        desk.post("/login", data={"email": "desk@nordwind.example", "password": "a password for tests only"})
        page = desk.get("/invoices/F-1001").text
    assert "reminded, level 1" in page
    assert "standard, version 2" in page


def test_items_of_earlier_versions_are_moved_to_the_newest_and_keep_their_level(system: System) -> None:
    stage(system, {"level": 1, "days": 5}, {"level": 2, "days": 60})
    assert send(system) == 1

    def move(work: Work) -> tuple[int, int]:
        put_policy(work, "standard", {"levels": [{"level": 1, "days": 5}, {"level": 2, "days": 20}]})
        return move_to_newest(work, "standard"), move_to_newest(work, "standard")

    assert system.house.write(move) == (1, 0)
    system.house.clock.at += timedelta(days=6)  # type: ignore[attr-defined]
    assert send(system) == 1, "level 2, which the first version would have sent a month later"
