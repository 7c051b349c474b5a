"""Groups and their limit, what is prepaid, rules of amount and age, and what a person should look at again."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid, Refused
from core.money import Money
from credit import reviews, rules
from credit.service import set_limit
from credit.tables import CreditReview
from disputes.service import Contest, open_dispute, resolve
from payments import service as cash
from receivables.store import customer_by_external_id
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in, the_item


@pytest.fixture
def book(system: System) -> System:
    """HEAD may owe 1,000.00 by itself, and 1,500.00 together with its daughters EAST and WEST (1,000.00 each)."""

    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work, "HEAD")
        a_customer(work, "EAST", parent_id="HEAD")
        a_customer(work, "WEST", parent_id="EAST")
        for name in ("HEAD", "EAST", "WEST"):
            set_limit(work, customer_by_external_id(work.session, name), Money(100_000, "EUR"), "review")
        set_limit(work, customer_by_external_id(work.session, "HEAD"), Money(150_000, "EUR"), "review", scope="group")

    system.house.write(stage)
    return system


@pytest.fixture
def erp(book: System) -> Iterator[TestClient]:
    key = book.house.write(lambda work: access.add_api_key(work, "erp", Role.ERP))
    with TestClient(build_web(book), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


@pytest.fixture
def manager(book: System) -> Iterator[TestClient]:
    key = book.house.write(lambda work: access.add_api_key(work, "manager", Role.MANAGER))
    with TestClient(build_web(book), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def asks(client: TestClient, customer: str, number: str, amount: str) -> tuple[str, list[str]]:
    body = {"customer": customer, "order_number": number, "amount": amount, "currency": "EUR"}
    found: dict[str, Any] = client.post("/api/v1/credit/checks", json=body).json()
    return found["decision"], [reason["code"] for reason in found["reasons"]]


def holds_true(book: System) -> None:
    keys = dict(book.audit_keys)
    assert book.house.read(lambda work: list(violations(work.session, keys))) == []


# ── groups ──────────────────────────────────────────────────────────────────────────────────────


def test_an_order_within_its_own_limit_is_denied_when_the_group_owes_too_much_together(
    book: System, erp: TestClient
) -> None:
    assert asks(erp, "EAST", "E/1", "900.00") == ("allow", ["within_limit"])
    assert asks(erp, "WEST", "W/1", "600.00") == ("allow", ["within_limit"])
    assert asks(erp, "WEST", "W/2", "300.00") == ("deny", ["over_group_limit"])
    assert asks(erp, "HEAD", "H/1", "100.00") == ("refer", ["over_group_limit"])
    holds_true(book)


def test_three_daughters_at_once_never_slip_under_the_limit_of_the_group(book: System, erp: TestClient) -> None:
    found: list[str] = []
    gate = threading.Barrier(3)

    def ask(customer: str) -> None:
        gate.wait()
        found.append(asks(erp, customer, f"{customer}/1", "700.00")[0])

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("HEAD", "EAST", "WEST")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found) == ["allow", "allow", "deny"]


def test_a_group_above_its_limit_is_an_overrun_of_its_own_and_ends_with_the_payment(
    book: System, erp: TestClient, manager: TestClient
) -> None:
    def owe(work: Work) -> None:
        an_invoice(work, "F-1", "EAST", "900.00")
        an_invoice(work, "F-2", "WEST", "700.00")

    def pay(work: Work) -> None:
        cash.apply_entry(work, money_in(work, "900.00"), [cash.Placing(the_item(work, "F-1").id, 90_000)])

    book.house.write(owe)
    [over] = manager.get("/api/v1/credit/overruns").json()["data"]
    assert (over["customer_id"], over["scope"], over["overrun"]) == ("HEAD", "group", "100.00")
    group = erp.get("/api/v1/customers/WEST/credit").json()["group"]
    assert (group["head"], group["members"]) == ("HEAD", ["EAST", "HEAD", "WEST"])
    assert [(each["exposure"], each["limit"]) for each in group["credit"]] == [("1600.00", "1500.00")]
    book.house.write(pay)
    assert manager.get("/api/v1/credit/overruns").json()["data"] == []


def test_the_limit_of_a_group_is_set_at_its_head_and_raised_by_two_people(book: System) -> None:
    def at_a_daughter(work: Work) -> None:
        east = customer_by_external_id(work.session, "EAST")
        set_limit(work, east, Money(1, "EUR"), "no", scope="group")

    with pytest.raises(Refused, match="at its head"):
        book.house.write(at_a_daughter)
    with pytest.raises(Exception, match="proposed by a person"):
        book.house.write(
            lambda work: set_limit(
                work, customer_by_external_id(work.session, "HEAD"), Money(200_000, "EUR"), "more", scope="group"
            )
        )


# ── prepaid ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_prepaid_of_an_order_adds_no_exposure_and_is_not_held_against_it(book: System, erp: TestClient) -> None:
    order = {
        "order_number": "E/1", "customer_id": "EAST", "received_at": "2026-11-20T09:30:00Z", "currency": "EUR",
        "amount": "1300.00", "prepaid_amount": "500.00", "status": "confirmed",
    }  # fmt: skip
    assert erp.post("/api/v1/orders", json=order).status_code == 201
    [account] = erp.get("/api/v1/customers/EAST/credit").json()["credit"]
    assert (account["orders"], account["exposure"]) == ("800.00", "800.00")
    assert erp.get("/api/v1/orders/E/1").json()["prepaid_amount"] == "500.00"
    book.house.write(lambda work: an_invoice(work, "F-1", "EAST", "700.00", order_number="E/1") and None)
    [account] = erp.get("/api/v1/customers/EAST/credit").json()["credit"]
    assert (account["open"], account["orders"]) == ("700.00", "100.00"), "600.00 are left, 500.00 of them prepaid"
    wrong = erp.post("/api/v1/orders", json={**order, "prepaid_amount": "1300.01"})
    assert wrong.status_code == 422
    holds_true(book)


# ── rules ───────────────────────────────────────────────────────────────────────────────────────


def test_too_much_overdue_for_too_long_refers_or_denies_by_rules_that_are_data(
    book: System, erp: TestClient, manager: TestClient
) -> None:
    said = manager.get("/api/v1/credit/rules").json()
    version = said.pop("version")
    said["steps"] = [
        {"currency": "EUR", "amount": "100.00", "days": 30, "verdict": "refer"},
        {"currency": "EUR", "amount": "200.00", "days": 60, "verdict": "deny"},
    ]
    assert manager.put("/api/v1/credit/rules", json=said).json()["version"] == version + 1
    book.house.write(lambda work: an_invoice(work, "F-1", "EAST", "150.00", TODAY - timedelta(days=31)) and None)
    assert asks(erp, "EAST", "E/1", "10.00") == ("refer", ["aged"])
    book.house.write(lambda work: an_invoice(work, "F-2", "EAST", "201.00", TODAY - timedelta(days=61)) and None)
    assert asks(erp, "EAST", "E/2", "10.00")[0] == "deny"
    assert asks(erp, "WEST", "W/1", "10.00")[0] == "allow"
    holds_true(book)
    assert manager.put("/api/v1/credit/rules", json={**said, "patient_days": 91}).status_code == 422
    assert erp.put("/api/v1/credit/rules", json=said).status_code == 403


def test_rules_that_contradict_themselves_are_refused(book: System) -> None:
    said = {"refers_up_to_percent": 10, "patient_days": 5, "refers_at_days": 10, "denies_at_days": 30}
    step = {"currency": "EUR", "amount": "1.00", "days": 1, "verdict": "deny"}
    for wrong in (
        {"denies_at_days": 9},
        {"steps": [{**step, "currency": "XXQ"}]},
        {"steps": [{**step, "amount": "1,5"}]},
        {"steps": [{**step, "verdict": "allow"}]},
        {"steps": [step] * 13},
    ):
        with pytest.raises(Invalid):
            book.house.write(lambda work, wrong=wrong: rules.put_rules(work, {**said, **wrong}))  # type: ignore[misc]


# ── behaviour and reviews ───────────────────────────────────────────────────────────────────────


def looked(book: System, clock: SetClock, days: int) -> list[tuple[str, str]]:
    clock.at += timedelta(days=days)
    book.house.write(reviews.look_again)

    def read(work: Work) -> list[tuple[str, str]]:
        found = [row for row, _ in reviews.to_do(work.session)]
        return [(each.cause, each.about) for each in found]

    return book.house.read(read)


def test_a_limit_that_runs_out_is_put_to_a_person_once_before_and_once_after(book: System, clock: SetClock) -> None:
    until = TODAY + timedelta(days=40)
    book.house.write(
        lambda work: (
            set_limit(
                work, customer_by_external_id(work.session, "WEST"), Money(90_000, "EUR"), "till new year", until=until
            )
            and None
        )
    )
    assert looked(book, clock, 0) == []
    assert [cause for cause, _ in looked(book, clock, 10)] == ["limit_ends"]
    assert [cause for cause, _ in looked(book, clock, 1)] == ["limit_ends"]
    assert [cause for cause, _ in looked(book, clock, 30)] == ["limit_ends", "limit_ended"]


def test_who_behaves_worse_is_looked_at_again_with_all_it_rests_on(
    book: System, clock: SetClock, manager: TestClient
) -> None:
    def pay_in_time(work: Work) -> None:
        an_invoice(work, "F-1", "EAST", "100.00", TODAY)
        cash.apply_entry(work, money_in(work, "100.00"), [cash.Placing(the_item(work, "F-1").id, 10_000)])

    book.house.write(pay_in_time)
    assert looked(book, clock, 0) == []
    book.house.write(lambda work: an_invoice(work, "F-2", "EAST", "100.00", TODAY) and None)
    [(cause, about)] = looked(book, clock, 20)
    assert cause == "behaviour"
    assert about.startswith("the score fell from 100 to 80")

    def contest(work: Work) -> None:
        told = Contest("invoice", "F-2", "price", work.today, work.today)
        resolve(work, open_dispute(work, a_company(work), told), "rejected")

    book.house.write(contest)
    found = manager.get("/api/v1/customers/EAST/behaviour").json()
    assert found["score"] == 65
    assert [(part["says"], part["points"]) for part in found["parts"]] == [
        ("10 days", 20),
        ("0 of 0", 0),
        ("1 of 1", 15),
    ]
    [task] = manager.get("/api/v1/credit/reviews").json()["data"]
    assert manager.post(f"/api/v1/credit/reviews/{task['id']}/close", json={"note": " "}).status_code == 422
    done = manager.post(f"/api/v1/credit/reviews/{task['id']}/close", json={"note": "Called, will pay."})
    assert (done.status_code, done.json()["is_closed"]) == (200, True)
    assert manager.post(f"/api/v1/credit/reviews/{task['id']}/close", json={"note": "x"}).status_code == 409
    assert book.house.read(lambda work: work.session.query(CreditReview).count()) == 1


def test_the_pages_of_credit_show_the_group_the_behaviour_and_the_rules(book: System, clock: SetClock) -> None:
    email, password = "clara@nordwind.example", "a password for tests only"

    def stage(work: Work) -> None:
        access.add_user(work, email, Role.MANAGER, password)
        an_invoice(work, "F-1", "EAST", "100.00", TODAY - timedelta(days=100))

    book.house.write(stage)
    with TestClient(build_web(book), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": email, "password": password})
        page = client.get("/credit/customers/EAST").text
        for said in ("The group of Head Ltd", "Days late, weighted by amount", "100 days", "Behaviour"):
            assert said in page, said
        form = {"refers_up_to_percent": "5", "patient_days": "5", "refers_at_days": "10", "denies_at_days": "30"}
        steps = {"currency": ["eur", "EUR"], "amount": ["50.00", ""], "days": ["30", ""], "verdict": ["deny", "refer"]}
        assert "of the rules is in force" in client.post("/credit/rules", data={**form, **steps}).text
        assert 'value="50.00"' in client.get("/credit/rules").text
        limit = {"customer": "HEAD", "amount": "100.00", "currency": "EUR", "scope": "group"}
        assert "The limit of the group of Head Ltd is" in client.post("/credit/limits", data=limit).text
        assert "and its group" not in client.get("/credit").text
