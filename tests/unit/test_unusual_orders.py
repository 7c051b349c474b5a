"""Up to what amount an order is usual."""

from hypothesis import given
from hypothesis import strategies as st

from orders.unusual import ENOUGH, usual_up_to

AMOUNTS = st.integers(0, 10**12)


@given(st.lists(AMOUNTS, max_size=ENOUGH - 1))
def test_with_too_few_orders_nothing_is_unusual(before: list[int]) -> None:
    assert usual_up_to(before) is None


@given(st.lists(AMOUNTS, min_size=ENOUGH))
def test_no_order_as_large_as_one_before_is_unusual(before: list[int]) -> None:
    assert (usual_up_to(before) or 0) >= max(before)


def test_four_times_the_median_is_still_usual() -> None:
    assert usual_up_to([100, 100, 100, 150, 90]) == 400
