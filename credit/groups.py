"""Who belongs together: a customer, everybody below it, and what they owe together. A group is named by its head."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.orm import Session

from credit import store
from credit.exposure import Exposure
from credit.tables import CreditLimit, Overrun
from receivables.tables import Customer
from runtime.many import ask


def head_of(parents: Mapping[UUID, UUID], customer_id: UUID) -> UUID:
    """The top of a customer's group; the customer itself where nobody is above it. A circle ends where it began."""
    seen = {customer_id}
    while (above := parents.get(customer_id)) is not None and above not in seen:
        seen.add(above)
        customer_id = above
    return customer_id


def parents_of(session: Session) -> dict[UUID, UUID]:
    """Customer → the one right above it."""
    query = select(Customer.id, Customer.parent_id).where(Customer.parent_id.is_not(None))
    return {below: above for below, above in session.execute(query) if above is not None}


def limited(session: Session, customer_ids: Collection[UUID], on: date) -> dict[UUID, set[UUID]]:
    """Head → all members, of those groups of the customers that have a limit of their own, or overrun one."""
    heads = {row[0] for row in ask(session, _heads)}
    if not heads:
        return {}
    parents = parents_of(session)
    wanted = heads & {head_of(parents, each) for each in customer_ids}
    found = {head: {head} for head in wanted}
    for member in parents:
        head = head_of(parents, member)
        if head in found:
            found[head].add(member)
    return found


@cache
def _heads(_: str) -> CompoundSelect[*tuple[UUID]]:
    """Whoever has a limit for its group, or whose group is above one."""
    return union(
        select(CreditLimit.customer_id).where(CreditLimit.scope == "group"),
        select(Overrun.customer_id).where(Overrun.scope == "group", Overrun.ended_on.is_(None)),
    )


def exposures(session: Session, groups: Mapping[UUID, Collection[UUID]]) -> dict[store.Account, Exposure]:
    """What each group owes together, by head and currency."""
    everybody = {member for members in groups.values() for member in members}
    single = store.exposures(session, everybody)
    return {
        (head, currency): _together(currency, (single.get((member, currency)) for member in members))
        for head, members in groups.items()
        for currency in {code for who, code in single if who in members}
    }


def _together(currency: str, parts: Iterable[Exposure | None]) -> Exposure:
    total = Exposure(currency)
    for part in parts:
        total = total + part if part else total
    return total
