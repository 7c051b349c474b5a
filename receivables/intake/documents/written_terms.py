"""Payment terms in words (BT-20): “30 days net”, “2/10 net 30”, “14 Tage 2% Skonto, 30 Tage rein netto”. Pure.

It is conservative. Every word of a clause that holds a figure must be known, or nothing of the text is believed: what
counts from the end of a month, from a delivery or from a receipt is no term counted from the invoice date. English,
German, French, Spanish, Italian, Dutch and Swedish.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from receivables.intake.documents.model import Discount

LONGEST_TERM = 365
LARGEST_DISCOUNT = Decimal(20)
LONGEST_TEXT = 500

_DAY = r"(?:days?|tage?n?|jours?|d[ií]as?|giorn[io]|gg|dagen|dagar|dag)"
_TOKEN = re.compile(
    rf"(?P<date>\d{{1,2}}\.\d{{1,2}}\.\d{{4}}|\d{{4}}-\d\d-\d\d)(?!\d)"
    rf"|(?P<percent>\d{{1,2}}(?:[.,]\d{{1,2}})?)\s?%"
    rf"|(?P<days>\d{{1,3}})\s?{_DAY}\b"
    r"|(?P<word>[^\W\d_]+)|(?P<other>[^\s(),:/'’–-])"
)
_ENGLISH_SHORT = re.compile(
    r"\b(\d{1,2}(?:\.\d{1,2})?)\s?%?\s?/\s?(\d{1,3})\s?,?\s*(?:net|n)\s?/?\s?(\d{1,3})\b(?! ?%)"
)
_NET = re.compile(rf"\bnett?o?\s?(\d{{1,3}})\b(?!\s?(?:{_DAY}|%|[.,/]\d))")
_LATE = re.compile(
    r"(?:penalty|late (?:fee|interest|payment)|interest|dröjsmålsränta|aktuell årsräntesats|verzugszins\w*|pénalités?|"
    r"intérêts?|intereses?|interessi|rente)\b.*?(?:;|\n|\.(?!\d)|$)",
    re.S,
)
"""What a late payer pays: nothing about when to pay."""
_SKONTO = re.compile(r"#skonto#[^\n]*?#(?=\s|$)")
_BETWEEN = re.compile(r"[;\n]|\.(?!\d)|,(?!\d)|\b(?:and|und|et|y|ed?|en|och|or|oder|ou|oppure|of)\b(?= ?\d)")

_NEUTRAL = frozenset(
    """
    payment payments payable pay paid due within in net of the invoice date from after by until on at terms term if
    is zahlbar zahlung zahlungen zahlungsziel zahlungsbedingungen zahlungsfrist fällig bei binnen innerhalb von
    netto rein ohne abzug nach ab rechnungsdatum rechnungsstellung bis zum ziel tagen paiement règlement échéance à
    a sous dans les de la facture pago pagadero vencimiento en el del plazo fecha factura desde neto contados
    pagamento entro dal dalla data fattura netti scadenza betaling betalingstermijn betaalbaar termijn na
    factuurdatum betalning betalningsvillkor förfaller från fakturadatum
    """.split()  # noqa: SIM905
)
_DISCOUNT = frozenset(
    """
    discount skonto escompte descuento sconto korting betalingskorting kassarabatt rabatt cash early prompt pronto
    """.split()  # noqa: SIM905
)
_AT_ONCE = frozenset(
    """
    immediately immediate sofort umgehend comptant immédiat contado immediato onmiddellijk omgående
    """.split()  # noqa: SIM905
)
_OTHERWISE = re.compile(
    r"\b(?:months?|monats?\w*|mois|mes(?:es)?|mes[ei]|maand\w*|månad\w*|weeks?|wochen?|semaines?|semanas?|settimane?|weken|"
    r"end|ende|fin|fine|einde|eom|receipt|erhalt|réception|recepción|ricevimento|ontvangst|delivery|lieferung|livraison|"
    r"entrega|consegna|levering|goods|ware|advance|vorkasse|vorauskasse|acompte|anticipo|vooruit|instal\w+|raten?)\b"
)
"""Words of terms that do not count days from the invoice date."""


@dataclass(frozen=True, slots=True)
class WrittenTerms:
    """What a text says: when all is due, and what may be taken off before. `due_on` None where it does not say."""

    due_on: date | None = None
    discounts: tuple[Discount, ...] = ()


@dataclass(slots=True)
class _Clause:
    """The figures and words of a part of the text."""

    days: list[int]
    dates: list[date]
    percents: list[Decimal]
    words: set[str]
    is_strange: bool = False

    @property
    def has_figures(self) -> bool:
        return bool(self.days or self.dates or self.percents)

    def ends_on(self, issued_on: date) -> date | None:
        """The day it names, else the day its days count to."""
        if self.dates:
            return self.dates[0]
        return issued_on + timedelta(days=self.days[0]) if self.days else None


def read_terms(text: str, issued_on: date) -> WrittenTerms | None:
    """What the text says of an invoice issued that day; None when it is not understood wholly."""
    said = _SKONTO.sub(" ", text.casefold().strip())
    said = _LATE.sub(" ", said)
    if len(said) > LONGEST_TEXT or _OTHERWISE.search(said):
        return None
    said = _ENGLISH_SHORT.sub(r"\1% discount \2 days; \3 days net", said)
    said = _NET.sub(r"net \1 days", said)
    clauses = [_clause(part) for part in _BETWEEN.split(said)]
    return _meaning(_joined([each for each in clauses if each.has_figures or each.words or each.is_strange]), issued_on)


def _clause(text: str) -> _Clause:
    clause = _Clause([], [], [], set())
    for token in _TOKEN.finditer(text):
        value = token.group()
        match token.lastgroup:
            case "date":
                day = _day(value)
                clause.is_strange |= day is None
                clause.dates += [day] if day else []
            case "percent":
                clause.percents.append(Decimal(token.group("percent").replace(",", ".")))
            case "days":
                clause.days.append(int(token.group("days")))
            case "word":
                clause.words.add(value)
            case _:
                clause.is_strange |= value not in '!"“”&+*#.'
    return clause


def _day(text: str) -> date | None:
    parts = [int(part) for part in re.split(r"[.-]", text)]
    day, month, year = parts if "." in text else reversed(parts)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _joined(clauses: list[_Clause]) -> list[_Clause]:
    """“Within 14 days, 2% discount” is one clause, unless its first half says that this is the net term."""
    joined: list[_Clause] = []
    for clause in clauses:
        before = joined[-1] if joined else None
        stands_alone = clause.percents and not clause.days and not clause.dates
        if stands_alone and before and before.has_figures and not before.percents:
            if before.words & {"net", "netto", "due", "fällig", "payable", "zahlbar"}:
                clause.is_strange = True
            before.percents += clause.percents
            before.words |= clause.words
            before.is_strange |= clause.is_strange
        else:
            joined.append(clause)
    return joined


def _meaning(clauses: list[_Clause], issued_on: date) -> WrittenTerms | None:
    dues: set[date] = set()
    discounts: list[Discount] = []
    for clause in clauses:
        at_once = bool(clause.words & _AT_ONCE)
        if not clause.has_figures and not at_once and not clause.is_strange:
            continue  # politeness
        if clause.is_strange or clause.words - _NEUTRAL - _DISCOUNT - _AT_ONCE:
            return None
        if clause.percents:
            found = _discount(clause, issued_on)
            if found is None:
                return None
            discounts.append(found)
        elif at_once and not clause.has_figures:
            dues.add(issued_on)
        elif clause.words & _DISCOUNT or at_once or len(clause.days) > 1 or len(clause.dates) > 1:
            return None
        else:
            due_on = clause.ends_on(issued_on)
            if due_on is not None:
                dues.add(due_on)
    if len(dues) > 1 or any(not 0 <= (day - issued_on).days <= LONGEST_TERM for day in dues):
        return None
    return WrittenTerms(next(iter(dues), None), tuple(discounts))


def _discount(clause: _Clause, issued_on: date) -> Discount | None:
    is_one = len(clause.percents) == 1 and len(clause.days) <= 1 and len(clause.dates) <= 1
    until = clause.ends_on(issued_on)
    if not is_one or until is None or not clause.words & _DISCOUNT:
        return None
    percent = clause.percents[0]
    if not 0 < percent <= LARGEST_DISCOUNT or not 0 <= (until - issued_on).days <= LONGEST_TERM:
        return None
    return Discount(percent=percent, until=until)
