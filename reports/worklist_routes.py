"""`/api/v1`: the worklist, and what a person does with a line of it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core.money import decimal_text
from dunning import contacts
from dunning.contacts import Call, PromiseSaid
from receivables import store
from receivables.tables import Company, Customer
from reports.said import amount_said, contested
from reports.shapes import TaskShape
from reports.today import Task, tasks
from reports.worklist import Line
from runtime.shapes import Body, Day, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["reports"])

CompanyCode = Annotated[str | None, Query(description="A company's code; the only or first one when absent.")]


class PromiseOnCall(Body):
    """What was promised on a call; `amount` absent is all that is open."""

    invoice_number: str
    promised_on: Day
    amount: str = ""


class DisputeOnCall(Body):
    """What was contested on a call; `amount` absent is all of it."""

    invoice_number: str
    reason: str
    amount: str = ""


class NewCall(Body):
    """A call and what came of it; with `promised` comes the promise, with `disputes` what is contested."""

    outcome: contacts.Outcome
    note: str = ""
    next_on: Day | None = None
    promise: PromiseOnCall | None = None
    dispute: DisputeOnCall | None = None


class NewSnooze(Body):
    """Until when a line is put off, and why."""

    through: Day
    reason: str


class NewAssignment(Body):
    """Who does it, by e-mail; empty gives it back to the customer's own owner."""

    to: str


class CallShape(Shape):
    """A call that was logged."""

    id: UUID
    on: date
    outcome: contacts.Outcome
    note: str
    next_on: date | None


class LineDone(Shape):
    """What became of a line."""

    customer_id: str
    company: str
    assignee: str
    next_on: date | None
    snoozed_through: date | None


@router.get("/reports/worklist", response_model=Whole[TaskShape])
def worklist(call: Caller, mine: bool = False, snoozed: bool = False) -> Response:
    """What waits for a person, as on the Today page: runs to approve, cash to place, and one line a customer and
    company with every reason, sorted by the cash to expect. `mine` leaves out what others look after; `snoozed` shows
    what the one who asks put off instead."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_task(each) for each in tasks(work, is_mine=mine, is_snoozed=snoozed)]}

    return call.read(Right.VIEW, read)


def _task(found: Task) -> dict[str, Any]:
    names = ("title", "why", "state", "label", "href", "action")
    return {
        **{name: getattr(found, name) for name in names},
        "amount": None if found.amount is None else decimal_text(found.amount, found.currency),
        "currency": found.currency or None,
        **(_line(found.line) if found.line else _NO_LINE),
    }


_NO_LINE: dict[str, Any] = {
    "customer_id": None, "company": None, "reasons": [], "expected": None, "score": "", "owner": "", "next_on": None,
    "snoozed_through": None,
}  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    return {
        "customer_id": line.customer.external_id,
        "company": line.company.code,
        "reasons": [
            {"kind": each.kind, "label": each.label, "text": each.text, "href": each.href} for each in line.reasons
        ],
        "expected": decimal_text(line.score.expected, line.owed.currency),
        "score": line.score.words,
        "owner": line.owner,
        "next_on": line.case.next_on if line.case else None,
        "snoozed_through": line.snooze.through if line.snooze else None,
    }


@router.post("/worklist/{external_id}/calls", status_code=201, response_model=CallShape)
def log_call(call: Caller, external_id: str, body: NewCall, company: CompanyCode = None) -> Response:
    """Logs a call with its outcome and the next day to get in touch; a promise or a dispute is recorded with it."""

    def do(work: Work) -> dict[str, Any]:
        who, of = _party(work, external_id, company)
        promise = contest = None
        if body.promise:
            invoice = store.invoice_by_number(work.session, body.promise.invoice_number, of.id)
            amount = amount_said(body.promise.amount, invoice.currency)
            promise = PromiseSaid(invoice, body.promise.promised_on, amount)
        if body.dispute:
            said = body.dispute
            contest = contested(work, of, said.invoice_number, said.reason, said.amount, body.note)
        logged = contacts.log_call(work, who, of, Call(body.outcome, body.note, body.next_on, promise, contest))
        names = ("id", "on", "outcome", "note", "next_on")
        return {name: getattr(logged, name) for name in names}

    return call.write(Right.HOLD, do, status=201)


@router.post("/worklist/{external_id}/snooze", response_model=LineDone)
def snooze(call: Caller, external_id: str, body: NewSnooze, company: CompanyCode = None) -> Response:
    """Puts a line off for the one who asks."""

    def do(work: Work) -> dict[str, Any]:
        who, of = _party(work, external_id, company)
        contacts.snooze(work, who, of, body.through, body.reason)
        return _done(work, who, of, body.through)

    return call.write(Right.HOLD, do)


@router.delete("/worklist/{external_id}/snooze", response_model=LineDone)
def wake(call: Caller, external_id: str, company: CompanyCode = None) -> Response:
    """Takes back what the one who asks had put off."""

    def do(work: Work) -> dict[str, Any]:
        who, of = _party(work, external_id, company)
        contacts.wake(work, who, of)
        return _done(work, who, of, None)

    return call.write(Right.HOLD, do)


@router.post("/worklist/{external_id}/assign", response_model=LineDone)
def assign(call: Caller, external_id: str, body: NewAssignment, company: CompanyCode = None) -> Response:
    """Gives a line to a person."""

    def do(work: Work) -> dict[str, Any]:
        who, of = _party(work, external_id, company)
        contacts.assign(work, who, of, body.to)
        return _done(work, who, of, None)

    return call.write(Right.HOLD, do)


def _party(work: Work, external_id: str, company: str | None) -> tuple[Customer, Company]:
    return (
        store.customer_by_external_id(work.session, external_id),
        store.company_by_code(work.session, company or None),
    )


def _done(work: Work, who: Customer, of: Company, through: date | None) -> dict[str, Any]:
    case = contacts.case_of(work, who, of)
    return {
        "customer_id": who.external_id,
        "company": of.code,
        "assignee": case.assignee,
        "next_on": case.next_on,
        "snoozed_through": through,
    }
