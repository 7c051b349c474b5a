"""The feed of changes: written in the transaction of the change, read from a number on.

The numbers come from one counter whose row stays locked until the commit, taken when all else is done. So they stand
in the order of the commits and have no gaps: a reader that saw number n has seen everything before it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exchange.tables import Change
from runtime.bulk import write_rows
from runtime.endings import at_the_end
from runtime.numbers import next_numbers
from runtime.work import Work

SERIES = "change"
_WAITING = "changes to be told"


@dataclass(frozen=True, slots=True)
class News:
    """One change before it has a number; `data` is plain JSON."""

    kind: str
    data: Mapping[str, Any]


def tell(work: Work, gather: Callable[[], Iterable[News]]) -> None:
    """Asks `gather` at the end of this transaction for what is to be told, and writes it down."""
    waiting: list[Callable[[], Iterable[News]]] | None = work.session.info.get(_WAITING)
    if waiting is None:
        waiting = work.session.info[_WAITING] = []
        at_the_end(work.session, lambda: _write(work))
    waiting.append(gather)


def _write(work: Work) -> None:
    news = [each for gather in work.session.info.pop(_WAITING) for each in gather()]
    if not news:
        return
    actor = str(work.actor)
    numbers = next_numbers(work.session, SERIES, len(news))
    rows = [(seq, work.now, actor, each.kind, dict(each.data)) for seq, each in zip(numbers, news, strict=True)]
    write_rows(work.session, Change, ("seq", "at", "actor", "kind", "data"), rows)


def changes_after(session: Session, seq: int, kinds: Collection[str], limit: int) -> Sequence[Change]:
    """The next changes after a number, in the order of the commits; of these kinds, or all when none are named."""
    query = select(Change).where(Change.seq > seq).order_by(Change.seq).limit(limit)
    return session.scalars(query.where(Change.kind.in_(kinds)) if kinds else query).all()


def last_number(session: Session) -> int:
    """The number of the newest change; 0 when there is none."""
    return session.scalar(select(func.max(Change.seq))) or 0
