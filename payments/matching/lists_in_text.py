"""Lists and ranges of invoice numbers: `F26/01702, 703 + 04`, `01702-01705`. Pure.

A follower gives only the last digits; the number before it lends the rest. A range means every number between that we
know. Both are readings to be tried against the amount, never proof by themselves.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from payments.matching.spelling import Strength
from receivables.number_keys import RUNS

LONGEST_RANGE = 60
"""A range over more numbers than this is none."""

_RANGE = r"\s*(?:-|–|\.\.\.?|\b(?:BIS|TO|AL?|THRU|TOT|TILL|HASTA|JUSQU)\b|À|T/M)\s*"
_STEP = re.compile(
    rf"(?:(?P<range>{_RANGE})|[\s,;+&/.|-]{{1,4}}(?:\b(?:UND|AND|ET|Y|E|EN|U|NR|NO|N)\b[\s.:]{{0,3}})?)"
    r"(?P<digits>[0-9]{2,})(?![0-9A-Z]|[.,][0-9]{2}(?![0-9]))"
)
_WHOLE_RANGE = re.compile(rf"{_RANGE}(?:\b(?:NR|NO|N)\b[\s.:]*)?")

Known = Mapping[str, Sequence[tuple[str, Strength]]]


def followers(number: str, end: int, text: str, known: Known) -> Iterator[tuple[str, bool]]:
    """The numbers that follow `number`, whose place ends at `end`, and whether each closes a range."""
    found = _STEP.match(text, end)
    while found:
        completed = _completed(number, found["digits"], known)
        if completed is None or completed == number:
            return
        yield completed, found["range"] is not None
        number = completed
        found = _STEP.match(text, found.end())


def is_range(gap: str) -> bool:
    """True when the text between two numbers says that those between are meant as well."""
    return _WHOLE_RANGE.fullmatch(gap) is not None


def between(first: str, last: str, known: Known) -> Iterator[str]:
    """The known numbers of the same series from `first` to `last`, both included; none when they are too far apart."""
    lower, upper = RUNS.findall(first.upper()), RUNS.findall(last.upper())
    differing = [place for place, pair in enumerate(zip(lower, upper, strict=False)) if pair[0] != pair[1]]
    if len(lower) != len(upper) or len(differing) != 1:
        return
    place = differing[0]
    low, high = lower[place], upper[place]
    if not (low.isdecimal() and high.isdecimal() and int(low) < int(high) <= int(low) + LONGEST_RANGE):
        return
    for value in range(int(low), int(high) + 1):
        yield from _exactly("".join([*lower[:place], f"{value:0{len(low)}d}", *lower[place + 1 :]]), known)


def _completed(model: str, ending: str, known: Known) -> str | None:
    """The known number that begins as the model does and ends so."""
    *head, digits = RUNS.findall(model.upper())
    if not digits.isdecimal() or len(ending) > len(digits):
        return None
    return next(_exactly("".join([*head, digits[: len(digits) - len(ending)], ending]), known), None)


def _exactly(key: str, known: Known) -> Iterator[str]:
    yield from (number for number, strength in known.get(key, ()) if strength >= Strength.PLAIN)
