"""How amounts, days and words of records are written in a letter, by its language. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from core.currencies import EXPONENTS
from core.money import Money, decimal_text
from dunning.letter import Language

LOCALES: Mapping[Language, Locale] = {
    "en": Locale("en", "GB"),
    "es": Locale("es", "ES"),
    "fr": Locale("fr", "FR"),
    "de": Locale("de", "DE"),
    "it": Locale("it", "IT"),
    "nl": Locale("nl", "NL"),
    "pt": Locale("pt", "PT"),
}
_DAY_IN_A_TABLE: Mapping[Language, str] = {
    "en": "d MMM yyyy",
    "es": "dd/MM/yyyy",
    "fr": "dd/MM/yyyy",
    "de": "dd.MM.yyyy",
    "it": "dd/MM/yyyy",
    "nl": "dd-MM-yyyy",
    "pt": "dd/MM/yyyy",
}
_NOT_PRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")


def one_line(text: str) -> str:
    """Data as a single line in NFC: line ends, controls, bidi overrides and lone surrogates become one space."""
    return unicodedata.normalize("NFC", _NOT_PRINTABLE.sub(" ", text)).strip()


def lines_of(*texts: str | None) -> list[str]:
    """What is said of these, each as one line."""
    return [line for line in (one_line(text) for text in texts if text) if line]


def compact(text: str) -> str:
    """In capitals and without a space: as machines read it."""
    return re.sub(r"\s", "", text).upper()


def in_fours(text: str) -> str:
    """In groups of four, as account numbers are printed."""
    return " ".join(re.findall(".{1,4}", compact(one_line(text))))


def money(amount: Money, language: Language) -> str:
    """With its symbol, as one writes it in a sentence: `3.450,00 €`. Digits follow ISO 4217, not cash usage."""
    locale = LOCALES[language]
    pattern = re.sub(r"0\.0+", _digits(amount.currency), locale.currency_formats["standard"].pattern)
    return format_currency(_exact(amount), amount.currency, pattern, locale=locale, currency_digits=False)


def number(amount: Money, language: Language) -> str:
    """Without its symbol, as it stands in a table."""
    return format_decimal(_exact(amount), "#,##" + _digits(amount.currency), locale=LOCALES[language])


def rate(rate: str, language: Language) -> str:
    """A rate of interest, with two decimals at least."""
    return format_decimal(Decimal(rate), "0.00##", locale=LOCALES[language])


def _digits(currency: str) -> str:
    return f"0.{'0' * EXPONENTS[currency]}".rstrip(".")


def _exact(amount: Money) -> Decimal:
    return Decimal(decimal_text(amount.minor, amount.currency))


def day(day: date, language: Language) -> str:
    """A day in full, as it stands in a sentence."""
    written = format_date(day, "long", locale=LOCALES[language])
    return "1er" + written[1:] if language == "fr" and day.day == 1 else written


def short_day(day: date, language: Language) -> str:
    """A day in figures, as it stands in a table."""
    return format_date(day, _DAY_IN_A_TABLE[language], locale=LOCALES[language])
