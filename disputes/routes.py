"""`/api/v1/disputes`: open, read, resolve, re-open. What else can be done with a case stands in `case_routes`."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from disputes import service, store
from disputes.service import Contest
from disputes.shapes import DisputeShape, Kind, Priority, SaidDoor, WholeDispute
from disputes.store import Wanted
from disputes.tables import Dispute, DisputeComment, DisputeFile, DisputeOrigin, DisputeStep
from receivables import store as receivables
from receivables.imports import company_for
from runtime.lists import page_of
from runtime.openapi import NEEDS_IF_MATCH
from runtime.shapes import Body, Day, Page
from runtime.tables import Document
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/disputes", tags=["disputes"])


Limit = Annotated[int, Query(ge=1, le=100)]


class Subject(Body):
    """What is contested, by the number people know."""

    kind: Kind
    reference: str


class NewDispute(Body):
    """A case. `amount` absent contests all of it; `customer` is needed for an order or delivery nobody named before.

    A line is named `number#line`. `product` is what the complaint is about, in your own words or codes; `door` says by
    which way it came, when it is not your role's own.
    """

    subject: Subject
    reason: str
    amount: str | None = None
    currency: str | None = None
    detected_on: Day | None = None
    notified_on: Day | None = None
    note: str = ""
    customer: str | None = None
    company: str | None = None
    owner: str = ""
    priority: Priority = "normal"
    product: str = ""
    door: SaidDoor | None = None


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
            body.owner,
            customer.id if customer else None,
            body.priority,
            body.product,
            body.door or "",
        )
        return shown_with_customer(work, service.open_dispute(work, company, contest))

    return call.write(Right.OPEN_DISPUTE, do, status=201)


def _currency(work: Work, body: NewDispute, default: str) -> str:
    if body.subject.kind not in service.INVOICE_KINDS:
        return default
    number = service.paper_number(body.subject.kind, body.subject.reference)
    return receivables.invoice_by_number(work.session, number).currency


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
    state: Literal["open", "under_review", "resolved", "credit_due", "closed"] | None = None,
    customer: str = "",
    reason: str = "",
    owner: str = "",
    priority: Priority | None = None,
    late: bool = False,
    q: str = "",
    limit: Limit = 50,
    cursor: str | None = None,
) -> Response:
    """The cases, newest first; `state=open` includes those under review, `late` those past their time to decide."""
    wanted = Wanted(state or "", reason, owner, priority or "", customer, q, late)

    def read(work: Work) -> dict[str, Any]:
        query = store.listing(wanted, work.now)
        return page_of(work.session, query, (Dispute.number.desc(),), limit, cursor, lambda row: shown(*row[:3]))

    return call.read(Right.READ_BACK, read)


@router.get("/{dispute_id}", response_model=WholeDispute)
def dispute(call: Caller, dispute_id: UUID) -> Response:
    """One case with its history, what was said and handed in, and what it is linked to."""
    return call.read(Right.READ_BACK, lambda work: _whole(work, store.dispute(work.session, dispute_id)))


def _whole(work: Work, found: Dispute) -> dict[str, Any]:
    return {
        **shown_with_customer(work, found),
        "comments": [shown_comment(each) for each in store.comments(work.session, found.id)],
        "attachments": [shown_file(*row) for row in store.files(work.session, found.id)],
        "history": [_shown_step(each, found.currency) for each in store.steps(work.session, found.id)],
        "linked": [each.number for each in store.linked(work.session, found.id)],
    }


@router.post("/{dispute_id}/resolve", response_model=DisputeShape, openapi_extra=NEEDS_IF_MATCH)
def resolve(call: Caller, dispute_id: UUID, body: Ending) -> Response:
    """Closes a case; its items are reminded again after the grace days. Needs If-Match."""
    call.expected_version()

    def do(work: Work) -> dict[str, Any]:
        found = as_read(call, work, dispute_id)
        accepted = _amount(body.accepted_amount, found.currency, "/accepted_amount")
        service.resolve(work, found, body.outcome, accepted, body.note)
        return shown_with_customer(work, found)

    return call.write(Right.DISPUTE, do)


@router.post("/{dispute_id}/reopen", response_model=DisputeShape, openapi_extra=NEEDS_IF_MATCH)
def reopen(call: Caller, dispute_id: UUID, body: Again) -> Response:
    """Opens a closed case again. Needs If-Match."""
    call.expected_version()

    def do(work: Work) -> dict[str, Any]:
        found = as_read(call, work, dispute_id)
        service.reopen(work, found, body.note)
        return shown_with_customer(work, found)

    return call.write(Right.DISPUTE, do)


def as_read(call: Call, work: Work, dispute_id: UUID) -> Dispute:
    """The case, locked, in the version the caller read."""
    found = store.dispute(work.session, dispute_id)
    receivables.lock_customer(work.session, found.customer_id)
    work.session.refresh(found)
    call.must_match(found.version)
    return found


def shown_with_customer(work: Work, found: Dispute) -> dict[str, Any]:
    """A case as the API hands it out."""
    customer = receivables.customer_of(work.session, found.customer_id).external_id
    return shown(found, customer, work.session.get(DisputeOrigin, found.id))


def shown(found: Dispute, customer: str, origin: DisputeOrigin | None) -> dict[str, Any]:
    """The same, when the customer's number and the origin are known."""

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
        "credit_due": money(found.credit_due),
        "door": origin.door if origin else None,
        "opened_by": origin.opened_by if origin else None,
        **{name: getattr(found, name) for name in _AS_THEY_ARE},
    }


_AS_THEY_ARE = (
    "detected_on", "notified_on", "resolved_at", "closed_at", "owner", "priority", "due_at", "escalated_at", "product",
    "note", "version",
)  # fmt: skip


def shown_comment(said: DisputeComment) -> dict[str, Any]:
    return {"author": said.author, "text": said.text, "is_public": said.is_public, "at": said.at}


def shown_file(kept: DisputeFile, document: Document) -> dict[str, Any]:
    facts = {"id": kept.id, "author": kept.author, "is_public": kept.is_public, "at": kept.at}
    return {**facts, "name": document.name, "size": document.size, "sha256": document.sha256}


def _shown_step(step: DisputeStep, currency: str) -> dict[str, Any]:
    amount = None if step.amount is None else decimal_text(step.amount, currency)
    return {
        "kind": step.kind, "outcome": step.outcome, "amount": amount, "note": step.note, "actor": step.actor,
        "at": step.at,
    }  # fmt: skip
