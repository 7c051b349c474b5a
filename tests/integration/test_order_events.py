"""What happens to an order, as the system that captured it tells: over REST and by a later push."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from orders.tables import Order
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_company, a_customer

RECEIVED = "2026-11-20T09:00:00Z"
PUSHED = {
    "order_number": "PO/1", "customer_id": "ACME", "received_at": RECEIVED, "currency": "EUR", "amount": "10.00",
}  # fmt: skip


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work)
        return access.add_api_key(work, "tests", Role.ERP)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        assert client.post("/api/v1/orders", json=PUSHED).status_code == 201
        yield client


def tell(api: TestClient, kind: str, at: str, **more: str) -> tuple[int, dict[str, object]]:
    answer = api.post("/api/v1/orders/PO/1/events", json={"kind": kind, "at": at, **more})
    return answer.status_code, answer.json()


def times(system: System) -> tuple[str, datetime | None, datetime | None]:
    def read(work: Work) -> tuple[str, datetime | None, datetime | None]:
        order = work.session.query(Order).one()
        assert (order.deadline_at - order.received_at).total_seconds() == 3600
        return order.status, order.processed_at, order.cancelled_at

    return system.house.read(read)


def test_an_order_is_processed_when_it_was_first_handed_over(system: System, api: TestClient) -> None:
    assert times(system) == ("received", None, None)
    assert tell(api, "delivered", "2026-11-20T10:30:00Z")[0] == 201
    assert tell(api, "confirmed", "2026-11-20T09:40:00Z")[1]["status"] == "delivered", "never backwards"
    assert times(system) == ("delivered", datetime(2026, 11, 20, 9, 40, tzinfo=UTC), None)


def test_the_same_told_again_changes_nothing(system: System, api: TestClient) -> None:
    first = tell(api, "cancelled", "2026-11-20T09:40:00Z")
    assert tell(api, "cancelled", "2026-11-20T09:40:00Z") == first
    assert times(system) == ("cancelled", None, datetime(2026, 11, 20, 9, 40, tzinfo=UTC))


def test_a_correction_has_a_cause_and_nothing_else_has(api: TestClient) -> None:
    assert tell(api, "corrected", "2026-11-20T09:40:00Z", cause="data_entry")[0] == 201
    assert tell(api, "corrected", "2026-11-20T09:41:00Z")[0] == 422
    assert tell(api, "corrected", "2026-11-20T09:41:00Z", cause="the weather")[0] == 422
    assert tell(api, "confirmed", "2026-11-20T09:41:00Z", cause="data_entry")[0] == 422


def test_nothing_happens_before_the_receipt_or_in_the_future(api: TestClient) -> None:
    assert tell(api, "confirmed", "2026-11-20T08:59:59Z")[0] == 422
    assert tell(api, "confirmed", "2026-11-20T11:06:00Z")[0] == 422
    assert tell(api, "confirmed", "2026-11-20T09:41:00")[0] == 422, "an instant has a zone"
    assert tell(api, "vanished", "2026-11-20T09:41:00Z")[0] == 422
    assert api.post("/api/v1/orders/PO/9/events", json={"kind": "confirmed", "at": RECEIVED}).status_code == 404


def test_a_later_push_that_says_confirmed_counts_when_it_came(system: System, api: TestClient) -> None:
    assert api.post("/api/v1/orders", json={**PUSHED, "status": "confirmed"}).status_code == 200
    assert times(system) == ("confirmed", datetime(2026, 11, 20, 11, 0, tzinfo=UTC), None)


def test_an_order_that_arrives_confirmed_says_nothing_about_when(system: System, api: TestClient) -> None:
    api.post("/api/v1/orders", json={**PUSHED, "order_number": "PO/2", "status": "confirmed"})

    def read(work: Work) -> datetime | None:
        return work.session.query(Order).filter_by(number="PO/2").one().processed_at

    assert system.house.read(read) is None
