"""Four eyes: what one person proposed, another approves, exactly as it was seen and within 72 hours."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson
from sqlalchemy import select

from core.errors import NotAllowed, Refused
from runtime.tables import User
from runtime.work import Work

OPEN_FOR = timedelta(hours=72)
"""How long a proposal waits for the second person."""


class OwnProposal(Refused):
    def __init__(self) -> None:
        super().__init__("Whoever proposed this does not approve it. Ask somebody else.")


def seal(words: Iterable[object]) -> str:
    """SHA-256 over every word of a proposal; what is approved is named by it."""
    return hashlib.sha256(orjson.dumps(list(words), default=str)).hexdigest()


def need_second_person(work: Work, maker: str, made_at: datetime) -> None:
    """Refuses programs, the maker, what a maker who is gone proposed, and an account made after the proposal."""
    if not work.actor.is_human:
        raise NotAllowed("A program cannot approve this; a person does.")
    if maker.casefold() == str(work.actor).casefold():
        raise OwnProposal
    name = maker.removeprefix("user:")
    query = select(User).where(User.email.in_([name, work.actor.name]), User.disabled_at.is_(None))
    people = {user.email: user for user in work.session.scalars(query)}
    if name not in people:
        raise Refused("Whoever proposed this is gone. Propose it again.")
    approver = people.get(work.actor.name)
    if approver is None or approver.created_at > made_at:
        raise Refused("Your account is younger than this proposal. Somebody else has to approve it.")
