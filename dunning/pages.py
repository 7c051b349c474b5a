"""Dunning runs on the desk: plan, look at every letter before it leaves, see why the rest waits, approve."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy import select

from core.errors import Refused
from dunning import listings, printing, store
from dunning.delivery import NoticeKind
from dunning.escalation import Reason
from dunning.run import approve, drop, is_droppable, plan_run
from dunning.tables import DunningRun, Notice
from payments.freshness import freshness
from receivables.tables import Customer
from runtime.dispatch import Withdrawn
from runtime.lists import rows_of
from runtime.schema import AnyRow
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

NOTICES_A_PAGE = 50
STATES = {
    "planned": ("quiet", "planned"),
    "approved": ("promised", "approved"),
    "queued": ("promised", "waiting to be sent"),
    "sending": ("promised", "being sent"),
    "sent": ("paid", "sent"),
    "deferred": ("paused", "tried, later again"),
    "refused": ("overdue", "refused"),
    "unknown": ("overdue", "may have arrived"),
    "cancelled": ("quiet", "not sent"),
}
"""Notice state → the colour and the words it is shown with."""

BY_HAND = {
    ("letter", "approved"): ("paused", "to print"),
    ("letter", "sending"): ("promised", "printed, to post"),
    ("phone", "approved"): ("paused", "to call"),
    ("registered_letter", "approved"): ("paused", "to print"),
    ("registered_letter", "sending"): ("promised", "printed, to post"),
}
"""(Channel, state) → the same for what a person does."""

CHANNELS = {"email": "e-mail", "letter": "by post", "phone": "by phone", "registered_letter": "registered letter"}


@router.get("/dunning-runs")
def runs(call: Caller) -> Response:
    """The newest runs, and today's if there is one."""
    return call.page(Right.VIEW, "dunning/runs.html", _runs)


def _runs(work: Work) -> dict[str, Any]:
    found = listings.newest_runs(work.session)
    return {
        "runs": found,
        "has_today": any(run.on == work.today and run.scope == "all" for run in found),
        "may_dun": work.actor.may(Right.DUN),
    }


@router.post("/dunning-runs/plan")
def plan_today(call: Caller) -> Response:
    """Plans the run of today; when there is one already, nothing is added."""

    def do(work: Work) -> str:
        run = plan_run(work)
        return f"Run {run.number} is planned: {run.notices} notices. Nothing is sent before you approve."

    return call.form(Right.DUN, do, to="/dunning-runs")


@router.get("/dunning-runs/{number}")
def one_run(call: Caller, number: int, after: str | None = None, reason: str | None = None) -> Response:
    """One run: its notices, what it left alone and why."""
    return call.page(Right.VIEW, "dunning/run.html", lambda work: _one_run(work, number, after, reason))


def _one_run(work: Work, number: int, after: str | None, reason: str | None) -> dict[str, Any]:
    run = store.run_by_number(work.session, number)
    order = (Notice.level.desc(), Notice.total.desc(), Notice.number.asc())
    rows, cursor = rows_of(work.session, _notices(run), order, NOTICES_A_PAGE, after)
    totals = listings.notice_totals(work.session, run.id)
    not_reminded = listings.not_reminded(work.session, run.id)
    is_bank_data_poor = any(row.reason == Reason.BANK_DATA for row in not_reminded)
    return {
        "run": run,
        "pairs": [(row.Notice, row.Customer) for row in rows],
        "items": listings.line_counts(work.session, {row.Notice.id for row in rows}),
        "cursor": cursor,
        "after": after,
        "totals": _claimed(totals),
        "planned": sum(row.notices for row in totals if row.state == "planned"),
        "not_reminded": not_reminded,
        "poor_accounts": [each for of in freshness(work.session, run.on).values() for each in of]
        if is_bank_data_poor
        else (),
        "reason": reason,
        "left_alone": listings.left_alone(work.session, run.id, reason) if reason else (),
        "states": STATES,
        "by_hand": BY_HAND,
        "channels": CHANNELS,
        "paper": listings.letters_by_state(work.session, run.id),
        "is_printed": printing.has_print_file(work, run),
        "droppable": _droppable(row.Notice for row in rows) if work.actor.may(Right.DUN) else (),
        "may_dun": work.actor.may(Right.DUN),
    }


def _droppable(notices: Iterable[Notice]) -> list[UUID]:
    """Those that can be taken out here; one in doubt is decided among the notices."""
    return [notice.id for notice in notices if is_droppable(notice) and notice.state != "unknown"]


def _notices(run: DunningRun) -> Any:
    return select(Notice, Customer).join(Customer, Customer.id == Notice.customer_id).where(Notice.run_id == run.id)


def _claimed(totals: Iterable[AnyRow]) -> dict[str, int]:
    """Currency → what the notices that are not taken out ask for."""
    found: dict[str, int] = {}
    for row in totals:
        if row.state != "cancelled":
            found[row.currency] = found.get(row.currency, 0) + int(row.total)
    return found


@router.post("/dunning-runs/{number}/approve")
def approve_run(
    call: Caller, number: int, some: Annotated[str, Form()] = "", ids: Annotated[list[UUID] | None, Form()] = None
) -> Response:
    """Queues every notice of the run that was not dropped, or (`some`) those selected."""

    def do(work: Work) -> str:
        queued = approve(work, store.run_by_number(work.session, number), (ids or []) if some else None)
        return f"{queued} notices approved. They are checked once more before each is sent."

    return call.form(Right.DUN, do, to=f"/dunning-runs/{number}")


@router.post("/dunning-runs/{number}/notices/{notice_number}/drop")
def drop_notice(call: Caller, number: int, notice_number: int, reason: Annotated[str, Form()] = "") -> Response:
    """Takes one notice out; its items are free for the next run."""

    def do(work: Work) -> str:
        drop(work, store.notice_by_number(work.session, notice_number), reason.strip() or "dropped by hand")
        return "The notice is taken out. The next run looks at its items again."

    return call.form(Right.DUN, do, to=f"/dunning-runs/{number}")


@router.get("/notices/{number}/letter.pdf")
def letter(call: Caller, request: Request, number: int) -> Response:
    """The letter: the very bytes that were sent, or what would be written now."""
    call.actor_needs(Right.VIEW)
    notices: NoticeKind = request.app.state.system.notices

    def do(work: Work) -> bytes | Withdrawn:
        return notices.letter_pdf(work, store.notice_by_number(work.session, number))

    pdf = call.house.read(do, actor=call.actor, request_id=call.request_id)
    if isinstance(pdf, Withdrawn):
        raise Refused(f"There is no letter to write: {pdf.reason}")
    headers = {"Content-Disposition": f'inline; filename="notice-{number}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)
