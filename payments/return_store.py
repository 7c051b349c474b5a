"""Every query on returned payments. Functions take a `Session`."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from payments.matching.numbers_in_text import keys_in, read
from payments.matching.spelling import Strength, spellings
from payments.returns import LONGEST, Received, Share, Taken, most_charge
from payments.tables import Allocation, BankEntry, Statement
from receivables.tables import Invoice, OpenItem
from runtime.many import among
from runtime.schema import AnyRow

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


MOST_SHARES = 20

_RECEIVED = select(
    BankEntry.id,
    (BankEntry.amount - BankEntry.returned).label("amount"),
    BankEntry.booked_on,
    BankEntry.end_to_end,
    BankEntry.mandate,
    BankEntry.structured_reference,
    BankEntry.counterparty_account,
    BankEntry.remittance,
)


def larger_of_reference(session: Session, entry: BankEntry) -> list[Received]:
    """Payments on the account that carry the return's reference and brought more than it takes."""
    own = [
        column == said
        for column, said in (
            (BankEntry.end_to_end, entry.end_to_end),
            (BankEntry.structured_reference, entry.structured_reference),
        )
        if said
    ]
    if not own:
        return []
    query = _RECEIVED.where(BankEntry.bank_account_id == entry.bank_account_id, BankEntry.state.in_(STANDING))
    query = query.where(BankEntry.pending.is_(False), BankEntry.amount - BankEntry.returned > -entry.amount, or_(*own))
    return [Received(*row) for row in session.execute(query.order_by(BankEntry.booked_on, BankEntry.id))]


def named_shares(session: Session, entry: BankEntry) -> list[Share]:
    """What larger payments had paid on the invoices that the return's text or references name."""
    said = " ~~~~ ".join(filter(None, (entry.remittance, entry.end_to_end, entry.structured_reference)))
    keys, _ = keys_in(said)
    if not keys:
        return []
    found = [_share(row) for row in session.execute(_shares(entry).where(among(session, Invoice.digits_key, keys)))]
    known: dict[str, list[tuple[str, Strength]]] = {}
    for number in {each.number for each in found}:
        for key, strength in spellings(number).items():
            known.setdefault(key, []).append((number, strength))
    named = {
        number
        for mention in read(said, known).named
        for number in mention.numbers
        if mention.strength >= Strength.PLAIN and len(mention.numbers) == 1
    }
    return [each for each in found if each.number in named]


def shares_of_amount(session: Session, entry: BankEntry) -> list[Share]:
    """What larger payments had paid on any invoice, where it is just what the return takes; the newest first."""
    just = func.sum(Allocation.amount) == -entry.amount - abs(entry.charges or 0)
    query = _shares(entry).having(just).order_by(BankEntry.booked_on.desc(), Invoice.number).limit(MOST_SHARES)
    return [_share(row) for row in session.execute(query)]


def _share(row: AnyRow) -> Share:
    return Share(row[0], row[1], row[2], row[3], int(row[4]))


def _shares(entry: BankEntry) -> Select[UUID, int, date, str, int]:
    return (
        select(BankEntry.id, BankEntry.amount, BankEntry.booked_on, Invoice.number, func.sum(Allocation.amount))
        .join(Allocation, Allocation.bank_entry_id == BankEntry.id)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(Allocation.kind == "payment", BankEntry.bank_account_id == entry.bank_account_id)
        .where(OpenItem.currency == entry.currency)
        .where(BankEntry.state.in_(STANDING), BankEntry.booked_on.between(entry.booked_on - LONGEST, entry.booked_on))
        .group_by(BankEntry.id, BankEntry.amount, BankEntry.booked_on, Invoice.number)
        .having(func.sum(Allocation.amount).between(1, BankEntry.amount - 1))
    )


def received(session: Session, returns: Sequence[BankEntry]) -> list[Received]:
    """The payments on the same account whose amount one of the returns could take back; read once for all of them."""
    if not returns:
        return []
    amounts = sorted(-each.amount for each in returns)
    most = max(max(abs(each.charges or 0), most_charge(each.currency)) for each in returns)
    left = BankEntry.amount - BankEntry.returned
    query = (
        _RECEIVED.where(BankEntry.bank_account_id == returns[0].bank_account_id, BankEntry.state.in_(STANDING))
        .where(BankEntry.booked_on.between(min(each.booked_on for each in returns) - LONGEST, returns[-1].booked_on))
        .where(left.between(max(amounts[0] - most, 1), amounts[-1]), BankEntry.pending.is_(False))
        .order_by(BankEntry.booked_on, BankEntry.id)
    )
    found = []
    for row in session.execute(query.execution_options(yield_per=5_000)):
        place = bisect_left(amounts, row.amount)
        if place < len(amounts) and amounts[place] <= row.amount + most:
            found.append(Received(*row))
    return found
