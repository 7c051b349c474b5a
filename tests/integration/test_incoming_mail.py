"""Mail that comes in: bounces mark an address, machines are ignored, people are read and decided about by people."""

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
from config.settings import Settings
from disputes.tables import Dispute
from dunning import incoming
from dunning.delivery import CAME_BACK
from dunning.mail_jobs import keep
from dunning.mail_tables import DeadAddress, IncomingMail
from dunning.planning import foretell
from dunning.reachable import dead_addresses
from dunning.run import approve, plan_run
from dunning.tables import Notice, Pause, Promise
from receivables.tables import Note, OpenItem, Posting
from runtime import access
from runtime.clock import SetClock
from runtime.jobs import run_job
from runtime.work import Role, Work
from tests.builders import TODAY, a_customer, an_invoice
from tests.conftest import settings_for
from tests.imap_server import ImapBox
from tests.mailroom import Mailroom, QuickRenderer


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


@pytest.fixture
def box() -> Iterator[ImapBox]:
    opened = ImapBox()
    yield opened
    opened.close()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, mail: Mailroom, box: ImapBox) -> Iterator[System]:
    """Acme was reminded of two invoices."""
    settings = Settings(**{**settings_for(database_url, tmp_path).model_dump(), "imap_url": box.url})
    built = main.build(settings, clock=clock, transport=mail, renderer=QuickRenderer())

    def stage(work: Work) -> None:
        a_customer(work)
        a_customer(work, "DELTA")
        an_invoice(work, "F-1001", amount="100.00")
        an_invoice(work, "F-1002", amount="50.00")
        approve(work, plan_run(work))

    built.house.write(stage)
    built.dispatcher.run()
    yield built
    built.house.database.close()


def sent_id(mail: Mailroom) -> str:
    [message_id] = mail.taken
    return message_id


def an_answer(text: str, *, to: str = "", sender: str = "ap@acme.example", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = f"Ann Accountant <{sender}>"
    message["To"] = "cobros@nordwind.example"
    message["Subject"] = "Re: Payment reminder"
    message["Message-ID"] = f"<{abs(hash(text))}@acme.example>"
    if to:
        message["In-Reply-To"] = to
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def a_bounce(to: str, address: str = "ap@acme.example", status: str = "5.1.1", action: str = "failed") -> bytes:
    return (
        "From: Mail Delivery Subsystem <mailer-daemon@mx.example>\r\nTo: cobros@nordwind.example\r\n"
        "Subject: Undelivered\r\nMIME-Version: 1.0\r\nReturn-Path: <>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {to}\r\nSubject: x\r\n\r\nhello\r\n--b--\r\n"
    ).encode()


def take(system: System, *contents: bytes) -> None:
    for content in contents:
        keep(system.house, system.archive, content)


def seen(system: System) -> list[dict[str, Any]]:
    def read(work: Work) -> list[dict[str, Any]]:
        rows = work.session.query(IncomingMail).order_by(IncomingMail.number)
        names = ("kind", "meaning", "promised_on", "invoices", "state", "failed_address", "text")
        return [{name: getattr(row, name) for name in names} for row in rows]

    return system.house.read(read)


def count(system: System, table: Any) -> int:
    return system.house.read(lambda work: work.session.query(table).count())


# ── bounces ─────────────────────────────────────────────────────────────────────────────────────


def test_a_bounce_marks_the_address_and_nothing_more_is_planned_for_it(system: System, mail: Mailroom) -> None:
    take(system, a_bounce(sent_id(mail)))
    [found] = seen(system)
    assert (found["kind"], found["state"], found["failed_address"]) == ("bounce", "waiting", "ap@acme.example")
    assert system.house.read(lambda work: dead_addresses(work.session)) == {
        "ap@acme.example": "5.1.1 smtp; 550 5.1.1 no such user"
    }
    later = TODAY + timedelta(days=21)
    assert system.house.read(foretell, on=later).held == {"no e-mail address": 2}
    system.house.write(lambda work: a_customer(work, email="accounts@acme.example"))
    assert system.house.read(foretell, on=later).notices == 1
    system.house.write(lambda work: a_customer(work))
    system.house.write(lambda work: incoming.revive(work, "AP@acme.example"))
    assert count(system, DeadAddress) == 0
    assert seen(system)[0]["state"] == "dismissed"


def test_a_letter_that_waits_is_not_sent_to_an_address_that_died_meanwhile(system: System, mail: Mailroom) -> None:
    def plan_more(work: Work) -> None:
        an_invoice(work, "F-1003", due_on=TODAY - timedelta(days=9))
        approve(work, plan_run(work))

    system.house.write(plan_more, on=TODAY + timedelta(days=21))
    take(system, a_bounce(sent_id(mail)))
    system.dispatcher.run()
    assert len(mail.taken) == 1
    reasons = system.house.read(lambda work: {each.state: each.state_reason for each in work.session.query(Notice)})
    assert reasons["cancelled"] == CAME_BACK


@pytest.mark.parametrize(
    ("status", "action"), [("4.4.1", "delayed"), ("4.2.2", "failed"), ("2.0.0", "delivered"), ("", "relayed")]
)
def test_a_report_that_is_not_final_marks_nothing(system: System, mail: Mailroom, status: str, action: str) -> None:
    take(system, a_bounce(sent_id(mail), status=status, action=action))
    assert [(each["kind"], each["state"]) for each in seen(system)] == [("bounce", "done")]
    assert count(system, DeadAddress) == 0


def test_a_forged_bounce_marks_nothing(system: System, mail: Mailroom) -> None:
    """One that answers no letter of ours, and one that names an address the letter did not go to."""
    take(system, a_bounce("<notice.made-up@nordwind.example>"), a_bounce(sent_id(mail), address="ap@delta.example"))
    assert count(system, DeadAddress) == 0
    assert {each["state"] for each in seen(system)} == {"done"}


# ── machines ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; x=y"}, {"Precedence": "bulk"},
        {"Precedence": "auto_reply"}, {"X_Autoreply": "yes"}, {"X_Auto_Response_Suppress": "All"},
        {"List_Id": "<news.acme.example>"}, {"Return_Path": "<>"},
    ],
)  # fmt: skip
def test_automatic_answers_end_here(system: System, mail: Mailroom, headers: dict[str, str]) -> None:
    take(system, an_answer("I am on holiday. We will pay on 1 December.", to=sent_id(mail), **headers))
    [found] = seen(system)
    assert (found["kind"], found["state"], found["meaning"], found["text"]) == ("automatic", "done", None, "")
    assert count(system, Note) == 0


def test_a_storm_of_automatic_answers_causes_not_one_mail(system: System, mail: Mailroom) -> None:
    before = list(mail.offered)
    storm = [
        an_answer(f"Out of office {number}", to=sent_id(mail), Auto_Submitted="auto-replied") for number in range(30)
    ]
    take(system, *storm, *[a_bounce(sent_id(mail), status=f"5.1.{number}") for number in range(10)])
    system.dispatcher.run()
    assert mail.offered == before
    assert len(seen(system)) == 40
    assert sum(each["state"] == "waiting" for each in seen(system)) == 10


# ── people ──────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_is_in_the_customers_history_and_proposed_as_what_it_says(system: System, mail: Mailroom) -> None:
    text = "Hello,\nwe will pay invoice F-1002\non 15 December.\n\nAnn\n\n> you owe us, F-1001\n> pay now"
    take(system, an_answer(text, to=sent_id(mail)))
    [found] = seen(system)
    assert (found["kind"], found["meaning"], str(found["promised_on"])) == ("reply", "promise", "2026-12-15")
    assert found["invoices"] == "F-1002"
    [note] = system.house.read(lambda work: [(each.kind, each.body) for each in work.session.query(Note)])
    assert note[0] == "mail"
    assert "F-1001" not in note[1]
    assert (count(system, Promise), count(system, Pause), count(system, Dispute)) == (0, 0, 0)


def test_an_answer_is_known_by_its_sender_where_it_refers_to_nothing(system: System) -> None:
    take(system, an_answer("We have already paid.", sender="AP@Delta.example"))
    take(system, an_answer("We never received the goods.", sender="stranger@elsewhere.example"))
    rows = system.house.read(lambda work: [row[1] and row[1].external_id for row in work.session.execute(
        incoming.mails().order_by(IncomingMail.number))])  # fmt: skip
    assert rows == ["DELTA", None]
    assert [each["state"] for each in seen(system)] == ["waiting", "waiting"]


def test_the_same_message_is_stored_once(system: System, mail: Mailroom) -> None:
    answer = an_answer("Thanks, noted.", to=sent_id(mail))
    take(system, answer, answer)
    assert len(seen(system)) == 1
    assert count(system, Note) == 1


def test_a_message_that_is_hard_to_read_is_stored_all_the_same(system: System, mail: Mailroom) -> None:
    hostile = [
        b"", b"\x00\xff\xfe", b"From: \r\nSubject: =?x?y?z?=\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
        b"Content-Type: text/plain; charset=no-such\r\n\r\nWe have already paid.",
        b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<style>x</style><p>Wir haben <b>bereits</b> bezahlt.</p>",
        b"MIME-Version: 1.0\r\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(80)
        ) + b"\r\nhello",
        b"Subject: " + b"x" * 900_000 + b"\r\n\r\n" + b"y" * 900_000,
    ]  # fmt: skip
    take(system, *hostile)
    found = seen(system)
    assert len(found) == len(hostile)
    assert found[4]["text"] == "Wir haben bereits bezahlt."
    assert max(len(each["text"]) for each in found) <= 20_000


# ── deciding ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.CONTROLLER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as made:
        yield made


def money(system: System) -> tuple[int, list[int]]:
    return system.house.read(
        lambda work: (work.session.query(Posting).count(), sorted(each.open for each in work.session.query(OpenItem)))
    )


def test_a_person_takes_an_answer_as_a_promise(system: System, mail: Mailroom, api: TestClient) -> None:
    take(system, an_answer("We will pay F-1001 on 4 December", to=sent_id(mail)))
    before = money(system)
    [listed] = api.get("/api/v1/replies?state=waiting").json()["data"]
    assert (listed["customer_id"], listed["meaning"], listed["invoices"]) == ("ACME", "promise", ["F-1001"])
    body = {"invoices": listed["invoices"], "promised_on": listed["promised_on"]}
    answer = api.post(f"/api/v1/replies/{listed['number']}/promise", json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["decision"]) == ("accepted", "promise for 2026-12-04: F-1001")
    assert [str(each) for each in system.house.read(
        lambda work: [made.promised_on for made in work.session.query(Promise)])] == ["2026-12-04"]  # fmt: skip
    assert api.post(f"/api/v1/replies/{listed['number']}/promise", json=body).status_code == 409
    assert money(system) == before


def test_a_person_takes_an_answer_as_a_dispute(system: System, mail: Mailroom, api: TestClient) -> None:
    take(system, an_answer("The goods of F-1002 were damaged.", to=sent_id(mail)))
    before = money(system)
    answer = api.post("/api/v1/replies/1/dispute", json={"invoices": ["F-1002"], "reason": "quality"})
    assert answer.status_code == 200, answer.text
    found = system.house.read(lambda work: [(each.subject, each.reason) for each in work.session.query(Dispute)])
    assert found == [("F-1002", "quality")]
    assert money(system) == before


def test_a_person_takes_an_answer_as_paid_and_only_holds(system: System, mail: Mailroom, api: TestClient) -> None:
    take(system, an_answer("Wir haben F-1001 bereits bezahlt.", to=sent_id(mail)))
    before = money(system)
    answer = api.post("/api/v1/replies/1/paid", json={"invoices": ["F-1001"], "until": "2026-11-27"})
    assert answer.status_code == 200, answer.text
    assert system.house.read(lambda work: [each.source for each in work.session.query(Pause)]) == ["hold"]
    assert money(system) == before


def test_only_invoices_of_the_customer_can_be_named(system: System, mail: Mailroom, api: TestClient) -> None:
    system.house.write(lambda work: an_invoice(work, "D-1", customer="DELTA"))
    take(system, an_answer("We will pay on 4 December", to=sent_id(mail)))
    for invoices in ([], ["D-1"], ["F-1001", "D-1"]):
        body = {"invoices": invoices, "promised_on": "2026-12-04"}
        assert api.post("/api/v1/replies/1/promise", json=body).status_code == 422
    assert count(system, Promise) == 0
    assert api.post("/api/v1/replies/1/dismiss", json={"reason": "a thank-you"}).json()["decision"] == "a thank-you"


def test_the_desk_shows_an_answer_and_takes_a_decision(system: System, mail: Mailroom) -> None:
    take(system, an_answer("<b>We</b> will pay F-1001 on 4 December", to=sent_id(mail)), a_bounce(sent_id(mail)))
    system.house.write(lambda work: access.add_user(work, "c@nordwind.example", Role.CONTROLLER, "a long password"))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as desk:
        desk.post("/login", data={"email": "c@nordwind.example", "password": "a long password"})
        listed = desk.get("/replies").text
        assert "promises to pay" in listed
        assert "came back" in listed
        shown = desk.get("/replies/1").text
        assert "&lt;b&gt;We&lt;/b&gt; will pay" in shown
        assert 'value="2026-12-04"' in shown
        done = desk.post("/replies/1/promise", data={"promised_on": "2026-12-04", "invoice": ["F-1001"]})
        assert "The promise is noted" in done.text
        assert "Seen to" in desk.get("/replies/2").text
        assert "works again" in desk.post("/replies/2/revive").text


# ── the job ─────────────────────────────────────────────────────────────────────────────────────


def test_the_job_reads_the_mailbox_once(system: System, mail: Mailroom, box: ImapBox) -> None:
    box.messages += [an_answer("We will pay.", to=sent_id(mail)), a_bounce(sent_id(mail)), b"garbage"]
    job = system.jobs["read-mail"]
    assert run_job(system.house, job, TODAY, dry_run=True) == {"unread": 3}
    assert run_job(system.house, job, TODAY) == {"bounce": 1, "automatic": 0, "reply": 2, "failed": 0}
    assert run_job(system.house, job, TODAY) == {"bounce": 0, "automatic": 0, "reply": 0, "failed": 0}
    assert system.house.read(lambda work: work.session.query(Notice).one().state) == "sent"
