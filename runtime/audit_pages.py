"""The audit log on the desk: who changed what, when and why, and whether its chain is whole."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Select, select

from runtime import audit
from runtime.lists import rows_of
from runtime.tables import AuditEntry, AuditHead
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50
MOST_VIOLATIONS = 20


@router.get("/audit")
def log(
    call: Caller, request: Request, q: str = "", actor: str = "", check: bool = False, after: str | None = None
) -> Response:
    """The log, newest first; with `check` the whole chain is walked and what does not hold is said."""
    keys: dict[str, bytes] = dict(request.app.state.system.audit_keys)

    def draw(work: Work) -> dict[str, Any]:
        return {**_log(work, q, actor, after), "checked": check, "violations": _violations(work, keys) if check else []}

    return call.page(Right.AUDIT, "runtime/audit.html", draw)


def _log(work: Work, q: str, actor: str, after: str | None) -> dict[str, Any]:
    rows, cursor = rows_of(work.session, _entries(q, actor), (AuditEntry.seq.desc(),), ROWS_A_PAGE, after)
    head = work.session.get_one(AuditHead, 1)
    return {"entries": [row[0] for row in rows], "head": head, "q": q, "actor": actor, "cursor": cursor, "after": after}


def _entries(q: str, actor: str) -> Select[Any]:
    query = select(AuditEntry)
    if q.strip():
        said = (AuditEntry.subject, AuditEntry.action, AuditEntry.reason)
        found = [column.icontains(q.strip(), autoescape=True) for column in said]
        query = query.where(found[0] | found[1] | found[2])
    return query.where(AuditEntry.actor.startswith(f"{actor}:", autoescape=True)) if actor else query


def _violations(work: Work, keys: dict[str, bytes]) -> list[str]:
    found = []
    for each in audit.violations(work.session, keys):
        found.append(each)
        if len(found) == MOST_VIOLATIONS:
            break
    return found
