"""What a person said on a form or to the API, read as what the services take."""

from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from disputes.service import Contest
from receivables import store
from receivables.tables import Company
from runtime.work import Work


def amount_said(text: str, currency: str, at: str = "/amount") -> int | None:
    """An amount in minor units; None when nothing was said. `Invalid` names what is no amount."""
    if not text.strip():
        return None
    try:
        return parse_minor(text, currency)
    except NotAnAmount as error:
        raise Invalid.because(at, str(error), field="amount") from error


def contested(work: Work, company: Company, number: str, reason: str, amount: str, note: str) -> Contest:
    """An invoice of a company that somebody contests today, all of it or an amount."""
    invoice = store.invoice_by_number(work.session, number, company.id)
    minor = amount_said(amount, invoice.currency)
    return Contest("invoice", number, reason, work.today, work.today, minor, invoice.currency, note)
