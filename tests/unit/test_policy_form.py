"""A policy and the fields of its form."""

import json
from pathlib import Path

import pytest

from core.errors import Invalid
from dunning.policy import read_policy
from dunning.policy_form import PolicyForm, body_of, form_of, with_room

SHIPPED = sorted((Path(__file__).parents[2] / "config" / "policies").glob("*.json"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_policy_comes_back_from_its_form_unchanged(path: Path) -> None:
    body = json.loads(path.read_text(encoding="utf-8"))
    assert read_policy("x", 1, body_of(form_of(body))) == read_policy("x", 1, body)


def test_levels_are_numbered_by_their_place_and_empty_rows_are_none() -> None:
    with_courtesy = body_of(PolicyForm(days=["-3", "", "5", " "], dwell=["0", "9", "2"], least=["", "", "eur 50"]))
    assert [(each["level"], each["days"]) for each in with_courtesy["levels"]] == [(0, -3), (1, 5)]
    assert (with_courtesy["levels"][1]["dwell_business_days"], with_courtesy["levels"][1]["minimum"]) == (
        2, {"EUR": "50"},
    )  # fmt: skip
    assert [each["level"] for each in body_of(PolicyForm(days=["5", "9"]))["levels"]] == [1, 2]


@pytest.mark.parametrize(
    ("form", "where"),
    [
        (PolicyForm(days=["x"]), "/levels/0/days"),
        (PolicyForm(days=["5"], grace_days=""), "/grace_days"),
        (PolicyForm(days=["5"], bank_data="soon"), "/bank_data_max_age_business_days"),
        (PolicyForm(days=["5"], minimum="EUR"), "/minimum/EUR"),
        (PolicyForm(days=["5"], minimum="5.00"), "/minimum/5.00"),
        (PolicyForm(), "/levels"),
    ],
)
def test_what_cannot_be_read_is_refused_where_it_stands_and_never_guessed(form: PolicyForm, where: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_policy("x", 1, body_of(form))
    assert where in [problem.where for problem in refusal.value.problems]


def test_a_form_with_rows_cut_short_is_shown_with_every_row_complete_and_room_for_one_more() -> None:
    shown = with_room(PolicyForm(days=["3", "", "9"], dwell=["1"], interest=["claim", "warn", "warn"]))
    assert (shown.days, shown.dwell) == (["3", "9", ""], ["1", "0", "0"])
    assert (shown.interest, shown.pay_within, shown.least) == (["claim", "warn", "none"], ["7"] * 3, [""] * 3)


def test_every_field_of_a_level_comes_back_from_the_form_unchanged() -> None:
    level = {
        "level": 1, "days": 5, "dwell_business_days": 2, "pay_within_days": 9, "interest": "warn",
        "minimum": {"EUR": "50.00"}, "minimum_percent": 20, "needs_approval": False, "fee": {"EUR": "5.00"},
        "recipient": "legal", "credit_hold": True, "business_days_only": True,
    }  # fmt: skip
    body = {"levels": [level], "consumers_pay_fees": True}
    assert read_policy("x", 1, body_of(form_of(body))) == read_policy("x", 1, body)


def test_a_choice_that_is_none_is_refused_where_it_stands() -> None:
    form = PolicyForm(days=["5"], approval=["perhaps"], recipient=["boss"], least_percent=["half"])
    with pytest.raises(Invalid) as refusal:
        read_policy("x", 1, body_of(form))
    assert {problem.where for problem in refusal.value.problems} == {
        "/levels/0/needs_approval", "/levels/0/recipient", "/levels/0/minimum_percent",
    }  # fmt: skip
