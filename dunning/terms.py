"""What may be agreed with a customer about paying later: the limits of promises, plans and holds. Pure.

The terms are data, kept in versions; `dunning.agreements` reads and stores them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.currencies import EXPONENTS
from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from core.problems import Problem

GROUPS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "promise": {"horizon_days": (1, 366), "per_item": (1, 50), "open_per_customer": (1, 1000)},
    "portal": {"horizon_days": (0, 366)},
    "plan": {"horizon_days": (1, 3700), "most_instalments": (1, 120)},
    "hold": {"horizon_days": (1, 366), "review_days": (1, 366)},
}
"""Group → limit → the least and the most it may be."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One version. Days are calendar days from today, `clearing_business_days` the banks' own. `tolerance` is what may
    be missing of a promise or an instalment, in minor units by currency; other currencies forgive nothing.

    `promises_per_item` counts every promise an item ever had; `hold_review_days` is when a hold is looked at again.
    """

    version: int
    clearing_business_days: int
    tolerance: Mapping[str, int]
    promise_horizon_days: int
    promises_per_item: int
    open_promises_per_customer: int
    portal_pauses: bool
    portal_horizon_days: int
    plan_horizon_days: int
    plan_most_instalments: int
    hold_horizon_days: int
    hold_review_days: int

    def forgiven(self, currency: str) -> int:
        """What may be missing."""
        return self.tolerance.get(currency, 0)


def read_terms(version: int, body: Mapping[str, Any]) -> Terms:
    """Reads a version; `Invalid` names everything wrong by its pointer."""
    problems: list[Problem] = []
    for name in body.keys() - {"clearing_business_days", "tolerance", *GROUPS}:
        problems.append(Problem(f"/{name}", f"The terms have no “{str(name)[:40]}”.", field=str(name)[:40]))
    read = {group: _group(body, group, problems) for group in GROUPS}
    terms = Terms(
        version,
        clearing_business_days=_whole(body, "clearing_business_days", 0, 15, "", problems),
        tolerance=_tolerance(body.get("tolerance", {}), problems),
        promise_horizon_days=read["promise"]["horizon_days"],
        promises_per_item=read["promise"]["per_item"],
        open_promises_per_customer=read["promise"]["open_per_customer"],
        portal_pauses=_portal_pauses(body, problems),
        portal_horizon_days=read["portal"]["horizon_days"],
        plan_horizon_days=read["plan"]["horizon_days"],
        plan_most_instalments=read["plan"]["most_instalments"],
        hold_horizon_days=read["hold"]["horizon_days"],
        hold_review_days=read["hold"]["review_days"],
    )
    if problems:
        raise Invalid(problems)
    return terms


def _group(body: Mapping[str, Any], group: str, problems: list[Problem]) -> dict[str, int]:
    given = body.get(group)
    if not isinstance(given, Mapping):
        problems.append(Problem(f"/{group}", f"{group} is an object with its limits.", field=group))
        given = {name: least for name, (least, _) in GROUPS[group].items()}
    known = GROUPS[group].keys() | ({"pauses"} if group == "portal" else set())
    for name in given.keys() - known:
        problems.append(Problem(f"/{group}/{name}", f"{group} has no “{str(name)[:40]}”.", field=str(name)[:40]))
    return {
        name: _whole(given, name, least, most, f"/{group}", problems) for name, (least, most) in GROUPS[group].items()
    }


def _whole(given: Mapping[str, Any], name: str, least: int, most: int, at: str, problems: list[Problem]) -> int:
    value = given.get(name)
    if type(value) is int and least <= value <= most:
        return value
    problems.append(Problem(f"{at}/{name}", f"{name} is a whole number from {least} to {most}.", field=name))
    return least


def _portal_pauses(body: Mapping[str, Any], problems: list[Problem]) -> bool:
    portal = body.get("portal")
    value = portal.get("pauses") if isinstance(portal, Mapping) else True
    if isinstance(value, bool):
        return value
    problems.append(Problem("/portal/pauses", "pauses is true or false.", field="pauses"))
    return False


def _tolerance(given: Any, problems: list[Problem]) -> dict[str, int]:
    if not isinstance(given, Mapping):
        problems.append(Problem("/tolerance", "tolerance is an object: currency and amount.", field="tolerance"))
        return {}
    found = {}
    for currency, text in given.items():
        if currency not in EXPONENTS:
            message = f"“{str(currency)[:12]}” is no currency of ISO 4217."
            problems.append(Problem(f"/tolerance/{currency}", message, field="tolerance"))
            continue
        try:
            found[currency] = parse_minor(text if isinstance(text, str) else "", currency)
        except NotAnAmount as error:
            problems.append(Problem(f"/tolerance/{currency}", str(error), field="tolerance"))
            continue
        if found[currency] < 0:
            problems.append(Problem(f"/tolerance/{currency}", "A tolerance is not negative.", field="tolerance"))
    return found
