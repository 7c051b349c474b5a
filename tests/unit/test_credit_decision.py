"""May this order be taken on credit: the decision and its bounds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.decision import Inputs, Rules, decide

AMOUNTS = st.integers(0, 10**12)


def asked(at_risk: int = 100, exposure: int = 0, limit: int | None = 1000, **more: int | bool | None) -> Inputs:
    return Inputs("EUR", at_risk, at_risk, exposure, limit, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("exposure", "verdict"), [(900, "allow"), (901, "refer"), (1000, "refer"), (1001, "deny"), (-50, "allow")]
)
def test_up_to_the_limit_is_allowed_a_tenth_beyond_is_referred_and_more_is_denied(exposure: int, verdict: str) -> None:
    assert decide(asked(exposure=exposure)).verdict == verdict


def test_a_prepaid_order_adds_no_risk_whatever_else_is_wrong() -> None:
    assert decide(asked(at_risk=0, exposure=9999, limit=None, overdue=10**9, is_on_hold=True)).verdict == "allow"


def test_without_a_limit_a_person_decides() -> None:
    found = decide(asked(limit=None))
    assert (found.verdict, [reason.code for reason in found.reasons]) == ("refer", ["no_limit"])


@pytest.mark.parametrize(
    ("overdue", "verdict"), [(9_999, "allow"), (10_000, "refer"), (29_999, "refer"), (30_000, "deny")]
)
def test_overdue_money_weighs_by_amount_and_age(overdue: int, verdict: str) -> None:
    assert decide(asked(overdue=overdue)).verdict == verdict


def test_every_reason_is_told_the_strictest_first() -> None:
    found = decide(asked(exposure=950, overdue=30_000))
    assert [(each.code, each.verdict) for each in found.reasons] == [("overdue", "deny"), ("over_limit", "refer")]


def test_a_release_counts_up_to_the_amount_it_was_given_for_and_never_against_a_hold() -> None:
    assert decide(asked(at_risk=100, exposure=5000, released=100)).verdict == "allow"
    assert decide(asked(at_risk=101, exposure=5000, released=100)).verdict == "deny"
    assert decide(asked(at_risk=100, released=100, is_on_hold=True)).verdict == "deny"


@given(AMOUNTS, AMOUNTS, st.none() | AMOUNTS, AMOUNTS, st.booleans(), st.none() | AMOUNTS)
def test_decided_again_on_what_was_stored_it_comes_out_the_same(
    at_risk: int, exposure: int, limit: int | None, overdue: int, held: bool, released: int | None
) -> None:
    given_first = asked(at_risk, exposure, limit, overdue=overdue, is_on_hold=held, released=released)
    stored = json.loads(json.dumps(given_first.as_dict()))
    assert decide(Inputs.from_dict(stored)) == decide(given_first)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(0, 10**6))
def test_a_larger_order_is_never_judged_more_kindly(at_risk: int, exposure: int, limit: int, more: int) -> None:
    strictness = {"allow": 0, "refer": 1, "deny": 2}
    smaller, larger = decide(asked(at_risk, exposure, limit)), decide(asked(at_risk + more, exposure, limit))
    assert strictness[smaller.verdict] <= strictness[larger.verdict]


def test_the_rules_of_the_day_stand_in_the_inputs() -> None:
    strict = Inputs("EUR", 1, 1, 1000, 1000, rules=Rules(refers_up_to_percent=0))
    assert decide(Inputs.from_dict(strict.as_dict())).verdict == "deny"
