"""`/api/v1/imports`: files handed in by programs, how far they are, what was wrong in them."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import Response, StreamingResponse

from core.errors import NotAllowed
from intake import store
from intake.answers import answer
from intake.door import Door, Original, register, right_for, take_in
from intake.rejected import rejected_of
from intake.shapes import AnswerBody, ImportProblemShape, ImportShape, Kind
from intake.uploads import name_of, plain, spooled
from intake.views import ImportView, view
from receivables.imports import Handed
from receivables.tables import ImportProblem, ImportRun
from runtime.lists import page_of
from runtime.shapes import Page
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])

Limit = Annotated[int, Query(ge=1, le=100)]
Word = Annotated[str | None, Form(max_length=80)]


def door_of(call: Call) -> Door:
    door: Door = call.request.app.state.system.door
    return door


def refuse_who_hands_in_nothing(call: Call) -> None:
    """Said before a file is looked at: who may hand in neither statements nor anything else."""
    if not (call.actor.may(Right.PUSH) or call.actor.may(Right.STATEMENTS)):
        raise NotAllowed(f"The role “{call.actor.role}” may not {Right.PUSH.value}.")


@router.post("", status_code=202, response_model=ImportShape)
def hand_in(
    call: Caller,
    file: UploadFile,
    kind: Annotated[Kind | None, Form()] = None,
    company: Word = None,
    format: Word = None,
    account: Word = None,
    currency: Word = None,
) -> Response:
    """Takes a file in; it is read soon after, and `Location` says where to ask how far it is.

    A `kind` left out is told by the file itself. A ZIP stands for the files in it. The same bank statement again is
    answered with the import that took it. Files of more than 200 MB are refused.
    """
    refuse_who_hands_in_nothing(call)
    door = door_of(call)
    with spooled(call.house, file) as path:
        handed = Handed(
            kind or "",
            path,
            name_of(file),
            plain("company", company),
            plain("format", format),
            account=plain("account", account),
            currency=plain("currency", currency),
        )
        response = _registered(call, door, take_in(door, handed))
    run_id = orjson.loads(response.body)["id"]
    response.headers["Location"] = f"{router.prefix}/{run_id}"
    return response


def _registered(call: Call, door: Door, original: Original) -> Response:
    """Registers the file; the Idempotency-Key is told apart by its bytes and by what was said with it."""
    handed = original.handed
    words = (handed.kind, handed.name, handed.company, handed.format, handed.account, handed.currency)
    return call.write(
        right_for(original.kind),
        lambda work: _shown(work, register(work, door, original).run),
        status=202,
        body=orjson.dumps([original.digest, *words]),
    )


@router.get("", response_model=Page[ImportShape])
def imports(call: Caller, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Files handed in, the last one first; the files of a ZIP stand under their archive."""
    order = (ImportRun.id.desc(),)
    return call.read(
        Right.READ_BACK,
        lambda work: page_of(work.session, store.runs(), order, limit, cursor, lambda row: _shown(work, row[0])),
    )


@router.get("/{import_id}", response_model=ImportShape)
def one_import(call: Caller, import_id: UUID) -> Response:
    """How far one file is, or how it ended."""
    return call.read(Right.READ_BACK, lambda work: _shown(work, store.run(work.session, import_id)))


@router.get("/{import_id}/problems", response_model=Page[ImportProblemShape])
def problems(call: Caller, import_id: UUID, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Everything wrong in one file, in the order it was found."""

    def read(work: Work) -> dict[str, Any]:
        run = store.run(work.session, import_id)
        return page_of(work.session, store.problems(run.id), (ImportProblem.id,), limit, cursor, _problem)

    return call.read(Right.READ_BACK, read)


@router.get(
    "/{import_id}/rejected.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "The rejected rows and why, in a column `error`."}},
)
def rejected_rows(call: Caller, import_id: UUID) -> Response:
    """The rows of the original that were rejected, with what is wrong in a column `error`: mend and hand in again."""
    return rejected_response(call, import_id, Right.READ_BACK)


def rejected_response(call: Call, import_id: UUID, right: Right) -> Response:
    """The download, for whoever may see the import."""
    call.actor_needs(right)
    rows = call.house.read(lambda work: rejected_of(work, door_of(call), import_id), actor=call.actor)
    disposition = f'attachment; filename="rejected-{import_id}.csv"'
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


@router.post("/{import_id}/answer", status_code=202, response_model=ImportShape)
def answer_import(call: Caller, import_id: UUID, body: AnswerBody) -> Response:
    """Says what a held file waits for, and lets the archived original be read again; so for a refused file."""
    said = body.model_dump(exclude={"add_account"}) | {"adopts_accounts": body.add_account}

    def do(work: Work) -> dict[str, Any]:
        return _shown(work, answer(work, door_of(call), store.locked_run(work.session, import_id), said))

    return call.write(Right.PUSH, do, status=202)


def _shown(work: Work, run: ImportRun) -> dict[str, Any]:
    seen: ImportView = view(work, run)
    found = seen._asdict()
    del found["actor"]
    found["archive"] = found.pop("parent_id")
    question = seen.question and {name: seen.question.get(name) for name in ("asks", "account", "currency")}
    return {**found, "kind": seen.kind or None, "format": seen.format or None, "question": question}


def _problem(row: Any) -> dict[str, Any]:
    found: ImportProblem = row[0]
    return {name: getattr(found, name) for name in ("severity", "where", "field", "message")}
