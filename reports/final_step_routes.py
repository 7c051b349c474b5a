"""`/api/v1/final-steps`: what comes after the last level: agency, court, write-off."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from core.errors import Refused
from core.money import decimal_text
from dunning import final_steps, final_store
from dunning.final_tables import FinalStep
from dunning.plan_store import items_named
from dunning.policy import FinalKind
from reports.handing_over import HandingOver, evidence_of
from runtime.lists import page_of
from runtime.shapes import Amount, Body, Currency, Page, Shape
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/final-steps", tags=["dunning"])

Limit = Annotated[int, Query(ge=1, le=100)]
State = Literal["proposed", "asked", "handed_over", "written_off", "taken_back", "dropped"]


class NewFinalStep(Body):
    """Overdue invoices of one customer, company and currency to go further, whatever level they have reached."""

    invoices: list[str]
    kind: FinalKind
    to: str = Field("", description="The agency or court.")
    reason: str


class HandOver(Body):
    """To whom; empty as the policy or the proposal says."""

    to: str = ""
    reason: str = ""


class Why(Body):
    """A reason a person gives."""

    reason: str


class FinalStepShape(Shape):
    """Items that go further, and how far they are."""

    id: UUID
    number: int
    customer_id: str
    company: str
    kind: FinalKind
    state: State
    to: str
    total: Amount
    open: Amount = Field(description="What is open of its items now.")
    currency: Currency
    invoices: list[str]
    reason: str
    proposed_at: datetime
    done_at: datetime | None
    ended_at: datetime | None
    has_evidence: bool


@router.get("", response_model=Page[FinalStepShape])
def list_steps(
    call: Caller, state: State | None = None, kind: FinalKind | None = None, customer: str = "", limit: Limit = 50,
    cursor: str | None = None,
) -> Response:  # fmt: skip
    """Final steps, the newest first."""
    query = final_store.listed(state or "", kind or "", customer)

    def read(work: Work) -> dict[str, Any]:
        return page_of(
            work.session, query, (FinalStep.number.desc(),), limit, cursor, lambda row: shown(work, *row[:3])
        )

    return call.read(Right.VIEW, read)


@router.post("", status_code=201, response_model=FinalStepShape)
def begin(call: Caller, body: NewFinalStep) -> Response:
    """Proposes a final step by hand. Nothing happens to its items before it is handed over or approved."""

    def do(work: Work) -> dict[str, Any]:
        items = items_named(work.session, [(number, None) for number in body.invoices])
        return _again(work, final_steps.begin(work, items, body.kind, body.to, body.reason).id)

    return call.write(Right.DUN, do, status=201)


@router.get("/{step_id}", response_model=FinalStepShape)
def one(call: Caller, step_id: UUID) -> Response:
    """One final step."""
    return call.read(Right.VIEW, lambda work: _again(work, step_id))


@router.post("/{step_id}/hand-over", response_model=FinalStepShape)
def hand_over(call: Caller, request: Request, step_id: UUID, body: HandOver) -> Response:
    """Makes the evidence pack and hands over; reminders of its items stop. What is paid, disputed, promised or held is
    let go."""
    call.actor_needs(Right.DUN)
    call.actor_needs(Right.EXPORT)
    room_of(call, request).hand_over(step_id, body.to, body.reason)
    return call.read(Right.VIEW, lambda work: _again(work, step_id))


@router.post("/{step_id}/take-back", response_model=FinalStepShape)
def take_back(call: Caller, step_id: UUID, body: Why) -> Response:
    """Takes it back from the agency or the court; its items may be reminded again."""
    return call.write(Right.DUN, lambda work: _again(work, final_steps.take_back(work, step_id, body.reason).id))


@router.post("/{step_id}/drop", response_model=FinalStepShape)
def drop(call: Caller, step_id: UUID, body: Why) -> Response:
    """Gives a proposal up; no run proposes it again by itself."""
    return call.write(Right.DUN, lambda work: _again(work, final_steps.drop(work, step_id, body.reason).id))


@router.post("/{step_id}/ask", response_model=FinalStepShape)
def ask(call: Caller, step_id: UUID, body: Why) -> Response:
    """Asks for a write-off; another person approves it within 72 hours."""
    return call.write(Right.DUN, lambda work: _again(work, final_steps.ask_write_off(work, step_id, body.reason).id))


@router.post("/{step_id}/approve", response_model=FinalStepShape)
def approve(call: Caller, step_id: UUID) -> Response:
    """Writes off exactly what was asked for. Not for whoever asked, and not for programs."""
    do = lambda work: _again(work, final_steps.approve_write_off(work, step_id).id)  # noqa: E731
    return call.write(Right.WRITE_OFF, do)


ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}, "description": "The pack."}}


@router.get("/{step_id}/evidence.zip", response_class=Response, responses=ZIP)
def evidence_pack(call: Caller, request: Request, step_id: UUID) -> Response:
    """The evidence pack as it was handed over."""
    return pack_response(call, request, step_id)


def pack_response(call: Call, request: Request, step_id: UUID) -> Response:
    """The evidence pack as a download, for programs and for pages."""
    call.actor_needs(Right.EXPORT)
    archive = request.app.state.system.archive

    def read(work: Work) -> tuple[int, bytes | None]:
        step = final_store.step(work.session, step_id)
        return step.number, evidence_of(work, archive, step)

    number, content = call.house.read(read, actor=call.actor, request_id=call.request_id)
    if content is None:
        raise Refused("It was not handed over; there is no evidence pack.")
    headers = {"Content-Disposition": f'attachment; filename="evidence-{number}.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


def room_of(call: Call, request: Request) -> HandingOver:
    """The hands of whoever asks."""
    system = request.app.state.system
    return HandingOver(call.house, system.notices, system.archive, call.actor)


def _again(work: Work, step_id: UUID) -> dict[str, Any]:
    work.session.flush()
    step = final_store.step(work.session, step_id)
    return shown(work, *work.session.execute(final_store.listed().where(FinalStep.id == step.id)).one())


def shown(work: Work, step: FinalStep, customer: Any, company: str) -> dict[str, Any]:
    """A final step as the API says it."""
    names = ("id", "number", "kind", "state", "currency", "reason", "proposed_at", "done_at", "ended_at")
    left = final_store.open_now(work.session, [step.id]).get(step.id, 0)
    return {
        **{name: getattr(step, name) for name in names},
        "customer_id": customer.external_id,
        "company": company,
        "to": step.recipient,
        "total": decimal_text(step.total, step.currency),
        "open": decimal_text(left, step.currency),
        "invoices": final_store.invoices_of(work.session, [step.id]).get(step.id, []),
        "has_evidence": step.document_id is not None,
    }
