"""One Idempotency-Key, one execution: however many ask at the same moment, on either database."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from httpx import Response
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from runtime import access
from runtime.idempotency import LONGEST_KEY
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice

AT_ONCE = 32
BODY = {"subject": {"kind": "invoice", "reference": "F-1001"}, "reason": "price"}


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work)
        an_invoice(work)
        return access.add_api_key(work, "tests", Role.CONTROLLER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def opened(api: TestClient, key: str, body: dict[str, object] = BODY) -> Response:
    return api.post("/api/v1/disputes", json=body, headers={"Idempotency-Key": key})


def count(api: TestClient) -> int:
    return len(api.get("/api/v1/disputes").json()["data"])


def test_thirty_two_at_once_with_one_key_open_one_case(api: TestClient) -> None:
    start = Barrier(AT_ONCE)

    def ask(_: int) -> Response:
        start.wait()
        return opened(api, "k1")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(AT_ONCE)))
    codes = Counter(answer.status_code for answer in answers)
    assert codes.keys() <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert count(api) == 1
    after = opened(api, "k1")
    assert (after.status_code, after.content) == (201, next(a.content for a in answers if a.status_code == 201))


def test_the_key_is_of_its_body_byte_by_byte_its_path_and_its_caller(api: TestClient, system: System) -> None:
    first = opened(api, "k1")
    spaced = api.post(
        "/api/v1/disputes",
        content=first.request.content + b" ",
        headers={"Idempotency-Key": "k1", "Content-Type": "application/json"},
    )
    assert spaced.status_code == 422
    elsewhere = api.post("/api/v1/promises", json=BODY, headers={"Idempotency-Key": "k1"})
    assert elsewhere.status_code == 422
    other = system.house.write(lambda work: access.add_api_key(work, "other", Role.CONTROLLER))
    headers = {"Idempotency-Key": "k1", "Authorization": f"Bearer {other}"}
    assert api.post("/api/v1/disputes", json=BODY, headers=headers).status_code == 201
    assert count(api) == 2


def test_a_refused_call_gives_its_key_back(api: TestClient) -> None:
    assert opened(api, "k1", {**BODY, "reason": "because"}).status_code == 422
    assert opened(api, "k1").status_code == 201


def test_the_same_answer_carries_the_same_etag(api: TestClient) -> None:
    assert opened(api, "k1").headers["ETag"] == opened(api, "k1").headers["ETag"]


@pytest.mark.parametrize("key", ["", "x" * (LONGEST_KEY + 1)])
def test_a_key_is_neither_empty_nor_cut(api: TestClient, key: str) -> None:
    assert opened(api, key).status_code == 422
    assert count(api) == 0
