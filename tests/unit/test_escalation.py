"""Which reminder an item gets next: decided from facts alone."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import add_business_days, business_days_between
from dunning.escalation import BankData, Decision, Hold, Interval, ItemFacts, Notice, Reason, Stop, Wait, decide
from dunning.policy import Level, Policy

TODAY = date(2026, 11, 20)
"""A Friday."""

POLICY = Policy(
    "standard", 1, (Level(0, -3), Level(1, 5), Level(2, 15, dwell_business_days=5), Level(3, 30, 7)),
    minimum={"EUR": 500},
)  # fmt: skip


def an_item(days_overdue: int = 10, **facts: Any) -> ItemFacts:
    item = ItemFacts(due_on=TODAY - timedelta(days=days_overdue), open=10_000, currency="EUR", country="ES")
    return replace(item, **facts)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


# ── when ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days_overdue", "decision"),
    [
        (-10, Wait(Reason.NOT_DUE, day(7))),
        (-4, Wait(Reason.NOT_DUE, day(1))),
        (-3, Notice(0)),
        (0, Notice(0)),
        (1, Wait(Reason.TOO_EARLY, day(4))),
        (4, Wait(Reason.TOO_EARLY, day(1))),
        (5, Notice(1)),
        (400, Notice(1)),
    ],
)
def test_a_fresh_item_gets_the_courtesy_note_before_and_the_first_level_after(
    days_overdue: int, decision: Decision
) -> None:
    assert decide(an_item(days_overdue), POLICY, TODAY) == decision


def test_an_item_due_today_is_not_overdue() -> None:
    eager = Policy("eager", 1, (Level(1, 1),))
    assert decide(an_item(0), eager, TODAY) == Wait(Reason.NOT_DUE, day(1))
    assert decide(an_item(1), eager, TODAY) == Notice(1)


def test_nothing_but_the_courtesy_note_before_due_date_and_grace_are_over() -> None:
    patient = replace(POLICY, grace_days=9)
    assert decide(an_item(0), patient, TODAY) == Notice(0)
    assert decide(an_item(9), patient, TODAY) == Wait(Reason.TOO_EARLY, day(1))
    assert decide(an_item(10), patient, TODAY) == Notice(1)


def test_a_policy_without_courtesy_note_is_silent_before_the_due_date() -> None:
    strict = Policy("strict", 1, (Level(1, 5),))
    assert decide(an_item(-1), strict, TODAY) == Wait(Reason.NOT_DUE, day(6))


def test_a_policy_of_courtesy_notes_alone_never_reminds() -> None:
    kind = Policy("kind", 1, (Level(0, -3),))
    assert decide(an_item(-1, level=0), kind, TODAY) == Wait(Reason.NOT_DUE, day(1))
    assert decide(an_item(50, level=0), kind, TODAY) == Wait(Reason.COMPLETE)


def test_the_courtesy_note_goes_out_once() -> None:
    assert decide(an_item(-1, level=0, last_sent_on=day(-2)), POLICY, TODAY) == Wait(Reason.NOT_DUE, day(6))


def test_a_due_date_moved_into_the_future_silences_an_item_already_reminded() -> None:
    assert decide(an_item(-20, level=2, last_sent_on=day(-9)), POLICY, TODAY) == Wait(Reason.NOT_DUE, day(25))


def test_levels_are_never_skipped_however_late() -> None:
    assert decide(an_item(300, level=1, last_sent_on=day(-200)), POLICY, TODAY) == Notice(2)


def test_after_the_last_level_nothing_more_comes_from_time_alone() -> None:
    assert decide(an_item(300, level=3, last_sent_on=day(-200)), POLICY, TODAY) == Wait(Reason.COMPLETE)


def test_the_step_before_must_have_been_out_for_its_business_days() -> None:
    assert decide(an_item(20, level=1, last_sent_on=day(-4)), POLICY, TODAY) == Wait(Reason.DWELL, day(3))
    assert decide(an_item(20, level=1, last_sent_on=day(-7)), POLICY, TODAY) == Notice(2)


def test_the_courtesy_note_starts_no_dwell_clock() -> None:
    assert decide(an_item(5, level=0, last_sent_on=TODAY), POLICY, TODAY) == Notice(1)


def test_a_level_that_was_never_dated_starts_no_dwell_clock() -> None:
    assert decide(an_item(20, level=1), POLICY, TODAY) == Notice(2)


# ── pauses that are over ────────────────────────────────────────────────────────────────────────


def test_days_under_a_pause_do_not_count_and_a_day_under_two_counts_once() -> None:
    item = an_item(40, level=1, last_sent_on=day(-14))  # ten business days out
    paused = Interval(day(-11), day(-7))  # Monday to Friday
    assert decide(replace(item, ended=(paused,)), POLICY, TODAY) == Notice(2)
    longer = (paused, paused, Interval(day(-9), day(-4)))  # Monday after as well
    assert decide(replace(item, ended=longer), POLICY, TODAY) == Wait(Reason.DWELL, day(3))


def test_a_pause_before_the_last_reminder_does_not_lengthen_the_dwell() -> None:
    item = an_item(40, level=1, last_sent_on=day(-7), ended=(Interval(day(-60), day(-8)),))
    assert decide(item, POLICY, TODAY) == Notice(2)


def test_a_pause_of_a_part_does_not_stop_the_dwell_clock() -> None:
    item = an_item(40, level=1, last_sent_on=day(-14), ended=(Interval(day(-14), day(-5), is_whole=False),))
    assert decide(item, POLICY, TODAY) == Notice(2)


def test_after_a_pause_the_customer_gets_some_business_days() -> None:
    item = an_item(40, ended=(Interval(day(-30), day(-1)),))
    assert decide(item, POLICY, TODAY) == Wait(Reason.RESUMING, day(4))
    assert decide(item, replace(POLICY, resume_business_days=1), TODAY) == Notice(1)
    assert decide(item, replace(POLICY, resume_business_days=0), TODAY) == Notice(1)


def test_a_pause_that_ends_later_is_not_over() -> None:
    item = an_item(40, ended=(Interval(day(-30), day(3)),))
    assert decide(item, POLICY, TODAY) == Notice(1)


# ── stops ───────────────────────────────────────────────────────────────────────────────────────


def test_a_whole_stop_holds_and_says_why_and_until_when() -> None:
    assert decide(an_item(stops=(Stop(Reason.DISPUTED),)), POLICY, TODAY) == Hold(Reason.DISPUTED)
    assert decide(an_item(stops=(Stop(Reason.HELD, until=day(3)),)), POLICY, TODAY) == Hold(Reason.HELD, day(3))


def test_of_several_stops_the_first_whole_one_speaks_with_the_longest_end_of_its_kind() -> None:
    stops = (Stop(Reason.DISPUTED, 10_000), Stop(Reason.HELD, until=day(3)), Stop(Reason.HELD, until=day(9)))
    assert decide(an_item(stops=stops), POLICY, TODAY) == Hold(Reason.HELD, day(9))
    assert decide(an_item(stops=(*stops, Stop(Reason.HELD))), POLICY, TODAY) == Hold(Reason.HELD)


def test_part_stops_that_cover_everything_hold() -> None:
    stops = (Stop(Reason.DISPUTED, 6_000), Stop(Reason.DISPUTED, 4_000))
    assert decide(an_item(stops=stops), POLICY, TODAY) == Hold(Reason.DISPUTED)


def test_a_part_in_dispute_leaves_the_rest_to_be_reminded() -> None:
    item = an_item(stops=(Stop(Reason.DISPUTED, 6_000),))
    assert (item.paused, item.claimable) == (6_000, 4_000)
    assert decide(item, POLICY, TODAY) == Notice(1)


def test_what_is_left_beside_a_dispute_must_be_worth_a_reminder() -> None:
    assert decide(an_item(stops=(Stop(Reason.DISPUTED, 9_501),)), POLICY, TODAY) == Wait(Reason.BELOW_MINIMUM)
    assert decide(an_item(stops=(Stop(Reason.DISPUTED, 9_500),)), POLICY, TODAY) == Notice(1)


def test_a_contested_amount_above_what_is_open_pauses_no_more_than_that() -> None:
    assert an_item(stops=(Stop(Reason.DISPUTED, 99_999),)).claimable == 0


# ── who and how much ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        ({"is_insolvent": True, "is_under_way": True}, Hold(Reason.INSOLVENT)),
        ({"is_under_way": True}, Wait(Reason.UNDER_WAY)),
        ({"open": 499}, Wait(Reason.BELOW_MINIMUM)),
        ({"open": 500}, Notice(1)),
        ({"open": 1, "currency": "JPY"}, Notice(1)),
        ({"has_address": False}, Hold(Reason.NO_ADDRESS)),
        ({"has_address": False, "open": 499}, Wait(Reason.BELOW_MINIMUM)),
    ],
)
def test_facts_about_customer_and_amount_decide_too(facts: dict[str, Any], decision: Decision) -> None:
    assert decide(an_item(**facts), POLICY, TODAY) == decision


def test_a_customer_without_address_is_only_a_problem_once_there_is_something_to_send() -> None:
    assert decide(an_item(2, has_address=False), POLICY, TODAY) == Wait(Reason.TOO_EARLY, day(3))


# ── properties ──────────────────────────────────────────────────────────────────────────────────

OFFSETS = st.integers(-60, 60)
STOPS = st.builds(
    Stop, st.sampled_from([Reason.DISPUTED, Reason.HELD, Reason.PROMISED]), st.none() | st.integers(1, 200),
    st.none() | st.builds(day, st.integers(0, 20)),
)  # fmt: skip


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    first = draw(st.integers(-80, 0))
    return Interval(day(first), day(draw(st.integers(first, 0))), draw(st.booleans()))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    days = draw(st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True).map(sorted))
    levels = [Level(number, each, draw(st.integers(0, 10))) for number, each in enumerate(days, start=1)]
    if draw(st.booleans()):
        levels.insert(0, Level(0, draw(st.integers(-10, 0))))
    return Policy(
        "any", 1, tuple(levels), draw(st.integers(0, 20)), 5, draw(st.integers(0, 5)),
        {"EUR": draw(st.integers(0, 150))},
    )  # fmt: skip


@st.composite
def items(draw: st.DrawFn) -> ItemFacts:
    level = draw(st.none() | st.integers(0, 5))
    return ItemFacts(
        due_on=day(draw(OFFSETS)), open=draw(st.integers(1, 200)), currency="EUR", country="ES", level=level,
        last_sent_on=None if level is None else day(draw(st.integers(-90, 0))),
        stops=tuple(draw(st.lists(STOPS, max_size=2))), ended=tuple(draw(st.lists(intervals(), max_size=3))),
        is_under_way=draw(st.sampled_from([False, False, False, True])),
        is_insolvent=draw(st.sampled_from([False, False, False, True])),
        has_address=draw(st.sampled_from([True, True, True, False])),
    )  # fmt: skip


@settings(max_examples=400)
@given(items(), policies())
def test_a_reminder_goes_out_only_when_nothing_speaks_against_it(item: ItemFacts, policy: Policy) -> None:
    decision = decide(item, policy, TODAY)
    if not isinstance(decision, Notice):
        return
    assert not item.is_insolvent
    assert not item.is_under_way
    assert item.has_address
    assert not any(stop.amount is None for stop in item.stops)
    assert item.claimable >= policy.minimum_of("EUR") >= 1
    assert decision.level == (0 if item.due_on >= TODAY else (item.level or 0) + 1)
    assert policy.level(decision.level) is not None
    if decision.level:
        assert (TODAY - item.due_on).days > policy.grace_days
        assert (TODAY - item.due_on).days >= next(each.days for each in policy.levels if each.number == decision.level)
    else:
        assert item.level is None


@settings(max_examples=400)
@given(items(), policies())
def test_the_dwell_clock_counts_business_days_outside_pauses(item: ItemFacts, policy: Policy) -> None:
    decision = decide(item, policy, TODAY)
    if not isinstance(decision, Notice) or decision.level < 2 or item.last_sent_on is None:
        return
    level = policy.level(decision.level)
    days = [item.last_sent_on + timedelta(days=n) for n in range(1, (TODAY - item.last_sent_on).days + 1)]
    free = [
        each
        for each in days
        if business_days_between(each - timedelta(days=1), each, "ES")
        and not any(pause.is_whole and pause.from_on <= each <= pause.until_on for pause in item.ended)
    ]
    assert level is not None
    assert len(free) >= level.dwell_business_days


@settings(max_examples=400)
@given(items(), policies())
def test_no_reminder_comes_before_the_day_a_wait_names(item: ItemFacts, policy: Policy) -> None:
    decision = decide(item, policy, TODAY)
    if not isinstance(decision, Wait) or decision.until is None or item.stops:
        return
    for offset in range((decision.until - TODAY).days):
        assert not isinstance(decide(item, policy, day(offset)), Notice)


@settings(max_examples=200)
@given(items(), policies())
def test_time_alone_brings_every_free_item_to_its_next_level_or_to_the_end(item: ItemFacts, policy: Policy) -> None:
    free = replace(item, stops=(), is_under_way=False, is_insolvent=False, has_address=True, open=200)
    long_after = add_business_days(max(TODAY, free.due_on), 120, "ES")
    decision = decide(free, policy, long_after)
    following = policy.level((free.level or 0) + 1)
    assert decision == (Notice(following.number) if following else Wait(Reason.COMPLETE))


# ── what is known of the bank ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bank", "is_held"),
    [(None, False), (BankData(2), False), (BankData(3), True), (BankData(0, has_gap=True), True)],
)
def test_poor_bank_data_stops_everything_but_the_courtesy_note(bank: BankData | None, is_held: bool) -> None:
    careful = replace(POLICY, bank_data_max_age_business_days=2)
    assert (decide(an_item(10, bank=bank), careful, TODAY) == Hold(Reason.BANK_DATA)) is is_held
    assert decide(an_item(-1, bank=bank), careful, TODAY) == Notice(0)
    assert decide(an_item(10, bank=bank), POLICY, TODAY) == Notice(1)


# ── amounts of a level ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("amount", "decision"), [(9_999, Wait(Reason.BELOW_MINIMUM)), (10_000, Notice(2))])
def test_an_item_too_small_for_a_level_stays_on_the_level_below(amount: int, decision: Decision) -> None:
    steep = replace(POLICY, levels=(Level(1, 5), Level(2, 15, minimum={"EUR": 10_000})))
    assert decide(an_item(40, open=amount), steep, TODAY) == Notice(1)
    assert decide(an_item(40, open=amount, level=1, last_sent_on=day(-20)), steep, TODAY) == decision


# ── shares, contacts and business days ──────────────────────────────────────────────────────────


def test_an_item_of_which_too_little_is_left_stays_on_its_level() -> None:
    policy = replace(POLICY, levels=(Level(1, 5, minimum_percent=20), Level(2, 15)))
    assert decide(an_item(10, open=1999, gross=10_000), policy, TODAY) == Wait(Reason.BELOW_MINIMUM)
    assert decide(an_item(10, open=2000, gross=10_000), policy, TODAY) == Notice(1)
    assert decide(an_item(20, level=1, last_sent_on=day(-9), open=600, gross=10_000), policy, TODAY) == Notice(2)


def test_a_contact_of_the_level_or_a_milder_one_stands_in_for_the_customers_own_address() -> None:
    policy = replace(POLICY, levels=(Level(1, 5, recipient="escalation"), Level(2, 15)))
    unreachable = {"has_address": False}
    assert decide(an_item(10, **unreachable), policy, TODAY) == Hold(Reason.NO_ADDRESS)
    for purpose in ("billing", "escalation"):
        assert decide(an_item(10, **unreachable, contacts=frozenset({purpose})), policy, TODAY) == Notice(1)
    legal = an_item(10, **unreachable, contacts=frozenset({"legal"}))
    assert decide(legal, policy, TODAY) == Hold(Reason.NO_ADDRESS)


def test_a_level_of_business_days_waits_for_one_of_the_customer_and_of_the_company() -> None:
    policy = replace(POLICY, levels=(Level(1, 5, business_days_only=True),))
    saturday, monday = day(1), day(3)
    assert decide(an_item(10), policy, TODAY) == Notice(1)
    assert decide(an_item(10), policy, saturday) == Wait(Reason.NO_BUSINESS_DAY, monday)
    assert decide(an_item(10, is_company_closed=True), policy, TODAY) == Wait(Reason.NO_BUSINESS_DAY, monday)
    assert decide(an_item(10), POLICY, saturday) == Notice(1)
