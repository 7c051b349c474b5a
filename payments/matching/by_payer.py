"""Rungs three to five: we know who pays, by account or by name, and the amount fits one way only. Pure.

Whatever the text says against it stops the posting: the number of a paid invoice or of somebody else's, a number that
looks like ours and is not known (its invoice may come later), the word advance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from uuid import UUID

from payments.matching import evidence
from payments.matching.answers import Match, Proposal
from payments.matching.book import Candidate
from payments.matching.case import Case
from payments.matching.combinations import Explanation, explain
from payments.matching.differences import settle
from payments.matching.numbers_in_text import claimed
from payments.matching.spelling import Strength

MOST_OF_AMOUNT = 3
"""If more open items than this have the amount, the amount alone is no hint."""

_UNAPPLIED = 40
_BELOW_UNAPPLIED = 38
_OF_THE_GROUP = 60


def by_account(case: Case) -> Iterator[Proposal]:
    """The account is a customer's, and only one choice of its open items makes up the amount."""
    yield from _of_owners(case, list(case.account_owners), 92, may_be_set=True)


def by_name(case: Case) -> Iterator[Proposal]:
    """The name is a customer's and the account nobody's: one item, or everything that is open or due."""
    owners = [owner for owner in case.name_owners if owner not in case.account_owners]
    may_post = not case.account_owners and len(owners) == 1
    may_post = may_post and not case.book.names.has_other_form(owners[0], case.receipt.payer_name)
    for proposal in _of_owners(case, owners, 86, may_be_set=False):
        yield proposal if may_post else replace(proposal, may_post=False)


def as_a_hint(case: Case) -> Iterator[Proposal]:
    """What a person may want to look at: the customer's unapplied cash, its oldest items, names alike, the amount."""
    for owner in case.payers:
        payer = evidence.payer_phrase(case, [owner])
        reasons = (payer, *_other_money_phrases(case), evidence.AS_UNAPPLIED)
        yield Proposal(Match(owner, (), case.receipt.amount, _UNAPPLIED, reasons))
        yield from _on_the_oldest(case, owner, payer)
    if case.payers:
        yield from _of_the_group(case)
        return
    for owner in case.book.names.alike(case.receipt.payer_name):
        for explanation in _explain(case, owner, ()):
            yield _proposal(case, owner, explanation, 35, "– name alike")
    items = case.book.of_amount(case.receipt.amount)
    if len(items) <= MOST_OF_AMOUNT:
        for item in sorted(items, key=lambda each: each.order):
            for explanation in explain(case.receipt.amount, [item], case.receipt.on, case.book.tolerance):
                yield _proposal(case, item.customer_id, explanation, 30, evidence.PAYER_UNKNOWN)


def _of_the_group(case: Case) -> Iterator[Proposal]:
    """Items of just this amount of others in the payer's group."""
    groups = {case.book.group_of(owner) for owner in case.payers}
    if groups.isdisjoint(case.book.heads):
        return
    items = [
        each for each in case.book.of_amount(case.receipt.amount) if case.book.group_of(each.customer_id) in groups
    ]
    for item in sorted(items, key=lambda each: each.order)[:MOST_OF_AMOUNT]:
        if item.customer_id not in case.payers:
            for explanation in explain(case.receipt.amount, [item], case.receipt.on, case.book.tolerance):
                yield _proposal(case, item.customer_id, explanation, _OF_THE_GROUP, evidence.PAID_BY_GROUP)


def _on_the_oldest(case: Case, owner: UUID, payer: str) -> Iterator[Proposal]:
    invoices = [each for each in case.book.of_customer(owner) if not each.is_credit]
    settlement = settle(case.receipt.amount, invoices, (), case.receipt.on, case.book.tolerance)
    if settlement.lines and not settlement.fit.settles:
        reasons = (payer, evidence.OLDEST_FIRST)
        yield Proposal(Match(owner, settlement.lines, settlement.rest, 25, reasons))


# ── one choice of items, or several ─────────────────────────────────────────────────────────────


def _of_owners(case: Case, owners: Sequence[UUID], confidence: int, *, may_be_set: bool) -> Iterator[Proposal]:
    firm = case.firmly_named
    found: list[tuple[UUID, Explanation]] = []
    for owner in owners:
        must = [each for each in firm.invoices if each.customer_id == owner]
        found += [(owner, each) for each in _explain(case, owner, must)]
    for place, (owner, explanation) in enumerate(found):
        may_post = len(found) == 1 and explanation.may_post and (may_be_set or not explanation.is_set)
        may_post = may_post and not _speaks_against(case, owner, explanation)
        sure = confidence if may_post else (_BELOW_UNAPPLIED if _means_other_money(case) else 70) - place
        yield _proposal(case, owner, explanation, sure, _payer(case, owner, len(found)), may_post=may_post)


def _payer(case: Case, owner: UUID, answers: int) -> str:
    phrase = evidence.payer_phrase(case, [owner])
    return phrase if answers == 1 else f"{phrase} – one of {answers} answers"


def _explain(case: Case, owner: UUID, must: Sequence[Candidate]) -> list[Explanation]:
    """Choices of the customer's items that contain what the payer named."""
    amount, account = case.receipt.amount, case.book.of_customer(owner)
    if not must:
        return explain(amount, account, case.receipt.on, case.book.tolerance)
    named = {each.item_id for each in must}
    rest = amount - sum(each.open for each in must)
    others = [each for each in account if each.item_id not in named]
    if rest <= 0:
        return []
    continued = _continued(must, others, rest)
    if continued:
        return [_with(case, must, continued, (), "the list as it goes on")]
    return [
        replace(_with(case, must, each.items, each.credits, f"the named and {each.how}"), may_post=each.may_post)
        for each in explain(rest, others, case.receipt.on, case.book.tolerance)
    ]


def _continued(must: Sequence[Candidate], others: Sequence[Candidate], rest: int) -> Sequence[Candidate]:
    """The items that follow the last of several named ones in the order of numbers and make up the rest: a list that
    the bank cut short. None when another item alone has the rest, too."""
    numbers = {each.number for each in must}
    last = max(numbers)
    following = sorted(
        (each for each in others if not each.is_credit and each.number > last), key=lambda each: each.number
    )
    sums = list(accumulate(each.open for each in following))
    found = following[: sums.index(rest) + 1] if len(numbers) > 1 and rest in sums else []
    has_rival = any(each.open == rest and not each.is_credit and each not in found for each in others)
    return () if has_rival else found


def _with(
    case: Case, must: Sequence[Candidate], others: Sequence[Candidate], credits: Sequence[Candidate], how: str
) -> Explanation:
    items = sorted((*must, *others), key=lambda each: each.order)
    settlement = settle(case.receipt.amount, items, credits, case.receipt.on, case.book.tolerance)
    return Explanation(tuple(items), tuple(credits), settlement, how)


def _means_other_money(case: Case) -> bool:
    """An advance, or an invoice that we do not have: what is open is not what the payer means."""
    return case.speaks_of_advance or bool(case.strangers)


def _other_money_phrases(case: Case) -> list[str]:
    said = [evidence.ADVANCE] if case.speaks_of_advance else []
    return said + ([evidence.stranger_phrase(case.strangers)] if case.strangers else [])


def _speaks_against(case: Case, owner: UUID, explanation: Explanation) -> bool:
    """The text or the name says something that this answer leaves unexplained."""
    if _means_other_money(case) or (case.name_owners and owner not in case.name_owners):
        return True
    firm = case.firmly_named
    own = {each.number for each in explanation.items}
    others = (each for each in (*firm.settled, *firm.invoices) if each.number not in own)
    if any(each.customer_id == owner or firm.strengths[each.number] >= Strength.PRINTED for each in others):
        return True
    if not own.isdisjoint(firm.strengths):
        return False
    return any(not any(_ends_in(number, claim) for number in own) for claim in claimed(case.text))


def _ends_in(number: str, claim: str) -> bool:
    return "".join(filter(str.isdecimal, number)).endswith(claim)


def _proposal(
    case: Case, owner: UUID, explanation: Explanation, confidence: int, payer: str, *, may_post: bool = False
) -> Proposal:
    named = case.firmly_named
    reasons = (
        evidence.amount_phrase(explanation.settlement, case.book.currency, explanation.how),
        *evidence.credit_phrases(explanation.credits, named.numbers),
        payer,
        evidence.naming_phrase(named, [each.number for each in explanation.items]),
        *_other_money_phrases(case),
    )
    settlement = explanation.settlement
    return Proposal(Match(owner, settlement.lines, settlement.rest, confidence, reasons), may_post)
