"""Who may call what: every route of the application, API and pages, by every role.

The table below is the policy. A route that does not stand in it fails the test, and so does one that is gone.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import Response
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice
from tests.conftest import settings_for

PASSWORD = "a password for tests only"
SOME_ID = "01890000-0000-7000-8000-000000000000"

READERS = {"viewer", "controller", "manager", "admin"}
DESK = {"controller", "manager", "admin"}
CHIEFS = {"manager", "admin"}
MACHINES = {"erp"}


class Rule(NamedTuple):
    """Who may call a route; `sends` is a body or form that fits it, so that nothing else is refused first."""

    roles: set[str]
    sends: dict[str, Any] | None = None


EVERYBODY = Rule({"anonymous", "portal", "erp", "viewer", "controller", "manager", "admin"})
SEE = Rule(READERS)
READ_BACK = Rule(READERS | MACHINES)

API: dict[str, Rule] = {
    "GET /api/v1/openapi.json": EVERYBODY,
    "GET /api/docs": EVERYBODY,
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
    "GET /api/v1/health/live": EVERYBODY,
    "GET /api/v1/health/ready": EVERYBODY,
    "GET /metrics": SEE,
    "GET /api/v1/metrics": SEE,
    "GET /api/v1/audit": Rule(CHIEFS),
    "GET /api/v1/jobs": SEE,
    "POST /api/v1/jobs/{name}/runs": Rule(DESK, {"dry_run": True}),
    "GET /api/v1/customers": READ_BACK,
    "GET /api/v1/customers/{external_id}": READ_BACK,
    "PATCH /api/v1/customers/{external_id}": Rule(DESK | MACHINES, {"segment": "x"}),
    "GET /api/v1/customers/{external_id}/open-items": READ_BACK,
    "GET /api/v1/customers/{external_id}/timeline": READ_BACK,
    "GET /api/v1/customers/{external_id}/credit": READ_BACK,
    "PUT /api/v1/customers/{external_id}/credit-limit": Rule(CHIEFS, {"amount": "1.00", "currency": "EUR"}),
    "POST /api/v1/customers/batch": Rule(DESK | MACHINES, {"customers": []}),
    "POST /api/v1/invoices/batch": Rule(DESK | MACHINES, {"invoices": []}),
    "GET /api/v1/invoices": READ_BACK,
    "GET /api/v1/invoices/{number:path}": READ_BACK,
    "GET /api/v1/invoices/{number:path}/document": READ_BACK,
    "POST /api/v1/invoices/{number:path}/cancel": Rule(DESK | MACHINES, {"reason": "x"}),
    "GET /api/v1/bank-accounts": SEE,
    "GET /api/v1/statements": SEE,
    "GET /api/v1/bank-entries": SEE,
    "GET /api/v1/bank-entries/{entry_id}/suggestions": SEE,
    "POST /api/v1/bank-entries/{entry_id}/allocations": Rule(
        DESK, {"allocations": [{"invoice_number": "F-1001", "amount": "1.00"}]}
    ),
    "POST /api/v1/bank-entries/{entry_id}/suggestions/{rank}/accept": Rule(DESK),
    "POST /api/v1/bank-entries/{entry_id}/ignore": Rule(DESK, {"reason": "x"}),
    "DELETE /api/v1/allocations/{allocation_id}": Rule(DESK),
    "POST /api/v1/reconciliation-runs": Rule(DESK, {}),
    "POST /api/v1/disputes": Rule(DESK, {"subject": {"kind": "invoice", "reference": "F-0"}, "reason": "price"}),
    "GET /api/v1/disputes": SEE,
    "GET /api/v1/disputes/{dispute_id}": SEE,
    "POST /api/v1/disputes/{dispute_id}/comments": Rule(DESK, {"text": "x"}),
    "POST /api/v1/disputes/{dispute_id}/resolve": Rule(DESK, {"outcome": "rejected"}),
    "POST /api/v1/disputes/{dispute_id}/reopen": Rule(DESK, {}),
    "GET /api/v1/credit/overruns": SEE,
    "GET /api/v1/dunning-policies": SEE,
    "POST /api/v1/dunning-policies": Rule(CHIEFS, {"name": "x", "body": {}}),
    "POST /api/v1/dunning-runs": Rule(DESK, {"dry_run": True}),
    "GET /api/v1/dunning-runs/{run_id}": SEE,
    "GET /api/v1/dunning-runs/{run_id}/decisions": SEE,
    "GET /api/v1/dunning-runs/{run_id}/notices": SEE,
    "POST /api/v1/dunning-runs/{run_id}/approve": Rule(DESK),
    "GET /api/v1/decisions": SEE,
    "POST /api/v1/notices/{notice_id}/drop": Rule(DESK, {"reason": "x"}),
    "POST /api/v1/notices/{notice_id}/settle": Rule(DESK, {"reason": "x"}),
    "POST /api/v1/notices/{notice_id}/send-again": Rule(DESK, {"reason": "x"}),
    "POST /api/v1/holds": Rule(DESK, {"customer": "NOBODY", "reason": "x", "until": "2026-11-30"}),
    "DELETE /api/v1/holds/{hold_id}": Rule(DESK),
    "POST /api/v1/promises": Rule(DESK, {"invoice_number": "F-0", "promised_on": "2026-11-30"}),
    "DELETE /api/v1/promises/{promise_id}": Rule(DESK),
    "GET /api/v1/imports": READ_BACK,
    "POST /api/v1/imports": Rule(DESK | MACHINES, {"kind": "customers"}),
    "GET /api/v1/imports/{import_id}": READ_BACK,
    "GET /api/v1/imports/{import_id}/problems": READ_BACK,
    "GET /api/v1/imports/{import_id}/rejected.csv": READ_BACK,
    "POST /api/v1/imports/{import_id}/answer": Rule(DESK | MACHINES, {}),
    "GET /api/v1/views": SEE,
    "POST /api/v1/views": Rule(READERS, {"screen": "/invoices", "name": "x", "query": ""}),
    "DELETE /api/v1/views/{view_id}": SEE,
    "GET /api/v1/interest-claims": SEE,
    "POST /api/v1/interest-claims/{number}/waive": Rule(DESK, {"reason": "x"}),
    "GET /api/v1/interest": SEE,
    "GET /api/v1/interest-rates": SEE,
    "GET /api/v1/interest-rates/{name}": SEE,
    "PUT /api/v1/interest-rates": Rule(CHIEFS, {"name": "x", "body": {}}),
    "POST /api/v1/orders": Rule(
        DESK | MACHINES,
        {"order_number": "1", "customer_id": "X", "received_at": "2026-11-20", "currency": "EUR", "amount": "1.00"},
    ),
    "GET /api/v1/orders": READ_BACK,
    "GET /api/v1/orders/{number:path}": READ_BACK,
    "GET /api/v1/reports/aging": SEE,
    "GET /api/v1/reports/worklist": SEE,
    "GET /api/v1/reports/cash-forecast": SEE,
}

PAGES: dict[str, Rule] = {
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY,
    "POST /logout": EVERYBODY,
    "GET /": SEE,
    "GET /find": SEE,
    "GET /jobs": SEE,
    "POST /jobs/{name}/run": Rule(DESK, {"on": "2026-11-20", "dry_run": "1"}),
    "GET /bank-entries": SEE,
    "POST /bank-entries/{entry_id}/accept": Rule(DESK, {"rank": "1"}),
    "GET /bank-entries/{entry_id}/pane": SEE,
    "GET /bank-entries/{entry_id}/find": SEE,
    "POST /bank-entries/{entry_id}/tray": Rule(DESK, {}),
    "POST /bank-entries/{entry_id}/place": Rule(DESK, {}),
    "POST /bank-entries/accept": Rule(DESK, {"ids": SOME_ID}),
    "POST /bank-entries/undo": Rule(DESK, {"ids": SOME_ID}),
    "POST /bank-entries/{entry_id}/ignore": Rule(DESK, {"reason": "x"}),
    "GET /statements": SEE,
    "POST /statements/{statement_id}/release": Rule(DESK, {"reason": "x"}),
    "GET /disputes": SEE,
    "GET /disputes/{number}": SEE,
    "POST /disputes/{number}/comments": Rule(DESK, {"text": "x"}),
    "POST /disputes/{number}/review": Rule(DESK, {}),
    "POST /disputes/{number}/resolve": Rule(DESK, {"outcome": "rejected"}),
    "POST /disputes/{number}/reopen": Rule(DESK, {}),
    "GET /credit": SEE,
    "POST /credit/limits": Rule(CHIEFS, {"customer": "ACME", "amount": "1.00", "currency": "EUR"}),
    "GET /dunning-runs": SEE,
    "POST /dunning-runs/plan": Rule(DESK, {"on": "2026-11-20"}),
    "GET /dunning-runs/{number}": SEE,
    "POST /dunning-runs/{number}/approve": Rule(DESK, {}),
    "POST /dunning-runs/{number}/notices/{notice_number}/drop": Rule(DESK, {"reason": "x"}),
    "GET /notices/{number}/letter.pdf": SEE,
    "GET /imports": SEE,
    "GET /imports/{import_id}": SEE,
    "POST /imports": Rule(DESK, {"kind": "customers"}),
    "GET /imports/{import_id}/rejected.csv": SEE,
    "POST /imports/{import_id}/answer": Rule(READERS, {}),  # the kind of the file decides, and here there is none
    "POST /views": Rule(READERS, {"name": "x", "screen": "/invoices"}),
    "POST /views/{view_id}/remove": SEE,
    "GET /customers": SEE,
    "GET /customers/{external_id}": SEE,
    "POST /customers/{external_id}/notes": Rule(DESK, {"body": "x"}),
    "POST /customers/{external_id}/hold": Rule(DESK, {"until": "2026-11-30", "reason": "x"}),
    "GET /invoices": SEE,
    "GET /invoices/{number:path}": SEE,
    "POST /invoice-disputes": Rule(DESK, {"number": "F-0", "reason": "price"}),
    "POST /invoice-promises": Rule(DESK, {"number": "F-0", "promised_on": "2026-11-30"}),
}

POLICY = {**API, **PAGES}
QUERY = {
    "GET /api/v1/decisions": {"invoice": "F-1001"},
    "GET /api/v1/views": {"screen": "/invoices"},
    "GET /api/v1/interest": {
        "country": "DE",
        "debtor": "business",
        "principal": "1.00",
        "currency": "EUR",
        "due_on": "2026-01-01",
        "until": "2026-02-01",
    },
}
FILES = {"POST /api/v1/imports": "file", "POST /imports": "files"}
"""Where a file is handed in, and the form's field for it."""
NAMES = {
    "name": "dun",
    "external_id": "ACME",
    "number:path": "F-1001",
    "number": "1",
    "notice_number": "1",
    "rank": "1",
}


@pytest.fixture
def system(sqlite_template: Path, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """Who may do what is decided before the database; SQLite is enough."""
    shutil.copy(sqlite_template, tmp_path / "duecourse.db")
    built = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=clock)

    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        an_invoice(work)

    built.house.write(stage)
    yield built
    built.house.database.close()


def routes_of(app: FastAPI) -> set[str]:
    """Every "METHOD path" but the folder of static files and HEAD."""
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }


def test_every_route_stands_in_the_policy_and_every_entry_is_a_route(system: System) -> None:
    assert routes_of(build_web(system)) == POLICY.keys()


def with_key(system: System, role: Role) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, f"key-{role}", role))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False)


def signed_in(system: System, role: Role) -> TestClient:
    email = f"{role.value}@nordwind.example"
    system.house.write(lambda work: access.add_user(work, email, role, PASSWORD))
    client = TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    client.post("/login", data={"email": email, "password": PASSWORD})
    return client


def called(client: TestClient, route: str) -> Response:
    method, path = route.split(" ")
    for name, value in NAMES.items():
        path = path.replace(f"{{{name}}}", value)
    while "{" in path:
        path = path[: path.index("{")] + SOME_ID + path[path.index("}") + 1 :]
    body = POLICY[route].sends
    is_form = not path.startswith("/api/") or route in FILES
    sends: dict[str, Any] = {} if body is None else {"data" if is_form else "json": body}
    if route in FILES:
        sends["files"] = {FILES[route]: ("customers.csv", b"customer_id,name\nDELTA,Delta Ltd\n")}
    return client.request(method, path, params=QUERY.get(route), headers={"If-Match": '"1"'}, **sends)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("how", ["key", "session"])
def test_each_role_may_do_what_the_policy_says_and_nothing_else(system: System, role: Role, how: str) -> None:
    """Keys reach the API, people both; a page asked for with a key knows the same rights."""
    with (with_key if how == "key" else signed_in)(system, role) as client:
        routes = [route for route in POLICY if route not in ("POST /login", "POST /logout")]
        answers = {route: called(client, route) for route in routes}
    refused = {route for route, answer in answers.items() if answer.status_code in (401, 403)}
    assert refused == {route for route in routes if role.value not in POLICY[route].roles}
    broken = {route: answer.text for route, answer in answers.items() if answer.status_code >= 500}
    assert broken == {}


def test_strangers_are_told_to_sign_in(system: System) -> None:
    with TestClient(build_web(system), follow_redirects=False) as stranger:
        for route in POLICY:
            answer = called(stranger, route)
            if "anonymous" in POLICY[route].roles:
                assert answer.headers.get("Location") != "/login" or route == "POST /logout", route
            elif route in API and route != "GET /metrics":
                assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), route
            else:
                assert (answer.status_code, answer.headers["Location"]) == (303, "/login"), route


def test_a_form_from_another_site_is_refused_wherever_it_is_sent(system: System) -> None:
    writes = [route for route in POLICY if not route.startswith("GET")]
    with signed_in(system, Role.ADMIN) as client:
        for hostile in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "", "Origin": "null"},
        ):
            client.headers.update(hostile)
            answers = {route: called(client, route).status_code for route in writes}
            assert set(answers.values()) == {403}, answers
