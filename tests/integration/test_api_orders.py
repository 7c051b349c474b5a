"""Orders over the API."""

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_company, a_customer

ORDER = {
    "order_number": "PO/1",
    "customer_id": "ACME",
    "received_at": "2026-11-20T09:30:00Z",
    "currency": "EUR",
    "amount": "10.50",
}


@pytest.fixture
def api(system: System) -> TestClient:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work)
        return access.add_api_key(work, "tests", Role.ERP)

    key = system.house.write(stage)
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"})


def test_the_same_order_twice_changes_nothing_and_is_read_back(api: TestClient) -> None:
    fates = [api.post("/api/v1/orders", json=ORDER).json()["status"] for _ in range(2)]
    assert fates == ["created", "unchanged"]
    assert api.get("/api/v1/orders/PO/1").json()["amount"] == "10.50"
    assert len(api.get("/api/v1/orders").json()["data"]) == 1
    assert api.get("/api/v1/orders/PO/2").status_code == 404


@pytest.mark.parametrize(
    ("member", "value"), [("amount", "1e300000"), ("amount", "-1"), ("customer_id", "X"), ("a", "1")]
)
def test_a_wrong_order_is_refused_at_its_place(api: TestClient, member: str, value: str) -> None:
    answer = api.post("/api/v1/orders", json={**ORDER, member: value})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{member}")
    assert api.get("/api/v1/orders").json()["data"] == []
