"""Lists and ranges of invoice numbers: `F26/01702, 703 + 04`, `01702-01705`. Pure.

A follower gives only the last digits; the number before it lends the rest. A range means every number between that we
know. Both are readings to be tried against the amount, never proof by themselves.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from payments.spelling import RUNS, Strength

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
        if completed is None:
            return
        yield completed, found["range"] is not None
        number = completed
        found = _STEP.match(text, found.end())


def is_range(gap: str) -> bool:
    """True when the text between two numbers says that those between are meant as well."""
    return _WHOLE_RANGE.fullmatch(gap) is not None


def between(first: str, last: str, known: Known) -> Iterator[str]:
    """The known numbers of the same series from `first` to `last`, both included; none when they are too far apart."""
    head, digits = _split(first)
    other_head, other_digits = _split(last)
    if head != other_head or len(digits) != len(other_digits) or not digits:
        return
    low, high = int(digits), int(other_digits)
    if not low < high <= low + LONGEST_RANGE:
        return
    for value in range(low, high + 1):
        yield from _exactly(f"{head}{value:0{len(digits)}d}", known)


def _completed(model: str, ending: str, known: Known) -> str | None:
    head, digits = _split(model)
    if len(ending) > len(digits):
        return None
    return next(_exactly(head + digits[: len(digits) - len(ending)] + ending, known), None)


def _split(number: str) -> tuple[str, str]:
    """The significant number as what stays in a list, and the digits that change."""
    runs = RUNS.findall(number.upper())
    if not runs or not runs[-1].isdecimal():
        return "".join(runs), ""
    return "".join(runs[:-1]), runs[-1]


def _exactly(key: str, known: Known) -> Iterator[str]:
    yield from (number for number, strength in known.get(key, ()) if strength >= Strength.PLAIN)
