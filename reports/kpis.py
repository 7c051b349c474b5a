"""The indicators: the six of the order-to-cash studies, days sales outstanding and its kin. Pure.

Every indicator keeps its numerator and denominator, so that anybody can work it out again; without a denominator it
has no value, which is not zero. Money is in minor units of one currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.money import decimal_text

CODES: Final = ("K1", "K2", "K3", "K4", "K5", "K6", "DSO", "BPDSO", "ADD", "CEI")
"""The indicators of the contract, in its order."""
MORE: Final = ("DSO_COUNTBACK", "K4_MEDIAN", "PROMISES_KEPT")
"""Those the screen and the API show besides."""

TITLES: Final[Mapping[str, str]] = {
    "K1": "Orders processed in time",
    "K2": "Data entry errors",
    "K3": "Disputes per 100 orders",
    "K4": "Time to resolve a dispute",
    "K5": "Customers above their credit limit",
    "K6": "Collection cases under way",
    "DSO": "Days sales outstanding",
    "BPDSO": "Best possible DSO",
    "ADD": "Average days delinquent",
    "CEI": "Collection effectiveness",
    "DSO_COUNTBACK": "DSO, count-back",
    "K4_MEDIAN": "Time to resolve a dispute, median",
    "PROMISES_KEPT": "Promises kept",
}

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of a period. `value` has two decimals, or is None; numerator and denominator are plain texts.

    `numerator` and `denominator` are empty where the figure is no quotient.
    """

    code: str
    value: Decimal | None
    unit: str
    numerator: str
    denominator: str

    @property
    def title(self) -> str:
        return TITLES[self.code]


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """Orders of a period: due for processing, of these in time; received, of these with an error of data entry."""

    due: int
    in_time: int
    received: int
    mistyped: int


@dataclass(frozen=True, slots=True)
class Receivables:
    """The invoices of a period in one currency: open before it, issued in it, open at its end and not yet due then."""

    currency: str
    opening: int
    sales: int
    closing: int
    current: int
    sales_by_day: Mapping[date, int]
    """Sales up to the end of the period by day of issue, as far back as the count needs."""


def orders_in_time(counts: OrderCounts) -> Indicator:
    """K1: 100 × processed by their deadline ÷ due in the period; what is not processed yet is late."""
    return _quotient("K1", "%", counts.in_time, counts.due, 100)


def entry_errors(counts: OrderCounts) -> Indicator:
    """K2: 100 × orders corrected for an error of data entry ÷ orders received in the period."""
    return _quotient("K2", "%", counts.mistyped, counts.received, 100)


def disputes_per_orders(disputes: int, orders: int) -> Indicator:
    """K3: disputes received in the period, per 100 orders received in it."""
    return _quotient("K3", "per 100 orders", disputes, orders, 100)


def resolution_time(days: Sequence[int]) -> tuple[Indicator, Indicator]:
    """K4 and its median: calendar days from detection to the last final resolution, of disputes resolved in the
    period."""
    return _quotient("K4", "days", sum(days), len(days), 1), Indicator(
        "K4_MEDIAN", _rounded(_median(days)) if days else None, "days", "", str(len(days))
    )


def count(code: str, number: int | None, of: int | None = None) -> Indicator:
    """K5 and K6: how many there are at the end of the period; None where nobody wrote it down that day."""
    text = "" if number is None else str(number)
    return Indicator(code, None if number is None else Decimal(number), "count", text, "" if of is None else str(of))


def promises_kept(kept: int, judged: int) -> Indicator:
    """100 × promises kept ÷ promises that ended in the period, kept, kept in part or broken."""
    return _quotient("PROMISES_KEPT", "%", kept, judged, 100)


def money_indicators(book: Receivables, first: date, last: date) -> list[Indicator]:
    """DSO, best possible DSO, average days delinquent, collection effectiveness, and DSO by count-back.

    DSO = closing ÷ sales × days of the period. Best possible: the same on what is not due yet. ADD is their difference.
    CEI = (opening + sales − closing) ÷ (opening + sales − current) × 100.
    """
    days, currency = (last - first).days + 1, book.currency
    dso = _of_money("DSO", "days", book.closing, book.sales, days, currency)
    best = _of_money("BPDSO", "days", book.current, book.sales, days, currency)
    late = _of_money("ADD", "days", book.closing - book.current, book.sales, days, currency)
    begun = book.opening + book.sales
    effectiveness = _of_money("CEI", "%", begun - book.closing, begun - book.current, 100, currency)
    back = counted_back(book.closing, book.sales_by_day, last)
    return [
        dso,
        best,
        late,
        effectiveness,
        Indicator("DSO_COUNTBACK", back, "days", decimal_text(book.closing, currency), ""),
    ]


def counted_back(closing: int, sales_by_day: Mapping[date, int], last: date) -> Decimal | None:
    """DSO by exhaustion: how many days' sales, counted back month by month from `last`, make up what is open.

    The month that exhausts it counts in proportion. None when all the sales known do not make it up.
    """
    if closing == 0:
        return Decimal("0.00")
    days, left, day = Decimal(0), closing, last
    begin = min(sales_by_day, default=last)
    while day >= begin:
        first = day.replace(day=1)
        length = (day - first).days + 1
        sold = sum(amount for on, amount in sales_by_day.items() if first <= on <= day)
        if sold >= left:
            return _rounded(days + Decimal(length * left) / sold)
        days, left, day = days + length, left - sold, first - timedelta(days=1)
    return None


def _quotient(code: str, unit: str, numerator: int, denominator: int, times: int) -> Indicator:
    value = _rounded(Decimal(numerator * times) / denominator) if denominator else None
    return Indicator(code, value, unit, str(numerator), str(denominator))


def _of_money(code: str, unit: str, numerator: int, denominator: int, times: int, currency: str) -> Indicator:
    value = _rounded(Decimal(numerator * times) / denominator) if denominator > 0 else None
    return Indicator(code, value, unit, decimal_text(numerator, currency), decimal_text(denominator, currency))


def _median(numbers: Sequence[int]) -> Decimal:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Decimal(ordered[middle])
    return Decimal(ordered[middle - 1] + ordered[middle]) / 2


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH, ROUND_HALF_UP)
