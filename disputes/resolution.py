"""What resolving a dispute means for its amount. Pure."""

from dataclasses import dataclass
from typing import Literal

from core.errors import Invalid

Outcome = Literal["accepted", "partly_accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a case ends: `accepted` minor units are given up by credit note, the rest is claimed again."""

    outcome: Outcome
    accepted: int


def resolve(outcome: str, contested: int, accepted: int | None) -> Resolution:
    """Checks an outcome against the contested amount (minor units).

    Accepted means all of it, rejected none; a part lies between, and must be named.
    """
    match outcome:
        case "accepted":
            return Resolution("accepted", contested)
        case "rejected":
            return Resolution("rejected", 0)
        case "partly_accepted":
            if accepted is None or not 0 < accepted < contested:
                raise Invalid.because(
                    "/accepted_amount",
                    "A part accepted is more than nothing and less than all.",
                    field="accepted_amount",
                )
            return Resolution("partly_accepted", accepted)
    raise Invalid.because("/outcome", "The outcome is accepted, partly_accepted or rejected.", field="outcome")
