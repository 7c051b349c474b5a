"""One notice on the desk: what it names, whom it goes to, and changing it before it is approved."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from dunning import editing, store
from dunning.editing import Person
from dunning.editing_routes import enclosure_response, step_of, whole
from dunning.letter import LANGUAGES
from dunning.pages import BY_HAND, CHANNELS, STATES
from dunning.policy_pages import NAMES
from dunning.run import drop, is_droppable
from receivables import store as receivables
from receivables.tables import Customer
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=500)]
PAGE = "/notices/{}"


@router.get("/notices/{number}")
def notice(call: Caller, number: int) -> Response:
    """One notice."""
    return call.page(Right.VIEW, "dunning/notice.html", lambda work: _one(work, number))


def _one(work: Work, number: int) -> dict[str, Any]:
    found = store.notice_by_number(work.session, number)
    step = step_of(work, found)
    contacts = [
        (str(each.id), f"{each.name or each.email} ({each.purpose})")
        for each in receivables.contacts_of_customer(work.session, found.customer_id)
        if each.email
    ]
    return {
        "notice": found,
        "run": store.run(work.session, found.run_id),
        "customer": work.session.get_one(Customer, found.customer_id),
        "whole": whole(work, found),
        "rows": editing.lines_of(work.session, found),
        "contacts": contacts,
        "levels": [(str(each), f"{each} {NAMES[min(each, 3)]}") for each in range(found.level, 0, -1)],
        "spoken": step.number,
        "encloses": step.attachments,
        "names": NAMES,
        "languages": [("", "as before"), *((each, each) for each in LANGUAGES)],
        "states": STATES,
        "by_hand": BY_HAND,
        "channels": CHANNELS,
        "may_edit": work.actor.may(Right.DUN) and found.state == "planned",
        "may_drop": work.actor.may(Right.DUN) and is_droppable(found) and found.state != "unknown",
    }


@router.get("/notices/{number}/enclosures/{position}")
def enclosure(call: Caller, request: Request, number: int, position: int) -> Response:
    """A file that went with it, or that would go with it now."""
    find = lambda work: store.notice_by_number(work.session, number)  # noqa: E731
    return enclosure_response(call, request, find, position)


@router.post("/notices/{number}/recipient")
def recipient(
    call: Caller, number: int, contact: Text = "", name: Text = "", email: Text = "", language: Text = "",
    reason: Text = "",
) -> Response:  # fmt: skip
    """Sends it to another contact, or to a typed address."""

    def do(work: Work) -> str:
        found = store.notice_by_number(work.session, number)
        if contact:
            chosen = next((each.id for each in receivables.contacts_of_customer(work.session, found.customer_id)
                           if str(each.id) == contact), UUID(int=0))  # fmt: skip
            editing.address_to_contact(work, found, chosen, reason)
        else:
            editing.address_to(work, found, Person(name, email, language), reason)
        return f"It goes to {found.to_email}."

    return call.form(Right.DUN, do, to=PAGE.format(number))


@router.post("/notices/{number}/level")
def level(call: Caller, number: int, written_as: Annotated[int, Form()], reason: Text = "") -> Response:
    """Lets it speak as a lower level does."""

    def do(work: Work) -> str:
        editing.write_as(work, store.notice_by_number(work.session, number), written_as, reason)
        return f"It is written as level {written_as}."

    return call.form(Right.DUN, do, to=PAGE.format(number))


@router.post("/notices/{number}/without")
def without(
    call: Caller, number: int, invoices: Annotated[list[str] | None, Form()] = None, reason: Text = ""
) -> Response:
    """Takes invoices out of it."""

    def do(work: Work) -> str:
        editing.drop_lines(work, store.notice_by_number(work.session, number), invoices or [], reason)
        return "Taken out. The next run looks at them again."

    return call.form(Right.DUN, do, to=PAGE.format(number))


@router.post("/notices/{number}/take-out")
def take_out(call: Caller, number: int, reason: Text = "") -> Response:
    """Drops the notice as a whole."""

    def do(work: Work) -> str:
        drop(work, store.notice_by_number(work.session, number), reason.strip() or "dropped by hand")
        return "The notice is taken out. The next run looks at its items again."

    return call.form(Right.DUN, do, to=PAGE.format(number))
