"""Our companies: added, and their master data changed by name. The account on letters changes elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.currencies import EXPONENTS
from core.errors import Invalid, Refused
from core.problems import Problem
from receivables import store
from receivables.account_numbers import names_an_account
from receivables.intake.customer_rows import LANGUAGES, country_of, time_zone_of
from receivables.intake.fields import Fields
from receivables.intake.rows import Row
from receivables.letter_accounts import set_by_owner
from receivables.tables import Company
from runtime.work import Right, Work

TEXTS = ("name", "legal_name", "street", "postal_code", "city", "vat_id", "phone", "signatory")
FIELDS = (*TEXTS, "country", "language", "time_zone", "email", "reply_to", "payment_terms_days")
LONGEST_TERMS = 365
LONGEST_CODE = 20


def add_company(
    work: Work, code: str, *, currency: str = "EUR", iban: str = "", bic: str = "", **given: object
) -> Company:
    """Adds a legal entity that invoices. Its books are kept in any currency; figures lead with `currency`.

    Only the machine's owner names the account on letters at once. `Invalid` says what is wrong; `Refused` when the code
    is taken.
    """
    work.need(Right.COMPANIES)
    code, currency = code.strip(), currency.strip().upper()
    if not 0 < len(code) <= LONGEST_CODE or not code.isprintable() or "/" in code:
        raise Invalid.because("/code", f"A code has 1 to {LONGEST_CODE} letters or digits, no “/”.", field="code")
    if currency not in EXPONENTS:
        raise Invalid.because("/currency", f"“{currency[:20]}” is no currency of ISO 4217.", field="currency")
    if any(each.code == code for each in store.companies(work.session)):
        raise Refused(f"There is already a company {code}.")
    values = read_company(given)
    missing = [name for name in ("name", "country") if not values.get(name)]
    if missing:
        raise Invalid([Problem(f"/{each}", f"A company has a {each}.", field=each) for each in missing])
    company = Company(code=code, currency=currency, **{"legal_name": values["name"], **values})
    work.session.add(company)
    work.session.flush()
    work.record("company.added", f"company:{code}", {"name": company.name})
    if iban:
        set_by_owner(work, company, iban, bic)
    return company


def change_company(work: Work, company: Company, given: Mapping[str, object]) -> None:
    """Changes the fields `given` names and no others; what changes nothing leaves the version as it is."""
    work.need(Right.COMPANIES)
    values = read_company(given)
    for name in ("name", "country"):
        if name in values and not values[name]:
            raise Invalid.because(f"/{name}", f"A company has a {name}.", field=name)
    changes = {name: value for name, value in values.items() if value != getattr(company, name)}
    if not changes:
        return
    before = {name: getattr(company, name) for name in changes}
    for name, value in changes.items():
        setattr(company, name, value)
    company.version += 1
    work.record("company.changed", f"company:{company.code}", {"before": before, "after": changes})


def read_company(given: Mapping[str, object]) -> dict[str, Any]:
    """The fields named, each read exactly; `Invalid` lists what is wrong."""
    fields = Fields(Row("", dict(given)))
    values: dict[str, Any] = {name: fields.text(name) for name in TEXTS if fields.has(name)}
    readers = {"country": country_of, "language": _language, "time_zone": _time_zone}
    values |= {name: reader(fields) for name, reader in readers.items() if fields.has(name)}
    values |= {name: fields.email(name) for name in ("email", "reply_to") if fields.has(name)}
    terms = fields.whole("payment_terms_days", least=0, most=LONGEST_TERMS)
    problems = [*fields.problems, *_accounts_in(values)]
    if problems:
        raise Invalid([Problem(f"/{each.field}", each.message, field=each.field) for each in problems])
    return values | ({"payment_terms_days": terms} if fields.has("payment_terms_days") else {})


def _time_zone(fields: Fields) -> str:
    return time_zone_of(fields) or "UTC"


def _language(fields: Fields) -> str:
    text = fields.text("language").lower() or "en"
    if text not in LANGUAGES:
        fields.refuse("language", f"There are no letters in “{text[:20]}”; there are: {', '.join(LANGUAGES)}.")
    return text


def _accounts_in(values: Mapping[str, str]) -> Iterator[Problem]:
    """A letter names one account only, the one that four eyes have seen."""
    for name, value in values.items():
        if names_an_account(value):
            message = f"{name} names a bank account. The account on letters is proposed and approved on its own."
            yield Problem("", message, field=name)
