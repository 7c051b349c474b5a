"""UBL: what its elements become, which document is which, and what is refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from receivables.intake.documents.model import (
    Account,
    Address,
    Discount,
    Identifier,
    Instalment,
    InvoiceDocument,
    Line,
    Note,
    Party,
    PaymentMeans,
    Reference,
    RemittanceLine,
    Totals,
)
from tests.readers.document_files import (
    CII_INVOICE,
    TERMS,
    UBL_CREDIT_NOTE,
    UBL_INVOICE,
    UBL_ORDER,
    UBL_ORDER_RESPONSE,
    UBL_REMITTANCE,
    changed,
    errors_in,
    invoice_in,
    order_in,
    refusal_of,
    remittance_in,
    ubl,
    warnings_in,
)

SELLER = Party(
    name="Alpenholz GmbH",
    trading_name="Alpenholz",
    ids=(Identifier("S-1"), Identifier("123/456", "FC")),
    registration=Identifier("HRB 1", "0204"),
    vat_id="DE123456789",
    endpoint=Identifier("4012345000009", "0088"),
    address=Address("Sägeweg 3", ("Tor 2",), "87629", "Füssen", "Bayern", "DE"),
    email="rechnung@alpenholz.example",
)
BUYER = Party(name="Borealis Oy", address=Address(city="Turku", country="FI"))
INVOICE = InvoiceDocument(
    number="2026-0815",
    type="invoice",
    type_code="380",
    issued_on=date(2026, 1, 31),
    due_on=date(2026, 3, 2),
    delivered_on=date(2026, 1, 29),
    currency="EUR",
    totals=Totals(
        payable=100_200,
        line_total=105_000,
        allowances=5_000,
        charges=1_000,
        tax_exclusive=101_000,
        tax=19_190,
        tax_inclusive=120_190,
        prepaid=20_000,
        rounding=10,
    ),
    ties=True,
    seller=SELLER,
    buyer=BUYER,
    payee=Party(name="Factor AG"),
    tax_representative=Party(name="Fiscus BV"),
    payment_reference="RF18539007547034",
    means=(
        PaymentMeans(
            "59",
            Account(iban="DE02120300000000202051", bic="BYLADEM1001", holder="Alpenholz"),
            Account(iban="FI2112345600000785"),
        ),
    ),
    mandate="M-5",
    creditor_id="DE98ZZZ09999999999",
    terms=TERMS,
    discounts=(Discount(percent=Decimal("2.25"), days=14),),
    order_number="PO-4711",
    sales_order_number="SO-1",
    contract_number="C-9",
    delivery_number="L-77",
    buyer_reference="04011000-12",
    preceding=(Reference("2025-0001", date(2025, 12, 1)),),
    notes=(Note("Seat: Füssen", "REG"), Note("Thank you")),
    lines=(Line("1", "Planks", "20", 100_000, order_line="10"), Line("2", "Freight", "1", 5_000)),
    customization="urn:cen.eu:en16931:2017",
    profile="billing",
)


def test_every_field_of_an_invoice_is_read() -> None:
    assert invoice_in(UBL_INVOICE) == INVOICE


def test_the_same_invoice_in_cii_is_the_same_value() -> None:
    assert invoice_in(CII_INVOICE) == INVOICE


def test_an_invoice_knows_what_is_owed_and_where_to_pay() -> None:
    assert (INVOICE.owed, INVOICE.iban, INVOICE.is_held) == (100_200, "DE02120300000000202051", False)
    assert replace(INVOICE, type="credit_note").owed == -100_200


def test_prefixes_of_namespaces_do_not_matter() -> None:
    renamed = UBL_INVOICE.replace(b"cbc:", b"x:").replace(b":cbc=", b":x=").replace(b"cac:", b"y:")
    assert invoice_in(renamed.replace(b":cac=", b":y=")) == INVOICE


def test_a_credit_note_of_ubl_2_0_proves_itself_by_net_and_tax() -> None:
    note = invoice_in(UBL_CREDIT_NOTE)
    assert (note.type, note.type_code, note.currency, note.owed) == ("credit_note", None, "GBP", -10_750)
    assert (note.ties, note.due_on) == (True, date(2026, 2, 15))
    assert note.preceding == (Reference("2026-0815"),)
    assert note.lines == (Line("1", quantity="2"),)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [("381", "credit_note"), ("383", "debit_note"), ("384", "corrected"), ("386", "prepayment"), ("877", "final")],
)
def test_the_type_code_says_more_exactly_than_the_root_what_it_is(code: str, meaning: str) -> None:
    assert invoice_in(changed(UBL_INVOICE, ">380<", f">{code}<")).type == meaning


def test_an_unknown_type_code_is_held_for_a_person() -> None:
    invoice = invoice_in(changed(UBL_INVOICE, ">380<", ">02<"))
    assert (invoice.type, invoice.is_held) == ("invoice", True)
    assert errors_in(invoice) == ["The type code “02” is none we know; what is it?"]


def test_a_credit_note_with_the_code_of_an_invoice_is_held() -> None:
    note = invoice_in(
        changed(
            UBL_CREDIT_NOTE, "</cbc:IssueDate>", "</cbc:IssueDate><cbc:CreditNoteTypeCode>380</cbc:CreditNoteTypeCode>"
        )
    )
    assert (note.type, note.is_held) == ("credit_note", True)


def test_colombian_codes_count_only_under_dian_and_its_allowances_come_after_tax() -> None:
    dian = changed(changed(UBL_INVOICE, ">billing<", ">DIAN 2.1<"), ">380<", ">91<")
    assert invoice_in(dian).type == "credit_note"
    assert errors_in(invoice_in(dian)) == [
        "The payable amount is 1002.00 EUR, but gross 1201.90 EUR − added after tax 40.00 EUR − prepaid 200.00 EUR"
        " + rounding 0.10 EUR is 962.00 EUR: a difference of 40.00 EUR."
    ]
    assert invoice_in(changed(dian, ">1002.00<", ">962.00<")).ties


def test_turkish_types_are_invoices_and_what_the_buyer_keeps_back_is_withheld() -> None:
    rules = changed(UBL_INVOICE, ">urn:cen.eu:en16931:2017<", ">TR1.2<")
    kept = "<cac:WithholdingTaxTotal><cbc:TaxAmount currencyID='EUR'>100.00</cbc:TaxAmount></cac:WithholdingTaxTotal>"
    turkish = changed(
        changed(rules, ">380<", ">TEVKIFAT<"), "<cac:LegalMonetaryTotal>", f"{kept}<cac:LegalMonetaryTotal>"
    )
    assert invoice_in(changed(turkish, ">1002.00<", ">902.00<")).ties
    assert not invoice_in(turkish).ties
    assert "“IADE” is none we know" in errors_in(invoice_in(changed(rules, ">380<", ">IADE<")))[0]


def test_danish_invoices_write_the_tax_where_others_write_the_net() -> None:
    danish = changed(UBL_INVOICE, ">urn:cen.eu:en16931:2017<", ">OIOUBL-2.02<")
    odd = changed(danish, 'TaxExclusiveAmount currencyID="EUR">1010.00<', 'TaxExclusiveAmount currencyID="EUR">191.90<')
    assert invoice_in(odd).ties
    assert warnings_in(invoice_in(odd)) == []


@pytest.mark.parametrize("before", [b"\n", b" \r\n\t"])
def test_blanks_before_the_declaration_do_no_harm(before: bytes) -> None:
    assert invoice_in(before + UBL_INVOICE) == invoice_in(UBL_INVOICE)


def test_utf8_without_its_hyphen_is_utf_8() -> None:
    assert invoice_in(changed(UBL_INVOICE, "UTF-8", "utf8")) == invoice_in(UBL_INVOICE)


def test_a_payable_amount_that_does_not_follow_is_held_with_the_difference_named() -> None:
    invoice = invoice_in(changed(UBL_INVOICE, ">1002.00<", ">1002.01<"))
    assert (invoice.ties, invoice.is_held) == (False, True)
    assert errors_in(invoice) == [
        "The payable amount is 1002.01 EUR, but gross 1201.90 EUR − prepaid 200.00 EUR + rounding 0.10 EUR is "
        "1002.00 EUR: a difference of 0.01 EUR."
    ]


def test_other_sums_that_fail_only_warn() -> None:
    assert warnings_in(invoice_in(changed(UBL_INVOICE, ">1000.00<", ">999.00<"))) == [
        "The file says 1050.00 EUR where the lines make 1049.00 EUR."
    ]
    assert warnings_in(invoice_in(changed(UBL_INVOICE, ">191.90<", ">191.91<"))) == [
        "The file says 1201.90 EUR where net amount and tax make 1201.91 EUR."
    ]
    assert warnings_in(invoice_in(changed(UBL_INVOICE, ">10.00<", ">11.00<"))) == [
        "The file says 1010.00 EUR where the lines less allowances plus charges make 1011.00 EUR."
    ]


def test_without_an_amount_with_tax_nothing_is_proven() -> None:
    bare = (
        "<cbc:ID>1</cbc:ID><cbc:IssueDate>2026-01-31</cbc:IssueDate><cac:LegalMonetaryTotal>{}</cac:LegalMonetaryTotal>"
    )
    invoice = invoice_in(ubl("Invoice", bare.format('<cbc:PayableAmount currencyID="CAD">5</cbc:PayableAmount>')))
    assert (invoice.ties, invoice.currency, invoice.totals.payable, invoice.is_held) == (None, "CAD", 500, False)
    assert warnings_in(invoice) == ["The payable amount cannot be checked: the file gives no amount with tax."]


PART = (
    '<cac:PaymentTerms><cbc:Amount currencyID="EUR">{}</cbc:Amount><cbc:InstallmentDueDate>{}</cbc:InstallmentDueDate>'
)


def in_parts(*parts: tuple[str, str]) -> bytes:
    terms = "".join(PART.format(*part) + "</cac:PaymentTerms>" for part in parts)
    undated = changed(UBL_INVOICE, "<cbc:DueDate>2026-03-02</cbc:DueDate>", "")
    return changed(undated, "<cac:PaymentTerms>", f"{terms}<cac:PaymentTerms>")


def test_instalments_are_kept_and_the_last_day_is_the_due_day() -> None:
    invoice = invoice_in(in_parts(("501.00", "2026-03-31"), ("501.00", "2026-02-28")))
    assert invoice.instalments == (Instalment(date(2026, 2, 28), 50_100), Instalment(date(2026, 3, 31), 50_100))
    assert (invoice.due_on, invoice.problems) == (date(2026, 3, 31), ())


def test_instalments_that_do_not_make_the_payable_amount_warn() -> None:
    warned = warnings_in(invoice_in(in_parts(("501.00", "2026-03-31"), ("500.00", "2026-02-28"))))
    assert warned == ["The instalments make 1001.00 EUR, but 1002.00 EUR is payable."]


def test_one_instalment_is_a_due_day_and_no_instalment() -> None:
    invoice = invoice_in(in_parts(("1002.00", "2026-03-31")))
    assert (invoice.due_on, invoice.instalments) == (date(2026, 3, 31), ())


def test_due_dates_that_differ_are_warned_of() -> None:
    other = "<cac:PaymentMeans><cbc:PaymentDueDate>2026-03-05</cbc:PaymentDueDate>"
    invoice = invoice_in(changed(UBL_INVOICE, "<cac:PaymentMeans>", other))
    assert (invoice.due_on, warnings_in(invoice)) == (date(2026, 3, 2), ["Several due dates: 2026-03-02, 2026-03-05."])


def test_a_structured_discount_is_read() -> None:
    terms = (
        "<cac:PaymentTerms><cbc:SettlementDiscountPercent>2.5</cbc:SettlementDiscountPercent><cac:SettlementPeriod>"
        '<cbc:EndDate>2026-02-14</cbc:EndDate><cbc:DurationMeasure unitCode="DAY">14</cbc:DurationMeasure>'
        "</cac:SettlementPeriod></cac:PaymentTerms><cac:TaxTotal>"
    )
    discounts = invoice_in(changed(UBL_CREDIT_NOTE, "<cac:TaxTotal>", terms)).discounts
    assert discounts == (Discount(percent=Decimal("2.5"), days=14, until=date(2026, 2, 14)),)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<cbc:SettlementDiscountPercent>a lot</cbc:SettlementDiscountPercent>", "“a lot” is not a percentage."),
        (
            "<cbc:SettlementDiscountPercent>2</cbc:SettlementDiscountPercent><cac:SettlementPeriod>"
            "<cbc:DurationMeasure>two</cbc:DurationMeasure></cac:SettlementPeriod>",
            "“two” is not a number of days.",
        ),
    ],
)
def test_a_discount_that_cannot_be_read_is_refused(inside: str, reason: str) -> None:
    terms = f"<cac:PaymentTerms>{inside}</cac:PaymentTerms><cac:TaxTotal>"
    assert reason in refusal_of(changed(UBL_CREDIT_NOTE, "<cac:TaxTotal>", terms))


def test_several_payment_references_are_warned_of() -> None:
    second = "<cac:PaymentMeans><cbc:PaymentID>OTHER</cbc:PaymentID></cac:PaymentMeans><cac:PaymentTerms>"
    invoice = invoice_in(changed(UBL_INVOICE, "<cac:PaymentTerms>", second))
    assert invoice.payment_reference == "RF18539007547034"
    assert warnings_in(invoice) == ["Several payment references are given; “RF18539007547034” is taken."]


def test_an_account_whose_check_digits_fail_is_no_iban() -> None:
    invoice = invoice_in(changed(UBL_INVOICE, "DE02 1203", "DE03 1203"))
    assert invoice.iban is None
    assert invoice.means[0].account == Account(
        number="DE03 1203 0000 0000 2020 51", bic="BYLADEM1001", holder="Alpenholz"
    )


def test_peppol_writes_na_for_no_order_number() -> None:
    assert invoice_in(changed(UBL_INVOICE, ">PO-4711<", ">NA<")).order_number is None


def test_a_comment_inside_an_amount_does_not_cut_it() -> None:
    assert invoice_in(changed(UBL_INVOICE, ">1002.00<", ">1<!-- x -->002.00<")).totals.payable == 100_200


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<cbc:ID>2026-0815</cbc:ID>", "", "/Invoice/ID: ID is missing."),
        ("<cbc:IssueDate>2026-01-31</cbc:IssueDate>", "", "/Invoice/IssueDate: IssueDate is missing."),
        (">2026-01-31<", ">2026-02-30<", "/Invoice/IssueDate: “2026-02-30” is not a date of the calendar."),
        (">2026-01-31<", ">0001-01-01<", "0001-01-01 is no date of business"),
        (">2026-03-02<", ">02.03.2026<", "/Invoice/DueDate: “02.03.2026” is not a date of the calendar."),
        (">EUR<", ">EURO<", "/Invoice/DocumentCurrencyCode: “EURO” is not an ISO 4217 currency code."),
        (">1002.00<", ">NaN<", "/Invoice/LegalMonetaryTotal/PayableAmount: “NaN” is not a plain decimal amount"),
        (">1002.00<", ">1.002e3<", "is not a plain decimal amount"),
        (">1002.00<", ">1_002<", "is not a plain decimal amount"),
        (">1002.00<", ">1002.005<", "has more decimals than EUR allows (2)."),
        (">1002.00<", "><", "/Invoice/LegalMonetaryTotal/PayableAmount: PayableAmount is missing."),
        (">1002.00<", "><x/>1<", "An element stands in PayableAmount, where only text may stand."),
        ('"EUR">1002.00', '"USD">1002.00', "PayableAmount is in USD, but the document is in EUR."),
        ("<cbc:ID>2026-0815</cbc:ID>", "<cbc:ID>1</cbc:ID><cbc:ID>2</cbc:ID>", "ID is given twice, as “1” and as “2”."),
        ("LegalMonetaryTotal>", "Total>", "/Invoice: LegalMonetaryTotal is missing."),
    ],
)
def test_what_cannot_be_read_exactly_is_refused_by_its_path(old: str, new: str, reason: str) -> None:
    assert reason in refusal_of(changed(UBL_INVOICE, old, new))


def test_an_amount_given_twice_and_not_alike_is_refused() -> None:
    twice = '</cbc:PayableAmount><cbc:PayableAmount currencyID="EUR">1.00</cbc:PayableAmount>'
    assert "is given twice, and not alike" in refusal_of(changed(UBL_INVOICE, "</cbc:PayableAmount>", twice))


def test_zeros_beyond_the_minor_unit_are_taken_with_a_warning() -> None:
    invoice = invoice_in(changed(UBL_INVOICE, ">1002.00<", ">1002.0000<"))
    assert invoice.totals.payable == 100_200
    assert warnings_in(invoice) == ["“1002.0000” is written with more decimals than EUR has."]


def test_a_line_finer_than_the_minor_unit_is_left_out_with_a_warning() -> None:
    invoice = invoice_in(changed(UBL_INVOICE, ">50.00</cbc:LineExtensionAmount>", ">50.001</cbc:LineExtensionAmount>"))
    assert [line.net for line in invoice.lines] == [100_000, None]
    assert warnings_in(invoice) == ["“50.001” has more decimals than EUR allows (2). It is left out."]


def test_a_document_of_ubl_we_do_not_read_is_refused_by_its_name() -> None:
    assert "ApplicationResponse is none of the UBL documents we read" in refusal_of(ubl("ApplicationResponse", ""))


def test_an_invoice_of_no_namespace_is_not_ubl() -> None:
    assert "not in a namespace of UBL 2" in refusal_of(b"<Invoice><ID>1</ID></Invoice>")


def test_an_order_is_read() -> None:
    order = order_in(UBL_ORDER)
    assert (order.number, order.kind, order.order_number) == ("PO-4711", "order", "PO-4711")
    assert (order.issued_on, order.requested_on) == (date(2026, 1, 10), date(2026, 1, 29))
    assert (order.currency, order.total, order.contract_number) == ("EUR", 124_950, "C-9")
    assert (order.buyer, order.seller) == (BUYER, SELLER)
    assert order.delivery_address == Address(city="Oulu")
    assert order.lines == (Line("10", "Planks", "20", 105_000),)
    assert (order.notes, order.problems) == ((Note("Please hurry"),), ())


def test_an_answer_names_the_order_it_answers_and_needs_no_currency() -> None:
    answer = order_in(UBL_ORDER_RESPONSE)
    assert (answer.number, answer.kind, answer.order_number) == ("A-1", "order_response", "PO-4711")
    assert (answer.response, answer.currency, answer.total) == ("CA", None, None)


@pytest.mark.parametrize(
    ("root", "kind"), [("OrderChange", "order_change"), ("OrderCancellation", "order_cancellation")]
)
def test_messages_about_an_order_are_told_apart(root: str, kind: str) -> None:
    assert order_in(UBL_ORDER_RESPONSE.replace(b"OrderResponse", root.encode())).kind == kind


def test_a_message_about_no_order_is_refused() -> None:
    assert "/OrderResponse/OrderReference/ID: ID is missing." in refusal_of(
        changed(UBL_ORDER_RESPONSE, ">PO-4711<", "><")
    )


def test_a_remittance_advice_is_read_with_credit_notes_taken_off() -> None:
    advice = remittance_in(UBL_REMITTANCE)
    assert (advice.number, advice.issued_on, advice.pays_on) == ("RA-1", date(2026, 3, 1), date(2026, 3, 2))
    assert (advice.currency, advice.amount, advice.ties) == ("EUR", 95_200, True)
    assert (advice.payer, advice.payee, advice.payment_reference) == (BUYER, SELLER, "PAY-7")
    assert advice.lines == (RemittanceLine("2026-0815", 100_200), RemittanceLine("G-1", -5_000, "credit_note"))


def test_a_remittance_advice_whose_lines_make_another_sum_is_held() -> None:
    advice = remittance_in(changed(UBL_REMITTANCE, ">952.00<", ">953.00<"))
    assert advice.ties is False
    assert errors_in(advice) == ["The lines make 952.00 EUR, but 953.00 EUR is paid."]


def test_a_payment_not_stated_is_the_sum_of_its_lines() -> None:
    unstated = changed(UBL_REMITTANCE, '<cbc:TotalPaymentAmount currencyID="EUR">952.00</cbc:TotalPaymentAmount>', "")
    assert remittance_in(unstated).amount == 95_200


def test_a_payment_may_be_stated_as_debits_and_credits() -> None:
    stated = '<cbc:TotalPaymentAmount currencyID="EUR">952.00</cbc:TotalPaymentAmount>'
    split = stated.replace("Payment", "Debit").replace("952", "1002") + stated.replace("Payment", "Credit").replace(
        "952", "50"
    )
    assert remittance_in(changed(UBL_REMITTANCE, stated, split)).amount == 95_200


def test_a_payment_in_no_currency_or_of_no_amount_is_refused() -> None:
    assert "“EURO” is not an ISO 4217" in refusal_of(
        changed(UBL_REMITTANCE, "<cbc:TotalP", "<cbc:DocumentCurrencyCode>EURO</cbc:DocumentCurrencyCode><cbc:TotalP")
    )
    head = "<cbc:ID>1</cbc:ID><cbc:IssueDate>2026-03-01</cbc:IssueDate>"
    assert "TotalPaymentAmount is missing." in refusal_of(ubl("RemittanceAdvice", head))
    code = "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
    silent = f"{head}{code}<cac:RemittanceAdviceLine><cbc:ID>1</cbc:ID></cac:RemittanceAdviceLine>"
    assert "the lines do not say it either" in refusal_of(ubl("RemittanceAdvice", silent))


def test_a_line_that_names_no_document_is_kept() -> None:
    number = "<cac:InvoiceDocumentReference><cbc:ID>2026-0815</cbc:ID></cac:InvoiceDocumentReference>"
    advice = remittance_in(changed(UBL_REMITTANCE, number, ""))
    assert advice.lines[0] == RemittanceLine(None, 100_200, "other")


def test_a_line_for_two_invoices_tells_no_amounts() -> None:
    second = "<cac:InvoiceDocumentReference><cbc:ID>2026-0816</cbc:ID></cac:InvoiceDocumentReference>"
    end = "</cac:BillingReference></cac:RemittanceAdviceLine>"
    both = f"</cac:BillingReference><cac:BillingReference>{second}{end}"
    advice = remittance_in(changed(UBL_REMITTANCE, end, both))
    assert {line.amount for line in advice.lines} == {None}
    assert advice.ties is None
    assert warnings_in(advice)[0] == "The line names 2 documents and does not tell their amounts apart."
