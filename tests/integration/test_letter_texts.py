"""The house writes its own letters: versions, drafts on a real customer, and which text a notice left with."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy.exc import DatabaseError
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from core.errors import Invalid, Stale
from dunning import texts
from dunning.letter_tables import LetterTextVersion, NoticeWording
from dunning.run import approve, plan_run
from dunning.tables import Notice
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice
from tests.conftest import settings_for
from tests.mailroom import Mailroom, QuickRenderer

PARTS = {
    "subject": "Our own words {{ number }}",
    "title": "Our own heading",
    "salutation": "Dear {{ customer }},",
    "opening": "Please pay {{ to_pay | strong }}.\n\nThank you.",
    "closing": "Call {{ phone }}.",
    "farewell": "Yours",
}
PASSWORD = "a password for tests only"


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, mail: Mailroom) -> Iterator[System]:
    settings = settings_for(database_url, tmp_path)
    built = main.build(settings, clock=clock, transport=mail, renderer=QuickRenderer())
    yield built
    built.house.database.close()


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_customer(work)
        an_invoice(work, "F-1001", amount="120.50")
        return access.add_api_key(work, "tests", Role.MANAGER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made


def put(api: TestClient, based_on: int = 0, **changes: str) -> Any:
    body = {**PARTS, "reason": "A friendlier tone", **changes}
    return api.put("/api/v1/letter-texts/1/en", json=body, headers={"If-Match": f'"{based_on}"'})


def test_a_new_version_is_in_force_and_the_old_one_stays(api: TestClient) -> None:
    assert api.get("/api/v1/letter-texts/1/en").json()["version"] == 0
    stored = put(api)
    assert stored.status_code == 200, stored.text
    assert (stored.json()["version"], stored.json()["reason"]) == (1, "A friendlier tone")
    assert api.get("/api/v1/letter-texts/1/en").headers["ETag"] == '"1"'
    put(api, 1, farewell="Best")
    found = api.get("/api/v1/letter-texts/1/en/versions").json()["data"]
    assert [(each["version"], each["farewell"]) for each in found[:2]] == [(2, "Best"), (1, "Yours")]
    assert (found[2]["version"], found[2]["actor"]) == (0, None)
    assert len(api.get("/api/v1/letter-texts").json()["data"]) == 28
    assert api.get("/api/v1/letter-texts/2/en").json()["version"] == 0


def test_what_cannot_be_used_is_refused_with_part_line_and_reason(api: TestClient) -> None:
    answer = put(api, opening="Fine.\n{{ customer.__class__ }}", subject="{{ nobody }}")
    assert answer.status_code == 422
    found = {each["field"]: each["message"] for each in answer.json()["errors"]}
    assert found.keys() == {"opening", "subject"}
    assert found["opening"].startswith("Line 2: ")
    assert found["subject"] == "Line 1: There is no placeholder “nobody”."
    assert put(api, reason=" ").status_code == 422
    assert api.get("/api/v1/letter-texts/1/en").json()["version"] == 0
    assert api.get("/api/v1/letter-texts/1/sv").status_code == 404
    assert api.get("/api/v1/letter-texts/9/en").status_code == 404


def test_nobody_writes_over_what_somebody_else_stored_meanwhile(api: TestClient) -> None:
    assert put(api).status_code == 200
    assert put(api).status_code == 412
    no_version = api.put("/api/v1/letter-texts/1/en", json={**PARTS, "reason": "x"})
    assert no_version.status_code == 428


def test_two_versions_are_compared_line_by_line(api: TestClient) -> None:
    put(api)
    put(api, 1, opening=PARTS["opening"].replace("Thank you.", "Many thanks."))
    [change] = api.get("/api/v1/letter-texts/1/en/compare", params={"before": 1, "after": 2}).json()["data"]
    assert change["part"] == "opening"
    assert ["gone", "Thank you."] in change["lines"]
    assert ["new", "Many thanks."] in change["lines"]
    assert ["same", "Please pay {{ to_pay | strong }}."] in change["lines"]
    assert api.get("/api/v1/letter-texts/1/en/compare", params={"before": 2, "after": 2}).json()["data"] == []


def test_the_shipped_text_comes_back_as_a_version_of_its_own(api: TestClient) -> None:
    before = api.get("/api/v1/letter-texts/1/en").json()
    put(api)
    answer = api.delete("/api/v1/letter-texts/1/en", headers={"If-Match": '"1"'}).json()
    assert answer["version"] == 2
    assert answer["subject"] == before["subject"]
    found = api.get("/api/v1/letter-texts/1/en/compare", params={"before": 0, "after": 2}).json()["data"]
    assert found == []


def test_a_draft_is_tried_on_a_real_customer_and_nothing_is_stored(system: System, api: TestClient) -> None:
    answer = api.post("/api/v1/letter-texts/1/en/preview", json={**PARTS, "customer": "ACME"})
    assert answer.status_code == 200, answer.text
    assert "Dear Acme Ltd, Please pay €120.50 . Thank you." in answer.text
    mail = api.post("/api/v1/letter-texts/1/en/preview", json={**PARTS, "as": "mail"}).text
    assert mail.startswith("Our own words N-2026-00000\n\nDear Acme Ltd,\n\nPlease pay €120.50.\n\nThank you.")
    wrong = api.post("/api/v1/letter-texts/1/en/preview", json={**PARTS, "closing": "{{ 9**9999999 }}"})
    assert wrong.status_code == 422
    system.house.write(lambda work: a_customer(work, "DELTA"))
    assert api.post("/api/v1/letter-texts/1/en/preview", json={**PARTS, "customer": "DELTA"}).status_code == 409
    assert system.house.read(lambda work: work.session.query(LetterTextVersion).count()) == 0


def test_a_notice_says_with_which_text_it_left(system: System, mail: Mailroom) -> None:
    def stage(work: Work) -> None:
        for name in ("ACME", "DELTA"):
            a_customer(work, name)
        an_invoice(work, "F-1001")
        texts.put_text(work, 1, "en", PARTS, "Ours", 0)
        approve(work, plan_run(work))

    system.house.write(stage)
    system.dispatcher.run()
    [letter] = mail.letters.values()
    assert "Dear Acme Ltd, Please pay €100.00. Thank you." in " ".join(letter.split())

    def used(work: Work) -> list[tuple[str, int, int]]:
        rows = work.session.query(Notice, NoticeWording).join(NoticeWording, NoticeWording.notice_id == Notice.id)
        return [(notice.state, wording.level, wording.version) for notice, wording in rows]

    assert system.house.read(used) == [("sent", 1, 1)]


def test_a_text_stored_between_drawing_and_gate_is_the_one_that_leaves(system: System, mail: Mailroom) -> None:
    """The gate compares letters, and what they say in words is part of them."""

    def stage(work: Work) -> Any:
        a_company(work)
        a_customer(work)
        an_invoice(work, "F-1001")
        approve(work, plan_run(work))
        return work.session.query(Notice).one().id

    notice_id = system.house.write(stage)
    prepared = system.house.read(lambda work: system.notices.prepare(work, notice_id))
    system.house.write(lambda work: texts.put_text(work, 1, "en", PARTS, "Ours", 0))
    assert system.house.write(lambda work: system.notices.gate(work, notice_id, prepared)) is False  # type: ignore[arg-type]
    system.dispatcher.run()
    [letter] = mail.letters.values()
    assert "Dear Acme Ltd," in letter


def test_what_was_in_force_can_be_neither_changed_nor_removed(system: System) -> None:
    system.house.write(lambda work: texts.put_text(work, 1, "en", PARTS, "Ours", 0))
    for change in (
        lambda work: work.session.query(LetterTextVersion).update({"subject": "other"}),
        lambda work: work.session.query(LetterTextVersion).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            system.house.write(change)


def test_only_who_may_change_policies_stores_a_text_and_it_is_in_the_audit(system: System) -> None:
    with pytest.raises(Stale):
        system.house.write(lambda work: texts.put_text(work, 1, "en", PARTS, "Ours", 3))
    with pytest.raises(Invalid):
        system.house.write(lambda work: texts.put_text(work, 1, "en", {**PARTS, "title": "{% x %}"}, "Ours", 0))
    system.house.write(lambda work: texts.put_text(work, 1, "en", PARTS, "Because", 0))
    key = system.house.write(lambda work: access.add_api_key(work, "boss", Role.ADMIN))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        entries = client.get("/api/v1/audit").json()["data"]
    assert any(each["action"] == "letter_text.stored" and each["reason"] == "Because" for each in entries)


@pytest.fixture
def desk(system: System, api: TestClient) -> Iterator[TestClient]:
    system.house.write(lambda work: access.add_user(work, "m@nordwind.example", Role.MANAGER, PASSWORD))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": "m@nordwind.example", "password": PASSWORD})
        yield client


def test_the_form_brings_back_what_was_typed_with_what_is_wrong(desk: TestClient) -> None:
    form = {**PARTS, "opening": "Pay {{ customer.name }}", "reason": "Ours", "based_on": "0"}
    answer = desk.post("/letter-texts/1/en", data=form)
    assert answer.status_code == 422
    assert "Pay {{ customer.name }}" in answer.text
    assert "“Getattr” is not part of this language" in answer.text
    stored = desk.post("/letter-texts/1/en", data={**form, "opening": "Pay."})
    assert (stored.status_code, "Version 1 is in force." in stored.text) == (200, True)
    late = desk.post("/letter-texts/1/en", data={**form, "opening": "Pay at once."})
    assert late.status_code == 422
    assert "stored meanwhile" in late.text
    assert "Pay at once." in late.text
    shown = desk.get("/letter-texts/1/en/compare", params={"before": 0, "after": 1}).text
    assert 'class="new"' in shown
    assert "yours, version 1" in desk.get("/letter-texts").text
    back = desk.post("/letter-texts/1/en/shipped", data={"based_on": "1"})
    assert "Version 2 is the text that comes with the program." in back.text
    assert 'action="/letter-texts/1/en/shipped"' not in back.text


def test_the_preview_is_a_real_letter(tmp_path: Path, sqlite_template: Path, clock: SetClock) -> None:
    (tmp_path / "duecourse.db").write_bytes(sqlite_template.read_bytes())
    built = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=clock)

    def stage(work: Work) -> str:
        a_customer(work)
        an_invoice(work, "F-1001", due_on=TODAY - timedelta(days=40))
        return access.add_api_key(work, "tests", Role.MANAGER)

    key = built.house.write(stage)
    with TestClient(build_web(built), headers={"Authorization": f"Bearer {key}"}) as client:
        answer = client.post("/api/v1/letter-texts/3/de/preview", json=PARTS)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/pdf"
        printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    built.house.database.close()
    assert "Our own heading" in printed
    assert "F-1001" in printed
