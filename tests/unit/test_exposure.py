"""Exposure: how much of our money a customer holds, and how far that is above the limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.exposure import Exposure

AMOUNTS = st.integers(0, 10**12)


def test_debts_orders_and_charges_add_and_what_the_customer_has_with_us_takes_off() -> None:
    assert Exposure("EUR", open=1000, charges=40, orders=500, unapplied=200, credits=100).total == 1240


def test_a_customer_with_more_credit_than_debt_has_a_negative_exposure() -> None:
    assert Exposure("EUR", open=100, unapplied=150).total == -50


@pytest.mark.parametrize(("limit", "overrun"), [(None, 0), (2000, 0), (1000, 0), (999, 1), (0, 1000)])
def test_an_overrun_is_what_lies_above_the_limit_and_none_without_one(limit: int | None, overrun: int) -> None:
    assert Exposure("EUR", open=1000).overrun(limit) == overrun


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_exposure_and_limit_account_for_every_unit(
    owed: int, charges: int, orders: int, unapplied: int, credits: int, limit: int
) -> None:
    exposure = Exposure("JPY", owed, charges, orders, unapplied, credits)
    assert exposure.total + unapplied + credits == owed + charges + orders
    assert exposure.overrun(limit) == max(0, exposure.total - limit)
    assert (exposure.overrun(limit) > 0) == (exposure.total > limit)
