"""Our bank accounts: `/api/v1/bank-accounts`, and the page where they are added, renamed and closed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response
from sqlalchemy import select

from payments.bank_accounts import (
    Standing,
    add_account,
    close_account,
    rename_account,
    reopen_account,
    standing,
    standings,
)
from payments.shapes import AccountShape
from payments.statement_store import account as account_of
from payments.tables import BankAccount
from receivables.store import companies
from runtime.lists import page_of
from runtime.shapes import Body, Page
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(tags=["bank"])

Text = Annotated[str, Form()]
Limit = Annotated[int, Query(ge=1, le=100)]
PAGE = "/bank-accounts"


class NewAccount(Body):
    """An account of ours: IBAN or the bank's own number. `company` is a code, needed where there are several."""

    account: str
    currency: str
    company: str | None = None
    name: str = ""


class Change(Body):
    """What is to be another; what is left out stays."""

    name: str | None = None
    is_closed: bool | None = None


def _told(found: Standing) -> dict[str, Any]:
    return {
        "id": found.account.id,
        "account": found.account.identifier,
        "currency": found.account.currency,
        "name": found.account.name,
        "company": found.company.code,
        "closed_on": found.account.closed_on,
        "statements_to": found.statements_to,
        "chain": found.chain,
        "quarantined": found.quarantined,
    }


# ── for programs ────────────────────────────────────────────────────────────────────────────────


@router.get("/api/v1/bank-accounts", response_model=Page[AccountShape])
def bank_accounts(call: Caller, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Our accounts at banks, and how their statements stand."""
    order = (BankAccount.identifier, BankAccount.id)

    def read(work: Work) -> dict[str, Any]:
        return page_of(
            work.session, select(BankAccount), order, limit, cursor, lambda row: _told(standing(work.session, row[0]))
        )

    return call.read(Right.VIEW, read)


@router.post("/api/v1/bank-accounts", response_model=AccountShape, status_code=201)
def add_by_program(call: Caller, body: NewAccount) -> Response:
    """Tells the system about an account of ours."""

    def do(work: Work) -> dict[str, Any]:
        made = add_account(work, body.company, body.account, body.currency, body.name)
        return _told(standing(work.session, made))

    return call.write(Right.STATEMENTS, do, status=201)


@router.patch("/api/v1/bank-accounts/{account_id}", response_model=AccountShape)
def change_by_program(call: Caller, account_id: UUID, body: Change) -> Response:
    """Renames, closes or opens an account."""

    def do(work: Work) -> dict[str, Any]:
        account = account_of(work.session, account_id)
        if body.name is not None:
            rename_account(work, account, body.name)
        if body.is_closed is not None:
            (close_account if body.is_closed else reopen_account)(work, account)
        return _told(standing(work.session, account))

    return call.write(Right.STATEMENTS, do)


# ── for people ──────────────────────────────────────────────────────────────────────────────────


@router.get(PAGE, include_in_schema=False)
def page(call: Caller) -> Response:
    """Our accounts, how far their statements reach, and what is missing in them."""

    def show(work: Work) -> dict[str, Any]:
        return {
            "standings": standings(work.session),
            "companies": [(each.code, each.name) for each in companies(work.session)],
            "may_change": work.actor.may(Right.STATEMENTS),
        }

    return call.page(Right.VIEW, "payments/bank_accounts.html", show)


@router.post(PAGE, include_in_schema=False)
def add(call: Caller, account: Text = "", currency: Text = "", company: Text = "", name: Text = "") -> Response:
    """Adds an account."""

    def do(work: Work) -> str:
        made = add_account(work, company, account, currency, name)
        return f"Account {made.identifier} ({made.currency}) was added."

    return call.form(Right.STATEMENTS, do, to=PAGE)


@router.post(PAGE + "/{account_id}/rename", include_in_schema=False)
def rename(call: Caller, account_id: UUID, name: Text = "") -> Response:
    """Gives an account a name."""

    def do(work: Work) -> str:
        rename_account(work, account_of(work.session, account_id), name)
        return "Renamed."

    return call.form(Right.STATEMENTS, do, to=PAGE)


@router.post(PAGE + "/{account_id}/close", include_in_schema=False)
def close(call: Caller, account_id: UUID) -> Response:
    """Says that no statement of an account is expected any more."""

    def do(work: Work) -> str:
        account = account_of(work.session, account_id)
        close_account(work, account)
        return f"{account.name or account.identifier} is closed; what it brought stays in the books."

    return call.form(Right.STATEMENTS, do, to=PAGE)


@router.post(PAGE + "/{account_id}/reopen", include_in_schema=False)
def reopen(call: Caller, account_id: UUID) -> Response:
    """Takes the closing of an account back."""

    def do(work: Work) -> str:
        account = account_of(work.session, account_id)
        reopen_account(work, account)
        return f"{account.name or account.identifier} is open again."

    return call.form(Right.STATEMENTS, do, to=PAGE)
