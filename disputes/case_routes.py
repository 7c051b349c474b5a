"""`/api/v1/disputes/{id}/…`: what can be done with a case besides opening and resolving it."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response
from pydantic import Field

from disputes import care, files, gathering, service, store
from disputes.routes import as_read, shown_comment, shown_file, shown_with_customer
from disputes.shapes import CommentShape, DisputeShape, FileShape, Priority
from disputes.tables import Dispute
from runtime.documents import Archive
from runtime.openapi import NEEDS_IF_MATCH
from runtime.shapes import Body
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/disputes", tags=["disputes"])


class Said(Body):
    """A comment; only a public one is for the customer's eyes."""

    text: str
    is_public: bool = False


class Care(Body):
    """Who looks after a case and how soon; what is absent stays."""

    owner: str | None = None
    priority: Priority | None = None


class OtherCase(Body):
    """The number of another case."""

    case: int = Field(examples=[7])


@router.post("/{dispute_id}/comments", status_code=201, response_model=CommentShape)
def comment(call: Caller, dispute_id: UUID, body: Said) -> Response:
    """Adds a comment."""

    def do(work: Work) -> dict[str, Any]:
        found = store.dispute(work.session, dispute_id)
        return shown_comment(service.comment(work, found, body.text, is_public=body.is_public))

    return call.write(Right.DISPUTE, do, status=201)


@router.patch("/{dispute_id}", response_model=DisputeShape, openapi_extra=NEEDS_IF_MATCH)
def look_after(call: Caller, dispute_id: UUID, body: Care) -> Response:
    """Gives a case another owner or priority. Needs If-Match."""
    call.expected_version()

    def do(work: Work) -> dict[str, Any]:
        found = as_read(call, work, dispute_id)
        if body.owner is not None:
            care.assign(work, found, body.owner)
        if body.priority is not None:
            care.prioritise(work, found, body.priority)
        return shown_with_customer(work, found)

    return call.write(Right.DISPUTE, do)


@router.post("/{dispute_id}/review", response_model=DisputeShape)
def review(call: Caller, dispute_id: UUID) -> Response:
    """Says that somebody looks into the case."""

    def do(work: Work) -> dict[str, Any]:
        found = store.dispute(work.session, dispute_id)
        service.review(work, found)
        return shown_with_customer(work, found)

    return call.write(Right.DISPUTE, do)


@router.post("/{dispute_id}/merge", response_model=DisputeShape)
def merge(call: Caller, dispute_id: UUID, body: OtherCase) -> Response:
    """Ends the case because another one says the same; answers with that one."""

    def do(work: Work) -> dict[str, Any]:
        into = store.dispute_by_number(work.session, body.case)
        gathering.merge(work, store.dispute(work.session, dispute_id), into)
        return shown_with_customer(work, into)

    return call.write(Right.DISPUTE, do)


@router.post("/{dispute_id}/links", response_model=DisputeShape)
def link(call: Caller, dispute_id: UUID, body: OtherCase) -> Response:
    """Says that the case has to do with another one."""

    def do(work: Work) -> dict[str, Any]:
        found = store.dispute(work.session, dispute_id)
        gathering.link(work, found, store.dispute_by_number(work.session, body.case))
        return shown_with_customer(work, found)

    return call.write(Right.DISPUTE, do)


@router.post("/{dispute_id}/attachments", status_code=201, response_model=FileShape)
def attach(call: Caller, dispute_id: UUID, file: UploadFile, is_public: Annotated[bool, Form()] = False) -> Response:
    """Hands in a file of at most 9 MB."""
    content, name = file.file.read(), file.filename or ""

    def do(work: Work) -> dict[str, Any]:
        found = store.dispute(work.session, dispute_id)
        return shown_file(*files.attach(work, archive_of(call), found, content, name, is_public=is_public))

    return call.write(Right.DISPUTE, do, status=201, body=content)


@router.get(
    "/{dispute_id}/attachments/{file_id}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file, as it was handed in."}},
)
def attachment(call: Caller, dispute_id: UUID, file_id: UUID) -> Response:
    """A file of the case, byte for byte."""
    return hand_out(call, lambda work: store.dispute(work.session, dispute_id), file_id)


def archive_of(call: Call) -> Archive:
    archive: Archive = call.request.app.state.system.archive
    return archive


def hand_out(call: Call, case_of: Callable[[Work], Dispute], file_id: UUID) -> Response:
    """A file of a case, to be saved and never shown in our pages: anybody may have made it."""
    call.actor_needs(Right.VIEW)

    def give(work: Work) -> Response:
        document, content = files.read(work, archive_of(call), case_of(work), file_id)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, media_type=document.media_type, headers=headers)

    return call.house.read(give, actor=call.actor, request_id=call.request_id)
