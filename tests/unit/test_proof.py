"""The balance proof of a statement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.proof import imbalance, imbalance_sentence

AMOUNTS = st.integers(-(10**15), 10**15)


@given(AMOUNTS, st.lists(AMOUNTS, max_size=20))
def test_a_statement_whose_entries_lead_to_its_closing_balance_ties(opening: int, entries: list[int]) -> None:
    assert imbalance(opening, sum(entries), opening + sum(entries)) == 0


@given(AMOUNTS, AMOUNTS, AMOUNTS.filter(bool))
def test_a_missing_entry_shows_up_with_its_amount(opening: int, entries: int, missing: int) -> None:
    assert imbalance(opening, entries, opening + entries + missing) == missing


@pytest.mark.parametrize(("opening", "closing"), [(None, None), (0, None), (None, 0)])
def test_without_two_balances_there_is_nothing_to_prove(opening: int | None, closing: int | None) -> None:
    assert imbalance(opening, 5, closing) is None


def test_the_sentence_names_the_difference_in_the_statements_currency() -> None:
    assert "misses the closing balance by -12.50 EUR" in imbalance_sentence(-1250, "EUR")
    assert "by 1.250 TND" in imbalance_sentence(1250, "TND")
