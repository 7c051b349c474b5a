"""Files handed in at the desk: the upload form, and what became of every file."""

import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response
from sqlalchemy import select

from receivables.imports import Handed, NoSuchImport, import_file
from receivables.tables import ImportProblem, ImportRun
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

KINDS = (("statement", "Bank statements"), ("invoices", "Invoices"), ("customers", "Customers"), ("orders", "Orders"))
MOST_SHOWN = 60


@router.get("/imports")
def imports(call: Caller) -> Response:
    """The form, and the files handed in last."""
    return call.page(Right.VIEW, "receivables/imports.html", _imports)


def _imports(work: Work) -> dict[str, Any]:
    runs = work.session.scalars(select(ImportRun).order_by(ImportRun.started_at.desc()).limit(MOST_SHOWN)).all()
    return {"runs": runs, "kinds": list(KINDS), "may_import": work.actor.may(Right.PUSH)}


@router.post("/imports")
def hand_in(call: Caller, kind: Annotated[str, Form()], files: list[UploadFile]) -> Response:
    """Takes the files in one after the other; a bad one does not stop the rest."""
    call.actor_needs(Right.STATEMENTS if kind == "statement" else Right.PUSH)
    said = [_take(call, kind, file) for file in files if file.filename]
    return call.form(Right.VIEW, lambda _: " ".join(said) or "No file was chosen.", to="/imports")


def _take(call: Caller, kind: str, file: UploadFile) -> str:
    system = call.request.app.state.system
    name = Path(file.filename or "file").name
    with tempfile.NamedTemporaryFile(dir=call.house.var_dir) as spooled:
        while chunk := file.file.read(1024 * 1024):
            spooled.write(chunk)
        spooled.flush()
        handed = Handed(kind, Path(spooled.name), name)
        result = import_file(call.house, system.archive, system.importers, handed, actor=call.actor)
    if result.state != "done":
        return f"{name}: {result.state}, nothing of it was stored."
    return f"{name}: {result.created} new, {result.unchanged} known, {result.rejected} rejected."


@router.get("/imports/{import_id}")
def one_import(call: Caller, import_id: UUID) -> Response:
    """One file: its counts and everything wrong in it."""
    return call.page(Right.VIEW, "receivables/import.html", lambda work: _import(work, import_id))


def _import(work: Work, import_id: UUID) -> dict[str, Any]:
    run = work.session.get(ImportRun, import_id)
    if run is None:
        raise NoSuchImport
    problems = work.session.scalars(select(ImportProblem).where(ImportProblem.import_id == run.id)).all()
    return {"run": run, "problems": problems}
