"""Claims for lateness in the book: charged with the letter, outliving the invoice, corrected, waived, never twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from core.errors import Invalid, Refused
from credit.store import exposures
from disputes.service import Contest, open_dispute, resolve
from disputes.store import dispute_by_number
from dunning import claim_store, claims
from dunning.policies import put_policy
from dunning.run import approve, plan_run
from dunning.tables import InterestClaim, Notice
from payments.lines_by_hand import NamedLine, place_lines
from payments.reconciliation import reconcile
from payments.service import undo_entry
from payments.tables import BankEntry
from receivables.service import cancel_invoice
from receivables.store import customer_of, invoice_by_number
from receivables.tables import Invoice, OpenItem
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.documents import Archive
from runtime.tables import AuditEntry, Document
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in, the_item
from tests.conftest import settings_for
from tests.mailroom import QuickRenderer

LEVELS = [
    {"level": 1, "days": 5, "interest": "warn"},
    {"level": 2, "days": 15, "interest": "claim", "pay_within_days": 10},
    {"level": 3, "days": 30, "interest": "claim"},
]
DUE = TODAY - timedelta(days=30)
"""21 October 2026; the thirty days to the letter of 20 November bear 2.40 + 8 = 10.40 %."""


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """The composed system, with letters that are not drawn but only written."""
    built = main.build(settings_for(database_url, tmp_path), clock=clock, renderer=QuickRenderer())
    yield built
    built.house.database.close()


@pytest.fixture
def stage(system: System) -> Iterator[System]:
    """Acme owes 1,000.00, thirty days late, under a policy whose second letter claims interest."""

    def prepare(work: Work) -> None:
        put_policy(work, "standard", {"levels": LEVELS, "min_gap_days": 0, "resume_business_days": 0})
        a_customer(work)
        an_invoice(work, "F-1001", amount="1000.00", due_on=DUE)

    system.house.write(prepare)
    yield system
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def send_letter(system: System) -> None:
    system.house.write(lambda work: approve(work, plan_run(work)) and None)
    assert system.dispatcher.run().sent == 1


def later(clock: SetClock, days: int) -> None:
    clock.at += timedelta(days=days)


def lines(system: System) -> list[tuple[Any, ...]]:
    def read(work: Work) -> list[tuple[Any, ...]]:
        found = work.session.query(InterestClaim).order_by(InterestClaim.id)
        return [(each.kind, each.from_on, each.days, each.rate, each.amount) for each in found]

    return system.house.read(read)


def charge(system: System, number: str = "INT-2026-00001") -> tuple[int, int]:
    def read(work: Work) -> tuple[int, int]:
        item = claim_store.charge_by_number(work.session, number)
        return item.gross, item.open

    return system.house.read(read)


def letter_text(system: System, number: int) -> str:
    def read(work: Work) -> bytes:
        notice = work.session.query(Notice).filter_by(number=number).one()
        document = work.session.get_one(Document, notice.document_id)
        return Archive(system.house.var_dir / "archive").content(document)

    return system.house.read(read).decode()


def claimed(system: System, clock: SetClock) -> None:
    """Both letters are out; the second, on 23 November, claims 33 days."""
    send_letter(system)
    later(clock, 3)
    send_letter(system)


THIRTY_THREE_DAYS = 940
"""1,000.00 × 10.40 % × 33 / 365 = 9.40, half up, to 23 November."""


def test_a_letter_that_warns_shows_what_lateness_costs_and_claims_nothing(stage: System) -> None:
    send_letter(stage)
    text = letter_text(stage, 1)
    assert "not claimed with this letter" in text
    assert "8.55" in text
    assert "48.55" in text, "30 days of 1,000.00 at 10.40 %, and the fixed sum"
    assert "To pay now 1,000.00" in text
    assert lines(stage) == []


def test_a_letter_that_claims_makes_a_charge_with_its_lines(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)
    assert lines(stage) == [
        ("interest", DUE + timedelta(days=1), 33, "10.40", THIRTY_THREE_DAYS),
        ("compensation", None, None, None, 4000),
    ]
    assert charge(stage) == (4940, 4940)
    text = letter_text(stage, 2)
    assert "1,049.40" in text, "to pay: principal, interest and the fixed sum"
    assert "Ley 3/2004" in text

    def exposure(work: Work) -> None:
        item = claim_store.charge_by_number(work.session, "INT-2026-00001")
        assert item.due_on == date(2026, 12, 3)
        assert exposures(work.session, [item.customer_id])[item.customer_id, "EUR"].charges == 4940

    stage.house.read(exposure)


def test_the_next_letter_claims_only_the_days_since_and_the_sum_no_second_time(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)
    later(clock, 10)
    send_letter(stage)
    assert lines(stage)[2:] == [("interest", date(2026, 11, 24), 10, "10.40", 285)]
    text = letter_text(stage, 3)
    assert "plus interest and costs claimed earlier" in text
    assert "1,052.25" in text, "1,000.00 + 49.40 claimed before + 2.85 now"


def test_no_day_and_no_sum_can_be_claimed_twice(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)

    def again(work: Work, kind: str) -> None:
        one = work.session.query(InterestClaim).filter_by(kind=kind).one()
        values = {column.key: getattr(one, column.key) for column in InterestClaim.__table__.columns}
        work.session.add(InterestClaim(**{**values, "id": one.notice_id}))

    for kind in ("interest", "compensation"):
        with pytest.raises(IntegrityError):
            stage.house.write(lambda work, kind=kind: again(work, kind))


def pay_the_charge(work: Work) -> None:
    place_lines(work, money_in(work, "49.40"), [NamedLine("INT-2026-00001", "49.40")], "unapplied")


def test_a_claim_outlives_the_payment_of_the_invoice_and_is_paid_by_its_number(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)

    def pay(work: Work) -> None:
        money_in(work, "1000.00", "F-1001", on=date(2026, 11, 23))
        assert reconcile(work, a_company(work).id).posted == 1
        assert the_item(work, "F-1001").open == 0

    stage.house.write(pay)
    assert charge(stage) == (4940, 4940)
    stage.house.write(pay_the_charge)
    assert charge(stage) == (4940, 0)


def test_taking_the_payment_of_a_claim_back_opens_it_again(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)
    stage.house.write(pay_the_charge)
    stage.house.write(lambda work: undo_entry(work, work.session.query(BankEntry).one()))
    assert charge(stage) == (4940, 4940)


def test_money_that_had_arrived_before_the_letter_takes_its_days_back(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)

    def pay(work: Work) -> None:
        money_in(work, "1000.00", "F-1001", on=DUE + timedelta(days=23))
        assert reconcile(work, a_company(work).id).posted == 1

    stage.house.write(pay)
    # 23 days of 1,000.00 at 10.40 % are 6.55
    assert lines(stage)[2:] == [("correction", None, None, None, 655 - THIRTY_THREE_DAYS)]
    assert charge(stage) == (4940, 4655)


def test_money_that_had_arrived_on_the_due_date_takes_all_of_the_claim_back(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)

    def pay(work: Work) -> None:
        money_in(work, "1000.00", "F-1001", on=DUE)
        assert reconcile(work, a_company(work).id).posted == 1

    stage.house.write(pay)
    assert charge(stage) == (4940, 0)


def test_what_a_case_gives_up_never_bore_interest(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)

    def dispute(work: Work) -> None:
        contest = Contest("invoice", "F-1001", "price", work.today, work.today, amount=40000, currency="EUR")
        case = open_dispute(work, a_company(work), contest)
        resolve(work, case, "accepted", note="Wrong price.")

    stage.house.write(dispute)
    # 33 days of 600.00 at 10.40 % are 5.64
    assert lines(stage)[2:] == [("correction", None, None, None, 564 - THIRTY_THREE_DAYS)]


def test_nothing_is_claimed_while_a_case_is_open_and_all_of_it_once_the_case_is_rejected(
    stage: System, clock: SetClock
) -> None:
    send_letter(stage)
    later(clock, 3)

    def dispute(work: Work) -> None:
        contest = Contest("invoice", "F-1001", "price", work.today, work.today, amount=40000, currency="EUR")
        open_dispute(work, a_company(work), contest)

    stage.house.write(dispute)
    send_letter(stage)
    assert lines(stage) == [], "the 600.00 not contested are reminded, interest waits for the case"
    later(clock, 10)

    def reject(work: Work) -> None:
        resolve(work, dispute_by_number(work.session, 1), "rejected")

    stage.house.write(reject)
    later(clock, 1)
    send_letter(stage)
    # 44 days from 22 October to 4 December of 1,000.00 at 10.40 %: 12.54
    assert lines(stage) == [
        ("interest", DUE + timedelta(days=1), 44, "10.40", 1254),
        ("compensation", None, None, None, 4000),
    ]


def test_a_waiver_needs_a_reason_closes_the_claim_and_is_not_claimed_again(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)
    with pytest.raises(Invalid, match="reason"):
        stage.house.write(lambda work: claims.waive(work, "INT-2026-00001", " ") and None)
    stage.house.write(lambda work: claims.waive(work, "INT-2026-00001", "Goodwill, a customer of ten years") and None)
    assert charge(stage) == (4940, 0)
    with pytest.raises(Refused, match="Nothing is open"):
        stage.house.write(lambda work: claims.waive(work, "INT-2026-00001", "again") and None)
    later(clock, 10)
    send_letter(stage)
    assert lines(stage)[2:] == [
        ("waiver", None, None, None, -4940),
        ("interest", date(2026, 11, 24), 10, "10.40", 285),
    ]


def test_a_charge_is_waived_not_cancelled_and_never_matched_by_the_run(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)
    with pytest.raises(Refused, match="waived with a reason"):
        stage.house.write(lambda work: cancel_invoice(work, invoice_by_number(work.session, "INT-2026-00001"), "x"))

    def pay(work: Work) -> int:
        money_in(work, "49.40", "INT-2026-00001")
        return reconcile(work, a_company(work).id).posted

    assert stage.house.write(pay) == 0


def test_where_the_tables_do_not_reach_the_letter_goes_out_without_a_claim_and_says_why_in_the_audit(
    stage: System, clock: SetClock
) -> None:
    def move(work: Work) -> None:
        a_company(work).country = "DE"

    stage.house.write(move)
    claimed(stage, clock)
    assert lines(stage) == []

    def reasons(work: Work) -> list[str | None]:
        found = work.session.query(AuditEntry).filter_by(action="interest.not_claimed")
        return [entry.reason for entry in found]

    assert stage.house.read(reasons) == [
        "The rates of bundesbank-base are known through 2025-12-31; import the rate of 2026-07-01."
    ]


def test_a_consumer_of_a_country_without_a_rule_is_not_charged(stage: System, clock: SetClock) -> None:
    def consumer(work: Work) -> None:
        invoice = invoice_by_number(work.session, "F-1001")
        customer_of(work.session, invoice.customer_id).debtor_type = "consumer"

    stage.house.write(consumer)
    claimed(stage, clock)
    assert lines(stage) == []


def test_a_charge_is_a_document_and_no_invoice(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)

    def kinds(work: Work) -> list[tuple[str, str, str]]:
        rows = work.session.query(Invoice, OpenItem).join(OpenItem, OpenItem.invoice_id == Invoice.id)
        return sorted((invoice.number, invoice.type, item.kind) for invoice, item in rows)

    assert stage.house.read(kinds) == [("F-1001", "invoice", "invoice"), ("INT-2026-00001", "charge", "charge")]


def test_the_page_shows_each_claim_and_gives_it_up_with_a_reason(stage: System, clock: SetClock) -> None:
    claimed(stage, clock)
    key = stage.house.write(lambda work: access.add_api_key(work, "tests", Role.CONTROLLER))
    with TestClient(build_web(stage), headers={"Authorization": f"Bearer {key}"}) as desk:
        page = desk.get("/interest")
        assert page.status_code == 200
        assert "33 days of" in page.text
        assert "Late interest on F-1001" in desk.get("/invoices/INT-2026-00001").text
        assert "late interest" in desk.get("/customers/ACME").text
        listed = desk.get("/api/v1/interest-claims?invoice=F-1001").json()["data"]
        assert [(each["number"], each["amount"], each["open"]) for each in listed] == [
            ("INT-2026-00001", "49.40", "49.40")
        ]
        answer = desk.post("/api/v1/interest-claims/INT-2026-00001/waive", json={"reason": "Goodwill"}).json()
        assert (answer["open"], answer["lines"][-1]["kind"], answer["lines"][-1]["reason"]) == (
            "0.00", "waiver", "Goodwill",
        )  # fmt: skip
        assert "Goodwill" in desk.get("/interest").text
