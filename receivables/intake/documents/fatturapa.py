"""FatturaPA, the Italian invoice, as XML or signed (`.xml.p7m`): one file may hold several invoices. Pure.

Source: Agenzia delle Entrate, Specifiche tecniche FatturaPA 1.2 to 1.9. What is payable is the sum of the payments the
file asks for; it ties when that is the document's total less what the buyer withholds as income tax, and less the VAT
when he pays that to the state himself (split payment, EsigibilitaIVA `S`).
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import BinaryIO

from core.problems import Problem
from receivables.intake.documents import fatturapa_simplified
from receivables.intake.documents.arithmetic import payable_ties
from receivables.intake.documents.elements import Node, root_name, root_of, whole
from receivables.intake.documents.fatturapa_parts import address, type_of, vat_id
from receivables.intake.documents.model import (
    Account,
    Discount,
    Document,
    Identifier,
    Instalment,
    InvoiceDocument,
    Line,
    Note,
    Party,
    PaymentMeans,
    Reference,
    Totals,
)
from receivables.intake.documents.signed_envelope import content_of, is_signed
from receivables.intake.documents.terms import due_day, several
from receivables.intake.documents.values import (
    Figures,
    bank_account,
    day_at,
    flowing,
    known_currency,
    plain_quantity,
    required_day,
    whole_days,
)

_ROOT, _SIMPLIFIED = "FatturaElettronica", "FatturaElettronicaSemplificata"
_HEADER, _BODY = "FatturaElettronicaHeader", "FatturaElettronicaBody"
_GENERAL = "DatiGenerali/DatiGeneraliDocumento"
_SUMMARY = "DatiBeniServizi/DatiRiepilogo"
_PAYMENT = "DatiPagamento/DettaglioPagamento"
_SPLIT_PAYMENT = "S"


class FatturaPaReader:
    name = "fatturapa"
    title = "FatturaPA (XML or .p7m)"

    def recognises(self, head: bytes, filename: str) -> bool:
        """By the root element, or as signed data: of the signed formats only this one is read."""
        root = root_name(head)
        return root.name in (_ROOT, _SIMPLIFIED) if root else is_signed(head)

    def read(self, source: BinaryIO) -> tuple[Document, ...]:
        data = whole(source)
        root = root_of(io.BytesIO(content_of(data) if is_signed(data[:200]) else data))
        if root.name not in (_ROOT, _SIMPLIFIED):
            root.refuse(f"{root.name} is not FatturaElettronica.")
        header, bodies = root.required_one(_HEADER), root.all(_BODY)
        if not bodies:
            root.refuse(f"{_BODY} is missing.")
        invoice = _invoice if root.name == _ROOT else fatturapa_simplified.invoice
        return tuple(invoice(header, body) for body in bodies)


def _invoice(header: Node, body: Node) -> InvoiceDocument:
    general = body.required_one(_GENERAL)
    problems: list[Problem] = []
    currency = known_currency(general.required("Divisa"), f"{general.path}/Divisa", "Divisa")
    figures = Figures(currency, problems)
    instalments = _instalments(body, figures)
    totals = _totals(body, general, figures)
    return InvoiceDocument(
        number=general.required("Numero"),
        type=type_of(general),
        type_code=general.required("TipoDocumento"),
        issued_on=required_day(general, "Data"),
        currency=currency,
        totals=totals,
        ties=payable_ties(totals, figures, general.path),
        due_on=due_day(None, instalments),
        instalments=several(instalments),
        delivered_on=day_at(body.first("DatiGenerali/DatiTrasporto"), "DataOraConsegna"),
        seller=_party(header.one("CedentePrestatore")),
        buyer=_buyer(header),
        payee=_payee(body),
        tax_representative=_party(header.one("RappresentanteFiscale")),
        payment_reference=body.text(f"{_PAYMENT}/CodicePagamento"),
        means=_means(body),
        discounts=_discounts(body, figures),
        order_number=body.text("DatiGenerali/DatiOrdineAcquisto/IdDocumento"),
        contract_number=body.text("DatiGenerali/DatiContratto/IdDocumento"),
        delivery_number=body.text("DatiGenerali/DatiDDT/NumeroDDT"),
        buyer_reference=header.text("CedentePrestatore/RiferimentoAmministrazione"),
        preceding=_preceding(body),
        notes=tuple(Note(flowing(text) or "") for text in general.texts("Causale")),
        lines=tuple(_line(each, figures) for each in body.all("DatiBeniServizi/DettaglioLinee")),
        customization=header.text("DatiTrasmissione/FormatoTrasmissione"),
        problems=tuple(problems),
    )


def _totals(body: Node, general: Node, figures: Figures) -> Totals:
    net = figures.total(body.all(f"{_SUMMARY}/ImponibileImporto"))
    tax = figures.total(body.all(f"{_SUMMARY}/Imposta"))
    stated = figures.amount(general, "ImportoTotaleDocumento")
    rounding = (figures.total(body.all(f"{_SUMMARY}/Arrotondamento")) or 0) + (
        figures.amount(general, "Arrotondamento") or 0
    )
    gross = stated if stated is not None or net is None else net + (tax or 0) + rounding
    withheld = _withheld(body, general, figures)
    asked = _asked(body, figures, None if gross is None else gross - withheld)
    if asked is None and gross is None:
        body.refuse("The file says neither a total (ImportoTotaleDocumento, DatiRiepilogo) nor a payment.")
    return Totals(
        payable=asked if asked is not None else (gross or 0) - withheld,
        tax_exclusive=net,
        tax=tax,
        tax_inclusive=gross,
        withheld=withheld or None,
    )


def _asked(body: Node, figures: Figures, expected: int | None) -> int | None:
    """The sum of the payments, unless each of them asks for all of it: then they are ways to pay the same."""
    payments = [figures.amount(each, "ImportoPagamento") for each in body.all(_PAYMENT)]
    stated = [each for each in payments if each is not None]
    if len(stated) > 1 and set(stated) == {expected}:
        return expected
    return sum(stated) if stated else None


def _withheld(body: Node, general: Node, figures: Figures) -> int:
    """Income tax the buyer keeps back, and VAT he pays to the state himself."""
    split = [each for each in body.all(_SUMMARY) if each.text("EsigibilitaIVA") == _SPLIT_PAYMENT]
    income_tax = figures.total(general.all("DatiRitenuta/ImportoRitenuta")) or 0
    return income_tax + sum(figures.amount(each, "Imposta") or 0 for each in split)


def _instalments(body: Node, figures: Figures) -> list[Instalment]:
    return [
        Instalment(day, figures.amount(each, "ImportoPagamento"))
        for each in body.all(_PAYMENT)
        if (day := day_at(each, "DataScadenzaPagamento") or _days_after(each))
    ]


def _days_after(payment: Node) -> date | None:
    """The day so many days (GiorniTerminiPagamento) after the one from which the term runs, where both are given."""
    begins, days = day_at(payment, "DataRiferimentoTerminiPagamento"), whole_days(payment.one("GiorniTerminiPagamento"))
    return begins + timedelta(days=days) if begins and days is not None else None


def _means(body: Node) -> tuple[PaymentMeans, ...]:
    return tuple(PaymentMeans(each.text("ModalitaPagamento"), _account(each)) for each in body.all(_PAYMENT))


def _account(payment: Node) -> Account | None:
    return bank_account(payment.text("IBAN"), payment.text("BIC"), payment.text("Beneficiario"))


def _payee(body: Node) -> Party | None:
    name = body.text(f"{_PAYMENT}/Beneficiario")
    return Party(name=name) if name else None


def _discounts(body: Node, figures: Figures) -> tuple[Discount, ...]:
    return tuple(
        Discount(
            amount=figures.amount(each, "ScontoPagamentoAnticipato"),
            until=day_at(each, "DataLimitePagamentoAnticipato"),
        )
        for each in body.all(_PAYMENT)
        if each.text("ScontoPagamentoAnticipato")
    )


def _preceding(body: Node) -> tuple[Reference, ...]:
    return tuple(
        Reference(number, day_at(each, "Data"))
        for each in body.all("DatiGenerali/DatiFattureCollegate")
        if (number := each.text("IdDocumento"))
    )


def _party(node: Node | None) -> Party | None:
    about = node.first("DatiAnagrafici") if node else None
    if node is None or about is None:
        return None
    person = " ".join(about.texts("Anagrafica/Nome", "Anagrafica/Cognome"))
    return Party(
        name=about.text("Anagrafica/Denominazione") or person or None,
        ids=_ids(about),
        vat_id=vat_id(about),
        address=address(node.first("Sede")),
        email=node.text("Contatti/Email"),
    )


def _buyer(header: Node) -> Party | None:
    """The buyer, with the address at which the state's exchange system reaches him."""
    buyer, code = _party(header.one("CessionarioCommittente")), header.text("DatiTrasmissione/CodiceDestinatario")
    return replace(buyer, endpoint=Identifier(code, "CodiceDestinatario")) if buyer and code else buyer


def _ids(about: Node) -> tuple[Identifier, ...]:
    codes: Sequence[tuple[str, str]] = (("CodiceFiscale", "CodiceFiscale"), ("Anagrafica/CodEORI", "EORI"))
    return tuple(Identifier(text, scheme) for path, scheme in codes if (text := about.text(path)))


def _line(node: Node, figures: Figures) -> Line:
    return Line(
        id=node.text("NumeroLinea"),
        name=node.text("Descrizione"),
        quantity=plain_quantity(node.text("Quantita")),
        net=figures.line_amount(node.first("PrezzoTotale")),
    )
