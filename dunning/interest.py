"""Late-payment interest and the fixed sum for collection, as an itemised sheet a court could recompute. Pure.

Simple interest on what is late, VAT included. It runs from the day after the due date through the day the money is on
our account, both counted in calendar days, leap day too. It is cut at every change of the rate and of the principal;
each slice is rounded once, half up. Rates and rules come from dated tables (`dunning.regimes`), never from here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Context, Decimal
from itertools import pairwise
from typing import Final, Literal

from core.errors import Invalid
from core.money import decimal_text, rounded

Debtor = Literal["business", "consumer", "public"]
DayCount = Literal["actual/365", "actual/360", "actual/actual"]

ONE_DAY: Final = timedelta(days=1)
EARLIEST_YEAR: Final = 1900
LONGEST_DAYS: Final = 36_525
"""A hundred years: what is further apart is a slip of the pen."""
_WIDE: Final = Context(prec=60)


@dataclass(frozen=True, slots=True)
class History:
    """A reference rate in percent a year, each from the day it began. Nothing is known after `known_through`."""

    name: str
    title: str
    source: str
    read_on: date
    known_through: date
    rates: tuple[tuple[date, Decimal], ...]
    version: int = 0

    def on(self, day: date) -> Decimal:
        """The rate in force on a day; `Invalid` before the first and after the last day known."""
        if day < self.rates[0][0]:
            raise Invalid.because("/due_on", f"The rates of {self.name} begin on {self.rates[0][0]}, not by {day}.")
        if day > self.known_through:
            raise Invalid.because(
                "/until", f"The rates of {self.name} are known through {self.known_through}; import the rate of {day}."
            )
        return next(rate for since, rate in reversed(self.rates) if since <= day)

    @property
    def reference(self) -> str:
        return f"{self.title}: {self.source}; read on {self.read_on}."


@dataclass(frozen=True, slots=True)
class Compensation:
    """The fixed sum by the size of what is late: (least principal, sum), smallest first, in minor units.

    `sized_in` is the currency the sizes are stated in, `currency` that of the sum.
    """

    currency: str
    sized_in: str
    steps: tuple[tuple[int, int], ...]

    def of(self, principal: int, currency: str) -> int:
        """The sum for a principal; `Invalid` when its size cannot be told in this currency."""
        if len(self.steps) == 1:
            return self.steps[0][1]
        if currency != self.sized_in:
            raise Invalid.because(
                "/currency", f"The fixed sum depends on the size of the debt in {self.sized_in}.", field="currency"
            )
        return next(amount for least, amount in reversed(self.steps) if least <= principal)


@dataclass(frozen=True, slots=True)
class Rule:
    """One law for one kind of debtor and contract date.

    `reference` names the history, None a fixed rate of `margin` percent. The reference of a half-year is that of its
    first day, or of the day before it (`is_day_before`). `is_stepping`: each half-year has its own; else the half-year
    in which interest began fixes it for good. `rounded_up_to` lifts the total to the next multiple.
    """

    name: str
    country: str
    debtors: tuple[Debtor, ...]
    contracts_from: date
    contracts_until: date | None
    reference: str | None
    margin: Decimal
    is_stepping: bool
    is_day_before: bool
    rounded_up_to: Decimal | None
    day_count: DayCount
    compensation: Compensation | None
    law: tuple[str, ...]
    is_checked: bool

    def applies_to(self, debtor: Debtor, contract_on: date) -> bool:
        until = self.contracts_until
        return debtor in self.debtors and self.contracts_from <= contract_on and (until is None or contract_on <= until)


@dataclass(frozen=True, slots=True)
class Reduction:
    """What took a part off the debt, and the last day that part still bore interest (a payment's value date)."""

    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Rest:
    """Days on which nothing bears interest because that was agreed: after `after`, through `until` (None: no end)."""

    after: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        return self.after < day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Debt:
    """One amount due on one date, what was paid or credited since, and when interest rests; minor units."""

    principal: int
    currency: str
    due_on: date
    reductions: tuple[Reduction, ...] = ()
    rests: tuple[Rest, ...] = ()

    def late(self, day: date) -> int:
        """What is owed at the beginning of a day."""
        return self.principal - sum(each.amount for each in self.reductions if each.on < day)

    def bearing(self, day: date) -> int:
        """What bears interest on a day."""
        return 0 if any(rest.covers(day) for rest in self.rests) else self.late(day)


@dataclass(frozen=True, slots=True)
class Slice:
    """Days with one principal and one rate: `from_on` through `to_on`, both counted. `exact` is in major units."""

    from_on: date
    to_on: date
    days: int
    principal: int
    rate: Decimal
    exact: Decimal
    amount: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is owed for lateness. `compensation` may be in another currency than the interest."""

    debt: Debt
    until: date
    slices: tuple[Slice, ...]
    compensation: int
    compensation_currency: str
    regime: str
    day_count: DayCount
    sources: tuple[str, ...]

    @property
    def interest(self) -> int:
        return sum(each.amount for each in self.slices)


def accrue(
    debt: Debt,
    rule: Rule,
    history: History | None,
    until: date,
    *,
    since: date | None = None,
    agreed: Decimal | None = None,
) -> Sheet:
    """The sheet through `until`. `since` leaves out the days before it; `agreed` is the contract's own yearly rate.

    `Invalid` when nothing was late, when the parts paid exceed the debt, or when a rate that counts is not known.
    """
    _check(debt, until)
    first = max(debt.due_on + ONE_DAY, since or date.min)
    slices = tuple(_slices(debt, rule, history, first, until, agreed))
    compensation = rule.compensation
    return Sheet(
        debt,
        until,
        slices,
        compensation.of(debt.late(debt.due_on + ONE_DAY), debt.currency) if compensation else 0,
        compensation.currency if compensation else debt.currency,
        rule.name if agreed is None else f"contract rate; {rule.name}",
        rule.day_count,
        tuple(_sources(rule, history if agreed is None else None)),
    )


def _check(debt: Debt, until: date) -> None:
    if debt.principal <= 0:
        raise Invalid.because("/principal", "The principal is a positive amount.", field="principal")
    if debt.due_on.year < EARLIEST_YEAR or (until - debt.due_on).days > LONGEST_DAYS:
        raise Invalid.because("/due_on", f"Sheets run from {EARLIEST_YEAR} on, over at most {LONGEST_DAYS} days.")
    if until <= debt.due_on:
        raise Invalid.because("/until", f"Due on {debt.due_on}, nothing is late by {until}.", field="until")
    if any(each.amount <= 0 for each in debt.reductions):
        raise Invalid.because("/payments", "A payment is a positive amount.", field="payments")
    if sum(each.amount for each in debt.reductions) > debt.principal:
        raise Invalid.because("/payments", "More was paid than the principal.", field="payments")
    if debt.late(debt.due_on + ONE_DAY) == 0:
        raise Invalid.because("/payments", "All of it was paid by the due date; nothing was late.", field="payments")


def _slices(
    debt: Debt, rule: Rule, history: History | None, first: date, until: date, agreed: Decimal | None
) -> Iterator[Slice]:
    """The days from `first` to `until`, cut where principal, rate or year basis change; days without debt left out."""
    parts: list[tuple[date, int, Decimal, int]] = []
    for day in _cuts(debt, rule, first, until):
        principal = debt.bearing(day)
        rate = agreed if agreed is not None else _rate(rule, history, debt, day) if principal else Decimal(0)
        part = (day, principal, rate, _days_in_year(rule.day_count, day))
        if not parts or parts[-1][1:] != part[1:]:
            parts.append(part)
    ends = [(until + ONE_DAY, 0, Decimal(0), 0)]
    for (day, principal, rate, basis), (following, *_) in pairwise([*parts, *ends]):
        if principal:
            yield _slice(day, following - ONE_DAY, principal, rate, basis, debt.currency)


def _cuts(debt: Debt, rule: Rule, first: date, until: date) -> Sequence[date]:
    """The days on which a new slice may begin."""
    days = {first, *(each.on + ONE_DAY for each in debt.reductions)}
    for rest in debt.rests:
        days |= {rest.after + ONE_DAY, *([rest.until + ONE_DAY] if rest.until else [])}
    for year in range(first.year, until.year + 1):
        days |= {date(year, 1, 1), date(year, 7, 1)}
    return sorted(day for day in days if first <= day <= until)


def _rate(rule: Rule, history: History | None, debt: Debt, day: date) -> Decimal:
    """Percent a year on a day."""
    if rule.reference is None:
        return rule.margin
    if history is None:
        raise Invalid.because("/country", f"There are no rates of {rule.reference}; import them.", field="country")
    half = _half_year(day if rule.is_stepping else debt.due_on + ONE_DAY)
    total = history.on(half - ONE_DAY if rule.is_day_before else half) + rule.margin
    return _lifted(total, rule.rounded_up_to)


def _half_year(day: date) -> date:
    return date(day.year, 7 if day.month > 6 else 1, 1)


def _lifted(rate: Decimal, step: Decimal | None) -> Decimal:
    return rate if step is None else (rate / step).to_integral_value(ROUND_CEILING) * step


def _days_in_year(day_count: DayCount, day: date) -> int:
    if day_count == "actual/actual":
        return (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    return 360 if day_count == "actual/360" else 365


def _slice(first: date, last: date, principal: int, rate: Decimal, basis: int, currency: str) -> Slice:
    days = (last - first).days + 1
    yearly = _WIDE.multiply(Decimal(decimal_text(principal, currency)), rate)
    exact = _WIDE.divide(_WIDE.multiply(yearly, Decimal(days)), Decimal(100 * basis))
    return Slice(first, last, days, principal, rate, exact, rounded(exact, currency))


def _sources(rule: Rule, history: History | None) -> Iterator[str]:
    for text in rule.law:
        yield f"{text}." if rule.is_checked else f"{text} (recalled, not checked against the law's text)."
    if history is not None:
        yield history.reference
