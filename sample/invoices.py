"""The sample's invoices and credit notes: nine months of them, grown from each customer's rhythm, plus the told ones.

Amounts are integer minor units, positive for credit notes too. A customer's invoices depend on its own number and on
`on` alone, so one more customer in the table changes nobody else's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from random import Random

from stdnum.iso7064 import mod_97_10

from sample import cast
from sample.customers import Customer, by_slug, customers
from sample.timeline import HISTORY_DAYS, Timeline, banking_day_until

SEED = "nordwind 1"
EARLY_DISCOUNT = (200, 10)
"""Basis points and days offered to customers who pay early."""

CREDITED_PERCENT = 4
_FIRST_OF_A_YEAR = 1001
_NUMBERS_A_DAY = 2


@dataclass(frozen=True, slots=True)
class Instalment:
    """An amount due on a date; most invoices have one."""

    due_on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, or a credit note on the invoice whose key `credit_for` names. `key` says which one it is whatever
    the date; `number`, `related_invoice` and `payment_reference` come last, once all are in order."""

    key: str
    customer: Customer
    issued_on: date
    instalments: tuple[Instalment, ...]
    is_told: bool = False
    credit_for: str = ""
    discount_basis_points: int = 0
    discount_until: date | None = None
    number: str = ""
    related_invoice: str = ""
    payment_reference: str = ""

    @property
    def amount(self) -> int:
        return sum(instalment.amount for instalment in self.instalments)

    @property
    def is_credit_note(self) -> bool:
        return bool(self.credit_for)


def rng_for(*names: str) -> Random:
    """Chance that is the same every time for the same names."""
    return Random("/".join((SEED, *names)))


def _single(customer: Customer, key: str, issued_on: date, due_on: date, amount: int) -> Invoice:
    return Invoice(key, customer, issued_on, (Instalment(due_on, amount),))


def _usual_amount(customer: Customer, rng: Random) -> int:
    return customer.usual_invoice * rng.randrange(40, 190) + rng.randrange(100)


def _discounted(invoice: Invoice) -> Invoice:
    basis_points, days = EARLY_DISCOUNT
    until = invoice.issued_on + timedelta(days=days)
    return replace(invoice, discount_basis_points=basis_points, discount_until=until)


def _regular_invoice(customer: Customer, serial: int, days_ago: int, timeline: Timeline, rng: Random) -> Invoice:
    issued_on = timeline.working_day_ago(days_ago)
    due_on = issued_on + timedelta(days=customer.payment_terms_days)
    invoice = _single(customer, f"{customer.customer_id}-{serial}", issued_on, due_on, _usual_amount(customer, rng))
    return _discounted(invoice) if customer.behaviour == "early" else invoice


def _credit_note(invoice: Invoice, timeline: Timeline, rng: Random) -> Invoice | None:
    """A small part of an invoice given back a week or two later, if that day has come."""
    issued_on = banking_day_until(invoice.issued_on + timedelta(days=rng.randrange(5, 16)))
    if issued_on >= timeline.on:
        return None
    amount = invoice.amount * rng.randrange(5, 16) // 100
    due_on = max(issued_on, invoice.instalments[0].due_on)
    note = _single(invoice.customer, f"{invoice.key}-credit", issued_on, due_on, amount)
    return replace(note, credit_for=invoice.key)


def _regular(customer: Customer, timeline: Timeline) -> Iterator[Invoice]:
    """One customer's invoices at its rhythm, until the told ones take over."""
    rng = rng_for("invoices", customer.customer_id)
    told_since = cast.TOLD_SINCE.get(customer.slug, 0)
    days_ago, serial = HISTORY_DAYS - rng.randrange(customer.every_days), 0
    while days_ago > told_since:
        serial += 1
        invoice = _regular_invoice(customer, serial, days_ago, timeline, rng)
        yield invoice
        if customer.behaviour != "early" and rng.randrange(100) < CREDITED_PERCENT:
            note = _credit_note(invoice, timeline, rng)
            if note:
                yield note
        days_ago -= max(1, customer.every_days * rng.randrange(80, 121) // 100)


def _told(told: cast.ToldInvoice, timeline: Timeline) -> Invoice:
    customer = by_slug()[told.customer]
    instalments = tuple(Instalment(timeline.ago(days), amount) for days, amount in told.due)
    terms = customer.payment_terms_days if not told.credit_for else 0
    wanted = instalments[0].due_on - timedelta(days=terms)
    issued_on = banking_day_until(min(wanted, timeline.ago(1)))
    invoice = Invoice(told.key, customer, issued_on, instalments, is_told=True, credit_for=told.credit_for)
    if not told.discount_basis_points:
        return invoice
    until = issued_on + timedelta(days=told.discount_days)
    return replace(invoice, discount_basis_points=told.discount_basis_points, discount_until=until)


def _drafts(timeline: Timeline) -> Iterator[Invoice]:
    for customer in customers():
        if customer.every_days:
            yield from _regular(customer, timeline)
    for told in cast.INVOICES:
        yield _told(told, timeline)


def _in_order(drafts: Iterator[Invoice]) -> list[Invoice]:
    return sorted(drafts, key=lambda invoice: (invoice.issued_on, invoice.customer.customer_id, invoice.key))


def _first_number(day: date) -> int:
    """Where a year's series stands on its day: the sample begins in the middle of one."""
    return _FIRST_OF_A_YEAR + _NUMBERS_A_DAY * (day.timetuple().tm_yday - 1)


def _numbers(invoices: Sequence[Invoice]) -> dict[str, str]:
    """Key → number: one series for invoices (F) and one for credit notes (G), both begun anew each year."""
    counters: dict[str, int] = {}
    numbers: dict[str, str] = {}
    for invoice in invoices:
        series = f"{'G' if invoice.is_credit_note else 'F'}{invoice.issued_on:%y}"
        start = _FIRST_OF_A_YEAR if counters else _first_number(invoice.issued_on)
        counters[series] = counters.get(series, start - 1) + 1
        numbers[invoice.key] = f"{series}/{counters[series]:05d}"
    return numbers


def rf_reference(number: str) -> str:
    """The creditor reference (ISO 11649) of an invoice number: `F26/01702` → `RF…F2601702`."""
    plain = number.replace("/", "")
    return f"RF{mod_97_10.calc_check_digits(plain + 'RF')}{plain}"


def _numbered(invoice: Invoice, numbers: dict[str, str]) -> Invoice:
    number = numbers[invoice.key]
    has_reference = invoice.customer.habit == "rf" and not invoice.is_credit_note
    return replace(
        invoice,
        number=number,
        related_invoice=numbers.get(invoice.credit_for, ""),
        payment_reference=rf_reference(number) if has_reference else "",
    )


@cache
def invoices(on: date) -> tuple[Invoice, ...]:
    """All invoices and credit notes known on the morning of `on`, by date of issue."""
    drafts = _in_order(_drafts(Timeline(on)))
    numbers = _numbers(drafts)
    return tuple(_numbered(draft, numbers) for draft in drafts)


@cache
def late_invoice(on: date) -> Invoice:
    """The invoice that arrives after the others, for an order already disputed; it has the next number."""
    draft = replace(_told(cast.LATE_INVOICE, Timeline(on)), issued_on=on)
    numbers = _numbers([*invoices(on), draft])
    return _numbered(draft, numbers)


@cache
def by_key(on: date) -> dict[str, Invoice]:
    """Every invoice under its key, the late one included."""
    return {invoice.key: invoice for invoice in (*invoices(on), late_invoice(on))}
