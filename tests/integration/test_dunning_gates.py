"""What keeps a reminder back although its item is late: money nobody placed yet, and bank data that is old."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import main
from commands.system import System
from dunning.policies import put_policy
from dunning.run import approve, plan_run
from dunning.tables import Decision, DunningRun, Notice
from payments.lines_by_hand import NamedLine, place_lines
from payments.readers.model import Account, Entry, Piece, StatementFoot, StatementHead
from payments.reconciliation import reconcile
from payments.statements import store_statements
from payments.tables import BankEntry
from receivables.tables import ImportRun, Invoice, OpenItem
from runtime.clock import SetClock
from runtime.ids import new_id
from runtime.work import Work
from tests.builders import OUR_IBAN, TODAY, a_bank_account, a_company, a_customer, an_invoice, money_in
from tests.conftest import settings_for
from tests.mailroom import QuickRenderer

LEVELS = [{"level": 0, "days": -3}, {"level": 1, "days": 5}, {"level": 2, "days": 15}]
ACMES = "DE89370400440532013000"
POOR = "bank data old or with a gap"
SEEN = "payment seen, not placed"


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """The composed system, with letters that are not drawn but only written."""
    built = main.build(settings_for(database_url, tmp_path), clock=clock, renderer=QuickRenderer())
    yield built
    built.house.database.close()


def answers(system: System) -> dict[str, str]:
    """Invoice number → what today's run decides about it, and why."""

    def do(work: Work) -> dict[str, str]:
        run = plan_run(work)
        query = (
            work.session.query(Invoice.number, Decision.decision, Decision.reason)
            .join(OpenItem, OpenItem.invoice_id == Invoice.id)
            .join(Decision, Decision.open_item_id == OpenItem.id)
            .filter(Decision.run_id == run.id)
        )
        return {number: "notice" if decision == "notice" else reason for number, decision, reason in query}

    return system.house.write(do)


def stage(work: Work, **rules: Any) -> None:
    """Acme owes two invoices that are late and one that is due tomorrow."""
    put_policy(work, "standard", {"levels": LEVELS, **rules})
    a_customer(work, iban=ACMES)
    an_invoice(work, "F-1001", amount="100.00")
    an_invoice(work, "F-1002", amount="250.00")


def a_day_of_statements(work: Work, on: date, opening: int = 0, closing: int = 100) -> None:
    """One statement of one day whose balances are these."""
    account = a_bank_account(work)
    run = ImportRun(
        id=new_id(), kind="statement", file_name="day", sha256=str(new_id()), state="done", actor=str(work.actor),
        started_at=work.now,
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    entry = Entry(on, on, closing - opening, "EUR", "day", remittance=f"card takings {on}")
    pieces: list[Piece] = [StatementHead(Account(OUR_IBAN), "EUR", opening=opening), entry, StatementFoot(closing)]
    store_statements(work, "day", pieces, run.id, lambda *_: account)


# ── money without a place ───────────────────────────────────────────────────────────────────────


def test_a_known_payers_money_holds_every_item_it_could_cover_and_no_other(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        money_in(work, "120.00", "thanks", counterparty_account=ACMES)

    system.house.write(do)
    assert answers(system) == {"F-1001": SEEN, "F-1002": "notice"}


def test_an_item_that_an_answer_of_matching_names_is_held_whatever_its_size(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        money_in(work, "200.00", "Rechnung F-1002")
        reconcile(work, a_company(work).id)
        assert work.session.query(BankEntry).one().state == "suggested"

    system.house.write(do)
    assert answers(system) == {"F-1001": "notice", "F-1002": SEEN}


def test_money_of_an_unknown_payer_holds_nothing(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        money_in(work, "900.00", "thanks", counterparty_account="FR7630006000011234567890189")

    system.house.write(do)
    assert answers(system) == {"F-1001": "notice", "F-1002": "notice"}


def test_money_in_another_currency_holds_nothing(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        money_in(work, "900.00", "thanks", currency="USD", counterparty_account=ACMES)

    system.house.write(do)
    assert answers(system) == {"F-1001": "notice", "F-1002": "notice"}


def test_once_the_money_is_placed_the_rest_is_reminded(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        entry = money_in(work, "250.00", "thanks", counterparty_account=ACMES)
        place_lines(work, entry, [NamedLine("F-1002", "250.00")], "unapplied")

    system.house.write(do)
    assert answers(system) == {"F-1001": "notice"}


def test_money_seen_after_approval_keeps_its_items_out_of_the_letter(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        approve(work, plan_run(work))
        money_in(work, "120.00", "thanks", counterparty_account=ACMES)

    system.house.write(do)
    assert system.dispatcher.run().sent == 1
    assert system.house.read(lambda work: work.session.query(Notice).one().total) == 25_000


# ── bank data ───────────────────────────────────────────────────────────────────────────────────


def test_without_the_rule_old_bank_data_holds_nothing(system: System) -> None:
    def do(work: Work) -> None:
        stage(work)
        a_day_of_statements(work, TODAY - timedelta(days=60))

    system.house.write(do)
    assert answers(system) == {"F-1001": "notice", "F-1002": "notice"}


@pytest.mark.parametrize(("age", "answer"), [(3, "notice"), (4, "notice"), (5, POOR)])
def test_bank_data_older_than_so_many_banking_days_stops_reminders(system: System, age: int, answer: str) -> None:
    """20 November 2026 is a Friday: Monday the 16th lies four business days back, the Sunday before it five."""

    def do(work: Work) -> None:
        stage(work, bank_data_max_age_business_days=4)
        a_day_of_statements(work, TODAY - timedelta(days={3: 3, 4: 4, 5: 7}[age]))

    system.house.write(do)
    assert answers(system) == {"F-1001": answer, "F-1002": answer}


def test_a_house_that_never_read_a_statement_is_not_held_back(system: System) -> None:
    system.house.write(lambda work: stage(work, bank_data_max_age_business_days=0))
    assert answers(system) == {"F-1001": "notice", "F-1002": "notice"}


def test_a_courtesy_note_goes_out_whatever_the_bank_data(system: System) -> None:
    def do(work: Work) -> None:
        put_policy(work, "standard", {"levels": LEVELS, "bank_data_max_age_business_days": 0})
        a_customer(work)
        an_invoice(work, "F-1001", due_on=TODAY + timedelta(days=1))
        a_day_of_statements(work, TODAY - timedelta(days=60))

    system.house.write(do)
    assert answers(system) == {"F-1001": "notice"}


@pytest.mark.parametrize(("days_ago", "answer"), [(2, POOR), (90, POOR), (91, "notice")])
def test_a_gap_in_the_statements_of_the_last_ninety_days_stops_reminders(
    system: System, days_ago: int, answer: str
) -> None:
    def do(work: Work) -> None:
        stage(work, bank_data_max_age_business_days=60)
        gap_ends = TODAY - timedelta(days=days_ago)
        a_day_of_statements(work, gap_ends - timedelta(days=3), 0, 5_000)
        a_day_of_statements(work, gap_ends, 7_000, 9_000)
        a_day_of_statements(work, TODAY, 9_000, 9_900)

    system.house.write(do)
    assert answers(system) == {"F-1001": answer, "F-1002": answer}


def test_a_letter_approved_in_time_stays_here_when_bank_data_has_grown_old_meanwhile(
    system: System, clock: SetClock
) -> None:
    def do(work: Work) -> None:
        stage(work, bank_data_max_age_business_days=2)
        a_day_of_statements(work, TODAY)
        approve(work, plan_run(work))

    system.house.write(do)
    clock.at += timedelta(days=7)
    assert system.dispatcher.run().sent == 0
    found = system.house.read(lambda work: [(each.state, each.state_reason) for each in work.session.query(Notice)])
    assert found == [("cancelled", "Bank data is too old or has a gap: nobody knows what was paid meanwhile.")]
    assert system.house.read(lambda work: work.session.query(DunningRun).count()) == 1
