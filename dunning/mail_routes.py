"""`/api/v1/replies`: mail that came in, and what a person makes of it; addresses mail came back from."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from dunning import incoming
from dunning.mail_tables import IncomingMail
from dunning.reachable import dead_addresses
from runtime.lists import page_of
from runtime.shapes import Body, Day, Page, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])

Limit = Annotated[int, Query(ge=1, le=100)]
State = Literal["waiting", "done", "accepted", "dismissed"]


class About(Body):
    """The invoices a decision is about."""

    invoices: list[str] = Field(examples=[["F-1001"]], max_length=200)


class Promised(About):
    """A promise to pay them by a day."""

    promised_on: Day


class Disputed(About):
    """A complaint about them, with the reason a case bears."""

    reason: str = Field("other", examples=["delivery"])


class SaidPaid(About):
    """They are said to be paid; they are held through a day."""

    until: Day


class Seen(Body):
    """Nothing has to be done; why, when there is something to say."""

    reason: str = ""


class ReplyShape(Shape):
    """A mail that came in. `meaning` is what its words seem to say: a proposal, never acted upon by itself."""

    number: int
    kind: Literal["bounce", "automatic", "reply"]
    received_at: str
    sender: str
    subject: str
    text: str
    customer_id: str | None
    notice: int | None
    failed_address: str | None
    meaning: Literal["promise", "dispute", "paid"] | None
    quote: str
    promised_on: Day | None
    invoices: list[str]
    state: State
    decision: str


class DeadAddressShape(Shape):
    """An address mail came back from for good."""

    address: str
    reason: str


@router.get("/replies", response_model=Page[ReplyShape])
def replies(call: Caller, state: State | None = None, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Mail that came in, the newest first."""
    query = incoming.mails(state or "")
    return call.read(
        Right.VIEW,
        lambda work: page_of(work.session, query, (IncomingMail.number.desc(),), limit, cursor, _listed),
    )


@router.get("/replies/{number}", response_model=ReplyShape)
def one_reply(call: Caller, number: int) -> Response:
    """One mail."""
    return call.read(Right.VIEW, lambda work: _one(work, number))


@router.post("/replies/{number}/promise", response_model=ReplyShape)
def promise(call: Caller, number: int, body: Promised) -> Response:
    """Takes the mail as a promise; reminders of the invoices wait for it."""

    def do(work: Work) -> dict[str, Any]:
        mail = incoming.mail_by_number(work.session, number)
        incoming.accept_promise(work, mail, body.invoices, body.promised_on)
        return _one(work, number)

    return call.write(Right.HOLD, do)


@router.post("/replies/{number}/dispute", response_model=ReplyShape)
def dispute(call: Caller, number: int, body: Disputed) -> Response:
    """Takes the mail as a complaint: a case is opened for each invoice."""

    def do(work: Work) -> dict[str, Any]:
        incoming.accept_dispute(work, incoming.mail_by_number(work.session, number), body.invoices, body.reason)
        return _one(work, number)

    return call.write(Right.DISPUTE, do)


@router.post("/replies/{number}/paid", response_model=ReplyShape)
def paid(call: Caller, number: int, body: SaidPaid) -> Response:
    """Takes the customer's word that it is paid: the invoices are held through a day. No money is moved."""

    def do(work: Work) -> dict[str, Any]:
        incoming.accept_paid(work, incoming.mail_by_number(work.session, number), body.invoices, body.until)
        return _one(work, number)

    return call.write(Right.HOLD, do)


@router.post("/replies/{number}/dismiss", response_model=ReplyShape)
def dismiss(call: Caller, number: int, body: Seen) -> Response:
    """Says that the mail was seen and needs nothing."""

    def do(work: Work) -> dict[str, Any]:
        incoming.dismiss(work, incoming.mail_by_number(work.session, number), body.reason)
        return _one(work, number)

    return call.write(Right.HOLD, do)


@router.get("/dead-addresses", response_model=Whole[DeadAddressShape])
def list_dead_addresses(call: Caller) -> Response:
    """Addresses mail came back from for good; nothing is planned for them."""

    def read(work: Work) -> dict[str, Any]:
        found = dead_addresses(work.session)
        return {"data": [{"address": address, "reason": reason} for address, reason in sorted(found.items())]}

    return call.read(Right.VIEW, read)


@router.delete("/dead-addresses/{address}", response_model=DeadAddressShape)
def revive(call: Caller, address: str) -> Response:
    """Says that an address works again."""

    def do(work: Work) -> dict[str, Any]:
        incoming.revive(work, address)
        return {"address": address.lower(), "reason": "works again"}

    return call.write(Right.HOLD, do)


def _one(work: Work, number: int) -> dict[str, Any]:
    incoming.mail_by_number(work.session, number)
    work.session.flush()
    return _listed(work.session.execute(incoming.mails().where(IncomingMail.number == number)).one())


def _listed(row: Any) -> dict[str, Any]:
    mail, customer, notice = row[0], row[1], row[2]
    return {
        "number": mail.number,
        "kind": mail.kind,
        "received_at": mail.received_at.isoformat(),
        "sender": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "customer_id": customer.external_id if customer else None,
        "notice": notice.number if notice else None,
        "failed_address": mail.failed_address or None,
        "meaning": mail.meaning,
        "quote": mail.quote,
        "promised_on": mail.promised_on,
        "invoices": mail.invoices.split("\n") if mail.invoices else [],
        "state": mail.state,
        "decision": mail.decision,
    }
