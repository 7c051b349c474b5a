"""Replies and bounces on the desk: what a customer wrote, what it seems to say, and one click to take it as that."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import func, select

from core.errors import Invalid
from disputes.reasons import labels
from dunning import incoming
from dunning.mail_tables import IncomingMail
from dunning.reachable import is_dead
from receivables import store as receivables
from runtime.lists import rows_of
from runtime.pages import changed_url
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50
DAYS_TO_LOOK = 7
"""How long an invoice that is said to be paid is held, unless somebody says another day."""
MEANINGS = {
    "promise": ("promised", "promises to pay"),
    "dispute": ("disputed", "complains"),
    "paid": ("paid", "says it is paid"),
}
TABS = {"waiting": "To decide", "accepted": "Accepted", "dismissed": "Seen", "done": "Nothing to do", "all": "All"}
Text = Annotated[str, Form()]


@router.get("/replies")
def replies(call: Caller, state: str = "waiting", after: str | None = None) -> Response:
    """Mail that came in, what waits for a person first."""
    shown = state if state in TABS else "waiting"
    return call.page(Right.VIEW, "dunning/replies.html", lambda work: _replies(work, shown, after))


def _replies(work: Work, shown: str, after: str | None) -> dict[str, Any]:
    query = incoming.mails("" if shown == "all" else shown)
    rows, cursor = rows_of(work.session, query, (IncomingMail.number.desc(),), ROWS_A_PAGE, after)
    counted = select(IncomingMail.state, func.count()).group_by(IncomingMail.state)
    counts = {state: int(count) for state, count in work.session.execute(counted)}
    counts["all"] = sum(counts.values())
    return {
        "rows": [row[:3] for row in rows],
        "tabs": [
            {"label": said, "href": changed_url("/replies", {"state": key}), "count": counts.get(key, 0),
             "active": key == shown}
            for key, said in TABS.items()
        ],
        "state": shown,
        "meanings": MEANINGS,
        "cursor": cursor,
        "after": after,
    }  # fmt: skip


@router.get("/replies/{number}")
def one_reply(call: Caller, number: int) -> Response:
    """One mail, with what it seems to say and the customer's open invoices."""
    return call.page(Right.VIEW, "dunning/reply.html", lambda work: _one(work, number))


def _one(work: Work, number: int) -> dict[str, Any]:
    mail = incoming.mail_by_number(work.session, number)
    named = set(mail.invoices.split("\n"))
    owed = incoming.owed_by(work.session, mail)
    return {
        "mail": mail,
        "customer": receivables.customer_of(work.session, mail.customer_id) if mail.customer_id else None,
        "meaning": MEANINGS.get(mail.meaning or ""),
        "owed": [(item, invoice, invoice.number in named) for item, invoice in owed],
        "promised_on": mail.promised_on,
        "until": work.today + timedelta(days=DAYS_TO_LOOK),
        "reasons": sorted(labels(work.session).items(), key=lambda each: each[1]),
        "may_decide": work.actor.may(Right.HOLD) and mail.state == "waiting",
        "is_dead": is_dead(work.session, mail.failed_address),
    }


@router.post("/replies/{number}/promise")
def promise(
    call: Caller, number: int, promised_on: Text = "", invoice: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Takes the mail as a promise."""

    def do(work: Work) -> str:
        mail = incoming.mail_by_number(work.session, number)
        incoming.accept_promise(work, mail, invoice or [], _day(promised_on))
        return "The promise is noted; reminders wait for it."

    return call.form(Right.HOLD, do, to=f"/replies/{number}")


@router.post("/replies/{number}/dispute")
def dispute(
    call: Caller, number: int, reason: Text = "other", invoice: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Takes the mail as a complaint."""

    def do(work: Work) -> str:
        incoming.accept_dispute(work, incoming.mail_by_number(work.session, number), invoice or [], reason)
        return "The case is open; what it contests is not reminded."

    return call.form(Right.DISPUTE, do, to=f"/replies/{number}")


@router.post("/replies/{number}/paid")
def paid(call: Caller, number: int, until: Text = "", invoice: Annotated[list[str] | None, Form()] = None) -> Response:
    """Takes the customer's word that it is paid."""

    def do(work: Work) -> str:
        incoming.accept_paid(work, incoming.mail_by_number(work.session, number), invoice or [], _day(until))
        return "Held while we look for the money. Nothing counts as paid before it is on our account."

    return call.form(Right.HOLD, do, to=f"/replies/{number}")


@router.post("/replies/{number}/dismiss")
def dismiss(call: Caller, number: int, reason: Text = "") -> Response:
    """Says that the mail needs nothing."""

    def do(work: Work) -> str:
        incoming.dismiss(work, incoming.mail_by_number(work.session, number), reason)
        return "Seen."

    return call.form(Right.HOLD, do, to="/replies")


@router.post("/replies/{number}/revive")
def revive(call: Caller, number: int) -> Response:
    """Says that the address of a bounce works again."""

    def do(work: Work) -> str:
        incoming.revive(work, incoming.mail_by_number(work.session, number).failed_address)
        return "The address counts as working again."

    return call.form(Right.HOLD, do, to=f"/replies/{number}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid.because("/on", "Say the day, such as 2026-11-30.", field="on") from None
