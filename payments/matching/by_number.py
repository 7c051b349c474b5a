"""Rungs one and two: the payer says which invoices, by a structured reference or by numbers in the text. Pure.

A number posts by itself when the amount settles what it names, and number and payer together prove enough. With a
difference beyond the tolerance it posts only for a payer we know, and only when nothing else fits the amount.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from payments.matching import evidence
from payments.matching.answers import Match, Proposal
from payments.matching.book import Candidate
from payments.matching.case import Case, Named, Payer
from payments.matching.combinations import explain
from payments.matching.differences import Fit, Settlement, settle
from payments.matching.spelling import Strength

MOST_CREDITS = 8
"""Of more open credit notes than this, none is taken off that the payer did not name."""

MUCH_LEFT_OVER = 10
"""More than one part in so many left over may be meant for any other item that is open."""

_WITH_PAYER = {Payer.AGREES: 99, Payer.GROUP: 98, Payer.SILENT: 97, Payer.OTHER: 94}
_LESS_SURE = {Fit.EXACT: 0, Fit.DISCOUNTED: 1, Fit.FORGIVEN: 3, Fit.SHORT: 9, Fit.OVER: 8}
_MOST_UNPROVEN = 79
_BY_CHANCE = 35


def by_reference(case: Case) -> Iterator[Proposal]:
    """A structured reference of ours, and an amount that settles its invoice: nothing is left to ask. Nothing is
    forgiven where other items of the customer have the amount."""
    named = case.of_reference
    if named is None:
        return
    for settlement, credits in _settling(case, named):
        may_post = settlement.fit is not Fit.FORGIVEN or not _has_rival(case, named, settlement)
        yield _proposal(case, named, settlement, credits, may_post=may_post)


def by_number(case: Case) -> Iterator[Proposal]:
    """Numbers in the text, read in every way the text allows, the most literal first."""
    for named in case.readings():
        for settlement, credits in _settling(case, named):
            yield _proposal(case, named, settlement, credits, may_post=_proves(case, named, settlement))
    for named in case.single_numbers():
        for settlement, credits in _settling(case, named):
            yield _proposal(case, named, settlement, credits, may_post=False)


def with_difference(case: Case) -> Iterator[Proposal]:
    """What is named gets what came, and the rest stays open; or it is paid, and the rest stays unapplied."""
    for named in case.readings():
        if not named.invoices:
            continue
        for owner in named.owners:
            case.book.of_customer(owner)  # a list in the text may go on among the items of an account not read yet
        settlement = _laid_on(case, named)
        if not settlement.fit.settles:
            may_post = named == case.firmly_named and _proves_difference(case, named, settlement)
            yield _proposal(case, named, settlement, named.credits, may_post=may_post)


def second_payment(case: Case) -> Iterator[Proposal]:
    """An invoice that is paid already is never paid again, nor is the money laid on another one: it is real money,
    and waits for a person as unapplied cash."""
    named = case.firmly_named
    if named.invoices or not named.settled:
        return
    reasons = (evidence.settled_phrase(named.settled), evidence.SECOND_PAYMENT)
    for owner in dict.fromkeys(each.customer_id for each in named.settled):
        payer = evidence.payer_phrase(case, [owner])
        confidence = _BY_CHANCE if case.payer([owner]) is Payer.OTHER else 75
        yield Proposal(Match(owner, (), case.receipt.amount, confidence, (*reasons, payer)))


# ── laying the amount on what is named ──────────────────────────────────────────────────────────


def _settling(case: Case, named: Named) -> Iterator[tuple[Settlement, Sequence[Candidate]]]:
    """Every way in which the amount settles what is named, with the credit notes it takes."""
    if not named.invoices:
        return
    for items, credits in _choices(case, named):
        settlement = settle(case.receipt.amount, items, credits, case.receipt.on, case.book.tolerance)
        if settlement.fit.settles:
            yield settlement, credits
            return


def _choices(case: Case, named: Named) -> Iterator[tuple[Sequence[Candidate], Sequence[Candidate]]]:
    """What a payer who names these numbers may mean: all of it, what is due, instalments, less credit notes."""
    amount = case.receipt.amount
    yield named.invoices, named.credits
    due = [each for each in named.invoices if each.due_on <= case.receipt.on]
    if len(due) < len(named.invoices) and {each.number for each in due} == {each.number for each in named.invoices}:
        yield due, named.credits
    if named.is_one_invoice:
        for count in range(1, len(named.invoices)):
            yield named.invoices[:count], named.credits
        single = [each for each in named.invoices if each.open == amount]
        if len(single) == 1:
            yield single, ()
    choices = _credits_not_named(case, named)
    if len(choices) == 1:
        yield named.invoices, choices[0]


def _credits_not_named(case: Case, named: Named) -> list[tuple[Candidate, ...]]:
    """The choices of the customer's open credit notes that make up what is missing."""
    missing = sum(each.open for each in named.invoices) - case.receipt.amount
    if missing <= 0 or len(named.owners) != 1 or named.credits:
        return []
    (owner,) = named.owners
    credits = [each for each in case.book.of_customer(owner) if each.is_credit]
    if len(credits) > MOST_CREDITS:
        return []
    sets = (chosen for size in range(1, len(credits) + 1) for chosen in combinations(credits, size))
    return [chosen for chosen in sets if sum(each.open for each in chosen) == missing]


def _laid_on(case: Case, named: Named) -> Settlement:
    return settle(case.receipt.amount, named.invoices, named.credits, case.receipt.on, case.book.tolerance)


# ── what it takes to post ───────────────────────────────────────────────────────────────────────


def _proves(case: Case, named: Named, settlement: Settlement) -> bool:
    """Number and amount agree: who must the payer be?"""
    payer = case.payer(named.owners)
    if named.strength is Strength.DOUBTFUL and case.speaks_of_advance:
        return False
    if settlement.fit is Fit.FORGIVEN:
        needed = Strength.PRINTED if payer is Payer.SILENT else Strength.PLAIN
        return named.strength >= needed and payer is not Payer.OTHER and not _has_rival(case, named, settlement)
    if payer is Payer.AGREES:
        return True
    if payer in (Payer.GROUP, Payer.SILENT):
        return named.strength >= Strength.PLAIN
    return named.strength >= Strength.PRINTED and not _has_own_answer(case)


def _proves_difference(case: Case, named: Named, settlement: Settlement) -> bool:
    """Number and payer agree, the amount does not: post only what nobody could have meant otherwise."""
    if len(named.owners) != 1 or named.settled or named.strength < Strength.PLAIN or not named.is_used_up:
        return False
    if settlement.fit is Fit.OVER and case.reading.between:
        return False
    payer = case.payer(named.owners)
    if payer is Payer.OTHER or (payer is Payer.SILENT and named.strength < Strength.REFERENCE):
        return False
    if settlement.fit is Fit.SHORT and not named.is_one_invoice:
        return False
    return not _has_rival(case, named, settlement)


def _has_own_answer(case: Case) -> bool:
    """The payer's own account has items that fit the amount."""
    return any(_explained(case, case.receipt.amount, case.book.of_customer(owner)) for owner in case.payers)


def _has_rival(case: Case, named: Named, settlement: Settlement) -> bool:
    """Other items of the customer fit the amount, or the part of it that is left over; or so much is left over that
    others must be meant."""
    taken = {each.item_id for each in (*named.invoices, *named.credits)}
    accounts = (case.book.of_customer(owner) for owner in named.owners)
    others = [each for account in accounts for each in account if each.item_id not in taken]
    if settlement.fit is not Fit.OVER:
        return bool(_credits_not_named(case, named)) or _explained(case, case.receipt.amount, others)
    is_much = settlement.rest * MUCH_LEFT_OVER > case.receipt.amount
    return bool(is_much and others) or _explained(case, settlement.rest, others)


def _explained(case: Case, amount: int, account: Sequence[Candidate]) -> bool:
    return bool(explain(amount, account, case.receipt.on, case.book.tolerance))


# ── saying it ───────────────────────────────────────────────────────────────────────────────────


def _proposal(
    case: Case, named: Named, settlement: Settlement, credits: Sequence[Candidate], *, may_post: bool
) -> Proposal:
    payer = case.payer(named.owners)
    strength = named.strength
    best = 100 if strength is Strength.REFERENCE else _WITH_PAYER[payer]
    confidence = best - _LESS_SURE[settlement.fit] - (4 if strength <= Strength.DAMAGED else 0)
    reasons = (
        evidence.number_phrase(named),
        *evidence.credit_phrases(credits, named.numbers),
        evidence.amount_phrase(settlement, case.book.currency),
        evidence.payer_phrase(case, named.owners),
        *([evidence.settled_phrase(named.settled)] if named.settled else []),
    )
    if not may_post:
        is_chance = strength is Strength.DOUBTFUL and payer is Payer.OTHER
        is_weak = strength is Strength.DAMAGED and payer is Payer.OTHER
        confidence = _BY_CHANCE if is_chance else min(_MOST_UNPROVEN, confidence - (30 if is_weak else 20))
    owner = named.invoices[0].customer_id
    return Proposal(Match(owner, settlement.lines, settlement.rest, confidence, reasons), may_post)
