"""The reasons customers contest for: `/api/v1/dispute-reasons`, and the page where a manager extends them."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from disputes import reasons
from disputes.reasons import INDISPENSABLE, REASONS
from disputes.shapes import ReasonShape
from runtime.shapes import Body, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(tags=["disputes"])


class Reason(Body):
    """What people read, and whether new cases may bear it."""

    label: str
    is_used: bool = True


def _all(session: Session) -> list[dict[str, Any]]:
    used = reasons.in_use(session)
    return [{"code": code, "label": label, "is_used": code in used} for code, label in reasons.labels(session).items()]


@router.get("/api/v1/dispute-reasons", response_model=Whole[ReasonShape])
def known(call: Caller) -> Response:
    """Every reason, those no longer used among them."""
    return call.read(Right.VIEW, lambda work: {"data": _all(work.session)})


@router.put("/api/v1/dispute-reasons/{code}", response_model=ReasonShape)
def put(call: Caller, code: str, body: Reason) -> Response:
    """Adds a reason, says it in other words, or retires it."""

    def do(work: Work) -> dict[str, Any]:
        made = reasons.put_reason(work, code, body.label, is_used=body.is_used)
        return {"code": made.code, "label": made.label, "is_used": made.is_used}

    return call.write(Right.POLICY, do)


@router.get("/dispute-reasons", include_in_schema=False)
def page(call: Caller) -> Response:
    """The reasons, and how to add one."""

    def show(work: Work) -> dict[str, Any]:
        own = {"shipped": REASONS, "indispensable": INDISPENSABLE, "may_change": work.actor.may(Right.POLICY)}
        return {"reasons": _all(work.session), **own}

    return call.page(Right.VIEW, "disputes/reasons.html", show)


@router.post("/dispute-reasons", include_in_schema=False)
def change(
    call: Caller,
    code: Annotated[str, Form()] = "",
    label: Annotated[str, Form()] = "",
    is_used: Annotated[str, Form()] = "yes",
) -> Response:
    """Adds or changes a reason."""

    def do(work: Work) -> str:
        made = reasons.put_reason(work, code.strip(), label, is_used=is_used == "yes")
        return f"“{made.label}” may be chosen." if made.is_used else f"“{made.label}” is not offered any more."

    return call.form(Right.POLICY, do, to="/dispute-reasons")
