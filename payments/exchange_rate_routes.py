"""`/api/v1/exchange-rates`: at what rate money in one currency pays invoices in another."""

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from payments import exchange_rates
from payments.tables import ExchangeRate
from runtime.shapes import Body, Currency, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["bank"])

MOST_RATES = 1_000


class RateBody(Body):
    """One unit of `base` is `rate` units of `quote` that day."""

    base: Currency
    quote: Currency
    on: date
    rate: str = Field(examples=["1.0921"])
    source: str = Field(min_length=1, max_length=120, examples=["ECB reference rate"])


class RatesBody(Body):
    """Rates of one or many days; those known already stay."""

    rates: list[RateBody] = Field(min_length=1, max_length=MOST_RATES)


class RateShape(Shape):
    """A rate, where it comes from and who added it."""

    base: Currency
    quote: Currency
    on: date
    rate: str
    source: str
    author: str
    at: datetime


@router.get("/exchange-rates", response_model=Whole[RateShape])
def list_rates(call: Caller) -> Response:
    """The last hundred rates, the newest day first."""
    return call.read(Right.VIEW, lambda work: {"data": [_shown(each) for each in exchange_rates.newest(work.session)]})


@router.post("/exchange-rates", status_code=201, response_model=Whole[RateShape])
def add_rates(call: Caller, body: RatesBody) -> Response:
    """Adds rates; all or nothing."""

    def do(work: Work) -> dict[str, Any]:
        made = [
            exchange_rates.add_rate(work, each.base, each.quote, each.on, each.rate, each.source) for each in body.rates
        ]
        return {"data": [_shown(each) for each in made]}

    return call.write(Right.CASH, do, status=201)


def _shown(row: ExchangeRate) -> dict[str, Any]:
    return {
        "base": row.base,
        "quote": row.quote,
        "on": row.on,
        "rate": row.rate,
        "source": row.source,
        "author": row.actor,
        "at": row.at,
    }
