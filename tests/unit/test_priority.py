"""The cash a step can be expected to bring, and its words."""

import pytest

from reports.priority import Owed, score


@pytest.mark.parametrize(
    ("days", "expected"), [(0, 95_00), (1, 80_00), (30, 80_00), (31, 65_00), (60, 65_00), (61, 45_00), (91, 25_00)]
)
def test_the_older_a_debt_the_less_of_it_is_expected(days: int, expected: int) -> None:
    assert score(Owed(100_00, "EUR", days)).expected == expected


@pytest.mark.parametrize(("kept", "judged", "expected"), [(4, 4, 90_00), (0, 3, 70_00), (1, 2, 80_00), (2, 3, 83_00)])
def test_a_word_kept_raises_it_and_a_word_broken_lowers_it(kept: int, judged: int, expected: int) -> None:
    assert score(Owed(100_00, "EUR", 10, kept, judged)).expected == expected


def test_the_score_says_how_it_came_about() -> None:
    assert score(Owed(980_000, "EUR", 45)).words == "9800.00 EUR due × 65 %: 45 days late"
    said = score(Owed(980_000, "EUR", 45, 0, 2)).words
    assert said == "9800.00 EUR due × 55 %: 45 days late, kept 0 of 2 promises (−10)"
    assert score(Owed(0, "EUR", 0)).words == "nothing is due that is not held back"
