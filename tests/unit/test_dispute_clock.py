"""By when a case is to be decided: business hours, nine to five where the company is."""

from datetime import UTC, datetime

import pytest

from core.errors import Invalid
from disputes.clock import decide_by


@pytest.mark.parametrize(
    ("start", "priority", "by"),
    [
        ("2026-11-20T09:00", "urgent", "2026-11-20T13:00"),  # Friday ten in Madrid: two in the afternoon
        ("2026-11-20T14:00", "urgent", "2026-11-23T10:00"),  # three at Friday's desk give two hours, Monday the others
        ("2026-11-20T23:00", "high", "2026-11-23T16:00"),  # after hours counts from Monday nine to five
        ("2026-11-21T10:00", "normal", "2026-11-25T16:00"),  # three days from a Saturday
        ("2026-12-07T09:00", "high", "2026-12-09T09:00"),  # 8 December is a holiday in Spain
        ("2026-10-23T13:00", "high", "2026-10-26T14:00"),  # the clocks go back on Sunday; the desk keeps its hours
    ],
)
def test_a_case_is_to_be_decided_within_business_hours(start: str, priority: str, by: str) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert decide_by(begun, priority, "ES", "Europe/Madrid") == datetime.fromisoformat(by).replace(tzinfo=UTC)


def test_an_unknown_priority_is_refused() -> None:
    with pytest.raises(Invalid, match="priority is one of"):
        decide_by(datetime(2026, 11, 20, tzinfo=UTC), "soon", "ES", "Europe/Madrid")
