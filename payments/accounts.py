"""Whose account is this? An account as a bank file names it, matched to one of ours.

The IBAN decides when both sides have one. Files of older formats name the national number, which stands inside the IBAN
at a place each country fixed (SWIFT IBAN registry, ISO 13616). Pure.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from stdnum import iban

from payments.readers.model import Account


class National(NamedTuple):
    """Where bank (with its branch) and account number stand in a country's BBAN, as slices."""

    bank: slice
    account: slice


NATIONAL: Mapping[str, National] = {
    "AT": National(slice(0, 5), slice(5, 16)),
    "BE": National(slice(0, 3), slice(0, 12)),
    "CH": National(slice(0, 5), slice(5, 17)),
    "CZ": National(slice(0, 4), slice(4, 20)),
    "DE": National(slice(0, 8), slice(8, 18)),
    "DK": National(slice(0, 4), slice(4, 14)),
    "ES": National(slice(0, 8), slice(10, 20)),
    "FI": National(slice(0, 3), slice(0, 14)),
    "FR": National(slice(0, 10), slice(10, 21)),
    "GB": National(slice(4, 10), slice(10, 18)),
    "HU": National(slice(0, 7), slice(8, 24)),
    "IE": National(slice(4, 10), slice(10, 18)),
    "IT": National(slice(1, 11), slice(11, 23)),
    "LU": National(slice(0, 3), slice(3, 16)),
    "NL": National(slice(0, 4), slice(4, 14)),
    "NO": National(slice(0, 4), slice(0, 11)),
    "PL": National(slice(0, 8), slice(8, 24)),
    "PT": National(slice(0, 8), slice(8, 19)),
    "SE": National(slice(0, 3), slice(3, 20)),
    "SK": National(slice(0, 4), slice(4, 20)),
}


class _Identified(Protocol):
    identifier: str


Ours = TypeVar("Ours", bound=_Identified)


def same_account(named: Account, ours: Sequence[Ours]) -> list[Ours]:
    """Those of our accounts that a file may mean; an equal identifier goes before a national number inside an IBAN."""
    wanted = compact(named.identifier)
    equal = [each for each in ours if compact(each.identifier) == wanted]
    return equal or [each for each in ours if _is_national(named, compact(each.identifier))]


def compact(identifier: str) -> str:
    """An account number as it is compared: letters and digits only, in capitals."""
    return "".join(filter(str.isalnum, identifier)).upper()


def is_iban(identifier: str) -> bool:
    """By length, structure and check digits; a country's own check would refuse banks it has not heard of."""
    return bool(iban.is_valid(identifier, check_country=False))


def _is_national(named: Account, ours: str) -> bool:
    """Whether one of the two is an IBAN and the other the number inside it."""
    theirs = compact(named.identifier)
    if is_iban(ours) and not is_iban(theirs):
        return _inside(ours, theirs, compact(named.bank or ""))
    return is_iban(theirs) and not is_iban(ours) and _inside(theirs, ours, "")


def _inside(whole: str, number: str, bank: str) -> bool:
    """Whether `number` is the national number of the IBAN `whole`, alone or after its bank; `bank` contradicts when it
    is another one of the country's own notation."""
    place = NATIONAL.get(whole[:2])
    if place is None or not number.strip("0"):
        return False
    bban = whole[4:]
    its_bank, its_account = bban[place.bank], bban[place.account]
    if _bare(number) in (_bare(bban), _bare(its_bank + its_account)):
        return True
    return _bare(number) == _bare(its_account) and (not bank.isdigit() or bank in its_bank or its_bank in bank)


def _bare(number: str) -> str:
    return number.lstrip("0")
