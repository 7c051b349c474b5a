"""Importing while somebody waits for it: the command line, the demo, the watched folder."""

from collections.abc import Callable
from typing import cast
from uuid import UUID

from core.errors import Invalid, Unavailable
from core.problems import Problem, Severity
from intake import claims, store
from intake.door import ARCHIVE, Door, Registered, close, refused_because, register, take_in, work_off
from receivables.imports import Handed, Imported, Tell
from receivables.tables import ImportRun
from runtime.ids import new_id
from runtime.work import HOUSE, Actor, Work

_WORST_FIRST = ("waiting", "running", "refused", "held")


Note = Callable[[Work, UUID], None]
"""Called in the transaction that writes a run down, with its id: what must be known of it from then on."""


def import_file(
    door: Door,
    handed: Handed,
    *,
    actor: Actor = HOUSE,
    tell: Tell = lambda _: None,
    source: str = "",
    note: Note = lambda work, run_id: None,
) -> Imported:
    """Imports one file, and every file of an archive; never raises for what is wrong with it: the answer says so.

    The answer of an archive has its files as `members`, their counts together, and the state of the worst of them.
    `source` is where the file was found, for whoever must know it again.
    """
    claimant = claims.new_claimant()
    try:
        original = take_in(door, handed)
    except Invalid as error:
        return _not_taken_in(handed, error)

    def write_down(work: Work) -> Registered:
        registered = register(work, door, original, claimant=claimant, source=source)
        note(work, registered.run.id)
        return registered

    run, was_known = door.house.write(write_down, actor=actor)
    if was_known and not _taken(door, run.id, claimant):
        return _known(run)
    return _ended(door, run.id, claimant, tell)


def take_up(door: Door, run_id: UUID, tell: Tell = lambda _: None) -> Imported:
    """Goes on with a run that waits or was lost; says how it stands when it has ended or is somebody else's."""
    claimant = claims.new_claimant()
    _taken(door, run_id, claimant)
    return _ended(door, run_id, claimant, tell)


def _not_taken_in(handed: Handed, error: Invalid) -> Imported:
    problems = [Problem(each.where, each.message, each.severity, each.field, handed.name) for each in error.problems]
    return Imported(new_id(), handed.kind, handed.name, "refused", problems=problems)


def _known(run: ImportRun) -> Imported:
    """The same statement again: nothing was added, and the earlier import is named."""
    what = "was imported before" if run.state == "done" else "is being imported at this moment"
    since = f" on {run.started_at:%Y-%m-%d}" if run.started_at else ""
    message = f"The same file {what}, as “{run.file_name}”{since}; nothing was added."
    return Imported(
        run.id, run.kind, run.file_name, run.state, run.format, unchanged=run.created + run.unchanged,
        problems=[Problem("whole file", message, severity="warning", file=run.file_name)], was_known=True,
    )  # fmt: skip


def _taken(door: Door, run_id: UUID, claimant: str) -> bool:
    return door.house.write(lambda work: claims.take(work, run_id, claimant))


def _ended(door: Door, run_id: UUID, claimant: str, tell: Tell) -> Imported:
    """The run's end: worked towards now if it is the claimant's, else as it stands."""
    run = door.house.write(lambda work: store.claimed_run(work.session, run_id, claimant))
    imported = _worked_off(door, run, claimant, tell) if run else door.house.read(lambda work: _told(work, run_id))
    if imported.kind == ARCHIVE and imported.state == "done":
        _end_members(door, imported, tell)
    return imported


def _worked_off(door: Door, run: ImportRun, claimant: str, tell: Tell) -> Imported:
    """Works a run off; one that is broken off by hand says so, instead of being taken up behind somebody's back."""
    try:
        return work_off(door, run, claimant, tell)
    except Unavailable:
        door.house.write(lambda work: claims.give_back(work, run.id, claimant))
        raise
    except BaseException:
        imported = Imported(run.id, run.kind, run.file_name)
        refused_because(imported, "The import was broken off. Hand the file in again: what was stored stays.")
        close(door, imported, claimant)
        raise


def _end_members(door: Door, archive: Imported, tell: Tell) -> None:
    """Goes through the files of an archive, and sums them up."""
    ids = door.house.read(lambda work: [each.id for each in store.members(work.session, archive.id)])
    archive.members = [take_up(door, member_id, tell) for member_id in ids]
    for each in archive.members:
        archive.created += each.created
        archive.updated += each.updated
        archive.unchanged += each.unchanged
        archive.rejected += each.rejected
        archive.problems += each.problems
    states = {each.state for each in archive.members}
    archive.state = next((state for state in _WORST_FIRST if state in states), archive.state)


def _told(work: Work, run_id: UUID) -> Imported:
    """What is known of a run, as its importer would have said it; of an archive nothing but its own problems."""
    run = store.run(work.session, run_id)
    rows = work.session.scalars(store.problems(run_id)).all()
    problems = [
        Problem(each.where, each.message, cast(Severity, each.severity), each.field, run.file_name) for each in rows
    ]
    return Imported(
        run.id, run.kind, run.file_name, run.state, run.format, run.created, run.updated, run.unchanged, run.rejected,
        problems,
    )  # fmt: skip
