"""Several people and programs at the same moment, on both engines: one wins, the others are told so, nothing is lost.

Every test races real threads over real transactions, several rounds each; invariants are checked afterwards.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from sqlalchemy import update

import main
from commands.system import System
from core.errors import CollectionsError, Refused
from dunning import store as dunning
from dunning.delivery import NoticeKind
from dunning.errors import AlreadyApproved
from dunning.run import approve, plan_run
from dunning.tables import Decision, DunningRun, Notice
from payments import service as cash
from payments import store as payments
from payments.reconciliation import reconcile
from payments.tables import BankEntry, Payment
from receivables import service as receivables
from receivables import store
from receivables.imports import Handed, import_file
from receivables.tables import Invoice, OpenItem
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
        one_wins(at_once(*(writing(system, applying(entry_id, number)) for number in (*numbers, numbers[0]))))
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
                cash.use_unapplied(work, payment, the_item(work, number), 10_000)

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

        def net(number: str, credit_note: str = credit_note) -> Callable[[Work], None]:
            return lambda work: cash.apply_credit(work, the_item(work, credit_note), the_item(work, number), 10_000) and None

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
            cash.use_unapplied(work, work.session.get_one(Payment, payment_id), the_item(work, number), 10_000)

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


def test_the_run_and_a_clerk_on_the_same_line_leave_one_placing(system: System) -> None:
    """A reconciliation that meets a faster hand goes on with the other lines."""
    for turn in range(ROUNDS):
        numbers = tuple(f"F-{turn}-{n}" for n in range(4))
        stage(system, "ACME", invoices=numbers)

        def receive(work: Work, numbers: tuple[str, ...] = numbers) -> list[UUID]:
            return [money_in(work, "100.00", number, entry_ref=str(new_id())).id for number in numbers]

        entries = system.house.write(receive)

        def run(work: Work) -> None:
            reconcile(work, a_company(work).id)

        answers = at_once(writing(system, run), writing(system, applying(entries[0], numbers[3])))
        assert all(answer is None or isinstance(answer, Refused) for answer in answers), answers
        system.house.write(run)
        assert system.house.read(lambda work: sum(item.open for item in work.session.query(OpenItem))) in (0, 10_000)
        holds(system)
        system.house.write(lambda work: work.session.execute(update(BankEntry).values(state="applied")) and None)
