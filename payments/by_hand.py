"""What a person says about an entry in the words of the trade: an invoice number, an amount, a customer."""

from collections.abc import Sequence

from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from payments import store
from payments.errors import TooMuch
from payments.service import Placing, apply_entry
from payments.tables import Allocation, BankEntry
from receivables import store as receivables
from receivables.tables import OpenItem
from runtime.work import Work


def place_on_invoice(work: Work, entry: BankEntry, number: str, amount: str) -> list[Allocation]:
    """Places so much of an entry (plain decimal in its currency) on an invoice, its oldest instalment first.

    What is left stays the customer's unapplied cash. More than the invoice has open is refused.
    """
    company_id = store.company_of(work.session, entry.bank_account_id)
    invoice = receivables.invoice_by_number(work.session, number.strip(), company_id)
    items = receivables.items_of_invoice(work.session, invoice.id)
    try:
        minor = parse_minor(amount, entry.currency)
    except NotAnAmount as error:
        raise Invalid.because("/amount", str(error), field="amount") from error
    if minor <= 0:
        raise Invalid.because("/amount", "What is placed is more than nothing.", field="amount")
    return apply_entry(work, entry, _oldest_first(items, minor, invoice.number))


def _oldest_first(items: Sequence[OpenItem], amount: int, number: str) -> list[Placing]:
    placings = []
    for item in items:
        part = min(amount, item.open)
        if part:
            placings.append(Placing(item.id, part))
        amount -= part
    if amount:
        raise TooMuch(number)
    return placings


def keep_for_customer(work: Work, entry: BankEntry, external_id: str) -> None:
    """Keeps all of an entry as a customer's unapplied cash."""
    customer = receivables.customer_by_external_id(work.session, external_id.strip())
    apply_entry(work, entry, (), keep_for=customer.id)
