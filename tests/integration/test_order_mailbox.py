"""Orders that arrive in a mailbox: each read once, whatever dies in between, and what nobody can read is listed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from config.settings import Settings, load
from core.errors import Invalid, Unavailable
from intake import claims
from intake.order_mail import boxes_of
from orders import captures, envelopes, inbox
from orders.tables import Order, OrderCapture, OrderMessage
from receivables.tables import ImportRun
from runtime import access
from runtime.clock import SetClock
from runtime.jobs import run_job
from runtime.mailbox import LARGEST_MESSAGE
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer
from tests.conftest import settings_for
from tests.imap_server import ImapBox
from tests.integration.test_order_captures import a_mail, waiting
from tests.readers.document_files import UBL_ORDER

ROOT = Path(main.__file__).parent


@pytest.fixture
def box() -> Iterator[ImapBox]:
    opened = ImapBox()
    yield opened
    opened.close()


@pytest.fixture
def second() -> Iterator[ImapBox]:
    opened = ImapBox()
    yield opened
    opened.close()


def a_system(database_url: str, tmp_path: Path, clock: SetClock, orders_imap: str) -> System:
    settings = Settings(**{**settings_for(database_url, tmp_path).model_dump(), "orders_imap": orders_imap})
    return main.build(settings, clock=clock)


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, box: ImapBox) -> Iterator[System]:
    built = a_system(database_url, tmp_path, clock, f"NW={box.url}")
    built.house.write(cast)
    yield built
    built.house.database.close()


def cast(work: Work) -> None:
    a_company(work)
    a_customer(work)
    a_customer(work, "K-7", name="Borealis Oy", country="FI")


@pytest.fixture
def web(system: System) -> Iterator[TestClient]:
    email, password = "clara@nordwind.example", "a password for tests only"
    system.house.write(lambda work: access.add_user(work, email, Role.CONTROLLER, password))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": email, "password": password})
        yield client


def read(system: System) -> dict[str, Any]:
    return dict(run_job(system.house, system.jobs["read-orders"], TODAY))


def counted(**some: int) -> dict[str, int]:
    return {"taken": 0, "known": 0, "passed": 0, "quarantined": 0, "failed": 0, **some}


def standing(system: System) -> tuple[int, int, int]:
    """Orders, documents that wait to be typed in, mails written down."""

    def count(work: Work) -> tuple[int, int, int]:
        query = work.session.query
        return query(Order).count(), query(OrderCapture).count(), query(OrderMessage).count()

    return system.house.read(count)


def in_the_inbox(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/order-inbox").json()["data"]
    return found


# ── in ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_arrived_is_an_order_or_waits_to_be_typed_in_and_is_read_once(system: System, box: ImapBox) -> None:
    box.messages += [a_mail(text="With a document.", order__xml=UBL_ORDER), a_mail()]
    job = system.jobs["read-orders"]
    assert run_job(system.house, job, TODAY, dry_run=True) == {"unread": 2}
    assert read(system) == counted(taken=2)
    assert standing(system) == (1, 1, 2)
    assert (box.seen, box.flagged) == ({1, 2}, set())
    assert read(system) == counted()


def test_a_mail_marked_as_unread_again_or_delivered_by_two_addresses_is_the_same_mail(
    system: System, box: ImapBox
) -> None:
    box.messages += [a_mail(), b"Delivered-To: sales@nordwind.example\r\nReceived: from mx\r\n" + a_mail()]
    assert read(system) == counted(taken=1, known=1)
    box.seen.clear()
    assert read(system) == counted(known=2)
    assert standing(system) == (0, 1, 1)


def test_two_mails_of_the_same_words_on_two_days_are_two_mails(system: System, box: ImapBox) -> None:
    later = a_mail().replace(b"Fri, 20 Nov 2026", b"Sat, 21 Nov 2026").replace(b"<a@", b"<b@")
    box.messages += [a_mail(), later]
    assert read(system) == counted(taken=2)
    assert standing(system) == (0, 2, 2)


def test_each_company_has_its_mailbox_and_one_that_is_away_keeps_no_other_from_being_read(
    database_url: str, tmp_path: Path, clock: SetClock, box: ImapBox, second: ImapBox
) -> None:
    system = a_system(database_url, tmp_path, clock, f"NW={box.url}  SUR={second.url}")

    def stage(work: Work) -> None:
        cast(work)
        a_company(work, "SUR")

    system.house.write(stage)
    box.hang_up_after = 1
    second.messages.append(a_mail())
    with pytest.raises(Unavailable, match=r"NW: The mailbox at 127\.0\.0\.1 cannot be read"):
        read(system)
    [said] = system.house.read(lambda work: [capture.said for capture, _ in captures.waiting(work.session)])
    assert said["company"] == "SUR"
    box.hang_up_after = None
    assert read(system) == counted()
    system.house.database.close()


def test_a_company_nobody_knows_is_said_and_the_password_is_not(
    database_url: str, tmp_path: Path, clock: SetClock, box: ImapBox
) -> None:
    system = a_system(database_url, tmp_path, clock, f"NOWHERE={box.url}")
    system.house.write(cast)
    with pytest.raises(Unavailable, match="NOWHERE") as refused:
        read(system)
    assert "sesame" not in str(refused.value)
    assert box.commands == []
    system.house.database.close()


@pytest.mark.parametrize(
    "said",
    [
        "NW=http://a:b@c",
        "imap://clerk:hush@a imap://clerk:hush@b",
        "NW=imaps://a:hush@b NW=imaps://a:hush@c",
        "NW imaps",
    ],
)
def test_a_setting_that_is_no_list_of_mailboxes_is_refused_without_repeating_it(said: str) -> None:
    with pytest.raises(Invalid, match="DUECOURSE_ORDERS_IMAP") as refused:
        boxes_of(said)
    assert "hush" not in str(refused.value)


def test_the_mailboxes_may_be_named_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "orders-imap"
    path.write_text("NW=imaps://orders:p%20w@mail.example/Orders\n", encoding="utf-8")
    settings = load({"DUECOURSE_ORDERS_IMAP_FILE": str(path)})
    [only] = boxes_of(settings.orders_imap)
    assert (only.code, only.url) == ("NW", "imaps://orders:p%20w@mail.example/Orders")
    assert "p%20w" not in repr(only)


# ── crashes ─────────────────────────────────────────────────────────────────────────────────────


def test_a_line_that_breaks_before_the_mark_does_not_read_the_mail_twice(system: System, box: ImapBox) -> None:
    box.messages.append(a_mail(order__xml=UBL_ORDER))
    marking: list[str] = []

    def hang_up(command: str) -> None:
        if "STORE" in command and not marking:
            marking.append(command)
            box.hang_up_after = 0

    box.before = hang_up
    with pytest.raises(Unavailable):
        read(system)
    assert (box.seen, standing(system)) == (set(), (1, 0, 1))
    box.hang_up_after = None
    assert read(system) == counted(known=1)
    assert (box.seen, standing(system)) == ({1}, (1, 0, 1))


@pytest.mark.parametrize("moment", ["BODY.PEEK", "STORE"])
def test_a_process_killed_at_any_moment_leaves_the_mail_to_be_read_once(
    system: System, box: ImapBox, database_url: str, tmp_path: Path, moment: str
) -> None:
    """Killed while it fetches, nothing is stored; killed before it marks, everything is. Both end with one order."""
    box.messages.append(a_mail(order__xml=UBL_ORDER))
    told = {
        "DUECOURSE_DATABASE_URL": database_url, "DUECOURSE_VAR_DIR": str(tmp_path),
        "DUECOURSE_SECRET_KEY": "a key for tests only, 32 characters", "DUECOURSE_ORDERS_IMAP": f"NW={box.url}",
    }  # fmt: skip
    environment = {**{name: value for name, value in os.environ.items() if "DUECOURSE" not in name}, **told}
    child = subprocess.Popen(
        [sys.executable, "main.py", "job", "read-orders"], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def kill(command: str) -> None:
        if moment in command:
            box.before = lambda _: None
            child.kill()
            child.wait()
            raise ConnectionAbortedError("nobody is there to be answered")

    box.before = kill
    assert child.wait(timeout=120) == -signal.SIGKILL
    assert box.seen == set()
    assert standing(system)[0] == (1 if moment == "STORE" else 0)
    assert read(system) == (counted(known=1) if moment == "STORE" else counted(taken=1))
    assert (box.seen, standing(system)) == ({1}, (1, 0, 1))


def test_a_mail_whose_reading_died_half_way_is_read_by_the_next_pass(
    system: System, box: ImapBox, clock: SetClock
) -> None:
    """The run is written down and its process gone: whoever meets the mail again goes on with it."""
    box.messages.append(a_mail(order__xml=UBL_ORDER))
    assert read(system) == counted(taken=1)

    def die(work: Work) -> None:
        work.session.query(Order).update({"document_id": None})
        run = work.session.query(ImportRun).one()
        run.state, run.claimed_by, run.claimed_until = "running", "gone", work.now
        run.finished_at = None

    system.house.write(die)
    box.seen.clear()
    clock.at += claims.LIFE + timedelta(seconds=1)
    assert read(system) == counted(known=1)
    assert standing(system) == (1, 0, 1)
    assert system.house.read(lambda work: inbox.waiting_count(work.session)) == 0


# ── what nobody can read ────────────────────────────────────────────────────────────────────────


def an_absence_note(**files: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Auto-Submitted"] = "ap@acme.example", "I am away", "auto-replied"
    message.set_content("Back on Monday.")
    for name, content in files.items():
        message.add_attachment(content, maintype="application", subtype="xml", filename=name.replace("__", "."))
    return message.as_bytes()


BOUNCE = (
    b"From: mailer-daemon@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
    b"Final-Recipient: rfc822; ap@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b--\r\n"
)


def test_an_absence_note_is_passed_over_and_an_order_a_program_sent_is_not(
    system: System, box: ImapBox, web: TestClient
) -> None:
    box.messages += [an_absence_note(), an_absence_note(order__xml=UBL_ORDER)]
    assert read(system) == counted(passed=1, taken=1)
    assert standing(system) == (1, 0, 2)
    assert in_the_inbox(web) == []


def test_mail_that_came_back_and_mail_without_anything_in_it_are_listed_with_their_reason(
    system: System, box: ImapBox, web: TestClient
) -> None:
    box.messages += [BOUNCE, b"\r\n"]
    assert read(system) == counted(quarantined=2)
    assert [each["reason"] for each in in_the_inbox(web)] == [
        "Mail of ours came back. ap@acme.example: smtp; 550 no such user", "There is nothing in it.",
    ]  # fmt: skip
    assert box.seen == {1, 2}


def test_of_a_mail_too_large_the_head_is_kept_and_somebody_is_told(
    system: System, box: ImapBox, web: TestClient
) -> None:
    box.messages.append(a_mail() + b"x" * LARGEST_MESSAGE)
    assert read(system) == counted(quarantined=1)
    [found] = in_the_inbox(web)
    assert (found["subject"], found["sender"]) == ("Our order 4711", "ap@acme.example")
    assert "larger than 25 MB" in found["reason"]
    kept = web.get(f"/api/v1/order-inbox/{found['id']}/original").content
    assert kept.startswith(b"From: ap@acme.example")
    assert len(kept) < 1_000


def test_a_mail_that_was_rejected_is_listed_until_somebody_says_what_was_done(
    system: System, box: ImapBox, web: TestClient
) -> None:
    box.messages.append(a_mail(order__xml=UBL_ORDER.replace(b"PayableAmount", b"PayableAmounts")))
    read(system)
    listed = in_the_inbox(web)
    assert len(listed) == 1, waiting(web)
    [found] = listed
    assert found["reason"]
    page = web.get("/captures").text
    assert "Mail nobody could read" in page
    assert found["reason"][:20] in page
    settle = f"/api/v1/order-inbox/{found['id']}/settle"
    assert web.post(settle, json={"note": " "}).status_code == 422
    assert web.post(settle, json={"note": "Asked for a new copy."}).json()["note"] == "Asked for a new copy."
    assert web.post(settle, json={"note": "Again."}).status_code == 409
    assert in_the_inbox(web) == []
    assert found["reason"][:20] not in web.get("/captures").text


def test_what_a_reader_cannot_cope_with_is_listed_and_holds_up_no_other(
    system: System, box: ImapBox, web: TestClient
) -> None:
    nested = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nContent-Type: message/rfc822\r\n\r\n" * 5_000
    )
    box.messages += [nested, a_mail()]
    became = read(system)
    assert became["failed"] == 0
    assert box.seen == {1, 2}
    assert standing(system)[2] == 2
    assert len(in_the_inbox(web)) + len(waiting(web)) == 2


def test_the_mark_of_a_mail_is_what_was_written_and_not_the_way_it_came() -> None:
    mail = a_mail()
    assert envelopes.fingerprint(mail) == envelopes.fingerprint(b"Received: by mx\r\n" + mail.replace(b"\n", b"\r\n"))
    assert envelopes.fingerprint(mail) != envelopes.fingerprint(mail.replace(b"40 oak", b"41 oak"))
    assert envelopes.fingerprint(mail) != envelopes.fingerprint(mail.replace(b"<a@", b"<b@"))
