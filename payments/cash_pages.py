"""Around the workbench: cash customers have left over, everything that was applied, and what was learned of payers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from payments import history, payers, service, store, unapplied
from payments.tables import Allocation, Payment
from runtime.lists import rows_of
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50

Text = Annotated[str, Form()]


# ── unapplied cash ──────────────────────────────────────────────────────────────────────────────


@router.get("/unapplied")
def unapplied_cash(call: Caller, q: str = "", after: str | None = None) -> Response:
    """Cash that belongs to customers and pays nothing yet, the latest first."""
    return call.page(Right.VIEW, "payments/unapplied.html", lambda work: _unapplied(work, q, after))


def _unapplied(work: Work, q: str, after: str | None) -> dict[str, Any]:
    rows, cursor = rows_of(work.session, unapplied.listed(q), (Payment.id.desc(),), ROWS_A_PAGE, after)
    return {
        "rows": [
            (row.Payment, row.Customer, row.BankEntry, row.RefundRequest, unapplied.would_settle(work.session, row[0]))
            for row in rows
        ],
        "q": q,
        "cursor": cursor,
        "after": after,
        "may_place": work.actor.may(Right.CASH),
    }


@router.post("/unapplied/{payment_id}/use")
def use(call: Caller, payment_id: UUID) -> Response:
    """Uses the cash on the customer's oldest open invoices."""

    def do(work: Work) -> str:
        made = unapplied.use_on_oldest(work, unapplied.payment(work.session, payment_id))
        return f"Used on {len(made)} invoice{'s' if len(made) > 1 else ''}. It can be undone in the cash history."

    return call.form(Right.CASH, do, to="/unapplied")


@router.post("/unapplied/{payment_id}/refund")
def ask_refund(call: Caller, payment_id: UUID, reason: Text = "") -> Response:
    """Asks for the cash to be paid back."""

    def do(work: Work) -> str:
        unapplied.ask_refund(work, unapplied.payment(work.session, payment_id), reason)
        return "The refund is asked for; nothing else uses this money meanwhile."

    return call.form(Right.CASH, do, to="/unapplied")


@router.post("/unapplied/{payment_id}/keep")
def withdraw_refund(call: Caller, payment_id: UUID) -> Response:
    """Takes the wish for a refund back."""

    def do(work: Work) -> str:
        unapplied.withdraw_refund(work, unapplied.payment(work.session, payment_id))
        return "Withdrawn; the cash can be used again."

    return call.form(Right.CASH, do, to="/unapplied")


# ── history ─────────────────────────────────────────────────────────────────────────────────────


@router.get("/cash-history")
def cash_history(call: Caller, q: str = "", by: str = "", after: str | None = None) -> Response:
    """Everything applied, newest first, each with its undo."""
    return call.page(Right.VIEW, "payments/history.html", lambda work: _history(work, q, by, after))


def _history(work: Work, q: str, by: str, after: str | None) -> dict[str, Any]:
    rows, cursor = rows_of(work.session, history.history(q, by), (Allocation.id.desc(),), ROWS_A_PAGE, after)
    return {
        "rows": [row[:5] for row in rows],
        "q": q,
        "by": by,
        "by_words": history.BY,
        "cursor": cursor,
        "after": after,
        "may_place": work.actor.may(Right.CASH),
    }


@router.post("/cash-history/{allocation_id}/undo")
def undo(call: Caller, allocation_id: UUID, q: Text = "", by: Text = "") -> Response:
    """Takes one line back: its invoice is open again, its money unapplied again."""

    def do(work: Work) -> str:
        service.undo_allocation(work, store.allocation(work.session, allocation_id))
        return "Taken back; the money is the customer’s unapplied cash again."

    return call.form(Right.CASH, do, to="/cash-history")


# ── learned payers ──────────────────────────────────────────────────────────────────────────────


@router.get("/payers")
def learned_payers(call: Caller, q: str = "") -> Response:
    """Which account whose payments came from, as people confirmed it."""

    def draw(work: Work) -> dict[str, Any]:
        return {"known": payers.memory(work.session, q), "q": q, "may_place": work.actor.may(Right.CASH)}

    return call.page(Right.VIEW, "payments/payers.html", draw)


@router.post("/payers/forget")
def forget(call: Caller, account: Text = "", customer: Text = "") -> Response:
    """Forgets that a customer pays from an account."""

    def do(work: Work) -> str:
        payers.forget(work, account, customer)
        return "Forgotten. What was posted stays; the account alone no longer says who pays."

    return call.form(Right.CASH, do, to="/payers")
