"""Disputes from the first word to the credit note: what rests, for how long, and what is reminded meanwhile."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

import main
from commands.system import System
from core.errors import Invalid, Refused
from disputes import care, files, gathering, reasons
from disputes.service import Contest, comment, contested_amount, open_dispute, reopen, resolve
from disputes.store import dispute_by_number, linked, steps
from disputes.tables import Dispute
from dunning.claims import Late, accrued
from dunning.run import approve, plan_run
from dunning.store import running_pauses
from dunning.tables import Notice, NoticeLine
from orders import mismatches
from orders.intake import read_order
from orders.service import put_orders
from payments import service as cash
from payments.tables import Allocation
from receivables import service as receivables
from receivables.intake.rows import Row
from receivables.store import customer_by_external_id, invoice_by_number
from reports.indicators import scope_of
from reports.invariants import violations
from reports.root_causes import DIMENSIONS, root_causes
from runtime.clock import SetClock
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, an_invoice_row, money_in, the_item
from tests.conftest import NOON, settings_for
from tests.mailroom import Mailroom, QuickRenderer


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    settings = settings_for(database_url, tmp_path)
    built = main.build(settings, clock=clock, transport=Mailroom(), renderer=QuickRenderer())
    yield built
    built.house.database.close()


@pytest.fixture(autouse=True)
def stage(system: System) -> None:
    system.house.write(lambda work: a_company(work) and None)
    system.house.write(lambda work: a_customer(work) and None)


def contest(
    work: Work, reference: str, kind: str = "invoice", amount: int | None = None, reason: str = "price", **more: str
) -> Dispute:
    told = Contest(kind, reference, reason, work.today, work.today, amount, **more)  # type: ignore[arg-type]
    return open_dispute(work, a_company(work), told)


def case(work: Work, number: int = 1) -> Dispute:
    return dispute_by_number(work.session, number)


def paused(work: Work, number: int = 1) -> list[int | None]:
    return [pause.amount for pause in running_pauses(work.session, "dispute", case(work, number).id)]


def credit_note(work: Work, number: str, amount: str, on: str) -> None:
    row = an_invoice_row(number, "ACME", amount, work.today, type="credit_note", related_invoice=on)
    assert receivables.put_invoices(work, a_company(work), [row]).count("created") == 1


def pay(work: Work, number: str, amount: int) -> UUID:
    entry = money_in(work, f"{amount / 100:.2f}", entry_ref=f"pays {number} {amount}")
    (allocation, *_) = cash.apply_entry(work, entry, [cash.Placing(the_item(work, number).id, amount)])
    return allocation.id


def letters(system: System, clock: SetClock, on: date) -> list[tuple[int, int, int]]:
    """A day's run, planned, approved and sent: (level, amount to pay, of which disputed) of each letter."""
    clock.at = NOON + (on - TODAY)

    def do(work: Work) -> UUID:
        run = plan_run(work)
        if run.notices:
            approve(work, run)
        return run.id

    run_id = system.house.write(do)
    system.dispatcher.run()

    def read(work: Work) -> list[tuple[int, int, int]]:
        query = select(Notice, NoticeLine.disputed).join(NoticeLine, NoticeLine.notice_id == Notice.id)
        rows = work.session.execute(query.where(Notice.run_id == run_id, Notice.state == "sent"))
        return [(notice.level, notice.total, disputed) for notice, disputed in rows]

    return system.house.read(read)


def holds(system: System) -> None:
    keys = dict(system.audit_keys)
    assert system.house.read(lambda work: list(violations(work.session, keys))) == []


def later(days: int) -> date:
    return TODAY + timedelta(days=days)


# ── what rests ──────────────────────────────────────────────────────────────────────────────────


def test_an_order_disputed_before_its_invoice_exists_rests_from_the_moment_it_arrives(
    system: System, clock: SetClock
) -> None:
    def complain(work: Work) -> None:
        acme = customer_by_external_id(work.session, "ACME").id
        told = Contest("order", "PO-9", "quantity", TODAY, TODAY, customer_id=acme)
        assert contested_amount(work, open_dispute(work, a_company(work), told)) == 0
        an_invoice(work, "F-1", order_number="PO-9")
        an_invoice(work, "F-2", order_number="PO-10")
        assert paused(work) == [None]

    system.house.write(complain)
    assert letters(system, clock, TODAY) == [(1, 10_000, 0)], "the other order is reminded"
    system.house.write(lambda work: resolve(work, case(work), "rejected"))
    assert [letters(system, clock, later(days)) for days in (3, 4)] == [[], []], "three business days after Friday"
    holds(system)


def test_only_the_disputed_part_rests_and_the_letter_says_of_which_disputed(system: System, clock: SetClock) -> None:
    system.house.write(lambda work: an_invoice(work, "F-1") and None)
    system.house.write(lambda work: contest(work, "F-1", amount=3000) and None)
    assert letters(system, clock, TODAY) == [(1, 7000, 3000)]
    holds(system)


def test_a_dispute_opened_between_planning_and_sending_stops_the_letter(system: System, clock: SetClock) -> None:
    def plan(work: Work) -> None:
        an_invoice(work, "F-1", order_number="PO-1")
        approve(work, plan_run(work))

    system.house.write(plan)
    system.house.write(lambda work: contest(work, "PO-1", "order") and None)
    tally = system.dispatcher.run()
    assert (tally.sent, tally.cancelled) == (0, 1)
    holds(system)


def test_opening_and_closing_a_hundred_times_adds_no_notice_and_skips_no_level(system: System, clock: SetClock) -> None:
    """R13: D2 and D13 hold around every boundary. Case 2 stays open, and its letters are the measure of case 1."""

    def stage(work: Work) -> None:
        a_customer(work, "TWIN")
        an_invoice(work, "F-1")
        an_invoice(work, "F-2", "TWIN")

    system.house.write(stage)
    assert letters(system, clock, TODAY) == [(1, 10_000, 0)] * 2
    for number in ("F-1", "F-2"):
        system.house.write(lambda work, number=number: contest(work, number) and None)
    for turn in range(100):
        clock.at = NOON + timedelta(days=1 + turn // 4)
        system.house.write(lambda work: resolve(work, case(work), "rejected"))
        if turn % 4 == 0:
            assert letters(system, clock, later(1 + turn // 4)) == []
        system.house.write(lambda work: reopen(work, case(work)))
    for number in (1, 2):
        system.house.write(lambda work, number=number: resolve(work, case(work, number), "rejected"))
    after = {days: letters(system, clock, later(days)) for days in range(26, 50)}
    levels = [[level for level, *_ in each] for each in after.values() if each]
    assert levels == [[2, 2], [3, 3]], "each step once for both, on the same day"
    holds(system)


def test_a_delivery_disputed_rests_with_the_invoices_that_name_it(system: System) -> None:
    def do(work: Work) -> None:
        an_invoice(work, "F-1", order_number="PO-1", delivery_number="LS-1")
        contest(work, "LS-1", "delivery", reason="delivery")
        an_invoice(work, "F-2", order_number="PO-1", delivery_number="LS-1")
        an_invoice(work, "F-3", order_number="PO-1", delivery_number="LS-2")
        assert paused(work) == [None, None]
        assert (plan_reminds(work, "F-1"), plan_reminds(work, "F-3")) == (False, True)

    system.house.write(do)
    holds(system)


def plan_reminds(work: Work, number: str) -> bool:
    run = plan_run(work)
    query = select(NoticeLine.open_item_id).join(Notice).where(Notice.run_id == run.id)
    return the_item(work, number).id in set(work.session.scalars(query))


# ── what a case gave up ─────────────────────────────────────────────────────────────────────────


def test_what_is_accepted_is_not_reminded_and_the_case_waits_for_its_credit_note(
    system: System, clock: SetClock
) -> None:
    def accept(work: Work) -> None:
        an_invoice(work, "F-1")
        resolve(work, contest(work, "F-1"), "partly_accepted", 3000)
        assert (paused(work), case(work).credit_due, case(work).closed_at) == ([3000], 3000, None)

    system.house.write(accept)
    assert letters(system, clock, later(5)) == [(1, 7000, 3000)]
    system.house.write(lambda work: credit_note(work, "G-1", "10.00", "F-1"))
    assert system.house.read(lambda work: (paused(work), case(work).credit_due)) == ([2000], 2000)
    system.house.write(lambda work: credit_note(work, "G-2", "20.00", "F-1"))
    assert system.house.read(lambda work: (paused(work), case(work).credit_due)) == ([], 0)
    assert system.house.read(lambda work: case(work).closed_at) is not None
    assert system.house.read(lambda work: interest_on(work, "F-1")) == [7000]
    holds(system)


def interest_on(work: Work, number: str) -> list[int]:
    """The principals that bear interest."""
    late = Late(the_item(work, number), invoice_by_number(work.session, number), "claim")
    found, refused = accrued(work, [late], work.today)
    assert not refused
    return sorted({each.principal for one in found for each in one.slices})


def test_two_cases_about_one_invoice_share_its_credit_notes_the_older_first(system: System) -> None:
    def do(work: Work) -> None:
        an_invoice(work, "F-1")
        resolve(work, contest(work, "F-1", amount=2000), "accepted")
        resolve(work, contest(work, "F-1", amount=5000), "accepted")
        credit_note(work, "G-1", "30.00", "F-1")
        assert (case(work, 1).credit_due, case(work, 2).credit_due) == (0, 4000)
        credit_note(work, "G-2", "40.00", "F-1")
        assert case(work, 2).closed_at is not None

    system.house.write(do)
    holds(system)


def test_a_credit_note_taken_back_is_waited_for_again(system: System) -> None:
    def do(work: Work) -> None:
        an_invoice(work, "F-1")
        resolve(work, contest(work, "F-1", amount=3000), "accepted")
        credit_note(work, "G-1", "30.00", "F-1")
        assert case(work).closed_at is not None
        allocation = work.session.query(Allocation).filter_by(kind="credit").one()
        cash.undo_allocation(work, allocation)
        assert (case(work).credit_due, case(work).closed_at, paused(work)) == (3000, None, [3000])

    system.house.write(do)
    holds(system)


def test_a_case_closes_itself_when_its_item_is_paid_decided_or_not(system: System) -> None:
    def do(work: Work) -> None:
        for number in ("F-1", "F-2"):
            an_invoice(work, number)
            contest(work, number)
        resolve(work, case(work, 2), "partly_accepted", 3000)
        pay(work, "F-1", 10_000)
        pay(work, "F-2", 10_000)
        assert [(case(work, n).outcome, case(work, n).closed_at is None) for n in (1, 2)] == [
            ("settled", False),
            ("partly_accepted", False),
        ]
        assert paused(work, 1) == paused(work, 2) == []

    system.house.write(do)
    holds(system)


def test_no_interest_while_the_buyers_order_is_disputed_and_somebody_else_pays(system: System) -> None:
    def do(work: Work) -> None:
        a_customer(work, "CHILD")
        an_invoice(work, "F-1", order_number="PO-1", buyer_id="CHILD")
        assert interest_on(work, "F-1") == [10_000]
        contest(work, "PO-1", "order")
        assert (paused(work), interest_on(work, "F-1")) == ([None], [])

    system.house.write(do)


# ── the case itself ─────────────────────────────────────────────────────────────────────────────


def test_a_case_opened_again_keeps_what_was_decided_before(system: System) -> None:
    def do(work: Work) -> None:
        an_invoice(work, "F-1")
        found = contest(work, "F-1")
        resolve(work, found, "partly_accepted", 3000, "Three were short.")
        reopen(work, found, "Four were.")
        resolve(work, found, "partly_accepted", 4000)
        kinds = [(each.kind, each.amount, each.note) for each in steps(work.session, found.id)]
        assert kinds == [
            ("opened", None, ""),
            ("resolved", 3000, "Three were short."),
            ("reopened", None, "Four were."),
            ("resolved", 4000, ""),
        ]
        assert paused(work) == [4000]

    system.house.write(do)


def test_a_case_not_decided_in_time_is_escalated_once(system: System, clock: SetClock) -> None:
    system.house.write(lambda work: an_invoice(work, "F-1") and None)
    system.house.write(lambda work: contest(work, "F-1", priority="high") and None)
    escalate = system.jobs["disputes"]
    clock.at = NOON + timedelta(hours=70)
    assert system.house.write(care.escalate) == {"escalated": 0}, "Monday at ten in Madrid"
    clock.at = NOON + timedelta(hours=73)
    assert [system.house.write(care.escalate) for _ in range(2)] == [{"escalated": 1}, {"escalated": 0}]
    assert system.house.read(lambda work: case(work).priority) == "urgent"
    assert escalate.every_minutes == 30


def test_the_same_complaint_told_twice_is_merged_and_nothing_is_contested_less(system: System) -> None:
    def do(work: Work) -> None:
        an_invoice(work, "F-1", order_number="PO-1")
        first, second = contest(work, "F-1", amount=3000), contest(work, "PO-1", "order", 5000)
        comment(work, first, "Two boxes.", is_public=True)
        with pytest.raises(Refused, match="link them"):
            gathering.merge(work, second, first)
        gathering.link(work, second, first)
        gathering.merge(work, first, second)
        assert (first.outcome, second.amount, paused(work, 2), paused(work, 1)) == ("merged", 5000, [5000], [])
        assert [each.number for each in linked(work.session, second.id)] == [1]

    system.house.write(do)
    holds(system)


def test_a_manager_adds_and_retires_reasons_and_old_cases_keep_theirs(system: System) -> None:
    def do(work: Work) -> None:
        an_invoice(work, "F-1")
        reasons.put_reason(work, "frozen_goods", "Arrived thawed")
        contest(work, "F-1", reason="frozen_goods")
        reasons.put_reason(work, "frozen_goods", "Arrived thawed", is_used=False)
        with pytest.raises(Invalid, match="The reason is one of"):
            contest(work, "F-1", reason="frozen_goods")
        assert reasons.labels(work.session)["frozen_goods"] == "Arrived thawed"
        with pytest.raises(Invalid, match="cannot be retired"):
            reasons.put_reason(work, "other", "Other", is_used=False)

    system.house.write(do)


def test_a_file_handed_in_is_had_again_byte_for_byte(system: System) -> None:
    def do(work: Work) -> None:
        an_invoice(work, "F-1")
        found = contest(work, "F-1")
        kept, _ = files.attach(work, system.archive, found, b"\xff\xd8photo", "..\\C:\\boxes.jpg")
        document, content = files.read(work, system.archive, found, kept.id)
        assert (document.name, content) == ("boxes.jpg", b"\xff\xd8photo")
        with pytest.raises(Invalid, match="empty"):
            files.attach(work, system.archive, found, b"", "empty.txt")

    system.house.write(do)


# ── before the customer complains ───────────────────────────────────────────────────────────────


def an_order(work: Work, amount: str) -> None:
    row = {"order_number": "PO-1", "customer_id": "ACME", "currency": "EUR", "received_at": "2026-10-20T09:00:00Z"}
    order, problems = read_order(Row("test", {**row, "amount": amount}))
    assert order is not None, problems
    put_orders(work, a_company(work), [order])


def differences(work: Work) -> list[int]:
    return [found.excess for found, *_ in mismatches.mismatches(work.session)]


def test_more_invoiced_than_ordered_is_put_to_a_person_and_pauses_nothing_by_itself(system: System) -> None:
    def do(work: Work) -> None:
        an_order(work, "90.00")
        an_invoice(work, "F-1", amount="60.00", order_number="PO-1")
        assert differences(work) == [], "less than ordered: an order may be invoiced in parts"
        an_invoice(work, "F-2", amount="40.00", order_number="PO-1")
        assert (differences(work), plan_reminds(work, "F-1")) == ([1000], True)
        made = mismatches.open_case(work, mismatches.mismatches(work.session)[0][0])
        assert (made.amount, made.reason, sum(part or 0 for part in paused(work))) == (1000, "invoicing_error", 1000)
        assert differences(work) == []

    system.house.write(do)
    holds(system)


def test_a_difference_let_be_comes_back_only_when_it_changes(system: System) -> None:
    def do(work: Work) -> None:
        an_invoice(work, "F-1", order_number="PO-1")
        an_order(work, "90.00")
        mismatches.let_be(work, mismatches.mismatches(work.session)[0][0], "Freight.")
        an_order(work, "90.00")
        assert differences(work) == []
        an_order(work, "80.00")
        assert differences(work) == [2000]
        an_order(work, "100.00")
        assert differences(work) == []

    system.house.write(do)


def test_the_root_causes_of_a_period_come_to_what_its_cases_contest(system: System) -> None:
    def do(work: Work) -> None:
        an_order(work, "100.00")
        an_invoice(work, "F-1", order_number="PO-1")
        an_invoice(work, "F-2", amount="50.00")
        contest(work, "PO-1", "order", reason="price", product="Oak tops")
        resolve(work, contest(work, "F-2", amount=2000, reason="quality"), "accepted")
        scope = scope_of(work, TODAY, TODAY)
        found = {
            by: [(c.label, c.value, c.accepted, c.open) for c in root_causes(work, scope, by)] for by in DIMENSIONS
        }
        assert found["reason"] == [("Price", 10_000, 0, 1), ("Quality or damage", 2000, 2000, 0)]
        assert found["customer"] == [("Acme Ltd", 12_000, 2000, 1)]
        assert found["product"] == [("Oak tops", 10_000, 0, 1), ("not known", 2000, 2000, 0)]
        assert {label for label, *_ in found["channel"]} == {"manual", "not known"}

    system.house.write(do)
