"""What of an order is usual: its amount, how many there are in seven days, and where it goes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders.priority import PRIORITIES, OrderRules
from orders.unusual import Before, Judged, is_new_address, reasons, usual_in_seven_days, usual_up_to

AMOUNTS = st.integers(0, 10**12)
RULES = OrderRules(dict.fromkeys(PRIORITIES, 60))
ENOUGH, TIMES = RULES.enough, RULES.times_the_median
NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
HOME = "Harbour Road 1, 90100, Oulu, FI"


def days_ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=each) for each in days]


# ── amounts ─────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(AMOUNTS, max_size=ENOUGH - 1))
def test_with_too_few_orders_nothing_is_unusual(before: list[int]) -> None:
    assert usual_up_to(before, ENOUGH, TIMES) is None


@given(st.lists(AMOUNTS, min_size=ENOUGH))
def test_no_order_as_large_as_one_before_is_unusual(before: list[int]) -> None:
    assert (usual_up_to(before, ENOUGH, TIMES) or 0) >= max(before)


def test_four_times_the_median_is_still_usual() -> None:
    assert usual_up_to([100, 100, 100, 150, 90], ENOUGH, TIMES) == 400


# ── rhythm ──────────────────────────────────────────────────────────────────────────────────────


def test_four_times_the_average_of_seven_days_is_still_usual() -> None:
    every_week = days_ago(*range(7, 71, 7))
    assert usual_in_seven_days(NOW, every_week, ENOUGH, 4) == 5, "ten orders in nine weeks"


def test_as_many_as_in_the_busiest_seven_days_before_is_still_usual() -> None:
    a_rush = days_ago(100, 50, 50, 49, 49, 48, 48, 47, 46, 8)
    assert usual_in_seven_days(NOW, a_rush, ENOUGH, 2) == 8


def test_a_history_of_less_than_five_weeks_has_no_rhythm() -> None:
    assert usual_in_seven_days(NOW, days_ago(34, 30, 25, 20, 15, 10), ENOUGH, 4) is None
    assert usual_in_seven_days(NOW, days_ago(36, 30, 25, 20), ENOUGH, 4) is None, "too few"
    assert usual_in_seven_days(NOW, days_ago(36, 1, 1, 1, 1, 1, 1), ENOUGH, 4) is None, "these seven days do not count"


@given(st.lists(st.floats(7, 365), min_size=5, max_size=60))
def test_no_seven_days_as_busy_as_some_before_are_unusual(days: list[float]) -> None:
    before = days_ago(*days)
    usual = usual_in_seven_days(NOW, before, ENOUGH, 2)
    busiest = max(sum(each - timedelta(days=7) < other <= each for other in before) for each in before)
    assert usual is None or usual >= busiest


# ── addresses ───────────────────────────────────────────────────────────────────────────────────

DEPOTS = ["Dock 1, Oulu", "Dock 1, Oulu", "Dock 2, Oulu", "Dock 2, Oulu", "Dock 2, Oulu"]


def test_an_address_is_new_where_no_order_went_and_not_for_how_it_is_written() -> None:
    assert is_new_address("Dock 3, Oulu", DEPOTS, HOME, ENOUGH)
    assert not is_new_address("OULU - dock 1", DEPOTS, HOME, ENOUGH)
    assert not is_new_address("harbour road 1; 90100 Oulu (FI)", DEPOTS, HOME, ENOUGH), "his own house is no surprise"


def test_while_few_orders_say_where_they_went_no_address_is_new() -> None:
    assert not is_new_address("Dock 3, Oulu", [*DEPOTS[:4], "", ""], HOME, ENOUGH)
    assert not is_new_address("", DEPOTS, HOME, ENOUGH), "nobody said where it goes"


# ── in words ────────────────────────────────────────────────────────────────────────────────────


def before(days: Sequence[float], amount: int = 10_000, address: str = "Dock 1, Oulu") -> list[Before]:
    return [Before(at, amount, address) for at in days_ago(*days)]


def test_every_reason_is_a_sentence_with_its_bound_and_what_it_rests_on() -> None:
    history = [*before(range(8, 80, 8)), *before([1] * 7)]
    found = reasons(Judged(NOW, 90_000, "EUR", "Unit 7, Turku"), history, HOME, RULES)
    assert found == [
        "900.00 EUR is more than the 400.00 that is usual for this customer, by 16 orders of the last year.",
        "8 orders in seven days are more than the 4 that are usual for this customer, by 16 orders of the last year.",
        "It goes to “Unit 7, Turku”, where none of the 16 orders of the last year went.",
    ]


def test_a_usual_order_and_a_new_customer_have_no_reasons() -> None:
    history = before(range(8, 80, 8))
    assert reasons(Judged(NOW, 40_000, "EUR", "Dock 1, Oulu"), history, HOME, RULES) == []
    assert reasons(Judged(NOW, 10**12, "EUR", "Unit 7, Turku"), history[:4], HOME, RULES) == []


def test_addresses_are_left_out_where_the_rules_say_so() -> None:
    quiet = OrderRules(RULES.minutes, new_address=False)
    assert reasons(Judged(NOW, 10_000, "EUR", "Unit 7, Turku"), before(range(8, 80, 8)), HOME, quiet) == []
