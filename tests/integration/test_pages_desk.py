"""The desk's screens: each is drawn for an empty house and for a busy one, and each form does what it says."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx import Response

import main
from commands.system import System
from commands.web import build_web
from disputes.service import Contest, open_dispute
from dunning import store as dunning
from dunning.run import plan_run
from dunning.tables import Notice
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice
from tests.conftest import settings_for

OURS = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "a password for tests only"


@pytest.fixture
def system(sqlite_template: Path, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """Pages are the same on either database; SQLite is enough."""
    shutil.copy(sqlite_template, tmp_path / "duecourse.db")
    built = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=clock)
    yield built
    built.house.database.close()


@pytest.fixture
def desk(system: System) -> Iterator[TestClient]:
    """A browser with an administrator signed in."""
    with signed_in(system, Role.ADMIN) as client:
        yield client


def signed_in(system: System, role: Role) -> TestClient:
    email = f"{role.value}@nordwind.example"
    system.house.write(lambda work: access.add_user(work, email, role, PASSWORD))
    client = TestClient(build_web(system), headers=OURS)
    assert client.post("/login", data={"email": email, "password": PASSWORD}, follow_redirects=False).status_code == 303
    return client


def shown(client: TestClient, path: str) -> str:
    response: Response = client.get(path)
    assert response.status_code == 200, response.text[:500]
    return response.text


def posted(client: TestClient, path: str, **fields: str) -> str:
    """Sends a form and returns the page it leads to."""
    response: Response = client.post(path, data=fields)
    assert response.status_code == 200, response.text[:500]
    assert response.history[0].status_code == 303
    return response.text


@pytest.mark.parametrize(
    "path",
    ["/dunning-runs"],
)
def test_a_screen_of_an_empty_house_says_what_will_appear(desk: TestClient, path: str) -> None:
    assert "<h1>" in shown(desk, path)


# ── dunning runs ────────────────────────────────────────────────────────────────────────────────


def _one_due_one_disputed(work: Work) -> None:
    a_customer(work)
    an_invoice(work, "F-1001", amount="100.00")
    an_invoice(work, "F-1002", amount="70.00")
    open_dispute(work, a_company(work), Contest("invoice", "F-1002", "price", TODAY, TODAY))


def test_todays_run_is_planned_and_shows_notices_and_reasons(system: System, desk: TestClient) -> None:
    system.house.write(_one_due_one_disputed)
    assert "1 notices" in posted(desk, "/dunning-runs/plan")
    page = shown(desk, "/dunning-runs/1")
    assert "Acme Ltd" in page
    assert "Approve 1 notice" in page
    assert "order or invoice disputed" in page
    assert "F-1002" in shown(desk, "/dunning-runs/1?reason=order or invoice disputed")


def test_a_run_is_approved_once(system: System, desk: TestClient) -> None:
    system.house.write(_one_due_one_disputed)
    system.house.write(plan_run)
    assert "1 notices approved" in posted(desk, "/dunning-runs/1/approve")
    assert "already" in posted(desk, "/dunning-runs/1/approve")
    assert system.dispatcher.run().sent == 1


def test_a_dropped_notice_is_not_sent(system: System, desk: TestClient) -> None:
    system.house.write(_one_due_one_disputed)
    system.house.write(plan_run)
    posted(desk, "/dunning-runs/1/notices/1/drop", reason="They called.")
    assert system.house.read(lambda work: dunning.notice_by_number(work.session, 1).state) == "cancelled"
    assert "They called." in shown(desk, "/dunning-runs/1")
    posted(desk, "/dunning-runs/1/approve")
    assert system.dispatcher.run().sent == 0


def test_a_letter_is_previewed_before_and_kept_as_sent_afterwards(system: System, desk: TestClient) -> None:
    system.house.write(_one_due_one_disputed)
    system.house.write(plan_run)
    preview = desk.get("/notices/1/letter.pdf")
    assert preview.headers["content-type"] == "application/pdf"
    assert preview.content.startswith(b"%PDF")
    posted(desk, "/dunning-runs/1/approve")
    system.dispatcher.run()
    document = system.house.read(lambda work: work.session.query(Notice).one().document_id)
    assert document is not None
    sent = desk.get("/notices/1/letter.pdf").content
    kept = [path.read_bytes() for path in (system.house.var_dir / "archive").glob("*/*")]
    assert sent in kept


def test_who_only_views_sees_no_button_and_may_not_approve(system: System) -> None:
    system.house.write(_one_due_one_disputed)
    system.house.write(plan_run)
    with signed_in(system, Role.VIEWER) as viewer:
        assert "Approve 1 notice" not in shown(viewer, "/dunning-runs/1")
        assert viewer.post("/dunning-runs/1/approve").status_code == 403
