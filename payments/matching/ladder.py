"""Whose money is this, and which invoices does it pay? The ladder of cash application. Pure.

Each rung takes what the former left. Only what is certain is posted: a number or an account that says who, and an
amount that fits one way only. Anything else becomes suggestions with their evidence, best first. Never more than is
open, never another currency, never one of two equal answers.
"""

from payments.matching.answers import Answer, Certain, Match, Receipt, Suggested
from payments.matching.book import Book
from payments.matching.by_number import by_number, by_reference, second_payment, with_difference
from payments.matching.by_payer import as_a_hint, by_account, by_name
from payments.matching.case import Case

MOST_SUGGESTIONS = 5

LADDER = (by_reference, by_number, by_account, by_name, with_difference, second_payment, as_a_hint)
"""The rungs, from the strongest evidence to mere hints."""


def match(receipt: Receipt, book: Book) -> Answer:
    """The certain answer of the first rung that has one; else what all of them suggest, best first."""
    if receipt.currency != book.currency or receipt.amount <= 0:
        return Suggested(())
    case = Case(receipt, book)
    seen: dict[object, Match] = {}
    for rung in LADDER:
        for proposal in rung(case):
            if proposal.may_post:
                return Certain(proposal.match)
            key = (proposal.match.customer_id, frozenset(proposal.match.lines))
            seen.setdefault(key, proposal.match)
    best = sorted(seen.values(), key=lambda each: -each.confidence)
    return Suggested(tuple(best[:MOST_SUGGESTIONS]))
