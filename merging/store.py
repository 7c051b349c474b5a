"""Every query on merging."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from merging.likeness import Likeness, Record, alike
from merging.moves import KEYED, MOVES, Keyed, Move
from merging.tables import CustomerMerge, MergeStep, NoDuplicate
from receivables.store import chunks
from receivables.tables import Customer, CustomerAccount


def records(session: Session) -> Iterator[Record]:
    """Every customer that was not merged, as far as likeness goes."""
    further: dict[UUID, set[str]] = {}
    for customer_id, iban in session.execute(select(CustomerAccount.customer_id, CustomerAccount.iban)):
        further.setdefault(customer_id, set()).add(iban)
    parents = dict(
        session.execute(select(Customer.id, Customer.parent_id).where(Customer.parent_id.is_not(None))).all()
    )
    query = select(
        Customer.id,
        Customer.name,
        Customer.vat_id,
        Customer.iban,
        Customer.postal_code,
        Customer.city,
        Customer.country,
    ).where(Customer.merged_into_id.is_(None))
    for key, name, vat_id, iban, postal_code, city, country in session.execute(query).yield_per(5_000):
        accounts = frozenset({*further.get(key, ()), *([iban] if iban else [])})
        yield Record(key, name, vat_id, accounts, postal_code, city, country, _head(parents, key))


def _head(parents: dict[UUID, UUID | None], customer_id: UUID) -> UUID:
    """The head of a customer's group; a ring of parents ends where it began."""
    seen = {customer_id}
    while (above := parents.get(customer_id)) and above not in seen:
        seen.add(above)
        customer_id = above
    return customer_id


def suggestions(session: Session) -> list[Likeness]:
    """Pairs that may be one party, what says most first; without those of which a person said they are two."""
    apart = {tuple(row) for row in session.execute(select(NoDuplicate.first_id, NoDuplicate.second_id))}
    return [each for each in alike(records(session)) if (each.first, each.second) not in apart]


def customers(session: Session, ids: Sequence[UUID]) -> dict[UUID, Customer]:
    return {
        found.id: found
        for part in chunks(ids)
        for found in session.scalars(select(Customer).where(Customer.id.in_(part)))
    }


def merge_by_number(session: Session, number: int) -> CustomerMerge:
    found = session.scalars(select(CustomerMerge).where(CustomerMerge.number == number)).first()
    if found is None:
        raise NotFound(f"There is no merge {number}.")
    return found


def standing_merge(session: Session, merged_id: UUID) -> CustomerMerge | None:
    """The merge that a customer is under now."""
    query = select(CustomerMerge).where(CustomerMerge.merged_id == merged_id, CustomerMerge.undone_at.is_(None))
    return session.scalars(query).first()


def merges_of(session: Session, customer_id: UUID) -> Sequence[CustomerMerge]:
    """Every merge a customer took part in, the newest first."""
    mine = (CustomerMerge.survivor_id == customer_id) | (CustomerMerge.merged_id == customer_id)
    return session.scalars(select(CustomerMerge).where(mine).order_by(CustomerMerge.number.desc())).all()


def moved(session: Session, merge_id: UUID) -> list[tuple[str, int]]:
    """(what, how many) a merge moved or put away, in the order it did."""
    counted = (
        select(MergeStep.of_table, MergeStep.of_column, func.count())
        .where(MergeStep.merge_id == merge_id)
        .group_by(MergeStep.of_table, MergeStep.of_column)
    )
    counts = {(table, column): count for table, column, count in session.execute(counted)}
    kinds: tuple[Move | Keyed, ...] = (*MOVES, *KEYED)
    said = [(each.said, counts.get((each.table, each.column.key), 0)) for each in kinds]
    return [(what, count) for what, count in said if count]
