"""Check digits of the payment references we print: a wrong one is found here, before a payer copies it. Pure.

Sources: ISO 11649 (RF, modulo 97); Swiss Payment Standards (QR reference, modulo 10 recursive); Febelfin (OGM-VCS,
modulo 97); Bits/Nets (KID, modulo 10 or 11). A QR reference has 27 digits and an OGM its slashes, but a KID is digits
like any other number: it is only asked for where the currency is NOK.
"""

import re

from stdnum import iso11649, luhn
from stdnum.be import ogm_vcs
from stdnum.ch import esr

_RF = re.compile(r"RF[0-9]{2}", re.IGNORECASE | re.ASCII)
_OGM = re.compile(r"(?:\+\+\+|\*\*\*)?[0-9]{3}/[0-9]{4}/[0-9]{5}(?:\+\+\+|\*\*\*)?", re.ASCII)
_QRR = re.compile(r"[0-9]{27}", re.ASCII)
_KID = re.compile(r"[0-9]{2,25}-?", re.ASCII)
_KID_WEIGHTS = (2, 3, 4, 5, 6, 7)


def flaw_of_reference(reference: str, currency: str = "") -> str | None:
    """What is wrong with the check digits, as a sentence; None when they hold or the reference has none."""
    compact = reference.replace(" ", "")
    if _RF.match(compact):
        return _unless(iso11649.is_valid(compact), reference, "an RF creditor reference (ISO 11649)")
    if _OGM.fullmatch(compact):
        return _unless(ogm_vcs.is_valid(compact.strip("+*")), reference, "a Belgian OGM-VCS reference")
    if _QRR.fullmatch(compact):
        return _unless(esr.is_valid(compact), reference, "a Swiss QR reference")
    if currency == "NOK" and _KID.fullmatch(compact):
        return _unless(is_kid(compact), reference, "a Norwegian KID")
    return None


def _unless(holds: bool, reference: str, name: str) -> str | None:
    return None if holds else f"payment_reference “{reference[:40]}” looks like {name}, but its check digits are wrong."


def is_kid(text: str) -> bool:
    """Whether the last place is the check digit by modulo 10 or by modulo 11, where `-` stands for ten."""
    return (text.isdigit() and bool(luhn.is_valid(text))) or _modulo_11(text[:-1]) == text[-1]


def _modulo_11(digits: str) -> str:
    total = sum(int(digit) * _KID_WEIGHTS[place % 6] for place, digit in enumerate(reversed(digits)))
    rest = -total % 11
    return "-" if rest == 10 else str(rest)
