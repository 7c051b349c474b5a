"""Four eyes on a raise: one person proposes it, another approves exactly that, within 72 hours (I13).

Lowering needs nobody else. A program proposes and approves nothing. The database refuses what slips through here.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotAllowed, NotFound, Refused
from core.money import Money
from credit import limits
from credit.limits import Wanted
from credit.tables import LimitProposal
from receivables import store as receivables
from receivables.tables import Customer
from runtime.four_eyes import OPEN_FOR, need_second_person, seal
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Right, Work


def propose(work: Work, customer: Customer, wanted: Wanted) -> LimitProposal:
    """Writes a raise down for somebody else to approve; an earlier one of the same account is withdrawn."""
    if not work.actor.is_human:
        raise NotAllowed("A raise is proposed by a person and approved by another; a program may only lower a limit.")
    if not wanted.reason.strip():
        raise Invalid.because("/reason", "A raise says why.", field="reason")
    withdraw_open(work, customer.id, wanted.limit.currency, "a newer proposal", wanted.scope)
    made = LimitProposal(
        id=new_id(), customer_id=customer.id, currency=wanted.limit.currency, amount=wanted.limit.minor,
        insured=wanted.insured, from_on=wanted.from_on, until_on=wanted.until, reason=wanted.reason.strip(),
        maker=str(work.actor), made_at=work.now, expires_at=work.now + OPEN_FOR, state="open", note="",
        scope=wanted.scope,
    )  # fmt: skip
    made.proposed_hash = fingerprint(made)
    work.session.add(made)
    work.session.flush()
    payload = {"limit": str(wanted.limit), "hash": made.proposed_hash, "until": str(wanted.until)}
    work.record("credit.raise_proposed", f"customer:{customer.external_id}", payload, reason=made.reason)
    return made


def fingerprint(made: LimitProposal) -> str:
    """SHA-256 over every word of a proposal, who made it and when; what is approved is named by it."""
    words = [
        made.id, made.customer_id, made.currency, made.amount, made.insured, made.from_on, made.until_on, made.reason,
        made.maker, made.made_at, made.expires_at, *([] if made.scope == "customer" else [made.scope]),
    ]  # fmt: skip
    return seal(words)


def approve(work: Work, proposal_id: UUID, seen_hash: str) -> LimitProposal:
    """Puts a raise in force, as it was seen. Refused to its maker, to programs, when changed, overtaken or too old."""
    work.need(Right.CREDIT)
    made = _open_under_lock(work, proposal_id)
    need_second_person(work, made.maker, made.made_at)
    if made.proposed_hash != seen_hash or fingerprint(made) != seen_hash:
        raise Refused("This is not the proposal you saw. Read it again.")
    if made.until_on is not None and made.until_on < work.today:
        raise Refused("The raise would be over already.")
    made.state, made.approver, made.approved_hash = "approved", str(work.actor), seen_hash
    made.decided_by, made.decided_at = str(work.actor), work.now
    work.session.flush()
    customer = receivables.customer_of(work.session, made.customer_id)
    payload = {"hash": seen_hash, "maker": made.maker}
    work.record("credit.raise_approved", f"customer:{customer.external_id}", payload, reason=made.reason)
    limits.put_in_force(work, customer, wanted_by(made))
    return made


def reject(work: Work, proposal_id: UUID, note: str) -> LimitProposal:
    """Turns a raise down, or takes one's own back."""
    work.need(Right.CREDIT)
    made = _open_under_lock(work, proposal_id)
    is_own = made.maker == str(work.actor)
    _close(work, made, "withdrawn" if is_own else "rejected", note.strip())
    return made


def withdraw_open(work: Work, customer_id: UUID, currency: str, because: str, scope: str = "customer") -> None:
    """What is overtaken cannot be approved any more."""
    query = select(LimitProposal).where(
        LimitProposal.customer_id == customer_id,
        LimitProposal.currency == currency,
        LimitProposal.scope == scope,
        LimitProposal.state == "open",
    )
    for made in work.session.scalars(query).all():
        _close(work, made, "withdrawn", because)


def withdraw_overtaken(work: Work, imported: Mapping[UUID, Money]) -> None:
    """Limits that come with the customer master overtake what waits for these accounts."""
    for made in work.session.scalars(select(LimitProposal).where(LimitProposal.state == "open")).all():
        limit = imported.get(made.customer_id)
        if limit is not None and limit.currency == made.currency and made.scope == "customer":
            _close(work, made, "withdrawn", "the limit was imported anew")


def wanted_by(made: LimitProposal) -> Wanted:
    return Wanted(Money(made.amount, made.currency), made.from_on, made.until_on, made.insured, made.reason, made.scope)


def _close(work: Work, made: LimitProposal, state: str, note: str) -> None:
    made.state, made.note, made.decided_by, made.decided_at = state, note, str(work.actor), work.now
    work.session.flush()
    customer = receivables.customer_of(work.session, made.customer_id)
    payload = {"hash": made.proposed_hash}
    work.record(f"credit.raise_{state}", f"customer:{customer.external_id}", payload, reason=note or None)


def _open_under_lock(work: Work, proposal_id: UUID) -> LimitProposal:
    made = proposal(work.session, proposal_id)
    receivables.lock_customer(work.session, made.customer_id)
    work.session.refresh(made)
    if made.state != "open":
        raise Refused(f"This proposal is {made.state} already.")
    if work.now >= made.expires_at:
        raise Refused("This proposal is older than 72 hours. Propose it again.")
    return made


# ── queries ─────────────────────────────────────────────────────────────────────────────────────


def proposal(session: Session, proposal_id: UUID) -> LimitProposal:
    made = session.get(LimitProposal, proposal_id)
    if made is None:
        raise NotFound("There is no such proposal.")
    return made


def open_proposals(work: Work) -> Sequence[AnyRow]:
    """(LimitProposal, Customer) that can still be approved, the oldest first."""
    return work.session.execute(
        select(LimitProposal, Customer)
        .join(Customer, Customer.id == LimitProposal.customer_id)
        .where(LimitProposal.state == "open", LimitProposal.expires_at > work.now)
        .order_by(LimitProposal.made_at, LimitProposal.id)
    ).all()
