"""Payment plans: splitting, counting, and when an instalment is missed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.plans import (
    Allowance,
    Instalment,
    Kept,
    Missed,
    OnTrack,
    Rhythm,
    counted,
    equal_instalments,
    flaws,
    judge,
    misfit,
    still_protected,
)

FRIDAY = date(2026, 11, 20)
TWO = (Instalment(FRIDAY, 6_000), Instalment(date(2026, 12, 21), 4_000))
SPAIN = Allowance(2, "ES", tolerance=100)


@given(
    total=st.integers(1, 10**12),
    number=st.integers(1, 120),
    rhythm=st.sampled_from(["weekly", "fortnightly", "monthly"]),
    first_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_equal_instalments_never_lose_a_cent_and_their_days_rise(
    total: int, number: int, rhythm: Rhythm, first_on: date
) -> None:
    found = equal_instalments(total, number, first_on, rhythm)
    assert misfit(found, total) == 0
    assert max(each.amount for each in found) - min(each.amount for each in found) <= 1
    days = [each.due_on for each in found]
    assert days == sorted(set(days))


def test_monthly_instalments_keep_their_day_or_take_the_months_last() -> None:
    found = equal_instalments(300, 3, date(2026, 12, 31), "monthly")
    assert [each.due_on for each in found] == [date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]


@pytest.mark.parametrize(("rhythm", "second"), [("weekly", date(2026, 11, 27)), ("fortnightly", date(2026, 12, 4))])
def test_weeks_are_weeks(rhythm: Rhythm, second: date) -> None:
    assert equal_instalments(200, 2, FRIDAY, rhythm)[1].due_on == second


@given(paid=st.integers(0, 20_000))
def test_what_was_paid_counts_against_the_oldest_instalment_first(paid: int) -> None:
    first, second = counted(TWO, paid)
    assert first.paid == min(paid, 6_000)
    assert second.paid == min(max(paid - 6_000, 0), 4_000)


def test_an_instalment_is_not_missed_before_the_clearing_days_are_over() -> None:
    """Friday the 20th and two banking days: money may come through Tuesday the 24th."""
    assert isinstance(judge(TWO, 0, date(2026, 11, 24), SPAIN), OnTrack)
    assert judge(TWO, 0, date(2026, 11, 25), SPAIN) == Missed(TWO[0], 6_000)


def test_all_that_should_have_been_paid_is_missing_once_two_are_missed() -> None:
    assert judge(TWO, 1_000, date(2026, 12, 28), SPAIN) == Missed(TWO[0], 9_000)
    assert judge(TWO, 6_000, date(2026, 12, 28), SPAIN) == Missed(TWO[1], 4_000)


def test_the_tolerance_forgives_so_much_and_not_a_cent_more() -> None:
    after = date(2026, 11, 25)
    assert judge(TWO, 5_900, after, SPAIN) == OnTrack(TWO[1])
    assert judge(TWO, 5_899, after, SPAIN) == Missed(TWO[0], 101)


def test_a_plan_is_kept_when_all_is_paid_or_little_is_missing_after_the_last_day() -> None:
    assert judge(TWO, 10_000, FRIDAY, SPAIN) == Kept()
    assert judge(TWO, 9_950, date(2026, 12, 1), SPAIN) == OnTrack(TWO[1])
    assert judge(TWO, 9_950, date(2026, 12, 28), SPAIN) == Kept()


def test_paying_ahead_leaves_nothing_to_miss() -> None:
    assert judge(TWO, 6_000, date(2026, 11, 30), SPAIN) == OnTrack(TWO[1])
    assert judge((TWO[0],), 5_950, FRIDAY, SPAIN) == OnTrack(TWO[0])


@pytest.mark.parametrize(
    ("instalments", "where"),
    [
        ((), "/instalments"),
        ((Instalment(FRIDAY, 1),) * 4, "/instalments"),
        ((Instalment(FRIDAY, 0),), "/instalments/0/amount"),
        ((Instalment(FRIDAY - timedelta(days=1), 1),), "/instalments/0/due_on"),
        ((Instalment(FRIDAY + timedelta(days=101), 1),), "/instalments/0/due_on"),
        ((Instalment(FRIDAY, 1), Instalment(FRIDAY, 1)), "/instalments/1/due_on"),
    ],
)
def test_what_is_wrong_with_instalments_is_named(instalments: tuple[Instalment, ...], where: str) -> None:
    assert [each.where for each in flaws(instalments, FRIDAY, most=3, horizon_days=100)] == [where]


def test_fit_instalments_have_no_flaw() -> None:
    assert list(flaws(TWO, FRIDAY, most=2, horizon_days=31)) == []


@given(opens=st.lists(st.integers(1, 10_000), max_size=8), revived=st.integers(0, 50_000))
def test_what_is_revived_is_taken_from_the_oldest_items(opens: list[int], revived: int) -> None:
    kept = still_protected(opens, revived)
    assert sum(opens) - sum(kept) == min(revived, sum(opens))
    assert all(0 <= part <= whole for part, whole in zip(kept, opens, strict=True))
