"""`/api/v1/pauses`: the pause ledger. Why is this invoice not reminded, since when, and until when?"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from core.money import decimal_text
from dunning.stops import ledger
from dunning.tables import Pause
from runtime.lists import page_of
from runtime.shapes import Amount, Currency, Page, Shape
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])


class PauseShape(Shape):
    """An interval in which an item, or part of it, is not reminded; `ended_at` null: it runs.

    `invoice_number` null pauses all of the customer; `amount` null all of the item. `case` is the dispute behind it.
    """

    id: UUID
    customer_id: str = Field(examples=["ACME"])
    invoice_number: str | None
    amount: Amount | None
    currency: Currency | None
    source: str = Field(examples=["dispute"])
    case: int | None
    reason: str
    from_on: date
    from_at: datetime
    expires_on: date | None
    ended_on: date | None
    ended_at: datetime | None
    actor: str


@router.get("/pauses", response_model=Page[PauseShape])
def pauses(
    call: Caller,
    invoice: str = "",
    customer: str = "",
    running: bool = False,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: str | None = None,
) -> Response:
    """Pauses of an invoice, a customer or all, the latest first; `running` leaves out those that are over."""

    def read(work: Work) -> dict[str, Any]:
        query = ledger(invoice, customer, work.today if running else None)
        return page_of(work.session, query, (Pause.id.desc(),), limit, cursor, _shown)

    return call.read(Right.READ_BACK, read)


def _shown(row: Any) -> dict[str, Any]:
    pause: Pause = row.Pause
    names = ("id", "source", "reason", "from_on", "from_at", "expires_on", "ended_on", "ended_at", "actor")
    has_amount = pause.amount is not None and row.currency is not None
    return {
        **{name: getattr(pause, name) for name in names},
        "customer_id": row.external_id,
        "invoice_number": row.number,
        "amount": decimal_text(pause.amount or 0, row.currency) if has_amount else None,
        "currency": row.currency,
        "case": row.case,
    }
