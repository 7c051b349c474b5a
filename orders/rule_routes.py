"""What orders are checked by: `/api/v1/order-rules`, and its page."""

from itertools import zip_longest
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import Field

from core.errors import Invalid
from orders import rules
from orders.intake import CHANNELS
from orders.priority import PRIORITIES
from runtime.shapes import Body, Shape
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(tags=["orders"])

API, PAGE = "/api/v1/order-rules", "/order-rules"
Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]
SPARE_ROWS = 2
_EMPTY = {"priority": "high", "segment": "", "channel": "", "currency": "", "amount": "", "within_days": ""}


class Minutes(Body):
    """How soon after its receipt an order is to be handed over, in minutes, by priority."""

    low: int = Field(examples=[240])
    normal: int = Field(examples=[60])
    high: int = Field(examples=[60])
    urgent: int = Field(examples=[30])


class RaiseSaid(Body):
    """Orders that fit all it names are at least of this priority; `currency` and `amount` come together."""

    priority: Literal["normal", "high", "urgent"]
    segment: str = Field("", examples=["A"])
    channel: str = ""
    currency: str = Field("", examples=["EUR"])
    amount: str = Field("", examples=["5000.00"])
    within_days: int | None = Field(None, description="Delivery is requested so soon after the order's receipt.")


class RulesSaid(Body):
    """The rules as they shall be; the next version of them."""

    minutes: Minutes
    raises: list[RaiseSaid] = Field(default_factory=list, max_length=rules.MOST_RAISES)
    enough: int = Field(5, description="So many earlier orders it takes to call one unusual.")
    times_the_median: int = Field(4, description="Up to so many times the median amount is usual.")
    times_the_average: int = Field(4, description="Up to so many times the average of seven days is usual.")
    new_address: bool = Field(True, description="Whether a new delivery address is unusual.")


class MinutesShape(Shape):
    """Minutes to hand over by priority."""

    low: int
    normal: int
    high: int
    urgent: int


class RaiseShape(Shape):
    """A rule that raises the priority of the orders that fit all it names."""

    priority: Literal["normal", "high", "urgent"]
    segment: str
    channel: str
    currency: str
    amount: str
    within_days: int | None


class RulesShape(Shape):
    """The rules in force."""

    version: int
    minutes: MinutesShape
    raises: list[RaiseShape]
    enough: int
    times_the_median: int
    times_the_average: int
    new_address: bool


@router.get(API, response_model=RulesShape)
def read_rules(call: Caller) -> Response:
    """The rules orders are checked by."""
    return call.read(Right.VIEW, _rules)


@router.put(API, response_model=RulesShape)
def put_rules(call: Caller, body: RulesSaid) -> Response:
    """Puts the next version of the rules in force, for orders that come in from now on."""

    def do(work: Work) -> dict[str, Any]:
        rules.put_rules(work, body.model_dump())
        return _rules(work)

    return call.write(Right.POLICY, do)


def _rules(work: Work) -> dict[str, Any]:
    return {"version": rules.version(work.session), **rules.shown(rules.in_force(work.session))}


@router.get(PAGE, include_in_schema=False)
def page(call: Caller) -> Response:
    """The rules, to be changed."""

    def show(work: Work) -> dict[str, Any]:
        said = _rules(work)
        return {
            "rules": said,
            "raises": [*said["raises"], *(_EMPTY,) * SPARE_ROWS],
            "priorities": tuple(reversed(PRIORITIES)),
            "channels": CHANNELS,
            "may_change": work.actor.may(Right.POLICY),
        }

    return call.page(Right.VIEW, "orders/rules.html", show)


@router.post(PAGE, include_in_schema=False)
def put_on_page(
    call: Caller,
    low: Text = "",
    normal: Text = "",
    high: Text = "",
    urgent: Text = "",
    enough: Text = "",
    times_the_median: Text = "",
    times_the_average: Text = "",
    new_address: Text = "",
    priority: Texts = None,
    segment: Texts = None,
    channel: Texts = None,
    currency: Texts = None,
    amount: Texts = None,
    within_days: Texts = None,
) -> Response:
    """Puts the next version in force; a row that names no orders is left out."""

    def do(work: Work) -> str:
        minutes = {"low": low, "normal": normal, "high": high, "urgent": urgent}
        whole = {"enough": enough, "times_the_median": times_the_median, "times_the_average": times_the_average}
        columns = [each or [] for each in (priority, segment, channel, currency, amount, within_days)]
        rules.put_rules(
            work,
            {
                "minutes": {name: _number(value, name) for name, value in minutes.items()},
                **{name: _number(value, name) for name, value in whole.items()},
                "new_address": new_address == "yes",
                "raises": [_row(*each) for each in zip_longest(*columns, fillvalue="") if any(each[1:])],
            },
        )
        return "The rules are in force for orders that come in from now on."

    return call.form(Right.POLICY, do, to=PAGE)


def _row(priority: str, segment: str, channel: str, currency: str, amount: str, days: str) -> dict[str, Any]:
    return {
        "priority": priority, "segment": segment, "channel": channel, "currency": currency, "amount": amount,
        "within_days": _number(days, "within_days") if days.strip() else None,
    }  # fmt: skip


def _number(text: str, name: str) -> int:
    if not text.strip().isdecimal() or len(text.strip()) > 9:
        raise Invalid.because(f"/{name}", f"{name.replace('_', ' ')} is a whole number.", field=name)
    return int(text)
