"""`/api/v1/companies`: our legal entities, and the account their letters name."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import select

from receivables import letter_accounts, store
from receivables.companies import FIELDS, LONGEST_TERMS, add_company, change_company
from receivables.shapes import CompanyShape, LetterAccountShape
from receivables.tables import Company, LetterAccount
from runtime.lists import page_of
from runtime.openapi import NEEDS_IF_MATCH
from runtime.shapes import Body, Page, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/companies", tags=["companies"])

Limit = Annotated[int, Query(ge=1, le=100)]


class CompanyChange(Body):
    """The members to change; what is absent stays as it is."""

    name: str | None = Field(None, examples=["Nordwind"])
    legal_name: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = Field(None, examples=["ES"])
    language: str | None = Field(None, examples=["en"])
    time_zone: str | None = Field(None, examples=["Europe/Madrid"])
    vat_id: str | None = None
    email: str | None = Field(None, examples=["cobros@nordwind.example"])
    reply_to: str | None = Field(None, description="Where answers go; empty: to the sender.")
    phone: str | None = None
    signatory: str | None = None
    payment_terms_days: Annotated[int, Field(ge=0, le=LONGEST_TERMS)] | None = Field(
        None, description="For invoices without a due date of customers without terms of their own; null: none."
    )


class NewCompany(CompanyChange):
    """A legal entity that invoices: name and country are needed."""

    code: str = Field(examples=["NW"])
    currency: str = Field("EUR", examples=["EUR"])


class NewLetterAccount(Body):
    """Another account for letters, and why."""

    iban: str = Field(examples=["ES9121000418450200051332"])
    bic: str = ""
    reason: str = Field(examples=["We left the bank"])


class Approval(Body):
    """The proposal as it was read: its hash."""

    hash: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


@router.get("", response_model=Page[CompanyShape])
def companies(call: Caller, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Our companies by code."""

    def read(work: Work) -> dict[str, Any]:
        return page_of(
            work.session, select(Company), (Company.code,), limit, cursor, lambda row: company_shown(work, row[0])
        )

    return call.read(Right.READ_BACK, read)


@router.post("", response_model=CompanyShape, status_code=201)
def add(call: Caller, body: NewCompany) -> Response:
    """Adds a company. Its account on letters is proposed and approved afterwards."""
    given = body.model_dump(exclude_unset=True, exclude={"code", "currency"})
    return call.write(
        Right.COMPANIES,
        lambda work: company_shown(work, add_company(work, body.code, currency=body.currency, **given)),
        status=201,
    )


@router.get("/{code}", response_model=CompanyShape)
def company(call: Caller, code: str) -> Response:
    """One company."""
    return call.read(Right.READ_BACK, lambda work: company_shown(work, store.company_by_code(work.session, code)))


@router.patch("/{code}", response_model=CompanyShape, openapi_extra=NEEDS_IF_MATCH)
def change(call: Caller, code: str, body: CompanyChange) -> Response:
    """Changes the members named; needs If-Match with the ETag that was read."""
    call.expected_version()

    def do(work: Work) -> dict[str, Any]:
        found = store.company_by_code(work.session, code)
        work.session.refresh(found, with_for_update=True)
        call.must_match(found.version)
        change_company(work, found, body.model_dump(exclude_unset=True))
        return company_shown(work, found)

    return call.write(Right.COMPANIES, do)


# ── the account on letters ──────────────────────────────────────────────────────────────────────


@router.get("/{code}/letter-accounts", response_model=Whole[LetterAccountShape])
def accounts(call: Caller, code: str) -> Response:
    """Every account proposed for the letters of a company, the newest first."""

    def read(work: Work) -> dict[str, Any]:
        found = store.company_by_code(work.session, code)
        return {"data": [_account_shown(each, found) for each in letter_accounts.history(work.session, found)]}

    return call.read(Right.VIEW, read)


@router.post("/{code}/letter-accounts", response_model=LetterAccountShape, status_code=201)
def propose(call: Caller, code: str, body: NewLetterAccount) -> Response:
    """Proposes another account; a second person approves it. Refused to every key."""

    def do(work: Work) -> dict[str, Any]:
        found = store.company_by_code(work.session, code)
        return _account_shown(letter_accounts.propose(work, found, body.iban, body.bic, body.reason), found)

    return call.write(Right.COMPANIES, do, status=201)


@router.post("/{code}/letter-accounts/{account_id}/approve", response_model=LetterAccountShape)
def approve(call: Caller, code: str, account_id: UUID, body: Approval) -> Response:
    """Approves an account as it was read; letters name it a day later. Refused to whoever proposed it and to keys."""

    def do(work: Work) -> dict[str, Any]:
        found = store.company_by_code(work.session, code)
        return _account_shown(letter_accounts.approve(work, found, account_id, body.hash), found)

    return call.write(Right.COMPANIES, do)


@router.post("/{code}/letter-accounts/{account_id}/stop", response_model=LetterAccountShape)
def stop(call: Caller, code: str, account_id: UUID) -> Response:
    """Turns an account down, or stops an approved one before letters name it."""

    def do(work: Work) -> dict[str, Any]:
        found = store.company_by_code(work.session, code)
        return _account_shown(letter_accounts.stop(work, found, account_id), found)

    return call.write(Right.COMPANIES, do)


def company_shown(work: Work, found: Company) -> dict[str, Any]:
    """A company as the API tells it."""
    account = letter_accounts.account_on_letters(work.session, found, work.now)
    names = ("code", "currency", "version", *FIELDS)
    return {**{name: getattr(found, name) for name in names}, "iban": account.iban, "bic": account.bic}


def _account_shown(made: LetterAccount, company: Company) -> dict[str, Any]:
    names = ("id", "iban", "bic", "reason", "state", "maker", "made_at", "expires_at")
    decided = ("decided_by", "decided_at", "valid_from")
    return {
        **{name: getattr(made, name) for name in (*names, *decided)},
        "company": company.code,
        "hash": made.proposed_hash,
    }
