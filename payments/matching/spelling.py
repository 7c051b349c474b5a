"""How the number of an invoice may come back to us: as printed, or with the damage people and banks do. Pure.

Case and separators never count. Zeros at the head of a run of digits, the letters in front, and the letters O, I and
L in place of 0 and 1 get lost often enough to be looked for, and each such loss makes the spelling a weaker proof.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import accumulate

from receivables.number_keys import LEAST_SIGNIFICANT, RUNS, misread, significant

LONG_NUMBER = 8
"""A number of digits alone is as good as one with letters from this length on."""

_DIGIT = re.compile(r"[0-9]")
_NINES = str.maketrans("012345678", "999999999")


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


def without_zeros(runs: Sequence[str]) -> str:
    """The runs joined, each without the zeros at its head."""
    return "".join([run.lstrip("0") for run in runs])


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


@dataclass(slots=True)
class Series:
    """How numbers of ours are made, learned from them: the `shape` of every series."""

    shapes: set[str] = field(default_factory=set)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def know(self, numbers: Iterable[str]) -> None:
        """Learns from numbers, quickly where others of their kind were seen."""
        kinds = {(number[:2], number.translate(_NINES)): number for number in numbers}
        for kind in kinds.keys() - self._seen:
            self.shapes.add(shape(significant(kinds[kind])))
        self._seen |= kinds.keys()
