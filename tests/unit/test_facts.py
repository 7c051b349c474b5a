"""From the pause ledger to the facts about one item on one day."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from dunning.escalation import Interval, Reason, Stop
from dunning.facts import REASON_OF_SOURCE, PauseLedger
from dunning.tables import Pause
from runtime.ids import new_id

TODAY = date(2026, 11, 20)
ACME, BOREALIS = new_id(), new_id()
ITEM, OTHER = new_id(), new_id()


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def a_pause(
    source: str = "dispute", item: UUID | None = ITEM, *, customer: UUID = ACME, from_on: int = -10,
    expires_on: int | None = None, ended_on: int | None = None, amount: int | None = None,
) -> Pause:  # fmt: skip
    return Pause(
        customer_id=customer, open_item_id=item, source=source, amount=amount, from_on=day(from_on),
        expires_on=None if expires_on is None else day(expires_on),
        ended_on=None if ended_on is None else day(ended_on),
        ended_at=None if ended_on is None else datetime(2026, 11, 20, tzinfo=UTC),
    )  # fmt: skip


def about(*pauses: Pause, on: date = TODAY) -> tuple[tuple[Stop, ...], tuple[Interval, ...]]:
    return PauseLedger.of(pauses).about(ITEM, ACME, on)


def test_nothing_in_the_ledger_is_no_stop() -> None:
    assert about() == ((), ())


def test_a_running_pause_stops_its_item() -> None:
    assert about(a_pause()) == ((Stop(Reason.DISPUTED),), ())
    assert about(a_pause(amount=500)) == ((Stop(Reason.DISPUTED, 500),), ())


def test_a_pause_of_another_item_or_customer_is_not_ours() -> None:
    assert about(a_pause(item=OTHER), a_pause("hold", None, customer=BOREALIS)) == ((), ())


def test_a_pause_of_the_customer_stops_every_item() -> None:
    assert about(a_pause("hold", None, expires_on=5)) == ((Stop(Reason.HELD, None, day(5)),), ())


def test_a_pause_holds_through_its_last_day_and_no_longer() -> None:
    pause = a_pause("promise", expires_on=0)
    assert about(pause) == ((Stop(Reason.PROMISED, None, TODAY),), ())
    assert about(pause, on=day(1)) == ((), (Interval(day(-10), TODAY),))


def test_a_pause_somebody_ended_is_over_from_that_day_on() -> None:
    pause = a_pause(ended_on=-3)
    assert about(pause) == ((), (Interval(day(-10), day(-3)),))
    assert about(pause, on=day(-3)) == ((), (Interval(day(-10), day(-3)),))


def test_a_pause_ended_after_it_expired_covered_the_days_until_it_expired() -> None:
    assert about(a_pause("promise", expires_on=-5, ended_on=-2)) == ((), (Interval(day(-10), day(-5)),))


def test_a_part_pause_is_remembered_as_one_of_a_part() -> None:
    assert about(a_pause(amount=500, ended_on=-1)) == ((), (Interval(day(-10), day(-1), is_whole=False),))


def test_a_run_for_a_missed_day_respects_a_pause_that_ran_then_and_is_over_now() -> None:
    pause = a_pause(from_on=-10, ended_on=-1)
    assert about(pause, on=day(-4)) == ((Stop(Reason.DISPUTED, None, day(-1)),), ())
    assert about(pause, on=day(-11)) == ((), ())


def test_a_pause_that_runs_now_stops_a_run_for_a_missed_day_too() -> None:
    assert about(a_pause(from_on=0), on=day(-4)) == ((Stop(Reason.DISPUTED),), ())


@pytest.mark.parametrize(("source", "reason"), list(REASON_OF_SOURCE.items()))
def test_every_cause_of_a_pause_has_its_reason(source: str, reason: Reason) -> None:
    assert about(a_pause(source)) == ((Stop(reason),), ())


def test_the_ledger_knows_every_source_the_database_allows() -> None:
    [allowed] = [str(each.sqltext) for each in Pause.__table__.constraints if str(each.name or "").endswith("source")]  # type: ignore[attr-defined]
    assert all(f"'{source}'" in allowed for source in REASON_OF_SOURCE)
    assert allowed.count("'") == 2 * len(REASON_OF_SOURCE)
