"""Dates and amounts as banks write them in tables, read in one notation or refused; and what decides the notation.

A year of four digits in front makes any date year-month-day, and a month in letters needs no order. The rest is read in
the order of the profile; without one, the order in which every date of the file is a date of the calendar, if there
is only one. The decimal sign is decided likewise. Typed cells of a workbook need no notation.
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from core.money import NotAnAmount, parse_minor
from core.sheets import Cell
from payments.readers.bank_profile import DateOrder, DecimalSign
from payments.readers.text_records import refuse, year_of

HUNDREDTHS = "EUR"
"""Where no currency is known, amounts are hundredths, as those of any currency with two decimals."""

_TIME = r"(?:[ T,]{1,2}[0-9]{1,2}[:.h][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|[A-Z]{3,4}|[+-][0-9]{2}:?[0-9]{2}))?)?"
_NUMERIC = re.compile(r"([0-9]{1,4})([./\- ])([0-9]{1,2})\2([0-9]{1,4})\.?" + _TIME + _ZONE, re.ASCII)
_COMPACT = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})" + _TIME + _ZONE, re.ASCII)
_NAMED = re.compile(
    r"([0-9]{1,2})[ ./\-]{0,2}(?:de )?([^\W\d_]{3,10})\.?[ ./,\-]{0,2}(?:de )?([0-9]{2}|[0-9]{4})" + _TIME + _ZONE
)
_AMERICAN = re.compile(r"([^\W\d_]{3,10})\.? ([0-9]{1,2}),? ([0-9]{4})" + _TIME + _ZONE)

_MONTHS = (
    "jan ene gen", "feb fév fev", "mar mär mrt maa mrz maerz", "apr abr avr", "mai may maj mei mag", "jun jui juin giu",
    "jul juil lug", "aug aoû aou ago", "sep set", "oct okt ott out", "nov", "dec dez déc dic",
)  # fmt: skip
"""How months begin in English, German, French, Spanish, Italian, Dutch, Portuguese and Swedish."""

_BEGINNINGS = {begin: number for number, begins in enumerate(_MONTHS, start=1) for begin in begins.split()}

_MONEY = re.compile(
    r"(?P<open>\()?(?P<sign>[+\-−–])? ?(?P<code>[A-Z]{3}|[€$£¥])? ?(?P<sign2>[+\-−–])? ?"
    r"(?P<number>[0-9][0-9.,'’ ]{0,30}|[.,][0-9]{1,12})"
    r"(?P<sign3>[+\-−–])? ?(?P<code2>[A-Z]{3}|[€$£¥])?(?P<close>\))?",
    re.ASCII,
)
_MINUS = frozenset("-−–")
_GROUPED = re.compile(r"[0-9]{1,18}|[0-9]{1,3}(?:([.,'’ ])[0-9]{3})(?:\1[0-9]{3}){0,5}", re.ASCII)
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " "})

DATE_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")


def day_in(cell: Cell, order: DateOrder) -> date | None:
    """The day a cell says in this order; None when it says none."""
    if isinstance(cell, str):
        return _day_in(cell.translate(_BLANKS).strip(), order)
    return cell if isinstance(cell, date) else _day_in(f"{cell:f}", order)


@lru_cache(maxsize=8192)
def _day_in(text: str, order: DateOrder) -> date | None:
    if len(text) > 40:
        return None
    if found := _NUMERIC.fullmatch(text):
        first, _, second, third = found.groups()
        return _numeric(first, second, third, order)
    if found := _COMPACT.fullmatch(text):
        one, two, three, four = found.groups()
        parts = {"ymd": (one + two, three, four), "dmy": (one, two, three + four), "mdy": (one, two, three + four)}
        return _numeric(*parts[order], order)
    if found := _NAMED.fullmatch(text):
        return _calendar(found[3], _month(found[2]), found[1])
    if found := _AMERICAN.fullmatch(text):
        return _calendar(found[3], _month(found[1]), found[2])
    return None


def _numeric(first: str, second: str, third: str, order: DateOrder) -> date | None:
    if len(first) == 4:
        return _calendar(first, int(second), third)
    if len(first) == 3 or (len(third) not in (2, 4) and order != "ymd"):
        return None
    if order == "ymd":
        return _calendar(first, int(second), third) if len(first) == 2 and len(third) <= 2 else None
    day, month = (first, second) if order == "dmy" else (second, first)
    return _calendar(third, int(month), day)


def _month(word: str) -> int:
    word = word.casefold()
    return next((_BEGINNINGS[word[:size]] for size in (5, 4, 3) if word[:size] in _BEGINNINGS), 0)


def _calendar(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year) if len(year) == 4 else year_of(int(year)), month, int(day))
    except ValueError:
        return None


def possible_orders(days: Iterable[Cell]) -> list[DateOrder]:
    """The orders in which every one of these cells is a date. All of them mean the same only if no cell needs one."""
    orders = list(DATE_ORDERS)
    meanings: dict[DateOrder, list[date | None]] = {order: [] for order in orders}
    for cell in days:
        for order in orders:
            meanings[order].append(day_in(cell, order))
        orders = [order for order in orders if meanings[order][-1] is not None]
    distinct: dict[tuple[date | None, ...], DateOrder] = {}
    for order in orders:
        distinct.setdefault(tuple(meanings[order]), order)
    return list(distinct.values())


def decimal_signs(cells: Iterable[Cell]) -> set[str]:
    """The decimal signs these amounts prove: a sign before one, two or more than three last digits, or the second kind
    of sign, or the other one where a sign comes twice. Empty when nothing tells."""
    return {sign for cell in cells if isinstance(cell, str) and (sign := _decimal_sign(cell))}


def _decimal_sign(text: str) -> str | None:
    signs = [character for character in text if character in ".,"]
    if not signs:
        return None
    last = signs[-1]
    if len(set(signs)) == 2:
        return last
    if len(signs) > 1:
        return "," if last == "." else "."
    decimals = sum(character.isdigit() for character in text[text.index(last) :])
    return last if decimals != 3 else None


def amount_in(cell: Cell, decimal_sign: DecimalSign, currency: str | None, where: str, field: str) -> int:
    """The signed amount of a cell in minor units of `currency` (hundredths without one). Trailing signs and brackets
    mean minus; a currency code must be the one of the row."""
    plain = f"{cell:f}" if isinstance(cell, Decimal) else _plain(cell, decimal_sign, currency)
    if plain is None:
        refuse(where, f"“{str(cell)[:40]}” is no amount with decimals behind “{decimal_sign}”.", field)
    try:
        return parse_minor(plain, currency or HUNDREDTHS)
    except NotAnAmount as error:
        refuse(where, str(error), field)


def is_amount(cell: Cell, decimal_sign: DecimalSign | None) -> bool:
    """True when the cell is an amount in this notation, or in either one."""
    signs: tuple[DecimalSign, ...] = (decimal_sign,) if decimal_sign else (",", ".")
    return isinstance(cell, Decimal) or any(_plain(cell, sign, None) is not None for sign in signs)


def _plain(cell: Cell, decimal_sign: DecimalSign, currency: str | None) -> str | None:
    if not isinstance(cell, str):
        return None
    found = _MONEY.fullmatch(cell.translate(_BLANKS).strip().lstrip("'"))
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    code = found["code"] or found["code2"]
    if code and len(code) == 3 and currency and code != currency:
        return None
    signs = [sign for sign in (found["open"], found["sign"], found["sign2"], found["sign3"]) if sign]
    number = _number(found["number"].strip(), decimal_sign)
    if number is None or len(signs) > 1:
        return None
    return f"-{number}" if signs and (signs[0] in _MINUS or signs[0] == "(") else number


def _number(text: str, decimal_sign: DecimalSign) -> str | None:
    whole, _, part = text.partition(decimal_sign)
    if part and not part.isdigit():
        return None
    if (whole and not (grouped := _GROUPED.fullmatch(whole))) or (whole and grouped and grouped[1] == decimal_sign):
        return None
    digits = "".join(character for character in whole if character.isdigit())
    return f"{digits or '0'}.{part or '0'}"
