"""Numbers people see: each series counts up by one, without gaps left by what was rolled back."""

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from runtime.tables import Counter


def next_numbers(session: Session, series: str, count: int = 1) -> range:
    """Takes the next `count` numbers of a series; the counter's row is locked until the transaction ends."""
    taken = session.scalar(
        update(Counter).where(Counter.name == series).values(value=Counter.value + count).returning(Counter.value)
    )
    if taken is None:
        session.execute(insert(Counter).values(name=series, value=count))
        taken = count
    return range(taken - count + 1, taken + 1)


def next_number(session: Session, series: str) -> int:
    return next_numbers(session, series)[0]
