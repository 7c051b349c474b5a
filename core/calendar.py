"""Days that count: business days of a country. Calendar days are plain `date` arithmetic and need no help."""

from datetime import date, timedelta
from functools import cache

import holidays

ONE_DAY = timedelta(days=1)


@cache
def _public_holidays(country: str) -> holidays.HolidayBase:
    if country in holidays.list_supported_countries(include_aliases=True):
        return holidays.country_holidays(country)
    return holidays.HolidayBase()


def is_business_day(day: date, country: str) -> bool:
    """Monday to Friday and no nationwide public holiday of `country` (ISO 3166; unknown codes have weekends only)."""
    return day.weekday() < 5 and day not in _public_holidays(country)


def add_business_days(day: date, count: int, country: str) -> date:
    """The `count`-th business day after `day` (`count` 0: the day itself, business day or not)."""
    for _ in range(count):
        day += ONE_DAY
        while not is_business_day(day, country):
            day += ONE_DAY
    return day


def business_days_between(start: date, end: date, country: str) -> int:
    """How many business days lie in (start, end]; 0 when `end` is not after `start`."""
    return sum(is_business_day(start + timedelta(days=n), country) for n in range(1, (end - start).days + 1))


def days_overdue(due_on: date, today: date) -> int:
    """today − due date, never negative. An item due today is not overdue."""
    return max(0, (today - due_on).days)
