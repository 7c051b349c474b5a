"""The queue: files that wait are read by a thread of the serving process and of the worker, one at a time each.

The table of runs is the queue. Any number of processes may watch it: a run is claimed before it is read
(`intake.claims`), and the run of a process that died is taken up again.
"""

import logging
import threading
from uuid import UUID

from core.errors import Unavailable
from intake import claims, store
from intake.door import Door, close, refused_because, work_off
from receivables.imports import Imported, LostClaim
from receivables.tables import ImportRun
from runtime.work import Work

LOOK_EVERY_SECONDS = 1.0
LONGEST_GOODBYE_SECONDS = 30.0
"""How long stopping waits for a bank statement, which cannot be left off between two parts. Past that it is rolled
back with the process and read again."""
MOST_LOOKED_AT = 20

log = logging.getLogger(__name__)


class Stopped(Exception):
    """The queue was told to stop; the run waits again."""


class ImportQueue:
    """Works off what waits, in a thread, between `start` and `stop`."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._name = claims.new_claimant()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="imports", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Lets go between two parts; the run that was being read waits again, whoever takes it next."""
        self._stop.set()
        self._thread.join(LONGEST_GOODBYE_SECONDS)

    def __enter__(self) -> "ImportQueue":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if not self.work_one():
                    self._stop.wait(LOOK_EVERY_SECONDS)
            except Stopped:
                return
            except Exception:
                log.exception("the import queue goes on after this")
                self._stop.wait(LOOK_EVERY_SECONDS)

    def work_one(self) -> bool:
        """Reads the file that waits longest; False when none waits."""
        run = self._next()
        if run is None:
            return False
        try:
            work_off(self._door, run, self._name, self._tell)
        except (Unavailable, Stopped):
            self._door.house.write(lambda work: claims.give_back(work, run.id, self._name))
            raise
        except LostClaim:
            log.warning("an import was taken up elsewhere", extra={"run": str(run.id)})
        except Exception:
            log.exception("a defect of ours ended an import", extra={"run": str(run.id)})
            imported = Imported(run.id, run.kind, run.file_name)
            refused_because(imported, f"Something went wrong here while reading this file. Reference: {run.id}.")
            close(self._door, imported, self._name)
        return True

    def _next(self) -> ImportRun | None:
        house = self._door.house
        for run_id in house.read(lambda work: claims.free_runs(work, MOST_LOOKED_AT)):
            run = house.write(lambda work, run_id=run_id: self._taken(work, run_id))  # type: ignore[misc]
            if run is not None:
                return run
        return None

    def _taken(self, work: Work, run_id: UUID) -> ImportRun | None:
        return store.run(work.session, run_id) if claims.take(work, run_id, self._name) else None

    def _tell(self, so_far: Imported) -> None:
        """Ends a file of rows between two parts; a statement is told of when it is stored already."""
        if self._stop.is_set() and so_far.kind != "statement":
            raise Stopped
