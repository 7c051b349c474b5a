"""The REST API from outside: a key, JSON, and the codes an ERP relies on."""

from collections.abc import Iterator

import pytest
from httpx import Response
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from dunning.run import plan_run
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_company, decisions_of_run

CUSTOMER = {"customer_id": "ACME", "name": "Acme Ltd", "email": "ap@acme.example", "country": "ES", "language": "en"}
INVOICE = {
    "invoice_number": "F/1001",
    "customer_id": "ACME",
    "issued_on": "2026-10-01",
    "due_on": "2026-10-31",
    "currency": "EUR",
    "amount": "1234.50",
    "order_number": "PO-1",
}


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        return access.add_api_key(work, "tests", Role.CONTROLLER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def as_read(answer: Response) -> dict[str, str]:
    """The header that says which version a change is about."""
    return {"If-Match": answer.headers["ETag"]}


def _push(api: TestClient, **changes: str) -> dict[str, object]:
    answer = api.post("/api/v1/invoices/batch", json={"invoices": [{**INVOICE, **changes}]})
    assert answer.status_code == 207
    (result,) = answer.json()["results"]
    return result  # type: ignore[no-any-return]


def _with_customer(api: TestClient) -> None:
    answer = api.post("/api/v1/customers/batch", json={"customers": [CUSTOMER]})
    assert [each["status"] for each in answer.json()["results"]] == ["created"]


def test_the_same_push_twice_changes_nothing(api: TestClient) -> None:
    _with_customer(api)
    assert [_push(api)["status"], _push(api)["status"]] == ["created", "unchanged"]
    assert _push(api, due_on="2026-11-05")["status"] == "updated"
    found = api.get("/api/v1/invoices/F/1001").json()
    assert (found["amount"], found["open"], found["items"][0]["due_on"]) == ("1234.50", "1234.50", "2026-11-05")
    (item,) = api.get("/api/v1/customers/ACME/open-items").json()["data"]
    assert item["invoice_number"] == "F/1001"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e300000", "1_000", "１２", "-5.00", "1.234,56", "9" * 4301])
def test_a_bad_amount_is_rejected_at_its_place(api: TestClient, amount: str) -> None:
    _with_customer(api)
    result = _push(api, amount=amount)
    assert result["status"] == "rejected"
    assert result["errors"][0]["pointer"] == "/invoices/0/amount"  # type: ignore[index]
    assert api.get("/api/v1/invoices").json()["data"] == []


def test_an_unknown_customer_and_an_unknown_member_are_rejected(api: TestClient) -> None:
    _with_customer(api)
    assert _push(api, customer_id="NOBODY")["errors"][0]["pointer"] == "/invoices/0/customer_id"  # type: ignore[index]
    assert _push(api, colour="red")["status"] == "rejected"


def test_lists_go_on_where_the_cursor_says(api: TestClient) -> None:
    _with_customer(api)
    for number in ("A-10001", "A-10002", "A-10003"):
        _push(api, invoice_number=number)
    first = api.get("/api/v1/invoices", params={"limit": 2}).json()
    second = api.get("/api/v1/invoices", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    numbers = [each["invoice_number"] for each in (*first["data"], *second["data"])]
    assert (numbers, second["has_more"]) == (["A-10001", "A-10002", "A-10003"], False)


def test_a_dispute_on_an_order_holds_its_invoice_until_it_is_resolved(api: TestClient, system: System) -> None:
    _with_customer(api)
    _push(api)
    opened = api.post("/api/v1/disputes", json={"subject": {"kind": "order", "reference": "PO-1"}, "reason": "price"})
    assert opened.status_code == 201

    def decision(work: Work) -> str:
        ((decision, *_),) = decisions_of_run(work.session, plan_run(work).id)
        return f"{decision.decision}: {decision.reason}"

    assert system.house.write(decision) == "hold: order or invoice disputed"
    path = f"/api/v1/disputes/{opened.json()['id']}"
    resolved = api.post(f"{path}/resolve", json={"outcome": "rejected"}, headers=as_read(opened))
    assert resolved.json()["state"] == "resolved"
    assert api.post(f"{path}/resolve", json={"outcome": "rejected"}, headers=as_read(resolved)).status_code == 409
    assert api.post(f"{path}/reopen", json={}, headers=as_read(resolved)).json()["state"] == "open"


def test_a_run_is_planned_explained_and_approved(api: TestClient) -> None:
    _with_customer(api)
    _push(api)
    would = api.post("/api/v1/dunning-runs", json={"on": "2026-11-20", "dry_run": True}).json()
    planned = api.post("/api/v1/dunning-runs", json={"on": "2026-11-20"})
    run = planned.json()
    again = api.post("/api/v1/dunning-runs", json={"on": "2026-11-20"}).json()
    assert (would["notices"], run["notices"], again["run_id"]) == (1, 1, run["run_id"])
    (decision,) = api.get("/api/v1/decisions", params={"invoice": "F/1001", "on": "2026-11-20"}).json()["data"]
    assert (decision["decision"], decision["level"], decision["reason"]) == ("notice", 1, "due for this level")
    approve = f"/api/v1/dunning-runs/{run['run_id']}/approve"
    approved = api.post(approve, headers=as_read(planned))
    assert approved.json()["queued"] == 1
    assert api.post(approve, headers=as_read(planned)).status_code == 412
    assert api.post(approve, headers=as_read(approved)).status_code == 409
    (notice,) = api.get(f"/api/v1/dunning-runs/{run['run_id']}/notices").json()["data"]
    assert (notice["state"], notice["total"]) == ("queued", "1234.50")


def test_holds_and_promises_stop_reminders(api: TestClient) -> None:
    _with_customer(api)
    _push(api)
    _push(api, invoice_number="F/1002")
    held = api.post("/api/v1/holds", json={"invoice_number": "F/1001", "reason": "moving house", "until": "2026-11-30"})
    promised = api.post("/api/v1/promises", json={"invoice_number": "F/1002", "promised_on": "2026-11-27"})
    assert (held.status_code, promised.status_code) == (201, 201)
    would = api.post("/api/v1/dunning-runs", json={"dry_run": True}).json()
    assert would["held"] == {"hold": 1, "promise not yet due": 1}
    assert api.delete(f"/api/v1/holds/{held.json()['id']}").status_code == 200
    assert api.delete(f"/api/v1/holds/{held.json()['id']}").status_code == 404


def test_the_same_key_gives_the_same_bytes_and_happens_once(api: TestClient) -> None:
    _with_customer(api)
    _push(api)
    body = {"subject": {"kind": "invoice", "reference": "F/1001"}, "reason": "price"}
    answers = [api.post("/api/v1/disputes", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(api.get("/api/v1/disputes").json()["data"]) == 1
    other = api.post("/api/v1/disputes", json={**body, "reason": "quality"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422


def test_strangers_and_the_wrong_role_are_refused(api: TestClient, system: System) -> None:
    assert api.get("/api/v1/customers", headers={"Authorization": "Bearer wrong"}).status_code == 401
    viewer = system.house.write(lambda work: access.add_api_key(work, "viewer", Role.VIEWER))
    refused = api.post(
        "/api/v1/customers/batch", json={"customers": [CUSTOMER]}, headers={"Authorization": f"Bearer {viewer}"}
    )
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")


def test_a_commit_that_fails_answers_500_and_stores_nothing(api: TestClient, system: System) -> None:
    """The database itself refuses the commit's last statement; nobody was told that it went well."""
    _with_customer(api)
    with system.house.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit_head")
    answer = api.post("/api/v1/invoices/batch", json={"invoices": [INVOICE]})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.headers["X-Request-Id"] in answer.json()["detail"]
    assert api.get("/api/v1/invoices").json()["data"] == []
