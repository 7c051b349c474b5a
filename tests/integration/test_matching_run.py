"""The reconciliation run on both databases: what is posted at once is what one posting at a time would be."""

from datetime import timedelta

import pytest

from payments import store
from payments.matching.book import Tolerance
from payments.reconciliation import Reconciled, accept_suggestion, reconcile
from payments.service import ignore_entry, undo_entry
from payments.tables import Allocation, BankEntry, Payment, Suggestion
from receivables.tables import Invoice, OpenItem
from reports.invariants import violations
from runtime.house import House
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in, the_item

ACME, BOREALIS = "ES9121000418450200051332", "DE89370400440532013000"
TOLERANCES = {"EUR": Tolerance(rounding=5, charges=1_500, grace_days=3)}


def holds(house: House) -> None:
    found = house.read(
        lambda work: list(violations(work.session, {"settings": b"a key for tests only, 32 characters"}))
    )
    assert found == []


def run(work: Work) -> Reconciled:
    return reconcile(work, a_company(work).id, TOLERANCES)


def posted(work: Work) -> set[tuple[str, str, int]]:
    """(number, kind, amount) of every allocation that stands."""
    query = (
        work.session.query(Invoice.number, Allocation.kind, Allocation.amount)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
    )
    return {(number, kind, amount) for number, kind, amount in query}


def stage(work: Work) -> None:
    a_customer(work, "ACME", iban=ACME)
    a_customer(work, "BOREALIS", iban=BOREALIS)
    due = TODAY - timedelta(days=5)
    an_invoice(work, "F26/01701", amount="1200.00", payment_reference="RF04F2601701")
    an_invoice(work, "F26/01702", amount="350.50", discount_percent="2", discount_until=str(TODAY))
    an_invoice(work, "F26/01703", amount="780.25", due_on=due)
    an_invoice(work, "F26/01704", amount="990.00", due_on=due)
    an_invoice(work, "G26/00017", amount="90.00", type="credit_note")
    an_invoice(work, "F26/01705", "BOREALIS", amount="500.00")
    an_invoice(work, "F26/01706", "BOREALIS", amount="61.00")


def test_every_kind_of_certain_match_is_posted_and_adds_up(house: House) -> None:
    house.write(stage)

    def pay(work: Work) -> None:
        acme, borealis = ACME, BOREALIS
        money_in(work, "1200.00", structured_reference="RF04F2601701")
        money_in(work, "343.49", "FRA F26/01702 -2%", counterparty_account=acme)
        money_in(work, "1680.25", "F26/01703 + 704 ABZGL G26/00017", counterparty_account=acme)
        money_in(work, "492.00", "INV F26/01705", counterparty_account=borealis)
        money_in(work, "62.00", "INV F26/01706", counterparty_account=borealis)
        money_in(work, "77.00", "NOBODY KNOWS")
        assert run(work) == Reconciled(posted=5, suggested=0, unmatched=1)

    house.write(pay)
    holds(house)

    def look(work: Work) -> None:
        assert posted(work) == {
            ("F26/01701", "payment", 120_000),
            ("F26/01702", "discount", 701), ("F26/01702", "payment", 34_349),
            ("F26/01703", "credit", 9_000), ("F26/01703", "payment", 69_025), ("F26/01704", "payment", 99_000),
            ("F26/01705", "fee", 800), ("F26/01705", "payment", 49_200),
            ("F26/01706", "payment", 6_100),
        }  # fmt: skip
        assert work.session.query(OpenItem).filter(OpenItem.open > 0).count() == 0
        assert [payment.unapplied for payment in work.session.query(Payment).filter(Payment.unapplied > 0)] == [100]
        states = {entry.remittance: entry.state for entry in work.session.query(BankEntry)}
        assert states["NOBODY KNOWS"] == "unmatched"
        assert set(states.values()) == {"applied", "unmatched"}

    house.read(look)


def test_what_a_run_posted_can_be_undone_entry_by_entry(house: House) -> None:
    house.write(stage)

    def pay(work: Work) -> None:
        money_in(
            work, "1680.25", "F26/01703 F26/01704 ABZGL G26/00017", counterparty_account="ES9121000418450200051332"
        )
        assert run(work).posted == 1

    house.write(pay)
    house.write(lambda work: undo_entry(work, work.session.query(BankEntry).one()))
    holds(house)

    def look(work: Work) -> None:
        for number in ("F26/01703", "F26/01704", "G26/00017"):
            item = the_item(work, number)
            assert item.open == item.gross

    house.write(look)
    holds(house)


@pytest.mark.parametrize("said", [{"structured_reference": "RF04F2601701"}, {"remittance": "F26/01701"}])
def test_what_a_person_took_back_is_suggested_again_and_never_posted_again(house: House, said: dict[str, str]) -> None:
    house.write(stage)

    def undo(work: Work) -> None:
        entry = money_in(work, "1200.00", counterparty_account=ACME, **said)
        assert run(work).posted == 1
        undo_entry(work, entry)
        assert run(work) == Reconciled(posted=0, suggested=1, unmatched=0)
        (first,) = store.suggestions(work.session, entry.id)
        assert first.reasons[-1] == "– was placed before and taken back"
        assert the_item(work, "F26/01701").open == 120_000

    house.write(undo)
    holds(house)


def test_a_parent_pays_a_short_plain_number_of_its_child(house: House) -> None:
    def pay(work: Work) -> None:
        a_customer(work, "PARENT", iban=ACME)
        a_customer(work, "CHILD", parent_id="PARENT")
        a_customer(work, "STRANGER", iban=BOREALIS)
        an_invoice(work, "1930001", "CHILD", amount="815.00")
        an_invoice(work, "1930002", "CHILD", amount="915.00")
        money_in(work, "815.00", "1930001", counterparty_account=ACME)
        money_in(work, "915.00", "1930002", counterparty_account=BOREALIS)
        assert run(work) == Reconciled(posted=1, suggested=1, unmatched=0)

    house.write(pay)
    holds(house)


def test_one_payment_for_two_customers_becomes_a_payment_of_each(house: House) -> None:
    house.write(stage)

    def pay(work: Work) -> None:
        money_in(work, "1280.25", "F26/01703 F26/01705", counterparty="FACTORING UNION AG")
        assert run(work).posted == 1
        assert sorted(payment.amount for payment in work.session.query(Payment)) == [50_000, 78_025]

    house.write(pay)
    holds(house)


def test_a_question_keeps_its_answers_until_the_next_run_and_is_posted_on_request(house: House) -> None:
    house.write(stage)

    def ask(work: Work) -> None:
        money_in(work, "400.00", "F26/01703")
        assert run(work) == Reconciled(posted=0, suggested=1, unmatched=0)
        assert run(work) == Reconciled(posted=0, suggested=1, unmatched=0)
        entry = work.session.query(BankEntry).one()
        assert (entry.state, [each.rank for each in store.suggestions(work.session, entry.id)]) == ("suggested", [1])
        accept_suggestion(work, entry, 1)
        assert work.session.query(Suggestion).count() == 0
        assert the_item(work, "F26/01703").open == 38_025

    house.write(ask)
    holds(house)


def test_a_credit_note_of_a_suggestion_is_netted_when_it_is_accepted(house: House) -> None:
    house.write(stage)

    def ask(work: Work) -> None:
        money_in(work, "690.25", "26/01703 ABZGL 26/00017")
        assert run(work).suggested == 1
        accept_suggestion(work, work.session.query(BankEntry).one(), 1)
        assert posted(work) == {("F26/01703", "credit", 9_000), ("F26/01703", "payment", 69_025)}

    house.write(ask)
    holds(house)


def test_a_second_payment_waits_and_may_be_kept_as_unapplied_cash(house: House) -> None:
    house.write(stage)

    def pay(work: Work) -> None:
        for reference in ("one", "two"):
            money_in(work, "990.00", "F26/01704", counterparty_account=ACME, entry_ref=reference)
        assert run(work) == Reconciled(posted=1, suggested=1, unmatched=0)
        waiting = work.session.query(BankEntry).filter_by(state="suggested").one()
        assert "– second payment?" in store.suggestions(work.session, waiting.id)[0].reasons
        accept_suggestion(work, waiting, 1)
        assert [payment.unapplied for payment in work.session.query(Payment).filter(Payment.unapplied > 0)] == [99_000]

    house.write(pay)
    holds(house)


def test_what_a_person_set_aside_is_not_looked_at(house: House) -> None:
    house.write(stage)

    def set_aside(work: Work) -> None:
        ignore_entry(work, money_in(work, "990.00", "F26/01704"), "a transfer between our own accounts")
        assert run(work) == Reconciled(0, 0, 0)

    house.write(set_aside)
    holds(house)


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_pages_of_any_size_hold_every_entry_once_though_some_are_placed_meanwhile(house: House, size: int) -> None:
    def read(work: Work) -> None:
        entries = [money_in(work, f"{place}.00", on=TODAY - timedelta(days=place % 3)) for place in range(1, 8)]
        seen = []
        for page in store.entries_to_match(work.session, a_company(work).id, size):
            assert len(page) <= size
            seen += [row.id for row in page]
            ignore_entry(work, work.session.get_one(BankEntry, page[0].id), "seen")
            work.session.flush()
        assert sorted(seen) == sorted(entry.id for entry in entries)

    house.write(read)
