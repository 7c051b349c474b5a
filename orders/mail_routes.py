"""Which states of an order customers are told of by mail: `/api/v1/order-mails` and its page."""

from typing import Annotated, Any, Literal

from babel import Locale
from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import Field

from orders import mails
from orders.store import order_named
from runtime.shapes import Body, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(tags=["orders"])

API, PAGE = "/api/v1/order-mails", "/order-mails"
State = Literal["ask", "received", "confirmed", "changed", "cancelled", "delivered"]
WORDS = {
    "ask": "An unusual order: a link that confirms it",
    "received": "The order was received",
    "confirmed": "The order is confirmed",
    "changed": "The order was changed",
    "cancelled": "The order is cancelled",
    "delivered": "The order was delivered",
}


class SwitchShape(Shape):
    """A state, whether customers are told of it, and the languages there are words in."""

    state: State
    is_on: bool
    languages: list[str] = Field(examples=[["de", "en", "es", "fr"]])


class SwitchSaid(Body):
    """Whether customers are told."""

    is_on: bool


@router.get(API, response_model=Whole[SwitchShape])
def switches(call: Caller) -> Response:
    """Every state there is a mail for."""
    return call.read(Right.VIEW, lambda work: {"data": _switches(work)})


def _switches(work: Work) -> list[dict[str, Any]]:
    on, languages = mails.switched_on(work.session), sorted(mails.texts())
    return [{"state": state, "is_on": state in on, "languages": languages} for state in mails.STATES]


@router.put(API + "/{state}", response_model=SwitchShape)
def put_switch(call: Caller, state: State, body: SwitchSaid) -> Response:
    """Switches the mail of a state on or off."""

    def do(work: Work) -> dict[str, Any]:
        mails.switch(work, state, is_on=body.is_on)
        work.session.flush()
        return next(each for each in _switches(work) if each["state"] == state)

    return call.write(Right.POLICY, do)


@router.get(PAGE, include_in_schema=False)
def page(call: Caller) -> Response:
    """The switches, with the words of each language."""

    def show(work: Work) -> dict[str, Any]:
        return {
            "switches": _switches(work), "words": WORDS, "texts": mails.texts(),
            "language_name": _language_name,
            "may_change": work.actor.may(Right.POLICY),
        }  # fmt: skip

    return call.page(Right.VIEW, "orders/mails.html", show)


def _language_name(code: str) -> str:
    return str(Locale(code).get_display_name("en") or code)


@router.post(PAGE, include_in_schema=False)
def put_switches(call: Caller, on: Annotated[list[State] | None, Form()] = None) -> Response:
    """Switches the mails of the states that are ticked on, and all others off."""

    def do(work: Work) -> str:
        wanted = set(on or ())
        for state in mails.STATES:
            if (state in wanted) != (state in mails.switched_on(work.session)):
                mails.switch(work, state, is_on=state in wanted)
        return f"Customers are told of {len(wanted)} states."

    return call.form(Right.POLICY, do, to=PAGE)


@router.post("/order-questions", include_in_schema=False)
def ask(call: Caller, number: Annotated[str, Form()] = "") -> Response:
    """Mails the customer the link that confirms an order."""

    def do(work: Work) -> str:
        mails.ask_customer(work, order_named(work.session, number).Order)
        return "The customer is asked by mail; the link works once, for fourteen days."

    return call.form(Right.PUSH, do, to=f"/orders/{number}")
