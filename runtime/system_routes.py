"""Is the system up, is it ready, what has it measured, what was done: `/health`, `/metrics`, `/audit`."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import Field
from sqlalchemy import select, text

from core.errors import Unavailable
from runtime import metrics
from runtime.house import House
from runtime.lists import page_of
from runtime.outbox import why_locked
from runtime.pages import Pages
from runtime.shapes import Page, Shape
from runtime.tables import AuditEntry
from runtime.web import Caller, json_response
from runtime.work import Right

router = APIRouter()


class LiveShape(Shape):
    """The process answers."""

    status: Literal["ok"]


class ReadyShape(LiveShape):
    """It is ready; `sending_locked` says why nothing is sent, where nothing is."""

    sending_locked: str | None


class AuditShape(Shape):
    """One entry of the audit log; `hash` seals it and all before it."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str | None
    payload: str | None = Field(description="JSON; null once erased.")
    hash: str


@router.get("/api/v1/health/live", tags=["system"], response_model=LiveShape)
@router.get("/health/live", include_in_schema=False)
def live() -> Response:
    """The process answers."""
    return json_response({"status": "ok"})


@router.get("/api/v1/health/ready", tags=["system"], response_model=ReadyShape)
@router.get("/health/ready", include_in_schema=False)
def ready(request: Request) -> Response:
    """The database answers and its schema is current; 503 otherwise."""
    house: House = request.app.state.house
    house.read(lambda work: work.session.execute(text("SELECT 1")))
    if not request.app.state.system.is_migrated():
        raise Unavailable("The database schema is not current. Run `main.py migrate`.")
    return json_response({"status": "ok", "sending_locked": house.read(why_locked)})


@router.get("/api/docs", include_in_schema=False)
def documents(request: Request) -> Response:
    """The API's documents, to read and to try."""
    pages: Pages = request.app.state.pages
    return HTMLResponse(pages.render("runtime/api_docs.html"))


@router.get("/api/v1/metrics", tags=["system"], response_class=PlainTextResponse)
@router.get("/metrics", include_in_schema=False)
def measured(call: Caller) -> Response:
    """Prometheus text."""
    call.actor_needs(Right.VIEW)
    return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")


@router.get("/api/v1/audit", tags=["system"], response_model=Page[AuditShape])
def audit(
    call: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 50, cursor: str | None = None, subject: str | None = None
) -> Response:
    """The audit log, newest first."""
    query = select(AuditEntry)
    if subject:
        query = query.where(AuditEntry.subject == subject)
    return call.read(
        Right.AUDIT,
        lambda work: page_of(work.session, query, (AuditEntry.seq.desc(),), limit, cursor, lambda row: _entry(row[0])),
    )


def _entry(entry: AuditEntry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "reason": entry.reason,
        "payload": entry.payload,
        "hash": entry.hash,
    }
