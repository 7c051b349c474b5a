"""Whom a letter is for."""

from typing import NamedTuple

import pytest

from dunning.policy import Purpose
from dunning.recipients import person_for, reached_for


class Somebody(NamedTuple):
    purpose: str
    email: str


BILLING, SILENT, ESCALATION, LEGAL = (
    Somebody("billing", "ap@acme.example"),
    Somebody("escalation", ""),
    Somebody("escalation", "cfo@acme.example"),
    Somebody("legal", "law@acme.example"),
)


@pytest.mark.parametrize(
    ("purpose", "people", "reached"),
    [
        ("billing", [LEGAL, ESCALATION, BILLING], BILLING),
        ("escalation", [BILLING, SILENT, ESCALATION], ESCALATION),
        ("escalation", [BILLING, SILENT, LEGAL], BILLING),
        ("legal", [ESCALATION, BILLING], ESCALATION),
        ("legal", [LEGAL], LEGAL),
        ("billing", [LEGAL, ESCALATION], None),
        ("legal", [SILENT], None),
        ("billing", [], None),
    ],
)
def test_a_letter_goes_to_its_purpose_or_a_milder_one_never_to_a_sterner_one(
    purpose: Purpose, people: list[Somebody], reached: Somebody | None
) -> None:
    assert person_for(purpose, people) == reached
    known = frozenset(each.purpose for each in people if each.email)
    assert reached_for(purpose, known) == (reached and reached.purpose)  # type: ignore[arg-type]
