"""What the sample's customers paid: before the statements (as `paid_amount`) and on them (as receipts).

Every receipt carries its meaning, so a test can compare what cash application did with what the payer meant.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random

from core.money import rounded
from sample import cast, orders
from sample.cast import AllocationKind, Manner
from sample.customers import Customer, ascii_text, by_slug
from sample.invoices import EARLY_DISCOUNT, Instalment, Invoice, by_key, invoices, rng_for
from sample.remittances import (
    casual_number,
    damaged,
    discounted_number,
    nothing_useful,
    one_number,
    rf_number,
    several_numbers,
)
from sample.timeline import Timeline, banking_day_from

_DAYS_AFTER_DUE = {
    "prompt": (-4, 1), "early": (-3, 1), "late": (5, 21), "slow": (22, 39), "short": (-1, 4), "disputes": (-2, 5),
    "keeps": (8, 24), "breaks": (10, 27),
}  # fmt: skip
_PAY_DAY = 25
_PAID_AHEAD_DAYS = 15
_NAME_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a receipt is meant to do to one invoice or credit note, in minor units, always positive.

    Of the receipt's own money: `payment` less `credit` (the credit note it was reduced by). Beside it: `discount`
    and `fee`, which settle the rest of the invoice without money.
    """

    invoice_number: str
    kind: AllocationKind
    amount: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in: what the bank prints of it, and what the payer meant. `customer` None: nobody we know."""

    booked_on: date
    currency: str
    amount: int
    counterparty: str
    counterparty_iban: str
    text: str
    manner: Manner
    customer: Customer | None
    allocations: tuple[Allocation, ...]

    @property
    def remainder(self) -> int:
        """What is left on account when all allocations are made."""
        signs = {"payment": 1, "credit": -1, "discount": 0, "fee": 0}
        return self.amount - sum(signs[part.kind] * part.amount for part in self.allocations)


@dataclass(frozen=True, slots=True)
class Paid:
    """One instalment settled on one day: `amount` in money, `discount` without. `credit` was taken off the money."""

    invoice: Invoice
    on: date
    amount: int
    discount: int = 0
    credit: Invoice | None = None

    @property
    def money(self) -> int:
        return self.amount - (self.credit.amount if self.credit else 0)


def discount_on(amount: int, basis_points: int, currency: str) -> int:
    """The discount in minor units, rounded once."""
    return rounded(Decimal(amount).scaleb(-2) * basis_points / 10_000, currency)


def _pay_day(due_on: date) -> date:
    """The 25th nearest to the due date: those who pay once a month pay some early, some late."""
    day = due_on - timedelta(days=_PAID_AHEAD_DAYS)
    while day.day != _PAY_DAY:
        day += timedelta(days=1)
    return day


def _paid_on(invoice: Invoice, due_on: date, rng: Random) -> date:
    first, last = _DAYS_AFTER_DUE[invoice.customer.behaviour]
    day = due_on + timedelta(days=rng.randrange(first, last + 1))
    if invoice.customer.habit == "several":
        day = _pay_day(day)
    return banking_day_from(day)


def _discounted(invoice: Invoice, rng: Random) -> Paid | None:
    """Paid inside the discount days, as four of five of these customers' invoices are."""
    if not invoice.discount_until or rng.randrange(5) == 0:
        return None
    discount = discount_on(invoice.amount, EARLY_DISCOUNT[0], invoice.customer.currency)
    day = banking_day_from(invoice.issued_on + timedelta(days=rng.randrange(4, 8)))
    return Paid(invoice, day, invoice.amount - discount, discount) if day <= invoice.discount_until else None


def _withheld(invoice: Invoice, rng: Random) -> int:
    """The small sum a short payer leaves out of every third invoice or so."""
    if invoice.customer.behaviour != "short" or rng.randrange(3):
        return 0
    return max(invoice.amount * rng.randrange(5, 25) // 1000, 1)


def _planned(invoice: Invoice, credit: Invoice | None) -> Paid:
    """When and how a regular invoice is paid, whether that day has come or not."""
    rng = rng_for("paid", invoice.key)
    discounted = _discounted(invoice, rng)
    if discounted:
        return discounted
    day = _paid_on(invoice, invoice.instalments[0].due_on, rng)
    usable = credit if credit and credit.issued_on < day else None
    return Paid(invoice, day, invoice.amount - _withheld(invoice, rng), credit=usable)


def _has_stopped(invoice: Invoice, timeline: Timeline) -> bool:
    days = invoice.customer.stopped_days
    return days is not None and invoice.instalments[0].due_on >= timeline.ago(days)


@cache
def _regular(on: date) -> tuple[Paid, ...]:
    """Every regular invoice paid by the last banking day."""
    timeline = Timeline(on)
    known = invoices(on)
    credits = {invoice.credit_for: invoice for invoice in known if invoice.is_credit_note}
    payable = (each for each in known if not each.is_told and not each.is_credit_note)
    plans = (_planned(each, credits.get(each.key)) for each in payable if not _has_stopped(each, timeline))
    return tuple(paid for paid in plans if paid.on <= timeline.banked_until)


@cache
def paid_before(on: date) -> dict[tuple[str, date], int]:
    """(number, due date) → what `paid_amount` says: everything settled before the first statement, in minor units."""
    since = Timeline(on).first_month_from
    settled: dict[tuple[str, date], int] = {}
    for paid in _regular(on):
        if paid.on < since:
            settled[paid.invoice.number, paid.invoice.instalments[0].due_on] = paid.amount + paid.discount
            if paid.credit:
                settled[paid.credit.number, paid.credit.instalments[0].due_on] = paid.credit.amount
    for told in cast.INVOICES:
        invoice = by_key(on)[told.key]
        for instalment, amount in zip(invoice.instalments, told.paid_before, strict=False):
            settled[invoice.number, instalment.due_on] = amount
    return settled


def _bank_name(name: str) -> str:
    return ascii_text(name).upper()[:_NAME_LENGTH]


def _allocations(paid: Sequence[Paid]) -> tuple[Allocation, ...]:
    parts = [Allocation(each.invoice.number, "payment", each.amount) for each in paid]
    parts += [Allocation(each.invoice.number, "discount", each.discount) for each in paid if each.discount]
    parts += [Allocation(each.credit.number, "credit", each.credit.amount) for each in paid if each.credit]
    return tuple(parts)


def _receipt(paid: Sequence[Paid], manner: Manner, text: str) -> Receipt:
    customer = paid[0].invoice.customer
    return Receipt(
        booked_on=paid[0].on,
        currency=customer.currency,
        amount=sum(each.money for each in paid),
        counterparty=_bank_name(customer.name),
        counterparty_iban=customer.iban,
        text=text.upper() if manner != "casual" else text,
        manner=manner,
        customer=customer,
        allocations=_allocations(paid),
    )


def _together(paid: Sequence[Paid], manner: Manner, rng: Random) -> Receipt:
    customer = paid[0].invoice.customer
    notes = [each.credit for each in paid if each.credit]
    return _receipt(paid, manner, several_numbers([each.invoice for each in paid], notes, customer, rng))


def _alone(paid: Paid) -> Receipt:
    """One transfer for one invoice, written as this customer writes."""
    rng = rng_for("text", paid.invoice.key)
    if paid.credit:
        return _together([paid], "credit taken", rng)
    if paid.discount:
        return _receipt([paid], "discount taken", discounted_number(paid.invoice))
    if paid.amount < paid.invoice.amount:
        return _receipt([paid], "short", one_number(paid.invoice, rng))
    match paid.invoice.customer.habit:
        case "casual":
            return _receipt([paid], "casual", casual_number(paid.invoice, rng))
        case "rf":
            return _receipt([paid], "rf", rf_number(paid.invoice, rng))
        case "silent":
            return _receipt([paid], "silent", nothing_useful(paid.invoice.customer, rng))
    return _receipt([paid], "number", one_number(paid.invoice, rng))


def _grown(on: date) -> Iterator[Receipt]:
    """Receipts of the regular invoices: bundled by pay day for those who bundle."""
    since = Timeline(on).first_month_from
    bundles: dict[tuple[str, date], list[Paid]] = defaultdict(list)
    for paid in _regular(on):
        if paid.on < since:
            continue
        if paid.invoice.customer.habit == "several":
            bundles[paid.invoice.customer.customer_id, paid.on].append(paid)
        else:
            yield _alone(paid)
    for bundle in bundles.values():
        yield _bundled(bundle)


def _bundled(bundle: Sequence[Paid]) -> Receipt:
    if len(bundle) == 1:
        return _alone(bundle[0])
    manner: Manner = "credit taken" if any(paid.credit for paid in bundle) else "several"
    return _together(bundle, manner, rng_for("text", bundle[0].invoice.key))


def _told_text(told: cast.ToldPayment, on: date) -> str:
    numbers = [by_key(on)[part.invoice].number for part in told.parts]
    if told.manner == "damaged number":
        numbers = [damaged(number) for number in numbers]
    order = orders.by_key(on)[told.order].number if told.order else ""
    return told.text.format(*numbers, order=order, other=by_key(on)["mares-4"].number.partition("/")[2])


def _payer(told: cast.ToldPayment) -> tuple[str, str]:
    """The name and account the bank prints: the customer's, its parent's, or those of somebody else."""
    customer = by_slug().get(told.payer or told.customer)
    if customer:
        return _bank_name(customer.name), customer.iban
    return told.payer, told.iban


def _told(told: cast.ToldPayment, on: date) -> Receipt:
    counterparty, iban = _payer(told)
    customer = by_slug()[told.customer] if told.customer else None
    parts = ((by_key(on)[part.invoice], part) for part in told.parts if part.amount)
    return Receipt(
        booked_on=Timeline(on).banked_ago(told.booked_ago),
        currency=customer.currency if customer else "EUR",
        amount=told.amount,
        counterparty=counterparty,
        counterparty_iban=iban,
        text=_told_text(told, on),
        manner=told.manner,
        customer=customer,
        allocations=tuple(Allocation(invoice.number, part.kind, part.amount) for invoice, part in parts),
    )


@cache
def receipts(on: date) -> tuple[Receipt, ...]:
    """Everything that came in since the first statement's first day, by booking date."""
    everything = [*_grown(on), *(_told(told, on) for told in cast.PAYMENTS)]
    return tuple(sorted(everything, key=lambda receipt: (receipt.booked_on, receipt.counterparty, receipt.text)))


def open_after(on: date) -> list[tuple[Invoice, Instalment, int]]:
    """What stays open of every instalment once each receipt has done what was meant; credit notes negative.

    A receipt fills an invoice's instalments by due date. Items settled to zero are left out.
    """
    settled: dict[str, int] = defaultdict(int)
    for receipt in receipts(on):
        for part in receipt.allocations:
            settled[part.invoice_number] += part.amount
    rest: list[tuple[Invoice, Instalment, int]] = []
    for invoice in invoices(on):
        for instalment in invoice.instalments:
            due = instalment.amount - paid_before(on).get((invoice.number, instalment.due_on), 0)
            used = min(due, settled[invoice.number])
            settled[invoice.number] -= used
            if due > used:
                rest.append((invoice, instalment, used - due if invoice.is_credit_note else due - used))
    return rest
