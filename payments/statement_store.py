"""Every query on statements and the entries of one account. Functions take a `Session`."""

from collections.abc import Collection, Container, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import case, insert, literal, select, true, update
from sqlalchemy.orm import Session

from payments.batches import Batch
from payments.chain import Link
from payments.errors import NoSuchAccount
from payments.identity import Seen
from payments.tables import BankAccount, BankEntry, Statement
from receivables.ledger import Account
from receivables.store import chunks
from receivables.tables import Posting


def account(session: Session, account_id: UUID) -> BankAccount:
    found = session.get(BankAccount, account_id)
    if found is None:
        raise NoSuchAccount
    return found


def links(session: Session, account_id: UUID) -> list[Link]:
    """The statements of an account that count, as links of its chain."""
    columns = (
        Statement.id,
        Statement.import_id,
        Statement.from_on,
        Statement.to_on,
        Statement.opening,
        Statement.closing,
        Statement.sequence,
        Statement.entry_count,
    )
    query = select(*columns).where(Statement.bank_account_id == account_id, Statement.state != "quarantined")
    return [Link(*row) for row in session.execute(query.order_by(Statement.id))]


Bucket = tuple[date, int]
"""Day and amount: what two sightings of one movement always have in common."""


class Known(NamedTuple):
    """An entry stored already, as far as it can be told from others by it."""

    id: UUID
    occurrence: int
    seen: Seen
    pending: bool
    is_ours: bool
    """Of the very statement that is coming in."""
    is_waiting: bool
    """Of a statement in quarantine."""
    is_itemised: bool = False


Part = tuple[Batch, int, str]
"""A stored part of a batch: the batch, its amount, the format it came in."""


_WHAT_TELLS_APART = (
    BankEntry.id,
    BankEntry.booked_on,
    BankEntry.amount,
    BankEntry.occurrence,
    BankEntry.pending,
    BankEntry.format,
    BankEntry.entry_ref,
    BankEntry.counterparty_account,
    BankEntry.end_to_end,
    BankEntry.remittance,
)


def known_in(
    session: Session, statement: Statement, days: Collection[date], buckets: Container[Bucket], parts: list[Part]
) -> Iterator[tuple[Bucket, Known]]:
    """What is stored of an account in these buckets, booked entries first, each with its bucket. Parts of batches of
    these days that another statement told are added to `parts`, unless it waits in quarantine."""
    waiting = select(Statement.id).where(
        Statement.bank_account_id == statement.bank_account_id, Statement.state == "quarantined"
    )
    is_ours = BankEntry.statement_id == statement.id
    for part in chunks(sorted(days)):
        query = select(
            *_WHAT_TELLS_APART,
            is_ours,
            case((is_ours, False), else_=BankEntry.statement_id.in_(waiting)),
            BankEntry.batch,
            BankEntry.itemised_on,
        )
        query = query.where(BankEntry.bank_account_id == statement.bank_account_id, BankEntry.booked_on.in_(part))
        query = query.order_by(BankEntry.pending, BankEntry.occurrence)
        for row in session.execute(query.execution_options(yield_per=5_000)):
            bucket = (row.booked_on, row.amount)
            if row.batch and not (row.pending or row[10] or row[11]):
                parts.append((Batch(row.booked_on, row.batch, row.entry_ref), row.amount, row.format))
            if bucket in buckets:
                is_itemised = row.itemised_on is not None
                yield bucket, Known(row[0], row[3], Seen(*row[5:10]), row[4], row[10], row[11], is_itemised)


def parts_told_by(session: Session, statement_id: UUID) -> list[Part]:
    """The parts of batches in one statement."""
    columns = (BankEntry.booked_on, BankEntry.batch, BankEntry.entry_ref, BankEntry.amount, BankEntry.format)
    query = select(*columns).where(
        BankEntry.statement_id == statement_id, BankEntry.batch != "", BankEntry.pending.is_(False)
    )
    return [(Batch(*row[:3]), row.amount, row.format) for row in session.execute(query)]


def counted_elsewhere(session: Session, statement: Statement, bucket: Bucket) -> list[Known]:
    """The movements of a day and amount that count, in other statements of the account, and stand for themselves."""
    query = (
        select(*_WHAT_TELLS_APART)
        .join(Statement, Statement.id == BankEntry.statement_id)
        .where(
            BankEntry.bank_account_id == statement.bank_account_id,
            (BankEntry.booked_on == bucket[0]) & (BankEntry.amount == bucket[1]),
            BankEntry.pending.is_(False) & BankEntry.itemised_on.is_(None),
            (BankEntry.statement_id != statement.id) & (Statement.state != "quarantined"),
        )
    )
    return [Known(row[0], row[3], Seen(*row[5:10]), False, False, False) for row in session.execute(query)]


def is_unplaced(session: Session, entry_id: UUID) -> bool:
    """Whether nobody placed or set aside an entry."""
    query = select(BankEntry.id).where(BankEntry.id == entry_id, BankEntry.placed == 0)
    return session.scalar(query.where(BankEntry.state.in_(("unmatched", "suggested")))) is not None


def announced(session: Session, account_id: UUID) -> list[tuple[Bucket, Known]]:
    """The entries of an account that were announced and not booked yet."""
    query = select(*_WHAT_TELLS_APART).where(BankEntry.bank_account_id == account_id, BankEntry.pending == true())
    rows = session.execute(query.order_by(BankEntry.booked_on, BankEntry.id))
    return [((row.booked_on, row.amount), Known(row[0], row[3], Seen(*row[5:10]), True, False, False)) for row in rows]


def settle_announced(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """What was announced is booked now: the same entries, with what the booked statement says of them."""
    if rows:
        session.execute(update(BankEntry), rows)


def take_over(session: Session, entry_ids: Collection[UUID], statement_id: UUID) -> None:
    """Entries of a statement that waits in quarantine now stand in a proven one."""
    for part in chunks(entry_ids):
        session.execute(
            update(BankEntry)
            .where(BankEntry.id.in_(part))
            .values(statement_id=statement_id)
            .execution_options(synchronize_session=False)
        )


def book_entries(session: Session, statement: Statement, company_id: UUID) -> None:
    """The bank's side of a statement's booked entries: money on the account, waiting in suspense for its use.

    A booking has the key of its entry, so that no entry can be booked twice.
    """
    contra = case((BankEntry.state == "ignored", Account.IGNORED.value), else_=Account.SUSPENSE.value)
    columns = {
        "id": BankEntry.id,
        "company_id": literal(company_id),
        "account": literal(Account.BANK.value),
        "contra": contra,
        "amount": BankEntry.amount,
        "currency": BankEntry.currency,
        "cause": literal("booked"),
        "cause_id": BankEntry.id,
        "on": BankEntry.booked_on,
        "at": literal(statement.created_at, Posting.at.type),
    }
    booked = select(*columns.values()).where(
        BankEntry.statement_id == statement.id,
        BankEntry.amount != 0,
        BankEntry.pending.is_(False),
        BankEntry.itemised_on.is_(None),
    )
    session.execute(insert(Posting).from_select(list(columns), booked, include_defaults=False))
