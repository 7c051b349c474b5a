"""`/api/v1/notices/{id}`: one notice with what it names, and changing it before anybody approves it."""

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from core.errors import Invalid
from core.money import decimal_text
from dunning import editing, store
from dunning.delivery import NoticeKind
from dunning.editing import Person
from dunning.enclosures import sent_with
from dunning.errors import NoSuchNotice
from dunning.policy import Level
from dunning.routes import notice_shown
from dunning.shapes import NoticeOfCustomer
from dunning.tables import Notice
from receivables.tables import Customer
from runtime.shapes import Amount, Body, Shape
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])


class NewRecipient(Body):
    """A contact of the customer, or a name and an address that are typed."""

    contact_id: UUID | None = None
    name: str = ""
    email: str = ""
    language: str = ""


class Edit(Body):
    """What to change; what is absent stays."""

    recipient: NewRecipient | None = None
    written_as: int | None = Field(
        None, ge=0, le=9, description="The lower level whose words, fee and interest it has."
    )
    without: list[str] = Field([], description="Invoices to take out; the next run looks at them again.")
    reason: str = ""


class LineShape(Shape):
    """An invoice a notice names."""

    invoice_number: str
    instalment: int
    due_on: date
    level: int
    open: Amount


class RecipientShape(Shape):
    """Whom it goes to; `chosen` for this notice, or by the rules."""

    name: str
    email: str
    chosen: bool


class EnclosureShape(Shape):
    """A file that went with a letter."""

    name: str
    size: int
    sha256: str


class WholeNotice(NoticeOfCustomer):
    """A notice with what it names and whom it is for."""

    written_as: int | None
    recipient: RecipientShape
    lines: list[LineShape]
    without: list[str]
    edits: int
    enclosures: list[EnclosureShape] = Field(description="What went with it when it was sent or printed.")


@router.get(
    "/notices/{notice_id}/enclosures/{position}",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The file."}},
)
def enclosure(call: Caller, request: Request, notice_id: UUID, position: int) -> Response:
    """A file that went with a notice, or that would go with it now: the first is 1."""
    find = lambda work: store.notice(work.session, notice_id)  # noqa: E731
    return enclosure_response(call, request, find, position)


def enclosure_response(call: Call, request: Request, find: Callable[[Work], Notice], position: int) -> Response:
    """An enclosure as a download, for programs and for pages."""
    notices: NoticeKind = request.app.state.system.notices
    call.actor_needs(Right.VIEW)
    files = call.house.read(
        lambda work: notices.enclosures(work, find(work)), actor=call.actor, request_id=call.request_id
    )
    if not 1 <= position <= len(files):
        raise NoSuchNotice
    file = files[position - 1]
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(file.name, safe='')}"}
    return Response(file.content, media_type=file.media_type, headers=headers)


@router.get("/notices/{notice_id}", response_model=WholeNotice)
def notice(call: Caller, notice_id: UUID) -> Response:
    """One notice: its invoices, its recipient, and what was changed of it."""
    return call.read(Right.VIEW, lambda work: whole(work, store.notice(work.session, notice_id)))


@router.post("/notices/{notice_id}/edit", response_model=WholeNotice)
def edit(call: Caller, notice_id: UUID, body: Edit) -> Response:
    """Changes a notice that waits for approval: all of what is named, or nothing."""

    def do(work: Work) -> dict[str, Any]:
        found = store.notice(work.session, notice_id)
        if body.recipient is None and body.written_as is None and not body.without:
            raise Invalid.because("", "Name a recipient, a level or invoices to take out.")
        if body.without:
            editing.drop_lines(work, found, body.without, body.reason)
        if body.written_as is not None:
            editing.write_as(work, found, body.written_as, body.reason)
        if body.recipient is not None:
            _address(work, found, body.recipient, body.reason)
        return whole(work, found)

    return call.write(Right.DUN, do)


def _address(work: Work, found: Notice, to: NewRecipient, reason: str) -> None:
    if to.contact_id is not None:
        editing.address_to_contact(work, found, to.contact_id, reason)
    else:
        editing.address_to(work, found, Person(to.name, to.email, to.language), reason)


def whole(work: Work, found: Notice) -> dict[str, Any]:
    """A notice as the API and its page show it."""
    work.session.flush()
    customer = work.session.get_one(Customer, found.customer_id)
    lines = editing.lines_of(work.session, found)
    person = editing.addressee(work.session, found, step_of(work, found))
    return {
        **notice_shown(found),
        "customer_id": customer.external_id,
        "written_as": found.written_as,
        "recipient": {
            "name": person.name if person else customer.name,
            "email": person.email if person else customer.email,
            "chosen": bool(found.to_email),
        },
        "lines": [
            {"invoice_number": invoice.number, "instalment": item.instalment, "due_on": item.due_on,
             "level": line.level, "open": decimal_text(item.open, item.currency)}
            for line, item, invoice in lines
        ],
        "without": editing.released_of(work.session, found),
        "edits": found.edits,
        "enclosures": [
            {"name": each.name, "size": each.size, "sha256": each.sha256}
            for each in sent_with(work.session, found.id)
        ],
    }  # fmt: skip


def step_of(work: Work, found: Notice) -> Level:
    """The level whose words a notice has, of the policy its leading line stands under."""
    spoken = editing.spoken_level(found, found.level)
    versions = [line.policy_id for line in store.lines(work.session, found.id) if line.level == found.level]
    policies = store.policies_by_id(work.session)
    return next((step for each in versions if (step := policies[each].level(spoken))), Level(spoken, 0))
