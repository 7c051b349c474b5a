"""Several people and programs at the same moment, on both engines: one wins, the others are told so, nothing is lost.

Every test races real threads over real transactions, several rounds each; invariants are checked afterwards.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from uuid import UUID
from zipfile import ZipFile

import pytest

import main
from commands.system import System
from core.errors import CollectionsError, Refused
from dunning import store as dunning
from dunning.delivery import NoticeKind
from dunning.errors import AlreadyApproved
from dunning.run import approve, plan_run
from dunning.tables import Decision, DunningRun, Notice
from intake.service import import_file
from payments import service as cash
from payments import store as payments
from payments.reconciliation import reconcile
from payments.tables import BankEntry, Payment
from payments.unapplied import use_unapplied
from receivables import service as receivables
from receivables import store
from receivables.imports import Handed
from receivables.tables import Invoice
from reports.invariants import violations
from runtime import idempotency
from runtime.clock import SetClock
from runtime.dispatch import Dispatcher
from runtime.idempotency import Answer, InFlight
from runtime.ids import new_id
from runtime.jobs import Job, JobCall, run_job
from runtime.tables import Counter as Series
from runtime.tables import JobRun
from runtime.work import HOUSE, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, an_invoice_row, money_in, the_item
from tests.conftest import settings_for
from tests.mailroom import Mailroom, QuickRenderer
from tests.property.form import IS_LONG

T = TypeVar("T")

ROUNDS = 200 if IS_LONG else 8
CLIENTS = 50 if IS_LONG else 5


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, mail: Mailroom) -> Iterator[System]:
    settings = settings_for(database_url, tmp_path)
    built = main.build(settings, clock=clock, transport=mail, renderer=QuickRenderer())
    yield built
    built.house.database.close()


def at_once(*deeds: Callable[[], T]) -> list[T | Exception]:
    """Does everything in threads that start together; the answers, or what was raised, in order."""
    gate, answers = threading.Barrier(len(deeds)), dict[int, T | Exception]()

    def run(index: int, deed: Callable[[], T]) -> None:
        gate.wait()
        try:
            answers[index] = deed()
        except Exception as error:
            answers[index] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[index] for index in range(len(deeds))]


def writing(system: System, do: Callable[[Work], T]) -> Callable[[], T]:
    return lambda: system.house.write(do)


def one_wins(answers: list[object]) -> None:
    """Exactly one went through; everybody else was refused in words."""
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(refused) == len(answers) - 1, answers
    assert all(isinstance(error, Refused) for error in refused), refused


def holds(system: System) -> None:
    keys = dict(system.audit_keys)
    assert system.house.read(lambda work: list(violations(work.session, keys))) == []


def stage(system: System, *customers: str, invoices: tuple[str, ...] = (), amount: str = "100.00") -> None:
    def do(work: Work) -> None:
        for name in customers:
            a_customer(work, name)
        for number in invoices:
            an_invoice(work, number, customers[0], amount)

    system.house.write(do)


def an_entry(system: System, amount: str = "100.00") -> UUID:
    return system.house.write(lambda work: money_in(work, amount, "?", entry_ref=str(new_id())).id)


def applying(entry_id: UUID, number: str, amount: int = 10_000) -> Callable[[Work], None]:
    def do(work: Work) -> None:
        placing = cash.Placing(the_item(work, number).id, amount)
        cash.apply_entry(work, payments.entry(work.session, entry_id), [placing])

    return do


# ── cash ────────────────────────────────────────────────────────────────────────────────────────


def test_one_entry_is_given_out_once_however_many_reach_for_it(system: System) -> None:
    """R17: two tabs, one bank line; I7."""
    for turn in range(ROUNDS):
        numbers = (f"F-{turn}-1", f"F-{turn}-2")
        stage(system, "ACME", invoices=numbers)
        entry_id = an_entry(system)
        one_wins(at_once(*(writing(system, applying(entry_id, numbers[n % 2])) for n in range(CLIENTS))))
    holds(system)


def test_one_invoice_is_not_paid_twice_by_two_entries(system: System) -> None:
    """I4: what is open is taken off once."""
    for turn in range(ROUNDS):
        stage(system, "ACME", invoices=(f"F-{turn}",))
        entries = [an_entry(system) for _ in range(3)]
        one_wins(at_once(*(writing(system, applying(entry_id, f"F-{turn}")) for entry_id in entries)))
    holds(system)


def test_two_splits_over_the_same_customers_in_opposite_order_do_not_block_each_other(system: System) -> None:
    """Locks are taken in one order, so nobody waits in a circle."""

    def split(entry_id: UUID, first: str, second: str) -> Callable[[Work], None]:
        def do(work: Work) -> None:
            placings = [cash.Placing(the_item(work, number).id, 100) for number in (first, second)]
            cash.apply_entry(work, payments.entry(work.session, entry_id), placings)

        return do

    def both(work: Work) -> None:
        for name in ("ACME", "BOREALIS"):
            a_customer(work, name)
            an_invoice(work, f"F-{name}", name, "9000.00")

    system.house.write(both)
    for _ in range(ROUNDS):
        entries = [an_entry(system, "2.00") for _ in range(4)]
        orders = [("F-ACME", "F-BOREALIS"), ("F-BOREALIS", "F-ACME")] * 2
        answers = at_once(*(writing(system, split(each, *order)) for each, order in zip(entries, orders, strict=True)))
        assert answers == [None] * 4
    holds(system)


def test_cash_left_over_is_used_once(system: System) -> None:
    for turn in range(ROUNDS):
        numbers = (f"F-{turn}-1", f"F-{turn}-2")
        stage(system, "ACME", invoices=numbers)
        entry_id = an_entry(system)

        def keep(work: Work, entry_id: UUID = entry_id) -> UUID:
            customer = store.customer_by_external_id(work.session, "ACME")
            cash.apply_entry(work, payments.entry(work.session, entry_id), [], customer.id)
            return payments.payments_of_entry(work.session, entry_id)[0].id

        payment_id = system.house.write(keep)

        def use(number: str, payment_id: UUID = payment_id) -> Callable[[Work], None]:
            def do(work: Work) -> None:
                payment = work.session.get_one(Payment, payment_id)
                use_unapplied(work, payment, the_item(work, number), 10_000)

            return do

        one_wins(at_once(*(writing(system, use(number)) for number in numbers)))
    holds(system)


def test_a_credit_note_is_used_once(system: System) -> None:
    for turn in range(ROUNDS):
        numbers = (f"F-{turn}-1", f"F-{turn}-2")
        stage(system, "ACME", invoices=numbers)
        credit_note = f"G-{turn}"
        row = an_invoice_row(credit_note, "ACME", "100.00", TODAY, type="credit_note")
        system.house.write(lambda work, row=row: receivables.put_invoices(work, a_company(work), [row]))

        def net(number: str, credit_note: str = credit_note) -> Callable[[Work], object]:
            return lambda work: cash.apply_credit(work, the_item(work, credit_note), the_item(work, number), 10_000)

        one_wins(at_once(*(writing(system, net(number)) for number in numbers)))
    holds(system)


def test_undoing_twice_takes_back_once(system: System) -> None:
    for turn in range(ROUNDS):
        stage(system, "ACME", invoices=(f"F-{turn}",))
        entry_id = an_entry(system, "130.00")
        system.house.write(applying(entry_id, f"F-{turn}"))

        def undo(work: Work, entry_id: UUID = entry_id) -> None:
            cash.undo_entry(work, payments.entry(work.session, entry_id))

        one_wins(at_once(writing(system, undo), writing(system, undo)))
    holds(system)


def test_money_taken_back_while_its_rest_is_being_used_is_never_used_and_gone(system: System) -> None:
    """Undo and use at the same moment: whoever is second sees what the first did (I3)."""
    for turn in range(ROUNDS):
        numbers = (f"F-{turn}-1", f"F-{turn}-2")
        stage(system, "ACME", invoices=numbers)
        entry_id = an_entry(system, "200.00")
        system.house.write(applying(entry_id, numbers[0]))
        payment_id = system.house.read(lambda work, e=entry_id: payments.payments_of_entry(work.session, e)[0].id)

        def use(work: Work, payment_id: UUID = payment_id, number: str = numbers[1]) -> None:
            use_unapplied(work, work.session.get_one(Payment, payment_id), the_item(work, number), 10_000)

        def undo(work: Work, entry_id: UUID = entry_id) -> None:
            entry = payments.entry(work.session, entry_id)
            payments.payments_of_entry(work.session, entry_id)  # as a page that showed them has them
            cash.undo_entry(work, entry)

        answers = at_once(writing(system, use), writing(system, undo))
        assert all(answer is None or isinstance(answer, Refused) for answer in answers), answers
        holds(system)


def test_an_entry_is_set_aside_or_applied_but_never_both(system: System) -> None:
    for turn in range(ROUNDS):
        stage(system, "ACME", invoices=(f"F-{turn}",))
        entry_id = an_entry(system)

        def ignore(work: Work, entry_id: UUID = entry_id) -> None:
            cash.ignore_entry(work, payments.entry(work.session, entry_id), "not ours")

        one_wins(at_once(writing(system, ignore), writing(system, applying(entry_id, f"F-{turn}"))))

        def look(work: Work, entry_id: UUID = entry_id) -> tuple[str, int]:
            entry = payments.entry(work.session, entry_id)
            return entry.state, entry.placed

        assert system.house.read(look) in (("ignored", 0), ("applied", 10_000))
    holds(system)


@pytest.mark.parametrize("remittance", ["names its invoice", "Acme thanks you"])
def test_the_run_leaves_a_line_to_a_faster_hand_and_goes_on_with_the_others(system: System, remittance: str) -> None:
    """Whether the run would post the line or only suggest something for it."""
    for turn in range(ROUNDS):
        numbers = tuple(f"F-{1000 + 10 * turn + n}" for n in range(3))
        stage(system, "ACME", invoices=numbers)
        texts = [numbers[0] if remittance.startswith("names") else remittance, numbers[1]]

        def receive(work: Work, texts: list[str] = texts) -> list[UUID]:
            return [money_in(work, "100.00", text, entry_ref=str(new_id())).id for text in texts]

        first, second = system.house.write(receive)
        applied, ran = at_once(
            writing(system, applying(first, numbers[2])),
            writing(system, lambda work: reconcile(work, a_company(work).id)),
        )
        assert not isinstance(ran, Exception), ran
        assert applied is None or isinstance(applied, Refused)

        def look(work: Work, first: UUID = first, second: UUID = second) -> list[tuple[str, int, int]]:
            entries = [payments.entry(work.session, each) for each in (first, second)]
            return [(each.state, each.placed, len(payments.suggestions(work.session, each.id))) for each in entries]

        assert system.house.read(look) == [("applied", 10_000, 0)] * 2, answers_of(applied)
        holds(system)


def answers_of(answer: object) -> str:
    return "the clerk was first" if answer is None else f"the clerk was refused: {answer}"


# ── runs, jobs, letters ─────────────────────────────────────────────────────────────────────────


def test_a_run_started_twice_at_once_is_one_run(system: System) -> None:
    """D12: one run a business date, whoever starts it and however often."""
    stage(system, "ACME", invoices=("F-1", "F-2"))
    found = at_once(*(writing(system, lambda work: plan_run(work).id) for _ in range(4)))
    assert len(set(found)) == 1, found

    def count(work: Work) -> tuple[int, int, int]:
        query = work.session.query
        return query(DunningRun).count(), query(Decision).count(), query(Notice).count()

    assert system.house.read(count) == (1, 2, 1)
    holds(system)


def test_a_run_approved_twice_at_once_queues_each_letter_once(system: System, mail: Mailroom) -> None:
    stage(system, "ACME", invoices=("F-1",))
    run_id = system.house.write(lambda work: plan_run(work).id)

    def do(work: Work) -> int:
        return approve(work, dunning.run(work.session, run_id))

    answers = at_once(*(writing(system, do) for _ in range(3)))
    assert answers.count(1) == 1
    assert sum(isinstance(answer, AlreadyApproved) for answer in answers) == 2, answers
    assert system.dispatcher.run().sent == 1
    assert len(mail.taken) == 1


def test_three_dispatchers_at_once_send_each_letter_once(system: System, mail: Mailroom) -> None:
    def do(work: Work) -> None:
        for number in range(30):
            a_customer(work, f"C{number}")
            an_invoice(work, f"F-{number}", f"C{number}")
        approve(work, plan_run(work))

    system.house.write(do)
    kinds = {"notice": NoticeKind(QuickRenderer(), system.archive)}
    tallies = at_once(*(Dispatcher(system.house, mail, kinds).run for _ in range(3)))
    assert sum(tally.sent for tally in tallies if not isinstance(tally, Exception)) == 30, tallies
    assert Counter(mail.taken) == Counter(set(mail.taken))
    assert len(mail.taken) == 30
    holds(system)


def a_job(counted: list[int]) -> Job:
    def run(call: JobCall) -> dict[str, int]:
        counted.append(1)
        return {"runs": len(counted)}

    return Job("count", "Count", "05:00", "*", run)


def test_the_bell_runs_a_job_once_a_day_and_a_hand_as_often_as_it_likes(system: System) -> None:
    counted: list[int] = []
    job = a_job(counted)
    assert run_job(system.house, job, TODAY, by_bell=True) == {"runs": 1}
    assert "skipped" in run_job(system.house, job, TODAY, by_bell=True)
    assert run_job(system.house, job, TODAY) == {"runs": 2}

    def look(work: Work) -> tuple[str, int]:
        [run] = work.session.query(JobRun)
        return run.state, run.attempts

    assert system.house.read(look) == ("done", 2)


def test_a_job_that_failed_is_rung_again_and_says_why_it_failed(system: System) -> None:
    def fail(_: JobCall) -> dict[str, int]:
        raise Refused("the bank is closed")

    broken = Job("count", "Count", "05:00", "*", fail)
    with pytest.raises(Refused, match="the bank is closed"):
        run_job(system.house, broken, TODAY, by_bell=True)
    assert system.house.read(lambda work: work.session.query(JobRun).one().error) == "the bank is closed"
    assert run_job(system.house, a_job([]), TODAY, by_bell=True) == {"runs": 1}


def test_the_days_run_rung_and_started_by_hand_at_once_stays_one_run(system: System) -> None:
    stage(system, "ACME", invoices=("F-1",))
    job = system.jobs["dun"]
    answers = at_once(
        *(lambda by_bell=each: run_job(system.house, job, TODAY, by_bell=by_bell) for each in (True, False, False))
    )
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(error, Refused) for error in errors), errors
    assert len(errors) < 3
    assert system.house.read(lambda work: work.session.query(DunningRun).count()) == 1


# ── intake ──────────────────────────────────────────────────────────────────────────────────────


def test_the_same_push_at_once_creates_each_thing_once(system: System) -> None:
    stage(system, "ACME")
    rows = [an_invoice_row(f"F-{n}", "ACME", "10.00", TODAY) for n in range(5)]

    def push(work: Work) -> list[str]:
        return [fate for _, fate in receivables.put_invoices(work, a_company(work), rows).fates]

    system.house.write(lambda work: a_company(work) and None)
    answers = at_once(*(writing(system, push) for _ in range(4)))
    assert sorted(map(str, answers)) == sorted([str(["created"] * 5), *[str(["unchanged"] * 5)] * 3])
    assert system.house.read(lambda work: work.session.query(Invoice).count()) == 5
    holds(system)


OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>1<ACCTID>77<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20261101<DTEND>20261120
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261119<TRNAMT>100.00<FITID>1<NAME>ACME<MEMO>F-1</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>100.00<DTASOF>20261120</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def test_the_same_statement_file_at_once_is_one_import(system: System, tmp_path: Path) -> None:
    """R14: one import; everybody else is told its id."""
    path = tmp_path / "november.ofx"
    path.write_text(OFX, encoding="ascii")
    system.house.write(lambda work: a_company(work) and None)
    handed = Handed("statement", path, path.name, adopts_accounts=True)
    answers = at_once(*(lambda: import_file(system.door, handed) for _ in range(6)))
    assert not any(isinstance(answer, Exception) for answer in answers), answers
    assert len({answer.id for answer in answers if not isinstance(answer, Exception)}) == 1
    assert sum(answer.created for answer in answers if not isinstance(answer, Exception)) == 1
    assert system.house.read(lambda work: work.session.query(BankEntry).count()) == 1
    holds(system)


def test_the_same_movements_under_other_names_packed_and_with_other_line_ends_are_stored_once(
    system: System, tmp_path: Path
) -> None:
    """R14: twenty at once, four ways to say the same."""
    ways = {"november.ofx": OFX, "again.ofx": OFX, "windows.ofx": OFX.replace("\n", "\r\n")}
    for name, text in ways.items():
        (tmp_path / name).write_bytes(text.encode("ascii"))
    with ZipFile(tmp_path / "packed.zip", "w") as packed:
        packed.writestr("inside/november.ofx", OFX)
    system.house.write(lambda work: a_company(work) and None)
    handed = [Handed("statement", tmp_path / name, name, adopts_accounts=True) for name in (*ways, "packed.zip")]
    answers = at_once(*(lambda each=each: import_file(system.door, each) for each in handed * 5))
    assert not any(isinstance(answer, Exception) for answer in answers), answers
    entries = system.house.read(lambda work: [(each.amount, each.remittance) for each in work.session.query(BankEntry)])
    assert [amount for amount, _ in entries] == [10_000]
    holds(system)


def test_one_key_is_claimed_once_however_many_send_it(system: System) -> None:
    """R18: the effect happens once; who comes meanwhile is told to wait, who comes later gets the same answer."""
    fingerprint = idempotency.request_hash("POST", "/api/v1/x", b"{}")
    answers = at_once(*(lambda: idempotency.claim(system.house, HOUSE, "k-1", fingerprint) for _ in range(8)))
    assert answers.count(None) == 1
    assert sum(isinstance(answer, InFlight) for answer in answers) == 7, answers
    system.house.write(lambda work: idempotency.finish(work, "k-1", Answer(201, b'{"id": 1}')))
    assert idempotency.claim(system.house, HOUSE, "k-1", fingerprint) == Answer(201, b'{"id": 1}')


# ── transactions ────────────────────────────────────────────────────────────────────────────────


def test_eight_writers_that_read_before_they_write_lose_no_increment(system: System) -> None:
    """On SQLite this is what BEGIN IMMEDIATE is for; on PostgreSQL the row lock."""
    times = 50
    system.house.write(lambda work: work.session.add(Series(name="count", value=0)))

    def count_up() -> None:
        for _ in range(times):
            system.house.write(increment)

    def increment(work: Work) -> None:
        series = work.session.get_one(Series, "count", with_for_update=True)
        series.value += 1

    assert at_once(*([count_up] * 8)) == [None] * 8
    assert system.house.read(lambda work: work.session.get_one(Series, "count").value) == 8 * times


def test_a_reader_sees_one_moment_while_others_write(system: System) -> None:
    stage(system, "ACME", invoices=("F-1",))

    def read_twice(work: Work) -> tuple[int, int]:
        before = the_item(work, "F-1").open
        system.house.write(applying(an_entry(system), "F-1"))
        return before, the_item(work, "F-1").open

    assert system.house.read(read_twice) == (10_000, 10_000)
    assert system.house.read(lambda work: the_item(work, "F-1").open) == 0


def test_what_a_failed_transaction_did_is_gone_with_its_audit_entries(system: System) -> None:
    stage(system, "ACME", invoices=("F-1",))
    entry_id = an_entry(system)

    def fail_late(work: Work) -> None:
        applying(entry_id, "F-1")(work)
        raise CollectionsError("changed my mind")

    with pytest.raises(CollectionsError):
        system.house.write(fail_late)
    assert system.house.read(lambda work: the_item(work, "F-1").open) == 10_000
    holds(system)
