"""From the outbox to the outside: nothing twice, nothing lost, nothing that stopped being true before the last look.

What the outside has is read from the mail server's own journal, never from our tables.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

import main
from commands.system import System
from core.money import decimal_text, parse_minor
from disputes import service as disputes
from disputes.service import Contest
from disputes.tables import Dispute
from dunning.delivery import NoticeKind
from dunning.errors import TooLateToDrop
from dunning.run import approve, drop, plan_run
from dunning.tables import Notice, Reminder
from payments import service as cash
from receivables import service as receivables
from reports.invariants import violations
from runtime import outbox
from runtime.clock import SetClock
from runtime.dispatch import AWAY, Dispatcher, Prepared, Withdrawn
from runtime.ids import new_id
from runtime.mail import Deferred, Sent
from runtime.smtp import SmtpTransport
from runtime.tables import SENDING_SWITCH, SendAttempt, Switch
from runtime.work import Work
from tests import dispatching
from tests.builders import TODAY, a_company, a_customer, an_invoice, an_invoice_row, money_in, the_item
from tests.conftest import NOON, settings_for
from tests.interleaving import AFTER, BEFORE, EVENTS, GROSS, MINIMUM, Stage, StagedNotices, Story
from tests.mailroom import Mailroom, QuickRenderer
from tests.property.form import IS_LONG
from tests.smtp_servers import ScriptedServer, Sink


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, mail: Mailroom) -> Iterator[System]:
    settings = settings_for(database_url, tmp_path)
    built = main.build(settings, clock=clock, transport=mail, renderer=QuickRenderer())
    yield built
    built.house.database.close()


def queue(system: System, *numbers: str) -> None:
    """One overdue invoice each for one customer each, planned and approved."""

    def do(work: Work) -> None:
        for number in numbers:
            a_customer(work, f"C{number}")
            an_invoice(work, number, f"C{number}")
        approve(work, plan_run(work))

    system.house.write(do)


def states(system: System) -> Counter[str]:
    """How many notices stand in each state."""
    return Counter(system.house.read(lambda work: [each.state for each in work.session.query(Notice)]))


class Seen(NamedTuple):
    """A notice as the database has it."""

    id: UUID
    state: str
    total: int
    message_id: str
    sent_on: date | None
    crossed: bool


def notices(system: System) -> list[Seen]:
    def do(work: Work) -> list[Seen]:
        return [
            Seen(each.id, each.state, each.total, each.message_id or "", each.sent_on, each.crossed)
            for each in work.session.query(Notice)
        ]

    return system.house.read(do)


def the_notice(system: System) -> Seen:
    [found] = notices(system)
    return found


def holds(system: System) -> None:
    keys = dict(system.audit_keys)
    assert system.house.read(lambda work: list(violations(work.session, keys))) == []


def dispatcher_of(system: System, transport: Mailroom) -> Dispatcher:
    """Another worker on the same outbox."""
    return Dispatcher(system.house, transport, {"notice": NoticeKind(QuickRenderer(), system.archive)})


# ── crashes ─────────────────────────────────────────────────────────────────────────────────────


KILLS = int(os.environ.get("DUECOURSE_KILLS", "1000")) if IS_LONG else 15
NOTICES = 5 * KILLS if IS_LONG else 40


def test_a_dispatcher_killed_again_and_again_loses_nothing_and_repeats_nothing(
    system: System, database_url: str, tmp_path: Path, clock: SetClock
) -> None:
    """R01: kill -9 at random moments; the journal of the server is the external truth."""
    queue(system, *(f"F-{number}" for number in range(1000, 1000 + NOTICES)))
    seed = random.randrange(2**32) if IS_LONG else 7
    chance, sink, kills = random.Random(seed), Sink(tmp_path / "journal", seed, dawdle=0.006), 0
    for _ in range(KILLS):
        sink.called.clear()
        process = dispatching.start(database_url, tmp_path, sink.url, clock.at)
        while process.exitcode is None and not sink.called.wait(0.05):
            pass  # a loaded machine takes its time to start it, and nothing happens before that call
        process.join(chance.random() * 0.15)
        if process.exitcode is None:
            process.kill()
            kills += 1
        process.join()
        clock.at += timedelta(minutes=6)  # every lease is over
    last = dispatching.start(database_url, tmp_path, sink.url, clock.at)
    last.join()
    assert last.exitcode == 0, f"seed {seed}"

    by_state = system.house.read(lambda work: {each.message_id: each.state for each in work.session.query(Notice)})
    sent = {message_id for message_id, state in by_state.items() if state == "sent"}
    unknown = {message_id for message_id, state in by_state.items() if state == "unknown"}
    taken = sink.taken()
    sink.close()
    print(f"\nseed {seed}: {kills} kills, {len(sent)} sent, {len(unknown)} unknown, {len(taken)} taken")
    assert kills > KILLS // 3, "the test must really kill"
    assert unknown or not IS_LONG, "and strike inside the dialogue"
    assert len(sent) + len(unknown) == NOTICES
    assert max(taken.values()) == 1
    assert sent <= taken.keys() <= sent | unknown
    assert len(unknown) <= kills
    holds(system)


def test_a_message_lost_inside_the_dialogue_is_unknown_and_never_sent_again_by_itself(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    queue(system, "F-1")

    def die(_: str) -> None:
        raise KeyboardInterrupt

    mail.watch = die
    with pytest.raises(KeyboardInterrupt):
        system.dispatcher.run()
    mail.watch = lambda _: None
    assert system.dispatcher.run().unknown == 0, "it may still be talking until its lease is over"
    clock.at += outbox.LEASE + timedelta(seconds=1)
    assert system.dispatcher.run().unknown == 1
    clock.at += timedelta(days=30)
    system.dispatcher.run()
    assert states(system) == {"unknown": 1}
    assert len(mail.offered) == 1
    holds(system)


def test_a_message_whose_worker_died_before_the_gate_is_taken_over_when_its_lease_is_over(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    queue(system, "F-1")
    assert system.house.write(outbox.claim) is not None
    assert system.dispatcher.run().sent == 0
    clock.at += outbox.LEASE + timedelta(seconds=1)
    assert system.dispatcher.run().sent == 1
    assert len(mail.taken) == 1


# ── zombies ─────────────────────────────────────────────────────────────────────────────────────

ROUNDS = 200 if IS_LONG else 3


def test_a_worker_that_slept_through_its_lease_before_the_gate_sends_nothing(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    """R07: it claimed, slept, was overtaken; its stale fencing token is refused at the gate."""
    numbers = [f"F-{number}" for number in range(ROUNDS)]
    queue(system, *numbers)

    def oversleep(boundary: str, _: str) -> None:
        if boundary == "written":
            clock.at += outbox.LEASE + timedelta(seconds=1)
            assert system.dispatcher.run().sent == ROUNDS

    stage = Stage(system, [Story(number, ()) for number in numbers], oversleep)
    stage.know_notices()
    tally = Dispatcher(system.house, mail, {"notice": StagedNotices(system, stage)}).run()
    assert (tally.sent, tally.overtaken) == (0, 1)
    assert len(mail.taken) == len(set(mail.taken)) == ROUNDS
    assert states(system) == {"sent": ROUNDS}
    holds(system)


def test_a_worker_that_slept_inside_the_dialogue_leaves_doubt_and_its_evidence(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    """R07: nobody sends it again; what the server said late is kept for whoever settles the doubt."""
    numbers = [f"F-{number}" for number in range(ROUNDS)]
    queue(system, *numbers)
    overtaking = dispatcher_of(system, Mailroom())

    def oversleep(_: str) -> None:
        clock.at += outbox.LEASE + timedelta(seconds=1)
        assert overtaking.run(limit=0).unknown == 1

    mail.watch, limit = oversleep, 0
    for _ in numbers:
        limit += system.dispatcher.run(limit=1).overtaken
    assert limit == ROUNDS
    assert states(system) == {"unknown": ROUNDS}
    assert len(mail.taken) == len(set(mail.taken)) == ROUNDS
    replies = system.house.read(lambda work: [each.reply for each in work.session.query(SendAttempt)])
    assert set(replies) == {"sent, reported late: 250 taken"}
    holds(system)


# ── what happens between plan and outcome ───────────────────────────────────────────────────────


def play(system: System, mail: Mailroom, stories: list[Story]) -> None:
    """Plays letters with what happens around each, then compares with what the model expects of each."""
    stage = Stage(system, stories)

    def plan(work: Work) -> None:
        for number in stage.stories:
            a_customer(work, f"C{number}", email="old@acme.example")
            issued_on = str(TODAY - timedelta(days=40))
            an_invoice(work, number, f"C{number}", "100.00", order_number=f"PO-{number}", issued_on=issued_on)
        plan_run(work)

    system.house.write(plan)
    stage.know_notices()
    stage.reach_all("planned")
    system.house.write(lambda work: approve(work, plan_run(work)))
    stage.reach_all("approved")
    mail.watch = stage.hand_over
    Dispatcher(system.house, mail, {"notice": StagedNotices(system, stage)}).run()
    stage.reach_all("finished")
    for notice in notices(system):
        compare(stage.stories[stage.numbers[notice.id]], notice, mail)
    holds(system)


def compare(story: Story, notice: Seen, mail: Mailroom) -> None:
    facts = story.at_gate
    letter = mail.letters.get(notice.message_id, "")
    if min(facts.claimable, story.at_writing.claimable) < MINIMUM:
        assert (notice.state, letter) == ("cancelled", ""), story
        return
    assert (notice.state, notice.total) == ("sent", facts.claimable), story
    assert decimal_text(facts.claimable, "EUR") in letter, story
    assert ("100.00" in letter) == (facts.open == GROSS), story
    assert letter.startswith(f"{facts.address}@acme.example"), story
    assert notice.crossed == story.is_crossed, story
    assert all(story.waited), f"{story}: it did not wait for the gate"


@pytest.mark.parametrize("boundary", BEFORE + AFTER)
def test_what_is_recorded_before_the_gate_counts_and_what_comes_after_is_flagged(
    system: System, mail: Mailroom, boundary: str
) -> None:
    """R11, R12: every deed at every boundary, on both engines."""
    play(system, mail, [Story(f"F-{1000 + n}", ((boundary, event),)) for n, event in enumerate(EVENTS)])


MOMENTS = [(boundary, event) for boundary in BEFORE + AFTER for event in EVENTS]
PAIRS = [
    (first, second)
    for first in MOMENTS
    for second in MOMENTS
    if (BEFORE + AFTER).index(first[0]) <= (BEFORE + AFTER).index(second[0])
]
CONTESTED = ("invoice disputed", "order disputed", "disputed in part")
TRIPLES = [
    (first, second, third)
    for first, second in PAIRS
    for third in MOMENTS
    if (BEFORE + AFTER).index(second[0]) <= (BEFORE + AFTER).index(third[0])
    if {first[1], second[1], third[1]} & set(CONTESTED)
]
"""Three deeds on the way of a letter, a dispute among them."""
BATCH = 60
BATCHES = -(-len(PAIRS) // BATCH) if IS_LONG else 1
TRIPLE_BATCHES = 50 if IS_LONG else 1


@pytest.mark.parametrize("batch", range(BATCHES))
def test_any_two_deeds_on_the_way_of_a_letter_are_both_respected(system: System, mail: Mailroom, batch: int) -> None:
    """R11, R12: all pairs of deeds and boundaries in the full form, a fixed sample of them in the short one."""
    pairs = random.Random(11).sample(PAIRS, len(PAIRS))[batch * BATCH : (batch + 1) * BATCH]
    play(system, mail, [Story(f"F-{1000 + n}", pair) for n, pair in enumerate(pairs)])


@pytest.mark.parametrize("batch", range(TRIPLE_BATCHES))
def test_a_dispute_among_two_other_deeds_is_respected_wherever_it_falls(
    system: System, mail: Mailroom, batch: int
) -> None:
    """R11 with the pairs: more than 10,000 interleavings in the full form, on each database."""
    triples = random.Random(11 + batch).sample(TRIPLES, BATCH)
    play(system, mail, [Story(f"F-{1000 + n}", triple) for n, triple in enumerate(triples)])


def test_a_letter_whose_figures_never_rest_waits_for_a_later_pass(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    queue(system, "F-1")

    def pay_a_little(boundary: str, number: str) -> None:
        if boundary == "written":
            staged.forget()
            system.house.write(lambda work: _pay_a_cent(work, number))

    stage = Stage(system, [Story("F-1", ())], pay_a_little)
    stage.know_notices()
    staged = StagedNotices(system, stage)
    tally = Dispatcher(system.house, mail, {"notice": staged}).run()
    assert (tally.sent, tally.deferred) == (0, 1)
    assert tally.failures == ["Its figures kept changing while it was written."]
    clock.at += timedelta(minutes=2)
    assert system.dispatcher.run().sent == 1
    assert the_notice(system).total == 10_000 - 5


def _pay_a_cent(work: Work, number: str) -> None:
    entry = money_in(work, "0.01", entry_ref=str(new_id()))
    cash.apply_entry(work, entry, [cash.Placing(the_item(work, number).id, 1)])


# ── what else the gate holds to ─────────────────────────────────────────────────────────────────


def test_less_than_the_policys_minimum_is_not_reminded_even_when_the_letter_is_queued(
    system: System, mail: Mailroom
) -> None:
    queue(system, "F-1")
    system.house.write(lambda work: _pay(work, "F-1", "95.01"))
    assert system.dispatcher.run().cancelled == 1
    queue_again = system.house.write(lambda work: plan_run(work).notices, on=TODAY + timedelta(days=1))
    assert queue_again == 0


def _pay(work: Work, number: str, amount: str) -> None:
    entry = money_in(work, amount, entry_ref=str(new_id()))
    cash.apply_entry(work, entry, [cash.Placing(the_item(work, number).id, parse_minor(amount, "EUR"))])


def test_a_case_closed_while_the_letter_waits_still_brings_its_days_of_grace(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    queue(system, "F-1")

    def complain(work: Work) -> Dispute:
        return disputes.open_dispute(work, a_company(work), Contest("invoice", "F-1", "price", work.today, work.today))

    case = system.house.write(complain)
    system.house.write(lambda work: disputes.resolve(work, work.session.get_one(Dispute, case.id), "rejected"))
    assert system.dispatcher.run().cancelled == 1
    decisions = {}
    for day in (1, 3, 4, 5):
        clock.at = NOON + timedelta(days=day)
        system.house.write(lambda work: plan_run(work) and None)
        decisions[day] = system.house.read(lambda work: states(system)["planned"])
    assert decisions == {1: 0, 3: 0, 4: 0, 5: 1}, "three business days after Friday are over on Wednesday"


def test_a_courtesy_note_that_waited_past_the_due_date_is_withdrawn(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    def do(work: Work) -> None:
        a_customer(work)
        an_invoice(work, "F-1", due_on=TODAY + timedelta(days=1))
        approve(work, plan_run(work))

    system.house.write(do)
    clock.at += timedelta(days=2)
    assert system.dispatcher.run().cancelled == 1
    assert mail.taken == []


def test_a_queued_level_does_not_go_out_before_the_day_a_moved_due_date_gives_it(
    system: System, mail: Mailroom
) -> None:
    queue(system, "F-1")
    row = an_invoice_row("F-1", "CF-1", "100.00", TODAY - timedelta(days=4), issued_on=str(TODAY - timedelta(days=40)))
    system.house.write(lambda work: receivables.put_invoices(work, a_company(work), [row]))
    assert system.dispatcher.run().cancelled == 1


def test_letters_that_waited_do_not_arrive_as_a_heap(system: System, mail: Mailroom, clock: SetClock) -> None:
    """D7: two runs' letters to one customer are ready at once; one goes, the other's items wait for the next run."""
    queue(system, "F-1")
    clock.at += timedelta(days=1)

    def another(work: Work) -> None:
        an_invoice(work, "F-2", "CF-1", due_on=TODAY - timedelta(days=20))
        assert approve(work, plan_run(work)) == 1

    system.house.write(another)
    tally = system.dispatcher.run()
    assert (tally.sent, tally.cancelled) == (1, 1)
    clock.at += timedelta(days=5)
    system.house.write(lambda work: approve(work, plan_run(work)))
    assert system.dispatcher.run().sent == 1


def test_a_letter_in_doubt_counts_as_a_contact(system: System, mail: Mailroom, clock: SetClock) -> None:
    mail.coming = ["unknown but taken"]
    queue(system, "F-1")
    assert system.dispatcher.run().unknown == 1

    def another(work: Work) -> None:
        an_invoice(work, "F-2", "CF-1", due_on=TODAY - timedelta(days=20))
        approve(work, plan_run(work))

    clock.at += timedelta(days=1)
    system.house.write(another)
    assert system.dispatcher.run().cancelled == 1
    assert len(mail.taken) == 1


def test_a_letter_that_waited_two_days_is_dated_and_counted_from_the_day_it_goes_out(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    """Decision 7: the run's own day plus the days that have really passed, counted in the house's time zone."""
    clock.at = NOON.replace(hour=23, minute=30)  # half past midnight in Madrid: Saturday already
    queue(system, "F-1")
    clock.at = NOON + timedelta(days=1)
    assert system.dispatcher.run().sent == 1
    assert the_notice(system).sent_on == TODAY + timedelta(days=1)
    assert system.house.read(lambda work: work.session.query(Reminder).one().last_sent_on) == TODAY + timedelta(days=1)


# ── the way out ─────────────────────────────────────────────────────────────────────────────────


def test_a_server_that_is_away_is_left_alone_and_nothing_is_lost(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    """R09 in small: queued letters, a server away for hours, people who pay and complain meanwhile."""
    numbers = [f"F-{number}" for number in range(30)]
    queue(system, *numbers)
    mail.is_away = True
    hours = 24 if IS_LONG else 1
    for _ in range(hours * 12):
        assert system.dispatcher.run().sent == 0
        clock.at += timedelta(minutes=2, seconds=30)
        system.dispatcher.run()
        clock.at += timedelta(minutes=2, seconds=30)
    assert mail.connections <= hours * 12
    assert mail.offered == []

    def meanwhile(work: Work) -> None:
        for number in numbers[:5]:
            _pay(work, number, "100.00")
        for number in numbers[5:8]:
            contest = Contest("invoice", number, "price", work.today, work.today)
            disputes.open_dispute(work, a_company(work), contest)

    system.house.write(meanwhile)
    mail.is_away = False
    clock.at += AWAY
    sent = 0
    for _ in range(10):
        sent += system.dispatcher.run().sent
        clock.at += timedelta(minutes=5)
    assert (sent, len(mail.taken), states(system)) == (22, 22, {"sent": 22, "cancelled": 8})
    holds(system)


def test_a_clock_that_jumps_back_does_not_keep_a_server_away_for_years(
    system: System, mail: Mailroom, clock: SetClock
) -> None:
    clock.at += timedelta(days=365)
    queue(system, "F-1")
    mail.is_away = True
    assert system.dispatcher.run().deferred == 1
    mail.is_away = False
    clock.at -= timedelta(days=5 * 365)
    queue_due = system.dispatcher.run()
    assert queue_due.sent + queue_due.deferred == 0, "it is due only when the clock is there again"
    clock.at += timedelta(days=5 * 365) + AWAY
    system.house.write(outbox.unlock_sending)
    assert system.dispatcher.run().sent == 1


@pytest.mark.parametrize("back", [timedelta(hours=7), timedelta(days=1), timedelta(days=5 * 365)])
def test_a_clock_that_goes_back_stops_sending_until_somebody_has_looked(
    system: System, mail: Mailroom, clock: SetClock, back: timedelta
) -> None:
    """R21, D15."""
    queue(system, "F-1", "F-2")
    clock.at -= back
    assert system.dispatcher.run().sent == 0
    assert "The clock went back from 2026-11-20 11:00" in (system.house.read(outbox.why_locked) or "")
    clock.at += back
    assert system.dispatcher.run().sent == 0, "that it came back explains nothing"
    assert mail.connections == 0
    system.house.write(outbox.unlock_sending)
    assert system.dispatcher.run().sent == 2
    holds(system)


@pytest.mark.parametrize("hours", [-6, -1, 1, 24])
def test_an_hour_back_or_a_day_of_rest_stops_nothing(
    system: System, mail: Mailroom, clock: SetClock, hours: int
) -> None:
    queue(system, "F-1")
    clock.at += timedelta(hours=hours)
    system.dispatcher.run()
    clock.at = NOON + timedelta(days=1, hours=1)
    system.dispatcher.run()
    assert (system.house.read(outbox.why_locked), states(system)) == (None, {"sent": 1})


def test_one_letter_that_cannot_be_written_does_not_stop_the_others(system: System, mail: Mailroom) -> None:
    """R16: it waits for a person, and says why."""
    queue(system, "F-1", "F-2", "F-3")

    class Choosy(QuickRenderer):
        def render(self, html: str, assets: Mapping[str, bytes] = {}) -> bytes:
            if "F-2" in html:
                raise ValueError("no glyph for this")
            return super().render(html, assets)

    tally = Dispatcher(system.house, mail, {"notice": NoticeKind(Choosy(), system.archive)}).run()
    assert (tally.sent, tally.refused) == (2, 1)
    assert tally.failures == ["It could not be written: no glyph for this"]


def test_nothing_leaves_while_sending_is_locked(system: System, mail: Mailroom) -> None:
    """D15: a restored copy is mute until somebody unlocks it."""
    queue(system, "F-1")
    system.house.write(lambda work: work.session.add(Switch(name=SENDING_SWITCH, reason="restored", at=work.now)))
    assert system.dispatcher.run().sent == 0
    assert mail.connections == 0
    system.house.write(outbox.unlock_sending)
    assert system.dispatcher.run().sent == 1


def test_a_letter_dropped_while_a_worker_writes_it_is_not_sent(system: System, mail: Mailroom) -> None:
    queue(system, "F-1")

    def drop_it(boundary: str, _: str) -> None:
        if boundary == "written":
            system.house.write(lambda work: drop(work, work.session.query(Notice).one(), "not this one"))

    stage = Stage(system, [Story("F-1", ())], drop_it)
    stage.know_notices()
    tally = Dispatcher(system.house, mail, {"notice": StagedNotices(system, stage)}).run()
    assert (tally.sent, tally.overtaken, mail.offered) == (0, 1, [])
    assert states(system) == {"cancelled": 1}


def test_a_letter_that_is_being_handed_over_can_no_longer_be_dropped(system: System, mail: Mailroom) -> None:
    queue(system, "F-1")
    refusals = []

    def try_to_drop(_: str) -> None:
        with pytest.raises(TooLateToDrop) as refusal:
            system.house.write(lambda work: drop(work, work.session.query(Notice).one(), "too late"))
        refusals.append(str(refusal.value))

    mail.watch = try_to_drop
    assert system.dispatcher.run().sent == 1
    assert refusals == ["This notice is sending; it can no longer be dropped."]


# ── real SMTP ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    made = ScriptedServer()
    yield made
    made.close()


def over(system: System, server: ScriptedServer) -> Dispatcher:
    transport = SmtpTransport(server.url, timeout=0.5, patience=1.0)
    return Dispatcher(system.house, transport, {"notice": NoticeKind(QuickRenderer(), system.archive)})


@pytest.mark.parametrize(
    ("step", "answer", "state", "taken"),
    [
        ("banner", "hang", "deferred", 0),
        ("MAIL", "451 later", "deferred", 0),
        ("RCPT", "550 unknown user", "refused", 0),
        ("DATA", "hang", "deferred", 0),
        ("DATA", "drop", "deferred", 0),
        ("dot", "hang", "unknown", 1),
        ("dot", "drop", "unknown", 1),
        ("dot", "451 later", "deferred", 1),
        ("dot", "550 spam", "refused", 1),
    ],
)
def test_each_misbehaviour_of_a_server_ends_in_its_state(
    system: System, clock: SetClock, server: ScriptedServer, step: str, answer: str, state: str, taken: int
) -> None:
    """R10 through the whole protocol; the deferred one is tried again and arrives once."""
    queue(system, "F-1")
    server.script[step] = answer
    over(system, server).run()
    assert states(system) == {state: 1}
    assert len(server.taken) == taken
    clock.at += timedelta(hours=1)
    well = ScriptedServer()
    over(system, well).run()
    well.close()
    assert states(system) == {"sent" if state == "deferred" else state: 1}
    assert len(well.taken) == (1 if state == "deferred" else 0)
    holds(system)


def test_no_message_begins_long_after_its_last_check(server: ScriptedServer) -> None:
    """More than five seconds between gate and DATA: not a byte goes out, and the gate is passed again later."""
    server.delays["RCPT"] = 0.3
    transport = SmtpTransport(server.url, timeout=5)
    message = b"Message-ID: <1@nordwind.example>\r\n\r\nPlease pay.\r\n"
    outcome = transport.send(message, "cobros@nordwind.example", ["ap@acme.example"], within=0.1)
    assert isinstance(outcome, Deferred)
    assert "0.1 seconds" in outcome.reason
    assert server.taken == []
    server.delays.clear()
    assert isinstance(transport.send(message, "cobros@nordwind.example", ["ap@acme.example"], within=5), Sent)
    transport.close()


def test_a_slow_greeting_is_waited_for_before_the_gate(system: System, server: ScriptedServer) -> None:
    queue(system, "F-1")
    server.delays["banner"] = 0.3
    transport = SmtpTransport(server.url, timeout=5)
    seen: list[str] = []

    class Watched(NoticeKind):
        def gate(self, work: Work, subject_id: UUID, prepared: Prepared) -> bool | Withdrawn:
            seen.append(f"{server.connections} connection, {len(server.commands)} commands")
            return super().gate(work, subject_id, prepared)

    tally = Dispatcher(system.house, transport, {"notice": Watched(QuickRenderer(), system.archive)}).run()
    transport.close()
    assert (tally.sent, seen) == (1, ["1 connection, 1 commands"])
