"""Saved views: a person's own names for the filters of a screen. A view is nothing but an address."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound
from runtime.ids import new_id
from runtime.tables import SavedView
from runtime.work import Right, Work

LONGEST_NAME = 40
LONGEST_QUERY = 1000


def saved_views(session: Session, owner: str, screen: str) -> Sequence[SavedView]:
    """A person's views of a screen (its path), by name."""
    query = select(SavedView).where(SavedView.owner == owner, SavedView.screen == screen).order_by(SavedView.name)
    return session.scalars(query).all()


def save_view(work: Work, screen: str, name: str, query: str) -> SavedView:
    """Keeps a query under a name; one of the same name is replaced."""
    work.need(Right.VIEW)
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid.because("/name", f"A view has a name of at most {LONGEST_NAME} letters.", field="name")
    if len(query) > LONGEST_QUERY or not screen.startswith("/") or screen.startswith("//"):
        raise Invalid.because("/query", "This is no filter of a screen.", field="query")
    owner = str(work.actor)
    found = next((each for each in saved_views(work.session, owner, screen) if each.name == name), None)
    if found is None:
        found = SavedView(id=new_id(), owner=owner, screen=screen, name=name, query=query)
        work.session.add(found)
    found.query = query
    return found


def remove_view(work: Work, view_id: UUID) -> None:
    """Forgets one of the person's own views."""
    work.need(Right.VIEW)
    found = work.session.get(SavedView, view_id)
    if found is None or found.owner != str(work.actor):
        raise NotFound("There is no such view of yours.")
    work.session.delete(found)
