"""`/api/v1/bank-profiles`: what people said about the columns of their banks' tables."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from payments import profiles
from payments.readers.bank_profile import document_of, shipped_profiles
from payments.tables import SavedProfile
from runtime.shapes import Body, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["bank"])


class ProfileShape(Shape):
    """A bank profile. Those that come with the program have neither author nor version."""

    name: str = Field(examples=["Our savings bank"])
    profile: dict[str, Any] = Field(
        examples=[{"name": "Ours", "title": "Ours", "header": ["Day", "Sum"],
                   "columns": {"booked_on": ["Day"], "amount": ["Sum"]}}]
    )  # fmt: skip
    version: int | None
    author: str | None
    changed_at: datetime | None


class ProfileBody(Body):
    """The JSON of a profile; `version` is the one it is to follow, 0 for a new name."""

    profile: dict[str, Any]
    version: int | None = None


@router.get("/bank-profiles", response_model=Whole[ProfileShape])
def list_profiles(call: Caller) -> Response:
    """Profiles people saved, then those that come with the program: how readers go through them."""
    return call.read(Right.VIEW, _listed)


def _listed(work: Work) -> dict[str, Any]:
    shipped = [
        {"name": each.name, "profile": document_of(each), "version": None, "author": None, "changed_at": None}
        for each in shipped_profiles()
    ]
    return {"data": [_shown(row) for row in profiles.saved(work.session)] + shipped}


@router.post("/bank-profiles", status_code=201, response_model=ProfileShape)
def save_profile(call: Caller, body: ProfileBody) -> Response:
    """Saves a profile under its name; saved again it becomes the next version."""

    def do(work: Work) -> dict[str, Any]:
        return _shown(profiles.save_profile(work, body.profile, body.version))

    return call.write(Right.STATEMENTS, do, status=201)


@router.delete("/bank-profiles/{name}", response_model=ProfileShape)
def forget_profile(call: Caller, name: str) -> Response:
    """Forgets a saved profile and answers with what it was; what was read by it stays."""

    def do(work: Work) -> dict[str, Any]:
        shown = _shown(profiles.saved_under(work.session, name))
        profiles.forget_profile(work, name)
        return shown

    return call.write(Right.STATEMENTS, do)


def _shown(row: SavedProfile) -> dict[str, Any]:
    return {
        "name": row.name,
        "profile": row.document,
        "version": row.version,
        "author": row.author,
        "changed_at": row.changed_at,
    }
