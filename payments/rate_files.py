"""Exchange rates from a central bank's CSV: a day a row with a currency a column, or a rate a row. Pure.

The two shapes of the European Central Bank are read: `eurofxref` (`Date,USD,JPY,…`, days as `2026-11-30` or
`30 November 2026`, `N/A` where there is none) and its data portal's (`CURRENCY`, `CURRENCY_DENOM`, `TIME_PERIOD`,
`OBS_VALUE`). A rate says how many units of its currency one euro, or one unit of the denominator, was.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from core.currencies import EXPONENTS
from core.errors import Invalid
from core.problems import Problem
from payments.exchange_rates import read_rate

EURO = "EUR"
MOST_PROBLEMS = 1_000
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_WRITTEN_OUT = re.compile(r"([0-3]?[0-9]) ([A-Za-z]{3,9}) ((?:19|20)[0-9]{2})")
_NONE = frozenset(("", "N/A", "NaN", "-"))


class SaidRate(NamedTuple):
    """One unit of `base` was `rate` units of `quote` that day."""

    base: str
    quote: str
    on: date
    rate: str


def read_rates(lines: Iterable[str], problems: list[Problem]) -> Iterator[SaidRate]:
    """The rates of a file, in its order; what cannot be read becomes a problem. `Invalid` when the file has neither
    shape."""
    rows = csv.reader(lines)
    try:
        head = [cell.strip().lstrip("\ufeff") for cell in next(rows, [])]
        reader = _one_a_row if {"CURRENCY", "TIME_PERIOD", "OBS_VALUE"} <= set(head) else _one_a_column
        if reader is _one_a_column and (head[:1] != ["Date"] or not set(head) & EXPONENTS.keys()):
            raise Invalid.because(
                "whole file", "Rates come as a row a day (Date,USD,…) or with CURRENCY, TIME_PERIOD and OBS_VALUE."
            )
        for number, row in enumerate(rows, start=2):
            cells = {name: cell.strip() for name, cell in zip(head, row, strict=False)}
            yield from _read(reader(cells), f"line {number}", problems)
    except csv.Error as error:
        raise Invalid.because("whole file", f"This is no CSV: {error}.") from error


def _one_a_column(cells: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    for name, cell in cells.items():
        if name in EXPONENTS:
            yield EURO, name, cells["Date"], cell


def _one_a_row(cells: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    if any(cells.values()):
        denominator = cells.get("CURRENCY_DENOM") or EURO
        yield denominator, cells.get("CURRENCY", ""), cells.get("TIME_PERIOD", ""), cells.get("OBS_VALUE", "")


def _read(said: Iterable[tuple[str, str, str, str]], where: str, problems: list[Problem]) -> Iterator[SaidRate]:
    for base, quote, day, rate in said:
        if rate in _NONE:
            continue
        try:
            if base == quote or base not in EXPONENTS or quote not in EXPONENTS:
                raise Invalid.because("/currency", f"“{base}” and “{quote}” are no two currencies of ISO 4217.")
            yield SaidRate(base, quote, _day(day), read_rate(rate))
        except Invalid as error:
            if len(problems) < MOST_PROBLEMS:
                problems.append(Problem(where, f"{quote}: {error.problems[0].message}", field=quote))


def _day(text: str) -> date:
    written = _WRITTEN_OUT.fullmatch(text)
    try:
        if written:
            return date(int(written[3]), _MONTHS[written[2][:3].lower()], int(written[1]))
        return date.fromisoformat(text)
    except (KeyError, ValueError):
        raise Invalid.because("/date", f"“{text[:20]}” is no day such as 2026-11-30.") from None
