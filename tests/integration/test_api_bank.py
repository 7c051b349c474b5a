"""Cash over the API: entries placed, undone, ignored; who may and what is refused."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from reports.invariants import violations
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_customer, an_invoice, money_in


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_customer(work)
        an_invoice(work, "F-1001", amount="100.00")
        money_in(work, "90.00", "for nothing we know")
        return access.add_api_key(work, "tests", Role.CONTROLLER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def _entry(api: TestClient) -> dict[str, str]:
    (found,) = api.get("/api/v1/bank-entries").json()["data"]
    return found  # type: ignore[no-any-return]


def _place(api: TestClient, amount: str, remainder: str) -> int:
    lines = [{"invoice_number": "F-1001", "amount": amount}]
    path = f"/api/v1/bank-entries/{_entry(api)['id']}/allocations"
    return api.post(path, json={"allocations": lines, "remainder": remainder}).status_code


def _open(api: TestClient) -> str:
    return str(api.get("/api/v1/invoices/F-1001").json()["open"])


def test_a_short_payment_leaves_the_rest_of_the_invoice_open_and_can_be_undone(api: TestClient) -> None:
    lines = [{"invoice_number": "F-1001", "amount": "90.00"}]
    path = f"/api/v1/bank-entries/{_entry(api)['id']}/allocations"
    answer = api.post(path, json={"allocations": lines, "remainder": "short_payment"})
    assert (answer.status_code, answer.json()["entry"]["state"], _open(api)) == (201, "applied", "10.00")
    assert api.post(path, json={"allocations": lines}).status_code == 409
    allocation = f"/api/v1/allocations/{answer.json()['allocations'][0]['id']}"
    assert (api.delete(allocation).status_code, api.delete(allocation).status_code) == (200, 409)
    assert _open(api) == "100.00"


def test_the_rest_of_the_invoice_can_be_written_off(api: TestClient) -> None:
    assert (_place(api, "90.00", "write_off"), _open(api)) == (201, "0.00")


def test_what_is_left_of_the_entry_stays_the_customers_cash(api: TestClient) -> None:
    assert (_place(api, "40.00", "unapplied"), _open(api)) == (201, "60.00")
    assert _entry(api)["placed"] == "90.00"


def test_a_remainder_of_invoices_needs_an_entry_used_up(api: TestClient) -> None:
    assert (_place(api, "40.00", "short_payment"), _open(api)) == (422, "100.00")


@pytest.mark.parametrize("amount", ["NaN", "1e300000", "1_000", "１２", "-0", "0", "-5.00", "9" * 3000])
def test_a_bad_amount_is_refused_at_its_place(api: TestClient, amount: str) -> None:
    lines = [{"invoice_number": "F-1001", "amount": amount}]
    answer = api.post(f"/api/v1/bank-entries/{_entry(api)['id']}/allocations", json={"allocations": lines})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/allocations/0/amount")
    assert _open(api) == "100.00"


def test_an_entry_is_ignored_with_a_reason_and_found_by_its_state(api: TestClient) -> None:
    path = f"/api/v1/bank-entries/{_entry(api)['id']}/ignore"
    assert api.post(path, json={"reason": ""}).status_code == 422
    assert api.post(path, json={"reason": "interest"}).json()["state"] == "ignored"
    assert len(api.get("/api/v1/bank-entries", params={"state": "ignored"}).json()["data"]) == 1
    assert api.get("/api/v1/bank-entries", params={"state": "unmatched"}).json()["data"] == []


def test_a_run_posts_what_is_certain(api: TestClient, system: System) -> None:
    system.house.write(lambda work: money_in(work, "100.00", "F-1001"))
    assert api.post("/api/v1/reconciliation-runs", json={}).json()["posted"] == 1
    assert _open(api) == "0.00"
    assert api.get("/api/v1/statements").json()["data"][0]["state"] == "accepted"
    assert api.get("/api/v1/bank-accounts").json()["data"][0]["currency"] == "EUR"


def test_a_viewer_sees_cash_and_does_not_place_it(api: TestClient, system: System) -> None:
    key = system.house.write(lambda work: access.add_api_key(work, "viewer", Role.VIEWER))
    viewer = {"Authorization": f"Bearer {key}"}
    assert api.get("/api/v1/bank-entries", headers=viewer).status_code == 200
    assert api.post("/api/v1/reconciliation-runs", json={}, headers=viewer).status_code == 403
