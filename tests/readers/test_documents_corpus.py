"""Every invoice, order and remittance file of the corpus, compared with an independent reading of it.

The corpus lies beside the project and is not part of it: without it these tests are skipped.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.money import parse_minor
from receivables.intake.documents.model import (
    Document,
    InvoiceDocument,
    OrderDocument,
    Party,
    RemittanceDocument,
    Unreadable,
)
from receivables.intake.documents.registry import READERS, documents_in

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus"
FOLDERS = ("5_invoices/", "8_remittance/")

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here: ../shared/corpus is absent")

BLANK = "a PDF without embedded invoice"
RESPONSE = "an answer to an invoice, which is neither invoice nor order"
ISO_20625 = "INVOIC as XML of ISO 20625, which nobody sends"
DRAFT = "a draft of ZUGFeRD from before version 1, with names of its own"
NOT_READ: dict[str, str] = {
    **{f"5_invoices/edifact/cen/EDIFACT_EXAMPLE{number}.xml": ISO_20625 for number in (1, 3, 5, 7)},
    **{
        f"5_invoices/invoice-response/poacc/{name}.xml": RESPONSE
        for name in (
            "InvoiceResponse_Example",
            "MessageLevelResponse_Example",
            "T111-uc001-Invoice_in_process",
            "T111-uc002a-Additional_reference_data",
            "T111-uc002b-In_process_but_postponed",
            "T111-uc003-Invoice_is_accepted",
        )
    },
    **{
        f"5_invoices/mustang/lib/MustangGnuaccountingBeispielRE-{name}.pdf": BLANK
        for name in (
            "20170509_505PDF14",
            "20170509_505PDFA3",
            "20170509_505blanko",
            "20171118_506blanko",
            "20190610_507blanko",
            "20201121_508blanko",
            "20201121_508blankoA3",
        )
    },
    **{
        f"5_invoices/zugferd-corpus/v1-pdf/correct__Mustangproject__MustangGnuaccountingBeispielRE-{name}.pdf": DRAFT
        for name in ("20140519_499", "20140522_501")
    },
    "5_invoices/zugferd-corpus/v1-pdf/correct__Mustangproject__MustangGnuaccountingBeispielRE-20151008_504.pdf": (
        "InvoiceCurrencyCode is empty, and no amount names a currency"
    ),
    "5_invoices/ubl-other/ph-ubl/order__CENBII-Order-maximal.xml": "an order in EUR whose total is in AED",
    "5_invoices/ubl-other/ph-ubl/order__CENBII-Order-minimal.xml": "an order without a number",
    "5_invoices/facturae/xsd/facturaev3_2_2.xsd": "a schema",
    **{f"5_invoices/facturae/gobl/invoice-vat{name}.json": "JSON" for name in ("", "-irpf", "-provider")},
}
"""What is refused, and why rightly."""


def truth() -> dict[str, Any]:
    said = json.loads((CORPUS / "truth.json").read_text("utf-8")) if CORPUS.exists() else {"files": {}, "twins": []}
    files = {name: each["derived"] for name, each in said["files"].items() if name.startswith(FOLDERS)}
    return {"files": files, "twins": said["twins"]}


SAID = truth()
HERE = sorted(
    path.relative_to(CORPUS).as_posix() for folder in FOLDERS for path in (CORPUS / folder).rglob("*") if path.is_file()
)
READ = [name for name in HERE if name not in NOT_READ]


def documents_of(name: str) -> tuple[Document, ...]:
    return documents_in(io.BytesIO((CORPUS / name).read_bytes()), name)


def said_of(name: str) -> dict[str, Any]:
    said: dict[str, Any] = SAID["files"][name]
    return said["embedded"] if said["kind"] == "pdf" else said


def of_kind(*kinds: str, roots: tuple[str | None, ...] | None = None) -> list[str]:
    found = ((name, said_of(name)) for name in READ)
    return [name for name, said in found if said["kind"] in kinds and (roots is None or said.get("root") in roots)]


INVOICES = of_kind("ubl", "cii", "CrossIndustryDocument", roots=("Invoice", "CreditNote", "FreightInvoice", None))
ORDERS = of_kind("ubl", roots=("Order", "OrderChange", "OrderCancellation", "OrderResponse"))


def invoice_of(name: str) -> InvoiceDocument:
    (document,) = documents_of(name)
    assert isinstance(document, InvoiceDocument)
    return document


@pytest.mark.parametrize("name", NOT_READ)
def test_what_is_no_invoice_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        documents_of(name)
    assert refused.value.problems[0].message


@pytest.mark.parametrize("name", READ)
def test_exactly_one_reader_recognises_each_file(name: str) -> None:
    head = (CORPUS / name).read_bytes()[:65_536]
    assert len([reader for reader in READERS if reader.recognises(head, name)]) == 1


def day(text: str | None) -> str | None:
    return text and f"{text[:4]}-{text[4:6]}-{text[6:]}" if text and "-" not in text else text


@pytest.mark.parametrize("name", INVOICES)
def test_number_type_day_and_currency_are_those_of_the_file(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    assert invoice.number == said["id"]
    assert invoice.type_code == said["type"]
    assert str(invoice.issued_on) == day(said["issue_date"])
    assert said["currency"] in (invoice.currency, None)


NAMES = {
    "payable": ("PayableAmount", "DuePayableAmount"),
    "line_total": ("LineExtensionAmount", "LineTotalAmount"),
    "allowances": ("AllowanceTotalAmount",),
    "charges": ("ChargeTotalAmount",),
    "tax_exclusive": ("TaxExclusiveAmount", "TaxBasisTotalAmount"),
    "tax_inclusive": ("TaxInclusiveAmount", "GrandTotalAmount"),
    "prepaid": ("PrepaidAmount", "TotalPrepaidAmount"),
    "rounding": ("PayableRoundingAmount", "RoundingAmount"),
}


@pytest.mark.parametrize("name", INVOICES)
def test_every_total_is_that_of_the_file(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    for field, elements in NAMES.items():
        stated = next((said["totals"][element] for element in elements if element in said["totals"]), None)
        if field == "payable" and stated is None:
            stated = said["totals"]["GrandTotalAmount"]
        assert getattr(invoice.totals, field) == (stated and parse_minor(stated, invoice.currency)), field


@pytest.mark.parametrize("name", INVOICES)
def test_the_tax_is_that_of_the_file(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    ours = [Decimal(amount) for amount, currency in said["tax_totals"] if currency in (invoice.currency, None)]
    assert invoice.totals.tax == (parse_minor(str(sum(ours)), invoice.currency) if ours else None)


@pytest.mark.parametrize("name", INVOICES)
def test_an_invoice_ties_where_it_does_and_is_held_where_it_does_not(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    assert said.get("payable_ties") in (invoice.ties, None)
    assert invoice.is_held == (invoice.ties is False)
    if said.get("lines_tie") is not None:
        assert any("where the lines make" in each.message for each in invoice.problems) != said["lines_tie"]


@pytest.mark.parametrize("name", INVOICES)
def test_seller_buyer_and_payee_are_those_of_the_file(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    for party, theirs in ((invoice.seller, said["seller"]), (invoice.buyer, said["buyer"])):
        assert isinstance(party, Party)
        assert party.name == theirs["name"]
        assert theirs["country"] in (party.country, None)
        known = {party.vat_id, *(each.value for each in party.ids)}
        assert known >= {number for number in theirs["tax"] if number}
        assert theirs.get("endpoint") in (party.endpoint and party.endpoint.value, None)
    assert (invoice.payee and invoice.payee.name) == said["payee"]


OUR_ACCOUNTS = {
    (
        "5_invoices/xrechnung/kosit/technical-cases__cius__01.02_comprehensive_test_uncefact.xml",
        0,
    ): "DE79000000001234567890",
}
"""The file writes this IBAN as ProprietaryID, where the truth does not look."""
DIFFERING = {name: "an IBAN written as ProprietaryID, where the truth does not look" for name, _ in OUR_ACCOUNTS}


def accounts_of(invoice: InvoiceDocument) -> Iterator[str | None]:
    """The accounts to pay to, written without blanks."""
    for means in invoice.means:
        number = (means.account.iban or means.account.number) if means.account else None
        yield without_blanks(number) or None


@pytest.mark.parametrize("name", INVOICES)
def test_the_ways_to_pay_are_those_of_the_file(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    theirs = [without_blanks(each["iban"]) or None for each in said["payment"]]
    assert list(accounts_of(invoice)) == [OUR_ACCOUNTS.get((name, number), each) for number, each in enumerate(theirs)]
    assert [means.code for means in invoice.means] == [each["code"] for each in said["payment"]]
    if "payment_ref" in said:
        assert invoice.payment_reference == said["payment_ref"]
    else:
        references = [text for each in said["payment"] for text in each["payment_id"]]
        assert invoice.payment_reference == next(iter(references), None)
        mandates = [each["mandate"] for each in said["payment"] if each["mandate"]]
        assert invoice.mandate == next(iter(mandates), None)


def without_blanks(text: str | None) -> str:
    return "".join((text or "").split())


@pytest.mark.parametrize("name", INVOICES)
def test_due_day_terms_references_and_lines_are_those_of_the_file(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    by_means = [each.get("due") for each in said["payment"]]
    stated = [each for each in (*said.get("due_dates", ()), said.get("due_date"), *by_means) if each]
    assert str(invoice.due_on) == str(day(stated[0]) if stated else None)
    assert all(without_blanks(invoice.terms).find(without_blanks(part)) >= 0 for part in said["terms"])
    assert said["order_ref"] in (invoice.order_number, "NA")
    assert invoice.buyer_reference == said["buyer_reference"]
    assert len(invoice.lines) == said["lines"]
    assert [each.number for each in invoice.preceding] == numbers(said["billing_refs"])


def numbers(references: list[Any]) -> list[str]:
    return [each if isinstance(each, str) else each[0] for each in references]


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_is_what_the_file_says(name: str) -> None:
    (order,) = documents_of(name)
    said = said_of(name)
    assert isinstance(order, OrderDocument)
    assert (order.number, str(order.issued_on), len(order.lines)) == (said["id"], said["issue_date"], said["lines"])
    assert said["currency"] in (order.currency, None)
    assert said["order_ref"] in (order.order_number, None)
    total = (said.get("totals") or {}).get("PayableAmount")
    assert order.total == (parse_minor(total, order.currency or "") if total else None)


@pytest.mark.parametrize("name", of_kind("fatturapa"))
def test_a_fattura_is_what_the_file_says(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    assert [invoice.number, invoice.type_code, invoice.currency] == [*said["number"], *said["type"], *said["currency"]]
    assert str(invoice.issued_on) == said["date"][0]
    asked = sum(Decimal(amount) for _, _, amount in said["pay"])
    assert invoice.totals.payable == parse_minor(str(asked), "EUR")
    assert [str(invoice.due_on)] == [due or "None" for _, due, _ in said["pay"]]
    assert invoice.ties
    assert {invoice.seller and invoice.seller.name, invoice.buyer and invoice.buyer.name} <= set(said["names"])
    if said["total"]:
        assert invoice.totals.tax_inclusive == parse_minor(said["total"][0], "EUR")


@pytest.mark.parametrize("name", of_kind("facturae"))
def test_a_facturae_is_what_the_file_says(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    assert ([invoice.number], [str(invoice.issued_on)]) == (said["number"], said["issue"])
    assert invoice.totals.payable == parse_minor(said["executable"][-1], "EUR")
    assert invoice.totals.tax == parse_minor(said["tax_out"][0], "EUR")
    assert invoice.totals.withheld == parse_minor(said["tax_withheld"][0], "EUR")
    assert invoice.ties
    assert {invoice.seller and invoice.seller.vat_id, invoice.buyer and invoice.buyer.vat_id} <= set(said["nif"])


@pytest.mark.parametrize("name", of_kind("edifact"))
def test_an_edifact_invoice_is_what_the_file_says(name: str) -> None:
    invoice, said = invoice_of(name), said_of(name)
    assert said["bgm"][0].split("+")[1:3] == [invoice.type_code, invoice.number]
    amounts = dict(each.removeprefix("MOA+").split(":") for each in said["moa"])
    for field, qualifier in {"payable": "9", "tax_inclusive": "388", "tax": "176", "prepaid": "113"}.items():
        stated = amounts.get(qualifier)
        assert getattr(invoice.totals, field) == (stated and parse_minor(stated, invoice.currency))
    days = dict(each.removeprefix("DTM+").split(":")[:2] for each in said["dtm"])
    assert str(invoice.issued_on) == day(days["137"])
    if len(days) == said["tags"]["DTM"]:
        assert str(invoice.due_on) == str(day(days.get("13")))
    assert (len(invoice.lines), invoice.ties) == (said["tags"]["LIN"], True)


def test_the_remittance_advice_is_what_the_file_says() -> None:
    (name,) = of_kind("ubl", roots=("RemittanceAdvice",))
    (advice,) = documents_of(name)
    said = said_of(name)
    assert isinstance(advice, RemittanceDocument)
    assert (advice.number, str(advice.issued_on), advice.currency) == (said["id"], said["issue_date"], "GBP")
    assert advice.amount == parse_minor(said["totals"]["TotalPaymentAmount"], "GBP")
    assert [line.invoice_number for line in advice.lines] == [said["line_refs"][0][-1]]
    assert (advice.payer and advice.payer.name, advice.payee and advice.payee.name, advice.ties) == (
        said["buyer"]["name"],
        said["payee"],
        True,
    )


# Twins: one invoice in UBL, CII and PDF

OWN_WORDS = {".customization", ".profile"}
"""The twins name their own specification and process."""
DIFFERENT_FILES: dict[str, tuple[tuple[str, ...], str]] = {
    "EN16931_": ((".seller.ids",), "the CII names the seller's number 549910 and the UBL does not"),
    "business-cases__standard__01.03a": ((".seller.ids[0].scheme",), "the UBL calls the local tax scheme ???"),
    "business-cases__standard__01.10a": ((".seller.ids[0].scheme",), "the UBL calls the local tax scheme ???"),
    "technical-cases__cius__01.01": (
        (".seller.ids", ".preceding", ".buyer.name", ".buyer.trading_name"),
        "the CII has one preceding invoice and two more seller numbers; the UBL swaps the buyer's names",
    ),
    "technical-cases__cius__01.0": ((".buyer.name", ".buyer.trading_name"), "the UBL swaps the buyer's two names"),
}
"""Where the files of a pair say different things themselves: how their names begin, where, and what."""


def differences(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """Where two documents say something different of what both say."""
    if one == other or one in (None, ()) or other in (None, ()):
        return
    if is_dataclass(one) and type(one) is type(other):
        for field in fields(one):
            yield from differences(getattr(one, field.name), getattr(other, field.name), f"{at}.{field.name}")
    elif isinstance(one, tuple) and len(one) == len(other) and all(map(is_dataclass, one)):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{at}[{number}]")
    else:
        yield at


PAIRS = [
    (twin["ubl"], twin[other])
    for twin in SAID["twins"]
    for other in ("cii", "pdf")
    if twin[other] and (twin["agree"] or other == "cii") and (CORPUS / twin[other]).exists()
]
"""The PDF of three invoices is of another year than its twins: `agree` says so in the truth."""


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_twins_say_the_same(one: str, other: str) -> None:
    ours = set(differences(invoice_of(one), invoice_of(other))) - OWN_WORDS
    file = one.rpartition("/")[2]
    allowed = {place for start, (places, _) in DIFFERENT_FILES.items() if file.startswith(start) for place in places}
    assert ours <= allowed
