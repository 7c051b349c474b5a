"""How one QIF file writes dates and amounts, which the format leaves open: decided from the whole file, or refused.

Dates, unless the year stands first with four digits. The first rule that decides wins:
1. the one order (day first or month first) in which every date of the file is a date of the calendar;
2. dates with dots, or amounts with a decimal comma, are day first; a year behind an apostrophe (Quicken's own way)
   makes them month first;
3. of three or more different dates, the one order in which they run in one direction, as banks write them;
4. if day and month are equal in all of them, it does not matter; else the file is refused.
Two-digit years 80–99 are 19xx, others 20xx; behind an apostrophe all are 20xx.

Amounts: a sign followed by one, two or more than three digits, or by three after another sign, is the decimal sign; a
sign that comes twice groups thousands. Blanks and apostrophes group, too. If nothing in the file decides, `1,234` has
thousands, and `1.234` is refused. A file with both decimal signs is refused.
"""

import re
from datetime import date
from typing import NamedTuple

from core.currencies import EXPONENTS
from core.money import NotAnAmount, parse_minor
from payments.readers.text_records import refuse, words, year_of

_DATE = re.compile(r"([0-9]{1,4})([/.\-' ])([0-9]{1,2})([/.\-' ])([0-9]{1,4})", re.ASCII)
_COMPACT = re.compile(r"([0-9]{4})()([0-9]{2})()([0-9]{2})", re.ASCII)
_PADDED = re.compile(r" ?([/.\-']) ?")
_AMOUNT = re.compile(r"([+-]?) ?([0-9][0-9.,' \u00a0\u202f]*|[.,][0-9]+)", re.ASCII)
_GROUPED = re.compile(r"[0-9]{0,18}|[0-9]{1,3}(?:[.,' \u00a0\u202f][0-9]{3}){1,5}", re.ASCII)
_ENOUGH_DATES = 3

HUNDREDTHS = "EUR"
"""Where no currency is known, amounts are hundredths, as those of any currency with two decimals."""


class Written(NamedTuple):
    """A date as it stands: `year` is whole when `year_first`; else `first` and `second` are day and month somehow."""

    first: int
    second: int
    year: int
    year_first: bool

    def read(self, day_first: bool) -> date | None:
        """The date in this order, None when the calendar has none."""
        day, month = (self.first, self.second) if day_first and not self.year_first else (self.second, self.first)
        try:
            return date(self.year, month, day)
        except ValueError:
            return None


def written_date(text: str, where: str) -> tuple[Written, str]:
    """The numbers of a date, and the sign before its last one."""
    packed = _PADDED.sub(r"\1", words(text))
    found = _DATE.fullmatch(packed) or _COMPACT.fullmatch(packed)
    if found is None:
        refuse(where, f"“{text[:20]}” is no date.", "D")
    first, _, second, sign, third = found.groups()
    if len(first) == 4 and len(third) <= 2:
        return Written(int(second), int(third), int(first), True), sign
    if len(first) > 2 or len(third) == 3:
        refuse(where, f"“{text[:20]}” is no date.", "D")
    year = int(third) if len(third) == 4 else 2000 + int(third) if sign == "'" else year_of(int(third))
    return Written(int(first), int(second), year, False), sign


class _Direction:
    """Whether dates so far only rise, or only fall."""

    def __init__(self) -> None:
        self._last: date | None = None
        self._rises = self._falls = True

    def note(self, day: date | None) -> None:
        if day is not None and self._last is not None:
            self._rises &= day >= self._last
            self._falls &= day <= self._last
        self._last = day

    def new_account(self) -> None:
        self._last = None

    @property
    def is_one(self) -> bool:
        return self._rises or self._falls


class Dates:
    """The evidence for the order of day and month, date by date."""

    def __init__(self) -> None:
        self._possible = {True: True, False: True}
        self._directions = {True: _Direction(), False: _Direction()}
        self._distinct: set[Written] = set()
        self._signs: set[str] = set()
        self._matters = False
        self._account = 0

    def note(self, text: str, where: str, account: int) -> None:
        """Takes a date of the section numbered `account`; one that no order makes a date refuses the file."""
        written, sign = written_date(text, where)
        days = {day_first: written.read(day_first) for day_first in (True, False)}
        if days[True] is None and days[False] is None:
            refuse(where, f"“{text[:20]}” is not a date of the calendar.", "D")
        if written.year_first:
            return
        self._signs.add(sign)
        self._matters |= written.first != written.second
        if len(self._distinct) < _ENOUGH_DATES:
            self._distinct.add(written)
        for day_first, day in days.items():
            self._note_order(day_first, day, account != self._account)
        self._account = account

    def _note_order(self, day_first: bool, day: date | None, new_account: bool) -> None:
        self._possible[day_first] &= day is not None
        if new_account:
            self._directions[day_first].new_account()
        self._directions[day_first].note(day)

    def day_first(self, decimal_comma: bool) -> bool:
        """True when days stand before months. Refused when no date fits all, or nothing decides."""
        possible = [order for order in (True, False) if self._possible[order]]
        if not possible:
            refuse("whole file", "Some dates must have the day first and others the month first.", "D")
        if len(possible) == 1:
            return possible[0]
        if "." in self._signs or decimal_comma:
            return True
        if "'" in self._signs:
            return False
        running = [order for order in (True, False) if self._directions[order].is_one]
        if len(self._distinct) >= _ENOUGH_DATES and len(running) == 1:
            return running[0]
        if self._matters:
            refuse(
                "whole file",
                "Nothing tells whether dates have the day or the month first. Export a longer period, with a day "
                "after the 12th, or another format.",
                "D",
            )
        return True


class Amounts:
    """The evidence for the decimal sign, amount by amount."""

    def __init__(self) -> None:
        self._decimal: dict[str, str] = {}
        self._undecided: dict[str, str] = {}

    def note(self, text: str, where: str) -> None:
        """Takes an amount; one that is none in any notation refuses the file."""
        found = _AMOUNT.fullmatch(text)
        if found is None:
            refuse(where, f"“{text[:40]}” is no amount.", "T")
        decided, sign = _decimal_sign(found[2])
        if sign:
            (self._decimal if decided else self._undecided).setdefault(sign, where)

    def decimal_sign(self, currency: str | None) -> str:
        """The decimal sign of the whole file."""
        if len(self._decimal) > 1:
            refuse(max(self._decimal.values()), "Some amounts have decimal commas and others decimal points.", "T")
        if self._decimal:
            return next(iter(self._decimal))
        doubtful = {"."} if EXPONENTS[currency or HUNDREDTHS] < 3 else {".", ","}
        for sign, where in self._undecided.items():
            if sign in doubtful:
                refuse(where, "Nothing tells whether three digits behind the sign are decimals or hundreds.", "T")
        return "."


def _decimal_sign(number: str) -> tuple[bool, str]:
    """Whether the number decides it, and the decimal sign (or the sign in doubt); empty when it has none."""
    signs = [character for character in number if character in ".,"]
    if not signs:
        return False, ""
    last = signs[-1]
    if len(set(signs)) == 2:
        return True, last
    if len(signs) > 1:
        return True, "," if last == "." else "."
    return len(number) - number.index(last) - 1 != 3 or number[0] == last, last


def minor_amount(text: str, decimal_sign: str, currency: str | None, where: str) -> int:
    """An amount in this notation as minor units of the currency (hundredths without one), exactly or refused."""
    found = _AMOUNT.fullmatch(text)
    sign, number = found.groups() if found else ("", "")
    whole, point, part = number.rstrip(" ").partition(decimal_sign)
    if not _GROUPED.fullmatch(whole) or not (whole or part) or (part and not part.isdigit()):
        refuse(where, f"“{text[:40]}” is no amount with decimals behind “{decimal_sign}”.", "T")
    digits = "".join(character for character in whole if character.isdigit())
    try:
        return parse_minor(f"{sign}{digits}{'.' if point else ''}{part}", currency or HUNDREDTHS)
    except NotAnAmount as error:
        refuse(where, str(error), "T")
