"""The OpenAPI document against the application: every call described, and made-up requests answered as it says.

The short form runs with every test; `make contract` runs the long one, on PostgreSQL as well.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from disputes.service import Contest, open_dispute
from dunning.run import plan_run
from dunning.tables import Notice
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in
from tests.conftest import NOON, settings_for

EXAMPLES = int(os.environ.get("DUECOURSE_CONTRACT_EXAMPLES", "3"))
"""Requests made up for each operation, of each kind."""

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
UPLOADS = {"POST /api/v1/imports", "POST /api/v1/disputes/{dispute_id}/attachments"}
"""Files are made up by the tests of the intake and of the readers."""
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
BUSY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="DUECOURSE_CONTRACT_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def system(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One house for all requests, as it is in life. DUECOURSE_TEST_DATABASE names a migrated one to use instead."""
    folder = tmp_path_factory.mktemp("contract")
    shutil.copy(sqlite_template, folder / "duecourse.db")
    url = os.environ.get("DUECOURSE_TEST_DATABASE", f"sqlite:///{folder / 'duecourse.db'}")
    built = main.build(settings_for(url, folder), clock=SetClock(NOON))
    yield built
    built.house.database.close()


@pytest.fixture(scope="module")
def known(system: System) -> dict[str, list[str]]:
    """Names of path parameters → values that exist."""

    def stage(work: Work) -> dict[str, list[str]]:
        company = a_company(work)
        a_customer(work)
        for number in ("F-1001", "F-1002", "F-1003"):
            an_invoice(work, number)
        entry = money_in(work, "100.00", "F-1003")
        run = plan_run(work)
        contest = Contest("invoice", "F-1002", "price", TODAY, TODAY, currency="EUR")
        notice = work.session.query(Notice).first()
        return {
            "external_id": ["ACME"],
            "number": ["F-1001", "F-1002"],
            "entry_id": [str(entry.id)],
            "rank": ["1"],
            "run_id": [str(run.id)],
            "dispute_id": [str(open_dispute(work, company, contest).id)],
            "notice_id": [str(notice.id)] if notice else [],
            "name": ["dun", "promises"],
        }

    return system.house.write(stage)


@pytest.fixture(scope="module")
def api(system: System, known: dict[str, list[str]]) -> Iterator[TestClient]:
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.ADMIN))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def document(api: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/api/v1/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_call_says_what_it_answers_how_it_refuses_and_what_it_is_for(document: dict[str, Any]) -> None:
    poor = []
    for name, operation in operations(document):
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        is_described = all(answer.get("content") and _is_told(answer["content"]) for answer in good)
        refusal = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]
        if not (good and is_described and operation.get("description") and refusal == {"$ref": _REFUSAL}):
            poor.append(name)
    assert poor == []


_REFUSAL = "#/components/schemas/Refusal"


def _is_told(content: dict[str, Any]) -> bool:
    """JSON has a schema that says more than “anything”; other kinds are named."""
    return all(kind != "application/json" or each.get("schema") for kind, each in content.items())


def test_no_answer_is_allowed_members_nobody_wrote_down(document: dict[str, Any]) -> None:
    answers = {name: shape for name, shape in document["components"]["schemas"].items() if shape["type"] == "object"}
    loose = {name for name, shape in answers.items() if shape.get("additionalProperties") is not False}
    assert {name for name in loose if not name.startswith("Body_")} == {"WholeTable"}, "a table is any table"


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_made_up_requests_are_answered_as_the_document_says(
    api: TestClient, document: dict[str, Any], known: dict[str, list[str]], mode: schemathesis.GenerationMode
) -> None:
    """No 5xx, no undocumented status or type, no answer outside its schema; half the ids are of things that exist."""
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    flaws = [flaw for each in operations if each.label not in UPLOADS and (flaw := _flaw(api, each, known, mode))]
    assert flaws == []


def _flaw(api: TestClient, operation: Any, known: dict[str, list[str]], mode: schemathesis.GenerationMode) -> str:
    """What the first bad answer of an operation was; "" when there was none."""
    try:
        _try(api, operation, known, mode)
    except Exception as failure:
        causes = getattr(failure, "exceptions", [failure])
        return f"{operation.label}: {'; '.join(str(cause)[:600] for cause in causes)}"
    return ""


def _try(api: TestClient, operation: Any, known: dict[str, list[str]], mode: schemathesis.GenerationMode) -> None:
    @BUSY
    @given(case=operation.as_strategy(generation_mode=mode), is_known=st.booleans(), pick=st.integers(0, 1))
    def one(case: Any, is_known: bool, pick: int) -> None:
        if is_known:
            real = {
                name: known[name][pick % len(known[name])] for name in case.path_parameters or {} if known.get(name)
            }
            case.path_parameters = {**(case.path_parameters or {}), **real}
        sent = case.as_transport_kwargs(base_url="http://testserver")
        headers = {name: value for name, value in sent.pop("headers").items() if name.lower() != "authorization"}
        answer = api.request(
            headers={name: value.encode("utf-8", "replace") for name, value in headers.items()}, **sent
        )
        answer.request.read()
        case.validate_response(answer, checks=CHECKS)

    with contextlib.suppress(Unsatisfiable):  # a call without parameters has nothing that could be wrong
        one()
