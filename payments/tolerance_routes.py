"""`/api/v1/tolerances`: which differences of a payment are accepted without a person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from core.money import decimal_text
from payments import tolerances
from payments.tables import CashTolerance
from receivables.store import company_by_code
from runtime.shapes import Amount, Body, Currency, Shape, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["bank"])


class ToleranceShape(Shape):
    """What counts for a company in one currency. `company` is null for what is meant for all of them."""

    company: str | None
    currency: Currency
    version: int
    rounding: Amount
    charges: Amount
    percent: str = Field(examples=["1.00"])
    discount_grace_days: int
    author: str
    changed_at: datetime


class ToleranceBody(Body):
    """Up to `rounding` is written off, up to `charges` becomes bank charges, neither ever above `percent` of what is
    open. A discount is accepted so many days after its last one. Without `company`, all companies are meant."""

    company: str | None = None
    rounding: Amount
    charges: Amount
    percent: str = Field(examples=["1.00"])
    discount_grace_days: int


@router.get("/tolerances", response_model=Whole[ToleranceShape])
def list_tolerances(call: Caller, company: str | None = None) -> Response:
    """What counts for a company (the only one, if there is one): its own versions before those meant for all."""

    def do(work: Work) -> dict[str, Any]:
        ours = company_by_code(work.session, company)
        rows = tolerances.in_force(work.session, ours.id)
        return {"data": [_shown(row, {ours.id: ours.code}) for _, row in sorted(rows.items())]}

    return call.read(Right.VIEW, do)


@router.put("/tolerances/{currency}", response_model=ToleranceShape)
def set_tolerance(call: Caller, currency: str, body: ToleranceBody) -> Response:
    """Adds the next version; the runs from now on use it."""

    def do(work: Work) -> dict[str, Any]:
        ours = company_by_code(work.session, body.company) if body.company else None
        said = body.model_dump(exclude={"company"})
        row = tolerances.set_tolerance(work, ours.id if ours else None, currency, said)
        return _shown(row, {ours.id: ours.code} if ours else {})

    return call.write(Right.POLICY, do)


def _shown(row: CashTolerance, codes: dict[UUID, str]) -> dict[str, Any]:
    return {
        "company": codes[row.company_id] if row.company_id else None,
        "currency": row.currency,
        "version": row.version,
        "rounding": decimal_text(row.rounding, row.currency),
        "charges": decimal_text(row.charges, row.currency),
        "percent": f"{row.basis_points / 100:.2f}",
        "discount_grace_days": row.grace_days,
        "author": row.actor,
        "changed_at": row.at,
    }
