"""Money: integer minor units and an ISO 4217 currency. Never a float, never a rounded guess.

Stated amounts are taken exactly or refused; computed ones are rounded once, half up, in `rounded`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from core.currencies import EXPONENTS

LARGEST_MINOR = 10**15
"""The largest amount anything here holds, either sign, in minor units (ten trillion euros)."""

_PLAIN = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,12})?|[+-]?\.[0-9]{1,12}", re.ASCII)
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


class NotAnAmount(ValueError):
    """The text or number is no amount of this currency; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: `minor` units (cents for EUR, yen for JPY) of `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if abs(self.minor) > LARGEST_MINOR:
            raise NotAnAmount(f"{self.minor} minor units of {self.currency} is more than this system holds.")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + _same_currency(self, other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - _same_currency(self, other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < _same_currency(self, other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= _same_currency(self, other)

    def __str__(self) -> str:
        return f"{decimal_text(self.minor, self.currency)} {self.currency}"


def _same_currency(left: Money, right: Money) -> int:
    if left.currency != right.currency:
        raise ValueError(f"{left.currency} and {right.currency} never meet without a rate")
    return right.minor


def exponent_of(currency: str) -> int:
    """Digits of the currency's minor unit. Unknown code → `NotAnAmount`."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise NotAnAmount(f"“{currency[:12]}” is not an ISO 4217 currency code.") from None


def decimal_text(minor: int, currency: str) -> str:
    """The plain decimal string of the contract: `123450, EUR` → `"1234.50"`, `500, JPY` → `"500"`."""
    digits = EXPONENTS[currency]
    if digits == 0:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}d}"


def parse_minor(text: str, currency: str) -> int:
    """Reads a plain decimal (`1234.50`, `-3`, `+.5`) as minor units, exactly.

    Refused with `NotAnAmount`: NaN, infinities, exponents, underscores, group signs, full-width digits,
    more decimals than the currency has (trailing zeros excepted), and more than `LARGEST_MINOR`.
    """
    digits = exponent_of(currency)
    whole, _, part = text.partition(".")
    if len(part) == digits and len(whole) + digits <= 15 and whole.isdigit() and part.isdigit() and text.isascii():
        return int(whole + part)  # how nearly every amount is written; the rest of the way is for all others
    stripped = text.strip(" ")
    if not _PLAIN.fullmatch(stripped):
        raise NotAnAmount(f"“{text[:40]}” is not a plain decimal amount such as 1234.50.")
    sign = -1 if stripped[0] == "-" else 1
    whole, _, part = stripped.lstrip("+-").partition(".")
    part = part.rstrip("0")
    if len(part) > digits:
        raise NotAnAmount(f"“{text[:40]}” has more decimals than {currency} allows ({digits}).")
    minor = sign * int((whole or "0") + part.ljust(digits, "0"))
    if abs(minor) > LARGEST_MINOR:
        raise NotAnAmount(f"“{text[:40]}” is more than this system holds.")
    return minor


def money(text: str, currency: str) -> Money:
    """`money("1234.50", "EUR")`; refuses as `parse_minor` does."""
    return Money(parse_minor(text, currency), currency)


def rounded(amount: Decimal, currency: str) -> int:
    """A computed amount in major units → minor units, rounded once, half away from zero."""
    scaled = _WIDE.multiply(amount, Decimal(10) ** exponent_of(currency))
    return int(_WIDE.to_integral_value(scaled))


def split(minor: int, weights: Sequence[int]) -> list[int]:
    """Splits an amount in proportion to `weights` (not negative, not all zero); the parts sum to the whole exactly.

    Every part is floored towards zero, then the leftover units go to the first parts with a weight.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative and must not all be zero")
    sign = -1 if minor < 0 else 1
    parts = [abs(minor) * weight // total for weight in weights]
    leftover = abs(minor) - sum(parts)
    for index, weight in enumerate(weights):
        if leftover and weight:
            parts[index] += 1
            leftover -= 1
    return [sign * part for part in parts]
