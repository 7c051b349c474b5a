"""Cells of CSV that a spreadsheet cannot take for formulas; numbers stay numbers, negative ones too. Pure."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def cell(value: object) -> str:
    """The value as it is written."""
    text = str(value)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "", 1)
    return text[0] == "-" and digits.isascii() and digits.isdigit()
