"""The two roads of a balance, moved together: every change of an open item writes its posting in the same breath.

This is the only module that changes `open_item.open`. Amounts are positive minor units; what a movement means stands
in its account and contra.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.errors import Refused
from receivables.tables import OpenItem, Posting
from runtime.ids import new_id
from runtime.many import change
from runtime.work import Work


class Account(StrEnum):
    """Where money stands. The first four are a customer's, the others the company's."""

    RECEIVABLE = "receivable"
    CREDIT = "credit"
    UNAPPLIED = "unapplied"
    CHARGE = "charge"
    SALES = "sales"
    INTEREST = "interest"
    PAID_BEFORE = "paid_before"
    BANK = "bank"
    SUSPENSE = "suspense"
    DISCOUNT = "discount"
    FEE = "fee"
    WRITE_OFF = "write_off"
    IGNORED = "ignored"
    EXCHANGE = "exchange"
    EXCHANGE_DIFFERENCE = "exchange_difference"
    TRANSFER = "transfer"


class NotThatMuchOpen(Refused):
    """More would be taken off an open item than is open on it."""

    def __init__(self, number: str) -> None:
        super().__init__(f"Not that much is open on {number}; somebody may have applied cash meanwhile.")


def posting(
    work: Work,
    *,
    company_id: UUID,
    customer_id: UUID | None,
    account: Account,
    contra: Account,
    amount: int,
    currency: str,
    cause: str,
    cause_id: UUID,
    on: date,
    open_item_id: UUID | None = None,
    reverses_id: UUID | None = None,
) -> dict[str, Any]:
    """One movement as a row for the bulk lane; `id` is made here."""
    return {
        "id": new_id(),
        "company_id": company_id,
        "customer_id": customer_id,
        "open_item_id": open_item_id,
        "account": account.value,
        "contra": contra.value,
        "amount": amount,
        "currency": currency,
        "cause": cause,
        "cause_id": cause_id,
        "on": on,
        "at": work.now,
        "reverses_id": reverses_id,
    }


def post(work: Work, row: Mapping[str, Any]) -> None:
    work.session.add(Posting(**row))


_ACCOUNTS = {"invoice": Account.RECEIVABLE, "credit_note": Account.CREDIT, "charge": Account.CHARGE}


def account_of(item: OpenItem) -> Account:
    """The customer account an open item lives on."""
    return _ACCOUNTS[item.kind]


def lower(work: Work, item: OpenItem, amount: int, contra: Account, *, cause: str, cause_id: UUID, on: date) -> None:
    """Takes `amount` off what is open on an item; a negative amount puts it back.

    The caller holds the customer's lock.
    """
    _take(work, item, amount)
    side = 1 if item.kind == "credit_note" else -1
    post(
        work,
        posting(
            work,
            company_id=item.company_id,
            customer_id=item.customer_id,
            open_item_id=item.id,
            account=account_of(item),
            contra=contra,
            amount=side * amount,
            currency=item.currency,
            cause=cause,
            cause_id=cause_id,
            on=on,
        ),
    )


def lower_many(session: Session, taken: Mapping[UUID, int]) -> None:
    """Takes these amounts off these items at once; refuses all of it if one has not that much open.

    The caller holds the customers' locks and writes the postings.
    """
    rows = [(amount, item_id, amount) for item_id, amount in taken.items()]
    if change(session, _LOWER_SQLITE, _LOWER_POSTGRESQL, rows) != len(rows):
        raise NotThatMuchOpen("one of many items")


_LOWER_SQLITE = "UPDATE open_item SET open = open - ? WHERE id = ? AND open >= ?"
_LOWER_POSTGRESQL = """
    UPDATE open_item SET open = open - taken.amount
    FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[]) AS taken (amount, item_id, least)
    WHERE open_item.id = taken.item_id AND open_item.open >= taken.least
"""


def offset(work: Work, item: OpenItem, credit: OpenItem, amount: int, *, cause: str, cause_id: UUID, on: date) -> None:
    """Takes `amount` off an invoice's item and off the credit note that settles it, in one movement."""
    _take(work, item, amount)
    _take(work, credit, amount)
    row = posting(
        work,
        company_id=item.company_id,
        customer_id=item.customer_id,
        open_item_id=item.id,
        account=Account.RECEIVABLE,
        contra=Account.CREDIT,
        amount=-amount,
        currency=item.currency,
        cause=cause,
        cause_id=cause_id,
        on=on,
    )
    post(work, {**row, "contra_item_id": credit.id})


def _take(work: Work, item: OpenItem, amount: int) -> None:
    """The guarded update: the database refuses what would leave 0 ≤ open ≤ gross, and so do we, in words."""
    changed = work.session.execute(
        update(OpenItem)
        .where(OpenItem.id == item.id, OpenItem.open >= amount, OpenItem.open - amount <= OpenItem.gross)
        .values(open=OpenItem.open - amount)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise NotThatMuchOpen(str(item.id))
    work.session.refresh(item, ["open", "customer_id"])
