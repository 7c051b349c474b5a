"""The reports over the API: figures by hand, on any day."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from payments.reconciliation import reconcile
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work)
        a_customer(work, "BOREALIS")
        an_invoice(work, "F-1001", amount="100.00", due_on=TODAY - timedelta(days=45))
        an_invoice(work, "F-1002", amount="20.00", due_on=TODAY)
        an_invoice(work, "F-1003", "BOREALIS", "3.00", due_on=TODAY - timedelta(days=1))
        return access.add_api_key(work, "tests", Role.VIEWER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_aging_says_how_late_each_customer_is_and_everybody_together(api: TestClient) -> None:
    found = api.get("/api/v1/reports/aging").json()
    assert found["as_of"] == str(TODAY)
    (total,) = found["totals"]
    assert total == {
        "currency": "EUR", "current": "20.00", "1-30": "3.00", "31-60": "100.00", "61-90": "0.00", "90+": "0.00",
        "total": "123.00",
    }  # fmt: skip
    acme, borealis = found["data"]
    assert (acme["customer_id"], acme["31-60"], acme["total"]) == ("ACME", "100.00", "120.00")
    assert (borealis["customer_id"], borealis["1-30"]) == ("BOREALIS", "3.00")


def test_aging_of_a_past_day_knows_nothing_that_was_posted_later(
    api: TestClient, system: System, clock: SetClock
) -> None:
    def pay(work: Work) -> None:
        money_in(work, "100.00", "F-1001")
        reconcile(work, a_company(work).id)

    system.house.write(pay)
    assert api.get("/api/v1/reports/aging").json()["totals"][0]["total"] == "23.00"
    before = api.get("/api/v1/reports/aging", params={"as_of": str(TODAY - timedelta(days=1))}).json()
    assert (before["totals"][0]["total"], before["totals"][0]["31-60"]) == ("123.00", "100.00")
    long_ago = api.get("/api/v1/reports/aging", params={"as_of": "2020-01-01"}).json()
    assert (long_ago["totals"], long_ago["data"]) == ([], [])


def test_aging_goes_on_where_the_cursor_says(api: TestClient) -> None:
    first = api.get("/api/v1/reports/aging", params={"limit": 1}).json()
    second = api.get("/api/v1/reports/aging", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    names = [each["customer_id"] for each in (*first["data"], *second["data"])]
    assert (names, second["has_more"], second["totals"]) == (["ACME", "BOREALIS"], False, first["totals"])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "yesterday", "1e9"])
def test_a_day_nobody_can_compute_with_is_refused(api: TestClient, day: str) -> None:
    answer = api.get("/api/v1/reports/aging", params={"as_of": day})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/as_of")


def test_expected_cash_follows_the_habit_of_each_customer(api: TestClient, system: System) -> None:
    def pay_late(work: Work) -> None:
        an_invoice(work, "F-0900", amount="50.00", due_on=TODAY - timedelta(days=15))
        money_in(work, "50.00", "F-0900", on=TODAY - timedelta(days=5))
        reconcile(work, a_company(work).id)

    system.house.write(pay_late)
    (outlook,) = api.get("/api/v1/reports/cash-forecast").json()["data"]
    expected = {each["week"]: each["amount"] for each in outlook["weeks"] if each["amount"] != "0.00"}
    assert expected == {str(date(2026, 11, 30)): "20.00"}
    assert (outlook["overdue_habit"], outlook["later"], len(outlook["weeks"])) == ("103.00", "0.00", 13)


def test_the_worklist_names_who_owes_most(api: TestClient) -> None:
    tasks = api.get("/api/v1/reports/worklist").json()["data"]
    assert [(each["title"], each["amount"], each["href"]) for each in tasks] == [
        ("Acme Ltd", "100.00", "/worklist/ACME?company=NW"),
        ("Borealis Ltd", "3.00", "/worklist/BOREALIS?company=NW"),
    ]
