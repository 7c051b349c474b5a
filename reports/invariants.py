"""The money core's invariants, checked over the whole database. Each violation is a sentence; none means all hold.

Names as in the reliability promises: I2 balanced, I3 payment bound, I4 invoice bound, I5 two roads, I6 conservation,
I7 one use, I8 reverse by adding, I11 no day claimed twice, I12 credit decisions that can be made again, I13 four eyes,
D1 once, A2 the audit chain.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from credit import proofs
from disputes.store import OPEN_STATES, contested_items
from disputes.tables import Dispute
from dunning.plan_tables import PaymentPlan, PlanInstalment, PlanItem
from dunning.tables import InterestClaim, NoticeLine, Pause
from payments.tables import Allocation, BankAccount, BankEntry, Payment, Statement
from receivables.store import CUSTOMER_ACCOUNTS
from receivables.tables import Customer, OpenItem, Posting
from runtime import audit


def violations(session: Session, audit_keys: dict[str, bytes]) -> Iterator[str]:
    """Everything that does not hold, in sentences."""
    yield from _items_against_postings(session)
    yield from _items_against_allocations(session)
    yield from _payments(session)
    yield from _conversions(session)
    yield from _balances(session)
    yield from _entries(session)
    yield from _bookings(session)
    yield from _statements(session)
    yield from _reversals(session)
    yield from _notices_once(session)
    yield from _claims(session)
    yield from _claimed_days(session)
    yield from _disputes_pause(session)
    yield from proofs.violations(session)
    yield from _plans_add_up(session)
    yield from _merged_owe_nothing(session)
    yield from audit.violations(session, audit_keys)


def _items_against_postings(session: Session) -> Iterator[str]:
    """I5 per item: what is open equals what the ledger says of it."""
    side = case((OpenItem.kind == "credit_note", -1), else_=1)
    direct = (
        select(Posting.open_item_id.label("item"), func.sum(Posting.amount).label("total"))
        .where(Posting.open_item_id.is_not(None))
        .group_by(Posting.open_item_id)
        .subquery()
    )
    contra = (
        select(Posting.contra_item_id.label("item"), func.sum(-Posting.amount).label("total"))
        .where(Posting.contra_item_id.is_not(None))
        .group_by(Posting.contra_item_id)
        .subquery()
    )
    booked = side * (func.coalesce(direct.c.total, 0) + func.coalesce(contra.c.total, 0))
    query = (
        select(OpenItem.id, OpenItem.open, booked)
        .outerjoin(direct, direct.c.item == OpenItem.id)
        .outerjoin(contra, contra.c.item == OpenItem.id)
        .where(OpenItem.open != booked)
    )
    for item_id, open_amount, total in session.execute(query):
        yield f"I5: open item {item_id} says {open_amount}, its postings say {total}."


def _items_against_allocations(session: Session) -> Iterator[str]:
    """I4: open = gross − allocations − what was settled before it came, cancelled, corrected, waived or written off."""
    outside = (
        select(Posting.open_item_id.label("item"), func.sum(Posting.amount).label("total"))
        .where(Posting.cause.in_(("paid_before", "cancelled", "corrected", "waived", "written_off")))
        .group_by(Posting.open_item_id)
        .subquery()
    )
    taken = (
        select(Allocation.open_item_id.label("item"), func.sum(Allocation.amount).label("total"))
        .group_by(Allocation.open_item_id)
        .subquery()
    )
    left = OpenItem.gross - func.coalesce(taken.c.total, 0) + func.coalesce(outside.c.total, 0)
    query = (
        select(OpenItem.id, OpenItem.open, left)
        .outerjoin(outside, outside.c.item == OpenItem.id)
        .outerjoin(taken, taken.c.item == OpenItem.id)
        .where(OpenItem.kind != "credit_note")
        .where(or_(OpenItem.open != left, OpenItem.open < 0, OpenItem.open > OpenItem.gross))
    )
    for item_id, open_amount, expected in session.execute(query):
        yield f"I4: open item {item_id} has {open_amount} open; its allocations leave {expected}."


def _payments(session: Session) -> Iterator[str]:
    """I3: a payment's allocations and its unapplied rest make up the payment."""
    used = (
        select(Allocation.payment_id.label("payment"), func.sum(Allocation.amount).label("total"))
        .where(Allocation.payment_id.is_not(None))
        .group_by(Allocation.payment_id)
        .subquery()
    )
    query = (
        select(Payment.id, Payment.amount, Payment.unapplied, func.coalesce(used.c.total, 0))
        .outerjoin(used, used.c.payment == Payment.id)
        .where(Payment.amount != Payment.unapplied + func.coalesce(used.c.total, 0))
    )
    for payment_id, amount, unapplied, total in session.execute(query):
        yield f"I3: payment {payment_id} of {amount} has {total} applied and {unapplied} unapplied."


def _conversions(session: Session) -> Iterator[str]:
    """I9: an allocation is in the currency of its payment, and that in the currency of its entry or converted once."""
    mixed = (
        select(Allocation.id)
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.currency != Payment.currency)
    )
    for allocation_id in session.scalars(mixed):
        yield f"I9: allocation {allocation_id} is in another currency than its payment."
    complete = and_(
        Payment.rate_id.is_not(None), Payment.exchanged.is_not(None), Payment.entry_currency == BankEntry.currency
    )
    converted = (
        select(Payment.id)
        .join(BankEntry, BankEntry.id == Payment.bank_entry_id)
        .where(Payment.currency != BankEntry.currency, not_(func.coalesce(complete, false())))
    )
    for payment_id in session.scalars(converted):
        yield f"I9: payment {payment_id} is in another currency than its entry, without a rate."


def _balances(session: Session) -> Iterator[str]:
    """I5 per customer: the ledger's balance equals open items less credits and unapplied cash."""
    by_ledger = _sums(session, _ledger_balances())
    by_state = _sums(session, _open_balances())
    for key, amount in _sums(session, _credit_balances()).items():
        by_state[key] = by_state.get(key, 0) - amount
    for key, amount in _sums(session, _unapplied_balances()).items():
        by_state[key] = by_state.get(key, 0) - amount
    for key in by_ledger.keys() | by_state.keys():
        ledger, state = by_ledger.get(key, 0), by_state.get(key, 0)
        if ledger != state:
            yield f"I5: customer {key[0]} owes {state} {key[1]} by its items, {ledger} by the ledger."


def _sums(session: Session, query: Any) -> dict[tuple[UUID, str], int]:
    return {(customer_id, currency): int(total) for customer_id, currency, total in session.execute(query) if total}


def _ledger_balances() -> Any:
    side = case((Posting.account.in_(CUSTOMER_ACCOUNTS), Posting.amount), else_=0) - case(
        (Posting.contra.in_(CUSTOMER_ACCOUNTS), Posting.amount), else_=0
    )
    return (
        select(Posting.customer_id, Posting.currency, func.sum(side))
        .where(Posting.customer_id.is_not(None))
        .group_by(Posting.customer_id, Posting.currency)
    )


def _open_balances() -> Any:
    return (
        select(OpenItem.customer_id, OpenItem.currency, func.sum(OpenItem.open))
        .where(OpenItem.kind != "credit_note")
        .group_by(OpenItem.customer_id, OpenItem.currency)
    )


def _credit_balances() -> Any:
    return (
        select(OpenItem.customer_id, OpenItem.currency, func.sum(OpenItem.open))
        .where(OpenItem.kind == "credit_note")
        .group_by(OpenItem.customer_id, OpenItem.currency)
    )


def _unapplied_balances() -> Any:
    return (
        select(Payment.customer_id, Payment.currency, func.sum(Payment.unapplied))
        .where(Payment.reversed_at.is_(None))
        .group_by(Payment.customer_id, Payment.currency)
    )


def _entries(session: Session) -> Iterator[str]:
    """I6, I7: what was placed from an entry is what its standing payments hold and what the bank took back of it, and
    never more than it brought."""
    held = (
        select(
            Payment.bank_entry_id.label("entry"),
            func.sum(func.coalesce(Payment.entry_amount, Payment.amount)).label("total"),
        )
        .where(Payment.reversed_at.is_(None))
        .group_by(Payment.bank_entry_id)
        .subquery()
    )
    total = func.coalesce(held.c.total, 0) + BankEntry.returned
    query = (
        select(BankEntry.id, BankEntry.amount, BankEntry.placed, total)
        .outerjoin(held, held.c.entry == BankEntry.id)
        .where(or_(BankEntry.placed != total, and_(BankEntry.amount > 0, BankEntry.placed > BankEntry.amount)))
    )
    for entry_id, amount, placed, payments in session.execute(query):
        yield f"I7: bank entry {entry_id} of {amount} has {placed} placed, its payments hold {payments}."


def _bookings(session: Session) -> Iterator[str]:
    """I6: an entry is in the ledger with its amount, once it is booked and its statement is out of quarantine."""
    booked = (
        select(Posting.cause_id.label("entry"), func.sum(Posting.amount).label("total"))
        .where(Posting.cause.in_(("booked", "itemised")))
        .group_by(Posting.cause_id)
        .subquery()
    )
    total = func.coalesce(booked.c.total, 0)
    waits = or_(BankEntry.pending, Statement.state == "quarantined", BankEntry.itemised_on.is_not(None))
    expected = case((waits, 0), else_=BankEntry.amount)
    query = (
        select(BankEntry.id, expected, total)
        .join(Statement, Statement.id == BankEntry.statement_id)
        .outerjoin(booked, booked.c.entry == BankEntry.id)
        .where(expected != total)
    )
    for entry_id, amount, found in session.execute(query):
        yield f"I6: bank entry {entry_id} should be booked with {amount}, the ledger has {found}."


def _statements(session: Session) -> Iterator[str]:
    """I6: an accepted statement with both balances ties."""
    query = (
        select(Statement.id, BankAccount.identifier)
        .join(BankAccount, BankAccount.id == Statement.bank_account_id)
        .where(Statement.state == "accepted", Statement.opening.is_not(None), Statement.closing.is_not(None))
        .where(Statement.closing != Statement.opening + Statement.entry_sum)
    )
    for statement_id, account in session.execute(query):
        yield f"I6: statement {statement_id} of {account} was accepted but does not tie."


def _reversals(session: Session) -> Iterator[str]:
    """I8: a reversal has the opposite sign and the size of what it reverses."""
    original = aliased(Allocation)
    query = (
        select(Allocation.id)
        .join(original, original.id == Allocation.reverses_id)
        .where(or_(Allocation.amount != -original.amount, Allocation.open_item_id != original.open_item_id))
    )
    for reversal_id in session.scalars(query):
        yield f"I8: allocation {reversal_id} does not mirror what it reverses."


def _notices_once(session: Session) -> Iterator[str]:
    """D1: at most one standing notice line an item, cycle and level."""
    query = (
        select(NoticeLine.open_item_id, NoticeLine.level)
        .where(NoticeLine.is_released.is_(False))
        .group_by(NoticeLine.open_item_id, NoticeLine.cycle, NoticeLine.level)
        .having(func.count() > 1)
    )
    for item_id, level in session.execute(query):
        yield f"D1: open item {item_id} has more than one notice at level {level}."


def _claims(session: Session) -> Iterator[str]:
    """I11: the interest and sums claimed make up their charge; what was taken back is in the ledger."""
    up = func.sum(case((InterestClaim.amount > 0, InterestClaim.amount), else_=0))
    down = func.sum(case((InterestClaim.amount < 0, InterestClaim.amount), else_=0))
    claimed = (
        select(InterestClaim.charge_item_id.label("item"), up.label("up"), down.label("down"))
        .group_by(InterestClaim.charge_item_id)
        .subquery()
    )
    booked = (
        select(Posting.open_item_id.label("item"), func.sum(Posting.amount).label("total"))
        .where(Posting.cause.in_(("corrected", "waived")))
        .group_by(Posting.open_item_id)
        .subquery()
    )
    query = (
        select(OpenItem.id, OpenItem.gross, claimed.c.up, claimed.c.down, func.coalesce(booked.c.total, 0))
        .outerjoin(claimed, claimed.c.item == OpenItem.id)
        .outerjoin(booked, booked.c.item == OpenItem.id)
        .where(OpenItem.kind == "charge")
    )
    for item_id, gross, claims, taken_back, total in session.execute(query):
        if (gross, total) != (claims, taken_back):
            yield f"I11: charge {item_id} of {gross} has claims of {claims}; {taken_back} taken back, {total} booked."


def _claimed_days(session: Session) -> Iterator[str]:
    """I11: no day of an item bears interest twice."""
    other = aliased(InterestClaim)
    query = (
        select(InterestClaim.open_item_id, InterestClaim.from_on)
        .join(other, and_(other.open_item_id == InterestClaim.open_item_id, other.id != InterestClaim.id))
        .where(InterestClaim.kind == "interest", other.kind == "interest")
        .where(InterestClaim.from_on >= other.from_on, InterestClaim.from_on <= other.to_on)
    )
    for item_id, day in session.execute(query):
        yield f"I11: open item {item_id} bears interest twice on {day}."


def _disputes_pause(session: Session) -> Iterator[str]:
    """D3: every open item an open dispute contests as a whole is paused by it; so is what waits for credit notes."""
    for dispute in session.scalars(select(Dispute).where(Dispute.state == "resolved", Dispute.closed_at.is_(None))):
        parts = select(Pause.amount).where(Pause.source_id == dispute.id, Pause.ended_at.is_(None))
        rests = sum(amount or 0 for amount in session.scalars(parts))
        if rests != min(dispute.credit_due, sum(item.open for item in contested_items(session, dispute))):
            yield f"D3: case {dispute.number} waits for credit notes over {dispute.credit_due}, but {rests} is paused."
    for dispute in session.scalars(select(Dispute).where(Dispute.state.in_(OPEN_STATES), Dispute.amount.is_(None))):
        paused = set(
            session.scalars(select(Pause.open_item_id).where(Pause.source_id == dispute.id, Pause.ended_at.is_(None)))
        )
        for item in contested_items(session, dispute):
            if item.open > 0 and item.id not in paused:
                yield f"D3: open item {item.id} is contested by case {dispute.number} but not paused."


def _merged_owe_nothing(session: Session) -> Iterator[str]:
    """What was merged is all the survivor's, and the survivor is nobody else's."""
    survivor = aliased(Customer)
    owed = exists(select(OpenItem.id).where(OpenItem.customer_id == Customer.id, OpenItem.open > 0))
    left = exists(
        select(Payment.id).where(
            Payment.customer_id == Customer.id, Payment.unapplied > 0, Payment.reversed_at.is_(None)
        )
    )
    query = (
        select(Customer.external_id)
        .outerjoin(survivor, survivor.id == Customer.merged_into_id)
        .where(Customer.merged_into_id.is_not(None))
        .where(or_(owed, left, survivor.id.is_(None), survivor.merged_into_id.is_not(None)))
    )
    for number in session.scalars(query):
        yield f"Customer {number} was merged, but something is still its own, or its survivor is none."


def _plans_add_up(session: Session) -> Iterator[str]:
    """The instalments of a payment plan, and its items as they were, come to exactly its total."""
    instalments = select(func.coalesce(func.sum(PlanInstalment.amount), 0)).where(
        PlanInstalment.plan_id == PaymentPlan.id
    )
    items = select(func.coalesce(func.sum(PlanItem.amount), 0)).where(PlanItem.plan_id == PaymentPlan.id)
    query = select(PaymentPlan.number, PaymentPlan.total, instalments.scalar_subquery(), items.scalar_subquery())
    for number, total, agreed, owed in session.execute(query):
        if not total == agreed == owed:
            yield f"Plan {number} is over {total}, its instalments come to {agreed} and its items to {owed}."
