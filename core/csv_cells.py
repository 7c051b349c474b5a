"""Cells of CSV that a spreadsheet cannot take for formulas; numbers stay numbers, negative ones too. Pure.

A spreadsheet of another country may expect another sign between cells than the one written, and then a text such as
`x;=1+1` is two cells to it. So what would begin a cell behind such a sign is kept from it as well.
"""

import re

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
_STARTS = frozenset(FORMULA_STARTS)
_WITHIN = re.compile(r"(?<=[;\t\r\n|])(?=[=+@]|-\S)")
_KEPT_WITHIN = re.compile(r"(?<=[;\t\r\n|])'(?=[=+@]|-\S)")


def cell(value: object) -> str:
    """The value as it is written."""
    text = _WITHIN.sub("'", str(value))
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def as_meant(values: list[str]) -> list[str]:
    """The cells of a row as they were before `cell` kept them from a spreadsheet: what we hand out can come back."""
    return [_meant(text) if "'" in text else text for text in values]


def _meant(text: str) -> str:
    plain = text[1:] if text[:1] == "'" and text[1:2] in _STARTS else text
    return _KEPT_WITHIN.sub("", plain)


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "", 1)
    return text[0] == "-" and digits.isascii() and digits.isdigit()
