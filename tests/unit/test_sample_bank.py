"""The sample's statements tie, and what their entries are meant to pay is consistent: no money twice, none lost."""

import io
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import combinations

import pytest

from core.problems import Problem
from payments.readers.model import Assumed, Entry, StatementFoot, StatementHead
from payments.readers.registry import reader_for
from sample.company import COMPANY
from sample.invoices import by_key, invoices
from sample.payments import paid_before, receipts
from sample.statements import Statement, intended_payments, statements
from sample.timeline import Timeline

A_FRIDAY = date(2026, 11, 20)
DAYS = [A_FRIDAY, date(2026, 1, 2), date(2027, 5, 16), date(2028, 2, 29), date(2026, 12, 26)]
"""A working day, the turn of a year, a Sunday, a leap day, a holiday."""


def _as_read(statement: Statement) -> tuple[StatementHead, list[Entry], StatementFoot, list[Problem]]:
    content = statement.text.encode("ascii")
    pieces = list(reader_for(content[:4096], statement.file_name).read(io.BytesIO(content), Assumed()))
    (head,) = (piece for piece in pieces if isinstance(piece, StatementHead))
    (foot,) = (piece for piece in pieces if isinstance(piece, StatementFoot))
    problems = [piece for piece in pieces if isinstance(piece, Problem)]
    return head, [piece for piece in pieces if isinstance(piece, Entry)], foot, problems


# ── the bank ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("on", DAYS)
def test_the_statements_as_read_tie_and_follow_each_other(on: date) -> None:
    first, second, sterling = statements(on)
    balances = {"EUR": COMPANY.account("EUR").opening, "GBP": COMPANY.account("GBP").opening}
    for statement, currency in ((first, "EUR"), (second, "EUR"), (sterling, "GBP")):
        head, entries, foot, problems = _as_read(statement)
        assert problems == []
        assert (head.account.identifier, head.currency) == (COMPANY.account(currency).iban, currency)
        balances[currency] += sum(entry.amount for entry in entries)
        assert foot.closing == balances[currency]
    assert second.month.from_on == first.month.to_on + timedelta(days=1)
    assert second.month.to_on == sterling.month.to_on == Timeline(on).banked_until < on


@pytest.mark.parametrize("on", DAYS)
def test_every_entry_as_read_has_its_meaning_under_its_own_reference(on: date) -> None:
    meanings = intended_payments(on)
    read = [entry for statement in statements(on) for entry in _as_read(statement)[1]]
    assert len(read) == len({entry.entry_ref for entry in read}) == len(meanings)
    for entry in read:
        meaning = meanings[entry.entry_ref or ""]
        facts = (meaning.booked_on, meaning.amount, meaning.currency)
        assert facts == (entry.booked_on, entry.amount, entry.currency)


def test_an_overlong_or_unprintable_text_never_reaches_the_bank() -> None:
    for statement in statements(A_FRIDAY):
        for line in statement.month.lines:
            assert line.text.isascii()
            assert 0 < len(line.text) <= 140
            assert 0 < len(line.counterparty) <= 32


@pytest.mark.parametrize("on", DAYS)
def test_the_euro_account_shows_every_kind_of_payment(on: date) -> None:
    first, second, _ = statements(on)
    kinds = {meaning.manner for statement in (first, second) for meaning in statement.intended}
    promised = {"number", "casual", "rf", "several", "partial", "overpaid", "bank fee", "silent", "unknown payer"}
    rest = {"paid twice", "our bank", "credit taken", "discount taken", "discount too late", "third party"}
    assert kinds >= promised | rest
    assert 100 <= sum(len(statement.intended) for statement in (first, second)) <= 170


def test_two_movements_are_equal_in_all_but_their_reference() -> None:
    lines = [line for statement in statements(A_FRIDAY) for line in statement.month.lines]
    alike = Counter((line.booked_on, line.amount, line.counterparty, line.text) for line in lines)
    assert [(key[1], count) for key, count in alike.items() if count > 1] == [(74_215, 2)]


# ── the truth ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("on", DAYS)
def test_a_receipt_is_what_it_pays_less_credits_plus_what_stays_on_account(on: date) -> None:
    for meaning in intended_payments(on).values():
        if meaning.amount > 0:
            parts: dict[str, int] = defaultdict(int)
            for part in meaning.allocations:
                assert part.amount > 0
                parts[part.kind] += part.amount
            assert meaning.amount == parts["payment"] - parts["credit"] + meaning.remainder
            assert meaning.remainder >= 0


@pytest.mark.parametrize("on", DAYS)
def test_money_stays_on_account_only_where_the_sample_means_it(on: date) -> None:
    left = {meaning.manner for meaning in intended_payments(on).values() if meaning.remainder}
    assert left == {"overpaid", "paid twice", "in advance", "unknown payer"}


@pytest.mark.parametrize("on", DAYS)
def test_no_invoice_is_paid_beyond_its_amount(on: date) -> None:
    settled: dict[str, int] = defaultdict(int)
    for (number, _), amount in paid_before(on).items():
        settled[number] += amount
    for meaning in intended_payments(on).values():
        for part in meaning.allocations:
            settled[part.invoice_number] += part.amount
    amounts = {invoice.number: invoice.amount for invoice in invoices(on)}
    assert {number for number, amount in settled.items() if amount > amounts[number]} == set()


@pytest.mark.parametrize("on", DAYS)
def test_no_invoice_gets_money_from_two_receipts(on: date) -> None:
    touched = Counter(
        part.invoice_number
        for meaning in intended_payments(on).values()
        for part in meaning.allocations
        if part.kind == "payment"
    )
    assert [number for number, count in touched.items() if count > 1] == []


@pytest.mark.parametrize("on", DAYS)
def test_payments_without_a_number_fit_one_set_of_open_items_only(on: date) -> None:
    """Whatever was booked before, and even with all later invoices in view."""
    candidates: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for invoice in invoices(on):
        for instalment in invoice.instalments:
            rest = instalment.amount - paid_before(on).get((invoice.number, instalment.due_on), 0)
            if rest and not invoice.is_credit_note:
                candidates[invoice.customer.customer_id].append((rest, invoice.number))
    checked = 0
    for receipt in receipts(on):
        if receipt.customer and receipt.manner in ("silent", "set without numbers", "number inside number"):
            known = candidates[receipt.customer.customer_id]
            sets = [chosen for size in range(1, 6) for chosen in combinations(known, size)]
            fitting = [chosen for chosen in sets if sum(amount for amount, _ in chosen) == receipt.amount]
            meant = {part.invoice_number for part in receipt.allocations}
            assert [{number for _, number in chosen} for chosen in fitting] == [meant]
            checked += 1
    assert checked >= 6


def test_the_ambiguous_payments_have_two_answers() -> None:
    known = by_key(A_FRIDAY)
    assert known["vega-2"].amount == known["vega-1"].amount + known["vega-3"].amount
    assert known["hydra-1"].amount == known["hydra-2"].amount


@pytest.mark.parametrize("on", DAYS)
def test_clear_texts_hold_the_number_or_the_reference(on: date) -> None:
    squeezed = str.maketrans("", "", " /-")
    texts = {line.entry_ref: line.text for statement in statements(on) for line in statement.month.lines}
    references = {invoice.number: invoice.payment_reference for invoice in invoices(on)}
    silent = {"silent", "set without numbers", "number inside number"}
    for ref, meaning in intended_payments(on).items():
        if meaning.is_clear and meaning.manner not in silent:
            text = texts[ref].translate(squeezed).upper()
            for part in meaning.allocations:
                number = references[part.invoice_number] if meaning.manner == "rf" else part.invoice_number
                assert number.translate(squeezed) in text
