"""`/api/v1/disputes`: open, read, comment, resolve, re-open."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from disputes import service, store
from disputes.service import Contest
from disputes.shapes import CommentShape, DisputeShape, DisputeWithComments
from disputes.tables import Dispute
from receivables import store as receivables
from receivables.imports import company_for
from receivables.tables import Customer
from runtime.lists import page_of
from runtime.openapi import NEEDS_IF_MATCH
from runtime.shapes import Body, Day, Page
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/disputes", tags=["disputes"])


Limit = Annotated[int, Query(ge=1, le=100)]


class Subject(Body):
    """What is contested, by the number people know."""

    kind: Literal["order", "order_line", "invoice", "invoice_line"]
    reference: str


class NewDispute(Body):
    """A case. `amount` absent contests all of it; `customer` is needed for an order nobody named before."""

    subject: Subject
    reason: str
    amount: str | None = None
    currency: str | None = None
    detected_on: Day | None = None
    notified_on: Day | None = None
    note: str = ""
    customer: str | None = None
    company: str | None = None


class Said(Body):
    """A comment."""

    text: str


class Ending(Body):
    """How a case ends; `accepted_amount` for a part."""

    outcome: Literal["accepted", "partly_accepted", "rejected"]
    accepted_amount: str | None = None
    note: str = ""


class Again(Body):
    """Why a case is opened again."""

    note: str = ""


@router.post("", status_code=201, response_model=DisputeShape)
def open_dispute(call: Caller, body: NewDispute) -> Response:
    """Opens a case; from this answer on nothing it contests is reminded."""

    def do(work: Work) -> dict[str, Any]:
        company = company_for(work, body.company)
        customer = receivables.customer_by_external_id(work.session, body.customer) if body.customer else None
        notified = body.notified_on or work.today
        currency = body.currency or _currency(work, body, company.currency)
        contest = Contest(
            body.subject.kind,
            body.subject.reference,
            body.reason,
            body.detected_on or notified,
            notified,
            _amount(body.amount, currency, "/amount"),
            currency,
            body.note,
            customer_id=customer.id if customer else None,
        )
        return _of(work, service.open_dispute(work, company, contest))

    return call.write(Right.DISPUTE, do, status=201)


def _currency(work: Work, body: NewDispute, default: str) -> str:
    if body.subject.kind != "invoice":
        return default
    return receivables.invoice_by_number(work.session, body.subject.reference).currency


def _amount(text: str | None, currency: str, pointer: str) -> int | None:
    if text is None:
        return None
    try:
        return parse_minor(text, currency)
    except NotAnAmount as error:
        raise Invalid.because(pointer, str(error), field=pointer.strip("/")) from error


@router.get("", response_model=Page[DisputeShape])
def disputes(
    call: Caller,
    state: Literal["open", "under_review", "resolved"] | None = None,
    customer: str | None = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> Response:
    """The cases, newest first; `state=open` includes those under review."""
    query = store.listing(state)
    if customer:
        query = query.where(Customer.external_id == customer)

    def read(work: Work) -> dict[str, Any]:
        return page_of(work.session, query, (Dispute.number.desc(),), limit, cursor, lambda row: _shown(row[0], row[1]))

    return call.read(Right.VIEW, read)


@router.get("/{dispute_id}", response_model=DisputeWithComments)
def dispute(call: Caller, dispute_id: UUID) -> Response:
    """One case with what was said on it."""

    def read(work: Work) -> dict[str, Any]:
        found = store.dispute(work.session, dispute_id)
        said = [
            {"author": each.author, "text": each.text, "at": each.at} for each in store.comments(work.session, found.id)
        ]
        return {**_of(work, found), "comments": said}

    return call.read(Right.VIEW, read)


@router.post("/{dispute_id}/comments", status_code=201, response_model=CommentShape)
def comment(call: Caller, dispute_id: UUID, body: Said) -> Response:
    """Adds a comment."""

    def do(work: Work) -> dict[str, Any]:
        said = service.comment(work, store.dispute(work.session, dispute_id), body.text)
        return {"author": said.author, "text": said.text, "at": said.at}

    return call.write(Right.DISPUTE, do, status=201)


@router.post("/{dispute_id}/resolve", response_model=DisputeShape, openapi_extra=NEEDS_IF_MATCH)
def resolve(call: Caller, dispute_id: UUID, body: Ending) -> Response:
    """Closes a case; its items are reminded again after the grace days. Needs If-Match."""
    call.expected_version()

    def do(work: Work) -> dict[str, Any]:
        found = _as_read(call, work, dispute_id)
        accepted = _amount(body.accepted_amount, found.currency, "/accepted_amount")
        service.resolve(work, found, body.outcome, accepted, body.note)
        return _of(work, found)

    return call.write(Right.DISPUTE, do)


@router.post("/{dispute_id}/reopen", response_model=DisputeShape, openapi_extra=NEEDS_IF_MATCH)
def reopen(call: Caller, dispute_id: UUID, body: Again) -> Response:
    """Opens a closed case again. Needs If-Match."""
    call.expected_version()

    def do(work: Work) -> dict[str, Any]:
        found = _as_read(call, work, dispute_id)
        service.reopen(work, found, body.note)
        return _of(work, found)

    return call.write(Right.DISPUTE, do)


def _as_read(call: Call, work: Work, dispute_id: UUID) -> Dispute:
    """The case, locked, in the version the caller read."""
    found = store.dispute(work.session, dispute_id)
    receivables.lock_customer(work.session, found.customer_id)
    work.session.refresh(found)
    call.must_match(found.version)
    return found


def _of(work: Work, found: Dispute) -> dict[str, Any]:
    return _shown(found, receivables.customer_of(work.session, found.customer_id).external_id)


def _shown(found: Dispute, customer: str) -> dict[str, Any]:
    def money(minor: int | None) -> str | None:
        return None if minor is None else decimal_text(minor, found.currency)

    return {
        "id": found.id,
        "case": found.number,
        "subject": {"kind": found.subject_kind, "reference": found.subject},
        "customer": customer,
        "reason": found.reason,
        "amount": money(found.amount),
        "currency": found.currency,
        "state": found.state,
        "outcome": found.outcome,
        "accepted_amount": money(found.accepted_amount),
        "detected_on": found.detected_on,
        "notified_on": found.notified_on,
        "resolved_at": found.resolved_at,
        "owner": found.owner,
        "note": found.note,
        "version": found.version,
    }
