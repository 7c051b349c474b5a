"""Which change of a limit is a raise."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.raises import Term, in_force, is_raise

TODAY, MAY = date(2026, 11, 20), date(2027, 5, 31)
STANDING = Term(1000, date(2026, 1, 1))


@pytest.mark.parametrize(("amount", "is_more"), [(999, False), (1000, False), (1001, True)])
def test_more_than_today_is_a_raise(amount: int, is_more: bool) -> None:
    assert is_raise([STANDING], Term(amount, TODAY)) is is_more


def test_a_temporary_raise_made_permanent_is_a_raise() -> None:
    temporary = Term(5000, TODAY, MAY)
    assert is_raise([STANDING, temporary], Term(5000, TODAY))
    assert not is_raise([STANDING, temporary], Term(5000, TODAY, MAY))
    assert is_raise([STANDING, temporary], Term(5000, TODAY, MAY + timedelta(days=1)))


def test_a_limit_that_has_run_out_is_raised_when_it_is_given_again() -> None:
    assert is_raise([Term(1000, date(2026, 1, 1), TODAY - timedelta(days=1))], Term(1000, TODAY))


def test_a_raise_that_begins_later_is_one_too() -> None:
    lowered = Term(10, date(2027, 1, 1))
    assert is_raise([STANDING, lowered], Term(1000, date(2027, 2, 1)))
    assert not is_raise([STANDING, lowered], Term(1000, TODAY)), "the lower one still begins in January"


def test_after_a_temporary_limit_the_one_before_it_is_in_force_again() -> None:
    terms = [STANDING, Term(5000, TODAY, MAY)]
    assert [in_force(terms, day) for day in (TODAY - timedelta(days=1), TODAY, MAY, MAY + timedelta(days=1))] == [
        1000, 5000, 5000, 1000,
    ]  # fmt: skip


DAYS = st.integers(0, 30).map(lambda days: TODAY + timedelta(days=days))
TERMS = st.builds(
    lambda amount, start, length: Term(amount, start, None if length is None else start + timedelta(days=length)),
    st.integers(0, 5), DAYS, st.none() | st.integers(0, 20),
)  # fmt: skip


@given(st.lists(TERMS, max_size=5), TERMS)
def test_it_is_a_raise_exactly_when_some_day_lends_more(terms: list[Term], wanted: Term) -> None:
    days = [TODAY + timedelta(days=days) for days in range(60)]
    lends_more = any(in_force([*terms, wanted], day) > in_force(terms, day) for day in days)
    assert is_raise(terms, wanted) is lends_more
