"""FatturaPA with its signatures, Facturae, and the envelopes of Peppol and DIAN."""

from datetime import date

import pytest

from receivables.intake.documents.model import (
    Account,
    Address,
    Discount,
    Identifier,
    Instalment,
    InvoiceDocument,
    Party,
    Reference,
)
from tests.readers.document_files import (
    CII_INVOICE,
    DATA,
    FACTURAE,
    FATTURA,
    SIGNED_DATA,
    SIMPLIFIED,
    UBL_INVOICE,
    armoured,
    changed,
    der,
    endless,
    errors_in,
    fattura,
    fattura_body,
    fattura_payment,
    invoice_in,
    read,
    refusal_of,
    signed,
    signed_in_pieces,
    ubl,
    warnings_in,
)

# FatturaPA


def test_one_file_holds_several_invoices() -> None:
    first, second = read(FATTURA)
    assert isinstance(first, InvoiceDocument)
    assert isinstance(second, InvoiceDocument)
    assert [(each.number, each.type, each.owed, each.ties) for each in (first, second)] == [
        ("7/A", "invoice", 12_200, True),
        ("8/A", "credit_note", -12_200, True),
    ]
    assert first.instalments == (Instalment(date(2026, 2, 28), 6_100), Instalment(date(2026, 3, 31), 6_100))
    assert (first.due_on, second.due_on) == (date(2026, 3, 31), date(2026, 2, 28))
    assert (first.iban, first.order_number) == ("IT60X0542811101000000123456", "PO-9")


def test_parties_are_read_with_their_tax_numbers_and_address() -> None:
    invoice = invoice_in(fattura(fattura_body("1", fattura_payment("2026-02-28", "122.00"))))
    assert invoice.seller == Party(name="Legno Srl", vat_id="IT01234567890")
    assert invoice.buyer == Party(
        name="Maria Rossa",
        ids=(Identifier("RSSMRA80A01H501U", "CodiceFiscale"),),
        endpoint=Identifier("ABC1234", "CodiceDestinatario"),
        address=Address("Via Roma 1", (), "00100", "Roma", "RM", "IT"),
    )


def one(payments: str, more: str = "") -> InvoiceDocument:
    return invoice_in(fattura(fattura_body("1", payments, more)))


WITHHOLDING = "<DatiRitenuta><ImportoRitenuta>20.00</ImportoRitenuta></DatiRitenuta>"


def test_income_tax_withheld_comes_off_the_payment() -> None:
    invoice = one(fattura_payment("2026-02-28", "102.00"), WITHHOLDING)
    assert (invoice.totals.withheld, invoice.totals.payable, invoice.ties) == (2_000, 10_200, True)


def test_a_payment_that_forgets_the_withholding_is_held() -> None:
    assert errors_in(one(fattura_payment("2026-02-28", "122.00"), WITHHOLDING)) == [
        "The payable amount is 122.00 EUR, but gross 122.00 EUR − withheld 20.00 EUR is 102.00 EUR: "
        "a difference of 20.00 EUR."
    ]


def test_under_split_payment_the_buyer_pays_the_vat_to_the_state() -> None:
    split = changed(
        fattura(fattura_body("1", fattura_payment("2026-02-28", "100.00"))),
        "</Imposta>",
        "</Imposta><EsigibilitaIVA>S</EsigibilitaIVA>",
    )
    assert (invoice_in(split).totals.payable, invoice_in(split).ties) == (10_000, True)


def test_without_payments_the_total_less_what_is_withheld_is_payable() -> None:
    assert one("", WITHHOLDING).totals.payable == 10_200


def test_without_a_total_it_is_the_sum_of_the_summary() -> None:
    silent = changed(fattura(fattura_body("1", "")), "<ImportoTotaleDocumento>122.00</ImportoTotaleDocumento>", "")
    assert invoice_in(silent).totals.payable == 12_200
    empty = changed(silent, "<ImponibileImporto>100.00</ImponibileImporto>", "")
    assert "neither a total" in refusal_of(empty)


def test_a_discount_for_paying_early_and_linked_invoices_are_read() -> None:
    discount = (
        "<ScontoPagamentoAnticipato>2.00</ScontoPagamentoAnticipato>"
        "<DataLimitePagamentoAnticipato>2026-02-10</DataLimitePagamentoAnticipato></DettaglioPagamento>"
    )
    linked = (
        "<DatiFattureCollegate><IdDocumento>6/A</IdDocumento><Data>2025-12-31</Data></DatiFattureCollegate>"
        "<DatiOrdineAcquisto>"
    )
    data = fattura(fattura_body("1", fattura_payment("2026-02-28", "122.00")))
    invoice = invoice_in(changed(changed(data, "</DettaglioPagamento>", discount), "<DatiOrdineAcquisto>", linked))
    assert invoice.discounts == (Discount(amount=200, until=date(2026, 2, 10)),)
    assert invoice.preceding == (Reference("6/A", date(2025, 12, 31)),)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("TD01", "TD99", "“TD99” is no TipoDocumento that we know."),
        (">EUR<", ">EVR<", "/FatturaElettronica/FatturaElettronicaBody[1]/DatiGenerali/DatiGeneraliDocumento/Divisa"),
        (">61.00<", ">61,00<", "DettaglioPagamento[1]/ImportoPagamento: “61,00” is not a plain decimal amount"),
        ("FatturaElettronicaBody", "Body", "FatturaElettronicaBody is missing."),
        ("p:FatturaElettronica", "p:FatturaElettronicaSemplificata", "The amount (Importo) is missing."),
    ],
)
def test_a_fattura_that_cannot_be_read_exactly_is_refused(old: str, new: str, reason: str) -> None:
    assert reason in refusal_of(changed(FATTURA, old, new))


def test_payments_that_each_ask_for_all_of_it_are_ways_to_pay() -> None:
    both = fattura_payment("2026-02-28", "122.00") + fattura_payment("2026-03-31", "122.00")
    invoice = invoice_in(fattura(fattura_body("1", both)))
    assert (invoice.totals.payable, invoice.ties) == (12_200, True)
    unlike = fattura_payment("2026-02-28", "122.00") + fattura_payment("2026-03-31", "121.00")
    assert not invoice_in(fattura(fattura_body("1", unlike))).ties


def test_a_term_in_days_gives_the_due_day() -> None:
    term = "<DataRiferimentoTerminiPagamento>2026-01-31</DataRiferimentoTerminiPagamento>"
    days = "<GiorniTerminiPagamento>30</GiorniTerminiPagamento>"
    data = fattura(fattura_body("1", fattura_payment("2026-02-28", "122.00")))
    stated = "<DataScadenzaPagamento>2026-02-28</DataScadenzaPagamento>"
    assert invoice_in(changed(data, stated, term + days)).due_on == date(2026, 3, 2)
    assert invoice_in(changed(data, stated, days)).due_on is None


def test_a_simplified_invoice_is_payable_with_its_tax_inside() -> None:
    invoice = invoice_in(SIMPLIFIED)
    assert (invoice.number, invoice.type, invoice.totals.payable, invoice.totals.tax) == ("9", "invoice", 12_350, 2_200)
    assert invoice.seller == Party(
        "Legno Srl", vat_id="IT01234567890", address=Address(street="Via Roma 1", city="Roma", country="IT")
    )
    assert invoice.buyer
    assert (invoice.buyer.name, invoice.buyer.ids) == (
        "Maria Rossa", (Identifier("RSSMRA80A01H501U", "CodiceFiscale"),),
    )  # fmt: skip
    assert invoice_in(changed(SIMPLIFIED, "<Imposta>0.00</Imposta>", "")).totals.tax is None


def test_a_simplified_credit_note_names_what_it_corrects() -> None:
    linked = "<DatiFatturaRettificata><NumeroFR>8</NumeroFR><DataFR>2026-01-01</DataFR></DatiFatturaRettificata>"
    note = changed(changed(SIMPLIFIED, "TD07", "TD08"), "</DatiGenerali>", f"{linked}</DatiGenerali>")
    invoice = invoice_in(note)
    assert (invoice.type, invoice.preceding) == ("credit_note", (Reference("8", date(2026, 1, 1)),))
    assert "“TD99” is no TipoDocumento" in refusal_of(changed(SIMPLIFIED, "TD07", "TD99"))


@pytest.mark.parametrize(
    "envelope",
    [
        signed(FATTURA),
        signed_in_pieces(FATTURA),
        armoured(signed(FATTURA)),
        signed(signed_in_pieces(FATTURA)),
        signed(armoured(signed(FATTURA))),
        signed(FATTURA) + b"\n",
    ],
    ids=["DER", "BER in pieces", "Base64", "twice", "Base64 inside", "with a line end"],
)
def test_a_signed_file_is_read_like_the_file(envelope: bytes) -> None:
    assert read(envelope, "IT01234567890_00001.xml.p7m") == read(FATTURA)


def test_every_cut_of_a_signed_file_is_refused() -> None:
    for envelope in (signed(FATTURA), signed_in_pieces(FATTURA)):
        for length in range(0, len(envelope), 3):
            assert refusal_of(envelope[:length])


@pytest.mark.parametrize(
    "envelope",
    [
        signed(signed(signed(signed(FATTURA)))),
        signed(UBL_INVOICE),
        signed(b"plain text"),
        der(0x30, SIGNED_DATA, der(0xA0, der(0x30, der(0x02, b"\x01"), der(0x31), der(0x30, DATA)))),
        der(0x30, SIGNED_DATA, der(0xA0, der(0x30, der(0x30, DATA, der(0xA0, der(0x02, b"\x01")))))),
        der(0x30, SIGNED_DATA, der(0xA0, b"\x30\x84\xff\xff\xff\xff")),
        der(0x30, SIGNED_DATA, der(0xA0, b"\x30\xff" + b"\xff" * 200)),
        der(0x30, SIGNED_DATA),
        der(0x30, SIGNED_DATA, b"\xa0\x80" + b"\x30\x80" * 5_000),
        der(0x30, SIGNED_DATA, endless(0xA0, b"\x05\x00" * 500_000)),
        armoured(signed(FATTURA))[:-40] + b"!" * 40,
    ],
)
def test_a_damaged_or_empty_signature_is_refused(envelope: bytes) -> None:
    assert refusal_of(envelope)


# Facturae


def test_a_facturae_is_read() -> None:
    invoice = invoice_in(FACTURAE)
    assert (invoice.number, invoice.series, invoice.type, invoice.currency) == ("17", "A", "invoice", "EUR")
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 1, 31), date(2026, 3, 2))
    assert invoice.seller == Party(
        name="Maderas SL", vat_id="ESB12345674", address=Address("Calle 1", (), "28001", "Madrid", "Madrid", "ES")
    )
    assert invoice.buyer == Party(name="Ana Prueba")
    assert invoice.means[0].account == Account(iban="ES9121000418450200051332")
    assert (invoice.order_number, invoice.lines[0].net) == ("PO-3", 100_000)


def test_what_is_withheld_prepaid_and_added_leads_to_the_executable_amount() -> None:
    totals = invoice_in(FACTURAE).totals
    assert (totals.tax_inclusive, totals.withheld, totals.prepaid, totals.after_tax) == (121_000, 20_000, 11_000, 500)
    assert (totals.payable, invoice_in(FACTURAE).ties) == (90_500, True)
    assert errors_in(invoice_in(changed(FACTURAE, "905.00</TotalExec", "906.00</TotalExec"))) == [
        "The payable amount is 906.00 EUR, but gross 1210.00 EUR + added after tax 5.00 EUR − withheld 200.00 EUR "
        "− prepaid 110.00 EUR is 905.00 EUR: a difference of 1.00 EUR."
    ]


def test_an_invoice_total_that_is_not_its_parts_is_warned_of() -> None:
    assert warnings_in(invoice_in(changed(FACTURAE, ">1060.00<", ">1210.00<"))) == [
        "InvoiceTotal is 1210.00 EUR, but what it is made of gives 1060.00 EUR.",
        "“1000.00000000” is written with more decimals than EUR has.",
    ]


def test_a_corrective_invoice_names_the_one_it_corrects() -> None:
    corrective = "<InvoiceClass>OR</InvoiceClass><Corrective><InvoiceNumber>16</InvoiceNumber></Corrective>"
    invoice = invoice_in(changed(FACTURAE, "<InvoiceClass>OO</InvoiceClass>", corrective))
    assert (invoice.type, invoice.preceding) == ("corrected", (Reference("16"),))
    assert "no InvoiceClass of Facturae" in refusal_of(changed(FACTURAE, ">OO<", ">XX<"))


def test_a_claim_assigned_to_a_factor_is_paid_to_the_factor() -> None:
    factor = (
        "<FileHeader><FactoringAssignmentData><Assignee><LegalEntity><CorporateName>Factor SA</CorporateName>"
        "</LegalEntity></Assignee><PaymentDetails><Installment><AccountToBeCredited>"
        "<IBAN>ES7921000813610123456789</IBAN></AccountToBeCredited></Installment></PaymentDetails>"
        "</FactoringAssignmentData>"
    )
    invoice = invoice_in(changed(FACTURAE, "<FileHeader>", factor))
    assert (invoice.payee, invoice.iban) == (Party(name="Factor SA"), "ES7921000813610123456789")


def test_a_facturae_without_invoices_is_refused() -> None:
    assert "There is no invoice in the file" in refusal_of(b"<Facturae><Invoices/></Facturae>")


# Envelopes

SBDH = b"""<StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">
<StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion></StandardBusinessDocumentHeader>%s
</StandardBusinessDocument>"""


def without_declaration(data: bytes) -> bytes:
    return data.partition(b"?>")[2]


@pytest.mark.parametrize("inside", [UBL_INVOICE, CII_INVOICE])
def test_a_standard_business_document_is_the_document_in_it(inside: bytes) -> None:
    assert invoice_in(SBDH % without_declaration(inside)) == invoice_in(inside)


def test_two_documents_in_one_envelope_are_refused() -> None:
    twice = without_declaration(UBL_INVOICE) * 2
    assert "There are 2 documents in the envelope" in refusal_of(SBDH % twice)
    assert "There are 0 documents in the envelope" in refusal_of(SBDH % b"")


def attached(text: str) -> bytes:
    inside = f"<cac:ExternalReference><cbc:Description><![CDATA[{text}]]></cbc:Description></cac:ExternalReference>"
    return ubl("AttachedDocument", f"<cac:Attachment>{inside}</cac:Attachment>")


def test_an_attached_document_is_the_document_written_in_it_whatever_its_declaration_says() -> None:
    for encoding in ("UTF-8", "ISO-8859-1"):
        text = UBL_INVOICE.decode().replace("UTF-8", encoding)
        assert invoice_in(attached(text)) == invoice_in(UBL_INVOICE)


def test_what_is_attached_is_read_with_the_same_care() -> None:
    assert "There is no document in the envelope" in refusal_of(attached(""))
    assert "DOCTYPE" in refusal_of(attached("<!DOCTYPE Invoice><Invoice/>"))
    assert "not well-formed" in refusal_of(attached("no XML"))
