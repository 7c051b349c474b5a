"""What a person sees before two customers are merged: what goes over, what stays, and what must be settled first."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from credit import store as credit
from merging import obstacles
from merging.moves import KEYED, MOVES
from merging.moving import going
from payments import store as payments
from receivables import store as receivables
from receivables.tables import Contact, Customer, OpenItem
from runtime.work import Work


@dataclass(frozen=True, slots=True)
class Owed:
    """What is open of a customer in one currency, in minor units: invoices and charges, credit notes, cash left."""

    currency: str
    open: int
    credits: int
    unapplied: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A merge before it happens. `limits` are the survivor's, which remain; `unused_limits` the other's, which do not
    count any more; both (currency, minor units)."""

    survivor: Customer
    merged: Customer
    owed: Sequence[Owed]
    owed_before: Sequence[Owed]
    counts: Sequence[tuple[str, int]]
    contacts: Sequence[Contact]
    limits: Sequence[tuple[str, int]]
    unused_limits: Sequence[tuple[str, int]]
    obstacles: Sequence[str]


def preview(work: Work, survivor: Customer, merged: Customer) -> Preview:
    """What a merge of these two would do now."""
    session = work.session
    found = credit.limits(session, [survivor.id, merged.id], work.today)
    of = {
        each: [(currency, amount) for (owner, currency), amount in sorted(found.items()) if owner == each]
        for each in (survivor.id, merged.id)
    }
    return Preview(
        survivor=survivor,
        merged=merged,
        owed=owed_by(session, merged.id),
        owed_before=owed_by(session, survivor.id),
        counts=_counts(session, survivor.id, merged.id),
        contacts=receivables.contacts_of_customer(session, merged.id),
        limits=of[survivor.id],
        unused_limits=of[merged.id],
        obstacles=obstacles.of_merging(work, survivor, merged),
    )


def _counts(session: Session, survivor: UUID, merged: UUID) -> list[tuple[str, int]]:
    """(what, how many) of everything that would move, without what there is none of."""
    found = []
    for move in MOVES:
        query = select(func.count()).select_from(move.column.class_).where(going(move, survivor, merged))
        found.append((move.said, session.scalar(query) or 0))
    for keyed in KEYED:
        query = select(func.count()).select_from(keyed.column.class_).where(keyed.column == merged)
        found.append((keyed.said, session.scalar(query) or 0))
    return [(said, count) for said, count in found if count]


def owed_by(session: Session, customer_id: UUID) -> list[Owed]:
    """What is open of a customer over all companies, by currency."""
    is_credit = OpenItem.kind == "credit_note"
    query = (
        select(
            OpenItem.currency,
            func.coalesce(func.sum(OpenItem.open).filter(~is_credit), 0),
            func.coalesce(func.sum(OpenItem.open).filter(is_credit), 0),
        )
        .where(OpenItem.customer_id == customer_id, OpenItem.open > 0)
        .group_by(OpenItem.currency)
    )
    sums = {currency: (int(due), int(credit_notes)) for currency, due, credit_notes in session.execute(query)}
    cash: dict[str, int] = {}
    for (_, _, currency), rest in payments.unapplied_cash(session, customer_id).items():
        cash[currency] = cash.get(currency, 0) + rest
    return [Owed(each, *sums.get(each, (0, 0)), cash.get(each, 0)) for each in sorted(sums.keys() | cash.keys())]
