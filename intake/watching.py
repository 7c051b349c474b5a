"""A folder that is watched: files dropped into it are imported and moved to `done/`, `failed/` or `held/`.

A sub-folder names what its files hold (`FOLDERS`); files beside them are recognised. A file is taken once it has been
left alone for `SETTLE` and does not grow while it is read. What is wrong with it lies beside it afterwards, in a file
of the same name and `.problems.txt`.

A crash between import and move does not import twice: a run remembers the file it came from, with its content, its
place and the time it was written; the next look finds that run, ends it if it must, and moves the file. Once moved,
that is forgotten: the same file laid into the folder again is imported again.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple
from uuid import UUID

from core.errors import CollectionsError, Refused, Unavailable
from core.problems import Problem
from intake import store
from intake.door import Door
from intake.service import import_file, take_up
from receivables.imports import Handed, Imported
from receivables.tables import ImportRun
from runtime.ids import new_id
from runtime.work import HOUSE, Actor

FOLDERS = {
    "statements": "statement",
    "invoices": "invoices",
    "customers": "customers",
    "orders": "orders",
    "remittance": "remittance",
    "exchange-rates": "exchange_rates",
}
SETTLE = timedelta(seconds=10)
"""A file changed since then may still be written."""
HALF_WRITTEN = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
DONE, FAILED, HELD = "done", "failed", "held"


class Found(NamedTuple):
    """A file in the folder. `stamp` is its place and when it was written."""

    path: Path
    kind: str
    size: int
    written_at: int
    stamp: str


def look(door: Door, folder: Path, *, actor: Actor = HOUSE, dry_run: bool = False) -> dict[str, int]:
    """Imports every settled file; how many went where. A dry run only counts those that would be taken.

    `Refused` when the folder is not there.
    """
    if not folder.is_dir():
        raise Refused(f"There is no folder {folder}.")
    found = list(settled(folder, door.house.clock.now()))
    if dry_run:
        return {"would_take": len(found)}
    counts = dict.fromkeys((DONE, FAILED, HELD), 0)
    for file in found:
        where = _take(door, folder, file, actor)
        if where:
            counts[where] += 1
    return counts


def settled(folder: Path, now: datetime) -> Iterator[Found]:
    """Files that have been left alone, oldest first. Links, hidden and half-written files are passed over."""
    places = [(folder, "")] + [(folder / name, kind) for name, kind in FOLDERS.items() if (folder / name).is_dir()]
    files = [found for place, kind in places for path in place.iterdir() if (found := _found(folder, path, kind))]
    latest = (now - SETTLE).timestamp() * 1_000_000_000
    return iter(sorted((each for each in files if each.written_at <= latest), key=lambda each: each.written_at))


def _found(folder: Path, path: Path, kind: str) -> Found | None:
    if path.name.startswith(".") or path.name.lower().endswith(HALF_WRITTEN):
        return None
    try:
        about = path.lstat()
    except FileNotFoundError:
        return None
    if not S_ISREG(about.st_mode):
        return None
    stamp = f"{path.relative_to(folder).as_posix()} {about.st_mtime_ns}"
    return Found(path, kind, about.st_size, about.st_mtime_ns, stamp)


def _take(door: Door, folder: Path, file: Found, actor: Actor) -> str | None:
    """Imports a file and moves it; None when it is left where it is: still growing, or being read elsewhere."""
    try:
        digest = _digest(file)
        before = door.house.read(lambda work: _from_here(store.runs_of_bytes(work.session, digest), file.stamp))
        handed = Handed(file.kind, file.path, file.path.name)
        imported = take_up(door, before) if before else import_file(door, handed, actor=actor, source=file.stamp)
    except (_Growing, FileNotFoundError):
        return None
    except Unavailable:
        raise
    except CollectionsError as error:
        imported = Imported(
            new_id(), file.kind, file.path.name, "refused", problems=[Problem("whole file", str(error))]
        )
    if imported.state in ("waiting", "running") and not imported.was_known:
        return None
    where = {"held": HELD, "refused": FAILED}.get(imported.state, DONE)
    _move(folder, file, where, imported)
    door.house.write(lambda work: store.forget_source(work.session, imported.id), actor=actor)
    return where


class _Growing(Exception):
    """The file changed while it was read."""


def _digest(file: Found) -> str:
    with file.path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        about = os.fstat(source.fileno())
    if (about.st_size, about.st_mtime_ns) != (file.size, file.written_at):
        raise _Growing
    return digest


def _from_here(runs: Sequence[ImportRun], stamp: str) -> UUID | None:
    return next((run.id for run in runs if run.said.get("source") == stamp), None)


def _move(folder: Path, file: Found, where: str, imported: Imported) -> None:
    """The problems are written first: a file that was moved has them beside it."""
    place = folder / where
    place.mkdir(exist_ok=True)
    target = _free(place, file.path.name)
    lines = [_line(problem) for problem in imported.problems]
    if where == HELD:
        lines.append(f"Answer it on the page /imports/{imported.id}; the original is kept there.")
    if lines:
        target.with_name(f"{target.name}.problems.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    file.path.replace(target)


def _free(place: Path, name: str) -> Path:
    """A name that is not taken there: `file.csv`, `file (2).csv`, …"""
    target, number = place / name, 1
    while target.exists():
        number += 1
        target = place / f"{Path(name).stem} ({number}){Path(name).suffix}"
    return target


def _line(problem: Problem) -> str:
    place = ", ".join(part for part in (problem.file, problem.where, problem.field) if part)
    return f"{'error' if problem.severity == 'error' else 'note'}: {place}: {problem.message}"
