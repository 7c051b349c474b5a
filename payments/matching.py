"""Whose money is this, and which invoices does it pay? The ladder of cash application, rung by rung. Pure.

Each rung takes what the former left. Only what is unique is posted; anything else becomes suggestions with their
evidence, best first. Whole tokens only, at least five significant characters, same currency, never more than open.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from stdnum import iban as stdnum_iban

LEAST_SIGNIFICANT = 5
"""An invoice number named in free text has at least this many significant characters, or it proves nothing."""

LONGEST_JOIN = 5
"""How many neighbouring pieces of text may together spell one number ("F26 / 01702" is three)."""

MOST_SUGGESTIONS = 5

_PIECE = re.compile(r"[A-Z0-9]+")
_IBAN_LIKE = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open item as matching sees it; `open` in minor units, `number` as printed on the invoice."""

    item_id: UUID
    customer_id: UUID
    number: str
    order: tuple[object, ...]
    open: int
    currency: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A bank entry that brought money; `text` is everything the payer wrote, `reference` a structured reference."""

    amount: int
    currency: str
    text: str
    references: tuple[str, ...] = ()
    payer_account: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """So much of the receipt pays this item."""

    item_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class Match:
    """One possible answer. `rest` stays with the customer as unapplied cash; `confidence` 0 … 100."""

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


def significant(text: str) -> str:
    """A number without what people and banks drop or add: case, spaces, dashes, slashes, dots."""
    return "".join(_PIECE.findall(text.upper()))


@dataclass(slots=True)
class Book:
    """The open items of one company and currency, indexed for the ladder."""

    by_item: dict[UUID, Candidate] = field(default_factory=dict)
    by_number: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    by_reference: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    by_customer: dict[UUID, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    payers: Mapping[str, Sequence[UUID]] = field(default_factory=dict)

    def add(self, candidate: Candidate, reference: str) -> None:
        self.by_item[candidate.item_id] = candidate
        self.by_number[significant(candidate.number)].append(candidate)
        self.by_customer[candidate.customer_id].append(candidate)
        if reference:
            self.by_reference[significant(reference)].append(candidate)

    def take(self, lines: Iterable[Line]) -> None:
        """Lowers the open amounts by what was posted, so that the next receipt sees what is left."""
        for line in lines:
            before = self.by_item[line.item_id]
            after = Candidate(
                before.item_id,
                before.customer_id,
                before.number,
                before.order,
                before.open - line.amount,
                before.currency,
            )
            self.by_item[line.item_id] = after

    def now(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """The candidates as they stand now, settled ones left out, in order of payment."""
        current = (self.by_item[candidate.item_id] for candidate in candidates)
        return sorted((each for each in current if each.open > 0), key=lambda each: each.order)


def match(receipt: Receipt, book: Book) -> Answer:
    """The answer of the first rung that has one."""
    suggestions: list[Match] = []
    for rung in (_by_reference, _by_number, _by_payer):
        answer = rung(receipt, book)
        if isinstance(answer, Certain):
            return answer
        suggestions += [each for each in answer.matches if each.lines not in {s.lines for s in suggestions}]
    suggestions.sort(key=lambda each: -each.confidence)
    return Suggested(tuple(suggestions[:MOST_SUGGESTIONS]))


# ── rung 1: a structured reference we printed ───────────────────────────────────────────────────


def _by_reference(receipt: Receipt, book: Book) -> Answer:
    for reference in receipt.references:
        named = book.now(book.by_reference.get(significant(reference), ()))
        if not named:
            continue
        if len({each.customer_id for each in named}) > 1:
            return Suggested(
                tuple(_covering(receipt, [each], 60, ("reference of several customers",)) for each in named)
            )
        reasons = ("structured reference ✓", _amount_reason(receipt.amount, named))
        return Certain(_covering(receipt, named, 100, reasons))
    return Suggested(())


# ── rung 2: invoice numbers named in the text ───────────────────────────────────────────────────


def _by_number(receipt: Receipt, book: Book) -> Answer:
    named = book.now(_named_in(receipt.text, book))
    if not named:
        return Suggested(())
    owners = {each.customer_id for each in named}
    numbers = {each.number for each in named}
    total = sum(each.open for each in named)
    knows_payer = any(owner in owners for owner in book.payers.get(receipt.payer_account, ()))
    reasons = (_number_reason(numbers), _amount_reason(receipt.amount, named))
    if len(owners) > 1:
        return Suggested(tuple(_covering(receipt, [each], 50, (*reasons, "several customers named")) for each in named))
    if total == receipt.amount:
        return Certain(_covering(receipt, named, 98, reasons))
    exact = [each for each in named if each.open == receipt.amount]
    if len(numbers) == 1 and len(exact) == 1:
        return Certain(_covering(receipt, exact, 96, (_number_reason(numbers), "amount of one instalment ✓")))
    if knows_payer and len(numbers) == 1:
        return Certain(_covering(receipt, named, 92, (*reasons, "payer account ✓")))
    return Suggested((_covering(receipt, named, 75, reasons),))


def _named_in(text: str, book: Book) -> list[Candidate]:
    """Items whose number stands in the text as whole tokens; longer numbers win over those inside them."""
    readable = _IBAN_LIKE.sub(_without_iban, text.upper())
    pieces = _PIECE.findall(readable)
    found: dict[UUID, Candidate] = {}
    start = 0
    while start < len(pieces):
        length = _longest_number_at(pieces, start, book)
        for candidate in book.by_number.get("".join(pieces[start : start + length]), ()) if length else ():
            found[candidate.item_id] = candidate
        start += length or 1
    return list(found.values())


def _longest_number_at(pieces: Sequence[str], start: int, book: Book) -> int:
    for length in range(min(LONGEST_JOIN, len(pieces) - start), 0, -1):
        joined = "".join(pieces[start : start + length])
        if len(joined.lstrip("0")) >= LEAST_SIGNIFICANT and joined in book.by_number:
            return length
    return 0


def _without_iban(found: re.Match[str]) -> str:
    return " " if stdnum_iban.is_valid(found.group()) else found.group()


# ── rung 3: a payer we know, and an amount that fits one way only ───────────────────────────────


def _by_payer(receipt: Receipt, book: Book) -> Answer:
    owners = book.payers.get(receipt.payer_account, ()) if receipt.payer_account else ()
    answers = [answer for owner in owners for answer in _fitting(receipt, book.now(book.by_customer[owner]))]
    if len(answers) == 1 and len(owners) == 1:
        return Certain(answers[0])
    return Suggested(tuple(answers))


def _fitting(receipt: Receipt, items: Sequence[Candidate]) -> list[Match]:
    known = "payer account ✓"
    answers = [
        _covering(receipt, [item], 90, (known, "amount of one item ✓")) for item in items if item.open == receipt.amount
    ]
    if len(items) > 1 and sum(item.open for item in items) == receipt.amount:
        answers.append(_covering(receipt, items, 90, (known, "amount of the whole balance ✓")))
    return answers


# ── shared ──────────────────────────────────────────────────────────────────────────────────────


def _covering(receipt: Receipt, items: Sequence[Candidate], confidence: int, reasons: tuple[str, ...]) -> Match:
    """Pays the items in order until the receipt is used up; what is left over is the rest."""
    rest = receipt.amount
    lines = []
    for item in items:
        amount = min(rest, item.open)
        if amount:
            lines.append(Line(item.item_id, amount))
            rest -= amount
    return Match(items[0].customer_id, tuple(lines), rest, confidence, reasons)


def _number_reason(numbers: Iterable[str]) -> str:
    return f"number in the text ✓ ({', '.join(sorted(numbers))})"


def _amount_reason(amount: int, items: Sequence[Candidate]) -> str:
    total = sum(item.open for item in items)
    if amount == total:
        return "amount ✓"
    return "pays less than is open" if amount < total else "pays more than is open"
