"""Whether a text tells somebody where to pay. Pure."""

import re

from stdnum import iban

_IBAN_LIKE = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?:[ .\-]?[A-Z0-9]){11,30}(?![A-Z0-9])")
_SHORTEST_IBAN = 15
_SPACING = str.maketrans("", "", " .-")


def names_an_account(text: str) -> bool:
    """Whether a text holds a valid IBAN, however it is spaced."""
    return any(
        iban.is_valid(number[:length], check_country=False)
        for found in _IBAN_LIKE.finditer(text.upper())
        for number in [found[0].translate(_SPACING)]
        for length in range(_SHORTEST_IBAN, len(number) + 1)
    )
