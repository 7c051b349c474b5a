"""Aging buckets and expected cash: the figures by hand."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reports.aging import bounds
from reports.forecast import WEEKS, Expected, Habit, forecast

FRIDAY = date(2026, 11, 20)
MONDAY = date(2026, 11, 16)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))


def bucket_of(due_on: date, as_of: date) -> list[str]:
    return [
        each.name
        for each in bounds(as_of)
        if (each.first_due is None or due_on >= each.first_due) and (each.last_due is None or due_on <= each.last_due)
    ]


def test_an_item_is_late_from_the_day_after_it_is_due() -> None:
    days = (0, 1, 30, 31, 60, 61, 90, 91)
    found = [bucket_of(FRIDAY - timedelta(days=each), FRIDAY) for each in days]
    assert found == [["current"], ["1-30"], ["1-30"], ["31-60"], ["31-60"], ["61-90"], ["61-90"], ["90+"]]


@given(DAYS, DAYS)
def test_every_due_date_is_in_exactly_one_bucket(due_on: date, as_of: date) -> None:
    assert len(bucket_of(due_on, as_of)) == 1


def test_a_habit_weighs_by_amount_and_early_payments_count_as_negative_days() -> None:
    habit = Habit()
    habit.add(900_00, 10)
    habit.add(100_00, -10)
    assert habit.days_late == 8
    assert Habit().days_late == 0


def test_a_payment_taken_back_leaves_no_habit() -> None:
    habit = Habit()
    habit.add(100_00, 30)
    habit.add(-100_00, 30)
    assert habit.days_late == 0


def test_money_is_expected_in_the_week_its_customer_usually_pays() -> None:
    punctual = Expected("EUR", 100, FRIDAY)
    late = Expected("EUR", 20, FRIDAY, days_late=10)
    found = forecast([punctual, late], FRIDAY)["EUR"]
    assert {week: amount for week, amount in found.weeks.items() if amount} == {MONDAY: 100, date(2026, 11, 30): 20}
    assert len(found.weeks) == WEEKS


def test_a_promise_counts_instead_of_the_habit() -> None:
    item = Expected("EUR", 100, FRIDAY, days_late=10, promised_on=date(2026, 11, 24))
    assert forecast([item], FRIDAY)["EUR"].weeks[date(2026, 11, 23)] == 100


def test_what_was_expected_before_today_gets_no_new_day() -> None:
    overdue = Expected("EUR", 100, FRIDAY - timedelta(days=11), days_late=10)
    found = forecast([overdue], FRIDAY)["EUR"]
    assert (found.overdue_habit, sum(found.weeks.values()), found.later) == (100, 0, 0)


@given(
    st.lists(st.builds(Expected, st.sampled_from(["EUR", "USD"]), st.integers(0, 10**9), DAYS, st.integers(-90, 400)))
)
def test_nothing_is_lost_on_the_way(items: list[Expected]) -> None:
    found = forecast(items, FRIDAY)
    for currency, outlook in found.items():
        total = sum(outlook.weeks.values()) + outlook.later + outlook.overdue_habit
        assert total == sum(item.amount for item in items if item.currency == currency)
