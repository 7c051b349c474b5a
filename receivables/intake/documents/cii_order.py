"""An Order-X message (UN/CEFACT cross industry order): what stands where. Pure. Source: Order-X 1.0, FeRD and FNFE."""

from core.problems import Problem
from receivables.intake.documents.cii_names import CII
from receivables.intake.documents.cii_parts import (
    day_in,
    delivery_address,
    document_number,
    line,
    notes,
    party,
    required_day_in,
)
from receivables.intake.documents.elements import Node
from receivables.intake.documents.model import OrderDocument, OrderKind
from receivables.intake.documents.values import Figures, known_currency

_KINDS: dict[str, OrderKind] = {"220": "order", "230": "order_change", "231": "order_response"}
_CURRENCY = "OrderCurrencyCode"


def order(root: Node) -> OrderDocument:
    """The order, or the message about one, whose root element this is."""
    document, transaction = root.required_one(CII.document), root.required_one(CII.transaction)
    agreement, settlement = transaction.required_one(CII.agreement), transaction.required_one(CII.settlement)
    delivery = transaction.one(CII.delivery)
    problems: list[Problem] = []
    code = settlement.required(_CURRENCY)
    figures = Figures(known_currency(code, f"{settlement.path}/{_CURRENCY}", _CURRENCY), problems)
    kind, number = _kind(document), document.required("ID")
    summation = settlement.one(CII.summation)
    return OrderDocument(
        number=number,
        kind=kind,
        order_number=document_number(agreement, "BuyerOrderReferencedDocument") or number,
        issued_on=required_day_in(document, "IssueDateTime"),
        currency=figures.currency,
        total=figures.amount(summation, "GrandTotalAmount"),
        requested_on=day_in(delivery, "RequestedDeliverySupplyChainEvent/OccurrenceDateTime"),
        response=document.text("StatusCode"),
        contract_number=document_number(agreement, "ContractReferencedDocument"),
        buyer=party(agreement.one("BuyerTradeParty")),
        seller=party(agreement.one("SellerTradeParty")),
        delivery_address=delivery_address(delivery),
        notes=notes(document),
        lines=tuple(line(each, CII, "RequestedQuantity", figures) for each in transaction.all(CII.line)),
        customization=root.text(f"{CII.context}/GuidelineSpecifiedDocumentContextParameter/ID"),
        profile=root.text(f"{CII.context}/BusinessProcessSpecifiedDocumentContextParameter/ID"),
        problems=tuple(problems),
    )


def _kind(document: Node) -> OrderKind:
    code = document.required("TypeCode")
    if code not in _KINDS:
        document.refuse(f"The type code “{code[:20]}” is neither order, change nor response (220, 230, 231).")
    return _KINDS[code]
