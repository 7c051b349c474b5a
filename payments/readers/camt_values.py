"""The values a camt file writes as text, read exactly or refused: amounts, marks, dates, yes and no.

Pure. Every function names the element at fault in the `Unreadable` it raises.
"""

import re
from datetime import date
from functools import lru_cache

from core.currencies import EXPONENTS
from core.money import NotAnAmount, parse_minor
from core.problems import Problem
from core.safe_xml import Fields
from payments.readers.model import Unreadable

_DAY = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?)?(?:Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_SAYS_NOTHING = {"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF"}
_YES = {"true", "1", "yes"}
_NO = {"false", "0", "no"}


minor_units = lru_cache(maxsize=1024)(parse_minor)
"""`parse_minor`, remembered for a while: an entry's amount stands in it up to four times."""


def refusal(where: str, field: str, message: str) -> Unreadable:
    return Unreadable([Problem(where, message, field=field)])


def first(fields: Fields, name: str) -> str | None:
    """The first value of a field; None when it has none."""
    values = fields.get(name)
    return values[0] if values else None


def said(fields: Fields, name: str) -> str | None:
    """The first value of a reference, unless it is one of the words banks fill in for none (NOTPROVIDED, NONREF)."""
    value = first(fields, name)
    return None if value is None or value.upper() in _SAYS_NOTHING else value


def only(fields: Fields, name: str, where: str) -> str | None:
    """The value of a field that may be missing but must not be said twice in two ways."""
    values = fields.get(name)
    if not values:
        return None
    if len(values) > 1 and len(set(values)) > 1:
        raise refusal(where, name, f"{name} is given twice, as “{values[0][:40]}” and as “{values[1][:40]}”.")
    return values[0]


def required(fields: Fields, name: str, where: str) -> str:
    value = only(fields, name, where)
    if value is None:
        raise refusal(where, name, f"{name} is missing.")
    return value


def money(fields: Fields, name: str, where: str) -> tuple[int, str]:
    """An amount that counts: minor units, never negative (ISO 20022 leaves the sign to CdtDbtInd), and its currency."""
    text = required(fields, name, where)
    currency = only(fields, f"{name}@Ccy", where)
    if not currency:
        raise refusal(where, f"{name}@Ccy", f"{name} does not say its currency (Ccy).")
    try:
        minor = minor_units(text, currency)
    except NotAnAmount as problem:
        raise refusal(where, name, str(problem)) from None
    if minor < 0 or text[0] == "-":
        raise refusal(where, name, f"“{text[:40]}” is negative; the sign of an amount is said by CdtDbtInd.")
    return minor, currency


def sign(fields: Fields, where: str) -> int:
    """1 for CRDT, -1 for DBIT."""
    mark = required(fields, "CdtDbtInd", where)
    if mark == "CRDT":
        return 1
    if mark == "DBIT":
        return -1
    raise refusal(where, "CdtDbtInd", f"“{mark[:40]}” is neither CRDT nor DBIT.")


def flag(fields: Fields, name: str, where: str) -> bool | None:
    """A yes or no; None when it is not said."""
    value = only(fields, name, where)
    if value is None:
        return None
    word = value.lower()
    if word not in _YES | _NO:
        raise refusal(where, name, f"“{value[:40]}” is neither true nor false.")
    return word in _YES


def day(fields: Fields, name: str, where: str) -> date | None:
    """The bank's own local date: of a moment the date part as written, never shifted to another zone."""
    days = [_calendar_day(text) for text in fields.get(name, ())]
    if None in days:
        raise refusal(where, name, f"“{fields[name][0][:40]}” is not a date of the calendar (YYYY-MM-DD).")
    if len(set(days)) > 1:
        raise refusal(where, name, f"{name} is given twice, as {days[0]} and as {days[1]}.")
    return days[0] if days else None


@lru_cache(maxsize=4096)
def _calendar_day(text: str) -> date | None:
    written = _DAY.fullmatch(text)
    if not written:
        return None
    try:
        return date.fromisoformat(written[1])
    except ValueError:
        return None


def whole_number(fields: Fields, name: str) -> int | None:
    """A count the bank states beside what it counts; None when there is none or it is no number."""
    value = first(fields, name)
    return int(value) if value and len(value) <= 15 and value.isascii() and value.isdigit() else None


def is_currency(code: str) -> bool:
    return code in EXPONENTS


def words(text: str) -> str:
    """The text with every run of blanks made one, none at the ends."""
    return " ".join(text.split())
