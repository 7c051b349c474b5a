"""`/api/v1`: lists of notices, promises and holds, and the letter of a notice."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from core.errors import Refused
from core.money import decimal_text
from dunning import store, waiting
from dunning.delivery import NoticeKind
from dunning.routes import notice_shown
from dunning.shapes import NoticeOfCustomer
from dunning.tables import Notice, Promise
from runtime.dispatch import Withdrawn
from runtime.lists import page_of
from runtime.shapes import Amount, Currency, Page, Shape, Whole
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
    """A hold that runs; `invoice_number` null holds all of the customer."""

    id: UUID
    customer_id: str
    invoice_number: str | None
    reason: str
    since: date
    until: date | None


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
    call: Caller, state: PromiseState | None = None, q: str = "", limit: Limit = 50, cursor: str | None = None
) -> Response:
    """Promises by their day."""
    query = waiting.promises(state, q)
    return call.read(
        Right.VIEW,
        lambda work: page_of(work.session, query, (Promise.promised_on, Promise.id), limit, cursor, _promise),
    )


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
        return {"data": [_hold(*row) for row in waiting.running_holds(work.session, work.today, q)]}

    return call.read(Right.VIEW, read)


def _hold(
    hold_id: UUID, customer: Any, number: str | None, reason: str, since: date, until: date | None, actor: str
) -> dict[str, Any]:
    return {
        "id": hold_id,
        "customer_id": customer.external_id,
        "invoice_number": number,
        "reason": reason,
        "since": since,
        "until": until,
    }
