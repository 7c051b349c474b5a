"""How amounts, days and shares are written for people, on pages and in letters.

Pure: a value and a locale in, text out. The locale's own group and decimal signs come from CLDR through Babel;
the number of decimals comes from ISO 4217 (`core.currencies`), because CLDR records cash usage.
Negative numbers carry a true minus (U+2212). Locales are BCP 47 or POSIX names: `de-CH`, `en_GB`.
"""

import copy
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import NumberPattern, get_currency_symbol

from core.money import exponent_of, rounded

MINUS = "\u2212"
NO_BREAK_SPACE = "\u00a0"


@cache
def locale_named(name: str) -> Locale:
    """`de-CH` or `de_CH` as a Babel locale; an unknown name raises `babel.UnknownLocaleError`."""
    return Locale.parse(name.replace("-", "_"))


@cache
def _pattern(kind: str, locale_name: str, digits: int) -> NumberPattern:
    locale = locale_named(locale_name)
    patterns = locale.percent_formats if kind == "percent" else locale.decimal_formats
    pattern: NumberPattern = copy.copy(patterns[None])
    pattern.frac_prec = (digits, digits)
    return pattern


def _written(value: Decimal, kind: str, locale: str, digits: int) -> str:
    text: str = _pattern(kind, locale, digits).apply(value, locale_named(locale))
    return text.replace("-", MINUS)


def number(value: Decimal | int | float, locale: str, digits: int = 0) -> str:
    """A plain number with exactly `digits` decimals, rounded half away from zero: `46,2`, `1 284`."""
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return _written(exact + 0, "decimal", locale, digits)


def money(minor: int, currency: str, locale: str) -> str:
    """Minor units without their currency, for a column whose head names it: `18 400,00`, JPY `500`."""
    digits = exponent_of(currency)
    return _written(Decimal(minor).scaleb(-digits), "decimal", locale, digits)


def money_with_code(minor: int, currency: str, locale: str) -> str:
    """`18 400,00 EUR`, held together by a no-break space: for sentences, where symbols could mean two currencies."""
    return f"{money(minor, currency, locale)}{NO_BREAK_SPACE}{currency}"


def money_with_symbol(minor: int, currency: str, locale: str) -> str:
    """The locale's own currency form, for letters: `3.450,00 €`, `£3,450.00`, `−¥500`."""
    digits = exponent_of(currency)
    pattern = copy.copy(locale_named(locale).currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    value = Decimal(minor).scaleb(-digits)
    text: str = pattern.apply(value, locale_named(locale), currency=currency, currency_digits=False)
    return text.replace("-", MINUS)


def whole_money(minor: int, currency: str, locale: str) -> str:
    """Whole units for headline figures, rounded half away from zero: 128431049 cents → `1 284 310`."""
    units = rounded(Decimal(minor).scaleb(-exponent_of(currency)), "JPY")
    return _written(Decimal(units), "decimal", locale, 0)


def currency_symbol(currency: str, locale: str) -> str:
    """The sign of the currency in this locale, or its code where it has none."""
    exponent_of(currency)
    return get_currency_symbol(currency, locale=locale_named(locale))


def percent(share: Decimal | float, locale: str, digits: int = 1) -> str:
    """A share of one as a percentage with exactly `digits` decimals: 0.271 → `27,1 %`."""
    exact = Decimal(str(share)).quantize(Decimal(1).scaleb(-digits - 2), rounding=ROUND_HALF_UP)
    return _written(exact + 0, "percent", locale, digits)


def day_short(day: date, locale: str, today: date | None = None) -> str:
    """`19 Nov`; with its year when that is not the year of `today`."""
    skeleton = "yMMMd" if today is not None and day.year != today.year else "MMMd"
    return format_skeleton(skeleton, day, locale=locale_named(locale))


def day_with_weekday(day: date, locale: str) -> str:
    """`Thu 19 Nov`, as the locale writes it."""
    return format_skeleton("MMMEd", day, locale=locale_named(locale))


def day_long(day: date, locale: str) -> str:
    """`20 November 2026`, `20 de noviembre de 2026`."""
    return format_date(day, "long", locale=locale_named(locale))


def day_full(day: date, locale: str) -> str:
    """`Friday 20 November 2026`, as the locale writes it."""
    return format_date(day, "full", locale=locale_named(locale))


def day_numeric(day: date, locale: str) -> str:
    """All digits with the full year, for tables in letters: `20.11.2026`, `20/11/2026`."""
    return format_skeleton("yMd", day, locale=locale_named(locale))


def instant(at: datetime, locale: str, zone: str, today: date | None = None) -> str:
    """An aware instant as day and clock time in `zone`: `19 Nov 09:02`. A naive one raises `ValueError`."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    local = at.astimezone(ZoneInfo(zone))
    clock = format_datetime(local, "HH:mm", tzinfo=local.tzinfo, locale=locale_named(locale))
    return f"{day_short(local.date(), locale, today)} {clock}"


def relative_days(day: date, today: date) -> str:
    """How far away a day is, in the English of the desk: `today`, `tomorrow`, `in 3 days`, `12 days ago`."""
    distance = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if distance in near:
        return near[distance]
    return f"in {distance} days" if distance > 0 else f"{-distance} days ago"


_GROUPS = " \u00a0\u202f'’"
"""Signs between groups of three digits that mean nothing else in any locale."""


def plain_decimal(text: str, locale: str) -> str:
    """An amount as somebody of the locale types it, as the plain decimal that `core.money.parse_minor` judges.

    `1.234,50` and `1234,5` in German, `1,234.50` in English; `1234.50` everywhere. A group sign counts only between
    groups of three digits; whatever else stands in the text stays, and is refused there.
    """
    symbols = locale_named(locale).number_symbols
    latin = symbols.get("latn", symbols)
    decimal, groups = str(latin["decimal"]), f"{latin['group']}{_GROUPS}"
    bare = text.strip().replace(MINUS, "-")
    whole, sign, part = bare.partition(decimal)
    if re.fullmatch(rf"[+-]?\d{{1,3}}(?:[{re.escape(groups)}]\d{{3}})+", whole):
        whole = re.sub(rf"[{re.escape(groups)}]", "", whole)
    return f"{whole}.{part}" if sign else whole
