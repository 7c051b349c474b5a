"""Days that count: business days of a country, and what overdue means."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_business_days, business_days_between, days_overdue, is_business_day

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
COUNTRIES = st.sampled_from(["ES", "DE", "FR", "GB", "US", "JP", "TN", ""])


@pytest.mark.parametrize(
    ("day", "country", "counts"),
    [
        (date(2026, 11, 20), "ES", True),
        (date(2026, 11, 21), "ES", False),
        (date(2026, 11, 22), "ES", False),
        (date(2026, 12, 8), "ES", False),
        (date(2026, 12, 8), "FR", True),
        (date(2026, 12, 25), "ES", False),
        (date(2026, 12, 25), "", True),
        (date(2026, 7, 14), "FR", False),
        (date(2026, 10, 3), "DE", False),
        (date(2026, 5, 1), "XX", True),
    ],
)
def test_weekends_and_nationwide_holidays_do_not_count(day: date, country: str, counts: bool) -> None:
    assert is_business_day(day, country) is counts


def test_the_business_day_after_a_friday_is_the_next_one_that_counts() -> None:
    assert add_business_days(date(2026, 11, 20), 1, "ES") == date(2026, 11, 23)
    assert add_business_days(date(2026, 12, 4), 2, "ES") == date(2026, 12, 9)  # Tuesday the 8th is a holiday


def test_no_business_days_on_is_the_day_itself_even_a_sunday() -> None:
    assert add_business_days(date(2026, 11, 22), 0, "ES") == date(2026, 11, 22)


def test_the_first_day_is_not_counted_and_the_last_is() -> None:
    assert business_days_between(date(2026, 11, 19), date(2026, 11, 20), "ES") == 1
    assert business_days_between(date(2026, 11, 20), date(2026, 11, 23), "ES") == 1
    assert business_days_between(date(2026, 11, 20), date(2026, 11, 20), "ES") == 0
    assert business_days_between(date(2026, 11, 23), date(2026, 11, 20), "ES") == 0


@given(DAYS, st.integers(1, 60), COUNTRIES)
def test_counting_and_adding_business_days_agree(day: date, count: int, country: str) -> None:
    later = add_business_days(day, count, country)
    assert is_business_day(later, country)
    assert business_days_between(day, later, country) == count
    assert business_days_between(day, later - timedelta(days=1), country) == count - 1


@given(DAYS, st.integers(0, 90), st.integers(0, 90), COUNTRIES)
def test_periods_that_meet_add_up(start: date, first: int, second: int, country: str) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    whole = business_days_between(start, end, country)
    assert whole == business_days_between(start, middle, country) + business_days_between(middle, end, country)


@given(DAYS, st.integers(-400, 400))
def test_an_item_due_today_is_not_overdue_and_one_due_yesterday_is_by_a_day(due_on: date, offset: int) -> None:
    assert days_overdue(due_on, due_on + timedelta(days=offset)) == max(0, offset)
