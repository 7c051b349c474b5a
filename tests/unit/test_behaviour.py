"""The behaviour score: what it takes from a hundred, and when a person should look."""

from hypothesis import given
from hypothesis import strategies as st

from credit.behaviour import Behaviour, is_worse, parts, score


def test_nothing_known_is_no_score() -> None:
    assert score(Behaviour()) is None


def test_who_pays_in_time_and_keeps_its_word_has_a_hundred() -> None:
    assert score(Behaviour(paid=10_000, kept=3, founded=2)) == 100


def test_ten_days_late_on_average_take_twenty_points_however_the_amounts_are_split() -> None:
    assert score(Behaviour(weighed=100_000, paid=10_000)) == 80
    assert score(Behaviour(weighed=20 * 5_000, paid=10_000)) == 80
    assert Behaviour(weighed=125_000, paid=10_000).days_late == 12.5


def test_a_large_amount_a_little_late_weighs_more_than_a_small_one_very_late() -> None:
    large, small = Behaviour(weighed=10 * 1_000_000, paid=1_001_000), Behaviour(weighed=365 * 1_000, paid=1_001_000)
    assert (score(large) or 0) < (score(small) or 0)


def test_broken_promises_and_unfounded_disputes_weigh_by_their_share() -> None:
    assert score(Behaviour(paid=1, kept=1, broken=1)) == 87
    assert score(Behaviour(paid=1, unfounded=1, founded=2)) == 95
    assert score(Behaviour(broken=4, unfounded=2)) == 60


def test_only_a_real_fall_calls_for_a_person() -> None:
    assert [is_worse(now, 80) for now in (66, 65, 90)] == [False, True, False]


@given(*[st.integers(0, 10**12)] * 2, *[st.integers(0, 100)] * 4)
def test_a_score_lies_between_nothing_and_a_hundred_and_is_what_its_parts_leave(
    weighed: int, paid: int, kept: int, broken: int, unfounded: int, founded: int
) -> None:
    seen = Behaviour(weighed, paid, kept, broken, unfounded, founded)
    assert Behaviour.from_dict(seen.as_dict()) == seen
    found = score(seen)
    if found is not None:
        assert 0 <= found <= 100
        assert found == 100 - sum(part.points for part in parts(seen))
