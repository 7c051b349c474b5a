"""Mail to the order desk that nobody could read: `/api/v1/order-inbox`, and its buttons on the page of what waits."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import Field

from core.errors import NotFound
from orders import inbox
from orders.tables import OrderMessage
from runtime.documents import Archive
from runtime.shapes import Body, Shape, Whole
from runtime.tables import Document
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(tags=["orders"])

API, PAGE, LIST = "/api/v1/order-inbox", "/order-inbox", "/captures"


class MessageShape(Shape):
    """A mail a person should look at, and why. `import_id` and `import_state` say how far its import came; one that is
    `held` is answered there."""

    id: UUID
    sender: str
    subject: str
    arrived_at: datetime
    reason: str
    import_id: UUID | None
    import_state: Literal["refused", "held", "done"] | None


class SettledShape(Shape):
    """A mail that waits no more, and what was done about it."""

    id: UUID
    note: str


class SettleNote(Body):
    """What was done about a mail."""

    note: str = Field(examples=["Asked for a new copy by phone."])


@router.get(API, response_model=Whole[MessageShape])
def waiting(call: Caller) -> Response:
    """Mails in the mailboxes for orders of which not everything could be read, the oldest first."""

    def read(work: Work) -> dict[str, Any]:
        return {"data": [_shown(*row) for row in inbox.waiting(work.session)]}

    return call.read(Right.VIEW, read)


def _shown(found: OrderMessage, reason: str, state: str | None) -> dict[str, Any]:
    return {
        "id": found.id, "sender": found.sender, "subject": found.subject, "arrived_at": found.arrived_at,
        "reason": reason, "import_id": found.import_id, "import_state": state,
    }  # fmt: skip


@router.get(
    API + "/{message_id}/original",
    response_class=Response,
    responses={200: {"content": {"message/rfc822": {}}, "description": "The mail, byte for byte."}},
)
def original(call: Caller, message_id: UUID) -> Response:
    """The mail as it came."""
    return _hand_out(call, message_id)


@router.post(API + "/{message_id}/settle", response_model=SettledShape)
def settle(call: Caller, message_id: UUID, body: SettleNote) -> Response:
    """Takes a mail off the list, with what was done about it."""

    def do(work: Work) -> dict[str, Any]:
        found = inbox.settle(work, message_id, body.note)
        return {"id": found.id, "note": found.note}

    return call.write(Right.PUSH, do)


@router.get(PAGE + "/{message_id}/original", include_in_schema=False)
def original_on_page(call: Caller, message_id: UUID) -> Response:
    """The mail as it came, as a file."""
    return _hand_out(call, message_id)


@router.post(PAGE + "/{message_id}/settle", include_in_schema=False)
def settle_on_page(call: Caller, message_id: UUID, note: Annotated[str, Form()] = "") -> Response:
    """Takes a mail off the list."""

    def do(work: Work) -> str:
        inbox.settle(work, message_id, note)
        return "It waits no more; the original stays in the archive."

    return call.form(Right.PUSH, do, to=LIST)


def _hand_out(call: Call, message_id: UUID) -> Response:
    """Always as a file: anybody may have written it."""
    call.actor_needs(Right.VIEW)
    archive: Archive = call.request.app.state.system.archive

    def give(work: Work) -> Response:
        _, document_id = inbox.message_of(work.session, message_id)
        if document_id is None:
            raise NotFound("The original of this mail was not kept.")
        document = work.session.get_one(Document, document_id)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(archive.content(document), media_type="message/rfc822", headers=headers)

    return call.house.read(give, actor=call.actor, request_id=call.request_id)
