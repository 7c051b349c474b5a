"""`/api/v1/customer-duplicates` and `/api/v1/customer-merges`."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy import select

from core.money import decimal_text
from merging import service, store
from merging.preview import Owed, Preview, preview
from merging.shapes import (
    DismissedShape,
    DuplicatesShape,
    LikeShape,
    MergePreviewShape,
    MergeShape,
    NewMerge,
    Pair,
    Undo,
)
from merging.tables import CustomerMerge
from receivables import store as receivables
from receivables.tables import Customer
from runtime.lists import page_of
from runtime.shapes import Page
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["customers"])

Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("/customer-duplicates", response_model=DuplicatesShape)
def duplicates(call: Caller, limit: Limit = 50) -> Response:
    """Customers that may be one party, by VAT number, bank account, or name and place; what says most first."""

    def read(work: Work) -> dict[str, Any]:
        pairs = store.suggestions(work.session)
        shown = pairs[:limit]
        named = store.customers(work.session, [key for each in shown for key in (each.first, each.second)])
        data = [
            {"first": _like(named[each.first]), "second": _like(named[each.second]), "reasons": list(each.reasons)}
            for each in shown
        ]
        return {"data": data, "total": len(pairs)}

    return call.read(Right.VIEW, read)


@router.post("/customer-duplicates/dismiss", response_model=DismissedShape)
def dismiss(call: Caller, body: Pair) -> Response:
    """Says that two customers are not the same party: they are not suggested again."""

    def do(work: Work) -> dict[str, Any]:
        one, other = (receivables.customer_as_kept(work.session, each) for each in (body.first, body.second))
        service.not_duplicates(work, one, other)
        return {"first": body.first, "second": body.second, "dismissed": True}

    return call.write(Right.MERGE, do)


@router.get("/customer-merges", response_model=Page[MergeShape])
def merges(call: Caller, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Merges, the newest first."""

    def read(work: Work) -> dict[str, Any]:
        order = (CustomerMerge.number.desc(),)
        return page_of(work.session, select(CustomerMerge), order, limit, cursor, lambda row: _shown(work, row[0]))

    return call.read(Right.VIEW, read)


@router.get("/customer-merges/preview", response_model=MergePreviewShape)
def before(call: Caller, survivor: str, merged: str) -> Response:
    """What a merge of these two would move, and what must be settled first."""

    def read(work: Work) -> dict[str, Any]:
        pair = [receivables.customer_as_kept(work.session, each) for each in (survivor, merged)]
        return _previewed(preview(work, *pair))

    return call.read(Right.VIEW, read)


@router.get("/customer-merges/{number}", response_model=MergeShape)
def merge(call: Caller, number: int) -> Response:
    """One merge."""
    return call.read(Right.VIEW, lambda work: _shown(work, store.merge_by_number(work.session, number)))


@router.post("/customer-merges", status_code=201, response_model=MergeShape)
def put_together(call: Caller, body: NewMerge) -> Response:
    """Merges a customer into another; refused with what must be settled first."""

    def do(work: Work) -> dict[str, Any]:
        survivor, merged = (receivables.customer_as_kept(work.session, each) for each in (body.survivor, body.merged))
        return _shown(work, service.merge(work, survivor, merged, body.reason))

    return call.write(Right.MERGE, do, status=201)


@router.post("/customer-merges/{number}/undo", response_model=MergeShape)
def undo(call: Caller, number: int, body: Undo) -> Response:
    """Takes two customers apart again: exactly what was moved goes back."""

    def do(work: Work) -> dict[str, Any]:
        made = store.merge_by_number(work.session, number)
        service.take_apart(work, made, body.reason)
        return _shown(work, made)

    return call.write(Right.MERGE, do)


def _shown(work: Work, made: CustomerMerge) -> dict[str, Any]:
    names = receivables.external_ids(work.session, (made.survivor_id, made.merged_id))
    said = ("number", "reason", "actor", "at", "undone_at", "undone_by", "undo_reason")
    return {
        **{name: getattr(made, name) for name in said},
        "survivor": names[made.survivor_id],
        "merged": names[made.merged_id],
    }


def _like(customer: Customer) -> dict[str, Any]:
    names = LikeShape.model_fields.keys() - {"customer_id"}
    return {"customer_id": customer.external_id, **{name: getattr(customer, name) for name in names}}


def _previewed(found: Preview) -> dict[str, Any]:
    return {
        "survivor": _like(found.survivor),
        "merged": _like(found.merged),
        "moves": [{"what": what, "count": count} for what, count in found.counts],
        "owed": [_owed(each) for each in found.owed],
        "limits": _limits(found.limits),
        "unused_limits": _limits(found.unused_limits),
        "obstacles": list(found.obstacles),
    }


def _owed(each: Owed) -> dict[str, Any]:
    amounts = {name: decimal_text(getattr(each, name), each.currency) for name in ("open", "credits", "unapplied")}
    return {"currency": each.currency, **amounts}


def _limits(limits: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"currency": currency, "amount": decimal_text(amount, currency)} for currency, amount in limits]
