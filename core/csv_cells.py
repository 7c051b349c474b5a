"""Cells of CSV that a spreadsheet cannot take for formulas; numbers stay numbers, negative ones too. Pure."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
_STARTS = frozenset(FORMULA_STARTS)


def cell(value: object) -> str:
    """The value as it is written."""
    text = str(value)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def as_meant(values: list[str]) -> list[str]:
    """The cells of a row as they were before `cell` kept them from a spreadsheet: what we hand out can come back."""
    return [text[1:] if text[:1] == "'" and text[1:2] in _STARTS else text for text in values]


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "", 1)
    return text[0] == "-" and digits.isascii() and digits.isdigit()
