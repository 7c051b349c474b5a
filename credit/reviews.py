"""What a person should look at: limits that run out, and customers who behave worse. One task a matter, never twice."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.calendar import days_overdue
from core.errors import Invalid, NotFound, Refused
from core.money import Money
from credit import store
from credit.behaviour import Behaviour, is_worse, score
from credit.events import WordAsked
from credit.tables import BehaviourScore, CreditLimit, CreditReview
from disputes.tables import Dispute
from payments.tables import Allocation
from receivables.store import chunks
from receivables.tables import Customer, OpenItem
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Right, Work

LOOKS_BACK = timedelta(days=365)
ENDS_WITHIN = timedelta(days=30)
"""How long before a limit runs out somebody is told."""


# ── behaviour ───────────────────────────────────────────────────────────────────────────────────


def behaviours(work: Work, customer_ids: Collection[UUID]) -> dict[UUID, Behaviour]:
    """What was seen of customers in the last year: payments, promises and disputes."""
    since = work.today - LOOKS_BACK
    asked = WordAsked(customer_ids, since)
    work.announce(asked)
    weighed = _weighed(work, customer_ids, since)
    decided = _decided(work.session, customer_ids, since)
    return {
        each: Behaviour(*weighed.get(each, (0, 0)), *asked.promises.get(each, (0, 0)), *decided.get(each, (0, 0)))
        for each in customer_ids
    }


def _weighed(work: Work, ids: Collection[UUID], since: date) -> dict[UUID, tuple[int, int]]:
    """Customer → (Σ amount × days late, Σ amount) of what it paid, and of what is overdue now."""
    paid = select(OpenItem.customer_id, Allocation.amount, OpenItem.due_on, Allocation.on).join(
        Allocation, Allocation.open_item_id == OpenItem.id
    )
    overdue = select(OpenItem.customer_id, OpenItem.open, OpenItem.due_on).where(
        OpenItem.kind == "invoice", OpenItem.open > 0, OpenItem.due_on < work.today
    )
    found: dict[UUID, tuple[int, int]] = {}

    def add(customer_id: UUID, amount: int, late: int) -> None:
        weighed, total = found.get(customer_id, (0, 0))
        found[customer_id] = weighed + amount * late, total + amount

    for part in chunks(ids):
        query = paid.where(OpenItem.customer_id.in_(part), Allocation.kind == "payment", Allocation.on > since)
        for customer_id, amount, due_on, on in work.session.execute(query):
            add(customer_id, amount, days_overdue(due_on, on))
        for customer_id, amount, due_on in work.session.execute(overdue.where(OpenItem.customer_id.in_(part))):
            add(customer_id, amount, days_overdue(due_on, work.today))
    return {each: (max(0, weighed), total) for each, (weighed, total) in found.items() if total > 0}


def _decided(session: Session, ids: Collection[UUID], since: date) -> dict[UUID, tuple[int, int]]:
    """Customer → (disputes rejected, disputes accepted at least in part)."""
    rejected = func.count().filter(Dispute.outcome == "rejected")
    accepted = func.count().filter(Dispute.outcome.in_(("accepted", "partly_accepted")))
    query = select(Dispute.customer_id, rejected, accepted).where(Dispute.notified_on > since)
    return {
        customer_id: (lost, won)
        for part in chunks(ids)
        for customer_id, lost, won in session.execute(
            query.where(Dispute.customer_id.in_(part)).group_by(Dispute.customer_id)
        )
    }


def scores_of(session: Session, customer_id: UUID) -> Sequence[BehaviourScore]:
    """The scores of the days it was looked at, the latest first; at most 60."""
    query = select(BehaviourScore).where(BehaviourScore.customer_id == customer_id)
    return session.scalars(query.order_by(BehaviourScore.on.desc()).limit(60)).all()


# ── tasks ───────────────────────────────────────────────────────────────────────────────────────


def look_again(work: Work) -> dict[str, int]:
    """Writes down how customers with a limit behave, and opens a task for each limit that runs out and each customer
    who behaves worse than when it was last looked at."""
    work.need(Right.JOBS)
    customers = store.customers_with_limit(work.session)
    opened = _about_limits(work, customers) + _about_behaviour(work, customers)
    return {"looked_at": len(customers), "opened": opened}


def _about_limits(work: Work, ids: Collection[UUID]) -> int:
    newest: dict[tuple[UUID, str, str], CreditLimit] = {}
    for part in chunks(ids):
        query = select(CreditLimit).where(CreditLimit.customer_id.in_(part), CreditLimit.from_on <= work.today)
        for limit in work.session.scalars(query.order_by(CreditLimit.from_on, CreditLimit.at, CreditLimit.id)):
            newest[limit.customer_id, limit.currency, limit.scope] = limit
    return sum(_about_limit(work, limit) for limit in newest.values())


def _about_limit(work: Work, limit: CreditLimit) -> bool:
    if limit.until_on is None or limit.until_on > work.today + ENDS_WITHIN:
        return False
    money = Money(limit.amount, limit.currency)
    cause = "limit_ended" if limit.until_on < work.today else "limit_ends"
    return _open(work, limit.customer_id, cause, f"{money} through {limit.until_on}", limit.until_on)


def _about_behaviour(work: Work, ids: Collection[UUID]) -> int:
    before = _last_scores(work.session, ids, work.today)
    opened = 0
    for customer_id, seen in behaviours(work, ids).items():
        now = score(seen)
        if now is None:
            continue
        _write(work, customer_id, now, seen)
        known = before.get(customer_id)
        if known is not None and is_worse(now, known):
            about = f"the score fell from {known} to {now} by {work.today}"
            opened += _open(work, customer_id, "behaviour", about, work.today + timedelta(days=7))
    return opened


def _last_scores(session: Session, ids: Collection[UUID], before: date) -> dict[UUID, int]:
    """The best score of the thirty days before: a slow fall is a fall, too."""
    query = select(BehaviourScore.customer_id, func.max(BehaviourScore.score)).where(
        BehaviourScore.on < before, BehaviourScore.on >= before - timedelta(days=30)
    )
    return {
        customer_id: best
        for part in chunks(ids)
        for customer_id, best in session.execute(
            query.where(BehaviourScore.customer_id.in_(part)).group_by(BehaviourScore.customer_id)
        )
    }


def _write(work: Work, customer_id: UUID, now: int, seen: Behaviour) -> None:
    row = work.session.get(BehaviourScore, (customer_id, work.today))
    if row is None:
        row = BehaviourScore(customer_id=customer_id, on=work.today)
        work.session.add(row)
    row.score, row.inputs = now, seen.as_dict()


def _open(work: Work, customer_id: UUID, cause: str, about: str, due_on: date) -> bool:
    """One task a matter; a fall of the score is one matter until somebody has looked at it."""
    same = select(CreditReview.id).where(CreditReview.customer_id == customer_id, CreditReview.cause == cause)
    same = same.where(CreditReview.closed_at.is_(None) if cause == "behaviour" else CreditReview.about == about)
    if work.session.scalar(same.limit(1)) is not None:
        return False
    work.session.add(
        CreditReview(
            id=new_id(), customer_id=customer_id, cause=cause, about=about, due_on=due_on, opened_on=work.today, note=""
        )
    )
    work.session.flush()
    return True


def close(work: Work, review_id: UUID, note: str) -> CreditReview:
    """Says what came of a look at a customer's credit."""
    work.need(Right.HOLD)
    found = work.session.get(CreditReview, review_id)
    if found is None:
        raise NotFound("There is no such review.")
    if found.closed_at is not None:
        raise Refused("This review is done already.")
    if not note.strip():
        raise Invalid.because("/note", "A review says what came of it.", field="note")
    found.closed_at, found.closed_by, found.note = work.now, str(work.actor), note.strip()
    customer = work.session.get_one(Customer, found.customer_id)
    work.record("credit.reviewed", f"customer:{customer.external_id}", {"cause": found.cause}, reason=note.strip())
    return found


def to_do(session: Session, customer_id: UUID | None = None) -> Sequence[AnyRow]:
    """(CreditReview, Customer) nobody has looked at yet, the first due first; at most 500."""
    query = select(CreditReview, Customer).join(Customer, Customer.id == CreditReview.customer_id)
    query = query.where(CreditReview.closed_at.is_(None))
    if customer_id is not None:
        query = query.where(CreditReview.customer_id == customer_id)
    return session.execute(query.order_by(CreditReview.due_on, CreditReview.id).limit(500)).all()
