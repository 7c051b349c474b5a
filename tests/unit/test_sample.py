"""The sample company: the same for the same day, plausible on any day, and true to what it says of itself."""

import csv
import hashlib
import io
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest
from stdnum import iban, iso11649
from stdnum.de import vat as de_vat
from stdnum.es import nif
from stdnum.fr import tva
from stdnum.gb import vat as gb_vat
from stdnum.ie import vat as ie_vat

from core.calendar import days_overdue
from core.money import parse_minor
from core.problems import Problem
from receivables.intake import customer_rows, invoice_rows
from receivables.intake.rows import Row, read_rows
from sample.company import COMPANY
from sample.customers import customers, customers_csv
from sample.disputes import disputes
from sample.files import LATE_INVOICES_FILE, files, invoices_csv, late_invoices_csv, orders_csv, write
from sample.invoices import invoices, late_invoice
from sample.orders import orders
from sample.payments import open_after
from sample.statements import intended_payments
from sample.story import AgreePlan, ImportFile, OpenDispute, RecordPromise, ResolveDispute, RunDunning, story

ROOT = Path(__file__).resolve().parents[2]
A_FRIDAY = date(2026, 11, 20)
DAYS = [A_FRIDAY, date(2026, 1, 2), date(2027, 5, 16), date(2028, 2, 29), date(2026, 12, 26)]
"""A working day, the turn of a year, a Sunday, a leap day, a holiday."""

VAT_CHECKS = {"ES": nif, "FR": tva, "DE": de_vat, "GB": gb_vat, "IE": ie_vat}


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _digest(on: date) -> str:
    return hashlib.sha256(repr((files(on), story(on))).encode()).hexdigest()


def _digest_elsewhere(on: date, hash_seed: str) -> str:
    code = (
        "import hashlib; from datetime import date; from sample.files import files; from sample.story import story\n"
        f"on = date.fromisoformat('{on}')\n"
        "print(hashlib.sha256(repr((files(on), story(on))).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _aging(on: date, currency: str) -> list[int]:
    """Minor units not due, 1–30, 31–60, 61–90 and over 90 days overdue."""
    buckets = [0] * 5
    for invoice, instalment, amount in open_after(on):
        if invoice.customer.currency == currency:
            buckets[min(4, (days_overdue(instalment.due_on, on) + 29) // 30)] += amount
    return buckets


# ── the same for the same day ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_with_other_hashes_makes_the_same_sample(hash_seed: str) -> None:
    assert _digest_elsewhere(A_FRIDAY, hash_seed) == _digest(A_FRIDAY)


def test_another_day_makes_another_sample() -> None:
    assert _digest(A_FRIDAY) != _digest(A_FRIDAY + timedelta(days=3))


# ── companies and customers ─────────────────────────────────────────────────────────────────────


def test_every_account_and_tax_number_has_right_check_digits() -> None:
    accounts = [customer.iban for customer in customers()] + [account.iban for account in COMPANY.accounts]
    assert [number for number in accounts if not iban.is_valid(number)] == []
    tax_numbers = [(customer.country, customer.vat_id) for customer in customers()]
    tax_numbers.append((COMPANY.country, COMPANY.vat_id))
    assert [number for country, number in tax_numbers if not VAT_CHECKS[country].is_valid(number)] == []


def test_nobody_shares_an_account_a_tax_number_or_an_address_for_mail() -> None:
    for field in ("customer_id", "name", "slug", "iban", "vat_id", "email"):
        values = [getattr(customer, field) for customer in customers()]
        assert len(set(values)) == len(values), field


def test_mail_goes_to_names_reserved_for_examples() -> None:
    assert {customer.email.rpartition(".")[2] for customer in customers()} == {"example"}


def test_there_are_sixty_customers_of_four_languages_and_every_behaviour() -> None:
    assert len(customers()) == 61
    languages = Counter(customer.language for customer in customers())
    assert set(languages) == {"es", "fr", "de", "en"}
    assert min(languages.values()) >= 10
    assert {customer.currency for customer in customers() if customer.country == "GB"} == {"GBP"}
    behaviours = {"prompt", "early", "late", "slow", "short", "disputes", "keeps", "breaks", "never"}
    assert {customer.behaviour for customer in customers()} == behaviours


def test_parents_stand_before_their_children() -> None:
    seen: set[str] = set()
    children = 0
    for row in _rows(customers_csv()):
        children += bool(row["parent_id"])
        assert row["parent_id"] in seen | {""}
        seen.add(row["customer_id"])
    assert children == 4


# ── the files ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("on", DAYS)
def test_every_amount_of_every_csv_is_an_exact_amount(on: date) -> None:
    amounts = 0
    for name, text in files(on).items():
        for row in _rows(text) if name.endswith(".csv") else ():
            for column in {"amount", "paid_amount", "credit_limit", "accepted_amount"} & row.keys():
                if row[column]:
                    assert parse_minor(row[column], row["currency"]) >= 0
                    amounts += 1
    assert amounts > 1200


def test_the_intake_takes_every_customer_without_a_word() -> None:
    problems: list[Problem] = []
    source = io.BytesIO(customers_csv().encode())
    rows: list[Row] = list(read_rows(source, customer_rows.COLUMNS, problems))
    for row in rows:
        customer, found = customer_rows.read_customer(row)
        assert customer is not None
        problems += found
    assert (len(rows), problems) == (61, [])


@pytest.mark.parametrize("on", DAYS)
def test_the_intake_takes_every_invoice_without_a_word(on: date) -> None:
    problems: list[Problem] = []
    source = io.BytesIO(invoices_csv(on).encode())
    rows = read_rows(source, invoice_rows.COLUMNS, problems)
    read = list(invoice_rows.gather_instalments(invoice_rows.read_invoice(row) for row in rows))
    assert [each for each in read if each.invoice is None or each.problems] == []
    assert problems == []
    assert {each.number for each in read} == {invoice.number for invoice in invoices(on)}


@pytest.mark.parametrize("on", DAYS)
def test_there_are_about_six_hundred_invoices_and_credit_notes_of_nine_months(on: date) -> None:
    known = invoices(on)
    assert 580 <= len(known) <= 680
    assert 15 <= sum(invoice.is_credit_note for invoice in known) <= 40
    assert len({invoice.number for invoice in known}) == len(known)
    assert on - timedelta(days=285) <= min(invoice.issued_on for invoice in known) <= on - timedelta(days=255)
    assert max(invoice.issued_on for invoice in known) < on
    assert sum(len(invoice.instalments) > 1 for invoice in known) == 4
    assert sum(bool(invoice.discount_until) for invoice in known) >= 20


@pytest.mark.parametrize("on", DAYS)
def test_credit_notes_name_an_invoice_of_the_same_customer_that_is_larger(on: date) -> None:
    by_number = {invoice.number: invoice for invoice in invoices(on)}
    for note in invoices(on):
        if note.is_credit_note:
            invoice = by_number[note.related_invoice]
            assert invoice.customer == note.customer
            assert invoice.issued_on <= note.issued_on
            assert 0 < note.amount < invoice.amount


def test_payment_references_are_valid_and_each_invoice_has_its_own() -> None:
    references = [invoice.payment_reference for invoice in invoices(A_FRIDAY) if invoice.payment_reference]
    assert len(references) > 50
    assert [reference for reference in references if not iso11649.is_valid(reference)] == []
    assert len(set(references)) == len(references)


@pytest.mark.parametrize("on", DAYS)
def test_about_eighty_orders_eleven_of_them_confirmed_and_not_invoiced(on: date) -> None:
    rows = _rows(orders_csv(on))
    states = Counter(row["status"] for row in rows)
    assert 70 <= len(rows) <= 90
    assert (states["confirmed"], states["delivered"], states["cancelled"], states["received"]) == (11, 1, 2, 6)
    assert len({row["channel"] for row in rows}) >= 5
    assert max(row["received_at"] for row in rows) < f"{on}T00:00:00Z"


def test_two_purchase_orders_came_in_twice() -> None:
    copies = Counter((order.customer.customer_id, order.po_number, order.amount) for order in orders(A_FRIDAY))
    assert sorted(count for count in copies.values() if count > 1) == [2, 2]


@pytest.mark.parametrize("on", DAYS)
def test_an_invoice_of_the_order_file_bills_its_order_except_where_the_price_is_disputed(on: date) -> None:
    ordered = {row["order_number"]: row for row in _rows(orders_csv(on))}
    billed: dict[str, int] = defaultdict(int)
    for row in _rows(invoices_csv(on)):
        billed[row["order_number"]] += parse_minor(row["amount"], row["currency"])
    apart = [
        (row["po_number"], billed[number] - parse_minor(row["amount"], row["currency"]))
        for number, row in ordered.items()
        if row["status"] == "invoiced" and billed[number] != parse_minor(row["amount"], row["currency"])
    ]
    assert apart == [("PO-8841", 80_000)]


def test_writing_leaves_exactly_the_files_in_the_folder(tmp_path: Path) -> None:
    written = write(tmp_path / "new", A_FRIDAY)
    assert {path.name: path.read_bytes().decode() for path in written} == files(A_FRIDAY)
    assert sorted(written) == sorted((tmp_path / "new").iterdir())


# ── the figures a controller looks at ───────────────────────────────────────────────────────────

MANY_DAYS = [date(2026, 1, 1) + timedelta(days=days) for days in range(0, 365, 23)]


@pytest.mark.parametrize("on", MANY_DAYS)
def test_the_euro_book_ages_like_a_living_one_on_any_day(on: date) -> None:
    buckets = _aging(on, "EUR")
    total = sum(buckets)
    assert 100_000_000 <= total <= 130_000_000
    not_due, month, two, three, older = (100 * bucket / total for bucket in buckets)
    assert 62 <= not_due <= 76
    assert 10 <= month <= 24
    assert 5 <= two <= 10
    assert 2 <= three <= 6
    assert 2 <= older <= 6


@pytest.mark.parametrize("on", MANY_DAYS[::4])
def test_a_handful_of_customers_is_in_trouble_or_over_its_limit(on: date) -> None:
    exposure: dict[str, int] = defaultdict(int)
    old: dict[str, int] = defaultdict(int)
    for invoice, instalment, amount in open_after(on):
        exposure[invoice.customer.customer_id] += amount
        old[invoice.customer.customer_id] += amount if days_overdue(instalment.due_on, on) > 30 else 0
    for order in orders(on):
        exposure[order.customer.customer_id] += order.amount if order.status in ("confirmed", "delivered") else 0
    over = [each for each in customers() if exposure[each.customer_id] > each.credit_limit * 100]
    assert 5 <= len(over) <= 9
    assert 6 <= sum(amount > 500_000 for amount in old.values()) <= 11
    assert "kastmotor" in {customer.slug for customer in over}


# ── disputes and the story ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("on", DAYS)
def test_eight_disputes_five_on_invoices_three_on_orders(on: date) -> None:
    cases = disputes(on)
    assert Counter(case.subject_kind for case in cases) == {"invoice": 5, "order": 3}
    still_open = {invoice.number for invoice, _, _ in open_after(on)}
    numbers = {order.number for order in orders(on)}
    for case in cases:
        assert case.reference in (still_open if case.subject_kind == "invoice" else numbers)
        assert case.detected_on <= case.notified_on < on
        if case.resolution:
            assert case.notified_on < case.resolution.on < on


@pytest.mark.parametrize("on", DAYS)
def test_one_disputed_order_has_no_invoice_until_the_later_file(on: date) -> None:
    disputed = {case.reference for case in disputes(on) if case.subject_kind == "order"}
    billed = {row["order_number"] for row in _rows(invoices_csv(on))}
    (later,) = _rows(late_invoices_csv(on))
    assert disputed - billed == {later["order_number"]}
    assert later["invoice_number"] not in {invoice.number for invoice in invoices(on)}
    assert late_invoice(on).issued_on == on


@pytest.mark.parametrize("on", DAYS)
def test_the_story_names_only_things_that_exist(on: date) -> None:
    numbers = {invoice.number: invoice for invoice in invoices(on)}
    for step in story(on):
        match step:
            case ImportFile():
                assert step.file_name in files(on)
            case RecordPromise() | AgreePlan():
                assert numbers[step.invoice_number].customer.customer_id == step.customer_id
            case _:
                assert step.title
    named = {step.file_name for step in story(on) if isinstance(step, ImportFile)}
    assert named == files(on).keys() - {"README.md", "disputes.csv"}
    assert LATE_INVOICES_FILE in named


@pytest.mark.parametrize("on", MANY_DAYS)
def test_the_story_runs_dunning_once_a_day_forward_in_time_and_leaves_the_last_run_open(on: date) -> None:
    runs = [step for step in story(on) if isinstance(step, RunDunning)]
    days = [run.on for run in runs]
    assert days == sorted(set(days))
    assert [run.approve for run in runs] == [True, True, True, True, False]
    assert days[-1] == on


@pytest.mark.parametrize("on", DAYS)
def test_a_dispute_is_opened_before_it_is_decided_and_a_plan_covers_what_is_open(on: date) -> None:
    opened: set[str] = set()
    for step in story(on):
        if isinstance(step, OpenDispute):
            opened.add(step.dispute.key)
        elif isinstance(step, ResolveDispute):
            assert step.dispute.key in opened
    assert len(opened) == 8
    (plan,) = (step for step in story(on) if isinstance(step, AgreePlan))
    still_open = {invoice.number: amount for invoice, _, amount in open_after(on)}
    assert sum(amount for _, amount in plan.instalments) == still_open[plan.invoice_number]


@pytest.mark.parametrize("on", DAYS)
def test_promises_end_as_the_story_says(on: date) -> None:
    paid: dict[tuple[str, date], int] = defaultdict(int)
    for meaning in intended_payments(on).values():
        for part in meaning.allocations:
            paid[part.invoice_number, meaning.booked_on] += part.amount
    for step in story(on):
        if isinstance(step, RecordPromise):
            assert step.on < step.promised_for
            kept = sum(
                amount
                for (number, day), amount in paid.items()
                if number == step.invoice_number and step.on <= day <= step.promised_for
            )
            ends = "kept" if kept == step.amount else "partly_kept" if kept else "broken"
            assert step.expected == ("open" if step.promised_for >= on else ends)
