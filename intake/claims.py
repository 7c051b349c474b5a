"""Who works on an import: one process at a time, for as long as it says that it lives.

A claim is one conditional UPDATE, so that of several processes exactly one gets the run. It is renewed while the work
goes on; a process that dies stops renewing, and after `LIFE` another one takes the run up again.
"""

import logging
import os
import socket
import threading
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update

from core.errors import Unavailable
from receivables.imports import LostClaim
from receivables.tables import ImportRun
from runtime.house import House
from runtime.ids import new_secret
from runtime.work import Work

LIFE = timedelta(seconds=60)
RENEW_SECONDS = 15.0
MOST_ATTEMPTS = 3
"""A file that took its process with it so often is refused instead of tried again."""

log = logging.getLogger(__name__)


def new_claimant() -> str:
    """A name for whoever works: machine, process, and a word of its own."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_secret()[:8]}"


def _is_free(work: Work) -> ColumnElement[bool]:
    lost = and_(ImportRun.state == "running", ImportRun.claimed_until < work.now)
    return or_(ImportRun.state == "waiting", lost)


def free_runs(work: Work, limit: int) -> Sequence[UUID]:
    """Runs nobody works on, the longest waiting first."""
    return work.session.scalars(select(ImportRun.id).where(_is_free(work)).order_by(ImportRun.id).limit(limit)).all()


def take(work: Work, run_id: UUID, claimant: str) -> bool:
    """Claims a run; False when it is somebody else's or has ended."""
    return _changed(
        work,
        update(ImportRun)
        .where(ImportRun.id == run_id, _is_free(work))
        .values(
            state="running",
            claimed_by=claimant,
            claimed_until=work.now + LIFE,
            started_at=work.now,
            attempts=ImportRun.attempts + 1,
        ),
    )


def renew(work: Work, run_id: UUID, claimant: str) -> bool:
    """Says that the claimant lives; False when the run is no longer its own."""
    mine = (ImportRun.id == run_id, ImportRun.claimed_by == claimant)
    return _changed(work, update(ImportRun).where(*mine).values(claimed_until=work.now + LIFE))


def give_back(work: Work, run_id: UUID, claimant: str) -> None:
    """Lets the run wait again, as if it had not been begun."""
    mine = (ImportRun.id == run_id, ImportRun.claimed_by == claimant, ImportRun.state == "running")
    values = {"state": "waiting", "claimed_by": None, "claimed_until": None, "attempts": ImportRun.attempts - 1}
    _changed(work, update(ImportRun).where(*mine).values(values))


def _changed(work: Work, statement: Any) -> bool:
    return cast(CursorResult[Any], work.session.execute(statement)).rowcount == 1


class Keeping:
    """Renews a claim from a thread of its own while the block runs; `check` raises `LostClaim` once it is lost."""

    def __init__(self, house: House, run_id: UUID, claimant: str) -> None:
        self._house, self._run_id, self._claimant = house, run_id, claimant
        self._end = threading.Event()
        self._is_lost = False
        self._thread = threading.Thread(target=self._renew, name="import-claim", daemon=True)

    def __enter__(self) -> "Keeping":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def check(self) -> None:
        if self._is_lost:
            raise LostClaim

    def _renew(self) -> None:
        while not self._end.wait(RENEW_SECONDS):
            try:
                self._is_lost = not self._house.write(lambda work: renew(work, self._run_id, self._claimant))
            except Unavailable:
                log.warning("an import claim could not be renewed", extra={"run": str(self._run_id)})
