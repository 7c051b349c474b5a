"""How the number of an invoice may come back to us: as printed, or with the damage people and banks do. Pure.

Case and separators never count. Zeros at the head of a run of digits, the letters in front, and the letters O, I and
L in place of 0 and 1 get lost often enough to be looked for, and each such loss makes the spelling a weaker proof.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from itertools import accumulate

LEAST_SIGNIFICANT = 5
"""A number named in free text has at least this many characters, zeros in front not counted, or it proves nothing."""

LONG_NUMBER = 8
"""A number of digits alone is as good as one with letters from this length on."""

RUNS = re.compile(r"[0-9]+|[^\W\d_]+")
"""A number or a text as runs: letters or digits without anything between."""

_DIGIT = re.compile(r"[0-9]")
_NO_DIGITS = re.compile(r"[^0-9]+")
_NO_DIGITS_OR_ZEROS = re.compile(r"[^0-9]+|(?<![0-9])0+")
_LAST_RUN = re.compile(rf"[0-9]{{{LEAST_SIGNIFICANT},}}$")
_MISREAD = str.maketrans("OIL", "011")


class Strength(IntEnum):
    """What a number seen in a text proves, weakest first."""

    DOUBTFUL = 0
    """It stands where a date, an amount, a telephone or an order number stands, or touches other digits."""
    DAMAGED = 1
    """Its letters in front are missing, letters and digits are mixed up, or it is broken in the middle."""
    PLAIN = 2
    """Digits alone, not many; or zeros left off."""
    PRINTED = 3
    """As printed, but for case and separators."""
    REFERENCE = 4
    """A structured reference that we printed."""


def significant(text: str) -> str:
    """A number without what people and banks drop or add: case, spaces, dashes, slashes, dots."""
    return "".join(RUNS.findall(text.upper()))


def reference_key(reference: str) -> str:
    """A structured reference as it is looked up: significant, and without the zeros some formats fill up with."""
    return significant(reference).lstrip("0")


def without_zeros(runs: Sequence[str]) -> str:
    """The runs joined, each without the zeros at its head."""
    return "".join([run.lstrip("0") for run in runs])


def misread(key: str) -> str:
    """The key with the letters O, I and L taken for the digits they resemble."""
    return key.translate(_MISREAD)


def is_telling(key: str) -> bool:
    """Enough characters to be looked for in free text, a digit among them."""
    return len(key.lstrip("0")) >= LEAST_SIGNIFICANT and not key.isalpha()


def spellings(number: str) -> dict[str, Strength]:
    """Every key under which a printed number is looked for, and what it proves there."""
    runs = RUNS.findall(number.upper())
    full = "".join(runs)
    bare = runs[1:] if len(runs) > 1 and runs[0].isalpha() else runs
    damaged = [*runs[-1:], without_zeros(bare), "".join(bare)]
    if "O" in full or "I" in full or "L" in full:
        damaged += [misread(full), misread(without_zeros(runs))]
    found = dict.fromkeys(damaged, Strength.DAMAGED)
    found[without_zeros(runs)] = Strength.PLAIN
    found[full] = Strength.PLAIN if full.isdecimal() and len(full) < LONG_NUMBER else Strength.PRINTED
    return {key: strength for key, strength in found.items() if is_telling(key)}


def digits_of(text: str) -> str:
    """Its digits, zeros too."""
    return _NO_DIGITS.sub("", text)


def loose_keys(number: str) -> list[str]:
    """A sieve, no proof: digits of which every spelling of a number has some among its own `loose_keys`.

    Letters are dropped; zeros at the head of a run of digits are kept once and dropped once.
    """
    upper = number.upper()
    keys = [digits_of(upper), _NO_DIGITS_OR_ZEROS.sub("", upper)]
    if "O" in upper or "I" in upper or "L" in upper:
        corrected = misread(upper)
        keys += [digits_of(corrected), _NO_DIGITS_OR_ZEROS.sub("", corrected)]
    last = _LAST_RUN.search(number)
    if last:
        keys += [last[0], last[0].lstrip("0")]
    return keys


def seams(number: str) -> set[int]:
    """Where a separator may stand in a significant number, with its zeros or without, and not break it: counted from
    the end."""
    runs = RUNS.findall(number.upper())[::-1]
    whole, bare = accumulate(map(len, runs)), accumulate(len(run.lstrip("0")) for run in runs)
    return {*whole, *bare}


def shape(key: str) -> str:
    """What the numbers of one series have in common: their letters and how many digits follow; where there are digits
    alone, the first two of them."""
    if key.isdecimal():
        return key[:2] + "#" * (len(key) - 2)
    return _DIGIT.sub("#", key)
