"""Which policy an item begins on: its customer's, else its segment's, else its company's, else the house's. Pure.

What was decided for one invoice comes before all of them. An item that was reminded stays on the version it began on
unless somebody moves it.
"""

from collections.abc import Collection
from typing import Literal, NamedTuple, get_args

Scope = Literal["invoice", "customer", "segment", "company"]
"""Whom a choice of policy is about, the narrowest first."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

Origin = Literal["invoice", "customer", "segment", "company", "house", "started"]
"""Where the policy of an item comes from; `started`: it stays on the version it began on."""

DEFAULT_POLICY = "standard"
"""The house's own."""


class Choice(NamedTuple):
    """The name of a policy, and who brought it."""

    name: str
    origin: Origin


def begins_on(customer: str, segment: str, company: str, known: Collection[str]) -> Choice:
    """The policy an item begins on. Each argument is the name chosen there, empty for none; one nobody knows counts as
    none."""
    named: tuple[tuple[str, Origin], ...] = ((customer, "customer"), (segment, "segment"), (company, "company"))
    return next((Choice(name, origin) for name, origin in named if name in known), Choice(DEFAULT_POLICY, "house"))


def in_words(origin: str | None, policy: str, version: int) -> str:
    """A policy and where it comes from, as people say it."""
    came = {
        "invoice": "chosen for this invoice",
        "customer": "the customer’s",
        "segment": "the segment’s",
        "company": "the company’s",
        "house": "the house’s",
        "started": "the item began on it",
    }.get(origin or "")
    return f"{policy}, version {version}" + (f": {came}" if came else "")
