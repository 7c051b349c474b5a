"""The bank takes money back: what it had paid is open again, the charge is booked apart, nothing is guessed."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import Refused
from core.money import parse_minor
from payments import store, taking_back
from payments.events import ApplicationUndone
from payments.giving_back import Part
from payments.readers.model import Entry
from payments.reconciliation import reconcile
from payments.service import Placing, apply_entry, undo_entry
from payments.statements import release_statement
from payments.tables import BankEntry, Statement
from receivables.ledger import Account
from receivables.tables import Company, Posting
from reports.invariants import violations
from runtime.house import House
from runtime.work import HOUSE, Work
from tests import builders as a

PAID = a.TODAY - timedelta(days=20)
BACK = a.TODAY - timedelta(days=5)


def moved(amount: str, on: date, **more: Any) -> Entry:
    return Entry(on, on, parse_minor(amount, "EUR"), "EUR", "test", **more)


def stage(house: House, *statements: list[Entry], invoices: tuple[str, ...] = ("F-1001",)) -> None:
    """Invoices of 100.00, the first statement applied, then the others."""

    def before(work: Work) -> None:
        a.a_customer(work, iban="DE89370400440532013000")
        for number in invoices:
            a.an_invoice(work, number)
        a.a_statement(work, statements[0])
        reconcile(work, work.session.query(Company).one().id)

    house.write(before)
    for entries in statements[1:]:
        house.write(lambda work, entries=entries: a.a_statement(work, entries))  # type: ignore[misc]


def state_of(house: House, amount: str, on: date) -> str:
    query = {"amount": parse_minor(amount, "EUR"), "booked_on": on}
    return house.read(lambda work: work.session.query(BankEntry).filter_by(**query).one().state)


def open_on(house: House, number: str = "F-1001") -> int:
    return house.read(lambda work: a.the_item(work, number).open)


def balance(house: House, account: Account) -> int:
    """What stands on an account of the ledger."""

    def read(work: Work) -> int:
        rows = work.session.query(Posting).all()
        gained = sum(row.amount for row in rows if row.account == account)
        return gained - sum(row.amount for row in rows if row.contra == account)

    return house.read(read)


def all_holds(house: House) -> None:
    assert (
        house.read(lambda work: list(violations(work.session, {"settings": b"a key for tests only, 32 characters"})))
        == []
    )


PAYMENT = moved("100.00", PAID, remittance="Invoice F-1001", end_to_end="E2E-77", mandate="M-1",
                counterparty_account="DE89370400440532013000")  # fmt: skip


@pytest.mark.parametrize(
    "back",
    [
        moved("-100.00", BACK, end_to_end="E2E-77", return_reason="AC04"),
        moved("-100.00", BACK, mandate="M-1", is_reversal=True),
        moved("-100.00", BACK, remittance="RUECKLASTSCHRIFT E2E-77 MD06 WIDERSPRUCH"),
        moved("-100.00", BACK, remittance="Rücklastschrift zu Invoice F-1001"),
        moved("-100.00", BACK, remittance="DEVOLUCION RECIBO F-1001"),
        moved("-100.00", BACK, remittance="REJET PRLV F-1001"),
        moved("-100.00", BACK, remittance="CHARGEBACK", counterparty_account="DE89370400440532013000"),
        moved("-100.00", BACK, code="NRTI", end_to_end="E2E-77"),
        moved("-100.00", BACK, remittance="devolución", end_to_end="E2E-77"),
    ],
    ids=["reason", "reversal", "text", "number", "spanish", "french", "payer", "code", "reference"],
)
def test_a_return_re_opens_exactly_what_its_payment_had_paid(house: House, back: Entry) -> None:
    stage(house, [PAYMENT], [back])
    assert open_on(house) == 100_00
    assert state_of(house, "100.00", PAID) == "returned"
    assert state_of(house, "-100.00", BACK) == "applied"
    assert balance(house, Account.SUSPENSE) == 0
    all_holds(house)


def test_other_payments_of_the_same_customer_stay_where_they_are(house: House) -> None:
    other = moved("100.00", PAID, remittance="Invoice F-1002", end_to_end="E-78")
    stage(house, [PAYMENT, other], [moved("-100.00", BACK, end_to_end="E2E-77", return_reason="AM04")],
          invoices=("F-1001", "F-1002"))  # fmt: skip
    assert (open_on(house, "F-1001"), open_on(house, "F-1002")) == (100_00, 0)
    all_holds(house)


@pytest.mark.parametrize(
    "backs",
    [
        [moved("-103.50", BACK, end_to_end="E2E-77", return_reason="AC04")],
        [moved("-103.50", BACK, end_to_end="E2E-77", return_reason="AC04", charges=350)],
        [
            moved("-100.00", BACK, end_to_end="E2E-77", return_reason="AC04"),
            moved("-3.50", BACK, remittance="ENTGELT RUECKLASTSCHRIFT E2E-77"),
        ],
    ],
    ids=["in the amount", "named by the bank", "an entry of its own"],
)
def test_the_banks_charge_is_booked_apart_and_not_on_the_customer(house: House, backs: list[Entry]) -> None:
    stage(house, [PAYMENT], backs)
    assert open_on(house) == 100_00
    assert balance(house, Account.FEE) == 3_50
    assert balance(house, Account.SUSPENSE) == 0
    all_holds(house)


def test_a_return_that_two_payments_could_mean_waits_for_a_person(house: House) -> None:
    twin = moved("100.00", PAID, remittance="Invoice F-1002", mandate="M-1")
    stage(house, [PAYMENT, twin], [moved("-100.00", BACK, mandate="M-1", is_reversal=True)],
          invoices=("F-1001", "F-1002"))  # fmt: skip
    assert (open_on(house, "F-1001"), open_on(house, "F-1002")) == (0, 0)
    assert state_of(house, "-100.00", BACK) == "unmatched"
    all_holds(house)

    def choose(work: Work) -> None:
        waiting = work.session.query(BankEntry).filter(BankEntry.amount < 0).one()
        offered = taking_back.possible_payments(work, waiting)
        assert {each.remittance for each in offered} == {"Invoice F-1001", "Invoice F-1002"}
        taking_back.take_back(work, waiting, next(each for each in offered if "1002" in each.remittance))

    house.write(choose)
    assert (open_on(house, "F-1001"), open_on(house, "F-1002")) == (0, 100_00)
    all_holds(house)


@pytest.mark.parametrize(
    "back",
    [
        moved("-100.00", BACK, remittance="Devolución factura F-1001, gracias"),
        moved("-100.00", BACK, remittance="STORNO", counterparty_account="DE89370400440532013000"),
        moved("-100.00", BACK, is_reversal=True),
        moved("-200.00", BACK, end_to_end="E2E-77", return_reason="AC04"),
    ],
    ids=["may be our refund", "may be our refund to the payer", "by its amount alone", "far too much"],
)
def test_what_may_be_something_else_is_never_guessed(house: House, back: Entry) -> None:
    stage(house, [PAYMENT], [back])
    assert open_on(house) == 0
    assert state_of(house, "100.00", PAID) == "applied"
    all_holds(house)


def test_money_we_send_is_still_money_going_out(house: House) -> None:
    stage(house, [PAYMENT], [moved("-100.00", BACK, remittance="Rent November", end_to_end="E2E-77")])
    assert state_of(house, "-100.00", BACK) == "ignored"
    assert open_on(house) == 0


def test_a_payment_returned_before_it_found_its_invoice_never_pays_it(house: House) -> None:
    unknown = moved("99.00", PAID, remittance="thanks", end_to_end="E-9")
    stage(house, [unknown], [moved("-99.00", BACK, end_to_end="E-9", return_reason="AC01")])
    assert state_of(house, "99.00", PAID) == "returned"
    assert balance(house, Account.SUSPENSE) == 0
    all_holds(house)


def test_the_return_may_come_in_before_the_payment(house: House) -> None:
    stage(house, [moved("-100.00", BACK, end_to_end="E2E-77", return_reason="AC04")], [PAYMENT])
    assert state_of(house, "100.00", PAID) == "returned"
    assert open_on(house) == 100_00
    all_holds(house)


def test_a_return_in_quarantine_does_nothing_until_it_is_released(house: House) -> None:
    stage(house, [PAYMENT])
    back = moved("-100.00", BACK, end_to_end="E2E-77", return_reason="AC04")
    house.write(lambda work: a.a_statement(work, [back], off_by=1))
    assert open_on(house) == 0

    def release(work: Work) -> None:
        release_statement(work, work.session.query(Statement).filter_by(state="quarantined").one(), "checked")

    house.write(release)
    assert open_on(house) == 100_00
    all_holds(house)


def test_whoever_waits_for_news_hears_that_the_bank_took_it_back(house: House) -> None:
    stage(house, [PAYMENT])
    heard: list[ApplicationUndone] = []
    listen = {ApplicationUndone: [lambda _, news: heard.append(news)]}
    back = moved("-100.00", BACK, end_to_end="E2E-77", return_reason="AC04")
    with house.database.writing() as session:
        a.a_statement(Work(session, HOUSE, house.clock.now(), house.today(), listen), [back])
    assert [news.is_return for news in heard] == [True]


def test_a_payment_is_returned_once(house: House) -> None:
    again = moved("-100.00", BACK + timedelta(days=1), end_to_end="E2E-77", return_reason="AC04")
    stage(house, [PAYMENT], [moved("-100.00", BACK, end_to_end="E2E-77", return_reason="AC04")], [again])
    assert state_of(house, "-100.00", BACK + timedelta(days=1)) == "unmatched"
    all_holds(house)


COLLECTED = moved("300.00", PAID, remittance="SAMMLER F-1001 F-1002 F-1003", batch="B-7")
"""Three invoices collected by direct debit, booked in one sum."""
THREE = ("F-1001", "F-1002", "F-1003")


def opened(house: House) -> tuple[int, ...]:
    return tuple(open_on(house, number) for number in THREE)


@pytest.mark.parametrize(
    ("back", "charge"),
    [
        (moved("-100.00", BACK, remittance="RUECKLASTSCHRIFT F-1002 AM04"), 0),
        (moved("-103.50", BACK, remittance="RUECKLASTSCHRIFT F-1002 AM04"), 3_50),
        (moved("-104.00", BACK, end_to_end="F-1002", return_reason="AC04", charges=400), 4_00),
    ],
    ids=["text", "with a charge", "reference and named charge"],
)
def test_one_debit_of_a_collection_booked_in_one_sum_comes_back(house: House, back: Entry, charge: int) -> None:
    stage(house, [COLLECTED], [back], invoices=THREE)
    assert opened(house) == (0, 100_00, 0)
    assert state_of(house, "300.00", PAID) == "applied"
    assert state_of(house, f"{back.amount / 100:.2f}", BACK) == "applied"
    assert (balance(house, Account.FEE), balance(house, Account.SUSPENSE)) == (charge, 0)
    all_holds(house)


def test_a_collection_may_come_back_debit_by_debit_until_nothing_is_left(house: House) -> None:
    backs = [
        [moved("-100.00", BACK + timedelta(days=day), remittance=f"RUECKLASTSCHRIFT {number} MD06")]
        for day, number in enumerate(THREE)
    ]
    stage(house, [COLLECTED], *backs, invoices=THREE)
    assert opened(house) == (100_00, 100_00, 100_00)
    assert state_of(house, "300.00", PAID) == "returned"
    assert balance(house, Account.SUSPENSE) == 0
    all_holds(house)


def test_a_debit_of_a_collection_comes_back_once(house: House) -> None:
    back = moved("-100.00", BACK, remittance="RUECKLASTSCHRIFT F-1002 AM04")
    again = back._replace(booked_on=BACK + timedelta(days=1), valued_on=BACK + timedelta(days=1))
    stage(house, [COLLECTED], [back], [again], invoices=THREE)
    assert opened(house) == (0, 100_00, 0)
    assert state_of(house, "-100.00", BACK + timedelta(days=1)) == "unmatched"
    all_holds(house)


def test_what_came_back_of_a_collection_is_paid_anew_by_the_next_payment(house: House) -> None:
    back = moved("-100.00", BACK, remittance="RUECKLASTSCHRIFT F-1002 AM04")
    anew = moved("100.00", BACK + timedelta(days=2), remittance="F-1002")
    stage(house, [COLLECTED], [back], [anew], invoices=THREE)
    house.write(lambda work: reconcile(work, work.session.query(Company).one().id))
    assert opened(house) == (0, 0, 0)
    all_holds(house)


def test_only_a_part_of_a_payment_comes_back(house: House) -> None:
    stage(house, [PAYMENT], [moved("-40.00", BACK, end_to_end="E2E-77", return_reason="AM09")])
    assert open_on(house) == 40_00
    assert state_of(house, "100.00", PAID) == "applied"
    assert balance(house, Account.SUSPENSE) == 0
    all_holds(house)
    house.write(lambda work: a.a_statement(work, [moved("-60.00", BACK, end_to_end="E2E-77", return_reason="AM09")]))
    assert open_on(house) == 100_00
    assert state_of(house, "100.00", PAID) == "returned"
    all_holds(house)


def test_a_part_comes_back_before_the_payment_found_its_invoice(house: House) -> None:
    unknown = moved("99.00", PAID, remittance="thanks", end_to_end="E-9")
    stage(house, [unknown], [moved("-30.00", BACK, end_to_end="E-9", return_reason="AM09")])
    assert state_of(house, "99.00", PAID) == "unmatched"
    assert balance(house, Account.SUSPENSE) == -69_00
    all_holds(house)

    def place_the_rest(work: Work) -> None:
        entry = work.session.query(BankEntry).filter(BankEntry.amount > 0).one()
        with pytest.raises(Refused):
            apply_entry(work, entry, [Placing(a.the_item(work, "F-1001").id, 99_00)])
        apply_entry(work, entry, [Placing(a.the_item(work, "F-1001").id, 69_00)])
        undo_entry(work, entry)
        apply_entry(work, entry, [Placing(a.the_item(work, "F-1001").id, 69_00)])

    house.write(place_the_rest)
    assert open_on(house) == 31_00
    assert state_of(house, "99.00", PAID) == "applied"
    all_holds(house)


def test_where_the_text_names_no_invoice_a_person_says_which_part_it_was(house: House) -> None:
    stage(house, [COLLECTED], [moved("-100.00", BACK, is_reversal=True)], invoices=THREE)
    assert opened(house) == (0, 0, 0)

    def choose(work: Work) -> None:
        waiting = work.session.query(BankEntry).filter(BankEntry.amount < 0).one()
        offered = taking_back.possible_parts(work, waiting)
        assert [(each.number, each.amount) for each in offered] == [(number, 100_00) for number in THREE]
        payment = store.entry(work.session, offered[2].payment_id)
        with pytest.raises(Refused, match="say which"):
            taking_back.take_back(work, waiting, payment)
        with pytest.raises(Refused, match=r"no 120\.00 EUR paid on F-1003"):
            taking_back.take_back(work, waiting, payment, [Part(120_00, "F-1003"), Part(-20_00, "F-1001")])
        with pytest.raises(Refused, match="far more"):
            taking_back.take_back(work, waiting, payment, [Part(20_00, "F-1003")])
        with pytest.raises(Refused, match="more than it takes back"):
            taking_back.take_back(work, waiting, payment, [Part(100_00, "F-1003"), Part(1_00, "F-1001")])
        taking_back.take_back(work, waiting, payment, [Part(60_00, "F-1003"), Part(40_00, "F-1001")])

    house.write(choose)
    assert opened(house) == (40_00, 0, 60_00)
    all_holds(house)


def test_a_discount_goes_with_the_money_that_earned_it(house: House) -> None:
    stage(house, [COLLECTED], invoices=THREE)

    def short(work: Work) -> None:
        entry = work.session.query(BankEntry).one()
        undo_entry(work, entry)
        items = [a.the_item(work, number).id for number in THREE]
        lines = [(items[0], 98_00, "payment"), (items[0], 2_00, "discount"), (items[1], 100_00, "payment")]
        apply_entry(work, entry, [Placing(*line) for line in lines])  # type: ignore[arg-type]

    house.write(short)
    house.write(lambda work: a.a_statement(work, [moved("-98.00", BACK, remittance="RUECKLASTSCHRIFT F-1001 AC04")]))
    assert opened(house) == (100_00, 0, 100_00)
    all_holds(house)

    def rest(work: Work) -> None:
        waiting = moved("-102.00", BACK, remittance="RUECKLASTSCHRIFT", is_reversal=True)
        back = a.a_statement(work, [waiting])[0]
        taking_back.take_back(work, back, work.session.query(BankEntry).filter_by(amount=300_00).one(), [Part(102_00)])

    house.write(rest)
    assert opened(house) == (100_00, 0, 100_00)
    all_holds(house)


def test_a_person_may_say_that_it_returns_nothing_of_ours(house: House) -> None:
    stage(house, [moved("-40.00", BACK, is_reversal=True)])

    def set_aside(work: Work) -> None:
        waiting = work.session.query(BankEntry).one()
        taking_back.set_aside(work, waiting, "correction of the bank's own mistake")
        with pytest.raises(Refused):
            taking_back.set_aside(work, waiting, "again")

    house.write(set_aside)
    assert state_of(house, "-40.00", BACK) == "ignored"
    assert balance(house, Account.SUSPENSE) == 0
    all_holds(house)
