"""Statements on the desk: whether they tie, and their release on a person's word."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from payments import listings
from payments.proof import imbalance
from payments.statements import release_statement
from payments.tables import Statement
from runtime.lists import rows_of
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50


@router.get("/statements")
def statements(call: Caller, state: str | None = None, after: str | None = None) -> Response:
    """Statements with their proof; those that do not tie first of all."""
    return call.page(Right.VIEW, "payments/statements.html", lambda work: _statements(work, state, after))


def _statements(work: Work, state: str | None, after: str | None) -> dict[str, Any]:
    order = (Statement.created_at.desc(), Statement.id.desc())
    rows, cursor = rows_of(work.session, listings.statements(state), order, ROWS_A_PAGE, after)
    held, _ = rows_of(work.session, listings.statements("quarantined"), order, ROWS_A_PAGE, None)
    return {
        "rows": [(row.Statement, row.BankAccount) for row in rows],
        "held": [(row.Statement, row.BankAccount, _difference(row.Statement)) for row in held],
        "cursor": cursor,
        "after": after,
        "may_release": work.actor.may(Right.STATEMENTS),
    }


def _difference(statement: Statement) -> int:
    return imbalance(statement.opening, statement.entry_sum, statement.closing) or 0


@router.post("/statements/{statement_id}/release")
def release(call: Caller, statement_id: UUID, reason: Annotated[str, Form()] = "") -> Response:
    """Lets the entries of a quarantined statement into the books, on the person's word."""

    def do(work: Work) -> str:
        if not reason.strip():
            raise Invalid.because("/reason", "Say why the statement is right although it does not tie.", field="reason")
        release_statement(work, listings.statement(work.session, statement_id), reason.strip())
        return "Released; its entries are in the books now."

    return call.form(Right.STATEMENTS, do, to="/statements")
