"""Numbers people see: each series counts up by one, without gaps left by what was rolled back."""

from functools import cache

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from runtime.many import ask
from runtime.tables import Counter


def next_numbers(session: Session, series: str, count: int = 1) -> range:
    """Takes the next `count` numbers of a series; the counter's row is locked until the transaction ends."""
    taken = ask(session, _take, series=series, count=count).scalar()
    if taken is None:
        session.execute(insert(Counter).values(name=series, value=count))
        taken = count
    return range(taken - count + 1, taken + 1)


@cache
def _take(_: str) -> ReturningUpdate[tuple[int]]:
    value = Counter.value + bindparam("count")
    return update(Counter).where(Counter.name == bindparam("series")).values(value=value).returning(Counter.value)


def next_number(session: Session, series: str) -> int:
    return next_numbers(session, series)[0]
