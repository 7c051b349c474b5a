"""Requests nobody honest sends: each is refused in words at the edge, none reaches a defect, none fills memory."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from runtime import access
from runtime.limits import LARGEST_BODY, LONGEST_PATH, BodyLimit
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice

BATCH = "/api/v1/invoices/batch"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work)
        an_invoice(work)
        return access.add_api_key(work, "tests", Role.ADMIN)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    "raw",
    [
        b'{"invoices": [], "invoices": []}',
        b'{"invoices": [{"amount": NaN}]}',
        b'{"invoices": [{"amount": 1e300000}]}',
        b'{"invoices": [{"amount": ' + b"9" * 5000 + b"}]}",
        b'{"invoices": [{"invoice_number": "F\\u00001"}]}',
        b'{"invoices": [{"invoice_number": "\\ud800"}]}',
        b'{"invoices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"invoices": ' + b'{"a":' * 50 + b"1" + b"}" * 50 + b"}",
        b"\xff\xfe{}",
        b"<invoices/>",
        b"invoices=1",
    ],
)
def test_a_body_that_is_not_one_clear_json_text_is_refused(api: TestClient, raw: bytes) -> None:
    answer = api.post(BATCH, content=raw, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_a_body_that_does_not_say_it_is_json_is_refused(api: TestClient, kind: str) -> None:
    answer = api.post(BATCH, content=b'{"invoices": []}', headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == 422


NOTES = {
    "POST /api/v1/disputes": {"subject": {"kind": "invoice", "reference": "F-1001"}, "reason": "price", "note": ""},
    "POST /api/v1/holds": {"customer": "ACME", "reason": "", "until": "2026-11-30"},
    "POST /api/v1/orders": {
        "order_number": "1", "customer_id": "ACME", "received_at": "2026-11-20", "currency": "EUR", "amount": "1.00",
        "po_number": "",
    },
    "PATCH /api/v1/customers/ACME": {"name": ""},
    "PUT /api/v1/customers/ACME/credit-limit": {"amount": "1.00", "currency": "EUR", "reason": ""},
    "POST /api/v1/customers/batch": {"customers": [{"customer_id": "X", "name": ""}]},
}  # fmt: skip


def every_text(document: Any, hostile: str) -> Iterator[Any]:
    """The document once for each of its texts, with that text replaced."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from ({**document, name: each} for each in every_text(value, hostile))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from ([*document[:index], each, *document[index + 1 :]] for each in every_text(value, hostile))
    elif isinstance(document, str):
        yield hostile


@pytest.mark.parametrize(
    "hostile", ["a\0b", "\ud800", "x" * 5000, "'; DROP TABLE customer; --", "%00", "{{7*7}}", "\u202e"]
)
@pytest.mark.parametrize("call", NOTES)
def test_no_text_in_any_field_is_a_defect(api: TestClient, call: str, hostile: str) -> None:
    method, path = call.split(" ")
    for body in every_text(NOTES[call], hostile):
        raw = json.dumps(body).encode()
        answer = api.request(method, path, content=raw, headers={**JSON, "If-Match": '"1"'})
        assert answer.status_code < 500, (answer.status_code, body)
        if "\0" in hostile or hostile == "\ud800":
            assert answer.status_code == 422, body


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/customers/%00",
        "/api/v1/customers?cursor=%00",
        "/api/v1/invoices?customer=a%00b",
        "/customers?q=%00",
        "/find?q=a%00",
        "/api/v1/customers/%ff%fe",
        "/api/v1/audit?subject=%00",
    ],
)
def test_an_address_with_nul_or_broken_utf8_is_refused(api: TestClient, path: str) -> None:
    assert api.get(path).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/disputes/99999999999999999999999",
        "/disputes/99999999999999999999999",
        "/dunning-runs/99999999999999999999999",
        "/notices/99999999999999999999999/letter.pdf",
        "/api/v1/bank-entries/01890000-0000-7000-8000-000000000000/suggestions",
        "/api/v1/invoices?limit=99999999999999999999",
        "/api/v1/invoices?limit=0",
        "/api/v1/invoices?limit=-1",
        "/api/v1/invoices?limit=NaN",
        "/api/v1/dunning-runs/1",
        "/api/v1/decisions?invoice=F-1001&on=9999-99-99",
        "/static/../main.py",
        "/static/%2e%2e/main.py",
        "/static/..%2f..%2fetc/passwd",
        "/customers/..%2f..%2fetc%2fpasswd",
        "/api/v1/invoices/../../etc/passwd",
    ],
)
def test_numbers_and_paths_beyond_reason_are_not_found_or_invalid(api: TestClient, path: str) -> None:
    assert api.get(path).status_code in (404, 422), path


def test_a_form_with_nul_is_refused(api: TestClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = api.post("/customers/ACME/notes", content=b"body=a%00b", headers=form)
    assert answer.status_code == 422


def test_an_address_may_be_long_but_not_endless(api: TestClient) -> None:
    assert api.get("/api/v1/customers", params={"cursor": "x" * LONGEST_PATH}).status_code == 414


def test_a_body_larger_than_announced_or_allowed_is_refused_while_it_streams(api: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"invoices": ["'
        for _ in range(LARGEST_BODY // 65536 + 2):
            yield b"x" * 65536

    assert api.post(BATCH, content=endless(), headers=JSON).status_code == 413
    assert api.post(BATCH, content=b"{}", headers={**JSON, "Content-Length": str(LARGEST_BODY + 1)}).status_code == 413
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert api.post("/customers/ACME/notes", content=endless(), headers=form).status_code in (400, 413)


def test_a_body_that_trickles_in_is_given_up() -> None:
    """A piece that does not come in time ends the request with 408, whoever reads it."""

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    async def never() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    async def unheard(message: Any) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "path": "/x", "headers": []}
    with pytest.raises(Exception, match="too slowly"):
        asyncio.run(BodyLimit(reads, seconds_a_piece=0.05)(scope, never, unheard))


def test_every_answer_even_a_refusal_carries_the_protecting_headers(api: TestClient) -> None:
    for path in ("/login", "/api/v1/nothing", "/api/v1/customers/%00", "/static/desk.css", "/api/docs"):
        headers = api.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"], path
        assert (headers["X-Content-Type-Options"], len(headers["X-Request-Id"])) == ("nosniff", 16), path


def test_the_host_header_moves_nobody_elsewhere(api: TestClient) -> None:
    hostile = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Authorization": ""}
    answer = api.get("/customers", headers=hostile)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert "evil.example" not in api.get("/login", headers=hostile).text
    assert "evil.example" not in api.get("/api/v1/openapi.json", headers=hostile).text


def test_a_name_with_line_breaks_adds_no_header(api: TestClient) -> None:
    answer = api.post(
        "/customers/ACME%0d%0aSet-Cookie:%20a=b/hold",
        data={"until": "2026-11-30", "reason": "x\r\nSet-Cookie: c=d"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert "Set-Cookie: a=b" not in str(answer.headers)
    assert {name for name, _ in answer.headers.multi_items() if name == "set-cookie"} <= {"set-cookie"}
    assert "a=b" not in answer.headers.get("set-cookie", "").partition(";")[0]
