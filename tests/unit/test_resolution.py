"""How a dispute ends: what is given up and what is claimed again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from disputes.resolution import Resolution, resolve


def test_accepting_gives_up_all_and_rejecting_nothing() -> None:
    assert resolve("accepted", 500, None) == Resolution("accepted", 500)
    assert resolve("rejected", 500, None) == Resolution("rejected", 0)


def test_a_case_about_nothing_left_can_still_be_closed_either_way() -> None:
    assert resolve("accepted", 0, None).accepted == 0
    assert resolve("rejected", 0, None).accepted == 0


@given(st.integers(2, 10**9), st.data())
def test_a_part_accepted_leaves_a_part_claimed(contested: int, data: st.DataObject) -> None:
    accepted = data.draw(st.integers(1, contested - 1))
    assert resolve("partly_accepted", contested, accepted) == Resolution("partly_accepted", accepted)


@pytest.mark.parametrize("accepted", [None, 0, -1, 500, 501])
def test_a_part_that_is_nothing_or_all_is_refused_at_its_field(accepted: int | None) -> None:
    with pytest.raises(Invalid, match="more than nothing and less than all") as refusal:
        resolve("partly_accepted", 500, accepted)
    assert refusal.value.problems[0].where == "/accepted_amount"


@pytest.mark.parametrize("outcome", ["", "settled", "ACCEPTED", "won"])
def test_an_outcome_nobody_knows_is_refused_at_its_field(outcome: str) -> None:
    with pytest.raises(Invalid, match="accepted, partly_accepted or rejected") as refusal:
        resolve(outcome, 500, 10)
    assert refusal.value.problems[0].where == "/outcome"
