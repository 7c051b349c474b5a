"""What the communication of a CODA movement says. Layout: Febelfin “Coded statement of account”, 2.6, annex 3.

A communication that begins with 1 and a type is structured, any other is free text. Types read here:

| type | meaning | becomes |
|---|---|---|
| 100 | creditor reference, ISO 11649 (RF) | structured reference |
| 101, 102 | Belgian structured reference (OGM), as given or rebuilt by the bank | structured reference, 12 digits |
| 103 | number of a cheque or card | text; structured reference only if its check digits are an OGM's |
| 105 | gross amount, original amount, rate, currency, OGM | original amount and currency, rate, structured reference |
| 107 | direct debit of before SEPA (DOM80) | mandate, text |
| 127 | SEPA direct debit | mandate, text, return type and reason |

The content of any other type is text as it stands. Check digits of 101 and 102 are not asked for: the bank has done so.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from stdnum.be import ogm_vcs

from core.currencies import EXPONENTS
from payments.readers.text_records import is_absent, words

_LENGTH = 150
_TWELVE_DIGITS = re.compile(r"[0-9]{12}", re.ASCII)
_RATE_DECIMALS = 8


class Said(NamedTuple):
    """The parts of a communication; `text` may have blanks at its ends. `undone` is the type of R-transaction."""

    text: str = ""
    reference: str | None = None
    mandate: str | None = None
    return_reason: str | None = None
    undone: str | None = None
    original_amount: int | None = None
    original_currency: str | None = None
    rate: Decimal | None = None


def communication_said(communication: str, amount: int) -> Said:
    """Reads the communication of a movement of `amount`, whose sign an original amount takes over."""
    if communication[0] != "1":
        return Said(text=communication[1:])
    content = communication[4:].ljust(_LENGTH - 4)
    read = _TYPES.get(communication[1:4])
    return read(content, amount) if read else Said(text=content)


def _creditor_reference(content: str, amount: int) -> Said:
    return Said(reference=content[:25].replace(" ", "") or None)


def _belgian_reference(content: str, amount: int) -> Said:
    return Said(reference=_twelve_digits(content)) if _twelve_digits(content) else Said(text=content)


def _number(content: str, amount: int) -> Said:
    digits = _twelve_digits(content)
    return Said(text=content, reference=digits if digits and ogm_vcs.is_valid(digits) else None)


def _original_amount(content: str, amount: int) -> Said:
    currency = content[42:45]
    original = _thousandths(content[15:30], currency)
    if original is None:
        return Said(reference=_twelve_digits(content[45:57]))
    return Said(
        reference=_twelve_digits(content[45:57]),
        original_amount=-original if amount < 0 else original,
        original_currency=currency,
        rate=_rate(content[30:42]),
    )


def _former_direct_debit(content: str, amount: int) -> Said:
    return Said(text=content[18:48], mandate=words(content[:12]) or None)


def _sepa_direct_debit(content: str, amount: int) -> Said:
    return Said(
        text=content[79:141],
        mandate=words(content[44:79]) or None,
        undone=content[141].strip() or None,
        return_reason=words(content[142:146]) or None,
    )


_TYPES: dict[str, Callable[[str, int], Said]] = {
    "100": _creditor_reference,
    "101": _belgian_reference,
    "102": _belgian_reference,
    "103": _number,
    "105": _original_amount,
    "107": _former_direct_debit,
    "127": _sepa_direct_debit,
}


def _twelve_digits(text: str) -> str | None:
    """The number at the beginning of the text, unless it is zero."""
    found = _TWELVE_DIGITS.match(text)
    return None if found is None or is_absent(found[0]) else found[0]


def _thousandths(text: str, currency: str) -> int | None:
    """15 digits with three decimals as minor units, None when that is no exact amount of a currency."""
    exponent = EXPONENTS.get(currency)
    if exponent is None or not (text.isascii() and text.isdigit()):
        return None
    scale: int = 10 ** abs(exponent - 3)
    if exponent >= 3:
        return int(text) * scale
    minor, rest = divmod(int(text), scale)
    return None if rest else minor


def _rate(text: str) -> Decimal | None:
    """12 digits, the last eight decimals."""
    if is_absent(text) or not (text.isascii() and text.isdigit()):
        return None
    return Decimal(int(text)).scaleb(-_RATE_DECIMALS)
