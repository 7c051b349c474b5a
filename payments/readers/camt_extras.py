"""What a camt entry or transaction says aside from its amount: charges, the amount in another currency, the rate.

Pure. None of it counts for a balance, so what cannot be read is left out with a warning instead of refusing the file.
"""

import re
from decimal import Decimal

from core.money import NotAnAmount
from core.problems import Problem
from core.safe_xml import Fields
from payments.readers.camt_values import first, minor_units

_RATE = re.compile(r"\d{1,15}(?:\.\d{1,15})?", re.ASCII)


def charges(fields: Fields, currency: str, where: str, problems: list[Problem]) -> int | None:
    """What the bank took for it, in the entry's currency: the stated total, else the sum of the single charges, where
    a charge marked CRDT was given back. None when nothing is said or it is said in another currency."""
    total = _amounts(fields, "TtlChrgsAndTaxAmt", where, problems)
    if total and total[0][1] == currency:
        return total[0][0]
    single = _amounts(fields, "Chrgs", where, problems)
    marks = fields.get("ChrgsMark") or ["DBIT"] * len(single)
    if not single or len(marks) != len(single) or {each[1] for each in single} != {currency}:
        return None
    return sum(-minor if mark == "CRDT" else minor for (minor, _), mark in zip(single, marks, strict=True))


def original_amount(
    fields: Fields, amount: int, currency: str, where: str, problems: list[Problem]
) -> tuple[int, str] | None:
    """The instructed amount, else the transaction's, when it is not the entry's own: in another currency, or before
    charges. It carries the sign of `amount`."""
    for name in ("InstdAmt", "TxAmt", "Amt"):
        for minor, of_currency in _amounts(fields, name, where, problems)[:1]:
            if (minor, of_currency) == (abs(amount), currency) or not minor:
                return None
            return (-minor if amount < 0 else minor), of_currency
    return None


def exchange_rate(fields: Fields, where: str, problems: list[Problem]) -> Decimal | None:
    """The rate as the bank states it, whichever way it is quoted."""
    text = first(fields, "XchgRate")
    if text is None or _RATE.fullmatch(text):
        return Decimal(text) if text else None
    problems.append(_left_out(where, "XchgRate", f"“{text[:40]}” is not a plain decimal rate."))
    return None


def _amounts(fields: Fields, name: str, where: str, problems: list[Problem]) -> list[tuple[int, str]]:
    if name not in fields:
        return []
    try:
        pairs = zip(fields[name], fields[f"{name}@Ccy"], strict=True)
        return [(minor_units(text, currency), currency) for text, currency in pairs]
    except NotAnAmount as problem:
        problems.append(_left_out(where, name, str(problem)))
        return []


def _left_out(where: str, field: str, message: str) -> Problem:
    return Problem(where, f"{message} It was left out.", severity="warning", field=field)
