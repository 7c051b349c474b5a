"""Rules for orders: what is urgent and by when, and what of an order is unusual against its customer's history."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import NotAllowed
from orders import rules, store
from orders.intake import read_order
from orders.service import Told, put_orders, tell
from orders.tables import Order
from receivables.intake.rows import Row
from runtime import access
from runtime.work import Actor, Role, Work
from tests.builders import a_company, a_customer
from tests.conftest import NOON

RULES: dict[str, Any] = {
    "minutes": {"low": 240, "normal": 60, "high": 45, "urgent": 15},
    "raises": [
        {"priority": "high", "segment": "A"},
        {"priority": "urgent", "currency": "EUR", "amount": "5000.00"},
        {"priority": "urgent", "channel": "portal", "within_days": 2},
    ],
    "enough": 5, "times_the_median": 4, "times_the_average": 4, "new_address": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def cast(system: System) -> None:
    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        a_customer(work, "VIP", segment="A")

    system.house.write(stage)


@pytest.fixture
def web(system: System) -> Iterator[TestClient]:
    email, password = "mona@nordwind.example", "a password for tests only"
    system.house.write(lambda work: access.add_user(work, email, Role.MANAGER, password))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": email, "password": password})
        yield client


def an_order(work: Work, number: str, customer: str = "ACME", **more: str) -> Order:
    row = {
        "order_number": number, "customer_id": customer, "currency": "EUR", "received_at": NOON.isoformat(),
        "amount": "100.00", **more,
    }  # fmt: skip
    order, problems = read_order(Row("test", row))
    assert order is not None, problems
    assert put_orders(work, a_company(work), [order]).problems == []
    found: Order = store.order_named(work.session, number).Order
    return found


def urgency(work: Work, number: str, customer: str = "ACME", **more: str) -> tuple[str, int]:
    """The priority of a new order, and its minutes to be handed over."""
    order = an_order(work, number, customer, **more)
    return order.priority, int((order.deadline_at - order.received_at).total_seconds() // 60)


# ── priority and deadline ───────────────────────────────────────────────────────────────────────


def test_without_rules_every_order_has_an_hour(system: System) -> None:
    assert system.house.write(lambda work: urgency(work, "PO-1", "VIP", priority="urgent")) == ("urgent", 60)


def test_a_rule_raises_the_priority_of_a_customers_class_and_the_deadline_follows(system: System) -> None:
    def live(work: Work) -> list[tuple[str, int]]:
        rules.put_rules(work, RULES)
        return [
            urgency(work, "PO-1"),
            urgency(work, "PO-2", "VIP"),
            urgency(work, "PO-3", amount="5000.00"),
            urgency(work, "PO-4", priority="low"),
            urgency(work, "PO-5", "VIP", priority="urgent"),
            urgency(work, "PO-6", channel="portal", requested_on="2026-11-22"),
            urgency(work, "PO-7", channel="portal", requested_on="2026-11-23"),
        ]

    assert system.house.write(live) == [
        ("normal", 60), ("high", 45), ("urgent", 15), ("low", 240), ("urgent", 15), ("urgent", 15), ("normal", 60),
    ]  # fmt: skip


def test_the_same_order_told_again_changes_nothing_and_one_that_grows_becomes_urgent(system: System) -> None:
    def live(work: Work) -> list[tuple[str, int, int]]:
        rules.put_rules(work, RULES)
        seen = []
        for amount in ("100.00", "100.00", "6000.00"):
            priority, minutes = urgency(work, "PO-1", "VIP", amount=amount)
            seen.append((priority, minutes, store.order_named(work.session, "PO-1").Order.version))
        return seen

    assert system.house.write(live) == [("high", 45, 1), ("high", 45, 1), ("urgent", 15, 2)]


# ── unusual ─────────────────────────────────────────────────────────────────────────────────────


def test_an_order_that_goes_where_none_went_waits_for_the_customer(system: System) -> None:
    def live(work: Work) -> tuple[str, str, str]:
        for place in range(5):
            at = (NOON - timedelta(days=10 + 9 * place)).isoformat()
            an_order(work, f"OLD-{place}", received_at=at, delivery_address="Dock 1, 90100 Oulu")
        same = an_order(work, "SAME", delivery_address="dock 1 90100 OULU")
        other = an_order(work, "OTHER", delivery_address="Unit 7, Turku")
        return same.unusual, other.unusual, store.state_of(other)

    same, other, state = system.house.write(live)
    assert same == ""
    assert other == "It goes to “Unit 7, Turku”, where none of the 6 orders of the last year went."
    assert state == "awaiting_validation"


def test_more_orders_in_a_week_than_ever_wait_for_the_customer(system: System) -> None:
    def live(work: Work) -> list[bool]:
        for week in range(2, 12):
            an_order(work, f"WEEK-{week}", received_at=(NOON - timedelta(weeks=week)).isoformat())
        return [bool(an_order(work, f"NOW-{place}", po_number=str(place)).unusual) for place in range(7)]

    assert system.house.write(live) == [False] * 4 + [True] * 3, "one a week: up to four are usual"


def test_a_change_of_address_after_the_customers_word_asks_for_it_again(system: System) -> None:
    def live(work: Work) -> tuple[str, str, str]:
        for place in range(5):
            at = (NOON - timedelta(days=10 + 9 * place)).isoformat()
            an_order(work, f"OLD-{place}", received_at=at, delivery_address="Dock 1")
        order = an_order(work, "PO-1", amount="5000.00", delivery_address="Dock 1")
        tell(work, order, Told("validated", work.now))
        first = store.state_of(order)
        an_order(work, "PO-1", amount="5000.00", delivery_address="Unit 7")
        second = store.state_of(order)
        an_order(work, "PO-1", amount="90.00", delivery_address="Dock 1")
        return first, second, store.state_of(order)

    assert system.house.write(live) == ("received", "awaiting_validation", "received")


def test_what_is_not_said_of_the_address_does_not_take_it_away(system: System) -> None:
    def live(work: Work) -> str | None:
        an_order(work, "PO-1", delivery_address="Dock 1")
        return an_order(work, "PO-1", amount="90.00").delivery_address

    assert system.house.write(live) == "Dock 1"


# ── the rules themselves ────────────────────────────────────────────────────────────────────────


def test_rules_are_put_over_the_api_in_versions_and_wrong_ones_are_named(web: TestClient) -> None:
    before = web.get("/api/v1/order-rules").json()
    assert (before["version"], before["minutes"]["normal"], before["raises"]) == (1, 60, [])
    put = web.put("/api/v1/order-rules", json=RULES)
    assert (put.status_code, put.json()["version"]) == (200, 2), put.text
    assert put.json()["raises"][1] == {
        "priority": "urgent", "segment": "", "channel": "", "currency": "EUR", "amount": "5000.00", "within_days": None,
    }  # fmt: skip
    for wrong, pointer in (
        ({"minutes": {**RULES["minutes"], "low": 0}}, "/minutes/low"),
        ({"enough": 1}, "/enough"),
        ({"raises": [{"priority": "high"}]}, "/raises/0"),
        ({"raises": [{"priority": "high", "amount": "5.00"}]}, "/raises/0/currency"),
        ({"raises": [{"priority": "high", "currency": "EUR", "amount": "5.001"}]}, "/raises/0/amount"),
        ({"raises": [{"priority": "high", "channel": "pigeon"}]}, "/raises/0/channel"),
        ({"raises": [{"priority": "high", "within_days": 999}]}, "/raises/0/within_days"),
    ):
        answer = web.put("/api/v1/order-rules", json={**RULES, **wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert web.get("/api/v1/order-rules").json()["version"] == 2


def test_the_page_puts_the_same_rules_in_force(web: TestClient) -> None:
    form = {
        "low": "240", "normal": "60", "high": "45", "urgent": "15", "enough": "5", "times_the_median": "3",
        "times_the_average": "4", "priority": ["high", "urgent", "high"], "segment": ["A", "", ""],
        "channel": ["", "edi", ""], "currency": ["", "eur", ""], "amount": ["", "900", ""],
        "within_days": ["", "3", ""],
    }  # fmt: skip
    assert "in force" in web.post("/order-rules", data=form).text
    found = web.get("/api/v1/order-rules").json()
    assert (found["times_the_median"], found["new_address"], len(found["raises"])) == (3, False, 2)
    assert found["raises"][1]["within_days"] == 3
    assert 'value="900.00"' in web.get("/order-rules").text
    assert "whole number" in web.post("/order-rules", data={**form, "low": "soon"}).text


def test_only_who_may_change_policies_puts_rules(system: System) -> None:
    clerk = Actor("user", "clara", Role.CONTROLLER)
    with pytest.raises(NotAllowed):
        system.house.write(lambda work: rules.put_rules(work, RULES), actor=clerk)
