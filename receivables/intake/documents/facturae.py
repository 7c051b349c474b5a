"""Facturae 3.2, the Spanish invoice: one file may hold a batch of them. Pure. A signature around it is not checked.

Source: Orden PRE/2971/2007 and the schemas 3.2, 3.2.1 and 3.2.2 of facturae.gob.es. What is payable is
TotalExecutableAmount; it ties when it follows from the amounts before and of tax, taxes withheld, payments on account,
subsidies, amounts withheld, expenses of third parties and financing costs.
"""

from typing import BinaryIO

from core.problems import Problem
from receivables.intake.documents.arithmetic import payable_ties, warn_of_instalments
from receivables.intake.documents.elements import Node, root_name, root_of
from receivables.intake.documents.model import (
    Account,
    Address,
    Document,
    Identifier,
    Instalment,
    InvoiceDocument,
    InvoiceType,
    Line,
    Note,
    Party,
    PaymentMeans,
    Reference,
    Totals,
)
from receivables.intake.documents.terms import due_day, several
from receivables.intake.documents.values import (
    Figures,
    bank_account,
    country_code,
    day_at,
    flowing,
    known_currency,
    plain_quantity,
    required_day,
)

_CURRENCY = "InvoiceIssueData/InvoiceCurrencyCode"
_INSTALMENT = "PaymentDetails/Installment"
_CLASSES: dict[str, InvoiceType] = {
    "OO": "invoice",
    "OC": "invoice",
    "CO": "invoice",
    "CC": "invoice",
    "OR": "corrected",
    "CR": "corrected",
}
"""InvoiceClass: original, summary, and copies of them; those ending in R correct an earlier invoice."""
_PREPAID = ("TotalPaymentsOnAccount", "Subsidies/Subsidy/SubsidyAmount", "PaymentInKind/PaymentInKindAmount")
_WITHHELD = ("TotalTaxesWithheld", "AmountsWithheld/WithholdingAmount")
_AFTER_TAX = ("TotalReimbursableExpenses", "TotalFinancialExpenses")


class FacturaeReader:
    name = "facturae"
    title = "Facturae 3.2"

    def recognises(self, head: bytes, filename: str) -> bool:
        """By the root element's name."""
        root = root_name(head)
        return root is not None and root.name == "Facturae"

    def read(self, source: BinaryIO) -> tuple[Document, ...]:
        root = root_of(source)
        invoices = root.all("Invoices/Invoice")
        if root.name != "Facturae" or not invoices:
            root.refuse("There is no invoice in the file (Facturae/Invoices/Invoice).")
        return tuple(_invoice(root, each) for each in invoices)


def _invoice(root: Node, invoice: Node) -> InvoiceDocument:
    header = invoice.required_one("InvoiceHeader")
    problems: list[Problem] = []
    code = invoice.required(_CURRENCY)
    figures = Figures(known_currency(code, f"{invoice.path}/{_CURRENCY}", "InvoiceCurrencyCode"), problems)
    totals_at = invoice.required_one("InvoiceTotals")
    totals = _totals(totals_at, figures)
    instalments = _instalments(invoice, figures)
    warn_of_instalments(several(instalments), totals.payable, figures, invoice.path)
    return InvoiceDocument(
        number=header.required("InvoiceNumber"),
        series=header.text("InvoiceSeriesCode"),
        type=_type(header),
        type_code=header.text("InvoiceClass"),
        issued_on=required_day(invoice, "InvoiceIssueData/IssueDate"),
        currency=figures.currency,
        totals=totals,
        ties=payable_ties(totals, figures, totals_at.path),
        due_on=due_day(None, instalments),
        instalments=several(instalments),
        delivered_on=day_at(invoice, "InvoiceIssueData/OperationDate"),
        seller=_party(root.one("Parties/SellerParty")),
        buyer=_party(root.one("Parties/BuyerParty")),
        payee=_party(root.one("FileHeader/FactoringAssignmentData/Assignee")),
        payment_reference=invoice.text(f"{_INSTALMENT}/PaymentReconciliationReference"),
        means=_means(root, invoice),
        terms=flowing("\n".join(invoice.texts(f"{_INSTALMENT}/CollectionAdditionalInformation"))),
        order_number=invoice.text(
            "InvoiceIssueData/ReceiverTransactionReference", "Items/InvoiceLine/ReceiverTransactionReference"
        ),
        sales_order_number=invoice.text("Items/InvoiceLine/IssuerTransactionReference"),
        contract_number=invoice.text(
            "Items/InvoiceLine/ReceiverContractReference", "Items/InvoiceLine/IssuerContractReference"
        ),
        delivery_number=invoice.text("Items/InvoiceLine/DeliveryNotesReferences/DeliveryNote/DeliveryNoteNumber"),
        buyer_reference=invoice.text("Items/InvoiceLine/FileReference"),
        preceding=_preceding(header),
        notes=tuple(Note(flowing(text) or "") for text in invoice.texts("AdditionalData/InvoiceAdditionalInformation")),
        lines=tuple(_line(each, figures) for each in invoice.all("Items/InvoiceLine")),
        customization=root.text("FileHeader/SchemaVersion"),
        problems=tuple(problems),
    )


def _type(header: Node) -> InvoiceType:
    code = header.only("InvoiceClass")
    if code is None:
        return "corrected" if header.first("Corrective") else "invoice"
    if code not in _CLASSES:
        header.refuse(f"The class “{code[:20]}” is no InvoiceClass of Facturae.")
    return _CLASSES[code]


def _totals(at: Node, figures: Figures) -> Totals:
    net, tax = figures.required(at, "TotalGrossAmountBeforeTaxes"), figures.required(at, "TotalTaxOutputs")
    stated = figures.required(at, "InvoiceTotal")
    expected = net + tax - (figures.amount(at, "TotalTaxesWithheld") or 0)
    if stated != expected:
        message = f"InvoiceTotal is {figures.say(stated)}, but what it is made of gives {figures.say(expected)}."
        figures.warn(at.path, message, "InvoiceTotal")
    return Totals(
        payable=figures.required(at, "TotalExecutableAmount"),
        line_total=figures.amount(at, "TotalGrossAmount"),
        allowances=figures.amount(at, "TotalGeneralDiscounts"),
        charges=figures.amount(at, "TotalGeneralSurcharges"),
        tax_exclusive=net,
        tax=tax,
        tax_inclusive=net + tax,
        prepaid=_sum(at, _PREPAID, figures),
        withheld=_sum(at, _WITHHELD, figures),
        after_tax=_sum(at, _AFTER_TAX, figures),
    )


def _sum(at: Node, paths: tuple[str, ...], figures: Figures) -> int | None:
    return figures.total([node for path in paths for node in at.all(path)])


def _instalments(invoice: Node, figures: Figures) -> list[Instalment]:
    return [
        Instalment(day, figures.amount(each, "InstallmentAmount"))
        for each in invoice.all(_INSTALMENT)
        if (day := day_at(each, "InstallmentDueDate"))
    ]


def _means(root: Node, invoice: Node) -> tuple[PaymentMeans, ...]:
    """How to pay; where the claim is assigned to a factor, his accounts come first."""
    factored = root.all(f"FileHeader/FactoringAssignmentData/{_INSTALMENT}")
    return tuple(
        PaymentMeans(
            each.text("PaymentMeans"),
            account=_account(each.first("AccountToBeCredited")),
            debited=_account(each.first("AccountToBeDebited")),
        )
        for each in (*factored, *invoice.all(_INSTALMENT))
    )


def _account(node: Node | None) -> Account | None:
    return bank_account(node.text("IBAN", "AccountNumber"), node.text("BIC")) if node else None


def _preceding(header: Node) -> tuple[Reference, ...]:
    corrected = header.first("Corrective")
    number = corrected.text("InvoiceNumber") if corrected else None
    return (Reference(number),) if number else ()


def _party(node: Node | None) -> Party | None:
    about = (node.one("LegalEntity") or node.one("Individual")) if node else None
    if node is None or about is None:
        return None
    person = " ".join(about.texts("Name", "FirstSurname", "SecondSurname"))
    return Party(
        name=about.text("CorporateName") or person or None,
        trading_name=about.text("TradeName"),
        ids=tuple(Identifier(text) for text in node.texts("PartyIdentification")),
        vat_id=node.text("TaxIdentification/TaxIdentificationNumber"),
        address=_address(about.one("AddressInSpain") or about.one("OverseasAddress")),
        email=about.text("ContactDetails/ElectronicMail"),
    )


def _address(node: Node | None) -> Address | None:
    if node is None:
        return None
    return Address(
        street=node.text("Address"),
        postal_code=node.text("PostCode"),
        city=node.text("Town", "PostCodeAndTown"),
        region=node.text("Province"),
        country=country_code(node.text("CountryCode")),
    )


def _line(node: Node, figures: Figures) -> Line:
    return Line(
        id=node.text("SequenceNumber"),
        name=node.text("ItemDescription"),
        quantity=plain_quantity(node.text("Quantity")),
        net=figures.line_amount(node.first("GrossAmount")),
        order_line=node.text("ReceiverTransactionReference"),
    )
