"""Who looks after a case and how soon: owner, priority, and the escalation of what is not decided in time."""

from core.errors import Invalid
from disputes import store
from disputes.clock import HOURS_TO_DECIDE, decide_by
from disputes.service import lock, note_step, refuse_resolved
from disputes.tables import Dispute
from receivables.tables import Company
from runtime.work import Right, Work

_NEXT = {"low": "normal", "normal": "high", "high": "urgent", "urgent": "urgent"}


def assign(work: Work, dispute: Dispute, owner: str) -> None:
    """Gives a case to somebody."""
    work.need(Right.DISPUTE)
    lock(work, dispute)
    refuse_resolved(dispute)
    if not owner.strip():
        raise Invalid.because("/owner", "A case has an owner.", field="owner")
    if owner.strip() == dispute.owner:
        return
    dispute.owner = owner.strip()
    dispute.version += 1
    note_step(work, dispute, "assigned", note=dispute.owner)
    work.record("dispute.assigned", f"dispute:{dispute.number}", {"owner": dispute.owner})


def prioritise(work: Work, dispute: Dispute, priority: str) -> None:
    """Says how soon a case is to be decided; the hours count from when it was opened, or opened again."""
    work.need(Right.DISPUTE)
    lock(work, dispute)
    refuse_resolved(dispute)
    company = work.session.get_one(Company, dispute.company_id)
    due_at = decide_by(dispute.clock_from, priority, company.country, company.time_zone)
    if priority == dispute.priority:
        return
    dispute.priority, dispute.due_at = priority, due_at
    dispute.escalated_at = None if due_at > work.now else dispute.escalated_at
    dispute.version += 1
    note_step(work, dispute, "prioritised", note=priority)
    work.record("dispute.prioritised", f"dispute:{dispute.number}", {"priority": priority})


def escalate(work: Work) -> dict[str, int]:
    """Marks what was not decided in time, once each, and raises its priority; the time to decide it stays past."""
    work.need(Right.DISPUTE)
    late = store.past_due(work.session, work.now)
    for dispute in late:
        lock(work, dispute)
        dispute.escalated_at, dispute.priority = work.now, _NEXT[dispute.priority]
        dispute.version += 1
        note_step(work, dispute, "escalated", note=dispute.priority)
        work.record("dispute.escalated", f"dispute:{dispute.number}", {"owner": dispute.owner})
    return {"escalated": len(late)}


PRIORITIES = tuple(HOURS_TO_DECIDE)
"""The most urgent first."""
