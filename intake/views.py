"""An import as it is shown: at the desk and by the API alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from intake import store
from intake.door import ARCHIVE
from receivables.tables import ImportRun
from runtime.work import Work


class ImportView(NamedTuple):
    """One file; an archive has the counts of its files together, and `total` and `done` count files."""

    id: UUID
    kind: str
    file: str
    format: str
    state: str
    total: int
    done: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    question: dict[str, Any] | None
    parent_id: UUID | None
    files: Sequence[UUID]
    actor: str
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        return self.state in ("waiting", "running")


_COUNTS = ("created", "updated", "unchanged", "rejected")


def view(work: Work, run: ImportRun) -> ImportView:
    """What a run looks like now."""
    shown = _alone(run)
    if run.kind != ARCHIVE or run.state != "done":
        return shown
    members = store.members(work.session, run.id)
    counts = {name: sum(getattr(each, name) for each in members) for name in _COUNTS}
    ended = sum(each.state not in ("waiting", "running") for each in members)
    last = max((each.finished_at for each in members if each.finished_at), default=run.finished_at)
    state = "done" if ended == len(members) else "running"
    return shown._replace(
        state=state, total=len(members), done=ended, files=[each.id for each in members],
        finished_at=last if state == "done" else None, **counts,
    )  # fmt: skip


def _alone(run: ImportRun) -> ImportView:
    return ImportView(
        run.id, run.kind, run.file_name, run.format, run.state, run.total, run.done, run.created, run.updated,
        run.unchanged, run.rejected, run.question, run.parent_id, (), run.actor, run.started_at, run.finished_at,
    )  # fmt: skip
