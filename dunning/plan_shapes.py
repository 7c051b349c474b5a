"""What the API takes and says about payment plans."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from dunning.plans import PlanInterest, Revive, Rhythm
from runtime.shapes import Amount, Body, Currency, Day, Shape

PlanState = Literal["proposed", "active", "kept", "defaulted", "cancelled"]


class ItemNamed(Body):
    """An open item; without `instalment` all that is open of the invoice."""

    invoice_number: str
    instalment: int | None = None


class InstalmentAsked(Body):
    """An amount for a day."""

    due_on: Day
    amount: str


class EqualInstalments(Body):
    """As many equal instalments from a day on; the odd cents go to the first ones."""

    number: int = Field(ge=1, le=120)
    first_on: Day
    rhythm: Rhythm = "monthly"


class NewPlan(Body):
    """A plan: either `instalments`, which come to exactly what is open, or `equal` ones.

    `revive` says what a missed instalment revives, `interest` whether late interest rests while the plan is kept to.
    `agreed` false only notes the proposal.
    """

    items: list[ItemNamed] = Field(min_length=1, max_length=500)
    instalments: list[InstalmentAsked] = Field(default=[], max_length=120)
    equal: EqualInstalments | None = None
    revive: Revive = "balance"
    interest: PlanInterest = "runs"
    note: str = ""
    agreed: bool = True


class CancelPlan(Body):
    """Why a plan no longer counts."""

    reason: str


class InstalmentShape(Shape):
    """An instalment and what was counted against it, oldest first."""

    due_on: date
    amount: Amount
    paid: Amount


class PlanItemShape(Shape):
    """An open item of a plan: what was open of it when the plan was made, and what is now."""

    invoice_number: str
    instalment: int
    amount: Amount
    open: Amount


class PlanListed(Shape):
    """A payment plan."""

    id: UUID
    number: int
    customer_id: str
    company: str
    currency: Currency
    total: Amount
    state: PlanState
    revive: Revive
    interest: PlanInterest
    note: str
    began_on: date | None
    defaulted_on: date | None
    ended_on: date | None
    end_reason: str


class PlanShape(PlanListed):
    """The same with its parts."""

    paid: Amount
    instalments: list[InstalmentShape]
    items: list[PlanItemShape]
