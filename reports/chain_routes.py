"""The chain of a record, for programs (`/api/v1/chain`) and on the desk (`/chain`)."""

from dataclasses import asdict
from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from core.money import decimal_text
from reports.chain import Chain, Kind, Link, chain_of
from runtime.shapes import Amount, Currency, Shape
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(tags=["reports"])


class LinkShape(Shape):
    """A record in a chain; ask for `/api/v1/chain/{kind}/{reference}` to walk on from it."""

    kind: Kind
    reference: str = Field(examples=["F-1001"])
    title: str
    href: str = Field(description="Where it opens on the desk.")
    on: date | None
    amount: Amount | None
    currency: Currency | None
    state: str


class ChainShape(Shape):
    """Order ↔ delivery ↔ invoice ↔ payment ↔ dispute ↔ notice: all that one of them leads to, itself among it."""

    orders: list[LinkShape]
    deliveries: list[LinkShape]
    invoices: list[LinkShape]
    payments: list[LinkShape]
    disputes: list[LinkShape]
    notices: list[LinkShape]


@router.get("/api/v1/chain/{kind}/{reference:path}", response_model=ChainShape)
def chain(call: Caller, kind: Kind, reference: str) -> Response:
    """The chain of an order, delivery or invoice by its number, a payment by its bank entry's id, a dispute or notice
    by its number."""
    return call.read(Right.READ_BACK, lambda work: _shown(chain_of(work, kind, reference)))


def _shown(found: Chain) -> dict[str, Any]:
    return {
        name: [_link(each) for each in getattr(found, name)]
        for name in ("orders", "deliveries", "invoices", "payments", "disputes", "notices")
    }


def _link(each: Link) -> dict[str, Any]:
    amount = None if each.amount is None else decimal_text(each.amount, each.currency)
    return {**asdict(each), "amount": amount, "currency": each.currency or None}


@router.get("/chain/{kind}/{reference:path}", include_in_schema=False)
def page(call: Caller, kind: Kind, reference: str) -> Response:
    """The same as a page, or as a part of the page of a record."""
    template = "reports/chain_part.html" if "HX-Request" in call.request.headers else "reports/chain.html"

    def show(work: Work) -> dict[str, Any]:
        return {"kind": kind, "reference": reference, "chain": chain_of(work, kind, reference)}

    return call.page(Right.VIEW, template, show)
