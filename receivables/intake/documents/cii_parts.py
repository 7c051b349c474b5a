"""What invoices and orders of the cross industry vocabularies have in common: dates, parties, notes, lines. Pure."""

from datetime import date

from receivables.intake.documents.cii_names import Names
from receivables.intake.documents.elements import Node, refusal
from receivables.intake.documents.model import Address, Identifier, Line, Note, Party
from receivables.intake.documents.values import Figures, calendar_day, country_code, flowing, plain_quantity

_DAY_FORMATS = {None, "102", "203", "204", "205"}
"""UNTDID 2379: CCYYMMDD, alone or with a time behind it. What gives weeks or months only is no day."""
_SUMMED_UP = {"GROUP", "INFORMATION"}
"""Lines of the extended profile whose amount is no part of the total."""


def day_in(node: Node | None, path: str) -> date | None:
    """The day of a date element: `DateTimeString` with its format, or a plain `DateTime` or `Date`."""
    written = _written(node, path)
    if written is None or written.value is None:
        return None
    if not _names_a_day(written):
        written.refuse(f"The date format {written.attribute('format')} names no day.")
    try:
        return calendar_day(written.value)
    except ValueError as reason:
        written.refuse(str(reason))


def delivery_day(delivery: Node | None, figures: Figures) -> date | None:
    """The day of delivery; None, with a warning, where only its week or month is given."""
    path = "ActualDeliverySupplyChainEvent/OccurrenceDateTime"
    written = _written(delivery, path)
    if written and not _names_a_day(written):
        figures.warn(
            written.path, f"“{(written.value or '')[:20]}” is no day of delivery; it is left out.", written.name
        )
        return None
    return day_in(delivery, path)


def _written(node: Node | None, path: str) -> Node | None:
    at = node.one(path) if node else None
    names = ("DateTimeString", "DateString", "DateTime", "Date")
    return next((found for name in names if (found := at.one(name))), None) if at else None


def _names_a_day(written: Node) -> bool:
    return written.attribute("format") in _DAY_FORMATS


def required_day_in(node: Node, path: str) -> date:
    day = day_in(node, path)
    if day is None:
        raise refusal(f"{node.path}/{path}", f"{path} is missing.", path)
    return day


def party(node: Node | None) -> Party | None:
    if node is None:
        return None
    organization = node.first("SpecifiedLegalOrganization")
    tax = _identifiers(node.all("SpecifiedTaxRegistration/ID"))
    name, known_as = node.text("Name"), organization.text("TradingBusinessName") if organization else None
    return Party(
        name=name,
        trading_name=known_as if known_as != name else None,
        ids=_identifiers(node.all("ID")) + _identifiers(node.all("GlobalID")) + _other_tax_ids(tax),
        registration=next(iter(_identifiers(organization.all("ID"))), None) if organization else None,
        vat_id=next((each.value for each in tax if each.scheme == "VA"), None),
        endpoint=next(iter(_identifiers(node.all("URIUniversalCommunication/URIID"))), None),
        address=_address(node.first("PostalTradeAddress")),
        email=node.text("DefinedTradeContact/EmailURIUniversalCommunication/URIID"),
    )


def _identifiers(nodes: list[Node]) -> tuple[Identifier, ...]:
    return tuple(Identifier(text, node.attribute("schemeID")) for node in nodes if (text := node.value))


def _other_tax_ids(tax: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    return tuple(each for each in tax if each.scheme != "VA")


def _address(node: Node | None) -> Address | None:
    if node is None:
        return None
    found = Address(
        street=node.text("LineOne"),
        more=tuple(node.texts("LineTwo", "LineThree")),
        postal_code=node.text("PostcodeCode"),
        city=node.text("CityName"),
        region=node.text("CountrySubDivisionName"),
        country=country_code(node.text("CountryID")),
    )
    return found if found != Address() else None


def delivery_address(delivery: Node | None) -> Address | None:
    return _address(delivery.first("ShipToTradeParty/PostalTradeAddress")) if delivery else None


def document_number(node: Node | None, path: str) -> str | None:
    """The number of a referenced document; ZUGFeRD 1 calls it `ID`."""
    return node.text(f"{path}/IssuerAssignedID", f"{path}/ID") if node else None


def notes(document: Node) -> tuple[Note, ...]:
    return tuple(
        Note(flowing(text) or text, each.text("SubjectCode"))
        for each in document.all("IncludedNote")
        for text in each.texts("Content")
    )


def line(node: Node, names: Names, quantity: str, figures: Figures) -> Line:
    """One line; `quantity` is the name its quantity has in this document."""
    about = node.first("AssociatedDocumentLineDocument")
    reason = about.text("LineStatusReasonCode") if about else None
    return Line(
        id=about.text("LineID") if about else None,
        name=node.text("SpecifiedTradeProduct/Name", "SpecifiedTradeProduct/Description"),
        quantity=plain_quantity(node.text(f"{names.line_delivery}/{quantity}")),
        net=figures.line_amount(node.first(f"{names.line_settlement}/{names.line_summation}/LineTotalAmount")),
        order_line=node.text(f"{names.line_agreement}/BuyerOrderReferencedDocument/LineID"),
        counts=reason not in _SUMMED_UP,
    )
