"""A dunning policy: read from what people edit, or refused with every place that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from dunning.policy import Level, Policy, read_policy

SHIPPED = sorted((Path(__file__).parents[2] / "config" / "policies").glob("*.json"))


def a_body(**changes: Any) -> dict[str, Any]:
    return {"levels": [{"level": 0, "days": -3}, {"level": 1, "days": 5}, {"level": 2, "days": 15}], **changes}


def places(body: dict[str, Any]) -> list[str]:
    """Where a body is wrong."""
    with pytest.raises(Invalid) as refusal:
        read_policy("standard", 1, body)
    assert all(problem.message.endswith(".") for problem in refusal.value.problems)
    return [problem.where for problem in refusal.value.problems]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_policy_can_be_read(path: Path) -> None:
    policy = read_policy(path.stem, 1, json.loads(path.read_text(encoding="utf-8")))
    assert policy.level(1) is not None
    assert policy.last == policy.levels[-1].number


def test_what_a_policy_does_not_say_has_a_default() -> None:
    policy = read_policy("standard", 3, a_body())
    assert policy == Policy(
        "standard", 3, (Level(0, -3), Level(1, 5), Level(2, 15)), grace_days=0, min_gap_days=5, resume_business_days=3,
        minimum={},
    )  # fmt: skip


def test_what_a_policy_says_is_taken() -> None:
    level = {"level": 1, "days": 5, "dwell_business_days": 4, "pay_within_days": 10}
    policy = read_policy(
        "x", 1, {"levels": [level], "grace_days": 2, "min_gap_days": 0, "resume_business_days": 1,
                 "minimum": {"EUR": "5.00", "JPY": "800"}}
    )  # fmt: skip
    assert policy.levels == (Level(1, 5, 4, 10),)
    assert (policy.grace_days, policy.min_gap_days, policy.resume_business_days) == (2, 0, 1)
    assert (policy.minimum_of("EUR"), policy.minimum_of("JPY"), policy.minimum_of("USD")) == (500, 800, 1)


def test_no_minimum_is_ever_less_than_one_minor_unit() -> None:
    assert Policy("x", 1, (Level(1, 1),)).minimum_of("EUR") == 1
    assert Policy("x", 1, (Level(1, 1),), minimum={"EUR": 0}).minimum_of("EUR") == 1


def test_a_level_a_policy_does_not_have_is_none() -> None:
    policy = read_policy("x", 1, a_body())
    assert policy.level(2) == Level(2, 15)
    assert policy.level(3) is None


@pytest.mark.parametrize("body", [{}, {"levels": []}, {"levels": None}, {"levels": "three"}, {"levels": {"1": 5}}])
def test_a_policy_has_at_least_one_level(body: dict[str, Any]) -> None:
    assert places(body) == ["/levels"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"grace_days": -1}, "/grace_days"),
        ({"grace_days": 91}, "/grace_days"),
        ({"grace_days": "3"}, "/grace_days"),
        ({"grace_days": 1.0}, "/grace_days"),
        ({"grace_days": True}, "/grace_days"),
        ({"grace_days": None}, "/grace_days"),
        ({"min_gap_days": 91}, "/min_gap_days"),
        ({"resume_business_days": 31}, "/resume_business_days"),
        ({"minimum": {"EUR": "5,00"}}, "/minimum/EUR"),
        ({"minimum": {"EUR": "NaN"}}, "/minimum/EUR"),
        ({"minimum": {"EUR": "-1"}}, "/minimum/EUR"),
        ({"minimum": {"XXX": "1"}}, "/minimum/XXX"),
        ({"minimum": "5.00"}, "/minimum"),
        ({"min_gap_day": 3}, "/min_gap_day"),
    ],
)
def test_a_wrong_rule_is_named_by_its_place(changes: dict[str, Any], where: str) -> None:
    assert places(a_body(**changes)) == [where]


@pytest.mark.parametrize(
    ("levels", "wrong"),
    [
        ([{"level": 1, "days": 5}, "second"], ["/levels/1"]),
        ([{"level": 1, "days": 400}], ["/levels/0/days"]),
        ([{"level": 1, "days": 5, "pay_within_days": 61}], ["/levels/0/pay_within_days"]),
        ([{"level": 1, "days": 5, "interest": "double"}], ["/levels/0/interest"]),
        ([{"level": 1, "days": 5, "dwell_business_days": -1}], ["/levels/0/dwell_business_days"]),
        ([{"level": 1, "days": 5, "dwell": 3}], ["/levels/0/dwell"]),
        ([{"level": 1, "days": 5}, {"level": 3, "days": 9}], ["/levels"]),
        ([{"level": 2, "days": 5}], ["/levels/0/level"]),
        ([{"level": 1, "days": 5}, {"level": 2, "days": 5}], ["/levels"]),
        ([{"level": 1, "days": 9}, {"level": 2, "days": 5}], ["/levels"]),
        ([{"level": 0, "days": 1}, {"level": 1, "days": 5}], ["/levels/0/days"]),
        ([{"level": 1, "days": 0}], ["/levels/0/days"]),
    ],
)
def test_levels_count_up_by_one_and_go_forward_in_time(levels: list[Any], wrong: list[str]) -> None:
    assert places({"levels": levels}) == wrong


def test_everything_wrong_is_said_at_once() -> None:
    body = a_body(grace_days=-1, minimum={"EUR": "x"}, levels=[{"level": 1, "days": "x", "speed": 1}])
    assert set(places(body)) == {"/levels/0/speed", "/grace_days", "/minimum/EUR", "/levels/0/days"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-500, 500) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["level", "days", "EUR"]), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["levels", "grace_days", "min_gap_days", "minimum", "other"]), _JSON))
def test_any_json_is_a_sound_policy_or_refused(body: dict[str, Any]) -> None:
    try:
        policy = read_policy("x", 1, body)
    except Invalid:
        return
    assert policy.levels[0].number in (0, 1)
    assert all(level.days >= 1 for level in policy.levels if level.number)


def test_a_level_has_a_minimum_of_its_own_and_the_larger_one_counts() -> None:
    levels = [
        {"level": 1, "days": 5, "minimum": {"EUR": "1.00"}},
        {"level": 2, "days": 15, "minimum": {"EUR": "100.00"}},
    ]
    policy = read_policy("x", 1, {"levels": levels, "minimum": {"EUR": "5.00"}})
    assert [policy.minimum_of("EUR", level) for level in (0, 1, 2)] == [500, 500, 10_000]
    assert policy.minimums_of("EUR") == [500, 10_000]
    assert policy.minimums_of("USD") == [1]
    assert places({"levels": [{"level": 1, "days": 5, "minimum": {"EUR": "x"}}]}) == ["/levels/0/minimum/EUR"]


def test_how_old_bank_data_may_be_is_a_number_of_days_or_no_rule() -> None:
    assert read_policy("x", 1, a_body()).bank_data_max_age_business_days is None
    assert read_policy("x", 1, a_body(bank_data_max_age_business_days=None)).bank_data_max_age_business_days is None
    assert read_policy("x", 1, a_body(bank_data_max_age_business_days=2)).bank_data_max_age_business_days == 2
    for wrong in (-1, 61, "2", True):
        assert places(a_body(bank_data_max_age_business_days=wrong)) == ["/bank_data_max_age_business_days"]


def test_a_level_says_who_approves_what_it_costs_and_whom_it_is_for() -> None:
    level = {
        "level": 1, "days": 5, "minimum_percent": 20, "needs_approval": False, "fee": {"EUR": "5.00"},
        "recipient": "escalation", "credit_hold": True, "business_days_only": True,
    }  # fmt: skip
    policy = read_policy("x", 1, {"levels": [level], "consumers_pay_fees": True})
    assert policy.levels == (
        Level(1, 5, minimum_percent=20, needs_approval=False, fee={"EUR": 500}, recipient="escalation",
              credit_hold=True, business_days_only=True),
    )  # fmt: skip
    assert policy.consumers_pay_fees
    assert not read_policy("x", 1, a_body()).consumers_pay_fees


@pytest.mark.parametrize(
    ("level", "where"),
    [
        ({"minimum_percent": 101}, "minimum_percent"),
        ({"minimum_percent": "20"}, "minimum_percent"),
        ({"needs_approval": "yes"}, "needs_approval"),
        ({"fee": {"EUR": "-1.00"}}, "fee/EUR"),
        ({"fee": {"EUR": "1.001"}}, "fee/EUR"),
        ({"fee": "5.00"}, "fee"),
        ({"recipient": "boss"}, "recipient"),
        ({"credit_hold": 1}, "credit_hold"),
        ({"business_days_only": None}, "business_days_only"),
        ({"level": 0, "days": -3, "fee": {"EUR": "1.00"}}, "fee"),
        ({"level": 0, "days": -3, "credit_hold": True}, "credit_hold"),
    ],
)
def test_what_a_level_cannot_be_is_refused_where_it_stands(level: dict[str, Any], where: str) -> None:
    assert places({"levels": [{"level": 1, "days": 5, **level}]}) == [f"/levels/0/{where}"]


def test_the_share_of_an_invoice_worth_a_level_is_rounded_up() -> None:
    policy = Policy("x", 1, (Level(1, 5, minimum_percent=10), Level(2, 9)), minimum={"EUR": 500})
    assert [policy.minimum_of("EUR", 1, gross) for gross in (0, 4000, 9991, 10_000)] == [500, 500, 1000, 1000]
    assert policy.minimum_of("EUR", 2, 10_000) == 500
    assert policy.asks_for_a_share
    assert not Policy("x", 1, (Level(1, 5),)).asks_for_a_share
