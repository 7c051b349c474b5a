"""A UBL Order, and the messages about one: OrderChange, OrderCancellation, OrderResponse. Pure.

Sources: OASIS UBL 2.0 and 2.1, Peppol BIS Ordering 3.
"""

from datetime import date

from core.problems import Problem
from receivables.intake.documents.elements import Node
from receivables.intake.documents.model import Address, OrderDocument, OrderKind
from receivables.intake.documents.ubl_parties import address, line, notes, party
from receivables.intake.documents.values import Figures, day_at, known_currency, required_day

ROOTS: dict[str, OrderKind] = {
    "Order": "order",
    "OrderChange": "order_change",
    "OrderCancellation": "order_cancellation",
    "OrderResponse": "order_response",
    "OrderResponseSimple": "order_response",
}
_TOTAL = "AnticipatedMonetaryTotal"
_REQUESTED = ("RequestedDeliveryPeriod/EndDate", "RequestedDeliveryPeriod/StartDate")


def order(root: Node) -> OrderDocument:
    """The order, or the message about one, whose root element this is."""
    problems: list[Problem] = []
    currency = _currency(root)
    figures = Figures(currency, problems) if currency else None
    kind, number = ROOTS[root.name], root.required("ID")
    return OrderDocument(
        number=number,
        kind=kind,
        order_number=number if kind == "order" else root.required("OrderReference/ID"),
        issued_on=required_day(root, "IssueDate"),
        currency=currency,
        total=figures.amount(root.one(_TOTAL), "PayableAmount") if figures else None,
        requested_on=_requested_on(root),
        response=root.text("OrderResponseCode", "AcceptedIndicator"),
        contract_number=root.text("Contract/ID", "ContractDocumentReference/ID"),
        buyer=party(root.one("BuyerCustomerParty")),
        seller=party(root.one("SellerSupplierParty")),
        delivery_address=_delivery_address(root),
        notes=notes(root),
        lines=tuple(line(each, "Quantity", figures) for each in root.all("OrderLine/LineItem")),
        customization=root.text("CustomizationID"),
        profile=root.text("ProfileID"),
        problems=tuple(problems),
    )


def _currency(root: Node) -> str | None:
    """The currency the order names, or the one its total is in; None when there is neither."""
    for name in ("DocumentCurrencyCode", "PricingCurrencyCode"):
        if code := root.only(name):
            return known_currency(code, f"{root.path}/{name}", name)
    total = root.first(f"{_TOTAL}/PayableAmount")
    code = total.attribute("currencyID") if total else None
    return known_currency(code, total.path, "currencyID") if total and code else None


def _requested_on(root: Node) -> date | None:
    days = (day_at(each, path) for each in root.all("Delivery") for path in _REQUESTED)
    return next((day for day in days if day), None)


def _delivery_address(root: Node) -> Address | None:
    places = [each for path in ("DeliveryLocation/Address", "DeliveryAddress") for each in root.all(f"Delivery/{path}")]
    return next((found for each in places if (found := address(each))), None)
