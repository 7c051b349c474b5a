"""The cash workbench: what the tray says before anything is posted, several entries at once, what is learned of payers,
short payments, and cash left over."""

from datetime import date
from uuid import UUID

import pytest

from commands.system import System
from core.errors import Invalid, Refused
from disputes import deductions
from disputes import store as disputes
from payments import payers, store, tray, unapplied, workbench
from payments.errors import RefundAsked
from payments.history import history
from payments.lines_by_hand import NamedLine, place_lines
from payments.readers.model import Entry
from payments.reconciliation import reconcile
from payments.service import undo_entry
from payments.tables import BankEntry, Payment
from payments.workbench import Filter
from receivables.store import customer_by_external_id
from reports.invariants import violations
from runtime.house import House
from runtime.work import Work
from tests.builders import a_company, a_customer, a_statement, an_invoice, money_in, the_item

ACCOUNT = "FR7630006000011234567890189"


def _entry(work: Work) -> BankEntry:
    return work.session.query(BankEntry).one()


def _short_of_ten(work: Work) -> None:
    a_customer(work)
    an_invoice(work, "F-1001", amount="100.00")
    money_in(work, "90.00", "less a deduction", counterparty="Acme", counterparty_account=ACCOUNT)


# ── the tray ────────────────────────────────────────────────────────────────────────────────────


def _weigh(house: House, *lines: NamedLine, **more: object) -> tray.Tray:
    remainder = more.get("remainder", "unapplied")
    return house.read(lambda work: tray.weigh(work.session, _entry(work), lines, remainder))  # type: ignore[arg-type]


def test_the_tray_says_what_remains_and_what_stays_open_without_posting(house: House) -> None:
    house.write(_short_of_ten)
    weighed = _weigh(house, NamedLine("F-1001", "40.00"))
    assert (weighed.remaining, weighed.short, weighed.may_post) == (5000, 6000, True)
    assert weighed.lines[0].open_after == 6000
    assert house.read(lambda work: the_item(work, "F-1001").open) == 10000


def test_a_charge_settles_the_rest_without_using_the_entrys_money(house: House) -> None:
    house.write(_short_of_ten)
    weighed = _weigh(house, NamedLine("F-1001", "90.00"), NamedLine("F-1001", "10.00", "fee"))
    assert (weighed.remaining, weighed.short, weighed.unsettled) == (0, 0, ())


@pytest.mark.parametrize("amount", ["100.01", "0", "-5", "a lot", "NaN", ""])
def test_the_tray_refuses_what_posting_would_refuse(house: House, amount: str) -> None:
    house.write(_short_of_ten)
    assert not _weigh(house, NamedLine("F-1001", amount)).may_post
    with pytest.raises((Invalid, Refused)):
        house.write(lambda work: place_lines(work, _entry(work), [NamedLine("F-1001", amount)], "unapplied"))


def test_the_tray_refuses_more_than_the_entry_brought_and_a_remainder_that_is_none(house: House) -> None:
    house.write(_short_of_ten)
    assert not _weigh(house, NamedLine("F-1001", "95.00")).may_post
    assert not _weigh(house, NamedLine("F-1001", "40.00"), remainder="short_payment").may_post
    assert not _weigh(house).may_post
    assert not _weigh(house, NamedLine("F-9999", "40.00")).may_post


# ── short payments ──────────────────────────────────────────────────────────────────────────────


def _pay_short(work: Work) -> None:
    place_lines(work, _entry(work), [NamedLine("F-1001", "90.00")], "short_payment")


def _proposed(work: Work) -> list[tuple[UUID, str, int, int]]:
    rows = deductions.proposals(work.session)
    return [(each.id, invoice.number, each.amount, int(open_now)) for each, invoice, _, open_now in rows]


def _case(work: Work) -> tuple[str, int | None, str]:
    ((case, _),) = disputes.listed(work.session)
    return case.reason, case.amount, case.state


def test_a_short_payment_keeps_the_rest_open_and_proposes_a_case(system: System) -> None:
    house = system.house
    house.write(_short_of_ten)
    house.write(_pay_short)
    ((proposal_id, *said),) = house.read(_proposed)
    assert said == ["F-1001", 1000, 1000]
    house.write(lambda work: deductions.open_case(work, deductions.proposal(work.session, proposal_id)))
    assert house.read(_case) == ("deduction", 1000, "open")
    assert house.read(_proposed) == []
    with pytest.raises(Refused):
        house.write(lambda work: deductions.let_be(work, deductions.proposal(work.session, proposal_id)))
    assert house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def test_a_short_payment_taken_back_proposes_nothing_any_more(house: House) -> None:
    house.write(_short_of_ten)
    house.write(_pay_short)
    house.write(lambda work: undo_entry(work, _entry(work)))
    assert house.read(_proposed) == []


# ── what is learned ─────────────────────────────────────────────────────────────────────────────


def _known(house: House) -> list[tuple[str, str, int]]:
    return house.read(
        lambda work: [(each.account, each.customer.external_id, each.seen) for each in payers.memory(work.session)]
    )


def test_an_entry_placed_by_a_person_teaches_its_account_until_it_is_taken_back(house: House) -> None:
    house.write(_short_of_ten)
    house.write(_pay_short)
    assert _known(house) == [(ACCOUNT, "ACME", 1)]
    house.write(lambda work: undo_entry(work, _entry(work)))
    assert _known(house) == []


def _evidence(house: House, entry_id: UUID) -> list[str]:
    def read(work: Work) -> list[str]:
        found = workbench.answers(work.session, store.entry(work.session, entry_id))
        return [said for answer in found for _, said in answer.evidence]

    return house.read(read)


def test_a_learned_account_says_who_pays_and_a_forgotten_one_does_not(house: House) -> None:
    house.write(_short_of_ten)
    house.write(_pay_short)

    def another(work: Work) -> UUID:
        an_invoice(work, "F-1002", amount="40.00")
        an_invoice(work, "F-1003", amount="40.00")
        entry = money_in(work, "40.00", "transfer", counterparty="Somebody", counterparty_account=ACCOUNT)
        reconcile(work, a_company(work).id)
        return entry.id

    entry_id = house.write(another)
    assert any("paid from this account before (1×)" in said for said in _evidence(house, entry_id))
    house.write(lambda work: payers.forget(work, ACCOUNT, "ACME"))
    house.write(lambda work: reconcile(work, a_company(work).id))
    assert not any("before" in said for said in _evidence(house, entry_id))


def test_what_the_run_posts_by_itself_teaches_nothing(house: House) -> None:
    def stage(work: Work) -> int:
        a_customer(work)
        an_invoice(work, "F-1001", amount="100.00")
        money_in(work, "100.00", "invoice F-1001", counterparty="Acme Ltd", counterparty_account=ACCOUNT)
        return reconcile(work, a_company(work).id).posted

    assert house.write(stage) == 1
    assert _known(house) == []


# ── several at once ─────────────────────────────────────────────────────────────────────────────


def test_several_are_posted_where_one_answer_leads_and_the_others_say_why_not(system: System) -> None:
    house = system.house

    def stage(work: Work) -> tuple[UUID, UUID, UUID]:
        a_customer(work, iban=ACCOUNT)
        an_invoice(work, "F-1001", amount="100.00")
        an_invoice(work, "F-1002", amount="100.00")
        an_invoice(work, "F-2001", amount="80.00")
        tied = money_in(work, "100.00", "transfer", counterparty="Acme", counterparty_account=ACCOUNT)
        clear = money_in(work, "80.00", "transfer", counterparty="Somebody Else")
        nothing = money_in(work, "3.21", "interest")
        reconcile(work, a_company(work).id)
        return tied.id, clear.id, nothing.id

    tied, clear, nothing = house.write(stage)
    done = house.write(lambda work: workbench.accept_several(work, [tied, clear, nothing, clear]))
    assert done.posted == (clear,)
    assert done.left == {tied: "2 answers are possible", nothing: "no answer names an invoice"}
    assert house.read(lambda work: the_item(work, "F-2001").open) == 0
    house.write(lambda work: workbench.undo_several(work, done.posted))
    assert house.read(lambda work: the_item(work, "F-2001").open) == 8000
    assert house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


# ── cash left over ──────────────────────────────────────────────────────────────────────────────


def _left_over(work: Work) -> UUID:
    a_customer(work)
    money_in(work, "150.00", "advance", counterparty_account=ACCOUNT)
    place_lines(work, _entry(work), [], "unapplied", keep_for=_acme(work))
    an_invoice(work, "F-1001", amount="100.00")
    an_invoice(work, "F-1002", amount="100.00")
    return work.session.query(Payment).one().id


def _acme(work: Work) -> UUID:
    return customer_by_external_id(work.session, "ACME").id


def test_cash_left_over_pays_the_oldest_invoices_and_every_line_can_be_taken_back(system: System) -> None:
    house = system.house
    payment_id = house.write(_left_over)

    def use(work: Work) -> list[int]:
        return [each.amount for each in unapplied.use_on_oldest(work, unapplied.payment(work.session, payment_id))]

    assert house.write(use) == [10000, 5000]
    assert house.read(lambda work: list(work.session.execute(unapplied.listed()))) == []
    listed = house.read(lambda work: [row[1].number for row in work.session.execute(history("F-100", "hand"))])
    assert sorted(listed) == ["F-1001", "F-1002"]
    assert house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def test_cash_that_shall_go_back_is_not_used_until_that_is_withdrawn(house: House) -> None:
    payment_id = house.write(_left_over)

    def with_it(do: object) -> object:
        return house.write(lambda work: do(work, unapplied.payment(work.session, payment_id)))  # type: ignore[operator]

    with_it(lambda work, payment: unapplied.ask_refund(work, payment, "Paid twice."))
    with pytest.raises(RefundAsked):
        with_it(unapplied.use_on_oldest)
    with pytest.raises(RefundAsked):
        with_it(lambda work, payment: unapplied.ask_refund(work, payment, "Again."))
    with_it(unapplied.withdraw_refund)
    assert len(with_it(unapplied.use_on_oldest)) == 2  # type: ignore[arg-type]


def test_an_entry_taken_back_withdraws_its_refund(house: House) -> None:
    payment_id = house.write(_left_over)
    house.write(lambda work: unapplied.ask_refund(work, unapplied.payment(work.session, payment_id), "Paid twice."))
    house.write(lambda work: undo_entry(work, _entry(work)))
    assert house.read(lambda work: store.open_refund_request(work.session, payment_id)) is None


# ── filters ─────────────────────────────────────────────────────────────────────────────────────


def test_entries_are_found_by_payer_text_amount_and_account(house: House) -> None:
    on = date(2026, 11, 19)

    def stage(work: Work) -> UUID:
        entries = [
            Entry(on, on, minor, "EUR", "builder", remittance=text, counterparty=payer)
            for minor, text, payer in ((100, "rent", "Acme"), (200, "100% paid", "Borealis"), (300, "rent", "Cygnus"))
        ]
        return a_statement(work, entries)[0].bank_account_id

    account = house.write(stage)

    def found(**wanted: object) -> list[int]:
        query = workbench.entries(Filter(**wanted))  # type: ignore[arg-type]
        return sorted(house.read(lambda work: [row[0].amount for row in work.session.execute(query)]))

    assert found(text="RENT") == [100, 300]
    assert found(text="borea") == [200]
    assert found(text="%") == [200]
    assert found(least=200) == [200, 300]
    assert found(most=200, account=account) == [100, 200]
    assert found(account=UUID(int=0)) == []
