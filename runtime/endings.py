"""What is done in a transaction when all else in it is done: right before its commit, in the order it was asked for.

Whatever takes a lock that every writer needs belongs here, so that the lock is held only for a moment.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

_ENDINGS = "what is done right before the commit"


def at_the_end(session: Session, do: Callable[[], None]) -> None:
    """Runs `do` before this transaction commits; it vanishes with a rollback."""
    session.info.setdefault(_ENDINGS, []).append(do)


def run_endings(session: Session) -> None:
    """Called once by the database, before the audit log is sealed."""
    for do in session.info.pop(_ENDINGS, ()):
        do()
