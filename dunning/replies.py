"""What a customer's answer seems to say: a promise, a dispute, or that it is paid. Pure.

A proposal for a person, by plain words in the seven languages of our letters. It is never acted upon by itself: it only
saves the person the typing.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final, Literal

from babel import Locale

from dunning.letter import LANGUAGES

Meaning = Literal["promise", "dispute", "paid"]

FURTHEST_DAYS: Final = 180
LONGEST_READ: Final = 5_000
_SENTENCE_ENDS = re.compile(r"(?<=[^\d\s][.!?;])\s+|\n{2,}")
"""A full stop behind a figure ends no sentence: “am 3. Dezember”."""

_QUOTED = re.compile(
    r"^\s*(>|-{2,}\s*(original|ursprüngliche|mensaje|message|messaggio|oorspronkelijk|mensagem)\b|_{10,}\s*$|"
    r"(from|von|de|da|van)\s*:\s.{0,200}@|"
    r"(on|am|el|le|il|op|em|a)\s.{4,120}\b(wrote|schrieb|escribió|écrit|scritto|schreef|escreveu)\b.{0,80}:\s*$)",
    re.I,
)


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(words)})\b", re.I)


_DISPUTE = _any(
    r"disput\w*|disagree\w*|incorrect\w*|wrong\w*|never (received|ordered)|not (received|delivered|ordered|correct)",
    r"have(n.t| not) (received|ordered)|damaged|faulty|defective|missing|credit note",
    r"disputa\w*|no (estamos|estoy) (de acuerdo|conforme)\w*|desacuerdo|incorrect[oa]s?|no (hemos )?recib\w+",
    r"dañad\w+|defectuos\w+|falta\w* (de|la|el|un)|nota de (abono|crédito)|erróne\w+",
    r"contest(ons|ée?s?|ation)|désaccord|erroné\w*|n.avons (pas|jamais) (reçu|commandé)|endommagé\w*",
    r"défectueu\w+|manquant\w*|un avoir",
    r"strittig\w*|reklam\w+|widersprechen|widerspruch|nicht einverstanden|falsch\w*|fehlerhaft\w*|beschädigt\w*",
    r"nicht (erhalten|bekommen|geliefert|bestellt)|gutschrift|mangel\w*|mängel\w*|fehlmenge\w*",
    r"contest(iamo|azione|ata|ato)|non (siamo )?d.accordo|sbagliat\w+|errat[oaie]|danneggiat\w+|difettos\w+",
    r"non (abbiamo|è stat\w) (mai )?(ricevut|ordinat|consegnat)\w+|mancante|nota di credito",
    r"betwist\w*|niet (mee )?eens|onjuist\w*|verkeerd\w*|niet (ontvangen|geleverd|besteld)|beschadigd\w*|creditnota",
    r"contestamos|discordamos|não (concordamos|recebemos|encomendamos)|incorret\w+|danificad\w+|defeituos\w+",
)
_PAID = _any(
    r"(already|have|has been|was|were|just|been) (\w+ ){0,2}(paid|transferred|settled|wired)|(we|i) paid",
    r"(payment|transfer) (was|has been|is) (made|sent|done)|paid (it |this |the invoice )?(on|yesterday|last)",
    r"(ya|hemos|fue|está|ha sido) (\w+ ){0,2}(pagad[oa]s?|abonad[oa]s?|transferid[oa])|pagamos (el|ayer)",
    r"transferencia (ya )?(realizada|hecha|enviada)",
    r"(déjà|avons|a été|ont été) (\w+ ){0,2}(payée?s?|réglée?s?|virée?s?|acquittée?s?)",
    r"virement (a été )?(effectué|fait|émis)",
    r"(bereits|schon|haben|wurden?|ist|habe) (\w+ ){0,6}(bezahlt|überwiesen|beglichen|gezahlt|angewiesen)",
    r"(già|abbiamo|è stat[oa]|sono stat[ei]) (\w+ ){0,2}(pagat[oaie]|saldat[oaie]|bonificat[oaie])",
    r"bonifico (è stato )?(già )?(effettuato|eseguito|fatto)",
    r"(al|reeds|hebben|is|zijn) (\w+ ){0,5}(betaald|voldaan|overgemaakt)",
    r"(já|foi|foram|está) (\w+ ){0,2}(pag[oa]s?|liquidad[oa]s?|transferid[oa]s?)|já pagámos|pagámos",
    r"transferência (já )?(efetuada|feita|realizada)",
)
_PROMISE = _any(
    r"(will|shall|going to|can|.ll) (be )?(\w+ ){0,2}(pay|paid|transfer\w*|settle\w*|wire\w*|make (the )?payment)",
    r"(payment|transfer) (is )?(scheduled|planned|will)",
    r"pagar(emos|é)|vamos a (pagar|abonar)|abonaremos|realizar(emos|é) (el|la) (pago|transferencia)",
    r"será (pagad|abonad)[oa]",
    r"(paierons|réglerons|paierai|réglerai)|allons (payer|régler)",
    r"(sera|seront) (payée?s?|réglée?s?|effectuée?s?|virée?s?)",
    r"(werden|wird|werde) (\S+ ){0,8}(zahlen|bezahlen|überweisen|begleichen|bezahlt|überwiesen|beglichen)",
    r"(zahlen|überweisen|begleichen|bezahlen) (wir|ich)|wir (zahlen|überweisen|begleichen|bezahlen)",
    r"pagher(emo|ò)|provvederemo|salderemo|(sarà|saranno) (pagat|saldat|effettuat)[oaie]|effettueremo",
    r"(zullen|zal|gaan|wordt|worden) (\S+ ){0,8}(betalen|betaald|overmaken|overgemaakt|voldoen|voldaan)",
    r"betalen (wij|we)|(wij|we) (betalen|maken)",
    r"pagaremos|vamos pagar|liquidaremos|(será|serão) (pag|liquidad|efetuad)[oa]s?|efetuaremos",
)
_NOT = _any(r"not|n.t|\w+n.t|never|no|nicht|noch kein\w*|pas|jamais|non|niet|geen|não|nunca|if|falls|wenn|si|als")
"""In a sentence with one of these nothing is paid or promised."""

_NUMERIC = re.compile(r"\b(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?\b")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an answer seems to say, the sentence that says it, and the day it names. `invoices` are those it names."""

    meaning: Meaning
    quote: str
    promised_on: date | None = None
    invoices: tuple[str, ...] = ()


def own_words(text: str) -> str:
    """What the sender wrote himself: everything above the first line that is quoted."""
    written: list[str] = []
    for line in text[:LONGEST_READ].splitlines():
        if _QUOTED.match(line):
            break
        written.append(line)
    return "\n".join(written).strip()


def proposal(text: str, today: date, open_invoices: Collection[str]) -> Proposal | None:
    """What the answer seems to say; None when its words say nothing we know.

    A complaint counts before anything else, and “paid” before a promise: whoever disputes is not held to a date.
    """
    words = own_words(text)
    named = tuple(number for number in open_invoices if _is_named(number, words))
    sentences = [" ".join(each.split()) for each in _SENTENCE_ENDS.split(words)]
    for meaning, pattern in _MEANINGS:
        for sentence in sentences:
            if pattern.search(sentence) and (meaning == "dispute" or not _NOT.search(sentence)):
                day = _day_named(sentence, today) or _day_named(words, today) if meaning == "promise" else None
                return Proposal(meaning, sentence[:300], day, named)
    return None


_MEANINGS: Final[tuple[tuple[Meaning, re.Pattern[str]], ...]] = (
    ("dispute", _DISPUTE),
    ("paid", _PAID),
    ("promise", _PROMISE),
)


def _is_named(number: str, words: str) -> bool:
    return re.search(rf"(?<![\w/-]){re.escape(number)}(?![\w-]|/\w)", words, re.I) is not None


def _day_named(text: str, today: date) -> date | None:
    """The first day within reach the text names; days stand before months."""
    reach = today + timedelta(days=FURTHEST_DAYS)
    return next((day for day in _days(text, today) if today <= day <= reach), None)


def _days(text: str, today: date) -> Iterator[date]:
    for found in _ISO.finditer(text):
        yield from _valid(int(found[1]), int(found[2]), int(found[3]))
    for found in _NUMERIC.finditer(text):
        yield from _dated(today, int(found[1]), int(found[2]), found[3])
    for found in _written_days().finditer(text):
        name = (found["month"] or found["first"]).lower()
        yield from _dated(today, int(found["day"] or found["later"]), _months()[name], found["year"])


def _dated(today: date, day: int, month: int, year: str | None) -> Iterator[date]:
    """A day of the year that is said; of none, the next one there is."""
    if year:
        yield from _valid(int(year) + (2000 if len(year) == 2 else 0), month, day)
        return
    for year_number in (today.year, today.year + 1):
        for found in _valid(year_number, month, day):
            if found >= today:
                yield found
                return


def _valid(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


@cache
def _months() -> dict[str, int]:
    """The months by their names, long and short, in our languages."""
    found: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale(language).months["format"]
        for width in ("wide", "abbreviated"):
            found |= {name.lower().rstrip("."): number for number, name in months[width].items()}
    return {name: number for name, number in found.items() if not name.isdigit()}


@cache
def _written_days() -> re.Pattern[str]:
    months = "|".join(sorted((re.escape(name) for name in _months()), key=len, reverse=True))
    return re.compile(
        rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+|di\s+|of\s+)?(?P<month>{months})\b\.?"
        rf"|(?P<first>{months})\s+(?P<later>\d{{1,2}})(?:st|nd|rd|th)?\b)(?:,?\s+(?:de\s+)?(?P<year>\d{{4}}))?",
        re.I,
    )
