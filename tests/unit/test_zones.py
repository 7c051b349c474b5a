"""R22: the business day in every zone of the world, around every change of its clocks.

A run at 00:30, at 02:30 and at 23:30 of local time acts for the local date, whether that half past two happens not at
all, once or twice; no date is left out and none comes back.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from runtime.clock import SetClock, today_in
from tests.property.form import IS_LONG

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
TELLING = (
    "Europe/Madrid", "Europe/Berlin", "Europe/London", "Africa/Casablanca", "America/New_York", "America/Sao_Paulo",
    "America/Havana", "America/St_Johns", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu", "Asia/Kolkata",
    "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Antarctica/Troll", "UTC",
)  # fmt: skip
ZONES = sorted(available_timezones()) if IS_LONG else TELLING
TIMES = ((0, 30), (2, 30), (23, 30))


def changes(zone: ZoneInfo) -> list[date]:
    """The local dates on which the clocks of a zone change."""
    found, at = [], FIRST
    offset = at.astimezone(zone).utcoffset()
    while at < LAST:
        at += timedelta(hours=12)
        if (now := at.astimezone(zone).utcoffset()) != offset:
            offset = now
            found += [(at - timedelta(hours=12)).astimezone(zone).date(), at.astimezone(zone).date()]
    return found


@pytest.mark.parametrize("name", ZONES)
def test_a_run_acts_for_the_local_date_whatever_the_clocks_do(name: str) -> None:
    zone = ZoneInfo(name)
    days = {day + timedelta(days=step) for day in [*changes(zone), date(2028, 2, 28)] for step in (-1, 0, 1)}
    for day in sorted(days):
        for hour, minute in TIMES:
            for fold in (0, 1):
                local = datetime(day.year, day.month, day.day, hour, minute, fold=fold, tzinfo=zone)
                at = local.astimezone(UTC)
                is_skipped = at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None)
                assert is_skipped or today_in(SetClock(at), name) == day, (name, local)


@pytest.mark.parametrize("name", ZONES)
def test_the_business_date_never_goes_back_and_leaves_out_no_day(name: str) -> None:
    zone = ZoneInfo(name)
    for day in changes(zone):
        start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=2)
        seen = [today_in(SetClock(start + timedelta(minutes=30 * step)), name) for step in range(4 * 48)]
        assert seen == sorted(seen)
        assert {later - before for before, later in pairwise(seen)} == {timedelta(0), timedelta(days=1)}
