"""`/api/v1/changes`: what happened here, for programs that keep a book of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core.errors import Invalid
from exchange.feed import changes_after, last_number
from exchange.kinds import KINDS, unknown_kinds
from exchange.shapes import FeedShape
from exchange.tables import Change
from runtime.lists import LARGEST_WHOLE, MOST_ROWS
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["changes"])

END = "end"
"""The cursor that stands behind everything there is."""


@router.get("/changes", response_model=FeedShape)
def changes(
    call: Caller,
    cursor: Annotated[
        str,
        Query(
            description=f"`next_cursor` of the call before; absent: from the beginning; `{END}`: only what is to come."
        ),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
    kind: Annotated[list[str] | None, Query(description="Only these kinds.")] = None,
) -> Response:
    """What changed here, in the order it was committed. A reader that keeps `next_cursor` never misses a change."""
    kinds = kind or []
    if strange := unknown_kinds(kinds):
        raise Invalid.because(
            "/kind", f"There is no kind “{strange[0][:40]}”. There are: {', '.join(KINDS)}.", field="kind"
        )

    def read(work: Work) -> dict[str, Any]:
        if cursor == END:
            return {"data": [], "has_more": False, "next_cursor": str(last_number(work.session))}
        after = _number(cursor)
        found = changes_after(work.session, after, kinds, limit + 1)
        shown = found[:limit]
        last = shown[-1].seq if shown else after
        return {"data": [_shown(each) for each in shown], "has_more": len(found) > limit, "next_cursor": str(last)}

    return call.read(Right.READ_BACK, read)


def _number(cursor: str) -> int:
    digits = cursor or "0"
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) <= LARGEST_WHOLE):
        raise Invalid.because("/cursor", "This cursor is not one of ours.", field="cursor")
    return int(digits)


def _shown(change: Change) -> dict[str, Any]:
    return {"seq": change.seq, "kind": change.kind, "at": change.at, "actor": change.actor, "data": change.data}
