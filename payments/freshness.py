"""How far the bank data of a company reaches, and whether something is missing in it."""

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from payments.chain import judge
from payments.statement_store import links
from payments.tables import BankAccount, BankEntry, Statement

GAPS_REMEMBERED = timedelta(days=90)
"""A hole in what happened before that says nothing about who still owes today."""


class Freshness(NamedTuple):
    """What is known of one account: its identifier, the last day its statements reach, and each recent gap in words."""

    account: str
    until: date
    gaps: tuple[str, ...] = ()


def freshness(session: Session, today: date) -> dict[UUID, list[Freshness]]:
    """Company → each of its accounts, not closed, that ever had a statement which counts. A company without any is
    absent: nothing is known of its bank, so nothing can be stale."""
    found: dict[UUID, list[Freshness]] = defaultdict(list)
    reach = func.max(func.coalesce(Statement.to_on, BankEntry.booked_on, Statement.from_on))
    query = (
        select(BankAccount, reach)
        .join(Statement, Statement.bank_account_id == BankAccount.id)
        .outerjoin(BankEntry, BankEntry.statement_id == Statement.id)
        .where(Statement.state != "quarantined", BankAccount.closed_on.is_(None))
        .group_by(BankAccount.id)
        .order_by(BankAccount.identifier)
    )
    for account, until in session.execute(query):
        if until is not None:
            found[account.company_id].append(Freshness(account.identifier, until, _gaps(session, account, today)))
    return dict(found)


def _gaps(session: Session, account: BankAccount, today: date) -> tuple[str, ...]:
    judged = judge(links(session, account.id), account.currency)
    since = today - GAPS_REMEMBERED
    recent = (each for each in judged if (each.link.to_on or each.link.from_on or date.max) >= since)
    return tuple(note for each in recent if each.finding == "gap" for note in each.notes)
