"""How long a case may take until it is decided: business hours, by its priority. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.calendar import is_business_day
from core.errors import Invalid

OPENS, CLOSES = time(9), time(17)
"""The desk's hours on a business day, in the company's time zone."""

HOURS_TO_DECIDE: Mapping[str, int] = {"urgent": 4, "high": 8, "normal": 24, "low": 40}
"""Priority → business hours from the opening of a case until it is to be decided; 8 of them are a day."""


def decide_by(start: datetime, priority: str, country: str, zone: str) -> datetime:
    """The moment by which a case of a priority is to be decided; weekends and public holidays do not count."""
    if priority not in HOURS_TO_DECIDE:
        message = f"The priority is one of {', '.join(HOURS_TO_DECIDE)}."
        raise Invalid.because("/priority", message, field="priority")
    left = timedelta(hours=HOURS_TO_DECIDE[priority])
    here = start.astimezone(ZoneInfo(zone))
    day = here.date()
    while True:
        begin, end = _desk_hours(day, country, here)
        if left <= end - begin:
            return (begin + left).astimezone(start.tzinfo)
        left -= end - begin
        day += timedelta(days=1)


def _desk_hours(day: date, country: str, start: datetime) -> tuple[datetime, datetime]:
    """From when to when the desk works on a day, not before the start; the same moment twice when it does not."""
    opens, closes = (datetime.combine(day, at, start.tzinfo) for at in (OPENS, CLOSES))
    begin = max(opens, start)
    return (begin, max(begin, closes)) if is_business_day(day, country) else (begin, begin)
