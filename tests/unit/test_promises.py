"""What became of a promise, by the value dates of what was paid."""

from datetime import date, timedelta

import pytest

from dunning.promises import Paid, Promised, outcome, wrong_day

LAST = date(2026, 12, 1)
LATER = LAST + timedelta(days=1)


@pytest.mark.parametrize(
    ("paid", "today", "became"),
    [
        ([], LAST, None),
        ([], LATER, "broken"),
        ([Paid(4_000, LAST)], LAST, None),
        ([Paid(4_000, LAST)], LATER, "partly_kept"),
        ([Paid(10_000, LAST)], LAST, "kept"),
        ([Paid(10_000, LATER)], LATER, "broken"),
        ([Paid(4_000, LAST), Paid(6_000, LATER)], LATER, "partly_kept"),
        ([Paid(9_900, LAST)], LAST, None),
        ([Paid(9_900, LAST)], LATER, "kept"),
        ([Paid(9_899, LAST)], LATER, "partly_kept"),
        ([Paid(12_000, LAST)], LAST, "kept"),
    ],
)
def test_a_promise_is_judged_by_value_date_within_the_tolerance(
    paid: list[Paid], today: date, became: str | None
) -> None:
    assert outcome(Promised(10_000, LAST, tolerance=100), paid, today) == became


def test_a_settled_item_is_judged_at_once() -> None:
    assert outcome(Promised(10_000, LAST, is_settled=True), [Paid(9_000, LAST)], LAST) == "partly_kept"


def test_an_item_settled_without_money_left_nothing_to_keep() -> None:
    assert outcome(Promised(10_000, LAST, is_settled=True), [], LAST) == "withdrawn"


@pytest.mark.parametrize(("days", "is_fit"), [(-1, False), (0, True), (60, True), (61, False)])
def test_a_day_is_promised_from_today_to_the_horizon(days: int, is_fit: bool) -> None:
    assert (list(wrong_day(LAST + timedelta(days=days), LAST, 60)) == []) == is_fit
