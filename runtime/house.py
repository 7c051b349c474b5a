"""The injected parts of a running system, and the one way to do a piece of work with them.

`main` builds a `House`; web requests, jobs and commands all go through `read` and `write`: one call, one transaction.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from core.errors import Busy, Invalid, Unavailable
from runtime.clock import Clock, today_in
from runtime.db import Database
from runtime.schema import AnyRow
from runtime.work import HOUSE, Actor, Handlers, Work

T = TypeVar("T")

SERIALIZATION_TRIES = 5
_TRY_AGAIN = ("40001", "40P01")
_UNIQUE_VIOLATION = "23505"
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class House:
    """Database, clock, folders and who listens to what. `zone` is the business day's IANA time zone."""

    database: Database
    clock: Clock
    zone: str
    var_dir: Path
    handlers: Handlers = field(default_factory=dict)

    def read(
        self, do: Callable[[Work], T], *, actor: Actor = HOUSE, on: date | None = None, request_id: str = "-"
    ) -> T:
        """Runs `do` in one reading transaction."""
        with _plainly(), self.database.reading() as session:
            return do(self._work(session, actor, on, request_id))

    def look(self, statement: Executable, values: Mapping[str, Any]) -> AnyRow | None:
        """The first row of a single statement, as it is this moment."""
        with _plainly():
            return self.database.look(statement, values)

    def write(
        self, do: Callable[[Work], T], *, actor: Actor = HOUSE, on: date | None = None, request_id: str = "-"
    ) -> T:
        """Runs `do` in one writing transaction and commits it before returning.

        Serialization failures and deadlocks are tried again, at most five times; a key somebody else wrote at the same
        moment once, and then `do` sees it. `do` must not touch the world.
        """
        for attempt in range(1, SERIALIZATION_TRIES + 1):
            try:
                with _plainly(), self.database.writing() as session:
                    return do(self._work(session, actor, on, request_id))
            except DBAPIError as error:
                if not _may_pass(error, attempt):
                    raise
                time.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    def today(self) -> date:
        """The business date it is now."""
        return today_in(self.clock, self.zone)

    def _work(self, session: Session, actor: Actor, on: date | None, request_id: str) -> Work:
        return Work(session, actor, self.clock.now(), on or self.today(), self.handlers, request_id, self.zone)


def _may_pass(error: DBAPIError, attempt: int) -> bool:
    """Whether the same work, done again, may find the way free."""
    state = getattr(error.orig, "sqlstate", None)
    return (state in _TRY_AGAIN and attempt < SERIALIZATION_TRIES) or (state == _UNIQUE_VIOLATION and attempt == 1)


def _is_beyond(error: BaseException | None) -> bool:
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return state in ("22003", "22008")


class _plainly:
    """Turns a database that is away, locked or full into `Unavailable`, in words; and a number or date that no column
    holds into `Invalid`: nothing has it."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OverflowError) or _is_beyond(error):
            raise Invalid.because("", "A number or a date lies beyond what this system holds.") from error
        if not isinstance(error, OperationalError):
            return
        state = getattr(error.orig, "sqlstate", None)
        if state in _TRY_AGAIN:
            return
        text = str(error.orig).lower()
        if ("disk" in text and "full" in text) or "readonly" in text or "i/o error" in text:
            raise Unavailable("The database cannot be written: its disk is full or not writable.") from error
        if "locked" in text or state == _LOCK_NOT_AVAILABLE:
            raise Busy("Somebody else is working on the same. Try again in a moment.") from error
        if "no such table" in text or "no such column" in text:
            return  # SQLite counts a schema that does not fit as operational; it is a defect, not an absence
        raise Unavailable("The database is not reachable. Try again in a moment.") from error
