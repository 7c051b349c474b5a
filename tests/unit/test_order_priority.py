"""How urgent an order is: what was told, raised by the rules that fit."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.priority import PRIORITIES, Facts, PriorityRule, raised

ORDER = Facts("A", "email", "EUR", 500_000, date(2026, 11, 20), date(2026, 11, 23))


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (PriorityRule("high", segment="a"), True),
        (PriorityRule("high", segment="B"), False),
        (PriorityRule("high", channel="email"), True),
        (PriorityRule("high", channel="edi"), False),
        (PriorityRule("high", currency="EUR", amount=500_000), True),
        (PriorityRule("high", currency="EUR", amount=500_001), False),
        (PriorityRule("high", currency="USD", amount=1), False),
        (PriorityRule("high", within_days=3), True),
        (PriorityRule("high", within_days=2), False),
        (PriorityRule("high", segment="A", channel="edi"), False),
        (PriorityRule("high", segment="A", channel="email", currency="EUR", amount=1, within_days=9), True),
    ],
)
def test_a_rule_is_for_the_orders_that_fit_all_it_names(rule: PriorityRule, fits: bool) -> None:
    assert raised("normal", ORDER, [rule]) == ("high" if fits else "normal")


def test_an_order_without_a_requested_day_is_not_wanted_soon() -> None:
    order = Facts("A", "email", "EUR", 1, date(2026, 11, 20), None)
    assert raised("normal", order, [PriorityRule("urgent", within_days=365)]) == "normal"


@given(
    st.sampled_from(PRIORITIES),
    st.lists(st.builds(PriorityRule, st.sampled_from(PRIORITIES[1:]), st.sampled_from(["", "A", "B"]))),
)
def test_rules_never_lower_what_was_told(told: str, rules: list[PriorityRule]) -> None:
    assert PRIORITIES.index(raised(told, ORDER, rules)) >= PRIORITIES.index(told)
