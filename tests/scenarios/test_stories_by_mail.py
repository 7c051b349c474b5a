"""What the customer finds in his mailbox while an order or an invoice is in dispute, and when credit holds an order.

Nothing is made up on the way out: a mail server takes the letters, their text and their PDF are read as the customer
would read them.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pypdf
import pytest

import main
from commands.system import System
from config.settings import Settings
from core.money import Money
from credit import checks
from credit.service import set_limit
from credit.tables import CreditHold
from disputes.service import Contest, open_dispute, reopen, resolve
from disputes.store import dispute_by_number
from disputes.tables import Dispute
from dunning.run import approve, plan_run
from dunning.tables import Notice
from orders import mails, store
from orders.intake import read_order
from orders.service import put_orders
from orders.tables import OrderMail
from receivables import service as receivables
from receivables.intake.rows import Row
from receivables.store import customer_by_external_id
from reports.invariants import violations
from runtime.clock import SetClock
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, an_invoice_row
from tests.conftest import NOON, settings_for
from tests.smtp_servers import ScriptedServer

IN_DISPUTE = "of which in dispute (not claimed while we look into it)"


@dataclass(frozen=True)
class Received:
    """A mail as it lies in the customer's mailbox; `words` are those of its text and of the letter attached."""

    to: str
    subject: str
    text: str
    letter: str

    def says(self, *words: str) -> bool:
        """Whether the mail and the letter it brings both say all of it."""
        return all(each in self.text and (not self.letter or each in self.letter) for each in words)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    opened = ScriptedServer(patience=120)
    yield opened
    opened.close()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, server: ScriptedServer) -> Iterator[System]:
    settings = Settings(**{**settings_for(database_url, tmp_path).model_dump(), "smtp_url": server.url})
    built = main.build(settings, clock=clock)

    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)

    built.house.write(stage)
    yield built
    built.house.database.close()


def mailbox(server: ScriptedServer) -> list[Received]:
    """Everything the mail server took, in order."""
    return [_read(each) for each in server.taken]


def _read(content: bytes) -> Received:
    message = message_from_bytes(content, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    pdfs = [bytes(part.get_payload(decode=True)) for part in message.iter_attachments()]
    pages = [page.extract_text() for pdf in pdfs for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    text, letter = str(body.get_content()), " ".join(pages)
    return Received(str(message["To"]), str(message["Subject"]), _plain(text), _plain(letter))


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("it):", "it)"))


def day_of(system: System, clock: SetClock, days: int) -> None:
    """A whole business day: the run is planned and approved, the dispatcher goes round."""
    clock.at = NOON + timedelta(days=days)

    def do(work: Work) -> None:
        run = plan_run(work)
        if run.notices:
            approve(work, run)

    system.house.write(do)
    system.dispatcher.run()


def contest(work: Work, reference: str, kind: str = "invoice", amount: int | None = None) -> Dispute:
    acme = customer_by_external_id(work.session, "ACME").id
    told = Contest(kind, reference, "price", work.today, work.today, amount, customer_id=acme)
    return open_dispute(work, a_company(work), told)


def the_case(work: Work, number: int = 1) -> Dispute:
    return dispute_by_number(work.session, number)


def holds(system: System) -> None:
    keys = dict(system.audit_keys)
    assert system.house.read(lambda work: list(violations(work.session, keys))) == []


# ── reminders ───────────────────────────────────────────────────────────────────────────────────


def test_who_disputed_his_order_before_its_invoice_hears_nothing_of_it_until_it_is_decided(
    system: System, clock: SetClock, server: ScriptedServer
) -> None:
    def complain(work: Work) -> None:
        contest(work, "PO-9", "order")
        an_invoice(work, "F-9001", order_number="PO-9", amount="910.00")
        an_invoice(work, "F-9002", order_number="PO-10", amount="55.00")

    system.house.write(complain)
    day_of(system, clock, 0)
    [first] = mailbox(server)
    assert first.to == "Acme Ltd <ap@acme.example>"
    assert first.says("F-9002", "55.00")
    assert "F-9001" not in first.text + first.letter
    system.house.write(lambda work: resolve(work, the_case(work), "rejected"))
    day_of(system, clock, 4)
    assert len(mailbox(server)) == 1, "three business days of grace after Friday"
    day_of(system, clock, 6)
    assert [each.says("F-9001", "910.00") for each in mailbox(server)] == [False, True]
    holds(system)


def test_of_an_invoice_in_part_disputed_the_rest_is_asked_for_and_the_part_is_named(
    system: System, clock: SetClock, server: ScriptedServer
) -> None:
    def complain(work: Work) -> None:
        an_invoice(work, "F-1001", amount="100.00")
        contest(work, "F-1001", amount=3_000)

    system.house.write(complain)
    day_of(system, clock, 0)
    [letter] = mailbox(server)
    assert letter.says("F-1001", "100.00", f"{IN_DISPUTE} −30.00", "70.00")
    holds(system)


def test_a_letter_planned_before_the_complaint_is_never_handed_to_the_mail_server(
    system: System, clock: SetClock, server: ScriptedServer
) -> None:
    def plan(work: Work) -> None:
        an_invoice(work, "F-1001", order_number="PO-1")
        approve(work, plan_run(work))

    system.house.write(plan)
    system.house.write(lambda work: contest(work, "PO-1", "order") and None)
    system.dispatcher.run()
    assert server.taken == []
    assert system.house.read(lambda work: [each.state for each in work.session.query(Notice)]) == ["cancelled"]
    holds(system)


def test_a_complaint_made_and_withdrawn_all_day_long_brings_each_level_once(
    system: System, clock: SetClock, server: ScriptedServer
) -> None:
    system.house.write(lambda work: an_invoice(work, "F-1001") and None)
    day_of(system, clock, 0)
    system.house.write(lambda work: contest(work, "F-1001") and None)
    for turn in range(40):
        clock.at = NOON + timedelta(days=1 + turn // 8, minutes=turn)
        system.house.write(lambda work: resolve(work, the_case(work), "rejected"))
        day_of(system, clock, 1 + turn // 8)
        system.house.write(lambda work: reopen(work, the_case(work)))
    assert len(mailbox(server)) == 1, "in all these days nothing but the first letter"
    system.house.write(lambda work: resolve(work, the_case(work), "rejected"))
    for days in range(6, 40, 3):
        day_of(system, clock, days)
    levels = system.house.read(
        lambda work: [
            each.level for each in work.session.query(Notice).filter_by(state="sent").order_by(Notice.sent_on)
        ]
    )
    assert levels == [1, 2, 3][: len(levels)]
    assert len(levels) >= 2
    assert len(mailbox(server)) == len(levels) == len({each.subject for each in mailbox(server)})
    holds(system)


def test_what_was_accepted_in_part_is_left_out_until_the_credit_note_comes_and_then_it_is_gone(
    system: System, clock: SetClock, server: ScriptedServer
) -> None:
    def accept(work: Work) -> None:
        an_invoice(work, "F-1001", amount="100.00")
        resolve(work, contest(work, "F-1001"), "partly_accepted", 3_000)

    def credit(work: Work) -> None:
        row = an_invoice_row("G-1", "ACME", "30.00", work.today, type="credit_note", related_invoice="F-1001")
        assert receivables.put_invoices(work, a_company(work), [row]).count("created") == 1

    system.house.write(accept)
    day_of(system, clock, 6)
    [first] = mailbox(server)
    assert first.says("F-1001", f"{IN_DISPUTE} −30.00", "70.00")
    assert system.house.read(lambda work: the_case(work).closed_at) is None, "it waits for its credit note"
    clock.at = NOON + timedelta(days=8)
    system.house.write(credit)
    assert system.house.read(lambda work: the_case(work).closed_at) is not None
    for days in range(9, 30, 3):
        day_of(system, clock, days)
    later = mailbox(server)[1:]
    assert later
    for each in later:
        assert each.says("F-1001", "70.00")
        assert IN_DISPUTE not in each.text + each.letter
        assert "100.00" not in each.text + each.letter
    holds(system)


# ── orders ──────────────────────────────────────────────────────────────────────────────────────


def an_order(work: Work, number: str, status: str, amount: str = "600.00") -> None:
    row = {
        "order_number": number, "customer_id": "ACME", "currency": "EUR", "received_at": NOON.isoformat(),
        "amount": amount, "status": status,
    }  # fmt: skip
    order, problems = read_order(Row("story", row))
    assert order is not None, problems
    assert put_orders(work, a_company(work), [order]).problems == []


def test_an_order_opened_again_past_the_limit_is_held_and_its_customer_is_told_once_it_is_released(
    system: System, clock: SetClock, server: ScriptedServer
) -> None:
    def stage(work: Work) -> None:
        set_limit(work, customer_by_external_id(work.session, "ACME"), Money(100_000, "EUR"), "review")
        for state in ("confirmed", "cancelled"):
            mails.switch(work, state, is_on=True)
        an_order(work, "PO-1", "confirmed")

    def pushed(number: str, status: str) -> list[str]:
        clock.at += timedelta(minutes=5)
        system.house.write(lambda work: an_order(work, number, status))
        system.dispatcher.run()
        return [each.subject for each in mailbox(server)]

    system.house.write(stage)
    system.dispatcher.run()
    told = ["Your order PO-1 is confirmed"]
    assert [each.subject for each in mailbox(server)] == told
    told = [*told, "Your order PO-1 is cancelled"]
    assert pushed("PO-1", "cancelled") == told
    told = [*told, "Your order PO-2 is confirmed"]
    assert pushed("PO-2", "confirmed") == told
    assert pushed("PO-1", "confirmed") == told, "there is no credit left for it: nobody promises it to the customer"

    def held(work: Work) -> tuple[list[str], list[str]]:
        stopped = [each.order_number for each in work.session.query(CreditHold).filter_by(ended_at=None)]
        withdrawn = [each.detail for each in work.session.query(OrderMail).filter_by(outcome="cancelled")]
        return stopped, withdrawn

    stopped, withdrawn = system.house.read(held)
    assert stopped == ["PO-1"]
    assert withdrawn == ["Credit holds the order; the customer is told once it is released."]

    def release(work: Work) -> None:
        [found] = work.session.query(CreditHold).filter_by(ended_at=None)
        checks.release(work, found, "paid by card, the bank says so")

    system.house.write(release)
    system.dispatcher.run()
    assert [each.subject for each in mailbox(server)] == [*told, "Your order PO-1 is confirmed"]
    assert system.house.read(lambda work: store.order_named(work.session, "PO-1").Order.cancelled_at) is None
    holds(system)


def test_the_days_of_these_stories_begin_on_a_friday() -> None:
    assert (date.weekday(TODAY), TODAY) == (4, NOON.date())
