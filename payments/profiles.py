"""Bank profiles people made: kept, listed, forgotten, and handed to the readers with every file."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound, Stale
from payments.readers.bank_profile import BankProfile, document_of, profile_of
from payments.tables import SavedProfile
from runtime.ids import new_id
from runtime.work import Right, Work

MOST_BYTES = 40_000
"""JSON of all saved profiles together: they travel with every file to the process that reads it."""


class NoSuchProfile(NotFound):
    """Nobody saved a profile of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no bank profile “{name[:80]}”.")


def saved(session: Session) -> Sequence[SavedProfile]:
    """All of them by name."""
    return session.scalars(select(SavedProfile).order_by(SavedProfile.name)).all()


def in_use(session: Session) -> tuple[BankProfile, ...]:
    """The profiles readers go by, before those that come with the program."""
    return tuple(profile_of(row.document) for row in saved(session))


def saved_under(session: Session, name: str) -> SavedProfile:
    found = session.scalar(select(SavedProfile).where(SavedProfile.name == name))
    if found is None:
        raise NoSuchProfile(name)
    return found


def save_profile(work: Work, document: object, version: int | None = None) -> SavedProfile:
    """Keeps what a person said about a bank's columns; the same name says it anew, as the next version.

    `Invalid` names the member that is wrong; `Stale` when `version` is given and is not the one that is saved.
    """
    work.need(Right.STATEMENTS)
    profile = profile_of(document)
    kept = document_of(profile)
    row = work.session.scalar(select(SavedProfile).where(SavedProfile.name == profile.name).with_for_update())
    if version is not None and version != (row.version if row else 0):
        raise Stale(f"The bank profile “{profile.name}” was changed meanwhile. Read it again.")
    _check_room(work.session, profile.name, kept)
    if row is None:
        row = SavedProfile(id=new_id(), name=profile.name, version=0)
        work.session.add(row)
    row.document, row.author, row.changed_at = kept, str(work.actor), work.now
    row.version += 1
    work.session.flush()
    work.record("bank_profile.saved", f"bank_profile:{row.name}", {"version": row.version, "document": kept})
    return row


def _check_room(session: Session, name: str, document: dict[str, Any]) -> None:
    others = sum(len(orjson.dumps(row.document)) for row in saved(session) if row.name != name)
    if others + len(orjson.dumps(document)) > MOST_BYTES:
        message = "There are more bank profiles than fit beside a file. Forget those you no longer use."
        raise Invalid.because("/columns", message, field="columns")


def forget_profile(work: Work, name: str) -> None:
    """Forgets a profile; what was read by it stays."""
    work.need(Right.STATEMENTS)
    row = saved_under(work.session, name)
    work.session.delete(row)
    work.session.flush()
    work.record("bank_profile.forgotten", f"bank_profile:{name}", {"version": row.version})
