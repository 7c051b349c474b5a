"""Disputes on the desk: the board, the list, one case with all that is known of it, and the steps it can take."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import Response

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from disputes import care, deductions, files, gathering, reasons, store
from disputes.case_routes import archive_of, hand_out
from disputes.service import DOORS, comment, contested_amount, reopen, resolve, review
from disputes.store import Wanted
from disputes.tables import Dispute, DisputeOrigin
from receivables.tables import Company, Customer
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
Sought = Annotated[str, Query(max_length=200)]

VIEWS = {
    "open": "Open",
    "under_review": "Under review",
    "credit_due": "Credit note to come",
    "closed": "Closed",
    "all": "All",
}
OUTCOMES = {
    "accepted": "accepted",
    "partly_accepted": "accepted in part",
    "rejected": "rejected",
    "settled": "closed itself: paid",
    "merged": "merged",
}
STEPS = {
    "opened": "Opened",
    "reviewed": "Under review",
    "resolved": "Decided",
    "reopened": "Opened again",
    "credited": "Credit note came",
    "credit_undone": "Credit note taken back",
    "assigned": "Given to",
    "prioritised": "Priority",
    "escalated": "Not decided in time, priority raised to",
    "linked": "Linked with",
    "took_in": "Took in",
    "file_added": "File handed in",
}
BOARD = ("open", "under_review", "credit_due")
MOST_CARDS = 30
"""Cards a column of the board shows; the rest is in the list."""


@router.get("/disputes")
def cases(
    call: Caller,
    state: str = "open",
    q: Sought = "",
    reason: Sought = "",
    owner: Sought = "",
    priority: Sought = "",
    late: Sought = "",
) -> Response:
    """The cases of a state, newest first; `open` counts those under review too."""
    shown = state if state in VIEWS else "open"
    wanted = Wanted("" if shown == "all" else shown, reason, owner, priority, "", q, bool(late))
    return call.page(Right.VIEW, "disputes/list.html", lambda work: _cases(work, shown, wanted))


def _cases(work: Work, shown: str, wanted: Wanted) -> dict[str, Any]:
    counts = store.counts_by_state(work.session)
    counts["all"] = sum(counts.values())
    counts["open"] = counts.get("open", 0) + counts.get("under_review", 0)
    found = store.with_customers(work.session, wanted, work.now)
    return {
        "state": shown,
        "views": VIEWS,
        "wanted": wanted,
        "counts": counts,
        "cases": [(dispute, customer, contested_amount(work, dispute)) for dispute, customer in found],
        "reasons": reasons.labels(work.session),
        "owners": [("", "Everybody"), *((each, each) for each in store.owners(work.session) if each)],
        "priorities": care.PRIORITIES,
        "outcomes": OUTCOMES,
        "now": work.now,
        "proposals": deductions.proposals(work.session) if shown == "open" else (),
        "may_dispute": work.actor.may(Right.DISPUTE),
    }


@router.get("/disputes/board")
def board(call: Caller) -> Response:
    """The cases that are not closed, a column for each state, the first to be decided on top."""
    return call.page(Right.VIEW, "disputes/board.html", _board)


def _board(work: Work) -> dict[str, Any]:
    columns = []
    for state in BOARD:
        rows = store.with_customers(work.session, Wanted(state), work.now)
        own = [row for row in rows if state != "open" or row[0].state == "open"]
        cards = sorted(own, key=lambda row: row[0].due_at)
        shown = [(case, customer, contested_amount(work, case)) for case, customer in cards[:MOST_CARDS]]
        columns.append((state, "New" if state == "open" else VIEWS[state], len(cards), shown))
    return {"columns": columns, "reasons": reasons.labels(work.session), "now": work.now}


# ── short payments ──────────────────────────────────────────────────────────────────────────────


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


# ── one case ────────────────────────────────────────────────────────────────────────────────────


@router.get("/disputes/{number}")
def case(call: Caller, number: int) -> Response:
    """One case."""
    return call.page(Right.VIEW, "disputes/case.html", lambda work: _case(work, number))


def _case(work: Work, number: int) -> dict[str, Any]:
    dispute = store.dispute_by_number(work.session, number)
    contested = contested_amount(work, dispute)
    merged_into = work.session.get(Dispute, dispute.merged_into_id) if dispute.merged_into_id else None
    return {
        "case": dispute,
        "customer": work.session.get_one(Customer, dispute.customer_id),
        "company": work.session.get_one(Company, dispute.company_id),
        "contested": contested,
        "contested_text": decimal_text(contested, dispute.currency),
        "items": store.contested_with_invoices(work.session, dispute),
        "comments": store.comments(work.session, dispute.id),
        "files": store.files(work.session, dispute.id),
        "steps": store.steps(work.session, dispute.id),
        "step_words": STEPS,
        "linked": store.linked(work.session, dispute.id),
        "merged_into": merged_into,
        "origin": work.session.get(DisputeOrigin, dispute.id),
        "doors": DOORS,
        "reason": reasons.labels(work.session)[dispute.reason],
        "outcomes": OUTCOMES,
        "priorities": care.PRIORITIES,
        "now": work.now,
        "may_dispute": work.actor.may(Right.DISPUTE),
    }


def _act(call: Call, number: int, do: Callable[[Work, Dispute], str]) -> Response:
    """Does something with a case and shows it."""

    def act(work: Work) -> str:
        return do(work, store.dispute_by_number(work.session, number))

    return call.form(Right.DISPUTE, act, to=f"/disputes/{number}")


@router.post("/disputes/{number}/comments")
def add_comment(call: Caller, number: int, text: Text = "", is_public: Text = "") -> Response:
    """Adds something said to the case."""

    def do(work: Work, found: Dispute) -> str:
        comment(work, found, text, is_public=bool(is_public))
        return "Noted on the case."

    return _act(call, number, do)


@router.post("/disputes/{number}/attachments")
def attach(call: Caller, number: int, file: UploadFile, is_public: Text = "") -> Response:
    """Hands in a file."""
    content, name = file.file.read(), file.filename or ""

    def do(work: Work, found: Dispute) -> str:
        _, document = files.attach(work, archive_of(call), found, content, name, is_public=bool(is_public))
        return f"{document.name} is kept with the case."

    return _act(call, number, do)


@router.get("/disputes/{number}/attachments/{file_id}")
def attachment(call: Caller, number: int, file_id: UUID) -> Response:
    """A file of the case."""
    return hand_out(call, lambda work: store.dispute_by_number(work.session, number), file_id)


@router.post("/disputes/{number}/care")
def look_after(call: Caller, number: int, owner: Text = "", priority: Text = "") -> Response:
    """Gives the case another owner and priority."""

    def do(work: Work, found: Dispute) -> str:
        care.assign(work, found, owner)
        care.prioritise(work, found, priority)
        return f"{found.owner} looks after it, priority {found.priority}."

    return _act(call, number, do)


@router.post("/disputes/{number}/review")
def look_into(call: Caller, number: int) -> Response:
    """Says that somebody looks into the case."""

    def do(work: Work, found: Dispute) -> str:
        review(work, found)
        return f"Dispute {number} is under review."

    return _act(call, number, do)


@router.post("/disputes/{number}/merge")
def merge(call: Caller, number: int, other: Annotated[int, Form()]) -> Response:
    """Ends the case because another one says the same."""

    def do(work: Work, found: Dispute) -> str:
        gathering.merge(work, found, store.dispute_by_number(work.session, other))
        return f"It goes on in case {other}."

    return _act(call, number, do)


@router.post("/disputes/{number}/links")
def link(call: Caller, number: int, other: Annotated[int, Form()]) -> Response:
    """Says that the case has to do with another one."""

    def do(work: Work, found: Dispute) -> str:
        gathering.link(work, found, store.dispute_by_number(work.session, other))
        return f"Linked with case {other}."

    return _act(call, number, do)


@router.post("/disputes/{number}/resolve")
def decide(call: Caller, number: int, outcome: Text = "", accepted_amount: Text = "", note: Text = "") -> Response:
    """Decides the case; what it does not accept is reminded again after the grace days."""

    def do(work: Work, found: Dispute) -> str:
        accepted = _minor(accepted_amount, found) if outcome == "partly_accepted" else None
        resolve(work, found, outcome, accepted, note.strip())
        return f"Dispute {number} is resolved: {OUTCOMES[outcome]}."

    return _act(call, number, do)


def _minor(amount: str, dispute: Dispute) -> int:
    try:
        return parse_minor(amount, dispute.currency)
    except NotAnAmount as error:
        raise Invalid.because("/accepted_amount", str(error), field="accepted_amount") from error


@router.post("/disputes/{number}/reopen")
def open_again(call: Caller, number: int, note: Text = "") -> Response:
    """Opens a decided case again; what it contests rests again."""

    def do(work: Work, found: Dispute) -> str:
        reopen(work, found, note.strip())
        return f"Dispute {number} is open again."

    return _act(call, number, do)
