"""Merging on the desk: pairs that may be one party, a merge before it happens, and one that happened."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import select

from merging import obstacles, service, store
from merging.likeness import Reason
from merging.preview import preview
from merging.tables import CustomerMerge
from receivables import store as receivables
from receivables.tables import Customer
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

PAIRS_SHOWN = 50
MERGES_SHOWN = 20
REASONS: dict[Reason, str] = {
    "vat_id": "same VAT number",
    "account": "same bank account",
    "name_and_place": "same name and place",
}
"""What two records share → the words for it."""

Text = Annotated[str, Form()]


@router.get("/duplicates")
def duplicates(call: Caller) -> Response:
    """Pairs of customers that may be one party, and what was merged lately."""
    return call.page(Right.VIEW, "merging/duplicates.html", _duplicates)


def _duplicates(work: Work) -> dict[str, Any]:
    pairs = store.suggestions(work.session)
    shown = pairs[:PAIRS_SHOWN]
    lately = work.session.scalars(select(CustomerMerge).order_by(CustomerMerge.number.desc()).limit(MERGES_SHOWN)).all()
    keys = [key for each in shown for key in (each.first, each.second)]
    keys += [key for each in lately for key in (each.survivor_id, each.merged_id)]
    return {
        "pairs": shown,
        "total": len(pairs),
        "merges": lately,
        "customers": store.customers(work.session, list(dict.fromkeys(keys))),
        "words": REASONS,
        "may_merge": work.actor.may(Right.MERGE),
    }


@router.post("/duplicates/dismiss")
def dismiss(call: Caller, first: Text = "", second: Text = "") -> Response:
    """Says that two customers are not the same party."""

    def do(work: Work) -> str:
        one, other = (receivables.customer_as_kept(work.session, each) for each in (first, second))
        service.not_duplicates(work, one, other)
        return f"{one.name} ({one.external_id}) and {other.name} ({other.external_id}) are not suggested again."

    return call.form(Right.MERGE, do, to="/duplicates")


@router.get("/merges/new")
def new(call: Caller, survivor: str = "", merged: str = "") -> Response:
    """A merge before it happens: what goes over, what stays, what must be settled first."""

    def draw(work: Work) -> dict[str, Any]:
        pair = [receivables.customer_as_kept(work.session, each.strip()) for each in (survivor, merged)]
        return {"preview": preview(work, *pair), "may_merge": work.actor.may(Right.MERGE)}

    return call.page(Right.VIEW, "merging/new.html", draw)


@router.post("/merges")
def put_together(call: Caller, survivor: Text = "", merged: Text = "", reason: Text = "") -> Response:
    """Merges a customer into another."""

    def do(work: Work) -> str:
        kept, gone = (receivables.customer_as_kept(work.session, each) for each in (survivor, merged))
        made = service.merge(work, kept, gone, reason)
        return f"{gone.external_id} is a part of {kept.external_id} now (merge {made.number})."

    return call.form(Right.MERGE, do, to=f"/merges/new?{urlencode({'survivor': survivor, 'merged': merged})}")


@router.get("/merges/{number}")
def one(call: Caller, number: int) -> Response:
    """One merge: who, when, why, what was moved, and whether it can be taken apart."""
    return call.page(Right.VIEW, "merging/merge.html", lambda work: _one(work, number))


def _one(work: Work, number: int) -> dict[str, Any]:
    made = store.merge_by_number(work.session, number)
    survivor = work.session.get_one(Customer, made.survivor_id)
    return {
        "made": made,
        "survivor": survivor,
        "merged": work.session.get_one(Customer, made.merged_id),
        "moved": store.moved(work.session, made.id),
        "obstacles": [] if made.undone_at else obstacles.of_taking_apart(work, made, survivor),
        "may_merge": work.actor.may(Right.MERGE),
    }


@router.post("/merges/{number}/undo")
def undo(call: Caller, number: int, reason: Text = "") -> Response:
    """Takes two customers apart again."""

    def do(work: Work) -> str:
        service.take_apart(work, store.merge_by_number(work.session, number), reason)
        return "They are two customers again."

    return call.form(Right.MERGE, do, to=f"/merges/{number}")
