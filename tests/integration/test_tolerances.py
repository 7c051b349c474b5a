"""Tolerances: kept as versions per currency and company, used by the run, read and changed over the API."""

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid
from payments.reconciliation import reconcile
from payments.tables import Allocation
from payments.tolerances import in_force, set_tolerance
from reports.invariants import violations
from runtime import access
from runtime.house import House
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice, money_in

SAID = {"rounding": "0.05", "charges": "15.00", "percent": "5.00", "discount_grace_days": 3}


def posted(work: Work) -> list[tuple[str, int]]:
    reconcile(work, a_company(work).id)
    return sorted((each.kind, each.amount) for each in work.session.query(Allocation))


def stage(work: Work, came: str) -> None:
    a_customer(work, "ACME", iban="DE89370400440532013000")
    an_invoice(work, "F26/01701", amount="1200.00")
    money_in(work, came, "F26/01701", counterparty_account="DE89370400440532013000")


@pytest.mark.parametrize(("came", "kind"), [("1192.00", "fee"), ("1199.97", "write_off")])
def test_a_small_difference_is_posted_under_its_reason_and_the_books_hold(house: House, came: str, kind: str) -> None:
    def run(work: Work) -> None:
        stage(work, came)
        set_tolerance(work, a_company(work).id, "EUR", SAID)
        assert [each for each, _ in posted(work)] == sorted([kind, "payment"])

    house.write(run)
    found = house.read(
        lambda work: list(violations(work.session, {"settings": b"a key for tests only, 32 characters"}))
    )
    assert found == []


def test_above_the_tolerance_the_rest_stays_open(house: House) -> None:
    def run(work: Work) -> None:
        stage(work, "1180.00")
        set_tolerance(work, a_company(work).id, "EUR", SAID)
        assert posted(work) == [("payment", 118_000)]

    house.write(run)


def test_a_companys_own_tolerance_goes_before_the_one_meant_for_all_and_another_currency_has_none(house: House) -> None:
    def run(work: Work) -> None:
        company = a_company(work).id
        set_tolerance(work, None, "EUR", SAID)
        set_tolerance(work, company, "EUR", SAID | {"charges": "0.00"})
        set_tolerance(work, None, "EUR", SAID | {"charges": "99.00"})
        rows = in_force(work.session, company)
        assert (rows["EUR"].company_id, rows["EUR"].charges) == (company, 0)
        assert "JPY" not in rows

    house.write(run)


@pytest.mark.parametrize(
    ("field", "value"),
    [("rounding", "-0.01"), ("charges", "1.005"), ("percent", "NaN"), ("percent", "11"), ("percent", "0.001"),
     ("discount_grace_days", -1)],
)  # fmt: skip
def test_what_is_no_tolerance_is_refused_by_its_name(house: House, field: str, value: object) -> None:
    def run(work: Work) -> None:
        with pytest.raises(Invalid) as refused:
            set_tolerance(work, None, "EUR", SAID | {field: value})
        assert [problem.field for problem in refused.value.problems] == [field]

    house.write(run)


def test_a_manager_changes_a_tolerance_over_the_api_and_a_controller_may_only_read_it(system: System) -> None:
    def stage(work: Work) -> tuple[str, str]:
        a_company(work)
        manager = access.add_api_key(work, "manager", Role.MANAGER)
        return manager, access.add_api_key(work, "controller", Role.CONTROLLER)

    manager, controller = system.house.write(stage)
    path = "/api/v1/tolerances"
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {manager}"}) as client:
        before = {each["currency"]: each for each in client.get(path).json()["data"]}
        assert (before["EUR"]["company"], before["EUR"]["version"]) == (None, 1)
        changed = client.put(f"{path}/EUR", json=SAID | {"company": "NW"}).json()
        assert (changed["company"], changed["version"], changed["charges"]) == ("NW", 1, "15.00")
        assert changed in client.get(path, params={"company": "NW"}).json()["data"]
        assert client.put(f"{path}/XXY", json=SAID).status_code == 422
        client.headers["Authorization"] = f"Bearer {controller}"
        assert client.get(path).status_code == 200
        assert client.put(f"{path}/EUR", json=SAID).status_code == 403
