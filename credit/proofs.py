"""What must always hold of credit: decisions that can be made again, and raises that four eyes have seen."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from credit.approvals import fingerprint
from credit.checks import unfaithful
from credit.limits import MASTER_DATA
from credit.raises import Term, is_raise
from credit.tables import CreditLimit, LimitProposal

ACCOUNT = (CreditLimit.customer_id, CreditLimit.scope)


def violations(session: Session) -> Iterator[str]:
    """I12 and I13, in sentences; none means both hold."""
    for each in unfaithful(session):
        yield f"I12: the credit check {each.id} of order {each.order_number} comes out otherwise on its stored inputs."
    approved = session.scalars(select(LimitProposal).where(LimitProposal.state == "approved")).all()
    for made in approved:
        yield from _wrong_approval(made)
    yield from _unapproved_raises(session, approved)


def _wrong_approval(made: LimitProposal) -> Iterator[str]:
    """I13: another person than its maker approved exactly what was proposed."""
    if not made.maker.startswith("user:") or not (made.approver or "").startswith("user:"):
        yield f"I13: raise {made.id} was not proposed and approved by people."
    if made.maker.casefold() == (made.approver or "").casefold():
        yield f"I13: raise {made.id} was approved by its maker."
    if not made.approved_hash == made.proposed_hash == fingerprint(made):
        yield f"I13: raise {made.id} is not what was proposed and approved."


def _unapproved_raises(session: Session, approved: Sequence[LimitProposal]) -> Iterator[str]:
    """I13: a limit a person raised on the desk is what an approved proposal says, word for word."""
    executed = {
        (
            made.customer_id,
            made.currency,
            made.amount,
            made.insured,
            made.from_on,
            made.until_on,
            made.decided_at,
            made.scope,
        )
        for made in approved
    }
    rows = session.scalars(select(CreditLimit).order_by(*ACCOUNT, CreditLimit.at, CreditLimit.id))
    for _, of_customer in groupby(rows, key=lambda each: (each.customer_id, each.scope)):
        before: dict[str, list[Term]] = {}
        for limit in of_customer:
            term, known = Term(limit.amount, limit.from_on, limit.until_on), before.get(limit.currency, [])
            if before and _is_own_deed(limit) and is_raise(known, term) and _words(limit) not in executed:
                yield f"I13: limit {limit.id} of {limit.amount} {limit.currency} was raised and nobody approved it."
            before[limit.currency] = [*known, term]


def _is_own_deed(limit: CreditLimit) -> bool:
    """A person set it on the desk; what comes with the customer master needs no second person (decision 0012)."""
    return limit.actor.startswith("user:") and limit.reason != MASTER_DATA


def _words(limit: CreditLimit) -> tuple[object, ...]:
    return (
        limit.customer_id, limit.currency, limit.amount, limit.insured, limit.from_on, limit.until_on, limit.at,
        limit.scope,
    )  # fmt: skip
