"""The fields of a statement one by one: the statement line :61:, balances, totals, the account, dates and amounts.

Source: SWIFT Standards MT, category 9, MT 940 and MT 942 field specifications. Sign of a :61: line by its mark
(subfield 3); the marks with E exist in MT 942 only:

| mark | SWIFT's name                   | sign | reversal | pending |
|------|--------------------------------|------|----------|---------|
| C    | credit                         | +    |          |         |
| D    | debit                          | −    |          |         |
| RC   | reversal of credit, a debit    | −    | yes      |         |
| RD   | reversal of debit, a credit    | +    | yes      |         |
| EC   | expected credit                | +    |          | yes     |
| ED   | expected debit                 | −    |          | yes     |

Dates are YYMMDD: above 79 is 19YY, else 20YY (SWIFT's century rule). The entry date MMDD takes the year that puts
it within half a year of the value date. Amounts have a comma (some banks: a point) and as many decimals as
the currency, or fewer.
"""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from stdnum import iban

from core.currencies import EXPONENTS
from core.money import LARGEST_MINOR
from payments.readers.model import Account
from payments.readers.mt940_fields import Field, refuse

SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Za-z0-9]{11,30}")

# Amounts end in `_DECIMALS`: a comma, or the point some banks write where one or two digits follow and leave no doubt.
# The funds code is never C, which would make one mark of two (DC). Type codes begin with any letter but E, under
# which an exponent (12E30) could hide.
_DECIMALS = r"(?:(?:,|\.(?=[0-9]{1,2}(?![0-9,.])))([0-9]{0,15}))?"
_LINE = re.compile(
    r"([0-9]{6}(?:[0-9]{4})?)(R?[CD]|E[CD])[ABD-Z]?[ \n]?([0-9]{1,15})" + _DECIMALS + r" ?"
    r"(?:([A-DF-Z][A-Z0-9 ]{3})|(?=[ \t]*(?:\n|\Z)|//))"
)
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,15})" + _DECIMALS + r"[ \t\x03\x1a]*(?=\n|\Z)")
_TOTAL = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9]{1,15})" + _DECIMALS + r"[ \t\x03\x1a]*(?=\n|\Z)")
_FLOOR = re.compile(r"([A-Z]{3})([CD]?)([0-9]{1,15})" + _DECIMALS + r"[ \t\x03\x1a]*(?=\n|\Z)")
_HALF_A_YEAR = timedelta(days=183)
_A_WEEK = timedelta(days=7)


class Line(NamedTuple):
    """A :61: line. `amount` signed, `type_code` as the bank wrote it, references stripped and perhaps empty.
    `month_end` is True where a 30th of February was read as the month's last day."""

    booked_on: date
    valued_on: date
    month_end: bool
    mark: str
    amount: int
    type_code: str
    customer_reference: str
    bank_reference: str
    supplement: str


class Balance(NamedTuple):
    """A balance, signed; `whole` is False when the comma or decimals are missing, as after a cut in the amount."""

    on: date
    currency: str
    amount: int
    whole: bool


class Total(NamedTuple):
    """Number and sum (not negative) of the entries on one side, from :90C: or :90D:."""

    entries: int
    currency: str
    amount: int
    whole: bool


def read_line(field: Field, currency: str) -> Line:
    """Reads a :61: field. Anything SWIFT does not allow there is refused, naming the line."""
    match = _LINE.match(field.text)
    if match is None:
        refuse(field.line, f"“{_first_line(field.text)}” is no statement line: date, mark, amount and type.", "61")
    stamp, mark, whole, part, type_code = match.groups()
    try:
        valued_on, booked_on, month_end = entry_dates(stamp)
    except ValueError:
        refuse(field.line, f"“{stamp}” holds a date that does not exist.", "61")
    amount = SIGNS[mark] * minor(field, currency, whole, part)
    first, _, supplement = field.text[match.end() :].partition("\n")
    customer, _, bank = first.partition("//")
    type_code = (type_code or "").rstrip()
    return Line(booked_on, valued_on, month_end, mark, amount, type_code, customer, bank.strip(), supplement.strip())


def read_balance(field: Field) -> Balance:
    """Reads :60a:, :62a:, :64: or :65:; what follows the first line is the caller's."""
    match = _BALANCE.match(field.text)
    if match is None:
        refuse(field.line, f"“{_first_line(field.text)}” is no balance: mark, date, currency, amount.", field.tag)
    mark, stamp, currency, whole, part = match.groups()
    try:
        on = calendar_day(stamp)
    except ValueError:
        refuse(field.line, f"“{stamp}” is a date that does not exist.", field.tag)
    amount = SIGNS[mark] * minor(field, currency, whole, part)
    return Balance(on, currency, amount, part is not None and len(part) == EXPONENTS[currency])


def read_total(field: Field) -> Total:
    """Reads :90C: or :90D:."""
    match = _TOTAL.match(field.text)
    if match is None:
        refuse(field.line, f"“{_first_line(field.text)}” is no total: number, currency, amount.", field.tag)
    count, currency, whole, part = match.groups()
    amount = minor(field, currency, whole, part)
    return Total(int(count), currency, amount, part is not None and len(part) == EXPONENTS[currency])


def read_floor(field: Field) -> tuple[str, str, int]:
    """Reads :34F:: currency, the side it holds for ("C", "D" or "" for both) and the smallest amount told."""
    match = _FLOOR.match(field.text)
    if match is None:
        refuse(field.line, f"“{_first_line(field.text)}” is no floor limit.", "34F")
    currency, side, whole, part = match.groups()
    return currency, side, minor(field, currency, whole, part)


def read_report_day(field: Field) -> date:
    """The day of :13D: or :13: (YYMMDDHHMM, perhaps with an offset)."""
    try:
        return calendar_day(field.text[:6])
    except ValueError:
        refuse(field.line, f"“{_first_line(field.text)}” is no date and time.", field.tag)


def read_account(field: Field, currency: str) -> Account:
    """The account of :25: or :25P:: an IBAN, a bank code and number (`12345678/1020304050`) or a bare number.

    The currency some banks glue to it and the spaces of a printed IBAN are taken off.
    """
    first, _, bic = (part.strip() for part in field.text.partition("\n"))
    bank, slash, number = first.strip("/").partition("/")
    if not slash or number.strip() == currency:
        bank, number = "", bank
    number = _without_currency(number.strip(), currency)
    if not number:
        refuse(field.line, "The account is empty.", field.tag)
    return Account(number, bank.strip() or (bic if field.tag == "25P" else "") or None)


def _without_currency(number: str, currency: str) -> str:
    compact = number.replace(" ", "")
    if IBAN_SHAPE.fullmatch(compact):
        glued = compact.endswith(currency) and not iban.is_valid(compact)
        return compact[:-3] if glued else compact
    return number.removesuffix(currency).rstrip()


def minor(field: Field, currency: str, whole: str, part: str | None) -> int:
    """Minor units of an amount in digits; an unknown currency, lost decimals and absurd size are refused."""
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        refuse(field.line, f"“{currency}” is not an ISO 4217 currency code.", field.tag)
    part = part or ""
    if len(part) > exponent:
        if part[exponent:].strip("0"):
            refuse(field.line, f"“{whole},{part}” has more decimals than {currency} allows.", field.tag)
        part = part[:exponent]
    amount = int(whole + part.ljust(exponent, "0"))
    if amount > LARGEST_MINOR:
        refuse(field.line, f"“{whole},{part}” is more than this system holds.", field.tag)
    return amount


@lru_cache(maxsize=4096)
def calendar_day(stamp: str) -> date:
    """YYMMDD by SWIFT's century rule; `ValueError` when there is no such day."""
    if len(stamp) != 6 or not (stamp.isascii() and stamp.isdigit()):
        raise ValueError(stamp)
    year = int(stamp[:2])
    return date(year + (1900 if year > 79 else 2000), int(stamp[2:4]), int(stamp[4:]))


@lru_cache(maxsize=4096)
def entry_dates(stamp: str) -> tuple[date, date, bool]:
    """Value date and booking date of YYMMDD[MMDD]; without an entry date both are the same (SWIFT: it is given
    when it differs). `ValueError` when a date does not exist.

    One exception, flagged by the third value: German banks count interest in months of 30 days and value fees on the
    29th or 30th of February. Beside an entry date within a week of it, that means the last day of February.
    """
    if len(stamp) == 6:
        return calendar_day(stamp), calendar_day(stamp), False
    if stamp[2:6] in ("0229", "0230"):
        return _end_of_february(stamp)
    valued_on = calendar_day(stamp[:6])
    return valued_on, _nearest(stamp[6:], valued_on), False


def _end_of_february(stamp: str) -> tuple[date, date, bool]:
    last = calendar_day(stamp[:2] + "0301") - timedelta(days=1)
    booked_on = _nearest(stamp[6:], last)
    stretched = int(stamp[4:6]) > last.day
    if stretched and abs(booked_on - last) > _A_WEEK:
        raise ValueError(stamp)
    return last, booked_on, stretched


def _nearest(month_day: str, near: date) -> date:
    month, day = int(month_day[:2]), int(month_day[2:])
    year = near.year
    if abs(date(year, month, 1) - near) > _HALF_A_YEAR:
        year += 1 if month < near.month else -1
    return date(year, month, day)


def _first_line(text: str) -> str:
    return text.partition("\n")[0][:40]
