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
from credit import store as credit
from disputes.service import Contest, open_dispute
from dunning import store as dunning
from dunning.run import plan_run
from dunning.tables import Notice
from payments.readers.model import Entry
from payments.reconciliation import reconcile
from payments.tables import BankEntry, Payment, Statement
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, a_statement, an_invoice, money_in, the_item
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


SCREENS = (
    "/dunning-runs",
    "/bank-entries",
    "/bank-entries?state=ignored",
    "/statements",
    "/disputes",
    "/disputes?state=all",
    "/credit",
    "/jobs",
    "/unapplied",
    "/cash-history",
    "/payers",
    "/promises",
    "/promises?state=all",
    "/holds",
    "/notices",
    "/notices?state=in_doubt",
    "/letters",
    "/audit",
    "/audit?check=true",
)


@pytest.mark.parametrize("path", SCREENS)
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


# ── bank entries ────────────────────────────────────────────────────────────────────────────────


def _an_entry_to_place(system: System) -> str:
    """An entry of 100.00 for which two invoices of 100.00 answer; its id."""

    def stage(work: Work) -> str:
        a_customer(work, iban="DE89370400440532013000")
        an_invoice(work, "F-1001")
        an_invoice(work, "F-1002")
        entry = money_in(work, "100.00", "transfer", counterparty="Acme", counterparty_account="DE89370400440532013000")
        reconcile(work, a_company(work).id)
        return str(entry.id)

    return system.house.write(stage)


def _state(system: System) -> str:
    return system.house.read(lambda work: work.session.query(BankEntry).one().state)


def _open(system: System, number: str) -> int:
    return system.house.read(lambda work: the_item(work, number).open)


def test_an_entry_shows_its_answers_with_the_evidence_for_and_against(system: System, desk: TestClient) -> None:
    _an_entry_to_place(system)
    page = shown(desk, "/bank-entries")
    assert "F-1001" in page
    assert 'class="ok"' in page
    assert 'class="no"' in page
    assert "nothing was posted" in page


def test_an_accepted_answer_is_posted_and_can_be_undone(system: System, desk: TestClient) -> None:
    entry = _an_entry_to_place(system)
    assert "Undo" in posted(desk, f"/bank-entries/{entry}/accept", rank="1")
    assert _open(system, "F-1001") + _open(system, "F-1002") == 10000
    assert "Undone" in posted(desk, "/bank-entries/undo", ids=entry)
    assert _state(system) == "unmatched"
    assert _open(system, "F-1001") + _open(system, "F-1002") == 20000


def test_a_person_places_an_entry_on_an_invoice_and_the_rest_stays_the_customers(
    system: System, desk: TestClient
) -> None:
    entry = _an_entry_to_place(system)
    posted(desk, f"/bank-entries/{entry}/place", invoice="F-1002", amount="60.00")
    assert _open(system, "F-1002") == 4000
    assert system.house.read(lambda work: work.session.query(Payment).one().unapplied) == 4000
    assert "F-1002" in shown(desk, f"/bank-entries?state=applied&entry={entry}")


@pytest.mark.parametrize("amount", ["100.01", "0", "-5", "a lot", "NaN"])
def test_an_amount_that_does_not_fit_is_refused_in_words(system: System, desk: TestClient, amount: str) -> None:
    entry = _an_entry_to_place(system)
    page = posted(desk, f"/bank-entries/{entry}/place", invoice="F-1002", amount=amount)
    assert "EUR: posted" not in page
    assert _open(system, "F-1002") == 10000
    assert _state(system) == "suggested"


def test_money_is_kept_on_account_for_a_customer(system: System, desk: TestClient) -> None:
    entry = _an_entry_to_place(system)
    posted(desk, f"/bank-entries/{entry}/place", customer="ACME")
    assert system.house.read(lambda work: work.session.query(Payment).one().unapplied) == 10000
    assert "unapplied cash" in shown(desk, f"/bank-entries?state=applied&entry={entry}")


def test_an_entry_is_ignored_only_with_a_reason(system: System, desk: TestClient) -> None:
    entry = _an_entry_to_place(system)
    posted(desk, f"/bank-entries/{entry}/ignore", reason=" ")
    assert _state(system) == "suggested"
    posted(desk, f"/bank-entries/{entry}/ignore", reason="interest")
    assert _state(system) == "ignored"
    assert "interest" in shown(desk, f"/bank-entries?state=ignored&entry={entry}")


# ── statements ──────────────────────────────────────────────────────────────────────────────────


def test_a_statement_that_does_not_tie_waits_until_it_is_released_with_a_reason(
    system: System, desk: TestClient
) -> None:
    system.house.write(lambda work: a_statement(work, [Entry(TODAY, TODAY, 5000, "EUR", "builder")], off_by=7))
    page = shown(desk, "/statements")
    assert "0.07" in page
    statement = system.house.read(lambda work: work.session.query(Statement).one().id)
    posted(desk, f"/statements/{statement}/release", reason="")
    assert "does not tie" in shown(desk, "/statements")
    posted(desk, f"/statements/{statement}/release", reason="The bank confirmed it.")
    assert "released by hand" in shown(desk, "/statements")


# ── disputes ────────────────────────────────────────────────────────────────────────────────────


def test_a_case_shows_what_it_contests_and_takes_comments(system: System, desk: TestClient) -> None:
    system.house.write(_one_due_one_disputed)
    assert "F-1002" in shown(desk, "/disputes")
    assert "F-1002" in shown(desk, "/disputes/1")
    assert "They sent a photo." in posted(desk, "/disputes/1/comments", text="They sent a photo.")
    assert "under review" in posted(desk, "/disputes/1/review").lower()
    assert "Acme Ltd" in shown(desk, "/disputes?state=under_review")


def test_a_case_is_resolved_in_part_and_opened_again(system: System, desk: TestClient) -> None:
    system.house.write(_one_due_one_disputed)
    assert "less than all" in posted(desk, "/disputes/1/resolve", outcome="partly_accepted", accepted_amount="70.00")
    assert "accepted in part" in posted(desk, "/disputes/1/resolve", outcome="partly_accepted", accepted_amount="20.00")
    assert "Acme Ltd" not in shown(desk, "/disputes?state=open")
    assert "open again" in posted(desk, "/disputes/1/reopen", note="New photo.")
    assert "Acme Ltd" in shown(desk, "/disputes?state=open")


def test_an_unknown_case_or_run_is_a_page_that_says_so(desk: TestClient) -> None:
    assert desk.get("/disputes/99").status_code == 404
    assert desk.get("/dunning-runs/99").status_code == 404
    assert desk.get("/notices/99/letter.pdf").status_code == 404


# ── credit ──────────────────────────────────────────────────────────────────────────────────────


def test_a_limit_set_below_the_exposure_puts_the_customer_on_the_list(system: System, desk: TestClient) -> None:
    system.house.write(_one_due_one_disputed)
    assert "Nobody is above the limit" in shown(desk, "/credit")
    page = posted(desk, "/credit/limits", customer="ACME", amount="50.00", currency="EUR", reason="Trial")
    assert "Acme Ltd" in page
    assert "120.00" in page
    assert "170.00" in page


@pytest.mark.parametrize("wrong", [{"amount": "x"}, {"currency": "XX"}, {"until": "tomorrow"}, {"amount": "-1"}])
def test_a_limit_that_cannot_be_read_is_not_set(system: System, desk: TestClient, wrong: dict[str, str]) -> None:
    system.house.write(_one_due_one_disputed)
    posted(desk, "/credit/limits", **{"customer": "ACME", "amount": "50.00", "currency": "EUR", **wrong})
    assert system.house.read(lambda work: credit.customers_with_limit(work.session)) == []


# ── jobs ────────────────────────────────────────────────────────────────────────────────────────


def test_a_job_is_tried_without_effect_and_then_run(system: System, desk: TestClient) -> None:
    system.house.write(_one_due_one_disputed)
    assert "notices: 1" in posted(desk, "/jobs/dun/run", on=str(TODAY), dry_run="yes")
    assert "No run yet" in shown(desk, "/dunning-runs")
    assert "notices: 1" in posted(desk, "/jobs/dun/run", on=str(TODAY))
    assert "run 1" in shown(desk, "/dunning-runs")
    assert "done" in shown(desk, "/jobs")


def test_a_job_nobody_knows_or_an_unreadable_day_is_refused(desk: TestClient) -> None:
    assert "no job" in posted(desk, "/jobs/nonsense/run", on=str(TODAY))
    assert "is not a day" in posted(desk, "/jobs/dun/run", on="someday")
