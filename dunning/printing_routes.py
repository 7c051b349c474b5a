"""`/api/v1`: the print file of a run, and what was posted or called by hand."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from dunning import printing, store
from dunning.routes import notice_shown
from dunning.shapes import NoticeShape
from runtime.shapes import Body, Day, Shape
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])


class Posted(Body):
    """The day letters were posted, today when absent; some notices, or every printed one of the run."""

    on: Day | None = None
    notices: list[UUID] | None = None


class Done(Body):
    """What came of a call or a registered letter, and its day."""

    outcome: str
    on: Day | None = None


class PrintedShape(Shape):
    """What a print file came to."""

    letters: int
    withdrawn: int = Field(description="Letters that stood no longer and were taken out.")
    left: int = Field(description="Letters beyond the most a file holds; post these, then make the next.")


class PostedShape(Shape):
    """How many letters were marked as posted."""

    posted: int


@router.post("/dunning-runs/{run_id}/print", response_model=PrintedShape)
def make_print_file(call: Caller, request: Request, run_id: UUID) -> dict[str, Any]:
    """Makes one PDF of all approved letters of the run that were not posted yet; each passes the gate anew."""
    call.actor_needs(Right.DUN)
    return room_of(call, request).make_file(run_id)._asdict()


@router.get(
    "/dunning-runs/{run_id}/print.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The letters, one after the other."}},
)
def print_file(call: Caller, request: Request, run_id: UUID) -> Response:
    """The newest print file of the run."""
    call.actor_needs(Right.VIEW)
    archive = request.app.state.system.archive
    do = lambda work: printing.print_file(work, archive, store.run(work.session, run_id))  # noqa: E731
    return Response(call.house.read(do, actor=call.actor, request_id=call.request_id), media_type="application/pdf")


@router.post("/dunning-runs/{run_id}/posted", response_model=PostedShape)
def mark_posted(call: Caller, run_id: UUID, body: Posted) -> Response:
    """Says that printed letters were posted; they count as sent on that day."""

    def do(work: Work) -> dict[str, Any]:
        return {"posted": printing.mark_posted(work, store.run(work.session, run_id), body.on, body.notices)}

    return call.write(Right.DUN, do)


@router.post("/notices/{notice_id}/print", response_model=NoticeShape)
def print_notice(call: Caller, request: Request, notice_id: UUID) -> Response:
    """Prints one letter through the gate; its `letter.pdf` is then the paper to post."""
    call.actor_needs(Right.DUN)
    room_of(call, request).print_one(notice_id)
    return call.read(Right.VIEW, lambda work: notice_shown(store.notice(work.session, notice_id)))


@router.post("/notices/{notice_id}/done", response_model=NoticeShape)
def mark_done(call: Caller, request: Request, notice_id: UUID, body: Done) -> Response:
    """Says that a call was made or a registered letter posted: its items have reached the level."""
    notices = request.app.state.system.notices

    def do(work: Work) -> dict[str, Any]:
        return notice_shown(printing.mark_done(work, notices, notice_id, body.outcome, body.on))

    return call.write(Right.DUN, do)


def room_of(call: Caller, request: Request) -> printing.PrintRoom:
    """Where letters are printed for whoever calls."""
    system = request.app.state.system
    return printing.PrintRoom(call.house, system.notices, system.archive, call.actor)
