"""Two customer records of one party: what goes over, what is refused, and that taking apart brings back the same."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from commands.system import System
from core.errors import Invalid
from core.money import Money
from credit import holds as credit_holds
from credit import service as credit
from credit import store as credit_store
from disputes.service import Contest, open_dispute
from disputes.store import contested_items, dispute_by_number
from dunning import contacts, pauses
from dunning.payment_plans import Asked, make_plan
from dunning.plans import Instalment
from dunning.policies import put_policy
from dunning.run import plan_run
from dunning.tables import Notice, Pause
from merging import service, store
from merging.moves import KEYED, MOVES, STAYS
from merging.service import CannotMerge
from payments import service as cash
from payments import store as payments
from payments.service import Placing
from receivables import service as receivables
from receivables.errors import MergedMeanwhile
from receivables.store import customer_as_kept, customer_by_external_id, invoice_by_number
from receivables.tables import Customer, Invoice, OpenItem, Posting
from reports.invariants import violations
from runtime.schema import Base
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, an_invoice_row, money_in, the_item
from tests.integration.test_concurrency import at_once, writing


def stage(work: Work) -> None:
    """Acme is in the book twice: ACME owes 100 and 250, ACME-2 owes 70, has 30 left over and a credit note of 20."""
    a_customer(work, "ACME", vat_id="ESB12345678")
    a_customer(work, "ACME-2", vat_id="ES B-12345678", iban="ES9121000418450200051332")
    an_invoice(work, "F-1001", amount="100.00")
    an_invoice(work, "F-1002", amount="250.00", order_number="PO-7")
    an_invoice(work, "G-1", "ACME-2", "70.00", order_number="PO-7")
    an_invoice(work, "G-2", "ACME-2", "20.00", type="credit_note")
    entry = money_in(work, "30.00", "on account")
    cash.apply_entry(work, entry, [], keep_for=who(work, "ACME-2").id)


def who(work: Work, number: str) -> Customer:
    return customer_as_kept(work.session, number)


def merged(work: Work, survivor: str = "ACME", other: str = "ACME-2") -> int:
    return service.merge(work, who(work, survivor), who(work, other), "one VAT number").number


def apart(work: Work, number: int = 1) -> None:
    service.take_apart(work, store.merge_by_number(work.session, number), "two branches after all")


@pytest.fixture(autouse=True)
def staged(system: System) -> None:
    system.house.write(stage)


def clean(system: System) -> None:
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def book(system: System) -> dict[str, Any]:
    """Whose everything is."""

    def look(work: Work) -> dict[str, Any]:
        names = {each.id: each.external_id for each in work.session.query(Customer)}
        items = work.session.query(OpenItem, Invoice).join(Invoice, Invoice.id == OpenItem.invoice_id)
        ledger: dict[tuple[str, str], int] = {}
        for row in work.session.query(Posting).filter(Posting.customer_id.is_not(None)):
            key = names[row.customer_id], row.account  # type: ignore[index]
            ledger[key] = ledger.get(key, 0) + row.amount
        return {
            "items": {(i.number, o.instalment): (names[o.customer_id], names[i.customer_id], o.open) for o, i in items},
            "cash": {(names[key[0]], key[2]): rest for key, rest in payments.unapplied_cash(work.session).items()},
            "ledger": {key: total for key, total in ledger.items() if total},
            "exposure": {
                names[key[0]]: found.total for key, found in credit_store.exposures(work.session, list(names)).items()
                if found.total
            },
        }  # fmt: skip

    return system.house.read(look)


def test_every_place_that_names_a_customer_is_known_to_move_or_to_stay() -> None:
    known = {(each.table, each.column.key) for each in (*MOVES, *KEYED)}
    naming = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "customer" for key in column.foreign_keys)
    }
    assert {each for each in naming - known if each[0] not in STAYS} == set()
    assert known - naming == {("customer", "merged_into_id")}


def test_all_that_is_owed_and_paid_is_the_survivors_and_the_books_balance(system: System) -> None:
    system.house.write(merged)
    clean(system)
    found = book(system)
    assert {owner for owner, _, _ in found["items"].values()} == {"ACME"}
    assert found["cash"] == {("ACME", "EUR"): 3_000}
    assert {key[0] for key in found["ledger"]} == {"ACME"}
    assert found["exposure"] == {"ACME": 35_000 + 7_000 - 2_000 - 3_000}


def test_taking_apart_brings_back_exactly_what_there_was(system: System) -> None:
    before = book(system)
    system.house.write(merged)
    system.house.write(apart)
    clean(system)
    assert book(system) == before
    system.house.write(merged)
    clean(system)


def test_the_ledger_is_only_added_to(system: System) -> None:
    def rows(work: Work) -> set[tuple[Any, ...]]:
        return {(row.id, row.customer_id, row.amount) for row in work.session.query(Posting)}

    before = system.house.read(rows)
    system.house.write(merged)
    after = system.house.read(rows)
    assert before < after
    assert len(after - before) == 2 * 3


def test_what_is_pushed_under_the_merged_number_is_the_survivors(system: System) -> None:
    system.house.write(merged)

    def push(work: Work) -> None:
        row = an_invoice_row("G-3", "ACME-2", "55.00", TODAY)
        intake = receivables.put_invoices(work, a_company(work), [row])
        assert intake.counts == {"created": 1}, intake.problems
        again = receivables.put_invoices(
            work, a_company(work), [an_invoice_row("G-1", "ACME-2", "70.00", TODAY - timedelta(days=10))]
        )
        assert again.counts == {"updated": 1}, again.problems
        assert customer_by_external_id(work.session, "ACME-2").external_id == "ACME"

    system.house.write(push)
    assert book(system)["items"]["G-3", 1][0] == "ACME"
    clean(system)


def test_master_data_told_of_the_merged_number_leave_the_survivor_alone(system: System) -> None:
    system.house.write(merged)
    system.house.write(lambda work: a_customer(work, "ACME-2", name="Acme Branch", city="Cuenca"))

    def look(work: Work) -> None:
        assert (who(work, "ACME").name, who(work, "ACME-2").name) == ("Acme Ltd", "Acme Branch")

    system.house.read(look)


def test_an_allocation_made_before_is_undone_for_who_owes_the_item_now(system: System) -> None:
    def pay(work: Work) -> None:
        cash.apply_entry(work, money_in(work, "70.00", "G-1"), [Placing(the_item(work, "G-1").id, 7_000)])

    system.house.write(pay)
    system.house.write(merged)

    def undo(work: Work) -> None:
        item = the_item(work, "G-1")
        for each in payments.standing_allocations(work.session, open_item_id=item.id):
            cash.undo_allocation(work, each)

    system.house.write(undo)
    clean(system)
    system.house.write(apart)
    clean(system)
    assert book(system)["cash"] == {("ACME-2", "EUR"): 10_000}


def test_the_bank_takes_back_a_payment_made_before(system: System) -> None:
    def pay(work: Work) -> None:
        both = [Placing(the_item(work, "G-1").id, 7_000), Placing(the_item(work, "F-1001").id, 10_000)]
        cash.apply_entry(work, money_in(work, "170.00", "G-1 F-1001"), both)

    system.house.write(pay)
    system.house.write(merged)
    clean(system)

    def undo(work: Work) -> None:
        placed = next(each for each in payments.standing_allocations(work.session) if each.amount == 7_000)
        cash.undo_entry(work, payments.entry(work.session, placed.bank_entry_id), is_return=True)  # type: ignore[arg-type]

    system.house.write(undo)
    clean(system)
    system.house.write(apart)
    clean(system)


def test_a_case_on_an_order_contests_the_invoices_of_both_until_they_are_apart(system: System) -> None:
    def contest(work: Work) -> None:
        told = Contest("invoice", "F-1001", "price", TODAY, TODAY, None, currency="EUR")
        open_dispute(work, a_company(work), told)
        on_order = Contest(
            "order", "PO-7", "quality", TODAY, TODAY, None, currency="EUR", customer_id=who(work, "ACME").id
        )
        open_dispute(work, a_company(work), on_order)

    def contested(work: Work) -> set[str]:
        case = dispute_by_number(work.session, 2)
        paused = {pause.open_item_id for pause in work.session.query(Pause).filter_by(source_id=case.id, ended_at=None)}
        items = contested_items(work.session, case)
        assert paused == {item.id for item in items}
        return {work.session.get_one(Invoice, item.invoice_id).number for item in items}

    system.house.write(contest)
    assert system.house.read(contested) == {"F-1002"}
    system.house.write(merged)
    clean(system)
    assert system.house.read(contested) == {"F-1002", "G-1"}
    system.house.write(apart)
    clean(system)
    assert system.house.read(contested) == {"F-1002"}


def test_a_plan_a_promise_and_a_hold_go_with_their_invoices(system: System) -> None:
    def agree(work: Work) -> None:
        an_invoice(work, "G-4", "ACME-2", "40.00")
        due = TODAY + timedelta(days=14)
        make_plan(work, Asked([the_item(work, "G-1")], (Instalment(due, 7_000),), "balance", "runs"))
        pauses.promise(work, invoice_by_number(work.session, "G-4"), None, TODAY + timedelta(days=5), "said so")

    system.house.write(agree)
    system.house.write(merged)
    clean(system)

    def owners(work: Work) -> set[str]:
        names = {each.id: each.external_id for each in work.session.query(Customer)}
        return {names[each.customer_id] for each in work.session.query(Pause)}

    assert system.house.read(owners) == {"ACME"}
    system.house.write(apart)
    assert system.house.read(owners) == {"ACME-2"}


def test_where_both_have_a_collection_case_the_earlier_task_counts_and_the_other_comes_back(system: System) -> None:
    def call(work: Work) -> None:
        for number, days in (("ACME", 9), ("ACME-2", 3)):
            said = contacts.Call("reached", "will look", TODAY + timedelta(days=days))
            contacts.log_call(work, who(work, number), a_company(work), said)

    def tasks(work: Work) -> dict[str, object]:
        return {
            number: contacts.case_of(work, who(work, number), a_company(work)).next_on for number in ("ACME", "ACME-2")
        }

    system.house.write(call)
    system.house.write(merged)
    assert system.house.read(tasks)["ACME"] == TODAY + timedelta(days=3)
    system.house.write(apart)
    assert system.house.read(tasks)["ACME-2"] == TODAY + timedelta(days=3)


def a_letter(work: Work) -> None:
    put_policy(work, "standard", {"levels": [{"level": 1, "days": 5}]})
    plan_run(work)


def a_hold(work: Work) -> None:
    pauses.hold(work, who(work, "ACME-2"), None, "sick leave", TODAY + timedelta(days=3))


def a_stop(work: Work) -> None:
    credit_holds.put_on_hold(work, who(work, "ACME-2"), "", "looks bad")


def a_group(work: Work) -> None:
    who(work, "ACME-2").parent_id = who(work, "ACME").id


@pytest.mark.parametrize(
    ("before", "said"),
    [(a_letter, "under way"), (a_hold, "held"), (a_stop, "stopped"), (a_group, "group")],
    ids=["letter", "hold", "stop", "group"],
)
def test_what_must_be_settled_first_is_said(system: System, before: Callable[[Work], None], said: str) -> None:
    system.house.write(before)
    state = book(system)
    with pytest.raises(CannotMerge, match=said):
        system.house.write(merged)
    assert book(system) == state


def test_a_customer_is_merged_once_and_never_into_one_that_was_merged(system: System) -> None:
    system.house.write(lambda work: a_customer(work, "BOREALIS"))
    system.house.write(merged)
    with pytest.raises(CannotMerge, match="already"):
        system.house.write(lambda work: merged(work, "BOREALIS", "ACME-2"))
    with pytest.raises(CannotMerge, match="already"):
        system.house.write(lambda work: merged(work, "ACME-2", "BOREALIS"))
    with pytest.raises(CannotMerge, match="itself"):
        system.house.write(lambda work: merged(work, "ACME", "ACME"))
    with pytest.raises(Invalid, match="how you know"):
        system.house.write(lambda work: service.merge(work, who(work, "ACME"), who(work, "BOREALIS"), " "))


def test_merges_upon_merges_are_taken_apart_from_the_last(system: System) -> None:
    before = book(system)
    system.house.write(lambda work: a_customer(work, "BOREALIS"))
    system.house.write(merged)
    system.house.write(lambda work: merged(work, "BOREALIS", "ACME"))
    clean(system)
    assert system.house.read(lambda work: customer_by_external_id(work.session, "ACME-2").external_id) == "BOREALIS"
    with pytest.raises(CannotMerge, match="merge 2"):
        system.house.write(apart)
    system.house.write(lambda work: apart(work, 2))
    system.house.write(apart)
    clean(system)
    assert book(system) == before


def test_cash_applied_across_keeps_them_together_until_it_is_undone(system: System) -> None:
    system.house.write(merged)

    def pay_mine(work: Work) -> None:
        entry = money_in(work, "100.00", "F-1001")
        cash.apply_entry(
            work, entry, [Placing(the_item(work, "F-1001").id, 6_000), Placing(the_item(work, "G-1").id, 4_000)]
        )

    system.house.write(pay_mine)
    with pytest.raises(CannotMerge, match="applied across"):
        system.house.write(apart)

    def undo(work: Work) -> None:
        item = the_item(work, "G-1")
        for each in payments.standing_allocations(work.session, open_item_id=item.id):
            cash.undo_allocation(work, each)

    system.house.write(undo)
    system.house.write(apart)
    clean(system)
    assert book(system)["cash"] == {("ACME", "EUR"): 4_000, ("ACME-2", "EUR"): 3_000}


def test_a_letter_about_what_was_merged_keeps_them_together(system: System) -> None:
    system.house.write(merged)
    system.house.write(a_letter)
    with pytest.raises(CannotMerge, match="Letters"):
        system.house.write(apart)

    def cancel(work: Work) -> None:
        for notice in work.session.query(Notice):
            notice.state = "cancelled"

    system.house.write(cancel)
    system.house.write(apart)
    clean(system)


def test_the_survivors_limit_remains(system: System) -> None:
    def limits(work: Work) -> None:
        credit.set_limit(work, who(work, "ACME"), Money(30_000, "EUR"))
        credit.set_limit(work, who(work, "ACME-2"), Money(90_000, "EUR"))

    system.house.write(limits)
    system.house.write(merged)

    def look(work: Work) -> tuple[int, set[str]]:
        customer = who(work, "ACME")
        limit = credit_store.limits(work.session, [customer.id], TODAY)[customer.id, "EUR"]
        names = {each.id: each.external_id for each in work.session.query(Customer)}
        return limit, {names[key[0]] for key in credit_store.running_overruns(work.session)}

    assert system.house.read(look) == (30_000, {"ACME"})


def test_who_touches_the_money_while_two_are_merged_comes_before_or_after(system: System) -> None:
    """Payments, pushes and merges in both directions at the same moment: each is done wholly or refused in words, and
    nothing is left with the customer that was merged."""
    for turn in range(6):
        numbers = f"A-{turn}", f"B-{turn}"

        def prepare(work: Work, numbers: tuple[str, str] = numbers) -> list[Any]:
            for number in numbers:
                a_customer(work, number)
                an_invoice(work, f"{number}-1", number, "10.00")
            return [money_in(work, "10.00", entry_ref=f"B-{number}").id for number in numbers]

        entries = system.house.write(prepare)

        def pay(work: Work, place: int, numbers: tuple[str, str] = numbers, entries: list[Any] = entries) -> None:
            item = the_item(work, f"{numbers[place]}-1")
            cash.apply_entry(work, payments.entry(work.session, entries[place]), [Placing(item.id, 1_000)])

        def push(work: Work, number: str = numbers[1]) -> None:
            row = an_invoice_row(f"{number}-2", number, "5.00", TODAY)
            assert receivables.put_invoices(work, a_company(work), [row]).count("created") == 1

        answers = at_once(
            writing(system, partial(merged, survivor=numbers[0], other=numbers[1])),
            writing(system, partial(pay, place=0)),
            writing(system, partial(pay, place=1)),
            writing(system, push),
            writing(system, partial(merged, survivor=numbers[1], other=numbers[0])),
        )
        assert {type(each) for each in answers if isinstance(each, Exception)} <= {CannotMerge, MergedMeanwhile}
        assert isinstance(answers[0], CannotMerge) != isinstance(answers[4], CannotMerge)
        assert not isinstance(answers[3], Exception)
        clean(system)
