"""Credit checks of orders: allowed, reserved, held, released; and never two orders into one gap."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.money import Money
from credit.checks import judge_overdue, unfaithful
from credit.service import set_limit
from credit.tables import CreditCheck, CreditHold, OrderReservation
from receivables.service import cancel_invoice
from receivables.store import customer_by_external_id, invoice_by_number
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice

ROUNDS = 6


@pytest.fixture
def keys(system: System) -> dict[Role, str]:
    def stage(work: Work) -> dict[Role, str]:
        a_company(work)
        a_customer(work)
        set_limit(work, customer_by_external_id(work.session, "ACME"), Money(100_000, "EUR"), "review")
        return {role: access.add_api_key(work, f"key-{role}", role) for role in (Role.ERP, Role.MANAGER)}

    return system.house.write(stage)


@pytest.fixture
def erp(system: System, keys: dict[Role, str]) -> Iterator[TestClient]:
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {keys[Role.ERP]}"}) as client:
        yield client


@pytest.fixture
def manager(system: System, keys: dict[Role, str]) -> Iterator[TestClient]:
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {keys[Role.MANAGER]}"}) as client:
        yield client


def asks(client: TestClient, number: str, amount: str, **more: str) -> dict[str, Any]:
    body = {"customer": "ACME", "order_number": number, "amount": amount, "currency": "EUR", **more}
    answer = client.post("/api/v1/credit/checks", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(found: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in found["reasons"]]


def exposure(client: TestClient) -> str:
    (account,) = client.get("/api/v1/customers/ACME/credit").json()["credit"]
    return str(account["exposure"])


def pushes(client: TestClient, number: str, amount: str, status: str) -> None:
    order = {"order_number": number, "customer_id": "ACME", "received_at": "2026-11-20T09:30:00Z", "currency": "EUR"}
    answer = client.post("/api/v1/orders", json={**order, "amount": amount, "status": status})
    assert answer.status_code in (200, 201), answer.text


def test_credit_is_kept_free_for_an_allowed_order_and_the_next_one_sees_it(erp: TestClient) -> None:
    first = asks(erp, "PO/1", "600.00")
    assert (first["decision"], codes(first), first["exposure"], first["limit"]) == (
        "allow", ["within_limit"], "0.00", "1000.00",
    )  # fmt: skip
    assert first["reservation"]["amount"] == "600.00"
    second = asks(erp, "PO/2", "600.00")
    assert (second["decision"], codes(second), second["exposure"], second["reservation"]) == (
        "deny", ["over_limit"], "600.00", None,
    )  # fmt: skip
    assert exposure(erp) == "600.00"


def test_the_same_order_asked_again_is_not_counted_twice(erp: TestClient) -> None:
    asks(erp, "PO/1", "900.00")
    again = asks(erp, "PO/1", "950.00")
    assert (again["decision"], again["exposure"], exposure(erp)) == ("allow", "0.00", "950.00")


def test_an_order_that_arrives_confirmed_takes_the_place_of_its_reservation(system: System, erp: TestClient) -> None:
    asks(erp, "PO/1", "600.00")
    pushes(erp, "PO/1", "600.00", "received")
    assert exposure(erp) == "600.00", "not confirmed yet: still kept free"
    pushes(erp, "PO/1", "600.00", "confirmed")
    assert exposure(erp) == "600.00"
    (kept,) = system.house.read(lambda work: work.session.query(OrderReservation.ended_by).all())
    assert kept == ("arrived",)
    assert asks(erp, "PO/1", "600.00")["exposure"] == "0.00", "the order itself is left out"
    assert exposure(erp) == "600.00"


def test_what_does_not_arrive_in_a_week_is_free_again(erp: TestClient, clock: SetClock) -> None:
    asks(erp, "PO/1", "600.00")
    clock.at += timedelta(days=7) - timedelta(seconds=1)
    assert asks(erp, "PO/2", "600.00")["decision"] == "deny"
    clock.at += timedelta(seconds=1)
    assert asks(erp, "PO/2", "600.00")["decision"] == "allow"


def test_a_prepaid_order_is_allowed_without_a_reservation(erp: TestClient) -> None:
    found = asks(erp, "PO/1", "5000.00", prepaid="5000.00")
    assert (found["decision"], codes(found), found["reservation"]) == ("allow", ["prepaid"], None)
    assert asks(erp, "PO/2", "5000.00", prepaid="4500.00")["reservation"]["amount"] == "500.00"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [({"amount": "-1"}, "/amount"), ({"prepaid": "2000.00"}, "/prepaid"), ({"currency": "XXY"}, "/amount")],
)
def test_a_wrong_check_is_refused_at_its_place(erp: TestClient, wrong: dict[str, str], pointer: str) -> None:
    body = {"customer": "ACME", "order_number": "PO/1", "amount": "1.00", "currency": "EUR", **wrong}
    answer = erp.post("/api/v1/credit/checks", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_two_orders_at_the_same_moment_never_both_slip_under_the_limit(system: System, keys: dict[Role, str]) -> None:
    app = build_web(system)
    headers = {"Authorization": f"Bearer {keys[Role.ERP]}"}
    with TestClient(app, headers=headers) as client:
        for attempt in range(ROUNDS):
            gate, found = threading.Barrier(3), list[dict[str, Any]]()

            def ask(name: str, gate: threading.Barrier = gate, found: list[dict[str, Any]] = found) -> None:
                gate.wait()
                found.append(asks(client, name, "400.00"))

            threads = [threading.Thread(target=ask, args=(f"PO/{attempt}/{each}",)) for each in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(each["decision"] for each in found) == ["allow", "allow", "deny"]
            assert exposure(client) == "800.00"
            for each in range(3):
                asks(client, f"PO/{attempt}/{each}", "0.00")
            assert exposure(client) == "0.00"
    holds_true(system)


def holds_true(system: System) -> None:
    keys = dict(system.audit_keys)
    assert system.house.read(lambda work: list(violations(work.session, keys))) == []
    assert system.house.read(lambda work: unfaithful(work.session)) == []


def test_the_check_finds_a_decision_its_inputs_do_not_bear_out(system: System, erp: TestClient) -> None:
    asks(erp, "PO/1", "400.00")
    holds_true(system)
    system.house.write(lambda work: work.session.execute(update(CreditCheck).values(decision="deny")))
    keys = dict(system.audit_keys)
    [said] = system.house.read(lambda work: list(violations(work.session, keys)))
    assert said.startswith("I12: the credit check")


# ── orders that come or change ──────────────────────────────────────────────────────────────────


def decisions(system: System) -> list[tuple[str, str]]:
    def read(work: Work) -> list[tuple[str, str]]:
        query = work.session.query(CreditCheck.order_number, CreditCheck.decision).order_by(CreditCheck.id)
        return [(number, decision) for number, decision in query]

    return system.house.read(read)


def test_an_order_nobody_asked_about_is_checked_when_it_arrives_confirmed(system: System, erp: TestClient) -> None:
    pushes(erp, "PO/1", "5000.00", "confirmed")
    assert decisions(system) == [("PO/1", "deny")]
    assert exposure(erp) == "5000.00", "the order is there; whether goods leave is for a person"


def test_an_order_that_was_allowed_is_checked_again_only_when_it_grows_or_is_opened_again(
    system: System, erp: TestClient
) -> None:
    asks(erp, "PO/1", "600.00")
    pushes(erp, "PO/1", "600.00", "confirmed")
    pushes(erp, "PO/1", "500.00", "confirmed")
    assert len(decisions(system)) == 1
    pushes(erp, "PO/1", "1050.00", "confirmed")
    pushes(erp, "PO/1", "1050.00", "cancelled")
    pushes(erp, "PO/1", "1050.00", "confirmed")
    assert [decision for _, decision in decisions(system)] == ["allow", "refer", "refer"]
    holds_true(system)


def test_a_delivered_order_is_not_checked_any_more(system: System, erp: TestClient) -> None:
    pushes(erp, "PO/1", "5000.00", "delivered")
    assert decisions(system) == []


# ── holds ───────────────────────────────────────────────────────────────────────────────────────


def running(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/credit/holds").json()["data"]
    return found


def test_an_order_that_is_denied_is_held_until_a_manager_releases_it(erp: TestClient, manager: TestClient) -> None:
    asks(erp, "PO/1", "5000.00")
    (hold,) = running(manager)
    assert (hold["order_number"], hold["cause"], hold["amount"]) == ("PO/1", "check", "5000.00")
    path = f"/api/v1/credit/holds/{hold['id']}/release"
    assert erp.post(path, json={"reason": "We want to"}).status_code == 403
    assert manager.post(path, json={"reason": "  "}).status_code == 422
    assert manager.post(path, json={"reason": "Guarantee of the parent"}).status_code == 200
    assert manager.post(path, json={"reason": "Again"}).status_code == 409
    assert (running(manager), exposure(manager)) == ([], "5000.00")
    assert codes(asks(erp, "PO/1", "5000.00")) == ["released"]
    assert asks(erp, "PO/1", "5000.01")["decision"] == "deny"


def test_a_hold_ends_by_itself_when_the_order_fits_after_all(erp: TestClient, manager: TestClient) -> None:
    asks(erp, "PO/1", "5000.00")
    assert asks(erp, "PO/1", "500.00")["decision"] == "allow"
    assert running(manager) == []


def test_a_customer_on_hold_gets_nothing_on_credit_but_is_invoiced_what_was_delivered(
    system: System, erp: TestClient, manager: TestClient
) -> None:
    body = {"customer": "ACME", "reason": "Guarantee ran out"}
    assert manager.post("/api/v1/credit/holds", json=body).status_code == 201
    assert manager.post("/api/v1/credit/holds", json=body).status_code == 409
    assert codes(asks(erp, "PO/1", "1.00")) == ["on_hold"]
    assert asks(erp, "PO/2", "1.00", prepaid="1.00")["decision"] == "allow"
    system.house.write(lambda work: an_invoice(work, "F-1", amount="9000.00", order_number="PO/1"))
    assert exposure(erp) == "9000.00"


def test_long_overdue_money_holds_the_customer_and_payment_ends_it(system: System, manager: TestClient) -> None:
    late = TODAY - timedelta(days=100)
    system.house.write(lambda work: an_invoice(work, "F-1", amount="300.00", due_on=late))
    assert system.house.write(judge_overdue) == {"held": 1, "ended": 0}
    assert system.house.write(judge_overdue) == {"held": 0, "ended": 0}
    (hold,) = running(manager)
    assert (hold["cause"], hold["order_number"]) == ("overdue", "")
    system.house.write(lambda work: cancel_invoice(work, invoice_by_number(work.session, "F-1"), "wrong"))
    assert system.house.write(judge_overdue) == {"held": 0, "ended": 1}
    assert running(manager) == []


def test_a_released_overdue_hold_is_not_set_again_the_next_morning(
    system: System, manager: TestClient, clock: SetClock
) -> None:
    late = TODAY - timedelta(days=100)
    system.house.write(lambda work: an_invoice(work, "F-1", amount="300.00", due_on=late))
    system.house.write(judge_overdue)
    (hold,) = running(manager)
    manager.post(f"/api/v1/credit/holds/{hold['id']}/release", json={"reason": "Pays on Friday"})
    clock.at += timedelta(days=1)
    assert system.house.write(judge_overdue)["held"] == 0
    clock.at += timedelta(days=7)
    assert system.house.write(judge_overdue)["held"] == 1


def test_every_step_stands_in_the_audit_log(system: System, erp: TestClient, manager: TestClient) -> None:
    asks(erp, "PO/1", "5000.00")
    (hold,) = running(manager)
    manager.post(f"/api/v1/credit/holds/{hold['id']}/release", json={"reason": "Known for years"})
    log = manager.get("/api/v1/audit", params={"limit": 10}).json()["data"]
    actions = {each["action"]: each for each in log}
    assert {"credit.checked", "credit.released"} <= actions.keys()
    assert actions["credit.released"]["reason"] == "Known for years"
    assert system.house.read(lambda work: work.session.query(CreditHold).one().is_released)
    holds_true(system)
