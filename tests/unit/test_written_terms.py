"""Payment terms in words: what is understood gives a day, what is not gives nothing."""

from datetime import date
from decimal import Decimal

import pytest

from receivables.intake.documents.written_terms import read_terms

ISSUED = date(2026, 3, 1)

DUE_AFTER: dict[str, int] = {
    "30 days net": 30,
    "Net 30": 30,
    "net 45 days": 45,
    "Payment within 30 days": 30,
    "Payable within 14 days of the invoice date.": 14,
    "Zahlbar innerhalb 30 Tagen": 30,
    "Zahlbar innerhalb von 30 Tagen netto": 30,
    "14 Tage": 14,
    "Zahlungsziel: 14 Tage netto": 14,
    "30 Tage nach Rechnungsdatum ohne Abzug": 30,
    "PAIEMENT 30 JOURS NET": 30,
    "Paiement à 45 jours date de facture": 45,
    "Pago a 60 días fecha factura": 60,
    "Pago en el plazo de 30 dias": 30,
    "Pagamento entro 30 giorni": 30,
    "Pagamento 60 gg data fattura": 60,
    "Betaling binnen 30 dagen na factuurdatum": 30,
    "Betalingstermijn: 14 dagen netto": 14,
    "30 dagar netto. Dröjsmålsränta: 12%": 30,
    "10 dagar, dröjsmålsränta 12.3 %": 10,
    "30 days net. Penalty rate 12 %": 30,
    "Zahlbar sofort ohne Abzug.": 0,
    "Zahlbar sofort rein netto": 0,
    "Paiement comptant": 0,
    "30 days net. Thank you for your business!": 30,
}


@pytest.mark.parametrize(("text", "days"), DUE_AFTER.items())
def test_days_are_counted_from_the_invoice_date(text: str, days: int) -> None:
    terms = read_terms(text, ISSUED)
    assert terms is not None
    assert terms.due_on is not None
    assert ((terms.due_on - ISSUED).days, terms.discounts) == (days, ())


@pytest.mark.parametrize(
    "text",
    ["Zahlbar ohne Abzug bis zum 30.05.2026", "Payable by 2026-05-30", "Zahlbar innerhalb 90 Tagen bis 30.05.2026"],
)
def test_a_day_that_is_named_is_that_day(text: str) -> None:
    terms = read_terms(text, ISSUED)
    assert terms is not None
    assert terms.due_on == date(2026, 5, 30)


DISCOUNTS = {
    "2/10 net 30": (30, [("2", 10)]),
    "2/10, n/30": (30, [("2", 10)]),
    "1.5/14 net 60": (60, [("1.5", 14)]),
    "14 Tage 2% Skonto, 30 Tage rein netto": (30, [("2", 14)]),
    "Payment within 10 days, 2% discount": (None, [("2", 10)]),
    "Bei Zahlungen binnen 14 Tagen, 2% Skonto": (None, [("2", 14)]),
    "2 % discount if paid within 2 days": (None, [("2", 2)]),
    "2 % discount if paid within 2 days\nPenalty percentage 10% from due date": (None, [("2", 2)]),
    "Zahlbar innerhalb 30 Tagen netto bis 31.03.2026, 3% Skonto innerhalb 10 Tagen bis 11.03.2026": (30, [("3", 10)]),
    "8 Tage 3% Skonto; 14 Tage 2% Skonto; 30 Tage netto": (30, [("3", 8), ("2", 14)]),
    "Escompte 2% sous 10 jours, paiement à 30 jours": (30, [("2", 10)]),
    "Descuento 2,5% a 10 días; pago a 30 días": (30, [("2.5", 10)]),
    "Sconto 2% entro 10 giorni, pagamento entro 30 giorni": (30, [("2", 10)]),
    "2% korting binnen 8 dagen, 30 dagen netto": (30, [("2", 8)]),
    "#SKONTO#TAGE=14#PROZENT=2.25#\n30 Tage netto": (30, []),
    "#SKONTO#TAGE=7#PROZENT=2.00#": (None, []),
}


@pytest.mark.parametrize(("text", "due", "discounts"), [(text, *said) for text, said in DISCOUNTS.items()])
def test_what_may_be_taken_off_before_is_read_too(text: str, due: int | None, discounts: list[tuple[str, int]]) -> None:
    terms = read_terms(text, ISSUED)
    assert terms is not None
    assert (terms.due_on and (terms.due_on - ISSUED).days) == due
    found = [(each.percent, (each.until - ISSUED).days) for each in terms.discounts if each.until]
    assert found == [(Decimal(percent), days) for percent, days in discounts]


@pytest.mark.parametrize(
    "text",
    [
        "30 jours fin de mois",
        "30 days end of month",
        "30 Tage zum Monatsende",
        "60 giorni fine mese",
        "30 days after receipt of goods",
        "14 Tage nach Erhalt der Ware",
        "30 or 60 days",
        "30 days net, 60 days net",
        "30 days net, 2% discount",
        "within 30 days or 2 weeks",
        "2% discount",
        "2% within 10 days",
        "50% advance, 50% in 30 days",
        "3 instalments of 10 days",
        "500 days net",
        "30% discount within 10 days",
        "due 31.02.2026",
        "Zahlbar bis 01.01.2026",
        "pay 100 within 30 days",
        "05/06/2026",
        "30 business days",
        "30 Werktage netto",
        "bis zum 15. des Folgemonats",
        "45 days less 2 for holidays",
        "x" * 600 + " 30 days",
    ],
)
def test_what_is_not_understood_wholly_gives_nothing(text: str) -> None:
    assert read_terms(text, ISSUED) is None


@pytest.mark.parametrize("text", ["", "Thank you for your business.", "Vielen Dank für Ihren Auftrag"])
def test_politeness_says_nothing(text: str) -> None:
    terms = read_terms(text, ISSUED)
    assert terms is not None
    assert (terms.due_on, terms.discounts) == (None, ())
