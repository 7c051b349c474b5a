"""Disputes on the desk: the cases, one case with what it contests, and the steps it can take."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from disputes import deductions, store
from disputes.reasons import REASONS
from disputes.service import comment, contested_amount, reopen, resolve, review
from disputes.tables import Dispute
from receivables.tables import Company, Customer
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

FILTERS = {"open": "Open", "under_review": "Under review", "resolved": "Resolved", "all": "All"}
OUTCOMES = {
    "accepted": "accepted",
    "partly_accepted": "accepted in part",
    "rejected": "rejected",
    "settled": "closed itself: paid",
}


@router.get("/disputes")
def cases(call: Caller, state: str = "open") -> Response:
    """The cases of a state, newest first; `open` counts those under review too."""
    shown = state if state in FILTERS else "open"
    return call.page(Right.VIEW, "disputes/list.html", lambda work: _cases(work, shown))


def _cases(work: Work, shown: str) -> dict[str, Any]:
    counts = store.counts_by_state(work.session)
    counts["all"] = sum(counts.values())
    counts["open"] = counts.get("open", 0) + counts.get("under_review", 0)
    found = store.listed(work.session, None if shown == "all" else shown)
    return {
        "state": shown,
        "filters": FILTERS,
        "counts": counts,
        "cases": [(dispute, customer, contested_amount(work, dispute)) for dispute, customer in found],
        "reasons": REASONS,
        "outcomes": OUTCOMES,
        "proposals": deductions.proposals(work.session) if shown == "open" else (),
        "may_dispute": work.actor.may(Right.DISPUTE),
    }


@router.post("/deductions/{proposal_id}/open")
def open_deduction(call: Caller, proposal_id: UUID) -> Response:
    """Opens a case about what a short payment left unpaid."""

    def do(work: Work) -> str:
        made = deductions.open_case(work, deductions.proposal(work.session, proposal_id))
        return f"Case {made.number} is open; what was deducted is not reminded."

    return call.form(Right.DISPUTE, do, to="/disputes")


@router.post("/deductions/{proposal_id}/let-be")
def let_deduction_be(call: Caller, proposal_id: UUID) -> Response:
    """Makes no case of a short payment; its rest is reminded."""

    def do(work: Work) -> str:
        deductions.let_be(work, deductions.proposal(work.session, proposal_id))
        return "No case is made of it; the rest is reminded like everything else."

    return call.form(Right.DISPUTE, do, to="/disputes")


@router.get("/disputes/{number}")
def case(call: Caller, number: int) -> Response:
    """One case."""
    return call.page(Right.VIEW, "disputes/case.html", lambda work: _case(work, number))


def _case(work: Work, number: int) -> dict[str, Any]:
    dispute = store.dispute_by_number(work.session, number)
    contested = contested_amount(work, dispute)
    return {
        "case": dispute,
        "customer": work.session.get_one(Customer, dispute.customer_id),
        "company": work.session.get_one(Company, dispute.company_id),
        "contested": contested,
        "contested_text": decimal_text(contested, dispute.currency),
        "items": store.contested_with_invoices(work.session, dispute),
        "comments": store.comments(work.session, dispute.id),
        "reason": REASONS[dispute.reason],
        "outcomes": OUTCOMES,
        "may_dispute": work.actor.may(Right.DISPUTE),
    }


@router.post("/disputes/{number}/comments")
def add_comment(call: Caller, number: int, text: Annotated[str, Form()] = "") -> Response:
    """Adds something said to the case."""

    def do(work: Work) -> str:
        comment(work, store.dispute_by_number(work.session, number), text)
        return "Noted on the case."

    return call.form(Right.DISPUTE, do, to=f"/disputes/{number}")


@router.post("/disputes/{number}/review")
def look_into(call: Caller, number: int) -> Response:
    """Says that somebody looks into the case."""

    def do(work: Work) -> str:
        review(work, store.dispute_by_number(work.session, number))
        return f"Dispute {number} is under review."

    return call.form(Right.DISPUTE, do, to=f"/disputes/{number}")


@router.post("/disputes/{number}/resolve")
def close(
    call: Caller,
    number: int,
    outcome: Annotated[str, Form()] = "",
    accepted_amount: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Closes the case; what it contested is reminded again after the grace days."""

    def do(work: Work) -> str:
        dispute = store.dispute_by_number(work.session, number)
        accepted = _minor(accepted_amount, dispute) if outcome == "partly_accepted" else None
        resolve(work, dispute, outcome, accepted, note.strip())
        return f"Dispute {number} is resolved: {OUTCOMES[outcome]}."

    return call.form(Right.DISPUTE, do, to=f"/disputes/{number}")


def _minor(amount: str, dispute: Dispute) -> int:
    try:
        return parse_minor(amount, dispute.currency)
    except NotAnAmount as error:
        raise Invalid.because("/accepted_amount", str(error), field="accepted_amount") from error


@router.post("/disputes/{number}/reopen")
def open_again(call: Caller, number: int, note: Annotated[str, Form()] = "") -> Response:
    """Opens a closed case again; what it contests rests again."""

    def do(work: Work) -> str:
        reopen(work, store.dispute_by_number(work.session, number), note.strip())
        return f"Dispute {number} is open again."

    return call.form(Right.DISPUTE, do, to=f"/disputes/{number}")
