"""Statements on the desk: whether they tie, and their release on a person's word."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from payments import chain, listings, return_store, statement_store, store, taking_back
from payments.giving_back import Part
from payments.proof import imbalance
from payments.statements import release_statement
from payments.tables import BankAccount, BankEntry, Statement
from runtime.lists import rows_of
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50
RETURNS_SHOWN = 20
"""Returns without a payment that the screen offers at a time."""


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
        "may_place": work.actor.may(Right.CASH),
        "returns": [
            (each, taking_back.possible_payments(work, each), taking_back.possible_parts(work, each))
            for each in _waiting_returns(work)
        ],
        "broken": _broken_chains(work),
    }


def _waiting_returns(work: Work) -> Sequence[BankEntry]:
    return return_store.waiting(work.session)[:RETURNS_SHOWN]


def _broken_chains(work: Work) -> list[tuple[BankAccount, list[chain.Judged]]]:
    """Accounts whose statements leave something out or are numbered twice, with the statements in question."""
    found = []
    for account in store.bank_accounts(work.session):
        judged = chain.judge(statement_store.links(work.session, account.id), account.currency)
        if noted := [each for each in judged if each.notes]:
            found.append((account, noted))
    return found


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


@router.get("/bank-accounts/{account_id}/chain")
def account_chain(call: Caller, account_id: UUID) -> Response:
    """An account's statements in the order of their periods, and what is missing between them."""
    return call.page(Right.VIEW, "payments/chain.html", lambda work: _chain(work, account_id))


def _chain(work: Work, account_id: UUID) -> dict[str, Any]:
    account = statement_store.account(work.session, account_id)
    judged = chain.judge(statement_store.links(work.session, account.id), account.currency)
    return {"account": account, "judged": judged}


# ── returned payments ───────────────────────────────────────────────────────────────────────────


@router.post("/bank-entries/{entry_id}/returns")
def returns(call: Caller, entry_id: UUID, payment: Annotated[str, Form()]) -> Response:
    """Says which payment, or what of it (`payment invoice-number`), a movement going out takes back."""

    def do(work: Work) -> str:
        entry = store.entry(work.session, entry_id)
        payment_id, number = _chosen(payment)
        shares = taking_back.possible_parts(work, entry) if number else ()
        parts = [Part(each.amount, number) for each in shares if (each.payment_id, each.number) == (payment_id, number)]
        if number and not parts:
            raise Invalid.because("/payment", "That part was taken back meanwhile; look again.", field="payment")
        taking_back.take_back(work, entry, store.entry(work.session, payment_id), parts)
        return "Taken back; what it had paid is open again."

    return call.form(Right.CASH, do, to="/statements")


def _chosen(said: str) -> tuple[UUID, str]:
    """A payment, and the number of the invoice if only what that got is meant."""
    payment, _, number = said.partition(" ")
    try:
        return UUID(payment), number
    except ValueError:
        raise Invalid.because("/payment", "Choose the payment it takes back.", field="payment") from None


@router.post("/bank-entries/{entry_id}/set-aside")
def set_aside(call: Caller, entry_id: UUID, reason: Annotated[str, Form()] = "") -> Response:
    """Says that a movement going out takes no payment of ours back."""

    def do(work: Work) -> str:
        if not reason.strip():
            raise Invalid.because("/reason", "Say why it returns no payment.", field="reason")
        taking_back.set_aside(work, store.entry(work.session, entry_id), reason.strip())
        return "Set aside."

    return call.form(Right.CASH, do, to="/statements")
