"""`/api/v1/policy-choices`: which policy counts for an invoice, a customer, a segment or a company."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from dunning import choices, standing
from dunning.precedence import Scope
from runtime.shapes import Body, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/policy-choices", tags=["dunning"])


class NewChoice(Body):
    """A choice to make: `policy` null takes back what was chosen. A `version` is for an invoice or a customer; without
    one it is the newest."""

    scope: Scope
    subject: str = Field(description="An invoice's number, a customer's id, a segment, or a company's code.")
    policy: str | None
    version: int | None = Field(None, ge=1, le=1_000_000)
    reason: str


class ChosenShape(Shape):
    """How many items that were reminded before stand under another version now."""

    moved: int


class ChoiceShape(Shape):
    """A choice that counts."""

    scope: Scope
    subject: str
    policy: str
    version: int | None = Field(description="Named for invoices; elsewhere items begin on the newest.")
    reason: str
    actor: str
    at: datetime


@router.get("", response_model=Whole[ChoiceShape])
def list_choices(call: Caller, scope: Scope | None = None) -> Response:
    """The choices that count. An invoice's comes before its customer's, that before its segment's, that before its
    company's; where nothing was chosen the policy `standard` counts."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": standing.choices_shown(work.session, *([scope] if scope else ()))}

    return call.read(Right.VIEW, read)


@router.post("", response_model=ChosenShape)
def choose(call: Caller, body: NewChoice) -> Response:
    """Chooses a policy. An invoice's and a customer's open items move to it at once and stay on their level; what is
    chosen for a segment or a company is where its items begin."""

    def do(work: Work) -> dict[str, Any]:
        moved = choices.choose(work, body.scope, body.subject, body.policy or "", body.reason, version=body.version)
        return {"moved": moved}

    return call.write(Right.POLICY, do)
