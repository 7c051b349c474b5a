"""A Cross Industry Invoice (UN/CEFACT D16B, as in Factur-X, ZUGFeRD 1 and 2, XRechnung): what stands where. Pure.

Sources: the CII binding of EN 16931 (CEN/TS 16931-3-3), the Factur-X 1.0 specification with its extended profile.
"""

from core.problems import Problem
from receivables.intake.documents.arithmetic import payable_ties, warn_of_instalments, warn_of_sums
from receivables.intake.documents.cii_names import INVOICE_NAMES, ZUGFERD_1, Names
from receivables.intake.documents.cii_parts import (
    day_in,
    delivery_day,
    document_number,
    line,
    notes,
    party,
    required_day_in,
)
from receivables.intake.documents.elements import Node
from receivables.intake.documents.model import (
    Discount,
    Instalment,
    InvoiceDocument,
    InvoiceType,
    Party,
    PaymentMeans,
    Reference,
    Totals,
)
from receivables.intake.documents.terms import due_day, several, written_discounts
from receivables.intake.documents.type_codes import UNTDID_1001
from receivables.intake.documents.values import Figures, bank_account, flowing, known_currency, percentage, whole_days

_TERMS = "SpecifiedTradePaymentTerms"
_MEANS = "SpecifiedTradeSettlementPaymentMeans"


def invoice(root: Node) -> InvoiceDocument:
    """The invoice whose root element this is."""
    names = INVOICE_NAMES[root.name]
    document, transaction = root.required_one(names.document), root.required_one(names.transaction)
    agreement, delivery = transaction.one(names.agreement), transaction.one(names.delivery)
    settlement = transaction.required_one(names.settlement)
    problems: list[Problem] = []
    figures = Figures(_currency(settlement), problems)
    summation = settlement.required_one(names.summation)
    totals = _totals(summation, figures, names)
    lines = tuple(line(each, names, "BilledQuantity", figures) for each in transaction.all(names.line))
    warn_of_sums(totals, lines, figures, summation.path)
    instalments = _instalments(settlement, figures)
    warn_of_instalments(several(instalments), totals.payable, figures, settlement.path)
    terms = flowing("\n".join(settlement.texts(f"{_TERMS}/Description")))
    return InvoiceDocument(
        number=document.required("ID"),
        type=_type(document),
        type_code=document.only("TypeCode"),
        issued_on=required_day_in(document, "IssueDateTime"),
        currency=figures.currency,
        totals=totals,
        ties=payable_ties(totals, figures, summation.path),
        due_on=due_day(None, instalments),
        instalments=several(instalments),
        delivered_on=delivery_day(delivery, figures),
        seller=_party(agreement, "SellerTradeParty"),
        buyer=_party(agreement, "BuyerTradeParty"),
        payee=_party(settlement, "PayeeTradeParty"),
        payer=_party(settlement, "PayerTradeParty") or _party(settlement, "InvoiceeTradeParty"),
        tax_representative=_party(agreement, "SellerTaxRepresentativeTradeParty"),
        payment_reference=settlement.text("PaymentReference"),
        means=_means(settlement),
        mandate=settlement.text(f"{_TERMS}/DirectDebitMandateID"),
        creditor_id=settlement.text("CreditorReferenceID"),
        terms=terms,
        discounts=tuple(written_discounts(terms, figures, settlement.path) + _discounts(settlement, figures)),
        order_number=document_number(agreement, "BuyerOrderReferencedDocument"),
        sales_order_number=document_number(agreement, "SellerOrderReferencedDocument"),
        contract_number=document_number(agreement, "ContractReferencedDocument"),
        delivery_number=document_number(delivery, "DespatchAdviceReferencedDocument")
        or document_number(delivery, "DeliveryNoteReferencedDocument"),
        buyer_reference=agreement.text("BuyerReference") if agreement else None,
        preceding=_preceding(settlement),
        notes=notes(document),
        lines=lines,
        customization=_parameter(root, names, "GuidelineSpecifiedDocumentContextParameter"),
        profile=_parameter(root, names, "BusinessProcessSpecifiedDocumentContextParameter"),
        problems=tuple(problems),
    )


def _parameter(root: Node, names: Names, name: str) -> str | None:
    return root.text(f"{names.context}/{name}/ID")


def _party(node: Node | None, name: str) -> Party | None:
    return party(node.one(name)) if node else None


def _currency(settlement: Node) -> str:
    code = settlement.required("InvoiceCurrencyCode")
    return known_currency(code, f"{settlement.path}/InvoiceCurrencyCode", "InvoiceCurrencyCode")


def _type(document: Node) -> InvoiceType:
    """BT-3 alone says whether this is an invoice or a credit note, so it must be one we know."""
    code = document.required("TypeCode")
    if code not in UNTDID_1001:
        document.refuse(f"The type code “{code[:20]}” is no invoice of UNTDID 1001 that we know.")
    return UNTDID_1001[code]


def _totals(at: Node, figures: Figures, names: Names) -> Totals:
    return Totals(
        payable=_payable(at, figures, names),
        line_total=figures.amount(at, "LineTotalAmount"),
        allowances=figures.amount(at, "AllowanceTotalAmount"),
        charges=figures.amount(at, "ChargeTotalAmount"),
        tax_exclusive=figures.amount(at, "TaxBasisTotalAmount"),
        tax=figures.total(at.all("TaxTotalAmount")),
        tax_inclusive=figures.amount(at, "GrandTotalAmount"),
        prepaid=figures.amount(at, "TotalPrepaidAmount"),
        rounding=figures.amount(at, "RoundingAmount"),
    )


def _payable(at: Node, figures: Figures, names: Names) -> int:
    """BT-115. ZUGFeRD 1 need not state it in its basic profile, which knows no prepayments either."""
    payable = figures.amount(at, "DuePayableAmount")
    if payable is None and names is ZUGFERD_1 and figures.amount(at, "TotalPrepaidAmount") is None:
        return figures.required(at, "GrandTotalAmount")
    return figures.required(at, "DuePayableAmount") if payable is None else payable


def _instalments(settlement: Node, figures: Figures) -> list[Instalment]:
    return [
        Instalment(day, figures.amount(terms, "PartialPaymentAmount"))
        for terms in settlement.all(_TERMS)
        if (day := day_in(terms, "DueDateDateTime"))
    ]


def _means(settlement: Node) -> tuple[PaymentMeans, ...]:
    return tuple(
        PaymentMeans(
            code=each.text("TypeCode"),
            account=bank_account(
                each.text(
                    "PayeePartyCreditorFinancialAccount/IBANID", "PayeePartyCreditorFinancialAccount/ProprietaryID"
                ),
                each.text("PayeeSpecifiedCreditorFinancialInstitution/BICID"),
                each.text("PayeePartyCreditorFinancialAccount/AccountName"),
            ),
            debited=bank_account(each.text("PayerPartyDebtorFinancialAccount/IBANID")),
        )
        for each in settlement.all(_MEANS)
    )


def _discounts(settlement: Node, figures: Figures) -> list[Discount]:
    """The discounts of the extended profile: a percentage or an amount, until a day or for so many days."""
    return [
        Discount(
            percent=percentage(each.first("CalculationPercent")),
            amount=figures.amount(each, "ActualDiscountAmount"),
            days=whole_days(_in_days(each.first("BasisPeriodMeasure"))),
            until=day_in(each, "BasisDateTime"),
            basis=figures.amount(each, "BasisAmount"),
        )
        for each in settlement.all(f"{_TERMS}/ApplicableTradePaymentDiscountTerms")
        if each.text("CalculationPercent", "ActualDiscountAmount")
    ]


def _in_days(measure: Node | None) -> Node | None:
    return measure if measure and measure.attribute("unitCode") in (None, "DAY") else None


def _preceding(settlement: Node) -> tuple[Reference, ...]:
    return tuple(
        Reference(number, day_in(each, "FormattedIssueDateTime"))
        for each in settlement.all("InvoiceReferencedDocument")
        if (number := each.text("IssuerAssignedID", "ID"))
    )
