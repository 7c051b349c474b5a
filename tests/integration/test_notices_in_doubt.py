"""What a person may do about a notice that may have arrived, or that a server refused."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import main
from commands.system import System
from core.errors import Invalid, NotAllowed
from dunning.errors import NoSuchPromise, NotInDoubt, NotToBeRepeated
from dunning.in_doubt import send_again, settle_as_sent
from dunning.pauses import promise, withdraw_promise
from dunning.run import approve, drop, plan_run
from dunning.tables import Notice, NoticeLine, Pause, Reminder
from reports.invariants import violations
from runtime.clock import SetClock
from runtime.tables import Outgoing
from runtime.work import Actor, Role, Work
from tests.builders import TODAY, a_customer, an_invoice
from tests.conftest import NOON, settings_for
from tests.mailroom import Mailroom, QuickRenderer


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, mail: Mailroom) -> Iterator[System]:
    settings = settings_for(database_url, tmp_path)
    built = main.build(settings, clock=clock, transport=mail, renderer=QuickRenderer())
    yield built
    built.house.database.close()


def one_that_ended(system: System, mail: Mailroom, outcome: str) -> None:
    """One overdue invoice, one notice about it, and how handing it over ended."""

    def do(work: Work) -> None:
        a_customer(work)
        an_invoice(work)
        approve(work, plan_run(work))

    system.house.write(do)
    mail.coming = [outcome]
    system.dispatcher.run()


def notice_of(work: Work) -> Notice:
    return work.session.query(Notice).one()


def holds(system: System) -> None:
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def test_a_doubt_settled_as_sent_counts_from_the_day_it_went_out(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    one_that_ended(system, mail, "unknown but taken")
    clock.at = NOON + timedelta(days=3)
    system.house.write(lambda work: settle_as_sent(work, notice_of(work), "the customer answered it"))

    def seen(work: Work) -> tuple[object, ...]:
        notice, reminder = notice_of(work), work.session.query(Reminder).one()
        message = work.session.query(Outgoing).one()
        return notice.state, notice.sent_on, reminder.level, reminder.last_sent_on, message.state

    assert system.house.read(seen) == ("sent", TODAY, 1, TODAY, "sent")
    assert system.dispatcher.run().sent == 0
    holds(system)


def test_settling_wants_evidence_and_a_doubt(system: System, mail: Mailroom) -> None:
    one_that_ended(system, mail, "refused")
    with pytest.raises(NotInDoubt):
        system.house.write(lambda work: settle_as_sent(work, notice_of(work), "seen"))
    with pytest.raises(Invalid):
        system.house.write(lambda work: settle_as_sent(work, notice_of(work), "  "))
    viewer = Actor("user", "viewer@nordwind.example", Role.VIEWER)
    with pytest.raises(NotAllowed):
        system.house.write(lambda work: settle_as_sent(work, notice_of(work), "seen"), actor=viewer)


@pytest.mark.parametrize("outcome", ["refused", "unknown and lost"])
def test_what_is_sent_again_carries_the_same_message_id(system: System, mail: Mailroom, outcome: str) -> None:
    one_that_ended(system, mail, outcome)
    system.house.write(lambda work: send_again(work, notice_of(work), "the address is mended"))
    assert system.dispatcher.run().sent == 1
    assert len(mail.offered) == 2
    assert len(set(mail.offered)) == 1
    holds(system)


def test_a_sent_notice_is_not_sent_again(system: System, mail: Mailroom) -> None:
    one_that_ended(system, mail, "sent")
    with pytest.raises(NotToBeRepeated):
        system.house.write(lambda work: send_again(work, notice_of(work), ""))
    assert system.dispatcher.run().sent == 0
    assert len(mail.offered) == 1


@pytest.mark.parametrize("outcome", ["refused", "unknown and lost"])
def test_a_dropped_doubt_frees_its_items_and_never_leaves(system: System, mail: Mailroom, outcome: str) -> None:
    one_that_ended(system, mail, outcome)
    system.house.write(lambda work: drop(work, notice_of(work), "we call instead"))

    def seen(work: Work) -> tuple[object, ...]:
        line, message = work.session.query(NoticeLine).one(), work.session.query(Outgoing).one()
        return notice_of(work).state, line.is_released, message.state

    assert system.house.read(seen) == ("cancelled", True, "cancelled")
    assert system.dispatcher.run().sent == 0
    holds(system)


def test_the_letter_of_a_notice_sent_again_is_the_one_that_would_be_written_now(system: System, mail: Mailroom) -> None:
    one_that_ended(system, mail, "unknown but taken")
    system.house.write(lambda work: a_customer(work, name="Acme Renamed Ltd"))

    def letter(work: Work) -> bytes:
        pdf = system.notices.letter_pdf(work, notice_of(work))
        assert isinstance(pdf, bytes)
        return pdf

    assert b"Acme Renamed" not in system.house.read(letter)
    system.house.write(lambda work: send_again(work, notice_of(work), "never arrived"))
    assert b"Acme Renamed" in system.house.read(letter)


def test_a_withdrawn_promise_ends_its_pause_once(system: System) -> None:
    def stage(work: Work) -> object:
        a_customer(work)
        return promise(work, an_invoice(work), None, TODAY + timedelta(days=5))[0].id

    promise_id = system.house.write(stage)
    system.house.write(lambda work: withdraw_promise(work, promise_id))  # type: ignore[arg-type]
    assert system.house.read(lambda work: work.session.query(Pause).one().ended_on) == TODAY
    with pytest.raises(NoSuchPromise):
        system.house.write(lambda work: withdraw_promise(work, promise_id))  # type: ignore[arg-type]
