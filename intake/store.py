"""Queries about imports."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from core.errors import NotFound
from receivables.tables import ImportProblem, ImportRun


class NoSuchImport(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such import.")


def run(session: Session, run_id: UUID) -> ImportRun:
    found = session.get(ImportRun, run_id)
    if found is None:
        raise NoSuchImport
    return found


def runs() -> Select[ImportRun]:
    """Files handed in, without the members of archives."""
    return select(ImportRun).where(ImportRun.parent_id.is_(None))


def statement_run(session: Session, digest: str) -> ImportRun | None:
    """The run that took these bytes as a bank statement, or is about to."""
    return session.scalars(
        select(ImportRun).where(
            ImportRun.sha256 == digest,
            ImportRun.kind == "statement",
            ImportRun.state.in_(("waiting", "running", "done")),
        )
    ).first()


def runs_of_bytes(session: Session, digest: str) -> Sequence[ImportRun]:
    return session.scalars(select(ImportRun).where(ImportRun.sha256 == digest).order_by(ImportRun.id.desc())).all()


def claimed_run(session: Session, run_id: UUID, claimant: str) -> ImportRun | None:
    """The run under lock, while it is the claimant's."""
    mine = (ImportRun.id == run_id, ImportRun.claimed_by == claimant)
    return session.scalars(select(ImportRun).where(*mine).with_for_update()).first()


def members(session: Session, run_id: UUID) -> Sequence[ImportRun]:
    """The files of an archive, in its order."""
    return session.scalars(select(ImportRun).where(ImportRun.parent_id == run_id).order_by(ImportRun.id)).all()


def member_names(session: Session, run_id: UUID) -> Sequence[str]:
    return session.scalars(select(ImportRun.file_name).where(ImportRun.parent_id == run_id)).all()


def problems(run_id: UUID) -> Select[ImportProblem]:
    """What is wrong in a file, in the order it was found."""
    return select(ImportProblem).where(ImportProblem.import_id == run_id)


def reasons(session: Session, run_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The first thing that was said about each of these files."""
    other = aliased(ImportProblem)
    first = select(other.id).where(other.import_id == ImportProblem.import_id).order_by(other.id).limit(1)
    query = select(ImportProblem.import_id, ImportProblem.message).where(
        ImportProblem.import_id.in_(run_ids), ImportProblem.id == first.scalar_subquery()
    )
    return {run_id: message for run_id, message in session.execute(query)}


def held_count(session: Session) -> int:
    """Files that wait for an answer."""
    return session.scalar(select(func.count()).select_from(ImportRun).where(ImportRun.state == "held")) or 0


def locked_run(session: Session, run_id: UUID) -> ImportRun:
    """The run, held against others until the transaction ends."""
    found = session.scalars(select(ImportRun).where(ImportRun.id == run_id).with_for_update()).first()
    if found is None:
        raise NoSuchImport
    return found


def forget_source(session: Session, run_id: UUID) -> None:
    """The file of a run is no longer where it was found."""
    found = session.get(ImportRun, run_id)
    if found is not None:
        found.said = {name: value for name, value in found.said.items() if name != "source"}
