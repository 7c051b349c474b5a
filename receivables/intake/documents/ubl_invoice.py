"""A UBL 2 Invoice, CreditNote or DebitNote and their kin: what stands where. Pure.

Sources: OASIS UBL 2.0 and 2.1; the UBL binding of EN 16931 (CEN/TS 16931-3-2), Peppol BIS Billing 3, XRechnung; for
Colombia the technical annex of DIAN; for Denmark OIOUBL 2.02; for Turkey UBL-TR 1.2.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from core.problems import Problem
from receivables.intake.documents.arithmetic import payable_ties, warn_of_instalments, warn_of_sums
from receivables.intake.documents.elements import Node
from receivables.intake.documents.model import (
    Discount,
    Instalment,
    InvoiceDocument,
    InvoiceType,
    PaymentMeans,
    Reference,
    Totals,
)
from receivables.intake.documents.terms import due_day, several, written_discounts
from receivables.intake.documents.type_codes import DIAN, TURKEY, UNTDID_1001
from receivables.intake.documents.ubl_parties import creditor_id, line, notes, party
from receivables.intake.documents.values import (
    Figures,
    bank_account,
    day_at,
    flowing,
    known_currency,
    percentage,
    required_day,
    whole_days,
)

ROOTS: dict[str, InvoiceType] = {
    "Invoice": "invoice",
    "CreditNote": "credit_note",
    "DebitNote": "debit_note",
    "FreightInvoice": "invoice",
    "SelfBilledInvoice": "invoice",
    "SelfBilledCreditNote": "credit_note",
}
"""Root element → what the document is when its type code does not say it more exactly."""

_NO_ORDER = "NA"
"""What Peppol writes as order number where only the seller's own is known."""
_PRECEDING = ("InvoiceDocumentReference", "SelfBilledInvoiceDocumentReference", "CreditNoteDocumentReference")


def invoice(root: Node) -> InvoiceDocument:
    """The invoice whose root element this is."""
    problems: list[Problem] = []
    figures = Figures(_currency(root), problems)
    totals_at = root.one("LegalMonetaryTotal") or root.one("RequestedMonetaryTotal")
    if totals_at is None:
        root.refuse("LegalMonetaryTotal is missing.")
    is_dian = (root.text("ProfileID") or "").startswith("DIAN")
    totals = _of_country(root, _totals(root, totals_at, figures), figures, is_dian=is_dian)
    lines = tuple(line(each, _quantity(each), figures) for name in _line_names(root) for each in root.all(name))
    if not is_dian:
        warn_of_sums(totals, lines, figures, totals_at.path)
    instalments = _instalments(root, figures)
    warn_of_instalments(several(instalments), totals.payable, figures, root.path)
    seller, payee = root.one("AccountingSupplierParty"), root.one("PayeeParty")
    order = root.first("OrderReference")
    terms = flowing("\n".join(root.texts("PaymentTerms/Note")))
    type_ = _type(root, figures, DIAN if is_dian else UNTDID_1001 | TURKEY)
    return InvoiceDocument(
        number=root.required("ID"),
        type=type_,
        type_code=_type_code(root),
        issued_on=required_day(root, "IssueDate"),
        currency=figures.currency,
        totals=totals,
        ties=payable_ties(totals, figures, totals_at.path),
        due_on=_due_on(root, instalments, figures),
        instalments=several(instalments),
        delivered_on=next((day for each in root.all("Delivery") if (day := day_at(each, "ActualDeliveryDate"))), None),
        seller=party(seller),
        buyer=party(root.one("AccountingCustomerParty")),
        payee=party(payee),
        tax_representative=party(root.one("TaxRepresentativeParty")),
        payment_reference=_payment_reference(root, figures),
        means=_means(root),
        mandate=root.text("PaymentMeans/PaymentMandate/ID"),
        creditor_id=creditor_id(payee, seller.one("Party") if seller else None),
        terms=terms,
        discounts=tuple(written_discounts(terms, figures, root.path) + _structured_discounts(root, figures)),
        order_number=_order_number(order),
        sales_order_number=order.text("SalesOrderID") if order else None,
        contract_number=root.text("ContractDocumentReference/ID"),
        delivery_number=root.text("DespatchDocumentReference/ID"),
        buyer_reference=root.text("BuyerReference"),
        preceding=_preceding(root),
        notes=notes(root),
        lines=lines,
        customization=root.text("CustomizationID"),
        profile=root.text("ProfileID"),
        problems=tuple(problems),
    )


def _currency(root: Node) -> str:
    """BT-5; UBL 2.0 may leave it to the amounts."""
    code = root.only("DocumentCurrencyCode")
    if code:
        return known_currency(code, f"{root.path}/DocumentCurrencyCode", "DocumentCurrencyCode")
    payable = root.first("LegalMonetaryTotal/PayableAmount") or root.first("RequestedMonetaryTotal/PayableAmount")
    if payable is None or payable.attribute("currencyID") is None:
        root.refuse("DocumentCurrencyCode is missing, and the payable amount names no currency.")
    return known_currency(payable.attribute("currencyID") or "", payable.path, "currencyID")


def _totals(root: Node, at: Node, figures: Figures) -> Totals:
    return Totals(
        payable=figures.required(at, "PayableAmount"),
        line_total=figures.amount(at, "LineExtensionAmount"),
        allowances=figures.amount(at, "AllowanceTotalAmount"),
        charges=figures.amount(at, "ChargeTotalAmount"),
        tax_exclusive=figures.amount(at, "TaxExclusiveAmount"),
        tax=figures.total(root.all("TaxTotal/TaxAmount")),
        tax_inclusive=figures.amount(at, "TaxInclusiveAmount"),
        prepaid=figures.amount(at, "PrepaidAmount"),
        rounding=figures.amount(at, "PayableRoundingAmount"),
    )


def _of_country(root: Node, totals: Totals, figures: Figures, *, is_dian: bool) -> Totals:
    """The totals as the country's rules mean them: Colombia's allowances and charges come after tax, Denmark's OIOUBL
    writes the tax itself as TaxExclusiveAmount, and in Turkey the buyer keeps back what is withheld."""
    rules = root.text("CustomizationID") or ""
    if is_dian:
        return replace(totals, after_tax=(totals.charges or 0) - (totals.allowances or 0))
    if rules.startswith("OIOUBL"):
        return replace(totals, tax_exclusive=None)
    if rules.startswith("TR1"):
        return replace(totals, withheld=figures.total(root.all("WithholdingTaxTotal/TaxAmount")))
    return totals


def _line_names(root: Node) -> list[str]:
    return [name for name in root.children if name in ("InvoiceLine", "CreditNoteLine", "DebitNoteLine")]


def _quantity(node: Node) -> str:
    return {"CreditNoteLine": "CreditedQuantity", "DebitNoteLine": "DebitedQuantity"}.get(node.name, "InvoicedQuantity")


def _type_code(root: Node) -> str | None:
    return root.only(f"{root.name}TypeCode") or root.only("InvoiceTypeCode") or root.only("CreditNoteTypeCode")


def _type(root: Node, figures: Figures, codes: Mapping[str, InvoiceType]) -> InvoiceType:
    by_root, code = ROOTS[root.name], _type_code(root)
    if code is None or code == "SalesInvoice":
        return by_root
    by_code = codes.get(code)
    if by_code is None:
        figures.hold(root.path, f"The type code “{code[:20]}” is none we know; what is it?", f"{root.name}TypeCode")
        return by_root
    if by_root == "credit_note" and by_code != "credit_note":
        message = f"A {root.name} with the type code {code}, which is no credit note."
        figures.hold(root.path, message, f"{root.name}TypeCode")
        return by_root
    return by_code


def _instalments(root: Node, figures: Figures) -> list[Instalment]:
    """What `PaymentTerms` say is due on a day of its own."""
    found = []
    for terms in root.all("PaymentTerms"):
        day = day_at(terms, "InstallmentDueDate") or day_at(terms, "PaymentDueDate")
        if day:
            found.append(Instalment(day, figures.amount(terms, "Amount")))
    return found


def _due_on(root: Node, instalments: list[Instalment], figures: Figures) -> date | None:
    """BT-9. Credit notes and older invoices give it with the means of payment."""
    stated = day_at(root, "DueDate")
    by_means = {day for each in root.all("PaymentMeans") if (day := day_at(each, "PaymentDueDate"))}
    said = by_means | ({stated} if stated else set())
    if len(said) > 1:
        figures.warn(root.path, f"Several due dates: {', '.join(map(str, sorted(said)))}.", "PaymentDueDate")
    return due_day(stated or max(by_means, default=None), instalments)


def _payment_reference(root: Node, figures: Figures) -> str | None:
    found = list(dict.fromkeys(root.texts("PaymentMeans/PaymentID")))
    if len(found) > 1:
        figures.warn(root.path, f"Several payment references are given; “{found[0][:40]}” is taken.", "PaymentID")
    return found[0] if found else None


def _means(root: Node) -> tuple[PaymentMeans, ...]:
    return tuple(
        PaymentMeans(
            code=each.text("PaymentMeansCode"),
            account=bank_account(
                each.text("PayeeFinancialAccount/ID"),
                each.text("PayeeFinancialAccount/FinancialInstitutionBranch/ID"),
                each.text("PayeeFinancialAccount/Name"),
            ),
            debited=bank_account(
                each.text("PaymentMandate/PayerFinancialAccount/ID", "PayerFinancialAccount/ID"),
            ),
        )
        for each in root.all("PaymentMeans")
    )


def _structured_discounts(root: Node, figures: Figures) -> list[Discount]:
    return [
        Discount(
            percent=percentage(terms.first("SettlementDiscountPercent")),
            amount=figures.amount(terms, "SettlementDiscountAmount"),
            days=whole_days(_in_days(terms.first("SettlementPeriod/DurationMeasure"))),
            until=day_at(terms, "SettlementPeriod/EndDate"),
        )
        for terms in root.all("PaymentTerms")
        if terms.text("SettlementDiscountPercent", "SettlementDiscountAmount")
    ]


def _in_days(measure: Node | None) -> Node | None:
    return measure if measure and measure.attribute("unitCode") in (None, "DAY") else None


def _order_number(order: Node | None) -> str | None:
    number = order.text("ID") if order else None
    return None if number == _NO_ORDER else number


def _preceding(root: Node) -> tuple[Reference, ...]:
    found = [each for billing in root.all("BillingReference") for name in _PRECEDING for each in billing.all(name)]
    return tuple(Reference(number, day_at(each, "IssueDate")) for each in found if (number := each.text("ID")))
