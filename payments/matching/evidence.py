"""The words in which an answer explains itself: short phrases, ✓ where they speak for it, – where they do not. Pure."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from core.money import decimal_text
from payments.matching.book import Candidate, KnownPayer
from payments.matching.case import Case, Named, Payer
from payments.matching.differences import Fit, Settlement
from payments.matching.spelling import Strength

MOST_LISTED = 4
"""More numbers than this are counted, not listed."""

SECOND_PAYMENT = "– second payment?"
TAKEN_BACK = "– was placed before and taken back"
AS_UNAPPLIED = "– no invoice chosen: unapplied cash"
OLDEST_FIRST = "– oldest items first"
PAYER_NAME = "✓ payer name"
PAYER_UNKNOWN = "– payer not known"
PAID_BY_GROUP = "✓ paid by its group"
PAID_BY_OTHER = "– paid by somebody else"
ADVANCE = "– the payer speaks of an advance, a security or a loan"

_PAYER_PHRASES = {
    Payer.AGREES: PAYER_NAME,
    Payer.GROUP: PAID_BY_GROUP,
    Payer.SILENT: PAYER_UNKNOWN,
    Payer.OTHER: PAID_BY_OTHER,
}


def number_phrase(named: Named) -> str:
    """Which numbers were found, and how well they were spelled."""
    numbers = listed(named.numbers)
    match named.strength:
        case Strength.REFERENCE:
            return f"✓ structured reference of {numbers}"
        case Strength.DAMAGED:
            return f"✓ number {numbers}, damaged in the text"
        case Strength.DOUBTFUL:
            return f"– number {numbers}, doubtful in the text"
    return f"✓ number {numbers}" if len(named.numbers) == 1 else f"✓ numbers {numbers}"


def naming_phrase(named: Named, numbers: Collection[str]) -> str:
    """Whether the text names these numbers, others, or none."""
    own = [each for each in named.numbers if each in numbers]
    if own:
        return f"✓ number {listed(own)}"
    return f"– the text names {listed(named.numbers)}" if named.numbers else "– no number in the text"


def listed(numbers: Iterable[str]) -> str:
    several = list(dict.fromkeys(numbers))
    if len(several) > MOST_LISTED:
        return f"{several[0]} … {several[-1]} ({len(several)})"
    return ", ".join(several)


def amount_phrase(settlement: Settlement, currency: str, how: str = "exact") -> str:
    """How the amount agrees with what is open."""
    difference = decimal_text(settlement.difference, currency)
    match settlement.fit:
        case Fit.EXACT:
            return f"✓ amount, {how}"
        case Fit.DISCOUNTED:
            return f"✓ amount, less {difference} discount in time"
        case Fit.FORGIVEN:
            return f"✓ amount, less {difference} {'bank charges' if settlement.kind == 'fee' else 'rounding'}"
        case Fit.SHORT if settlement.late_discount:
            return f"– short by {difference}: discount taken too late"
        case Fit.SHORT:
            return f"– short by {difference}"
        case Fit.OVER:
            return f"– {difference} more than is open"


def payer_phrase(case: Case, owners: Collection[UUID]) -> str:
    """Whether account or name is the customer's."""
    for owner in owners:
        if owner in case.account_owners:
            return account_phrase(case.account_owners[owner])
    return _PAYER_PHRASES[case.payer(owners)]


def account_phrase(payer: KnownPayer) -> str:
    return f"✓ paid from this account before ({payer.seen}×)" if payer.seen else "✓ account of the customer"


def credit_phrases(credits: Sequence[Candidate], named: Iterable[str]) -> list[str]:
    """Which credit notes are taken off, and whether the payer says so."""
    if not credits:
        return []
    said = "" if {each.number for each in credits} <= set(named) else ", not named"
    return [f"✓ less credit note {listed(each.number for each in credits)}{said}"]


def stranger_phrase(strangers: Sequence[str]) -> str:
    return f"– {strangers[0]} looks like a number of ours and is not known"


def settled_phrase(settled: Sequence[Candidate]) -> str:
    return f"– {listed(each.number for each in settled)} is paid already"
