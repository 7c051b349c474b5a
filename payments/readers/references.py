"""Structured payment references in free text, checked by their check digits and stripped of spaces and punctuation."""

import re
from collections.abc import Iterator

from stdnum import iso11649, luhn
from stdnum.be import ogm_vcs
from stdnum.ch import esr

_RF_PLAIN = re.compile(r"\bRF[0-9]{2}[0-9A-Z]{1,21}\b")
_RF_GROUPED = re.compile(r"\bRF[0-9]{2}(?: [0-9A-Z]{4}){1,5}(?: [0-9A-Z]{1,4})?\b")
_OGM = re.compile(r"(?:\+\+\+|\*\*\*) ?([0-9]{3})[ /]?([0-9]{4})[ /]?([0-9]{5}) ?(?:\+\+\+|\*\*\*)")
_QRR = re.compile(r"(?<![0-9])(?:[0-9]{27}|[0-9]{2}(?: [0-9]{5}){5})(?![0-9])")
_KID = re.compile(r"\bKID\b[ :./]{0,3}([0-9]{2,25}|[0-9]{1,24}-)(?![0-9])")
_KID_WEIGHTS = (2, 3, 4, 5, 6, 7)


def structured_reference(text: str) -> str | None:
    """The first reference with a valid check: ISO 11649 (RF…), Belgian OGM/VCS (+++…+++), Swiss QRR (27 digits),
    Norwegian KID (after the word KID). None when there is none."""
    found: str | None = None
    if "RF" in text:
        found = next(_creditor_references(text), None)
    if not found and ("+++" in text or "***" in text):
        digits = ("".join(match.groups()) for match in _OGM.finditer(text))
        found = next((number for number in digits if ogm_vcs.is_valid(number)), None)
    if not found and _QRR.search(text):
        found = next((number for number in _qr_candidates(text) if esr.is_valid(number)), None)
    if not found and "KID" in text:
        found = next((match[1] for match in _KID.finditer(text) if is_kid(match[1])), None)
    return found


def _qr_candidates(text: str) -> Iterator[str]:
    numbers = (match[0].replace(" ", "") for match in _QRR.finditer(text))
    return (number for number in numbers if number.strip("0"))


def _creditor_references(text: str) -> Iterator[str]:
    yield from (match[0] for match in _RF_PLAIN.finditer(text) if iso11649.is_valid(match[0]))
    for match in _RF_GROUPED.finditer(text):
        groups = match[0].split()
        joined = ("".join(groups[:count]) for count in range(len(groups), 1, -1))
        yield from (reference for reference in joined if iso11649.is_valid(reference))


def is_kid(number: str) -> bool:
    """A Norwegian KID: MOD10 (Luhn) or MOD11, whose check character may be a hyphen (Bits, KID rules)."""
    return luhn.is_valid(number) or number[-1] == _mod11(number[:-1])


def _mod11(digits: str) -> str:
    total = sum(int(digit) * _KID_WEIGHTS[place % 6] for place, digit in enumerate(reversed(digits)))
    check = -total % 11
    return "-" if check == 10 else str(check)
