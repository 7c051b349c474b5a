"""Whom a letter is for, and on which way: the contact of its level's purpose, else one of a milder purpose. Pure.

A reminder for the legal department may land with billing, never the other way round: whoever handles invoices day by
day is told before lawyers are.
"""

from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar

from dunning.policy import PURPOSES, Channel, Level, Policy, Purpose

ON_PAPER: frozenset[Channel] = frozenset({"letter", "registered_letter"})
"""Channels whose letter somebody prints and posts."""


class Person(Protocol):
    """Somebody at a customer."""

    @property
    def purpose(self) -> str: ...

    @property
    def email(self) -> str: ...


P = TypeVar("P", bound=Person)


def channel_of(level: Level, policy: Policy, *, has_mail: bool) -> Channel:
    """How a notice of a level goes out to somebody who has an e-mail address or not."""
    if level.channel == "email" and policy.letter_without_email and not has_mail:
        return "letter"
    return level.channel


def reached_for(purpose: Purpose, known: Collection[Purpose]) -> Purpose | None:
    """The purpose a letter goes to among those somebody is there for; None: to the customer's own address."""
    return next((each for each in _from(purpose) if each in known), None)


def person_for(purpose: Purpose, people: Sequence[P]) -> P | None:
    """The first person with an e-mail address for a purpose, or for a milder one."""
    reachable = [each for each in people if each.email]
    return next((each for wanted in _from(purpose) for each in reachable if each.purpose == wanted), None)


def _from(purpose: Purpose) -> Sequence[Purpose]:
    """The purpose itself and the milder ones, the nearest first."""
    return PURPOSES[PURPOSES.index(purpose) :: -1]
