"""What must hold of every interest sheet, whatever the debt."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dunning.interest import Debt, Reduction, Sheet
from tests.law import REGIMES

BEGIN, END = date(2015, 1, 1), date(2025, 11, 30)
COUNTRIES = {"ES": "EUR", "FR": "EUR", "DE": "EUR", "GB": "GBP", "BE": "EUR", "AT": "EUR", "IE": "EUR"}
HAIR = Decimal("1e-18")
"""The sums here are made with the usual 28 digits."""


@st.composite
def debts(draw: st.DrawFn) -> tuple[str, Debt, date]:
    country = draw(st.sampled_from(sorted(COUNTRIES)))
    due_on = draw(st.dates(BEGIN, END - timedelta(days=2)))
    until = draw(st.dates(due_on + timedelta(days=2), END))
    principal = draw(st.integers(1, 10**9))
    reductions = []
    left = principal
    for _ in range(draw(st.integers(0, 4))):
        amount = draw(st.integers(1, max(1, left // 2)))
        if amount >= left:
            break
        left -= amount
        reductions.append(Reduction(draw(st.dates(due_on - timedelta(days=30), until + timedelta(days=30))), amount))
    return country, Debt(principal, COUNTRIES[country], due_on, tuple(reductions)), until


def sheet(country: str, debt: Debt, until: date, since: date | None = None) -> Sheet:
    return REGIMES.sheet(debt, country=country, debtor="business", until=until, since=since)


def exact(found: Sheet) -> Decimal:
    return sum((each.exact for each in found.slices), Decimal(0))


@given(debts(), st.data())
def test_cutting_a_period_in_two_changes_only_rounding(case: tuple[str, Debt, date], data: st.DataObject) -> None:
    country, debt, until = case
    cut = data.draw(st.dates(debt.due_on + timedelta(days=1), until - timedelta(days=1)))
    whole = sheet(country, debt, until)
    first, second = sheet(country, debt, cut), sheet(country, debt, until, since=cut + timedelta(days=1))
    assert abs(exact(first) + exact(second) - exact(whole)) < HAIR
    assert abs(first.interest + second.interest - whole.interest) <= 1
    assert first.compensation == second.compensation == whole.compensation


@given(debts())
def test_slices_follow_each_other_and_count_every_day_with_debt_once(case: tuple[str, Debt, date]) -> None:
    country, debt, until = case
    found = sheet(country, debt, until)
    days = [each.from_on + timedelta(days=n) for each in found.slices for n in range(each.days)]
    wanted = [debt.due_on + timedelta(days=n) for n in range(1, (until - debt.due_on).days + 1)]
    assert days == [day for day in wanted if debt.late(day)]
    assert all(each.to_on == each.from_on + timedelta(days=each.days - 1) for each in found.slices)


@given(debts())
def test_the_sheet_equals_the_sum_over_single_days(case: tuple[str, Debt, date]) -> None:
    country, debt, until = case
    found = sheet(country, debt, until)
    by_day = Decimal(0)
    for each in found.slices:
        for n in range(each.days):
            by_day += Decimal(debt.late(each.from_on + timedelta(days=n))) / 100 * each.rate / 100 / 365
    assert abs(by_day - exact(found)) < Decimal("1e-12")


@given(debts(), st.integers(1, 10**6))
def test_more_debt_never_costs_less(case: tuple[str, Debt, date], more: int) -> None:
    country, debt, until = case
    larger = Debt(debt.principal + more, debt.currency, debt.due_on, debt.reductions)
    assert sheet(country, larger, until).interest >= sheet(country, debt, until).interest
    assert sheet(country, larger, until).compensation >= sheet(country, debt, until).compensation


@given(debts())
def test_another_day_never_costs_less(case: tuple[str, Debt, date]) -> None:
    country, debt, until = case
    assert sheet(country, debt, until).interest >= sheet(country, debt, until - timedelta(days=1)).interest


@given(debts(), st.data())
def test_the_order_in_which_payments_are_told_does_not_matter(
    case: tuple[str, Debt, date], data: st.DataObject
) -> None:
    country, debt, until = case
    shuffled = tuple(data.draw(st.permutations(debt.reductions)))
    other = Debt(debt.principal, debt.currency, debt.due_on, shuffled)
    assert sheet(country, other, until).slices == sheet(country, debt, until).slices
