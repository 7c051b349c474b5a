"""Credit over the API: a limit set, the exposure against it, the overrun it makes."""

from collections.abc import Iterator

import pytest
from httpx import Response
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_customer, an_invoice


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_customer(work)
        an_invoice(work, "F-1001", amount="100.00")
        return access.add_api_key(work, "tests", Role.MANAGER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def _set(api: TestClient, amount: str, **headers: str) -> Response:
    read = api.get("/api/v1/customers/ACME/credit")
    headers = {"If-Match": read.headers["ETag"], **headers}
    return api.put("/api/v1/customers/ACME/credit-limit", json={"amount": amount, "currency": "EUR"}, headers=headers)


def test_a_limit_below_the_exposure_is_an_overrun_and_no_program_raises_it(api: TestClient) -> None:
    assert _set(api, "60.00").status_code == 200
    (account,) = api.get("/api/v1/customers/ACME/credit").json()["credit"]
    assert (account["limit"], account["exposure"], account["overrun"]) == ("60.00", "100.00", "40.00")
    (overrun,) = api.get("/api/v1/credit/overruns").json()["data"]
    assert (overrun["customer_id"], overrun["overrun"], overrun["since"]) == ("ACME", "40.00", "2026-11-20")
    raised = _set(api, "100.00")
    assert (raised.status_code, "person" in raised.json()["detail"]) == (403, True), "no program raises a limit"
    assert api.get("/api/v1/credit/overruns").json()["data"] == [overrun]


@pytest.mark.parametrize("amount", ["NaN", "1e300000", "1_000", "１２", "-1.00", "1.001", "9" * 3000])
def test_a_bad_limit_is_refused_at_its_place(api: TestClient, amount: str) -> None:
    answer = _set(api, amount)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/amount")


def test_only_a_manager_sets_limits(api: TestClient, system: System) -> None:
    key = system.house.write(lambda work: access.add_api_key(work, "desk", Role.CONTROLLER))
    answer = _set(api, "1.00", Authorization=f"Bearer {key}")
    assert answer.status_code == 403
