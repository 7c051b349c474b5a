"""A file comes in: looked at, archived, registered, handed to the importer of its kind, and its end written down."""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast
from uuid import UUID

from sqlalchemy import delete

from core.errors import CollectionsError, Invalid, Refused, Unavailable
from core.problems import Problem
from intake import archives, claims, store
from intake.recognise import HEAD_BYTES, kind_of
from receivables.imports import MOST_PROBLEMS, Handed, Held, Imported, Importer, LostClaim, Tell, write_counts
from receivables.tables import ImportProblem, ImportRun
from runtime.bulk import write_rows
from runtime.documents import Archive
from runtime.house import House
from runtime.ids import new_id
from runtime.work import Actor, Right, Role, Work

ARCHIVE = "archive"
"""The kind of a ZIP: its members are imports of their own."""
LARGEST_FILE = 200 * 1024 * 1024
"""Bytes. Larger files are refused before they are read."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Door:
    """Where files come in: what they are kept in, and who reads which kind."""

    house: House
    archive: Archive
    importers: Mapping[str, Importer]


class Original(NamedTuple):
    """A file that was looked at and lies in the archive. `kind` is empty when nothing tells it."""

    handed: Handed
    digest: str
    kind: str


class Registered(NamedTuple):
    """The run of a file; an earlier one when the same bank statement is known already."""

    run: ImportRun
    was_known: bool


def right_for(kind: str) -> Right:
    """What somebody who hands in or answers for such a file must be allowed."""
    return Right.STATEMENTS if kind == "statement" else Right.PUSH


# ── in ──────────────────────────────────────────────────────────────────────────────────────────


def take_in(door: Door, handed: Handed) -> Original:
    """Looks at the file and archives it; `Invalid` when it is too large, empty or gone, `Refused` for no such kind."""
    with _opened(handed.path) as source:
        digest = hashlib.file_digest(cast(BufferedReader, source), "sha256").hexdigest()
        kind = _kind(source, handed)
    known = (*door.importers, ARCHIVE, "")
    if kind not in known or handed.kind not in known:
        wanted = handed.kind or kind
        raise Refused(f"There is no import of “{wanted}”. There are: {', '.join(door.importers)}.")
    door.archive.keep_file(handed.path, digest)
    return Original(handed, digest, kind)


def _kind(source: BinaryIO, handed: Handed) -> str:
    if archives.is_archive(source):
        return ARCHIVE
    if handed.kind:
        return handed.kind
    return kind_of(source, handed.name) or ""


def _opened(path: Path) -> BinaryIO:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            limit = LARGEST_FILE // 1024 // 1024
            raise Invalid.because("whole file", f"The file is {size // 1024 // 1024} MB; at most {limit} MB are read.")
        if not size:
            raise Invalid.because("start of file", "The file is empty.")
        return path.open("rb")
    except FileNotFoundError:
        raise Invalid.because("whole file", "There is no such file.") from None
    except IsADirectoryError:
        raise Invalid.because("whole file", "This is a folder, not a file.") from None
    except OSError as error:
        raise Invalid.because("whole file", f"The file cannot be read: {error.strerror}.") from error


def register(
    work: Work,
    door: Door,
    original: Original,
    *,
    parent_id: UUID | None = None,
    claimant: str | None = None,
    source: str = "",
) -> Registered:
    """Writes the run of a file down: waiting, held when nobody knows what the file holds, or `claimant`'s to work on.

    The same bank statement is not registered twice (M1): the run that took it, or is about to, is answered.
    `source` is where the file was found, for whoever must know it again.
    """
    handed = original.handed
    work.need(right_for(original.kind))
    if original.kind == "statement" and (before := store.statement_run(work.session, original.digest)):
        return Registered(before, was_known=True)
    document = door.archive.record_file(
        work, handed.path, original.digest, kind=original.kind or "unknown", name=handed.name
    )
    run = ImportRun(
        id=new_id(), parent_id=parent_id, kind=original.kind, file_name=handed.name[:LONGEST_NAME],
        sha256=original.digest, document_id=document.id, state="waiting" if original.kind else "held",
        said=_said(work, handed, source), question=None if original.kind else {"asks": "kind"}, actor=str(work.actor),
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    if not original.kind:
        message = "Nothing in the file tells what it holds. Say it, and the file is read."
        _store_problems(work, run.id, [Problem("whole file", message, file=run.file_name)])
    elif claimant:
        claims.take(work, run.id, claimant)
        work.session.refresh(run)
    return Registered(run, was_known=False)


def _said(work: Work, handed: Handed, source: str) -> dict[str, Any]:
    """What came with the file, without what nobody said, and in what role."""
    said = {
        "role": work.actor.role.value, "kind": handed.kind, "company": handed.company, "format": handed.format,
        "account": handed.account, "currency": handed.currency, "adopts_accounts": handed.adopts_accounts,
        "source": source,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def handed_again(run: ImportRun, path: Path) -> Handed:
    """The archived file as it was handed in, with what was said about it then and since."""
    said = run.said
    return Handed(
        run.kind, path, run.file_name, said.get("company"), said.get("format"),
        bool(said.get("adopts_accounts")), said.get("account"), said.get("currency"),
    )  # fmt: skip


# ── through ─────────────────────────────────────────────────────────────────────────────────────


def work_off(door: Door, run: ImportRun, claimant: str, tell: Tell = lambda _: None) -> Imported:
    """Reads a claimed run's file into the book. What is wrong with the file is said in the answer, not raised.

    Raised is what has nothing to do with it: `Unavailable`, `LostClaim` and whatever `tell` raises. The run is then
    as it was, and may be given back or taken up again.
    """
    imported = Imported(run.id, run.kind, run.file_name, claimant=claimant)
    if run.attempts > claims.MOST_ATTEMPTS:
        message = f"Reading this file ended its process {claims.MOST_ATTEMPTS} times. Nothing more is tried."
        refused_because(imported, message)
        return close(door, imported, claimant)
    if run.attempts > 1:
        message = "The process that read this file was lost. What it had stored counts as unchanged now."
        imported.problems.append(Problem("whole file", message, severity="warning"))
    with claims.Keeping(door.house, run.id, claimant) as keeping:

        def tell_and_check(so_far: Imported) -> None:
            keeping.check()
            tell(so_far)

        question = _read(door, run, imported, tell_and_check)
    return close(door, imported, claimant, question)


def _read(door: Door, run: ImportRun, imported: Imported, tell: Tell) -> dict[str, Any] | None:
    """Hands the file to its importer; the question it is held for, or None."""
    actor = on_behalf_of(run)
    try:
        handed = handed_again(run, door.archive.path_of(run.sha256, run.file_name))
        with handed.path.open("rb") as source:
            if run.kind == ARCHIVE:
                _unpack(door, run, source, imported, actor)
            else:
                imported.total = 0 if run.kind == "statement" else _rows_in(source)
                door.importers[run.kind](door.house, actor, handed, source, imported, tell)
        imported.state = "done"
    except Invalid as error:
        imported.state = "refused"
        imported.problems += error.problems
    except Held as error:
        imported.state = "held"
        imported.problems.append(Problem("whole file", str(error)))
        return error.question or {"asks": "again"}
    except (Unavailable, LostClaim):
        raise
    except (CollectionsError, OSError) as error:
        refused_because(imported, str(error))
    return None


def refused_because(imported: Imported, message: str) -> None:
    """Ends an import that found nothing wrong in the file itself, but cannot go on."""
    imported.state = "refused"
    imported.problems.append(Problem("whole file", message))


def on_behalf_of(run: ImportRun) -> Actor:
    """Whoever handed the file in or answered for it last, in the role they had then."""
    kind, _, name = run.actor.partition(":")
    return Actor(kind, name, Role(run.said["role"]))


def _rows_in(source: BinaryIO) -> int:
    """About how many rows a text of rows has: its lines without the header. 0 for anything else."""
    head = source.read(HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
    source.seek(0)
    if head[:1] in (b"<", b"[", b"%", b"P") or b"\0" in head:
        return 0
    lines = 0
    while piece := source.read(1024 * 1024):
        lines += piece.count(b"\n")
    source.seek(0)
    return lines if head[:1] == b"{" else max(lines - 1, 0)


def _unpack(door: Door, run: ImportRun, source: BinaryIO, imported: Imported, actor: Actor) -> None:
    """Every member becomes a run of its own; those an earlier attempt registered are not registered again."""
    there = set(door.house.read(lambda work: store.member_names(work.session, run.id)))
    with tempfile.TemporaryDirectory(dir=door.house.var_dir, prefix="unpacked-") as folder:
        for name, path in archives.unpack(source, Path(folder)):
            inner = f"{run.file_name}/{name}"[:LONGEST_NAME]
            if inner not in there:
                handed = replace(handed_again(run, path), kind=str(run.said.get("kind", "")), name=inner)
                _register_member(door, run, handed, actor)
            imported.total += 1
    imported.format = "zip"


def _register_member(door: Door, run: ImportRun, handed: Handed, actor: Actor) -> None:
    try:
        original = take_in(door, handed)
        door.house.write(lambda work: register(work, door, original, parent_id=run.id), actor=actor)
    except Unavailable:
        raise
    except CollectionsError as error:
        problems = problems_of(error)
        door.house.write(lambda work: register_refused(work, handed, problems, parent_id=run.id), actor=actor)


def problems_of(error: CollectionsError) -> list[Problem]:
    return [*error.problems] if isinstance(error, Invalid) else [Problem("whole file", str(error))]


def register_refused(
    work: Work, handed: Handed, problems: Sequence[Problem], *, parent_id: UUID | None = None
) -> ImportRun:
    """Writes down a file of several that was not even taken in, so that their list is whole."""
    refused = ImportRun(
        id=new_id(), parent_id=parent_id, kind=handed.kind, file_name=handed.name[:LONGEST_NAME], sha256="",
        state="refused", said=_said(work, handed, ""), actor=str(work.actor), started_at=work.now,
        finished_at=work.now,
    )  # fmt: skip
    work.session.add(refused)
    work.session.flush()
    _store_problems(work, refused.id, problems)
    return refused


# ── out ─────────────────────────────────────────────────────────────────────────────────────────


def close(door: Door, imported: Imported, claimant: str, question: dict[str, Any] | None = None) -> Imported:
    """Writes down how an import ended, if it is still the claimant's to say."""
    imported.problems = [_named(problem, imported.file) for problem in imported.problems]
    door.house.write(lambda work: _close(work, imported, claimant, question))
    return imported


def _close(work: Work, imported: Imported, claimant: str, question: dict[str, Any] | None) -> None:
    run = store.claimed_run(work.session, imported.id, claimant)
    if run is None:
        return
    run.state, run.question, run.finished_at = imported.state, question, work.now
    run.claimed_by = run.claimed_until = None
    write_counts(run, imported)
    if run.kind == ARCHIVE:
        run.total = run.done = imported.total
    else:
        run.total = run.done
    _store_problems(work, run.id, imported.problems)
    if imported.state != "done":
        work.record(f"import.{imported.state}", f"import:{run.id}", {"file": imported.file, "by": run.actor})


def _store_problems(work: Work, run_id: UUID, problems: Sequence[Problem]) -> None:
    """Replaces what an earlier attempt had found."""
    work.session.execute(delete(ImportProblem).where(ImportProblem.import_id == run_id))
    rows = [
        (new_id(), run_id, each.severity, each.where, each.field, each.message) for each in problems[:MOST_PROBLEMS]
    ]
    write_rows(work.session, ImportProblem, ("id", "import_id", "severity", "where", "field", "message"), rows)


def _named(problem: Problem, file: str) -> Problem:
    return replace(problem, file=file)
