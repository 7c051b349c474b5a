"""`/api/v1/credit/limit-proposals`: raises that wait for a second person."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from core.money import decimal_text
from credit import approvals
from credit.shapes import ProposalShape
from credit.tables import LimitProposal
from receivables.store import customer_of
from runtime.shapes import Body, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/credit/limit-proposals", tags=["credit"])


class Approval(Body):
    """The proposal as it was read: its hash."""

    hash: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class Rejection(Body):
    """Why a raise is turned down."""

    note: str = Field("", examples=["Not before the annual accounts"])


@router.get("", response_model=Whole[ProposalShape])
def proposals(call: Caller) -> Response:
    """Raises that wait for a second person, the oldest first."""

    def read(work: Work) -> dict[str, Any]:
        rows = approvals.open_proposals(work)
        return {"data": [shown_proposal(row.LimitProposal, row.Customer.external_id) for row in rows]}

    return call.read(Right.VIEW, read)


@router.post("/{proposal_id}/approve", response_model=ProposalShape)
def approve(call: Caller, proposal_id: UUID, body: Approval) -> Response:
    """Puts a raise in force; refused to whoever proposed it and to every key."""
    return call.write(Right.CREDIT, lambda work: _named(work, approvals.approve(work, proposal_id, body.hash)))


@router.post("/{proposal_id}/reject", response_model=ProposalShape)
def reject(call: Caller, proposal_id: UUID, body: Rejection) -> Response:
    """Turns a raise down, or takes one's own back."""
    return call.write(Right.CREDIT, lambda work: _named(work, approvals.reject(work, proposal_id, body.note)))


def _named(work: Work, made: LimitProposal) -> dict[str, Any]:
    return shown_proposal(made, customer_of(work.session, made.customer_id).external_id)


def shown_proposal(made: LimitProposal, customer: str) -> dict[str, Any]:
    """A proposal as the API tells it."""
    said = ("id", "scope", "currency", "from_on", "until_on", "reason", "note", "state")
    names = (*said, "maker", "made_at", "expires_at")
    return {
        **{name: getattr(made, name) for name in names},
        "customer_id": customer,
        "amount": decimal_text(made.amount, made.currency),
        "insured": decimal_text(made.insured, made.currency),
        "hash": made.proposed_hash,
        "decided_by": made.decided_by,
        "decided_at": made.decided_at,
    }
