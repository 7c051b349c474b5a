"""Our companies on the desk: their master data, and the account their letters name."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from receivables import letter_accounts, store
from receivables.companies import add_company, change_company
from receivables.company_routes import company_shown
from receivables.intake.customer_rows import LANGUAGES
from runtime.formats import instant
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

PAGE = "/companies"

Text = Annotated[str, Form(max_length=300)]
LANGUAGE_NAMES = {
    "en": "English", "es": "Spanish", "fr": "French", "de": "German", "it": "Italian", "nl": "Dutch",
    "pt": "Portuguese",
}  # fmt: skip


@router.get(PAGE)
def page(call: Caller) -> Response:
    """Every company, and the form for another."""

    def show(work: Work) -> dict[str, Any]:
        return {
            "companies": [company_shown(work, each) for each in store.companies(work.session)],
            "may_change": work.actor.may(Right.COMPANIES),
        }

    return call.page(Right.VIEW, "receivables/companies.html", show)


@router.post(PAGE)
def add(call: Caller, code: Text = "", name: Text = "", country: Text = "", currency: Text = "EUR") -> Response:
    """Adds a company; the rest is told on its page."""

    def do(work: Work) -> str:
        made = add_company(work, code, currency=currency, name=name, country=country)
        return f"{made.name} was added. Complete its address, sender and account before letters go out."

    return call.form(Right.COMPANIES, do, to=PAGE)


@router.get(PAGE + "/{code}")
def one(call: Caller, code: str) -> Response:
    """One company: what letters say of it, and the account they name."""

    def show(work: Work) -> dict[str, Any]:
        found = store.company_by_code(work.session, code)
        return {
            "company": company_shown(work, found),
            "accounts": letter_accounts.history(work.session, found),
            "languages": [(each, LANGUAGE_NAMES[each]) for each in LANGUAGES],
            "may_change": work.actor.may(Right.COMPANIES),
            "now": work.now,
            "actor": str(work.actor),
        }

    return call.page(Right.VIEW, "receivables/company.html", show)


@router.post(PAGE + "/{code}")
def change(
    call: Caller,
    code: str,
    name: Text = "",
    legal_name: Text = "",
    street: Text = "",
    postal_code: Text = "",
    city: Text = "",
    country: Text = "",
    language: Text = "",
    time_zone: Text = "",
    vat_id: Text = "",
    email: Text = "",
    reply_to: Text = "",
    phone: Text = "",
    signatory: Text = "",
    payment_terms_days: Text = "",
) -> Response:
    """Changes what is known of a company."""
    given = {
        "name": name, "legal_name": legal_name, "street": street, "postal_code": postal_code, "city": city,
        "country": country, "language": language, "time_zone": time_zone, "vat_id": vat_id, "email": email,
        "reply_to": reply_to, "phone": phone, "signatory": signatory, "payment_terms_days": payment_terms_days,
    }  # fmt: skip

    def do(work: Work) -> str:
        change_company(work, store.company_by_code(work.session, code), given)
        return "Saved. Letters that have not left yet are written with it."

    return call.form(Right.COMPANIES, do, to=f"{PAGE}/{code}")


@router.post(PAGE + "/{code}/letter-accounts")
def propose(call: Caller, code: str, iban: Text = "", bic: Text = "", reason: Text = "") -> Response:
    """Proposes another account for letters."""

    def do(work: Work) -> str:
        letter_accounts.propose(work, store.company_by_code(work.session, code), iban, bic, reason)
        return "Proposed. Somebody else has to approve it within 72 hours."

    return call.form(Right.COMPANIES, do, to=f"{PAGE}/{code}#accounts")


@router.post(PAGE + "/{code}/letter-accounts/{account_id}/approve")
def approve(call: Caller, code: str, account_id: UUID, seen: Text = "") -> Response:
    """Approves an account as it was shown."""

    def do(work: Work) -> str:
        found = store.company_by_code(work.session, code)
        made = letter_accounts.approve(work, found, account_id, seen)
        when = instant(made.valid_from, work.actor.locale, found.time_zone) if made.valid_from else ""
        return f"Approved. Letters name it from {when} on; until then it can be stopped."

    return call.form(Right.COMPANIES, do, to=f"{PAGE}/{code}#accounts")


@router.post(PAGE + "/{code}/letter-accounts/{account_id}/stop")
def stop(call: Caller, code: str, account_id: UUID) -> Response:
    """Turns an account down, or stops one that was approved."""

    def do(work: Work) -> str:
        made = letter_accounts.stop(work, store.company_by_code(work.session, code), account_id)
        return f"The proposal is {made.state}; letters name the account they named before."

    return call.form(Right.COMPANIES, do, to=f"{PAGE}/{code}#accounts")
