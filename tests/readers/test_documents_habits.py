"""E-invoices as programs of many countries write them: wrappers, attachments, signs, types, several of everything."""

import base64
from datetime import date
from decimal import Decimal

import pytest

from receivables.intake.documents.model import InvoiceDocument
from tests.readers.document_files import (
    CII_INVOICE,
    FACTURAE,
    FATTURA,
    INVOIC,
    UBL_INVOICE,
    changed,
    date_102,
    fattura,
    fattura_body,
    fattura_payment,
    interchange,
    read,
)


def invoices(data: bytes, name: str = "x.xml") -> list[InvoiceDocument]:
    found = [document for document in read(data, name) if isinstance(document, InvoiceDocument)]
    assert found
    return found


def only(data: bytes, name: str = "x.xml") -> InvoiceDocument:
    (found,) = invoices(data, name)
    return found


PLAIN = only(UBL_INVOICE)
BODY = UBL_INVOICE.decode().split("\n", 1)[1]
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
FILE = base64.b64encode(b"%PDF-1.7" + bytes(3_000_000)).decode()
"""An attachment of three megabytes."""


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + UBL_INVOICE,
        UBL_INVOICE.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        UBL_INVOICE.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        b"\n  " + UBL_INVOICE,
        UBL_INVOICE.replace(b"?>\n", b"?>\n<?xml-stylesheet type='text/xsl' href='x.xsl'?>\n<!-- ERP 7 -->\n", 1),
        f"<StandardBusinessDocument xmlns='{SBDH}'><StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion>"
        f"</StandardBusinessDocumentHeader>{BODY}</StandardBusinessDocument>".encode(),
    ],
    ids=["BOM", "UTF-16", "Latin-1", "blanks", "stylesheet", "envelope"],
)
def test_what_stands_around_an_invoice_does_not_change_it(data: bytes) -> None:
    assert only(data) == PLAIN


def test_attachments_of_megabytes_are_stepped_over() -> None:
    ubl = (
        "<cac:AdditionalDocumentReference><cbc:ID>a</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject "
        f"mimeCode='application/pdf' filename='a.pdf'>{FILE}</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>"
        "</cac:AdditionalDocumentReference><cac:AccountingSupplierParty>"
    )
    assert only(changed(UBL_INVOICE, "<cac:AccountingSupplierParty>", ubl)) == PLAIN
    cii = (
        "<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>a</ram:IssuerAssignedID><ram:TypeCode>916</ram:TypeCode>"
        f"<ram:AttachmentBinaryObject mimeCode='application/pdf' filename='a.pdf'>{FILE}</ram:AttachmentBinaryObject>"
        "</ram:AdditionalReferencedDocument></ram:ApplicableHeaderTradeAgreement>"
    )
    assert only(changed(CII_INVOICE, "</ram:ApplicableHeaderTradeAgreement>", cii)) == PLAIN
    italian = f"<Allegati><NomeAttachment>a</NomeAttachment><Attachment>{FILE}</Attachment></Allegati>"
    assert invoices(changed(FATTURA, "</FatturaElettronicaBody>", f"{italian}</FatturaElettronicaBody>")) == invoices(
        FATTURA
    )


@pytest.mark.parametrize("data", [UBL_INVOICE, CII_INVOICE], ids=["UBL", "CII"])
@pytest.mark.parametrize(
    ("code", "type_", "owed"),
    [
        ("380", "invoice", 100_200),
        ("381", "credit_note", -100_200),
        ("383", "debit_note", 100_200),
        ("384", "corrected", 100_200),
        ("386", "prepayment", 100_200),
        ("389", "invoice", 100_200),
        ("393", "invoice", 100_200),
        ("261", "credit_note", -100_200),
        ("396", "credit_note", -100_200),
        ("326", "partial", 100_200),
        ("877", "final", 100_200),
    ],
)
def test_the_type_says_which_way_the_money_goes(data: bytes, code: str, type_: str, owed: int) -> None:
    name = "cbc:InvoiceTypeCode" if data is UBL_INVOICE else "ram:TypeCode"
    found = only(changed(data, f"<{name}>380<", f"<{name}>{code}<"))
    assert (found.type, found.owed, found.payee and found.payee.name) == (type_, owed, "Factor AG")


def negated(data: bytes, *amounts: str) -> bytes:
    for amount in amounts:
        data = changed(data, f">{amount}<", f">-{amount}<")
    return data


TOTALS = ("1050.00", "1010.00", "1201.90", "191.90", "1002.00", "200.00", "0.10", "50.00", "10.00", "1000.00")


def test_a_negative_invoice_takes_off_what_a_credit_note_takes_off() -> None:
    negative = only(negated(UBL_INVOICE, *(amount for amount in TOTALS if f">{amount}<".encode() in UBL_INVOICE)))
    credit = only(changed(UBL_INVOICE, "<cbc:InvoiceTypeCode>380<", "<cbc:InvoiceTypeCode>381<"))
    assert (negative.type, negative.ties, negative.owed) == ("invoice", True, credit.owed)


def test_an_invoice_paid_before_asks_for_nothing_and_ties() -> None:
    paid = changed(changed(UBL_INVOICE, ">200.00<", ">1202.00<"), ">1002.00<", ">0.00<")
    found = only(paid)
    assert (found.totals.payable, found.totals.prepaid, found.ties) == (0, 120_200, True)


def test_a_tax_in_the_sellers_own_currency_is_not_added() -> None:
    for data in (UBL_INVOICE, CII_INVOICE):
        assert only(data).totals.tax == 19_190


def test_discounts_in_several_steps_with_a_basis_are_kept() -> None:
    terms = "#SKONTO#TAGE=7#PROZENT=3.00#\n#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=500.00#\n30 days net"
    found = only(changed(UBL_INVOICE, "#SKONTO#TAGE=14#PROZENT=2.25#\n30 days net", terms))
    assert [(each.percent, each.days, each.basis) for each in found.discounts] == [
        (Decimal("3.00"), 7, None), (Decimal("2.25"), 14, 50_000),
    ]  # fmt: skip


def test_several_ways_to_pay_are_all_kept_and_the_first_iban_counts() -> None:
    more = (
        "<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cac:PayeeFinancialAccount>"
        "<cbc:ID>FI2112345600000785</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>"
    )
    found = only(changed(UBL_INVOICE, "</cac:Delivery>", f"</cac:Delivery>{more}"))
    assert [means.code for means in found.means] == ["30", "59"]
    assert found.iban == "FI2112345600000785"


def test_several_due_days_of_cii_are_instalments() -> None:
    more = (
        f"<ram:SpecifiedTradePaymentTerms>{date_102('DueDateDateTime', '20260401')}</ram:SpecifiedTradePaymentTerms>"
        "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    )
    found = only(changed(CII_INVOICE, "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>", more))
    assert [each.due_on for each in found.instalments] == [date(2026, 3, 2), date(2026, 4, 1)]
    assert found.due_on == date(2026, 4, 1)


@pytest.mark.parametrize(
    "rules",
    [
        "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0",
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
        "urn:cen.eu:en16931:2017#conformant#urn:fdc:peppol.eu:2017:poacc:billing:international:aunz:3.0",
        "urn:cen.eu:en16931:2017#conformant#urn:fdc:peppol.eu:2017:poacc:billing:international:sg:3.0",
        "urn:cen.eu:en16931:2017#compliant#urn:efactura.mfinante.ro:CIUS-RO:1.0.1",
        "urn:cen.eu:en16931:2017#compliant#urn:mfin.gov.hr:cius-2025:1.0",
        "urn:peppol:pint:billing-1@jp-1",
        "urn:cen.eu:en16931:2017",
    ],
)
def test_the_rules_of_each_country_read_the_same_totals(rules: str) -> None:
    found = only(changed(UBL_INVOICE, ">urn:cen.eu:en16931:2017<", f">{rules}<"))
    assert (found.customization, found.totals, found.ties) == (rules, PLAIN.totals, True)


@pytest.mark.parametrize(
    "data",
    [
        interchange(("INVOIC", INVOIC)),
        interchange(("INVOIC", INVOIC)).replace(b"D:96A:UN", b"D:01B:UN:EAN010"),
        interchange(("INVOIC", INVOIC), head=""),
        interchange(("INVOIC", INVOIC)).replace(b"\n", b""),
        interchange(("INVOIC", INVOIC)).replace(b"\n", b"\r\n"),
        interchange(("INVOIC", INVOIC)).replace(b"UNOC:3", b"UNOC:4"),
    ],
    ids=["D96A", "D01B", "no UNA", "one line", "CRLF", "syntax 4"],
)
def test_edifact_reads_the_same_however_it_is_laid_out(data: bytes) -> None:
    found = only(data, "x.edi")
    assert (found.number, found.totals.payable, found.due_on) == ("2026-0815", 100_200, date(2026, 3, 2))


def test_several_messages_and_bodies_are_several_invoices() -> None:
    second = [segment.replace("2026-0815", "2026-0816") for segment in INVOIC]
    found = invoices(interchange(("INVOIC", INVOIC), ("INVOIC", second)), "x.edi")
    assert [each.number for each in found] == ["2026-0815", "2026-0816"]
    bodies = [fattura_body(f"{number}/A", fattura_payment("2026-02-28", "122.00")) for number in range(1, 6)]
    assert [each.number for each in invoices(fattura(*bodies))] == ["1/A", "2/A", "3/A", "4/A", "5/A"]


def test_a_signature_inside_facturae_changes_nothing() -> None:
    signature = (
        b"<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:SignedInfo/><ds:SignatureValue>"
        + base64.b64encode(bytes(512))
        + b"</ds:SignatureValue></ds:Signature></fe:Facturae>"
    )
    assert only(FACTURAE.replace(b"</fe:Facturae>", signature)) == only(FACTURAE)
