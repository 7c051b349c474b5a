"""The export of the indicators of a period."""

from collections.abc import Iterator

from reports.indicators import indicators, scope_of
from reports.kpis import CODES
from reports.period import Period, Row
from runtime.work import Work


def kpis(work: Work, period: Period) -> Iterator[Row]:
    """One row an indicator of the contract; of the thirty days up to a day, or of the days named."""
    scope = scope_of(work, period.from_on, period.to_on or period.on)
    for each in indicators(work, scope):
        if each.code in CODES:
            yield {
                "indicator": each.code,
                "value": "" if each.value is None else f"{each.value:f}",
                "unit": each.unit,
                "numerator": each.numerator,
                "denominator": each.denominator,
                "from": scope.first,
                "to": scope.last,
            }
