"""The formulas of the indicators, on figures one can work out in the head."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reports.kpis import (
    CODES,
    OrderCounts,
    Receivables,
    counted_back,
    disputes_per_orders,
    entry_errors,
    money_indicators,
    orders_in_time,
    promises_kept,
    resolution_time,
)

BOOK = Receivables("EUR", 50_000, 100_000, 60_000, 45_000, {date(2026, 11, 10): 100_000, date(2026, 10, 10): 50_000})
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def test_the_indicators_of_orders_are_shares_of_orders() -> None:
    counts = OrderCounts(due=8, in_time=6, received=40, mistyped=1)
    assert orders_in_time(counts).value == Decimal("75.00")
    assert entry_errors(counts).value == Decimal("2.50")
    assert disputes_per_orders(3, 40).value == Decimal("7.50")


def test_without_anything_to_divide_by_there_is_no_value_which_is_not_zero() -> None:
    nothing = OrderCounts(0, 0, 0, 0)
    assert [each.value for each in (orders_in_time(nothing), entry_errors(nothing), disputes_per_orders(2, 0))] == [
        None, None, None,
    ]  # fmt: skip
    assert resolution_time([])[0].value is None
    assert resolution_time([])[1].value is None
    assert promises_kept(0, 0).value is None


def test_the_time_of_disputes_has_a_mean_and_a_median() -> None:
    mean, median = resolution_time([1, 2, 30])
    assert (mean.value, median.value) == (Decimal("11.00"), Decimal("2.00"))
    assert resolution_time([1, 2])[1].value == Decimal("1.50")


def test_dso_and_its_kin_of_a_month() -> None:
    found = {each.code: each.value for each in money_indicators(BOOK, *NOVEMBER)}
    assert found["DSO"] == Decimal("18.00"), "600 ÷ 1,000 × 30 days"
    assert found["BPDSO"] == Decimal("13.50")
    assert found["ADD"] == Decimal("4.50")
    assert found["CEI"] == Decimal("85.71"), "(500 + 1,000 − 600) ÷ (500 + 1,000 − 450)"


def test_counting_back_takes_whole_months_first() -> None:
    # 60,000 of November's 100,000 are 18 of its 30 days
    assert counted_back(60_000, BOOK.sales_by_day, NOVEMBER[1]) == Decimal("18.00")
    # 125,000 are all of November and half of October's 31 days
    assert counted_back(125_000, BOOK.sales_by_day, NOVEMBER[1]) == Decimal("45.50")
    assert counted_back(150_001, BOOK.sales_by_day, NOVEMBER[1]) is None, "more than was ever sold"
    assert counted_back(0, BOOK.sales_by_day, NOVEMBER[1]) == Decimal("0.00")


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 366))
def test_average_days_delinquent_lies_between_the_two_dso(current: int, late: int, sales: int, days: int) -> None:
    first = date(2024, 1, 1)
    last = date.fromordinal(first.toordinal() + days - 1)
    book = Receivables("EUR", 0, sales, current + late, current, {})
    found = {each.code: each.value for each in money_indicators(book, first, last)}
    assert found["DSO"] is not None
    assert found["BPDSO"] is not None
    assert found["ADD"] is not None
    assert abs(found["DSO"] - found["BPDSO"] - found["ADD"]) <= Decimal("0.02")
    assert found["BPDSO"] <= found["DSO"]


def test_every_indicator_of_the_contract_is_there() -> None:
    codes = {each.code for each in money_indicators(BOOK, *NOVEMBER)} | {"K1", "K2", "K3", "K4", "K5", "K6"}
    assert set(CODES) <= codes
