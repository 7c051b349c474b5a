"""The sample's calendar: every date in it is counted back from one date, `on`."""

from dataclasses import dataclass
from datetime import date, timedelta

from core.calendar import ONE_DAY, is_business_day

HISTORY_DAYS = 272
"""How far back the first invoice lies: nine months."""

MONTH_OF_BANK = timedelta(days=30)


def is_banking_day(day: date) -> bool:
    """A business day in Spain and in Germany at once: then neither offices nor TARGET are closed."""
    return is_business_day(day, "ES") and is_business_day(day, "DE")


def banking_day_from(day: date) -> date:
    """The day itself or the next banking day."""
    while not is_banking_day(day):
        day += ONE_DAY
    return day


def banking_day_until(day: date) -> date:
    """The day itself or the last banking day before it."""
    while not is_banking_day(day):
        day -= ONE_DAY
    return day


@dataclass(frozen=True, slots=True)
class Timeline:
    """The sample as somebody sees it in the morning of `on`: the bank is known up to the last banking day before."""

    on: date

    @property
    def banked_until(self) -> date:
        return banking_day_until(self.on - ONE_DAY)

    @property
    def second_month_from(self) -> date:
        return self.banked_until - MONTH_OF_BANK + ONE_DAY

    @property
    def first_month_from(self) -> date:
        """The first day the statements tell of; what was paid before stands in the invoices' `paid_amount`."""
        return self.second_month_from - MONTH_OF_BANK

    def ago(self, days: int) -> date:
        """That many calendar days before `on` (negative: after), whatever day of the week it is."""
        return self.on - timedelta(days=days)

    def working_day_ago(self, days: int) -> date:
        """The last banking day not later than `days` before `on`."""
        return banking_day_until(self.ago(days))

    def banked_ago(self, days: int) -> date:
        """The last banking day not later than `days` before the last one the bank told of."""
        return banking_day_until(self.banked_until - timedelta(days=days))
