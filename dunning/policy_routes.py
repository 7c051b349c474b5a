"""`/api/v1`: versions of a dunning policy, and what a draft or another version would do to the present book."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from core.money import decimal_text
from dunning import policies, store, trial
from dunning.planning import Tally
from runtime.shapes import Amount, Body, Currency, Day, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])


class DraftPolicy(Body):
    """A draft of a policy, tried on the book of a day (today when absent)."""

    name: str
    body: dict[str, Any]
    on: Day | None = None


class VersionShape(Shape):
    """One version of a policy as it was stored."""

    version: int
    body: dict[str, Any]
    actor: str
    at: str
    items: int = Field(description="Open items that began on this version and stay there.")


class SideShape(Shape):
    """What a run would come to."""

    notices: int
    levels: dict[str, int] = Field(description="Notices by their highest level.", examples=[{"1": 12, "2": 3}])
    held: dict[str, int]
    waiting: int


class ChangeShape(Shape):
    """An item that would fare otherwise."""

    invoice_number: str
    customer_id: str
    open: Amount
    currency: Currency
    before: str = Field(examples=["level 1"])
    after: str = Field(examples=["not overdue long enough until 2026-11-24"])


class TrialShape(Shape):
    """Both sides, how many items fare otherwise, and the first two hundred of them."""

    before: SideShape
    after: SideShape
    changed: int
    changes: list[ChangeShape]


@router.get("/dunning-policies/{name}/versions", response_model=Whole[VersionShape])
def versions(call: Caller, name: str) -> Response:
    """Every version of a policy, the newest first; items stay on the version they began on."""

    def read(work: Work) -> dict[str, Any]:
        store.policy_in_force(work.session, name)
        found = store.policy_versions(work.session, name)
        items = store.items_started_on(work.session, [each.id for each in found])
        return {
            "data": [
                {"version": each.version, "body": each.body, "actor": each.actor, "at": each.at.isoformat(),
                 "items": items.get(each.id, 0)}
                for each in found
            ]
        }  # fmt: skip

    return call.read(Right.VIEW, read)


@router.post("/dunning-policies/preview", response_model=TrialShape)
def preview(call: Caller, body: DraftPolicy) -> Response:
    """Who would get what if this draft were stored; stores nothing. What is wrong is named by its JSON pointer."""
    do = lambda work: _shown(trial.try_draft(work, trial.draft_of(work, body.name, body.body)))  # noqa: E731
    return call.read(Right.DUN, do, on=body.on)


@router.get("/dunning-policies/{name}/compare", response_model=TrialShape)
def compare(call: Caller, name: str, before: int, after: int, on: Day | None = None) -> Response:
    """Two versions over the present book, each as if every item stood under it."""

    def read(work: Work) -> dict[str, Any]:
        return _shown(trial.compare(work, trial.version_of(work, name, before), trial.version_of(work, name, after)))

    return call.read(Right.DUN, read, on=on)


class MovedShape(Shape):
    """How many open items stand under the newest version now that began on an earlier one."""

    moved: int


@router.post("/dunning-policies/{name}/move", response_model=MovedShape)
def move(call: Caller, name: str) -> Response:
    """Puts open items that began on earlier versions of a policy under its newest; their level stays."""
    return call.write(Right.POLICY, lambda work: {"moved": policies.move_to_newest(work, name)})


def _shown(found: trial.Trial) -> dict[str, Any]:
    return {
        "before": _side(found.before),
        "after": _side(found.after),
        "changed": found.changed,
        "changes": [
            {"invoice_number": each.number, "customer_id": each.customer_id, "before": each.before,
             "after": each.after, "open": decimal_text(each.open, each.currency), "currency": each.currency}
            for each in found.changes
        ],
    }  # fmt: skip


def _side(tally: Tally) -> dict[str, Any]:
    levels = {str(level): count for level, count in sorted(tally.levels.items())}
    return {"notices": tally.notices, "levels": levels, "held": dict(tally.held), "waiting": tally.waiting}
