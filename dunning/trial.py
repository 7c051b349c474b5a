"""A policy on trial: who would get what under a draft or another version, against what is in force. Stores nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dunning import store
from dunning.errors import NoSuchPolicy
from dunning.escalation import Decision, Notice
from dunning.planning import Decided, Draft, Rules, Tally, plans
from dunning.policy import Policy, read_policy
from receivables.tables import Customer, Invoice, OpenItem
from runtime.work import Right, Work

MOST_SHOWN = 200
"""Items that would fare otherwise, named one by one; the rest is counted."""


class Change(NamedTuple):
    """An item that would fare otherwise. `open` in minor units; `before` and `after` in words."""

    number: str
    customer_id: str
    customer: str
    currency: str
    open: int
    before: str
    after: str


@dataclass(slots=True)
class Trial:
    """What a day's run comes to before and after, how many items fare otherwise, and the first of them."""

    before: Tally = field(default_factory=Tally)
    after: Tally = field(default_factory=Tally)
    changed: int = 0
    changes: list[Change] = field(default_factory=list)


def draft_of(work: Work, name: str, body: Mapping[str, Any]) -> Policy:
    """A draft read as the version it would become; `Invalid` names each thing wrong by its JSON pointer."""
    stored = store.policy_versions(work.session, name)
    return read_policy(name, stored[0].version + 1 if stored else 1, body)


def version_of(work: Work, name: str, version: int) -> Policy:
    """A stored version; `NoSuchPolicy` when there is none."""
    for row in store.policy_versions(work.session, name):
        if row.version == version:
            return read_policy(row.name, row.version, row.body)
    raise NoSuchPolicy(f"{name} {version}")


def try_draft(work: Work, draft: Policy) -> Trial:
    """What `work.today` would bring if the draft were stored now. Items reminded before stay on their version."""
    return _compare(work, draft.name, Rules(work), Rules(work, Draft(draft)))


def compare(work: Work, before: Policy, after: Policy) -> Trial:
    """Two versions of a policy over the present book, each as if every item stood under it."""
    sides = [Rules(work, Draft(each, is_for_started=True)) for each in (before, after)]
    return _compare(work, after.name, *sides)


def _compare(work: Work, name: str, before: Rules, after: Rules) -> Trial:
    work.need(Right.DUN)
    trial = Trial()
    found: list[tuple[UUID, str, str]] = []
    for was, will in plans(work, name, [before, after]):
        trial.before.add(was)
        trial.after.add(will)
        for old, new in zip(was.decided, will.decided, strict=True):
            if words(old[1]) != words(new[1]):
                trial.changed += 1
                if len(found) < MOST_SHOWN:
                    found.append(_named(old, new))
    trial.changes = _changes(work.session, found)
    return trial


def _named(old: Decided, new: Decided) -> tuple[UUID, str, str]:
    return old[0].row.id, words(old[1]), words(new[1])


def words(decision: Decision) -> str:
    """A decision as people say it."""
    if isinstance(decision, Notice):
        name = f"level {decision.level}" if decision.level else "courtesy note"
        return name if decision.channel == "email" else f"{name} by {decision.channel.replace('_', ' ')}"
    return decision.reason.value + (f" until {decision.until}" if decision.until else "")


def _changes(session: Session, found: list[tuple[UUID, str, str]]) -> list[Change]:
    query = (
        select(OpenItem.id, Invoice.number, Customer.external_id, Customer.name, OpenItem.currency, OpenItem.open)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(OpenItem.id.in_([item_id for item_id, _, _ in found]))
    )
    rows = {row.id: row for row in session.execute(query)}
    return [
        Change(row.number, row.external_id, row.name, row.currency, row.open, before, after)
        for item_id, before, after in found
        for row in (rows[item_id],)
    ]
