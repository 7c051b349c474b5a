"""Every query on claims for lateness, and the facts they rest on."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.errors import NotFound, Refused
from disputes.store import OPEN_STATES, about_invoice, contested_items
from disputes.tables import Dispute
from dunning import plan_store
from dunning.interest import Debt, Reduction
from dunning.tables import InterestClaim
from payments.store import standing_allocations
from receivables.store import chunks
from receivables.tables import Customer, Invoice, OpenItem, Posting


class NoSuchCharge(NotFound):
    def __init__(self, number: str) -> None:
        super().__init__(f"There is no charge “{number[:60]}”.")


class NothingToWaive(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(f"Nothing is open on {number}.")


# ── what is late ────────────────────────────────────────────────────────────────────────────────


def debt_of(session: Session, item: OpenItem, invoice: Invoice) -> Debt:
    """An item as the interest engine sees it: less what cases gave up, and what lowered it on which day.

    Payments count on their value date, credit notes on the day they were issued, the rest on the day it was settled.
    A credit note first covers what a case had given up, which never bore interest. Interest rests as plans say.
    """
    conceded = _conceded(session, item, invoice)
    principal = item.gross - conceded
    credits = conceded
    reductions: list[Reduction] = []
    left = principal
    for kind, on, amount in sorted(_lowered(session, item), key=lambda each: each[1]):
        covered = min(credits, amount) if kind == "credit" else 0
        credits -= covered
        rest = min(amount - covered, left)
        if rest > 0:
            reductions.append(Reduction(on, rest))
            left -= rest
    return Debt(principal, item.currency, item.due_on, tuple(reductions), plan_store.rests(session, item.id))


def _lowered(session: Session, item: OpenItem) -> list[tuple[str, date, int]]:
    """(how, on which day, by how much) of everything that stands against an item."""
    found = []
    for allocation in standing_allocations(session, open_item_id=item.id):
        on = allocation.on
        if allocation.credit_item_id is not None:
            on = _issued_on(session, allocation.credit_item_id)
        found.append((allocation.kind, on, allocation.amount))
    elsewhere = select(Posting.on, Posting.amount).where(
        Posting.open_item_id == item.id, Posting.cause.in_(("paid_before", "cancelled"))
    )
    return [*found, *(("elsewhere", on, -amount) for on, amount in session.execute(elsewhere))]


def _issued_on(session: Session, credit_item_id: UUID) -> date:
    query = select(Invoice.issued_on).join(OpenItem, OpenItem.invoice_id == Invoice.id)
    return session.scalars(query.where(OpenItem.id == credit_item_id)).one()


def _conceded(session: Session, item: OpenItem, invoice: Invoice) -> int:
    """What resolved cases gave up of an item; a case about several items gives up the oldest first."""
    given_up = 0
    for dispute in session.scalars(about_invoice(invoice).where(Dispute.accepted_amount > 0)):
        left = dispute.accepted_amount or 0
        for each in contested_items(session, dispute):
            part = min(left, each.gross)
            left -= part
            given_up += part if each.id == item.id else 0
    return min(given_up, item.gross)


def is_contested(session: Session, item: OpenItem) -> bool:
    """Whether a case about an item's invoice, its order or its delivery is open."""
    invoice = session.get_one(Invoice, item.invoice_id)
    return session.scalars(about_invoice(invoice).where(Dispute.state.in_(OPEN_STATES)).limit(1)).first() is not None


# ── what was claimed ────────────────────────────────────────────────────────────────────────────


def claimed_through(session: Session, open_item_id: UUID) -> date | None:
    """The last day interest was claimed for, whatever became of the claim."""
    query = select(func.max(InterestClaim.to_on)).where(InterestClaim.open_item_id == open_item_id)
    return session.scalar(query.where(InterestClaim.kind == "interest"))


def has_compensation(session: Session, invoice_id: UUID) -> bool:
    """Whether the fixed sum of an invoice was ever claimed."""
    query = select(InterestClaim.id).where(InterestClaim.invoice_id == invoice_id, InterestClaim.kind == "compensation")
    return session.scalars(query.limit(1)).first() is not None


def has_fee(session: Session, open_item_id: UUID, cycle: int, level: int) -> bool:
    """Whether a letter of a level was charged for an item in a cycle, whatever became of the charge."""
    query = select(InterestClaim.id).where(
        InterestClaim.open_item_id == open_item_id,
        InterestClaim.kind == "fee",
        InterestClaim.cycle == cycle,
        InterestClaim.level == level,
    )
    return session.scalars(query.limit(1)).first() is not None


def standing_claims(session: Session, open_item_ids: Collection[UUID]) -> list[tuple[InterestClaim, int]]:
    """Interest and fixed sums claimed on items, each with what its corrections left of it."""
    taken: dict[UUID | None, int] = defaultdict(int)
    claims: list[InterestClaim] = []
    for part in chunks(open_item_ids):
        rows = session.scalars(select(InterestClaim).where(InterestClaim.open_item_id.in_(part)))
        for row in rows:
            if row.kind == "correction":
                taken[row.corrects_id] -= row.amount
            elif row.kind != "waiver":
                claims.append(row)
    return [(claim, claim.amount - taken[claim.id]) for claim in claims if claim.amount > taken[claim.id]]


def items_of_dispute(session: Session, dispute_id: UUID) -> list[UUID]:
    dispute = session.get_one(Dispute, dispute_id)
    return [item.id for item in contested_items(session, dispute)]


def open_charges(session: Session, customer_id: UUID, company_id: UUID, currency: str) -> int:
    """What is open of earlier claims on a customer."""
    query = select(func.coalesce(func.sum(OpenItem.open), 0)).where(
        OpenItem.customer_id == customer_id,
        OpenItem.company_id == company_id,
        OpenItem.currency == currency,
        OpenItem.kind == "charge",
    )
    return int(session.scalar(query) or 0)


def charges() -> Select[*tuple[Any, ...]]:
    """(OpenItem of the charge, its paper, Customer)."""
    return (
        select(OpenItem, Invoice, Customer)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(OpenItem.kind == "charge")
    )


def charge_by_number(session: Session, number: str) -> OpenItem:
    row = session.execute(charges().where(Invoice.number == number)).first()
    if row is None:
        raise NoSuchCharge(number)
    charge: OpenItem = row[0]
    return charge


def lines_of_charge(session: Session, charge_item_id: UUID) -> Sequence[InterestClaim]:
    """Its lines, the days in their order, then the fixed sum, then what was corrected or waived."""
    query = select(InterestClaim).where(InterestClaim.charge_item_id == charge_item_id).order_by(InterestClaim.id)
    return session.scalars(query).all()
