"""The simplified Italian invoice (FatturaElettronicaSemplificata, up to 400 EUR), as XML or signed. Pure.

Source: Agenzia delle Entrate, Rappresentazione tabellare della fattura semplificata 1.0 to 1.3. Each amount (Importo)
holds its VAT; nothing says how or when it is paid, so what is payable is their sum. That of the VAT inside it is given
as an amount, a rate or both: without an amount the tax is left open.
"""

from receivables.intake.documents.elements import Node
from receivables.intake.documents.fatturapa_parts import address, type_of, vat_id
from receivables.intake.documents.model import (
    Identifier,
    InvoiceDocument,
    Line,
    Party,
    Reference,
    Totals,
)
from receivables.intake.documents.values import Figures, day_at, known_currency, required_day

_GENERAL = "DatiGenerali/DatiGeneraliDocumento"
_GOODS = "DatiBeniServizi"


def invoice(header: Node, body: Node) -> InvoiceDocument:
    """The simplified invoice or note of one body."""
    general = body.required_one(_GENERAL)
    currency = known_currency(general.required("Divisa"), f"{general.path}/Divisa", "Divisa")
    figures = Figures(currency, [])
    gross = figures.total(body.all(f"{_GOODS}/Importo"))
    if gross is None:
        body.refuse("The amount (Importo) is missing.")
    return InvoiceDocument(
        number=general.required("Numero"),
        type=type_of(general),
        type_code=general.required("TipoDocumento"),
        issued_on=required_day(general, "Data"),
        currency=currency,
        totals=Totals(payable=gross, tax=_tax(body, figures), tax_inclusive=gross),
        ties=True,
        seller=_seller(header.one("CedentePrestatore")),
        buyer=_buyer(header.one("CessionarioCommittente")),
        preceding=_preceding(body),
        lines=tuple(Line(None, each.text("Descrizione"), net=None) for each in body.all(_GOODS)),
        customization=header.text("DatiTrasmissione/FormatoTrasmissione"),
        problems=tuple(figures.problems),
    )


def _tax(body: Node, figures: Figures) -> int | None:
    goods = body.all(_GOODS)
    stated = [each.first("DatiIVA/Imposta") for each in goods]
    return figures.total([node for node in stated if node]) if all(stated) else None


def _seller(node: Node | None) -> Party | None:
    if node is None:
        return None
    return Party(
        name=_name(node),
        ids=_ids(node),
        vat_id=vat_id(node),
        address=address(node.first("Sede")),
    )


def _buyer(node: Node | None) -> Party | None:
    numbers = node.first("IdentificativiFiscali") if node else None
    if node is None or numbers is None:
        return None
    about = node.first("AltriDatiIdentificativi")
    return Party(
        name=_name(about) if about else None,
        ids=_ids(numbers),
        vat_id=vat_id(numbers),
        address=address(about.first("Sede")) if about else None,
    )


def _name(node: Node) -> str | None:
    return node.text("Denominazione") or " ".join(node.texts("Nome", "Cognome")) or None


def _ids(node: Node) -> tuple[Identifier, ...]:
    return tuple(Identifier(text, "CodiceFiscale") for text in node.texts("CodiceFiscale"))


def _preceding(body: Node) -> tuple[Reference, ...]:
    corrected = body.first("DatiGenerali/DatiFatturaRettificata")
    number = corrected.text("NumeroFR") if corrected else None
    return (Reference(number, day_at(corrected, "DataFR")),) if number else ()
