"""Money in one currency pays invoices in another: at a rate somebody vouches for, converted once, both amounts kept.

The payment is made in the invoices' currency and remembers what it took from the entry. What the customer is given
beyond or below what the rate yields is the company's exchange loss or gain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.errors import Invalid
from core.money import decimal_text, exponent_of, rounded, split
from payments import store
from payments.tables import BankEntry, ExchangeRate, Payment
from receivables.ledger import Account, post, posting
from runtime.ids import new_id
from runtime.work import Work

MOST_DIFFERENCE = 10
"""More than one part in so many gained or lost is no exchange difference: the rate or the lines are wrong."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The rate an entry is converted at, and whether what does not come out even is the company's gain or loss; else
    what is left over is the customer's cash."""

    rate: ExchangeRate
    settles: bool = False

    def currency_for(self, entry: BankEntry) -> str:
        """The currency the entry's money is turned into."""
        return self.rate.quote if self.rate.base == entry.currency else self.rate.base

    def converted(self, entry: BankEntry) -> int:
        """What the bank left of the entry in the other currency, in minor units, rounded once."""
        major = Decimal(entry.amount - entry.returned).scaleb(-exponent_of(entry.currency))
        factor = Decimal(self.rate.rate)
        is_forward = self.rate.base == entry.currency
        return rounded(major * factor if is_forward else major / factor, self.currency_for(entry))


def shares(entry: BankEntry, exchange: Exchange, paid: Mapping[UUID, int], keeper: UUID | None) -> dict[UUID, int]:
    """What each customer's payment holds in the other currency; the keeper's holds the rest, unless it is a gain."""
    held = dict(paid)
    rest = exchange.converted(entry) - sum(held.values())
    if rest < 0 and not exchange.settles:
        message = f"At this rate the entry comes to {_text(entry, exchange)}; the lines take more."
        raise Invalid.because("/allocations", message)
    if exchange.settles and abs(rest) * MOST_DIFFERENCE > sum(held.values()):
        message = f"At this rate the entry comes to {_text(entry, exchange)}: too far from the lines for a difference."
        raise Invalid.because("/exchange", message)
    if rest > 0 and not exchange.settles:
        if keeper is None:
            raise Invalid.because("/customer", "Say whose cash the rest is.")
        held[keeper] = held.get(keeper, 0) + rest
    return held


def _text(entry: BankEntry, exchange: Exchange) -> str:
    currency = exchange.currency_for(entry)
    return f"{decimal_text(exchange.converted(entry), currency)} {currency}"


def payments(work: Work, entry: BankEntry, exchange: Exchange, held: Mapping[UUID, int]) -> dict[UUID, Payment]:
    """One payment a customer, in the other currency; together they take the whole entry and all the rate yields."""
    owners = list(held)
    taken = split(entry.amount - entry.returned, [held[owner] for owner in owners])
    yielded = split(exchange.converted(entry), [held[owner] for owner in owners])
    made = {}
    for owner, from_entry, exchanged in zip(owners, taken, yielded, strict=True):
        payment = Payment(
            id=new_id(), company_id=store.company_of(work.session, entry.bank_account_id), customer_id=owner,
            bank_entry_id=entry.id, currency=exchange.currency_for(entry), valued_on=entry.valued_on,
            amount=held[owner], unapplied=held[owner], entry_currency=entry.currency, entry_amount=from_entry,
            exchanged=exchanged, rate_id=exchange.rate.id, created_at=work.now,
        )  # fmt: skip
        work.session.add(payment)
        work.session.flush()
        move(work, payment, 1, "payment")
        made[owner] = payment
    return made


def move(work: Work, payment: Payment, sign: int, cause: str) -> None:
    """Posts a converted payment, or with −1 takes it back: out of suspense in the entry's currency, to the customer in
    the other, the difference to the company."""
    assert payment.entry_amount is not None
    assert payment.exchanged is not None
    assert payment.entry_currency
    rows = (
        (None, Account.EXCHANGE, Account.SUSPENSE, payment.entry_amount, payment.entry_currency),
        (payment.customer_id, Account.UNAPPLIED, Account.EXCHANGE, payment.exchanged, payment.currency),
        (
            payment.customer_id, Account.UNAPPLIED, Account.EXCHANGE_DIFFERENCE, payment.amount - payment.exchanged,
            payment.currency,
        ),
    )  # fmt: skip
    for customer_id, account, contra, amount, currency in rows:
        if amount:
            row = posting(
                work, company_id=payment.company_id, customer_id=customer_id, account=account, contra=contra,
                amount=-sign * amount, currency=currency, cause=cause, cause_id=payment.id, on=payment.valued_on,
            )  # fmt: skip
            post(work, row)


def taken_from_entry(payment: Payment) -> int:
    """How much of its entry a payment uses, in the entry's currency."""
    return payment.amount if payment.entry_amount is None else payment.entry_amount
