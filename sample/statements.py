"""The sample's bank statements: two months of the euro account in sequence, and of the sterling account in one file.

Opening balance + movements = closing balance, and each closing is the next opening. Beside the receipts stand the
bank's own charges and, on Mondays, the transfer of what is not needed to the treasury.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from core.calendar import ONE_DAY
from sample.cast import NEEDS_A_PERSON, Manner
from sample.company import COMPANY, BankAccount
from sample.ofx import AccountMonth, BankLine, ofx1_text, ofx2_text
from sample.payments import Allocation, Receipt, receipts
from sample.timeline import Timeline, is_banking_day

KEPT_ON_ACCOUNT = 6_000_000
SWEPT_IN_STEPS_OF = 1_000_000
_MONDAY = 0
_REF_PREFIXES = {"EUR": "", "GBP": "LDN"}
_CHARGES = {
    "EUR": (("COMISION MANTENIMIENTO CUENTA", 2_400), ("COMISION TRANSF EXTERIOR RECIBIDA", 650)),
    "GBP": (("MONTHLY ACCOUNT CHARGE", 850),),
}
_TREASURY = {"EUR": ("NORDWIND TRADING SL", "TRASPASO A CUENTA TESORERIA"), "GBP": ("NORDWIND TRADING SL", "SWEEP")}


@dataclass(frozen=True, slots=True)
class IntendedPayment:
    """What a bank entry is meant to pay: the truth to hold the cash application against.

    `remainder` is the part of `amount` that stays on account. `is_clear`: the entry leaves one honest answer, so it
    may be posted without a person; of others only a suggestion can be expected. The two entries paid twice differ in
    nothing but `entry_ref`: which of them pays the invoice is all one.
    """

    entry_ref: str
    account_iban: str
    booked_on: date
    amount: int
    currency: str
    manner: Manner
    customer_id: str | None
    allocations: tuple[Allocation, ...]
    remainder: int
    is_clear: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement file: its text, what it tells, and what each of its entries means, in the order of the file."""

    file_name: str
    text: str
    month: AccountMonth
    intended: tuple[IntendedPayment, ...]


@dataclass(frozen=True, slots=True)
class _Movement:
    line: BankLine
    intended: IntendedPayment


class _Ledger:
    """An account as the bank keeps it, written day by day."""

    def __init__(self, account: BankAccount) -> None:
        self.account = account
        self.balance = account.opening
        self.movements: list[_Movement] = []
        self._of_the_day: Counter[date] = Counter()

    def _next_ref(self, day: date) -> str:
        self._of_the_day[day] += 1
        return f"{_REF_PREFIXES[self.account.currency]}{day:%Y%m%d}{self._of_the_day[day]:04d}"

    def receive(self, receipt: Receipt) -> None:
        ref, day = self._next_ref(receipt.booked_on), receipt.booked_on
        line = BankLine(
            ref, day, receipt.amount, "CREDIT", receipt.counterparty, receipt.counterparty_iban, receipt.text
        )
        customer_id = receipt.customer.customer_id if receipt.customer else None
        meaning = (receipt.manner, customer_id, receipt.allocations, receipt.remainder)
        self._write(line, *meaning, is_clear=receipt.manner not in NEEDS_A_PERSON)

    def pay_out(self, day: date, amount: int, code: str, counterparty: str, text: str) -> None:
        line = BankLine(self._next_ref(day), day, -amount, code, counterparty, "", text)
        self._write(line, "our bank", None, (), 0, is_clear=False)

    def _write(
        self,
        line: BankLine,
        manner: Manner,
        customer_id: str | None,
        allocations: tuple[Allocation, ...],
        remainder: int,
        *,
        is_clear: bool,
    ) -> None:
        self.balance += line.amount
        iban, currency = self.account.iban, self.account.currency
        intended = IntendedPayment(
            line.entry_ref, iban, line.booked_on, line.amount, currency, manner, customer_id, allocations, remainder,
            is_clear,
        )  # fmt: skip
        self.movements.append(_Movement(line, intended))


def _charge(ledger: _Ledger, day: date) -> None:
    for text, amount in _CHARGES[ledger.account.currency]:
        ledger.pay_out(day, amount, "SRVCHG", ledger.account.bank.upper(), text)


def _sweep(ledger: _Ledger, day: date) -> None:
    surplus = ledger.balance - KEPT_ON_ACCOUNT
    amount = surplus - surplus % SWEPT_IN_STEPS_OF
    if amount > 0:
        name, text = _TREASURY[ledger.account.currency]
        ledger.pay_out(day, amount, "XFER", name, text)


def _banking_days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if is_banking_day(day):
            yield day
        day += ONE_DAY


def _kept(account: BankAccount, timeline: Timeline) -> _Ledger:
    """The account's two months: each day its receipts, on Mondays the sweep, once a month the charges."""
    ledger = _Ledger(account)
    first, middle, last = timeline.first_month_from, timeline.second_month_from, timeline.banked_until
    charged_on = {next(_banking_days(start, last)) for start in (first, middle)}
    for day in _banking_days(first, last):
        for receipt in receipts(timeline.on):
            if receipt.booked_on == day and receipt.currency == account.currency:
                ledger.receive(receipt)
        if day in charged_on:
            _charge(ledger, day)
        if day.weekday() == _MONDAY:
            _sweep(ledger, day)
    return ledger


def _statement(ledger: _Ledger, first: date, last: date, as_text: Callable[[AccountMonth], str]) -> Statement:
    before = (each.line.amount for each in ledger.movements if each.line.booked_on < first)
    opening = ledger.account.opening + sum(before)
    movements: Sequence[_Movement] = [each for each in ledger.movements if first <= each.line.booked_on <= last]
    lines = tuple(each.line for each in movements)
    closing = opening + sum(line.amount for line in lines)
    month = AccountMonth(ledger.account, first, last, opening, closing, lines)
    name = f"statement-{ledger.account.currency.lower()}-{last:%Y-%m-%d}.ofx"
    return Statement(name, as_text(month), month, tuple(each.intended for each in movements))


@cache
def statements(on: date) -> tuple[Statement, Statement, Statement]:
    """The euro account's first month (OFX 1), its second (OFX 2), and both months in sterling (OFX 1)."""
    timeline = Timeline(on)
    first, middle, last = timeline.first_month_from, timeline.second_month_from, timeline.banked_until
    euros, pounds = (_kept(COMPANY.account(currency), timeline) for currency in ("EUR", "GBP"))
    return (
        _statement(euros, first, middle - ONE_DAY, ofx1_text),
        _statement(euros, middle, last, ofx2_text),
        _statement(pounds, first, last, ofx1_text),
    )


def intended_payments(on: date) -> dict[str, IntendedPayment]:
    """The bank's reference → what that entry means, over all three statements; references are unique."""
    return {each.entry_ref: each for statement in statements(on) for each in statement.intended}
