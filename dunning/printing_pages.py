"""Letters by post and calls on the desk: make the print file, fetch it, say what was posted or done."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from dunning import printing, store
from dunning.printing_routes import room_of
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)


@router.post("/dunning-runs/{number}/print")
def make_print_file(call: Caller, request: Request, number: int) -> Response:
    """Makes the print file of a run."""

    def do() -> str:
        run_id = call.house.read(lambda work: store.run_by_number(work.session, number).id)
        made = room_of(call, request).make_file(run_id)
        said = f"{made.letters} letters are in the print file."
        said += f" {made.withdrawn} stood no longer and were taken out." if made.withdrawn else ""
        return said + (f" {made.left} more wait for the next file." if made.left else "")

    return call.act(Right.DUN, do, to=f"/dunning-runs/{number}")


@router.get("/dunning-runs/{number}/print.pdf")
def print_file(call: Caller, request: Request, number: int) -> Response:
    """The newest print file of a run."""
    call.actor_needs(Right.VIEW)
    archive = request.app.state.system.archive
    do = lambda work: printing.print_file(work, archive, store.run_by_number(work.session, number))  # noqa: E731
    pdf = call.house.read(do, actor=call.actor, request_id=call.request_id)
    headers = {"Content-Disposition": f'inline; filename="letters-run-{number}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/dunning-runs/{number}/posted")
def mark_posted(call: Caller, number: int, on: Annotated[date, Form()]) -> Response:
    """Says that the printed letters of a run were posted on a day."""

    def do(work: Work) -> str:
        count = printing.mark_posted(work, store.run_by_number(work.session, number), on)
        return f"{count} letters count as sent on {on}."

    return call.form(Right.DUN, do, to=f"/dunning-runs/{number}")


@router.post("/notices/{number}/print")
def print_notice(call: Caller, request: Request, number: int) -> Response:
    """Prints one registered letter through the gate."""

    def do() -> str:
        notice_id = call.house.read(lambda work: store.notice_by_number(work.session, number).id)
        if room_of(call, request).print_one(notice_id):
            return f"Notice {number} is ready: open its letter, print it, and say when it was posted."
        return f"Notice {number} stands no longer and was taken out."

    return call.act(Right.DUN, do, to="/notices?state=by_hand")


@router.post("/notices/{number}/done")
def mark_done(call: Caller, request: Request, number: int, outcome: Annotated[str, Form()] = "") -> Response:
    """Says that a call was made or a registered letter posted."""
    notices = request.app.state.system.notices

    def do(work: Work) -> str:
        notice = store.notice_by_number(work.session, number)
        done = printing.mark_done(work, notices, notice.id, outcome)
        return (
            f"Notice {number} is done." if done.state == "sent" else f"Nothing was left to remind of: notice {number}."
        )

    return call.form(Right.DUN, do, to="/notices?state=by_hand")
