"""Saving and removing a view of a screen: the two buttons beside every screen's filters, and their twins in the API."""

from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from runtime import views
from runtime.shapes import Body, Shape, Whole
from runtime.tables import SavedView
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter()

Text = Annotated[str, Form()]


class NewView(Body):
    """A name for the filters of a screen; `query` is what stands after the question mark of its address."""

    screen: str
    name: str
    query: str = ""


class ViewShape(Shape):
    """A saved view."""

    id: UUID
    screen: str
    name: str
    query: str


@router.get("/api/v1/views", tags=["system"], response_model=Whole[ViewShape])
def list_views(call: Caller, screen: str) -> Response:
    """The caller's own views of a screen."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_view(each) for each in views.saved_views(work.session, str(work.actor), screen)]}

    return call.read(Right.VIEW, read)


@router.post("/api/v1/views", tags=["system"], status_code=201, response_model=ViewShape)
def add_view(call: Caller, body: NewView) -> Response:
    """Keeps a view; one of the same name is replaced."""
    return call.write(
        Right.VIEW, lambda work: _view(views.save_view(work, body.screen, body.name, body.query)), status=201
    )


class ForgottenView(Shape):
    """A view that is kept no longer."""

    id: UUID


@router.delete("/api/v1/views/{view_id}", tags=["system"], response_model=ForgottenView)
def drop_view(call: Caller, view_id: UUID) -> Response:
    """Forgets a view."""

    def do(work: Work) -> dict[str, Any]:
        views.remove_view(work, view_id)
        return {"id": view_id}

    return call.write(Right.VIEW, do)


def _view(view: SavedView) -> dict[str, Any]:
    return {"id": view.id, "screen": view.screen, "name": view.name, "query": view.query}


@router.post("/views", include_in_schema=False)
def save(call: Caller, name: Text = "", screen: Text = "/", query: Text = "") -> Response:
    """Keeps the filters a person looks through, and shows the screen through them."""

    def do(work: Work) -> str:
        return f"The view “{views.save_view(work, screen, name, query).name}” is kept."

    is_ours = screen.startswith("/") and not screen.startswith(("//", "/\\"))
    return call.form(Right.VIEW, do, to=f"{screen if is_ours else '/'}?{query}")


@router.post("/views/{view_id}/remove", include_in_schema=False)
def remove(call: Caller, request: Request, view_id: UUID) -> Response:
    """Forgets a view and stays where the person is."""

    def do(work: Work) -> str:
        views.remove_view(work, view_id)
        return "The view is gone."

    back = urlsplit(request.headers.get("Referer", "/"))
    path = "/" + back.path.lstrip("/\\")
    return call.form(Right.VIEW, do, to=f"{path}?{back.query}" if back.query else path)
