"""Pushing customers and invoices: what newer news may change, what older news may not, and who hears of it."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from commands.system import System
from credit.tables import Overrun
from disputes import service as disputes
from disputes.service import Contest
from dunning.tables import Pause, Reminder
from intake.service import import_file
from payments import books
from receivables import service, store
from receivables.imports import Handed, Imported
from receivables.intake.rows import Row, stretches
from receivables.push import Intake
from receivables.tables import OpenItem, Posting
from runtime.house import House
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, the_item

INVOICE = {
    "invoice_number": "F-1", "customer_id": "ACME", "issued_on": "2026-09-01", "due_on": "2026-10-01",
    "currency": "EUR", "amount": "100.00",
}  # fmt: skip
ACME = {"customer_id": "ACME", "name": "Acme Ltd", "currency": "EUR"}
Push = Callable[..., Intake]


@pytest.fixture
def push(house: House) -> Push:
    """Pushes one invoice of Acme's, changed as told."""
    house.write(a_company)
    house.write(lambda work: service.push_customer_rows(work, [Row("/customers/0", dict(ACME))]))

    def one(**changes: Any) -> Intake:
        row = Row("/invoices/0", {**INVOICE, **changes})
        return house.write(lambda work: service.push_invoice_rows(work, a_company(work), [row]))

    return one


def _fate(intake: Intake) -> str:
    [(_, fate)] = intake.fates
    return fate


def _seen(house: House, look: Callable[[Work], Any]) -> Any:
    """What was looked up, still readable when the transaction is over."""

    def read(work: Work) -> Any:
        found = look(work)
        work.session.expunge_all()
        return found

    return house.read(read)


def _invoice(house: House, number: str = "F-1") -> Any:
    return _seen(house, lambda work: store.invoice_by_number(work.session, number))


# ── how new the news is ─────────────────────────────────────────────────────────────────────────


def test_an_older_version_never_overwrites_a_newer_one(house: House, push: Push) -> None:
    assert _fate(push(source="ERP", source_version="5", order_number="PO-5")) == "created"
    old = push(source="ERP", source_version="4", order_number="PO-4")
    assert _fate(old) == "unchanged"
    assert "Older than what is known of invoice F-1 (version 5)" in old.problems[0].message
    assert _invoice(house).order_number == "PO-5"
    assert _fate(push(source="ERP", source_version="6", order_number="PO-6")) == "updated"
    assert _invoice(house).order_number == "PO-6"


def test_the_same_content_with_a_newer_version_is_unchanged_but_remembered(house: House, push: Push) -> None:
    push(source_version="1")
    assert _fate(push(source_version="3")) == "unchanged"
    assert _invoice(house).source_version == 3
    assert _fate(push(source_version="2", order_number="PO-2")) == "unchanged"
    assert _invoice(house).order_number == ""


def test_the_clock_decides_where_there_is_no_counter(house: House, push: Push) -> None:
    push(updated_at="2026-10-02T10:00:00Z", order_number="PO-2")
    assert _fate(push(updated_at="2026-10-02T11:59:59+02:00", order_number="PO-1")) == "unchanged"
    assert _fate(push(updated_at="2026-10-02T10:00:01Z", order_number="PO-3")) == "updated"
    assert _invoice(house).order_number == "PO-3"


def test_a_number_of_another_source_is_refused(house: House, push: Push) -> None:
    push(source="ERP")
    refused = push(source="SHOP", order_number="PO-9")
    assert _fate(refused) == "rejected"
    assert (refused.problems[0].field, "comes from “ERP”" in refused.problems[0].message) == ("source", True)


def test_an_instant_without_its_offset_is_refused(push: Push) -> None:
    refused = push(updated_at="2026-10-02T10:00:00")
    assert (_fate(refused), refused.problems[0].field) == ("rejected", "updated_at")


def test_older_news_of_a_customer_changes_nothing(house: House, push: Push) -> None:
    def put(**changes: Any) -> Intake:
        return house.write(lambda work: service.push_customer_rows(work, [Row("/customers/0", {**ACME, **changes})]))

    assert _fate(put(name="Acme SA", source="CRM", source_version=7)) == "updated"
    assert _fate(put(name="Acme Old", source="CRM", source_version=6)) == "unchanged"
    assert _fate(put(name="Acme Shop", source="SHOP")) == "rejected"
    assert _seen(house, lambda work: store.customer_by_external_id(work.session, "ACME")).name == "Acme SA"


# ── what a push may say ─────────────────────────────────────────────────────────────────────────


def test_who_pays_owes_and_who_bought_is_remembered(house: House, push: Push) -> None:
    house.write(lambda work: a_customer(work, "HEAD"))
    assert _fate(push(payer_id="HEAD", order_number="PO-7")) == "created"

    def look(work: Work) -> tuple[str, str | None]:
        invoice = store.invoice_by_number(work.session, "F-1")
        names = store.external_ids(work.session, {invoice.customer_id, invoice.buyer_id or invoice.customer_id})
        return names[invoice.customer_id], names.get(invoice.buyer_id) if invoice.buyer_id else None

    assert house.read(look) == ("HEAD", "ACME")
    assert _fate(push(payer_id="HEAD", order_number="PO-7")) == "unchanged"
    assert _fate(push(order_number="PO-8")) == "rejected"
    assert push(invoice_number="F-2", payer_id="NOBODY").problems[0].field == "payer_id"


def test_a_dispute_on_the_buyers_order_pauses_what_somebody_else_pays(house: House, push: Push) -> None:
    house.write(lambda work: a_customer(work, "HEAD"))
    push(order_number="PO-7")
    house.write(lambda work: _dispute(work, "PO-7"))
    push(invoice_number="F-2", payer_id="HEAD", order_number="PO-7")
    paused = _seen(house, lambda work: {row.open_item_id for row in work.session.query(Pause)})
    items = _seen(house, lambda work: {the_item(work, number).id for number in ("F-1", "F-2")})
    assert paused == items


def _dispute(work: Work, order: str) -> None:
    contest = Contest("order", order, "quality", TODAY, TODAY)
    disputes.open_dispute(work, a_company(work), contest)


@pytest.mark.parametrize(
    ("paper", "side"),
    [("debit_note", "invoice"), ("prepayment", "invoice"), ("final", "invoice"), ("credit_note",) * 2],
)
def test_every_kind_of_paper_has_its_side(house: House, push: Push, paper: str, side: str) -> None:
    assert _fate(push(type=paper)) == "created"
    assert (_invoice(house).type, _invoice(house).document_type) == (side, paper)


@pytest.mark.parametrize("reference", ["RF18539007547035", "210000000003139471430009018", "+++090/9337/55494+++"])
def test_a_reference_with_a_wrong_check_digit_is_taken_with_a_warning(push: Push, reference: str) -> None:
    intake = push(payment_reference=reference)
    assert _fate(intake) == "created"
    assert [(each.severity, each.field) for each in intake.problems] == [("warning", "payment_reference")]


def test_customers_have_accounts_and_contacts(house: House, push: Push) -> None:
    main, second = "DE02120300000000202051", "DE02500105170137075030"
    contact = {"purpose": "legal", "name": "Law", "email": "law@acme.example", "language": "en"}
    row = {**ACME, "ibans": [main, second], "contacts": [contact], "time_zone": "Europe/Madrid", "group": "ACME GROUP"}

    def put(**changes: Any) -> Intake:
        return house.write(lambda work: service.push_customer_rows(work, [Row("/customers/0", {**row, **changes})]))

    assert [_fate(put()), _fate(put())] == ["updated", "unchanged"]
    payers = _seen(house, lambda work: books.payers(work.session, [main, second]))
    customer = _seen(house, lambda work: store.customer_by_external_id(work.session, "ACME"))
    assert {account: [payer.customer_id for payer in found] for account, found in payers.items()} == {
        main: [customer.id], second: [customer.id],
    }  # fmt: skip
    contacts = _seen(house, lambda work: store.contacts_of_customer(work.session, customer.id, "legal"))
    assert [each.email for each in contacts] == ["law@acme.example"]
    assert _fate(put(ibans=[main])) == "updated"
    refused = put(ibans=["DE00"], contacts=[{"purpose": "sales"}], time_zone="Mars/Olympus")
    assert {problem.field for problem in refused.problems} == {"iban", "purpose", "time_zone"}


# ── going on where another system stopped ───────────────────────────────────────────────────────


def test_a_level_reached_elsewhere_is_where_reminding_goes_on(system: System, push: Push) -> None:
    system.migrate()
    assert _fate(push(dunning_level="2", dunned_on="2026-11-01")) == "created"
    assert _fate(push(invoice_number="F-2", dunning_level="0")) == "created"
    warned = push(invoice_number="F-3", dunning_level="1")
    assert [problem.field for problem in warned.problems] == ["dunned_on"]
    found = _seen(system.house, lambda work: work.session.query(Reminder).order_by(Reminder.level.desc()).all())
    assert [(each.level, each.last_sent_on) for each in found] == [(2, date(2026, 11, 1)), (1, TODAY)]
    assert _fate(push(invoice_number="F-4", type="credit_note", dunning_level="1")) == "rejected"


# ── files ───────────────────────────────────────────────────────────────────────────────────────


def _import(system: System, path: Path, content: bytes) -> Imported:
    path.write_bytes(content)
    return import_file(system.door, Handed("invoices", path, path.name))


def test_a_large_file_gives_the_book_and_the_news_that_single_pushes_give(
    system: System, push: Push, tmp_path: Path
) -> None:
    house = system.house
    limited = Row("", {**ACME, "credit_limit": "500.00"})
    house.write(lambda work: service.push_customer_rows(work, [limited]))
    push(invoice_number="N-0", order_number="PO-7")
    house.write(lambda work: _dispute(work, "PO-7"))
    lines = [
        "invoice_number,customer_id,type,issued_on,due_on,currency,amount,paid_amount,order_number,related_invoice"
    ]
    lines += [f"N-{n},ACME,invoice,2026-09-01,2026-10-01,EUR,10.00,,PO-{n % 100}," for n in range(1, 3_000)]
    lines += ["G-1,ACME,credit_note,2026-09-02,,EUR,4.00,,,N-5", "N-9000,NOBODY,,2026-09-01,2026-10-01,EUR,1.00,,,"]
    lines += ["N-9001,ACME,,2026-09-01,2026-08-01,EUR,1.00,,,"]
    imported = _import(system, tmp_path / "large.csv", "\n".join(lines).encode())
    assert (imported.created, imported.rejected) == (3_000, 2)
    assert {(each.where, each.field, each.file) for each in imported.problems} == {
        ("line 3002", "customer_id", "large.csv"), ("line 3003", "due_on", "large.csv"),
    }  # fmt: skip
    paused = _seen(house, lambda work: work.session.query(Pause).count())
    assert paused == 1 + 30, "every item that names the disputed order is paused"
    assert _seen(house, lambda work: the_item(work, "N-5")).open == 600, "the credit note settled the invoice it names"
    overrun = _seen(house, lambda work: work.session.query(Overrun).one())
    assert overrun.exposure == 10_000 + 2_999 * 1_000 - 400
    again = _import(system, tmp_path / "again.csv", "\n".join(lines).encode())
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3_000)
    postings = _seen(house, lambda work: work.session.query(Posting).filter_by(cause="issued").count())
    assert postings == _seen(house, lambda work: work.session.query(OpenItem).count())


def test_instalments_stay_together_where_a_file_is_cut_into_parts() -> None:
    rows = [Row(f"line {n}", {"invoice_number": number}) for n, number in enumerate("AABBBBC")]
    assert [len(part) for part in stretches(rows, 3, "invoice_number")] == [6, 1]
    assert [len(part) for part in stretches(rows, 3)] == [3, 3, 1]


def test_a_workbook_of_invoices_is_read_like_any_other_rows(system: System, push: Push, tmp_path: Path) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Invoices")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["invoice_number", "customer_id", "issued_on", "due_on", "currency", "amount"])
        sheet.write_row(1, 0, ["X-1", "ACME"])
        sheet.write_datetime(1, 2, _at(2026, 9, 1), day)
        sheet.write_datetime(1, 3, _at(2026, 10, 1), day)
        sheet.write_row(1, 4, ["EUR", 1234.5])
        sheet.write_row(2, 0, ["X-2", "ACME", "soon", "", "EUR", "1.00"])
    imported = _import(system, tmp_path / "book.xlsx", content.getvalue())
    assert (imported.created, imported.rejected) == (1, 1), imported.problems
    assert [(each.where, each.field) for each in imported.problems] == [("sheet Invoices, row 3", "issued_on")]
    assert _invoice(system.house, "X-1").amount == 123_450


def _at(year: int, month: int, day: int) -> Any:
    from datetime import datetime

    return datetime(year, month, day)  # noqa: DTZ001 - a workbook knows no zones


def test_a_cancelled_invoice_leaves_its_trail_and_its_number_is_not_used_again(house: House, push: Push) -> None:
    push()
    house.write(lambda work: service.cancel_invoice(work, store.invoice_by_number(work.session, "F-1"), "wrong price"))
    refused = push(amount="90.00")
    assert _fate(refused) == "rejected"
    assert "was cancelled" in refused.problems[0].message
    invoice = _invoice(house)
    assert (invoice.cancel_reason, invoice.amount) == ("wrong price", 10_000)
    causes = _seen(house, lambda work: {each.cause for each in work.session.query(Posting)})
    assert causes == {"issued", "cancelled"}
