"""Every query on credit."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, func, or_, select, union
from sqlalchemy.orm import Session

from credit.exposure import Exposure
from credit.tables import CreditLimit, OrderCommitment, OrderReservation, Overrun
from payments.tables import Payment
from receivables.store import chunks
from receivables.tables import Customer, OpenItem, Posting
from runtime.many import among_given, ask
from runtime.schema import AnyRow

Account = tuple[UUID, str]
"""Customer and currency."""


def exposures(session: Session, customer_ids: Collection[UUID]) -> dict[Account, Exposure]:
    """The exposure of customers, per currency, over all companies."""
    parts: dict[Account, dict[str, int]] = defaultdict(dict)
    for part in chunks(customer_ids):
        for name, query in _parts(part):
            for customer_id, currency, total in session.execute(query):
                found = parts[customer_id, currency]
                found[name] = found.get(name, 0) + int(total)
    return {account: Exposure(account[1], **found) for account, found in parts.items()}


def _parts(ids: Sequence[UUID]) -> Iterable[tuple[str, Select[*tuple[Any, ...]]]]:
    items = (
        select(OpenItem.customer_id, OpenItem.currency, func.sum(OpenItem.open))
        .where(OpenItem.customer_id.in_(ids), OpenItem.open > 0)
        .group_by(OpenItem.customer_id, OpenItem.currency)
    )
    yield "open", items.where(OpenItem.kind == "invoice")
    yield "credits", items.where(OpenItem.kind == "credit_note")
    yield (
        "unapplied",
        select(Payment.customer_id, Payment.currency, func.sum(Payment.unapplied))
        .where(Payment.customer_id.in_(ids), Payment.unapplied > 0, Payment.reversed_at.is_(None))
        .group_by(Payment.customer_id, Payment.currency),
    )
    yield (
        "orders",
        select(OrderCommitment.customer_id, OrderCommitment.currency, func.sum(OrderCommitment.amount))
        .where(OrderCommitment.customer_id.in_(ids), OrderCommitment.amount > 0)
        .group_by(OrderCommitment.customer_id, OrderCommitment.currency),
    )
    yield (
        "orders",
        select(OrderReservation.customer_id, OrderReservation.currency, func.sum(OrderReservation.amount))
        .where(OrderReservation.customer_id.in_(ids), OrderReservation.ended_at.is_(None))
        .group_by(OrderReservation.customer_id, OrderReservation.currency),
    )
    yield (
        "charges",
        select(Posting.customer_id, Posting.currency, func.sum(Posting.amount))
        .where(Posting.customer_id.in_(ids), Posting.account == "charge")
        .group_by(Posting.customer_id, Posting.currency),
    )


def watched(session: Session, customer_ids: Collection[UUID]) -> list[UUID]:
    """Those of these customers who have, or once had, a limit."""
    return [row[0] for row in ask(session, _watched, customers=customer_ids)]


@cache
def _watched(database: str) -> CompoundSelect[*tuple[UUID]]:
    return union(
        select(CreditLimit.customer_id).where(among_given(database, CreditLimit.customer_id, "customers")),
        select(Overrun.customer_id).where(among_given(database, Overrun.customer_id, "customers")),
    )


def limits(session: Session, customer_ids: Collection[UUID], on: date) -> dict[Account, int]:
    """The limit in force per customer and currency on a day; an expired or missing one is not there."""
    return {account: limit.amount for account, limit in limits_in_force(session, customer_ids, on).items()}


def limits_in_force(
    session: Session, customer_ids: Collection[UUID], on: date, scope: str = "customer"
) -> dict[Account, CreditLimit]:
    """The newest limit valid on a day; when a temporary one ends, the one before it is in force again.

    With the scope `group` the ids are those of heads, and the limits those of all who belong to them.
    """
    newest: dict[Account, CreditLimit] = {}
    for part in chunks(customer_ids):
        query = select(CreditLimit).where(
            CreditLimit.customer_id.in_(part),
            CreditLimit.scope == scope,
            CreditLimit.from_on <= on,
            or_(CreditLimit.until_on.is_(None), CreditLimit.until_on >= on),
        )
        for limit in session.scalars(query.order_by(CreditLimit.from_on, CreditLimit.at, CreditLimit.id)):
            newest[limit.customer_id, limit.currency] = limit
    return newest


def running_overruns(
    session: Session, customer_ids: Collection[UUID] | None = None, scope: str = "customer"
) -> dict[Account, Overrun]:
    query = select(Overrun).where(Overrun.ended_on.is_(None), Overrun.scope == scope)
    if customer_ids is None:
        found = session.scalars(query)
        return {(each.customer_id, each.currency): each for each in found}
    return {
        (each.customer_id, each.currency): each
        for part in chunks(customer_ids)
        for each in session.scalars(query.where(Overrun.customer_id.in_(part)))
    }


def overruns(session: Session) -> Sequence[AnyRow]:
    """(Overrun, Customer) of customers and groups above their limit now, the furthest first; a group by its head."""
    return session.execute(
        select(Overrun, Customer)
        .join(Customer, Customer.id == Overrun.customer_id)
        .where(Overrun.ended_on.is_(None))
        .order_by((Overrun.exposure - Overrun.limit).desc())
    ).all()


def customers_with_limit(session: Session) -> list[UUID]:
    """Whoever ever had a limit, its own or that of its group."""
    return list(session.scalars(select(CreditLimit.customer_id).distinct()))
