"""Cross Industry Invoice, ZUGFeRD 1 and Order-X: what differs from UBL, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from receivables.intake.documents.model import Account, Address, Discount, Instalment, Line, Party
from tests.readers.document_files import (
    CII_INVOICE,
    ORDER_X,
    ZUGFERD_1,
    changed,
    cii_line,
    date_102,
    errors_in,
    invoice_in,
    order_in,
    refusal_of,
    warnings_in,
)


def test_zugferd_1_has_other_names_and_needs_no_payable_amount() -> None:
    invoice = invoice_in(ZUGFERD_1)
    assert (invoice.number, invoice.issued_on, invoice.order_number) == ("Z-1", date(2026, 1, 31), "PO-1")
    assert (invoice.totals.payable, invoice.ties) == (11_900, True)


def test_a_month_is_no_day_of_delivery() -> None:
    invoice = invoice_in(ZUGFERD_1)
    assert invoice.delivered_on is None
    assert warnings_in(invoice) == ["“202601” is no day of delivery; it is left out."]


def test_a_plain_date_and_time_is_read_as_its_day() -> None:
    plain = "<ram:IssueDateTime><udt:DateTime>2026-01-31T23:59:59+02:00</udt:DateTime></ram:IssueDateTime>"
    assert invoice_in(changed(CII_INVOICE, date_102("IssueDateTime", "20260131"), plain)).issued_on == date(2026, 1, 31)


@pytest.mark.parametrize(("code", "owed"), [("381", -100_200), ("261", -100_200), ("384", 100_200), ("389", 100_200)])
def test_the_type_code_alone_says_which_way_the_money_goes(code: str, owed: int) -> None:
    assert invoice_in(changed(CII_INVOICE, ">380<", f">{code}<")).owed == owed


def test_the_extended_profile_gives_instalments_and_discounts() -> None:
    def terms(day: str, amount: str, inside: str = "") -> str:
        part = f"<ram:PartialPaymentAmount>{amount}</ram:PartialPaymentAmount>{inside}"
        return (
            f"<ram:SpecifiedTradePaymentTerms>{date_102('DueDateDateTime', day)}{part}</ram:SpecifiedTradePaymentTerms>"
        )

    discount = f"""<ram:ApplicableTradePaymentDiscountTerms>{date_102("BasisDateTime", "20260214")}
      <ram:BasisPeriodMeasure unitCode="DAY">14</ram:BasisPeriodMeasure><ram:BasisAmount>1000.00</ram:BasisAmount>
      <ram:CalculationPercent>3.00</ram:CalculationPercent><ram:ActualDiscountAmount>30.00</ram:ActualDiscountAmount>
      </ram:ApplicableTradePaymentDiscountTerms>"""
    at = "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    undated = changed(CII_INVOICE, date_102("DueDateDateTime", "20260302"), "")
    both = terms("20260228", "502.00", discount) + terms("20260331", "500.00")
    invoice = invoice_in(changed(undated, at, both + at))
    assert invoice.instalments == (Instalment(date(2026, 2, 28), 50_200), Instalment(date(2026, 3, 31), 50_000))
    assert invoice.discounts[1] == Discount(Decimal("3.00"), 3_000, 14, date(2026, 2, 14), 100_000)


def test_lines_that_only_group_are_not_counted() -> None:
    reason = "</ram:LineID><ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"
    group = cii_line("0", "All of it", "1", "1050.00").replace("</ram:LineID>", reason)
    at = "<ram:ApplicableHeaderTradeAgreement>"
    invoice = invoice_in(changed(CII_INVOICE, at, group + at))
    assert invoice.lines[2] == Line("0", "All of it", "1", 105_000, counts=False)
    assert invoice.problems == ()


def test_an_account_of_its_own_kind_and_a_payer_are_kept() -> None:
    account = changed(
        changed(CII_INVOICE, "<ram:IBANID>DE02120300000000202051<", "<ram:ProprietaryID>12-3456<"),
        "12-3456</ram:IBANID>",
        "12-3456</ram:ProprietaryID>",
    )
    payer = "<ram:PayerTradeParty><ram:Name>Aunt Oy</ram:Name></ram:PayerTradeParty><ram:PayeeTradeParty>"
    invoice = invoice_in(changed(account, "<ram:PayeeTradeParty>", payer))
    assert invoice.means[0].account == Account(number="12-3456", bic="BYLADEM1001", holder="Alpenholz")
    assert (invoice.payer, invoice.iban) == (Party(name="Aunt Oy"), None)


def test_a_difference_is_named() -> None:
    assert errors_in(invoice_in(changed(CII_INVOICE, ">200.00<", ">0.00<"))) == [
        "The payable amount is 1002.00 EUR, but gross 1201.90 EUR + rounding 0.10 EUR is 1202.00 EUR: "
        "a difference of -200.00 EUR."
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (">380<", ">99<", "The type code “99” is no invoice of UNTDID 1001 that we know."),
        (">20260131<", ">20260132<", "IssueDateTime/DateTimeString: “20260132” is not a date of the calendar."),
        ('format="102">20260131', 'format="616">202605', "The date format 616 names no day."),
        (">EUR<", "><", "ApplicableHeaderTradeSettlement/InvoiceCurrencyCode: InvoiceCurrencyCode is missing."),
        (">1002.00<", ">١٠٠٢<", "is not a plain decimal amount"),
        (">1002.00<", ">1002,00<", "is not a plain decimal amount"),
        ("ram:DuePayableAmount", "ram:Due", "DuePayableAmount is missing."),
    ],
)
def test_what_cannot_be_read_exactly_is_refused_by_its_path(old: str, new: str, reason: str) -> None:
    assert reason in refusal_of(changed(CII_INVOICE, old, new))


def test_an_order_x_message_is_an_order() -> None:
    order = order_in(ORDER_X)
    assert (order.number, order.kind, order.order_number) == ("PO-4711", "order", "PO-4711")
    assert (order.issued_on, order.requested_on) == (date(2026, 1, 10), date(2026, 1, 29))
    assert (order.currency, order.total) == ("EUR", 124_950)
    assert order.delivery_address == Address(city="Oulu")


def test_an_order_of_an_unknown_kind_is_refused() -> None:
    assert "neither order, change nor response" in refusal_of(changed(ORDER_X, ">220<", ">380<"))
