"""What is said about a whole entry: its lines by invoice number, and what becomes of the remainder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from core.errors import Invalid, NotFound, Refused
from core.money import NotAnAmount, parse_minor
from payments import exchange_rates, store
from payments.abroad import Exchange
from payments.errors import TooMuch
from payments.events import ShortPaid
from payments.service import Kind, Placing, apply_entry, left_of
from payments.tables import Allocation, BankEntry
from receivables import store as receivables
from receivables.tables import Invoice, OpenItem
from runtime.work import Right, Work

Remainder = Literal["unapplied", "short_payment", "write_off"]
"""`unapplied`: what is left of the entry is the customer's cash. `short_payment`: the entry is used up, what is left of
the invoices stays open, and a case about the deduction is proposed. `write_off`: the entry is used up and what is left
of the invoices is given up."""


@dataclass(frozen=True, slots=True)
class NamedLine:
    """So much (plain decimal) of an invoice is settled this way, its oldest instalment first."""

    invoice_number: str
    amount: str
    kind: Kind = "payment"


def place_lines(
    work: Work, entry: BankEntry, lines: Sequence[NamedLine], remainder: Remainder, keep_for: UUID | None = None,
    exchange: Exchange | None = None,
) -> list[Allocation]:  # fmt: skip
    """Places an entry on the invoices named; all or nothing. `Invalid` names a wrong line by its JSON pointer.

    What is left of the entry is the cash of `keep_for`, else of the only customer paid. A short payment is announced,
    so that somebody looks at what the invoices lack. With an `exchange` the amounts are in the invoices' currency.
    """
    work.need(Right.CASH)
    currency = exchange.currency_for(entry) if exchange else entry.currency
    left: dict[UUID, list[tuple[OpenItem, int]]] = {}
    placings: list[Placing] = []
    for index, line in enumerate(lines):
        invoice = _invoice(work, entry, line.invoice_number)
        if invoice.id not in left:
            items = receivables.items_of_invoice(work.session, invoice.id)
            left[invoice.id] = [(item, item.open) for item in items]
        placings += _take(left[invoice.id], _minor(line, currency, index), line)
    if remainder != "unapplied" and _paid(placings) != (exchange.converted(entry) if exchange else left_of(entry)):
        message = f"“{remainder}” is about what is left of the invoices; the lines do not use up the entry."
        raise Invalid.because("/remainder", message, field="remainder")
    if remainder == "write_off":
        placings += [Placing(item.id, rest, "write_off") for items in left.values() for item, rest in items if rest]
    made = apply_entry(work, entry, placings, keep_for, exchange=exchange)
    if remainder == "short_payment":
        short = {invoice_id: sum(rest for _, rest in items) for invoice_id, items in left.items()}
        work.announce(ShortPaid(entry.id, {invoice_id: rest for invoice_id, rest in short.items() if rest}))
    return made


def exchange_for(
    work: Work, entry: BankEntry, lines: Sequence[NamedLine], rate: str | None, source: str, *, settles: bool,
    on: date | None = None, is_trial: bool = False,
) -> Exchange:  # fmt: skip
    """How the entry's money is turned into the currency of the first invoice named: at the rate a person typed, of its
    value day or the day said, as a row with its source; else at the newest one there is. A trial stores no row."""
    if not lines:
        raise Invalid.because("/allocations", "Name the invoices that the money pays.")
    items = receivables.items_of_invoice(work.session, _invoice(work, entry, lines[0].invoice_number).id)
    currency = items[0].currency
    if currency == entry.currency:
        raise Invalid.because(
            "/exchange", f"The money and the invoice are both in {currency}; there is nothing to change."
        )
    if rate is not None:
        note = exchange_rates.said_rate if is_trial else exchange_rates.add_rate
        row = note(work, entry.currency, currency, on or entry.valued_on, rate, source)
        return Exchange(row, settles)
    found = exchange_rates.rate_for(work.session, entry.currency, currency, entry.valued_on)
    if found is None:
        message = f"There is no rate between {entry.currency} and {currency} for {entry.valued_on}; say one."
        raise Invalid.because("/exchange/rate", message, field="rate")
    return Exchange(found, settles)


def is_abroad(work: Work, entry: BankEntry, lines: Sequence[NamedLine]) -> bool:
    """Whether the first invoice named is in another currency than the entry; an unknown one is not."""
    if not lines:
        return False
    try:
        return _invoice(work, entry, lines[0].invoice_number).currency != entry.currency
    except (NotFound, Refused):
        return False


def _invoice(work: Work, entry: BankEntry, number: str) -> Invoice:
    company_id = store.company_of(work.session, entry.bank_account_id)
    return receivables.invoice_by_number(work.session, number.strip(), company_id)


def _minor(line: NamedLine, currency: str, index: int) -> int:
    pointer = f"/allocations/{index}/amount"
    try:
        minor = parse_minor(line.amount, currency)
    except NotAnAmount as error:
        raise Invalid.because(pointer, str(error), field="amount") from error
    if minor <= 0:
        raise Invalid.because(pointer, "What is placed is more than nothing.", field="amount")
    return minor


def _take(items: list[tuple[OpenItem, int]], amount: int, line: NamedLine) -> list[Placing]:
    """Takes an amount off the items in turn; `items` then says what is left of each."""
    placings = []
    for index, (item, rest) in enumerate(items):
        part = min(amount, rest)
        if part:
            placings.append(Placing(item.id, part, line.kind))
            items[index] = (item, rest - part)
            amount -= part
    if amount:
        raise TooMuch(line.invoice_number)
    return placings


def _paid(placings: Sequence[Placing]) -> int:
    return sum(placing.amount for placing in placings if placing.kind == "payment")
