"""Kinds of paper by every road: debit notes, prepayments and final invoices, cancelled ones, and terms in words."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from commands.system import System
from dunning.run import approve, plan_run
from dunning.tables import Decision, Notice
from intake.service import import_file
from payments.service import Placing, apply_entry
from receivables import service
from receivables.companies import change_company
from receivables.imports import Handed, Imported
from receivables.intake.invoice_rows import Due
from receivables.push import Intake
from receivables.service import add_company
from receivables.store import company_by_code, invoice_by_number, items_of_invoice
from receivables.tables import Posting
from reports.invariants import violations
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, an_invoice_row, money_in, the_item
from tests.readers.document_files import BUYER, CII_INVOICE, SELLER, TERMS, UBL_INVOICE, changed, ubl

Take = Callable[[bytes], Imported]
NUMBER = "2026-0815"
IN_ADVANCE = "2025-0001"


@pytest.fixture
def take(system: System, tmp_path: Path) -> Take:
    """Hands in e-invoices of a company that is their seller, to a customer without payment terms."""

    def stage(work: Work) -> None:
        add_company(
            work, "AH", name="Alpenholz", legal_name="Alpenholz GmbH", country="DE", currency="EUR",
            vat_id="DE 123456789",
        )  # fmt: skip
        a_customer(work, "K-7", name="Borealis Oy", country="FI")

    system.house.write(stage)

    def hand_in(content: bytes) -> Imported:
        path = tmp_path / "invoice.xml"
        path.write_bytes(content)
        return import_file(system.door, Handed("invoices", path, path.name))

    return hand_in


def holds(system: System) -> None:
    keys = {"settings": b"a key for tests only, 32 characters"}
    assert system.house.read(lambda work: list(violations(work.session, keys))) == []


def seen(system: System, number: str = NUMBER) -> dict[str, Any]:
    def read(work: Work) -> dict[str, Any]:
        invoice = invoice_by_number(work.session, number)
        items = items_of_invoice(work.session, invoice.id)
        return {
            "type": invoice.type,
            "paper": invoice.document_type,
            "due": [item.due_on for item in items],
            "open": [item.open for item in items],
            "discount": (invoice.discount_basis_points, invoice.discount_until),
        }

    return system.house.read(read)


@pytest.mark.parametrize(
    ("code", "paper"), [("380", "invoice"), ("383", "debit_note"), ("386", "prepayment"), ("326", "partial")]
)
def test_an_e_invoice_of_any_kind_raises_the_debt_by_what_is_payable(
    system: System, take: Take, code: str, paper: str
) -> None:
    content = changed(UBL_INVOICE, "<cbc:InvoiceTypeCode>380<", f"<cbc:InvoiceTypeCode>{code}<")
    assert take(content).created == 1
    stands = seen(system)
    assert (stands["type"], stands["paper"], stands["open"]) == ("invoice", paper, [100_200])
    holds(system)


def test_a_prepayment_and_the_final_invoice_that_takes_it_off_do_not_count_twice(system: System) -> None:
    """The prepayment invoice of 300 is owed by itself; the final one over 1,000 states it as paid."""

    def push(work: Work) -> Intake:
        a_company(work)
        a_customer(work)
        rows = [
            an_invoice_row("P-1", "ACME", "300.00", TODAY, type="prepayment"),
            an_invoice_row("F-1", "ACME", "1000.00", TODAY, type="final", paid_amount="300.00", related_invoice="P-1"),
            an_invoice_row("D-1", "ACME", "25.00", TODAY, type="debit_note", related_invoice="F-1"),
        ]
        return service.put_invoices(work, a_company(work), rows)

    assert system.house.write(push).count("created") == 3
    assert [seen(system, number)["open"] for number in ("P-1", "F-1", "D-1")] == [[30_000], [70_000], [2_500]]
    assert [seen(system, number)["paper"] for number in ("P-1", "F-1", "D-1")] == ["prepayment", "final", "debit_note"]
    assert [seen(system, number)["type"] for number in ("P-1", "F-1", "D-1")] == ["invoice"] * 3
    holds(system)


def in_advance(payable: str) -> bytes:
    """The prepayment invoice that the sample invoice names, over an amount."""
    amounts = "".join(
        f'<cbc:{name} currencyID="EUR">{payable}</cbc:{name}>'
        for name in ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount")
    )
    return ubl(
        "Invoice",
        f"""<cbc:ID>{IN_ADVANCE}</cbc:ID><cbc:IssueDate>2025-12-01</cbc:IssueDate><cbc:DueDate>2025-12-31</cbc:DueDate>
  <cbc:InvoiceTypeCode>386</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:AccountingSupplierParty>{SELLER}</cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty>{BUYER}</cac:AccountingCustomerParty>
  <cac:LegalMonetaryTotal>{amounts}</cac:LegalMonetaryTotal>""",
    )


def cii(number: str, code: str, prepaid: str, payable: str) -> bytes:
    """The sample invoice of 1,202.00 in CII, under a number, of a kind, with what was prepaid of it."""
    content = changed(
        CII_INVOICE, f"<ram:ID>{NUMBER}</ram:ID><ram:TypeCode>380<", f"<ram:ID>{number}</ram:ID><ram:TypeCode>{code}<"
    )
    was = "<ram:TotalPrepaidAmount>200.00</ram:TotalPrepaidAmount><ram:DuePayableAmount>1002.00<"
    now = f"<ram:TotalPrepaidAmount>{prepaid}</ram:TotalPrepaidAmount><ram:DuePayableAmount>{payable}<"
    return changed(content, was, now)


def test_a_final_e_invoice_takes_off_what_its_prepayment_invoice_came_to(system: System, take: Take) -> None:
    """Whether the advance was paid or not: both invoices together are owed, once."""
    assert take(in_advance("200.00")).created == 1
    final = take(UBL_INVOICE)
    assert (final.created, [each.field for each in final.problems]) == (1, []), final.problems
    assert (seen(system, IN_ADVANCE)["paper"], seen(system, IN_ADVANCE)["open"]) == ("prepayment", [20_000])
    assert (seen(system)["type"], seen(system)["paper"], seen(system)["open"]) == ("invoice", "final", [100_200])
    assert take(UBL_INVOICE + b"<!-- again -->").unchanged == 1
    holds(system)

    def pay(work: Work) -> None:
        both = [Placing(the_item(work, IN_ADVANCE).id, 20_000), Placing(the_item(work, NUMBER).id, 100_200)]
        apply_entry(work, money_in(work, "1202.00"), both)

    system.house.write(pay)
    assert (seen(system, IN_ADVANCE)["open"], seen(system)["open"]) == ([0], [0])
    holds(system)


@pytest.mark.parametrize(
    ("advance", "said"),
    [("300.00", "100.00 EUR are owed twice"), ("150.00", "50.00 EUR were prepaid without an invoice")],
)
def test_a_final_e_invoice_that_takes_off_another_sum_is_booked_with_the_difference_named(
    system: System, take: Take, advance: str, said: str
) -> None:
    take(in_advance(advance))
    final = take(UBL_INVOICE)
    (warning,) = final.problems
    assert (final.created, warning.severity, warning.field) == (1, "warning", "paid_amount")
    assert said in warning.message
    assert f"{IN_ADVANCE} came to {advance} EUR" in warning.message
    assert seen(system)["open"] == [100_200]


def test_a_final_invoice_paid_wholly_in_advance_leaves_nothing_to_pay(system: System, take: Take) -> None:
    assert take(cii(IN_ADVANCE, "386", "0.00", "1202.00")).created == 1
    final = take(cii(NUMBER, "380", "1202.00", "0.00"))
    assert (final.created, [each.field for each in final.problems]) == (1, []), final.problems
    assert (seen(system, IN_ADVANCE)["open"], seen(system)["paper"], seen(system)["open"]) == ([120_200], "final", [0])
    holds(system)


def test_a_final_invoice_that_was_prepaid_too_high_is_held(system: System, take: Take) -> None:
    held = take(cii(NUMBER, "380", "1302.00", "-100.00"))
    assert (held.state, held.created) == ("held", 0)
    assert "More was prepaid (1302.00) than the whole is (1202.00)." in " ".join(each.message for each in held.problems)


def test_an_invoice_that_names_an_ordinary_one_is_no_final_invoice(system: System, take: Take) -> None:
    take(changed(in_advance("200.00"), "<cbc:InvoiceTypeCode>386<", "<cbc:InvoiceTypeCode>380<"))
    assert take(UBL_INVOICE).problems == []
    assert seen(system)["paper"] == "invoice"


def test_a_cancelled_invoice_that_was_reminded_keeps_its_history_and_is_reminded_no_more(system: System) -> None:
    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        an_invoice(work, "F-1")
        approve(work, plan_run(work))

    system.house.write(stage)
    assert system.dispatcher.run().sent == 1
    system.house.write(
        lambda work: service.cancel_invoice(work, invoice_by_number(work.session, "F-1"), "goods never left")
    )

    def look(work: Work) -> None:
        invoice = invoice_by_number(work.session, "F-1")
        assert (invoice.cancel_reason, invoice.amount) == ("goods never left", 10_000)
        assert [item.open for item in items_of_invoice(work.session, invoice.id)] == [0]
        causes = work.session.scalars(select(Posting.cause).where(Posting.cause_id == invoice.id)).all()
        assert sorted(causes) == ["cancelled", "issued"]
        assert work.session.scalars(select(Notice.state)).all() == ["sent"]
        assert work.session.query(Decision).count() > 0

    system.house.read(look)
    later = system.house.write(plan_run, on=date(2026, 12, 21))
    assert system.house.read(lambda work: work.session.merge(later).notices) == 0
    holds(system)


def test_a_cancelled_invoice_whose_letter_waits_is_not_sent(system: System) -> None:
    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        an_invoice(work, "F-1")
        approve(work, plan_run(work))
        service.cancel_invoice(work, invoice_by_number(work.session, "F-1"), "issued twice")

    system.house.write(stage)
    assert system.dispatcher.run().sent == 0
    assert system.house.read(lambda work: work.session.scalars(select(Notice.state)).all()) == ["cancelled"]


# ── terms in words ──────────────────────────────────────────────────────────────────────────────


def without_due_date(terms: str) -> bytes:
    return changed(changed(UBL_INVOICE, "<cbc:DueDate>2026-03-02</cbc:DueDate>", ""), TERMS, terms)


@pytest.mark.parametrize(
    ("terms", "due", "discount"),
    [
        ("30 days net", date(2026, 3, 2), (None, None)),
        ("2/10 net 30", date(2026, 3, 2), (200, date(2026, 2, 10))),
        ("14 Tage 2% Skonto, 30 Tage rein netto", date(2026, 3, 2), (200, date(2026, 2, 14))),
        ("#SKONTO#TAGE=14#PROZENT=2.25#\n30 Tage netto", date(2026, 3, 2), (225, date(2026, 2, 14))),
        ("Zahlbar sofort ohne Abzug", date(2026, 1, 31), (None, None)),
    ],
)
def test_terms_in_words_give_the_due_date_and_discount_a_document_does_not_state(
    system: System, take: Take, terms: str, due: date, discount: tuple[int | None, date | None]
) -> None:
    imported = take(without_due_date(terms))
    assert imported.created == 1, imported.problems
    stands = seen(system)
    assert (stands["due"], stands["discount"]) == ([due], discount)
    (rule,) = [each for each in imported.problems if each.field == "due_on"]
    assert rule.severity == "warning"
    assert str(due) in rule.message


def test_terms_that_are_not_understood_leave_it_to_the_customers(system: System, take: Take) -> None:
    system.house.write(lambda work: a_customer(work, "K-7", name="Borealis Oy", country="FI", payment_terms_days="45"))
    imported = take(without_due_date("30 days end of month"))
    assert imported.created == 1, imported.problems
    assert seen(system)["due"] == [date(2026, 3, 17)]
    assert [each.field for each in imported.problems] == ["terms", "due_on"]
    assert "“30 days end of month” were not understood" in imported.problems[0].message


def test_the_companys_terms_decide_where_the_customer_has_none(system: System, take: Take) -> None:
    system.house.write(
        lambda work: change_company(work, company_by_code(work.session, "AH"), {"payment_terms_days": "10"})
    )
    imported = take(without_due_date("30 days end of month"))
    assert imported.created == 1, imported.problems
    assert seen(system)["due"] == [date(2026, 2, 10)]
    assert "set 10 days after issue by the company's payment terms" in imported.problems[1].message


def test_the_customers_terms_go_before_the_companys_even_when_due_at_once(system: System) -> None:
    def push(work: Work) -> Intake:
        change_company(work, a_company(work), {"payment_terms_days": "10"})
        a_customer(work, payment_terms_days="0")
        row = an_invoice_row("F-1", "ACME", "10.00", TODAY)
        return service.put_invoices(work, a_company(work), [row._replace(dues=(Due(None, 1_000),))])

    assert system.house.write(push).count("created") == 1
    assert seen(system, "F-1")["due"] == [TODAY - timedelta(days=30)]


def test_without_any_terms_the_invoice_is_rejected_and_says_so(system: System, take: Take) -> None:
    imported = take(without_due_date("30 days end of month"))
    assert (imported.created, imported.rejected) == (0, 1)
    assert {each.field for each in imported.problems} == {"terms", "due_on"}


def test_a_stated_due_date_is_believed_whatever_the_terms_say(system: System, take: Take) -> None:
    assert take(changed(UBL_INVOICE, TERMS, "90 days net")).created == 1
    assert seen(system)["due"] == [date(2026, 3, 2)]
