"""What a column of a bank's table probably is, by the words of its header. A proposal for a person, never a reading."""

import re
from collections.abc import Mapping, Sequence

from payments.readers.bank_profile import Meaning, normal

_WORDS: tuple[tuple[Meaning, str], ...] = (
    (
        "valued_on",
        r"valut|value date|valeur|fecha.?valor|f\. ?valor|data.?valor|wertstellung|rentedatum"
        r"|interest date|valudag|\bwert\b",
    ),
    ("counterparty_bic", r"\bbic\b.*(tegen|zahlungsbet|counter|partner)|(counter|partner).*\bbic\b"),
    (
        "counterparty_account",
        r"tegenrekening|counterparty (account|iban)|partner iban"
        r"|iban.*(zahlungsbet|auftragg|beg.nstigt)|compte contrepartie"
        r"|cuenta (contrapartida|destino)|conto controparte|gegenkonto|account number of payee"
        r"|rekening tegenpartij|bank account",
    ),
    ("indicator", r"^d/?c$|af bij|debit/credit|soll/haben|\bcr/dr\b|sens|signo|^tipo d/c$"),
    (
        "booked_on",
        r"^(date|datum|data|fecha|dato|pvm)\b|buchungs(tag|datum)|booking date|posting date"
        r"|transaction date|date (op|comptable|de comptabilisation|d.ex.cution|d.op.ration)|dateop"
        r"|fecha (contable|operaci.n)|boekingsdatum|transactiedatum"
        r"|data (operazione|contabile|lan.amento|mov|registrazione)|f\. ?contable|buchung$"
        r"|completed date|bokf.ringsda",
    ),
    ("balance", r"saldo|balance|solde|kontostand|disponible|saldo na|resulting balance"),
    (
        "outgoing",
        r"^(debit|d.bit|cargo|soll|lastschrift|belastung|withdrawals?|paid out)\b"
        r"|^(money out|outgoing|uscite|d.bito|debet|af|addebiti|salidas?|gastos)\b",
    ),
    (
        "incoming",
        r"^(credit|cr.dit|abono|haben|gutschrift|deposits?|paid in)\b"
        r"|^(money in|incoming|entrate|cr.dito|bij|accrediti|entradas?|ingresos?)\b",
    ),
    ("fee", r"^(fee|geb.hr|commission|comisi.n|frais|kosten)\b"),
    ("original_currency", r"(original|foreign|fremd).*(currency|w.hrung)"),
    ("original_amount", r"(original|foreign|fremd|local).*(amount|betrag)|(amount|betrag).*(foreign|fremd|original)"),
    (
        "currency",
        r"^(currency|w.hrung|waehrung|munt|devise|divisa)\b"
        r"|^(moneda|valuta.?code|munteenheid|devies|moeda|valuuta)\b|w.hrung$",
    ),
    (
        "amount",
        r"amount|betrag|umsatz|bedrag|montant|importe|importo|valor$|montante|belopp|bel.b|^value$"
        r"|m..r.$",
    ),
    (
        "counterparty",
        r"payee|payer|beg.nstigt|beguenstigt|empf.nger|auftraggeber|counter ?party|naam|name"
        r"|b.n.ficiaire|contrepartie|beneficiari|ordenante|partner|benefici.rio|controparte"
        r"|zahlungspflicht|merchant|mottagare",
    ),
    (
        "account",
        r"^(account|konto|iban|rekening|compte|cuenta|conto)\b|auftragskonto|rekeningnummer"
        r"|account number|n.m.ro de compte",
    ),
    ("mandate", r"mandat|machtiging"),
    ("end_to_end", r"end.?to.?end|kundenreferenz|e2e"),
    ("structured_reference", r"structur|gestructureerd|betalingskenmerk|ocr|viite"),
    (
        "entry_ref",
        r"reference|referenz|r.f.rence|referencia|referentie|transaction id|^id$|^ref\b|volgn"
        r"|riferimento|bank ref",
    ),
    ("state", r"^(status|state|stato|estado|statut|info)$"),
    ("code", r"^(type|code|transaction type|buchungstext|umsatzart|mutatiesoort|categor|kategorie)"),
    (
        "remittance",
        r"verwendungszweck|description|descripci.n|omschrijving|libell|remittance|memo|details"
        r"|concepto|causale|descrizione|descri..o|mededeling|communication|label|text|notes?\b"
        r"|narrative|particulars|buchungstext|operazione|motif|beskrivning|rubrik|selite|tekst",
    ),
)
"""In the order in which they are tried. English, German, Spanish, French, Italian, Dutch, Portuguese, some Nordic."""

_PATTERNS = [(meaning, re.compile(pattern)) for meaning, pattern in _WORDS]
_MANY: frozenset[Meaning] = frozenset({"remittance"})


def proposed(names: Sequence[str]) -> Mapping[Meaning, tuple[str, ...]]:
    """Each meaning's columns as their words suggest; the first of several unless texts are joined.

    Two columns of money in and out make a single amount column unlikely, and the other way round: the pair wins.
    """
    found: dict[Meaning, tuple[str, ...]] = {}
    for name in names:
        meaning = _meaning(normal(name))
        if meaning is not None and (meaning in _MANY or meaning not in found):
            found[meaning] = (*found.get(meaning, ()), name)
    if "incoming" in found and "outgoing" in found:
        found.pop("amount", None)
    return found


def _meaning(name: str) -> Meaning | None:
    return next((meaning for meaning, pattern in _PATTERNS if pattern.search(name)), None)


def is_header(names: Sequence[str]) -> bool:
    """True for a row of at least three names, among which are a date and an amount."""
    filled = [name for name in names if name]
    found = proposed(filled)
    has_day = "booked_on" in found or "valued_on" in found
    has_amount = bool({"amount", "incoming", "outgoing"} & found.keys())
    return len(filled) >= 3 and has_day and has_amount and not any(_is_figure(name) for name in filled)


def _is_figure(name: str) -> bool:
    return sum(character.isdigit() for character in name) * 2 > len(name)
