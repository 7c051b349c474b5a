"""Every query on returned payments. Functions take a `Session`."""

from bisect import bisect_left
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.returns import LONGEST, Received, Taken, most_charge
from payments.tables import BankEntry, Statement

STANDING = ("unmatched", "suggested", "applied", "part_applied")


def waiting(session: Session, account_id: UUID | None = None) -> Sequence[BankEntry]:
    """Returns that have not found their payment, of one account or of all, oldest first."""
    query = (
        select(BankEntry)
        .join(Statement, Statement.id == BankEntry.statement_id)
        .where(BankEntry.state == "unmatched", BankEntry.amount < 0, BankEntry.pending.is_(False))
        .where(Statement.state != "quarantined")
        .order_by(BankEntry.booked_on, BankEntry.id)
    )
    return session.scalars(query if account_id is None else query.where(BankEntry.bank_account_id == account_id)).all()


def taken(entry: BankEntry) -> Taken:
    return Taken(
        -entry.amount,
        entry.booked_on,
        entry.code,
        entry.return_reason,
        entry.is_reversal,
        entry.end_to_end,
        entry.mandate,
        entry.structured_reference,
        entry.counterparty_account,
        entry.remittance,
        abs(entry.charges or 0),
    )


def received(session: Session, returns: Sequence[BankEntry]) -> list[Received]:
    """The payments on the same account whose amount one of the returns could take back; read once for all of them."""
    if not returns:
        return []
    amounts = sorted(-each.amount for each in returns)
    most = max(max(abs(each.charges or 0), most_charge(each.currency)) for each in returns)
    query = (
        select(
            BankEntry.id,
            BankEntry.amount,
            BankEntry.booked_on,
            BankEntry.end_to_end,
            BankEntry.mandate,
            BankEntry.structured_reference,
            BankEntry.counterparty_account,
            BankEntry.remittance,
        )
        .where(BankEntry.bank_account_id == returns[0].bank_account_id, BankEntry.state.in_(STANDING))
        .where(BankEntry.booked_on.between(min(each.booked_on for each in returns) - LONGEST, returns[-1].booked_on))
        .where(BankEntry.amount.between(max(amounts[0] - most, 1), amounts[-1]), BankEntry.pending.is_(False))
        .order_by(BankEntry.booked_on, BankEntry.id)
    )
    found = []
    for row in session.execute(query.execution_options(yield_per=5_000)):
        place = bisect_left(amounts, row.amount)
        if place < len(amounts) and amounts[place] <= row.amount + most:
            found.append(Received(*row))
    return found
