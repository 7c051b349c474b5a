"""By what the number of an invoice, and the reference printed on it, are looked up when a payer writes them. Pure.

Both keys are columns with an index, so that a receipt asks for what it names and the book is never read as a whole.
"""

import re

RUNS = re.compile(r"[0-9]+|[^\W\d_]+")
"""A number or a text as runs: letters or digits without anything between."""

LEAST_SIGNIFICANT = 5
"""A number named in free text has at least this many characters, zeros in front not counted, or it proves nothing."""

LONGEST_DIGITS = 7
"""So many digits, the last ones, make a `digits_key`: enough to single out one of a million."""

_LAST_RUN = re.compile(r"(?<![0-9])[0-9]{5,}$")
_LETTERS_FIRST = re.compile(r"^[^0-9]+")
_NO_DIGITS = re.compile(r"[^0-9]+")
_NO_DIGITS_OR_ZEROS = re.compile(r"[^1-9]+")
_MISREAD = str.maketrans("OIL", "011")


def significant(text: str) -> str:
    """A number without what people and banks drop or add: case, spaces, dashes, slashes, dots."""
    return "".join(RUNS.findall(text.upper()))


def reference_key(reference: str) -> str:
    """A structured reference as it is looked up: significant, and without the zeros some formats fill up with."""
    return significant(reference).lstrip("0") if reference else ""


def misread(key: str) -> str:
    """The key with the letters O, I and L taken for the digits they resemble."""
    return key.translate(_MISREAD)


def digits_key(number: str) -> str:
    """A sieve, no proof: the last digits of a number.

    Every damaged spelling that matching believes has this key among its own `digits_keys`. A last run long enough to
    stand alone is taken alone, without the zeros at its head. Otherwise all digits but the zeros are taken, the letters
    O, I and L counted as digits, letters in front not; `~` marks these.
    """
    upper = number.upper()
    last = _LAST_RUN.search(upper)
    if last and len(last[0].lstrip("0")) >= LEAST_SIGNIFICANT:
        return last[0][-LONGEST_DIGITS:].lstrip("0")
    return "~" + _NO_DIGITS_OR_ZEROS.sub("", misread(_LETTERS_FIRST.sub("", upper)))[-LONGEST_DIGITS:]


def digits_keys(text: str) -> set[str]:
    """Every key a number could have of which this (upper-case) text is a spelling, or ends in one."""
    found = set()
    for read in {text, misread(text)}:
        digits = _NO_DIGITS.sub("", read)
        last, bare = digits[-LONGEST_DIGITS:], digits.replace("0", "")[-LONGEST_DIGITS:]
        found |= {last[place:].lstrip("0") for place in range(len(last))}
        found |= {"~" + bare[place:] for place in range(len(bare))}
    return found
