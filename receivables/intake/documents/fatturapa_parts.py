"""What the ordinary and the simplified Italian invoice write alike: type, VAT number, address. Pure."""

from receivables.intake.documents.elements import Node
from receivables.intake.documents.model import Address, InvoiceType
from receivables.intake.documents.type_codes import ITALY
from receivables.intake.documents.values import country_code


def type_of(general: Node) -> InvoiceType:
    """What TipoDocumento says the document is; a code nobody published refuses the file."""
    code = general.required("TipoDocumento")
    if code not in ITALY:
        general.refuse(f"The type “{code[:20]}” is no TipoDocumento that we know.")
    return ITALY[code]


def vat_id(about: Node) -> str | None:
    """The VAT number with its country in front, as IdFiscaleIVA has it in two parts."""
    return "".join(about.texts("IdFiscaleIVA/IdPaese", "IdFiscaleIVA/IdCodice")) or None


def address(seat: Node | None) -> Address | None:
    """The address in Sede."""
    if seat is None:
        return None
    return Address(
        street=" ".join(seat.texts("Indirizzo", "NumeroCivico")) or None,
        postal_code=seat.text("CAP"),
        city=seat.text("Comune"),
        region=seat.text("Provincia"),
        country=country_code(seat.text("Nazione")),
    )
