"""Use cases of policies: versions are added, never changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from dunning import store
from dunning.choice_tables import PolicyChoice
from dunning.policy import Policy, read_policy
from dunning.tables import PolicyVersion, Reminder
from receivables.tables import OpenItem
from runtime.ids import new_id
from runtime.work import Right, Work


def put_policy(work: Work, name: str, body: Mapping[str, Any]) -> Policy:
    """Stores a new version of a policy; `Invalid` says what is wrong. Items already reminded stay on theirs."""
    work.need(Right.POLICY)
    last = work.session.scalar(select(func.max(PolicyVersion.version)).where(PolicyVersion.name == name)) or 0
    policy = read_policy(name, last + 1, body)
    work.session.add(
        PolicyVersion(id=new_id(), name=name, version=last + 1, body=dict(body), actor=str(work.actor), at=work.now)
    )
    work.session.flush()
    work.record("policy.stored", f"policy:{name}", {"version": last + 1})
    return policy


def move_to_newest(work: Work, name: str) -> int:
    """Puts the open items that began on an earlier version of a policy under its newest; returns how many. Their level
    and the day of their last reminder stay."""
    work.need(Right.POLICY)
    newest, policy = store.policy_in_force(work.session, name)
    earlier = select(PolicyVersion.id).where(PolicyVersion.name == name, PolicyVersion.id != newest)
    still_open = select(OpenItem.id).where(OpenItem.open > 0)
    moved = work.session.execute(
        update(Reminder)
        .where(Reminder.policy_id.in_(earlier), Reminder.open_item_id.in_(still_open))
        .values(policy_id=newest)
        .execution_options(synchronize_session=False)
    )
    work.session.execute(
        update(PolicyChoice).where(PolicyChoice.policy_id.in_(earlier), PolicyChoice.ended_at.is_(None))
        .values(policy_id=newest).execution_options(synchronize_session=False)
    )  # fmt: skip
    count: int = moved.rowcount  # type: ignore[attr-defined]
    work.record("policy.items_moved", f"policy:{name}", {"version": policy.version, "items": count})
    return count


def seed(work: Work, policies: Mapping[str, Mapping[str, Any]]) -> None:
    """Gives a new database the shipped policies; one that is there already is left alone."""
    known = set(work.session.scalars(select(PolicyVersion.name)))
    for name, body in policies.items():
        if name not in known:
            put_policy(work, name, body)
