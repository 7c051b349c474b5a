"""Parties, addresses and lines as every UBL document writes them. Pure."""

import re

from receivables.intake.documents.elements import Node
from receivables.intake.documents.model import Address, Identifier, Line, Note, Party
from receivables.intake.documents.values import Figures, country_code, flowing, plain_quantity

_VALUE_ADDED = {"VAT", "UK VAT", "IVA", "TVA", "GST"}
"""How files name the value-added tax, in the scheme's identifier, type code or name."""
_CREDITOR = "SEPA"
SUPPLIER_ACCOUNT, CUSTOMER_ACCOUNT = "SupplierAssignedAccountID", "CustomerAssignedAccountID"
"""Schemes of the identifiers under which the supplier and the customer keep a party."""
_SUBJECT = re.compile(r"#([A-Z]{3})#\s*(\S.*)", re.DOTALL | re.ASCII)


def party(node: Node | None) -> Party | None:
    """The party of an `AccountingSupplierParty` and its kin, or a party itself; None when there is none."""
    accounts = _accounts(node) if node else ()
    node = (node.one("Party") or node) if node else None
    if node is None:
        return None
    legal, known_as = node.text("PartyLegalEntity/RegistrationName"), node.text("PartyName/Name")
    name = legal or known_as or node.text("PartyTaxScheme/RegistrationName") or _person(node)
    return Party(
        name=name,
        trading_name=known_as if known_as != name else None,
        ids=tuple(each for each in _identifiers(node.all("PartyIdentification/ID")) if each.scheme != _CREDITOR)
        + _other_tax_ids(node)
        + accounts,
        registration=next(iter(_identifiers(node.all("PartyLegalEntity/CompanyID"))), None),
        vat_id=_vat_id(node),
        endpoint=next(iter(_identifiers(node.all("EndpointID"))), None),
        address=address(node.first("PostalAddress") or node.first("PhysicalLocation/Address")),
        email=node.text("Contact/ElectronicMail", "Person/Contact/ElectronicMail"),
    )


def _accounts(node: Node) -> tuple[Identifier, ...]:
    """What one party is called in the other's books, which stands outside the party itself."""
    names = (SUPPLIER_ACCOUNT, CUSTOMER_ACCOUNT)
    return tuple(Identifier(text, name) for name in names if (text := node.text(name)))


def creditor_id(*nodes: Node | None) -> str | None:
    """The SEPA creditor identifier (BT-90), which stands among the identifiers of payee or seller."""
    found = [each for node in nodes if node for each in _identifiers(node.all("PartyIdentification/ID"))]
    return next((each.value for each in found if each.scheme == _CREDITOR), None)


def _identifiers(nodes: list[Node]) -> tuple[Identifier, ...]:
    return tuple(Identifier(text, node.attribute("schemeID")) for node in nodes if (text := node.value))


def _person(node: Node) -> str | None:
    person = node.first("Person")
    return " ".join(person.texts("FirstName", "MiddleName", "FamilyName")) or None if person else None


def _vat_id(node: Node) -> str | None:
    schemes = [each for each in node.all("PartyTaxScheme") if _is_value_added(each)]
    return next((text for each in schemes if (text := each.text("CompanyID"))), None)


def _is_value_added(scheme: Node) -> bool:
    return not _VALUE_ADDED.isdisjoint(scheme.texts("TaxScheme/ID", "TaxScheme/TaxTypeCode", "TaxScheme/Name"))


def _other_tax_ids(node: Node) -> tuple[Identifier, ...]:
    others = [each for each in node.all("PartyTaxScheme") if not _is_value_added(each)]
    return tuple(
        Identifier(text, each.text("TaxScheme/ID", "TaxScheme/Name"))
        for each in others
        if (text := each.text("CompanyID"))
    )


def address(node: Node | None) -> Address | None:
    """A postal address; None when it says nothing."""
    if node is None:
        return None
    street = " ".join(node.texts("StreetName", "BuildingNumber"))
    lines = [*([street] if street else []), *node.texts("AdditionalStreetName", "BuildingName", "AddressLine/Line")]
    found = Address(
        street=lines[0] if lines else None,
        more=tuple(lines[1:]),
        postal_code=node.text("PostalZone"),
        city=node.text("CityName"),
        region=node.text("CountrySubentity"),
        country=country_code(node.text("Country/IdentificationCode")),
    )
    return found if found != Address() else None


def notes(node: Node) -> tuple[Note, ...]:
    return tuple(note(text) for text in node.texts("Note"))


def note(text: str) -> Note:
    """A note; EN 16931 writes the subject code in front of it in UBL, as in `#REG#Company seat …`."""
    subject = _SUBJECT.fullmatch(text)
    return Note(flowing(subject[2]) or "", subject[1]) if subject else Note(flowing(text) or "")


def line(node: Node, quantity: str, figures: Figures | None) -> Line:
    """An invoice or order line; `quantity` is the name its quantity has here. Without a currency it has no net."""
    item = node.first("Item")
    return Line(
        id=node.text("ID"),
        name=item.text("Name", "Description") if item else None,
        quantity=plain_quantity(node.text(quantity)),
        net=figures.line_amount(node.first("LineExtensionAmount")) if figures else None,
        order_line=node.text("OrderLineReference/LineID"),
    )
