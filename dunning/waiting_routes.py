"""`/api/v1`: lists of notices, promises and holds, the letter of a notice, and the terms of agreements."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from core.errors import Refused
from core.money import decimal_text
from dunning import agreements, pauses, store, waiting
from dunning.delivery import NoticeKind
from dunning.promise_calendar import KeptRate, kept_rates
from dunning.routes import notice_shown
from dunning.shapes import NoticeOfCustomer
from dunning.tables import Notice, Promise
from runtime.dispatch import Withdrawn
from runtime.lists import page_of
from runtime.shapes import Amount, Body, Currency, Day, Page, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])

Limit = Annotated[int, Query(ge=1, le=100)]
NoticeState = Literal[
    "planned",
    "approved",
    "queued",
    "sending",
    "sent",
    "deferred",
    "refused",
    "unknown",
    "cancelled",
    "in_doubt",
    "by_hand",
]  # fmt: skip
PromiseState = Literal["open", "kept", "partly_kept", "broken", "withdrawn"]


class PromiseListed(Shape):
    """A customer's word about an invoice."""

    id: UUID
    invoice_number: str
    customer_id: str
    amount: Amount
    currency: Currency
    promised_on: date
    state: PromiseState
    note: str


class HoldListed(Shape):
    """A hold that runs; `invoice_number` null holds all of the customer, `instalment` null all of the invoice."""

    id: UUID
    customer_id: str
    invoice_number: str | None
    instalment: int | None
    reason: str
    since: date
    until: date | None
    review_on: date | None


class HoldReview(Body):
    """What somebody saw who looked at a hold; `until` prolongs or shortens it, `review_on` is the next look."""

    note: str
    until: Day | None = None
    review_on: Day | None = None


class ReviewedShape(Shape):
    """A hold somebody looked at."""

    id: UUID
    until: date
    review_on: date


class NewTerms(Body):
    """The next version of the limits, whole; `GET` shows the members there are."""

    body: dict[str, Any]


class TermsShape(Shape):
    """The limits of promises, plans and holds."""

    version: int
    body: dict[str, Any]


class KeptShape(Shape):
    """How a customer kept promises."""

    customer_id: str
    name: str
    kept: int
    partly_kept: int
    broken: int
    kept_percent: str = Field(examples=["66.7"])


@router.get("/notices", response_model=Page[NoticeOfCustomer])
def notices(
    call: Caller, state: NoticeState | None = None, q: str = "", limit: Limit = 50, cursor: str | None = None
) -> Response:
    """Notices, the newest first; `in_doubt` are those that wait for a person, `by_hand` calls and
    registered letters to be done, `q` is part of a customer."""
    query = waiting.notices(state or "", q)
    return call.read(
        Right.VIEW,
        lambda work: page_of(work.session, query, (Notice.number.desc(),), limit, cursor, _listed),
    )


def _listed(row: Any) -> dict[str, Any]:
    return {**notice_shown(row.Notice), "customer_id": row.Customer.external_id}


@router.get(
    "/notices/{notice_id}/letter.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The letter."}},
)
def letter(call: Caller, request: Request, notice_id: UUID) -> Response:
    """The letter: the very bytes that were sent, or what would be written now."""
    call.actor_needs(Right.VIEW)
    drawn: NoticeKind = request.app.state.system.notices

    def do(work: Work) -> bytes | Withdrawn:
        return drawn.letter_pdf(work, store.notice(work.session, notice_id))

    pdf = call.house.read(do, actor=call.actor, request_id=call.request_id)
    if isinstance(pdf, Withdrawn):
        raise Refused(f"There is no letter to write: {pdf.reason}")
    return Response(pdf, media_type="application/pdf")


@router.get("/promises", response_model=Page[PromiseListed])
def promises(
    call: Caller,
    state: PromiseState | None = None,
    customer: str = "",
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    q: str = "",
    limit: Limit = 50,
    cursor: str | None = None,
) -> Response:
    """Promises by their day: of a state, of a customer's id, promised for days in between."""
    query = waiting.promises(state, q, customer=customer, first=first, last=last)
    return call.read(
        Right.VIEW,
        lambda work: page_of(work.session, query, (Promise.promised_on, Promise.id), limit, cursor, _promise),
    )


@router.get("/reports/kept-promises", response_model=Whole[KeptShape], tags=["reports"])
def kept_promises(
    call: Caller,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
) -> Response:
    """How customers kept the promises for these days, the worst first; those never judged are left out."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_kept(each) for each in kept_rates(work.session, first, last)]}

    return call.read(Right.VIEW, read)


def _kept(rate: KeptRate) -> dict[str, Any]:
    return {
        "customer_id": rate.customer.external_id,
        "name": rate.customer.name,
        "kept": rate.kept,
        "partly_kept": rate.partly_kept,
        "broken": rate.broken,
        "kept_percent": f"{rate.share * 100:.1f}",
    }


def _promise(row: Any) -> dict[str, Any]:
    made: Promise = row.Promise
    return {
        "id": made.id,
        "invoice_number": row.Invoice.number,
        "customer_id": row.Customer.external_id,
        "amount": decimal_text(made.amount, made.currency),
        "currency": made.currency,
        "promised_on": made.promised_on,
        "state": made.state,
        "note": made.note,
    }


@router.get("/holds", response_model=Whole[HoldListed])
def holds(call: Caller, q: str = "") -> Response:
    """Holds that run today, those that end first on top."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_hold(each) for each in waiting.running_holds(work.session, work.today, q)]}

    return call.read(Right.VIEW, read)


def _hold(each: waiting.RunningHold) -> dict[str, Any]:
    return {
        "id": each.hold_id,
        "customer_id": each.customer.external_id,
        "invoice_number": each.invoice,
        "instalment": each.instalment,
        "reason": each.reason,
        "since": each.since,
        "until": each.through,
        "review_on": each.review_on,
    }


@router.post("/holds/{hold_id}/review", response_model=ReviewedShape)
def review_hold(call: Caller, hold_id: UUID, body: HoldReview) -> Response:
    """Notes that somebody looked at a hold and lets it stand, perhaps through another day."""

    def do(work: Work) -> dict[str, Any]:
        until, review_on = pauses.review_hold(work, hold_id, body.note, body.until, body.review_on)
        return {"id": hold_id, "until": until, "review_on": review_on}

    return call.write(Right.HOLD, do)


# ── terms ───────────────────────────────────────────────────────────────────────────────────────


@router.get("/agreement-terms", response_model=TermsShape)
def terms(call: Caller) -> Response:
    """The limits of promises, plans and holds in force."""
    return call.read(Right.VIEW, lambda work: _terms(work))


@router.put("/agreement-terms", response_model=TermsShape)
def put_terms(call: Caller, body: NewTerms) -> Response:
    """Stores the next version of the limits; what stands already is not judged anew."""

    def do(work: Work) -> dict[str, Any]:
        agreements.put_terms(work, body.body)
        return _terms(work)

    return call.write(Right.POLICY, do)


def _terms(work: Work) -> dict[str, Any]:
    return {"version": agreements.terms_in_force(work.session).version, "body": agreements.body_in_force(work.session)}
