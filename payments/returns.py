"""Money the bank takes back: which movement is a return, and which payment it returns. Pure.

Returned direct debits and transfers come back as movements going out: reversals of camt, MT940 and Norma 43, R-
transactions with a SEPA reason (EPC Rulebooks, ISO 20022 ExternalReturnReason1Code), or a text that says so in the
bank's language. What identifies the payment must be its own; the amount is the payment's, or more by the bank's charge.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from core.money import exponent_of

Kind = Literal["return", "charge"]

LONGEST = timedelta(days=13 * 31)
"""A debtor may dispute an unauthorised direct debit for thirteen months (Directive 2015/2366, article 71)."""
MOST_CHARGE = 50
"""Whole units of the currency that a bank may add to a return before a person must look."""

_CERTAIN_WORDS = re.compile(
    r"R(?:Ü|UE)CK(?:LAST|BELAST|SCHECK)|LASTSCHRIFTR(?:Ü|UE)CK|IMPAGAD|\bREJET|IMPAY[ÉE]|CHARGE ?BACK|INSOLUT|TERUGBOEK"
    r"|DEVOL\w*\.? +(?:DE +)?(?:RECIBO|ADEUDO)|\bRETURNED (?:ITEM|PAYMENT|DIRECT DEBIT|CHECK|CHEQUE)|R-TRANSA",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"R(?:Ü|UE)CK(?:BUCH|GABE)|RETOURE|DEVOLU|\bRECHAZ|\bREJECT|\bRETURN|STORN|ONBETAALD|ZWROT|REVERSAL|UNPAID",
    re.IGNORECASE,
)
"""These may also stand on a refund we paid ourselves, so they certify nothing alone."""
_REASONS = re.compile(
    r"(?<![A-Z0-9])(?:AC0[146]|AC13|AG0[12]|AM0[45]|BE05|CNOR|DNOR|FF01|MD0[1267]|MS0[23]|RC01|RR0[1-4]|SL01)(?![A-Z0-9])"
)
_RETURN_CODES = re.compile(r"N?RTI|(?:.*\W)?(?:RRTN|RPCR|UPDD|UPCT|UPCC|UPCQ|PRDD|RRCT)|108|109|555|557", re.IGNORECASE)
"""SWIFT NRTI; ISO 20022 sub-families of returns and unpaid debits; German business codes of returned debits (DK, GVC);
BAI2 returned items."""
_CHARGE_WORDS = re.compile(
    r"ENTGELT|GEB(?:Ü|UE)HR|\bFEES?\b|\bCHARGES?\b|\bFRAIS\b|COMISI|COMISS|\bSPESE\b|KOSTEN|PROVISION", re.IGNORECASE
)


class Taken(NamedTuple):
    """A movement going out. `amount` is what was taken, positive; `charges` the part of it the bank names its own."""

    amount: int
    booked_on: date
    code: str = ""
    return_reason: str = ""
    is_reversal: bool = False
    end_to_end: str = ""
    mandate: str = ""
    structured_reference: str = ""
    account: str = ""
    text: str = ""
    charges: int = 0


class Received(NamedTuple):
    """A payment that came in."""

    id: UUID
    amount: int
    booked_on: date
    end_to_end: str = ""
    mandate: str = ""
    structured_reference: str = ""
    account: str = ""
    text: str = ""


class Share(NamedTuple):
    """What one invoice got of a larger payment."""

    payment_id: UUID
    payment_amount: int
    booked_on: date
    number: str
    amount: int


class Found(NamedTuple):
    """The payments a return may mean, and whether the one payment may be taken back without asking."""

    payments: Sequence[Received]
    is_certain: bool


def kind_of(taken: Taken, currency: str) -> Kind | None:
    """What a movement going out is: a return, the bank's charge for one, or neither."""
    if not (_is_certainly_a_return(taken) or _WORDS.search(taken.text)):
        return None
    is_small = taken.amount <= most_charge(currency)
    return "charge" if is_small and _CHARGE_WORDS.search(taken.text) and not taken.is_reversal else "return"


def _is_certainly_a_return(taken: Taken) -> bool:
    """The bank says so itself; a refund of ours never reads like this."""
    said = taken.is_reversal or taken.return_reason or _RETURN_CODES.fullmatch(taken.code)
    return bool(said or _CERTAIN_WORDS.search(taken.text) or _REASONS.search(taken.text))


def most_charge(currency: str) -> int:
    """The most a bank may add to a return, in minor units."""
    return int(MOST_CHARGE * 10 ** exponent_of(currency))


def find(taken: Taken, received: Iterable[Received], currency: str) -> Found:
    """The payments that the return may mean, by the best evidence there is.

    An end-to-end or structured reference goes before a mandate, that before a reference quoted in the text, that before
    payer and amount, and the amount alone comes last. A single payment is certain by its reference or mandate; by what
    its text or payer say only where the bank itself calls the movement a return; by its amount alone never.
    """
    possible = [each for each in received if _is_in_time(taken, each) and _fits(taken, each, currency)]
    for agrees in (_same_reference, _same_mandate, _quoted, _same_payer, _same_amount):
        if found := [each for each in possible if agrees(taken, each)]:
            exact = [each for each in found if charge_in(taken, each) in (0, taken.charges)]
            best = exact or found
            is_its_own = agrees in (_same_reference, _same_mandate)
            may_be = is_its_own or (agrees is not _same_amount and _is_certainly_a_return(taken))
            return Found(best, len(best) == 1 and may_be)
    return Found((), False)


def find_part(taken: Taken, received: Iterable[Received]) -> UUID | None:
    """The payment of which the return takes only a part back, where its reference says so and the bank calls it one."""
    found = [
        each
        for each in received
        if _is_in_time(taken, each) and taken.amount < each.amount and _same_reference(taken, each)
    ]
    return found[0].id if len(found) == 1 and _is_certainly_a_return(taken) else None


def find_shares(taken: Taken, named: Sequence[Share], currency: str) -> tuple[Sequence[Share], bool]:
    """Of the shares whose invoices the return names, those it may take back with the bank's charge, and whether the
    only one may be taken back without asking: a collection was booked in one sum, and one of it came back."""
    allowed = max(taken.charges, most_charge(currency))
    possible = [
        each
        for each in named
        if timedelta() <= taken.booked_on - each.booked_on <= LONGEST and 0 <= taken.amount - each.amount <= allowed
    ]
    best = [each for each in possible if taken.amount - each.amount in (0, taken.charges)] or possible
    return best, len(best) == 1 and _is_certainly_a_return(taken)


def charge_in(taken: Taken, received: Received) -> int:
    """What the bank took beyond the payment."""
    return taken.amount - received.amount


def _is_in_time(taken: Taken, received: Received) -> bool:
    return timedelta() <= taken.booked_on - received.booked_on <= LONGEST


def _fits(taken: Taken, received: Received, currency: str) -> bool:
    return 0 <= charge_in(taken, received) <= max(taken.charges, most_charge(currency))


def _same_reference(taken: Taken, received: Received) -> bool:
    return _equal(taken.end_to_end, received.end_to_end) or _equal(
        taken.structured_reference, received.structured_reference
    )


def _same_mandate(taken: Taken, received: Received) -> bool:
    return _equal(taken.mandate, received.mandate)


def _quoted(taken: Taken, received: Received) -> bool:
    """The payment's reference, or a number of its text, stands in the return's text as a whole word."""
    words = set(_tokens(taken.text))
    own = [received.end_to_end, received.structured_reference, *_tokens(received.text)]
    return any(len(each) >= 5 and any(map(str.isdigit, each)) and each.upper() in words for each in own)


def _same_payer(taken: Taken, received: Received) -> bool:
    return _equal(taken.account, received.account) and charge_in(taken, received) in (0, taken.charges)


def _same_amount(taken: Taken, received: Received) -> bool:
    return charge_in(taken, received) in (0, taken.charges)


def _equal(one: str, other: str) -> bool:
    return bool(one) and one == other


def _tokens(text: str) -> Sequence[str]:
    return re.findall(r"[A-Z0-9][A-Z0-9/.-]*[A-Z0-9]", text.upper())
