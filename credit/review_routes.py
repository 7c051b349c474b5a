"""`/api/v1/credit`: the rules checks decide by, how a customer behaves, and what a person should look at again."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from credit import behaviour, reviews, rules
from credit.tables import CreditReview
from receivables.store import customer_by_external_id, external_ids
from runtime.shapes import Amount, Body, Currency, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["credit"])


class StepSaid(Body):
    """More than `amount` overdue by more than `days`: an order is referred, or denied."""

    currency: str = Field(examples=["EUR"])
    amount: str = Field(examples=["5000.00"])
    days: int = Field(ge=0, le=3650, examples=[45])
    verdict: Literal["refer", "deny"]


class RulesSaid(Body):
    """The rules as they shall be; the next version of them."""

    refers_up_to_percent: int = Field(ge=0, le=100)
    patient_days: int = Field(ge=0, le=90)
    refers_at_days: int = Field(ge=1, le=365)
    denies_at_days: int = Field(ge=1, le=365)
    steps: list[StepSaid] = Field(default_factory=list, max_length=rules.MOST_STEPS)


class StepShape(Shape):
    """One step of amount and age."""

    currency: Currency
    amount: Amount
    days: int
    verdict: Literal["refer", "deny"]


class RulesShape(Shape):
    """An order beyond the limit by at most `refers_up_to_percent` of it is referred, else denied; open amount × days
    overdue refers and denies from so many days × limit on; each step looks at amount and age directly."""

    version: int
    refers_up_to_percent: int
    patient_days: int
    refers_at_days: int
    denies_at_days: int
    steps: list[StepShape]


@router.get("/credit/rules", response_model=RulesShape)
def read_rules(call: Caller) -> Response:
    """The rules in force."""
    return call.read(Right.VIEW, _rules)


@router.put("/credit/rules", response_model=RulesShape)
def put_rules(call: Caller, body: RulesSaid) -> Response:
    """Puts the next version of the rules in force."""

    def do(work: Work) -> dict[str, Any]:
        rules.put_rules(work, body.model_dump())
        return _rules(work)

    return call.write(Right.POLICY, do)


def _rules(work: Work) -> dict[str, Any]:
    return {"version": rules.version(work.session), **rules.shown(rules.in_force(work.session))}


# ── behaviour ───────────────────────────────────────────────────────────────────────────────────


class PartShape(Shape):
    """What one side of the behaviour takes from the score."""

    what: str
    says: str
    points: int


class ScoreShape(Shape):
    """The score of a day."""

    on: date
    score: int


class BehaviourShape(Shape):
    """How a customer paid and kept its word in the last year: 100 less what each part takes; null: nothing is known."""

    customer_id: str = Field(examples=["ACME"])
    score: int | None
    parts: list[PartShape]
    history: list[ScoreShape]


@router.get("/customers/{external_id}/behaviour", response_model=BehaviourShape)
def behaves(call: Caller, external_id: str) -> Response:
    """The behaviour score with everything it rests on."""

    def read(work: Work) -> dict[str, Any]:
        customer = customer_by_external_id(work.session, external_id)
        seen = reviews.behaviours(work, {customer.id})[customer.id]
        history = reviews.scores_of(work.session, customer.id)
        return {
            "customer_id": external_id,
            "score": behaviour.score(seen),
            "parts": [{"what": part.what, "says": part.says, "points": part.points} for part in behaviour.parts(seen)],
            "history": [{"on": each.on, "score": each.score} for each in history],
        }

    return call.read(Right.VIEW, read)


# ── reviews ─────────────────────────────────────────────────────────────────────────────────────


class ReviewShape(Shape):
    """A look a person should take at a customer's credit, or took: `note` says what came of it."""

    id: UUID
    customer_id: str
    cause: Literal["limit_ends", "limit_ended", "behaviour"]
    about: str
    due_on: date
    opened_on: date
    is_closed: bool
    note: str


class ReviewNote(Body):
    """What came of it."""

    note: str = Field(examples=["Limit renewed for a year."])


@router.get("/credit/reviews", response_model=Whole[ReviewShape])
def to_do(call: Caller) -> Response:
    """Reviews nobody has done yet, the first due first."""

    def read(work: Work) -> dict[str, Any]:
        found = reviews.to_do(work.session)
        return {"data": [_review(row.CreditReview, row.Customer.external_id) for row in found]}

    return call.read(Right.VIEW, read)


@router.post("/credit/reviews/{review_id}/close", response_model=ReviewShape)
def close(call: Caller, review_id: UUID, body: ReviewNote) -> Response:
    """Says what came of a review."""

    def do(work: Work) -> dict[str, Any]:
        done = reviews.close(work, review_id, body.note)
        return _review(done, external_ids(work.session, [done.customer_id])[done.customer_id])

    return call.write(Right.HOLD, do)


def _review(each: CreditReview, customer: str) -> dict[str, Any]:
    names = ("id", "cause", "about", "due_on", "opened_on", "note")
    is_closed = each.closed_at is not None
    return {**{name: getattr(each, name) for name in names}, "customer_id": customer, "is_closed": is_closed}
