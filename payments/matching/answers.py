"""A receipt, and what cash application has to say about it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from payments.matching.book import Line


@dataclass(frozen=True, slots=True)
class Receipt:
    """A bank entry that brought money, in minor units, `on` its value date.

    `text` is everything the payer wrote, `reference` a structured reference the bank carried, `end_to_end` the payer's
    own id of the payment. `payer_account` is without spaces.
    """

    amount: int
    currency: str
    on: date
    text: str = ""
    reference: str = ""
    end_to_end: str = ""
    payer_account: str = ""
    payer_name: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """One possible answer. `rest` stays as unapplied cash of `customer_id`; without lines, all of it does.

    `reasons` are short phrases that begin with ✓ where the evidence speaks for the answer and with – where it does not.
    `confidence` is 0 … 100.
    """

    customer_id: UUID
    lines: tuple[Line, ...]
    rest: int
    confidence: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certain:
    """The only answer, fit to be posted without a person."""

    match: Match


@dataclass(frozen=True, slots=True)
class Suggested:
    """Answers for a person, best first; may be empty: nothing was found."""

    matches: tuple[Match, ...]


Answer = Certain | Suggested


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rung of the ladder says: a match, and whether it may be posted without a person."""

    match: Match
    may_post: bool = False
