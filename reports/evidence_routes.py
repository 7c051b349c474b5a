"""The evidence pack of a customer, for programs and for the button on the customer's page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from dunning.delivery import NoticeKind
from receivables import store
from reports import evidence
from reports.evidence import Pack
from reports.evidence_summary import summary_html
from runtime.documents import Archive
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter()

ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}, "description": "The pack."}}


@router.get("/api/v1/customers/{external_id}/evidence.zip", response_class=Response, responses=ZIP, tags=["customers"])
def evidence_pack(call: Caller, request: Request, external_id: str) -> Response:
    """Everything about a customer in one ZIP: a summary (PDF), tables (CSV), and the originals of invoices, orders,
    letters and mail with their SHA-256. That it was taken stands in the audit log."""
    return _pack(call, request, external_id)


@router.get("/customers/{external_id}/evidence.zip", include_in_schema=False)
def evidence_pack_of_page(call: Caller, request: Request, external_id: str) -> Response:
    """The same, for the button on the customer's page."""
    return _pack(call, request, external_id)


def _pack(call: Call, request: Request, external_id: str) -> Response:
    call.actor_needs(Right.EXPORT)
    archive: Archive = request.app.state.system.archive
    notices: NoticeKind = request.app.state.system.notices

    def do(work: Work) -> Pack:
        return evidence.gather(work, archive, store.customer_by_external_id(work.session, external_id))

    pack = call.house.write(do, actor=call.actor, request_id=call.request_id)
    summary = notices.printed(summary_html(pack))
    name = quote(f"evidence-{pack.customer_id}-{pack.at.date()}.zip", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(_whole(pack, summary), media_type="application/zip", headers=headers)


def _whole(pack: Pack, summary: bytes) -> Iterator[bytes]:
    yield from (piece for piece in evidence.stream(pack, summary) if piece)
