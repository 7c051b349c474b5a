"""Where answers go, what a person must carry out by hand, and how a letter gets through when mail does not."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from dunning.mail_jobs import keep
from dunning.policies import put_policy
from dunning.run import approve, plan_run
from dunning.tables import Decision, Notice
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice

POST = {"street": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid"}


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.MANAGER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made


def stage(system: System, *levels: dict[str, Any], **rules: Any) -> None:
    def prepare(work: Work) -> None:
        put_policy(work, "standard", {"levels": list(levels), "min_gap_days": 0, "resume_business_days": 0, **rules})
        a_customer(work, **POST)
        an_invoice(work, "F-1001", due_on=TODAY - timedelta(days=30))

    system.house.write(prepare)


def run(system: System) -> None:
    system.house.write(lambda work: approve(work, plan_run(work)) and None)


def mails(tmp_path: Path) -> list[EmailMessage]:
    """What left the house, the oldest first."""
    files = sorted((tmp_path / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=default)) for path in files]


def test_answers_go_to_the_address_of_the_company_and_stay_in_one_thread(
    system: System, api: TestClient, clock: SetClock, tmp_path: Path
) -> None:
    stage(system, {"level": 1, "days": 5}, {"level": 2, "days": 10})
    found = api.get("/api/v1/companies/NW")
    changed = api.patch(
        "/api/v1/companies/NW",
        json={"reply_to": "answers@nordwind.example"},
        headers={"If-Match": found.headers["ETag"]},
    )
    assert (changed.status_code, changed.json()["reply_to"]) == (200, "answers@nordwind.example")
    run(system)
    assert system.dispatcher.run().sent == 1
    clock.at += timedelta(days=3)
    run(system)
    assert system.dispatcher.run().sent == 1
    first, second = mails(tmp_path)
    assert [str(each["Reply-To"]) for each in (first, second)] == ["answers@nordwind.example"] * 2
    assert "cobros@nordwind.example" in str(first["From"])
    assert second["In-Reply-To"] == first["Message-ID"], "another level, the same thread"


def test_without_an_address_for_answers_the_mail_names_none(system: System, api: TestClient, tmp_path: Path) -> None:
    stage(system, {"level": 1, "days": 5})
    run(system)
    assert system.dispatcher.run().sent == 1
    assert mails(tmp_path)[0]["Reply-To"] is None


def test_an_address_for_answers_that_is_none_is_refused(system: System, api: TestClient) -> None:
    stage(system, {"level": 1, "days": 5})
    found = api.get("/api/v1/companies/NW")
    answer = api.patch(
        "/api/v1/companies/NW", json={"reply_to": "nobody, anywhere"}, headers={"If-Match": found.headers["ETag"]}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reply_to")


@pytest.mark.parametrize(
    ("channel", "label", "next_step"),
    [
        ("phone", "to call", "call about notice 1, then say what came of it"),
        ("registered_letter", "registered letter", "print the registered letter of notice 1 and post it"),
        ("letter", "letter to print", "print the letter of notice 1 with its run and post it"),
    ],
)
def test_what_goes_by_hand_stands_in_the_worklist_with_the_next_step(
    system: System, api: TestClient, channel: str, label: str, next_step: str
) -> None:
    stage(system, {"level": 1, "days": 5, "channel": channel})
    run(system)
    [line] = api.get("/api/v1/reports/worklist").json()["data"]
    [reason] = [each for each in line["reasons"] if each["kind"] == "by_hand"]
    assert (reason["label"], reason["text"]) == (label, next_step)


def test_a_printed_registered_letter_waits_to_be_posted_and_is_gone_from_the_worklist_once_done(
    system: System, api: TestClient
) -> None:
    stage(system, {"level": 1, "days": 5, "channel": "registered_letter"})
    run(system)
    notice = system.house.read(lambda work: work.session.query(Notice).one().id)
    assert api.post(f"/api/v1/notices/{notice}/print").status_code == 200
    [line] = api.get("/api/v1/reports/worklist").json()["data"]
    assert "post the printed letter of notice 1, then say so" in [each["text"] for each in line["reasons"]]
    assert api.post(f"/api/v1/notices/{notice}/done", json={"outcome": "posted, RR 123"}).status_code == 200
    assert all(
        each["kind"] != "by_hand"
        for line in api.get("/api/v1/reports/worklist").json()["data"]
        for each in line["reasons"]
    )


def a_report(message_id: str, address: str) -> bytes:
    """A delivery status notification as a mail server writes it (RFC 3464)."""
    return (
        "Return-Path: <>\r\nFrom: Mail Delivery System <mailer-daemon@mx.acme.example>\r\n"
        "To: cobros@nordwind.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"\r\n\r\n'
        "--=_r\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nYour message could not be delivered.\r\n\r\n"
        "--=_r\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.acme.example\r\nArrival-Date: Fri, 20 Nov 2026 12:00:01 +0100\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nOriginal-Recipient: rfc822;{address}\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nRemote-MTA: dns; mx.acme.example\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 <{address}>: Recipient address rejected\r\n\r\n"
        f"--=_r\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n"
        f"From: cobros@nordwind.example\r\nTo: {address}\r\nSubject: Payment reminder\r\n\r\n--=_r--\r\n"
    ).encode()


@pytest.mark.parametrize("falls_back", [True, False])
def test_when_mail_came_back_the_next_step_goes_by_post_where_the_policy_says_so(
    system: System, api: TestClient, clock: SetClock, tmp_path: Path, falls_back: bool
) -> None:
    stage(system, {"level": 1, "days": 5}, {"level": 2, "days": 10}, letter_without_email=falls_back)
    run(system)
    assert system.dispatcher.run().sent == 1
    [sent] = mails(tmp_path)
    keep(system.house, system.archive, a_report(sent["Message-ID"], "ap@acme.example"))
    reasons = [each["label"] for line in api.get("/api/v1/reports/worklist").json()["data"] for each in line["reasons"]]
    assert "mail came back" in reasons
    clock.at += timedelta(days=3)
    run(system)

    def read(work: Work) -> tuple[list[tuple[int, str, str]], str]:
        notices = [
            (each.level, each.channel, each.state) for each in work.session.query(Notice).order_by(Notice.number)
        ]
        last = work.session.query(Decision).order_by(Decision.run_id.desc()).first()
        return notices, last.reason if last else ""

    notices, reason = system.house.read(read)
    if not falls_back:
        assert (notices, reason) == ([(1, "email", "sent")], "no e-mail address")
        return
    assert notices == [(1, "email", "sent"), (2, "letter", "approved")]
    run_id = system.house.read(lambda work: work.session.query(Notice).order_by(Notice.number.desc()).first().run_id)  # type: ignore[union-attr]
    assert api.post(f"/api/v1/dunning-runs/{run_id}/print").json() == {"letters": 1, "withdrawn": 0, "left": 0}
    assert system.dispatcher.run().sent == 0, "nothing goes to the dead address"
