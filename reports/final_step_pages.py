"""Final steps on the desk: what waits to be handed over or written off, and what lies with an agency or a court."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from dunning import final_steps, final_store
from dunning.final_tables import FinalStep
from dunning.plan_store import items_named
from dunning.policy import FinalKind
from reports.final_step_routes import pack_response, room_of
from runtime.lists import rows_of
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50
STATES = {
    "proposed": ("paused", "to decide"),
    "asked": ("promised", "to approve"),
    "handed_over": ("disputed", "handed over"),
    "written_off": ("quiet", "written off"),
    "taken_back": ("quiet", "taken back"),
    "dropped": ("quiet", "dropped"),
}
"""State → the colour and the words it is shown with."""
KINDS = {"agency": "Agency", "court": "Court", "write_off": "Write-off"}
PAGE = "/final-steps"

Text = Annotated[str, Form(max_length=500)]


@router.get("/final-steps")
def steps(call: Caller, state: str = "", kind: str = "", q: str = "", after: str | None = None) -> Response:
    """Final steps, the newest first, by state, kind and customer."""
    return call.page(Right.VIEW, "reports/final_steps.html", lambda work: _steps(work, state, kind, q, after))


def _steps(work: Work, state: str, kind: str, q: str, after: str | None) -> dict[str, Any]:
    shown = state if state in STATES else ""
    query = final_store.listed(shown, kind if kind in KINDS else "", q)
    rows, cursor = rows_of(work.session, query, (FinalStep.number.desc(),), ROWS_A_PAGE, after)
    ids = [row.FinalStep.id for row in rows]
    counts = final_store.counts(work.session)
    words = {"": "All", **{key: said.capitalize() for key, (_, said) in STATES.items()}}
    return {
        "rows": [(row[0], row[1]) for row in rows],
        "invoices": final_store.invoices_of(work.session, ids),
        "left": final_store.open_now(work.session, ids),
        "states": STATES,
        "kinds": KINDS,
        "state": shown,
        "kind": kind,
        "q": q,
        "tabs_of": [
            {"label": said, "href": f"{PAGE}?state={key}" if key else PAGE, "active": key == shown,
             "count": (counts.get(key) or None) if key else None}
            for key, said in words.items()
        ],
        "cursor": cursor,
        "after": after,
        "may_dun": work.actor.may(Right.DUN),
        "may_write_off": work.actor.may(Right.WRITE_OFF),
        "me": str(work.actor),
    }  # fmt: skip


@router.post("/final-steps")
def begin(
    call: Caller, number: Text = "", kind: Annotated[FinalKind, Form()] = "agency", to: Text = "", reason: Text = ""
) -> Response:
    """Proposes a final step for an invoice by hand."""

    def do(work: Work) -> str:
        made = final_steps.begin(work, items_named(work.session, [(number, None)]), kind, to, reason)
        return f"Final step {made.number} is proposed; decide it here."

    return call.form(Right.DUN, do, to=f"{PAGE}?state=proposed")


@router.post("/final-steps/{step_id}/hand-over")
def hand_over(call: Caller, request: Request, step_id: UUID, to: Text = "", reason: Text = "") -> Response:
    """Makes the evidence pack and hands over."""

    def do() -> str:
        call.actor_needs(Right.EXPORT)
        room_of(call, request).hand_over(step_id, to, reason)
        return "It is handed over, with the evidence of today. No reminder goes out about it."

    return call.act(Right.DUN, do, to=f"{PAGE}?state=handed_over")


@router.post("/final-steps/{step_id}/drop")
def drop(call: Caller, step_id: UUID, reason: Text = "") -> Response:
    """Gives a proposal up."""

    def do(work: Work) -> str:
        final_steps.drop(work, step_id, reason)
        return "It is dropped. No run proposes it again by itself."

    return call.form(Right.DUN, do, to=PAGE)


@router.post("/final-steps/{step_id}/take-back")
def take_back(call: Caller, step_id: UUID, reason: Text = "") -> Response:
    """Takes it back from the agency or the court."""

    def do(work: Work) -> str:
        final_steps.take_back(work, step_id, reason)
        return "It is taken back. Its items may be reminded again."

    return call.form(Right.DUN, do, to=PAGE)


@router.post("/final-steps/{step_id}/ask")
def ask(call: Caller, step_id: UUID, reason: Text = "") -> Response:
    """Asks for a write-off."""

    def do(work: Work) -> str:
        final_steps.ask_write_off(work, step_id, reason)
        return "The write-off is asked for. Somebody else approves it within 72 hours."

    return call.form(Right.DUN, do, to=f"{PAGE}?state=asked")


@router.post("/final-steps/{step_id}/approve")
def approve(call: Caller, step_id: UUID) -> Response:
    """Writes off what was asked for."""

    def do(work: Work) -> str:
        final_steps.approve_write_off(work, step_id)
        return "It is written off."

    return call.form(Right.WRITE_OFF, do, to=PAGE)


@router.get("/final-steps/{step_id}/evidence.zip")
def evidence_pack(call: Caller, request: Request, step_id: UUID) -> Response:
    """The evidence pack as it was handed over."""
    return pack_response(call, request, step_id)
