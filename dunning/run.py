"""A dunning run: the day's plan written down, with one notice per customer, company and currency.

Exactly one run a scope and business date (D12): planning it again returns the run there is. Nothing is sent before
somebody approves.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from core.errors import Invalid
from dunning import store
from dunning.errors import AlreadyApproved, TooLateToDrop
from dunning.escalation import Decision, Wait
from dunning.escalation import Notice as Remind
from dunning.final_steps import propose_due
from dunning.planning import PartyPlan, plan
from dunning.tables import Decision as DecisionRow
from dunning.tables import DunningRun, Notice
from receivables.store import chunks
from receivables.tables import Company
from runtime import outbox
from runtime.bulk import write_columns, write_rows
from runtime.ids import new_id
from runtime.numbers import next_number, next_numbers
from runtime.work import Right, Work

EVERY_POLICY = "all"
DROPPABLE = ("planned", "approved", "queued", "deferred", "refused", "unknown")
"""States in which a notice can be taken out; one by hand also while its letter is printed and not posted."""

PARTIES_A_WRITE = 2_000
"""Parties gathered before their decisions and notices are written: keeps memory flat whatever the book's size."""


# ── planning ────────────────────────────────────────────────────────────────────────────────────


def plan_run(work: Work, policy_name: str | None = None) -> DunningRun:
    """Plans and stores the run of `work.today`; when there is one already, returns it and adds nothing."""
    work.need(Right.DUN)
    scope = policy_name or EVERY_POLICY
    before = store.run_of_day(work.session, scope, work.today)
    if before is not None:
        return before
    run = DunningRun(
        id=new_id(),
        number=next_number(work.session, "dunning_run"),
        scope=scope,
        on=work.today,
        planned_on=work.calendar_day,
        state="planned",
        actor=str(work.actor),
        started_at=work.now,
        finished_at=work.now,
        items=0,
        notices=0,
    )
    work.session.add(run)
    work.session.flush()
    languages = {company.id: company.language for company in work.session.query(Company)}
    for part in chunks(plan(work, policy_name), PARTIES_A_WRITE):
        run.items += sum(len(each.decided) for each in part)
        _store_decisions(work, run, part)
        run.notices += _store_notices(work, run, [each for each in part if each.reminding], languages)
    store.add_lines(work.session, run.id)
    planned = {"items": run.items, "notices": run.notices, "final_steps": propose_due(work, run)}
    work.record("dunning_run.planned", f"run:{run.number}", planned)
    _queue_unasked(work, run)
    return run


NOTICE = (
    "id", "number", "run_id", "company_id", "customer_id", "currency", "level", "channel", "language", "total", "state",
    "created_at",
)  # fmt: skip


def _store_decisions(work: Work, run: DunningRun, parts: list[PartyPlan]) -> None:
    candidates = [candidate for planned in parts for candidate, _ in planned.decided]
    said = [_said(decision) for planned in parts for _, decision in planned.decided]
    items = [candidate.row for candidate in candidates]
    values: dict[str, list[Any]] = {
        "open_item_id": [item.id for item in items],
        "customer_id": [item.customer_id for item in items],
        "decision": [kind for kind, *_ in said],
        "level": [level for _, level, *_ in said],
        "reason": [reason for *_, reason, _ in said],
        "until_on": [until_on for *_, until_on in said],
        "open": [item.open for item in items],
        "disputed": [candidate.paused for candidate in candidates],
        "days_overdue": [max(0, (run.on - item.due_on).days) for item in items],
        "previous_level": [item.level for item in items],
        "policy_id": [candidate.policy_id for candidate in candidates],
        "policy_from": [candidate.origin for candidate in candidates],
    }
    write_columns(work.session, DecisionRow, values, {"run_id": run.id})


def _said(decision: Decision) -> tuple[str, int | None, str, date | None]:
    """A decision as it is stored: kind, level, reason, and until when."""
    if isinstance(decision, Remind):
        return "notice", decision.level, str(decision.reason), None
    return "wait" if isinstance(decision, Wait) else "hold", None, str(decision.reason), decision.until


def _store_notices(work: Work, run: DunningRun, parts: list[PartyPlan], languages: dict[UUID, str]) -> int:
    """One notice for each party that is reminded of something; how many."""
    if not parts:
        return 0
    numbers = next_numbers(work.session, "notice", len(parts))
    notices = []
    for number, planned in zip(numbers, parts, strict=True):
        customer_id, company_id, currency = planned.party
        items = planned.reminding
        language = items[0][0].row.language or languages[company_id]
        leading = max((decision for _, decision in items), key=lambda decision: decision.level)
        total = sum(candidate.claimable for candidate, _ in items)
        notices.append(
            (new_id(), number, run.id, company_id, customer_id, currency, leading.level, leading.channel, language,
             total, "planned", work.now)
        )  # fmt: skip
    write_rows(work.session, Notice, NOTICE, notices)
    return len(notices)


# ── approval ────────────────────────────────────────────────────────────────────────────────────


def approve(work: Work, run: DunningRun, chosen: Collection[UUID] | None = None) -> int:
    """Queues planned notices of the run for the dispatcher, all of them or those chosen; returns how many.

    Those by post or by phone wait for whoever prints or calls.
    The run is approved once none of its notices waits any more.
    """
    work.need(Right.DUN)
    work.session.refresh(run, with_for_update=True)  # of two who approve at once, one is told that it was done
    if run.state == "approved":
        raise AlreadyApproved(run.number)
    planned = [notice for notice, _ in store.notices_of_run(work.session, run.id) if notice.state == "planned"]
    queued = planned if chosen is None else _chosen(planned, chosen)
    for notice in queued:
        _queue(work, notice)
    if len(queued) == len(planned):
        run.state, run.approved_at, run.approved_by = "approved", work.now, str(work.actor)
    work.record("dunning_run.approved", f"run:{run.number}", {"notices": len(queued), "of": len(planned)})
    return len(queued)


def _chosen(planned: Sequence[Notice], chosen: Collection[UUID]) -> list[Notice]:
    found = [notice for notice in planned if notice.id in chosen]
    if not found or len(found) != len(set(chosen)):
        raise Invalid.because("/notices", "Choose notices of this run that wait for approval.", field="notices")
    return found


def _queue(work: Work, notice: Notice) -> None:
    """Hands a notice to the dispatcher; what goes by hand waits for a person instead."""
    if notice.channel != "email":
        notice.state = "approved"
        return
    notice.state = "queued"
    notice.message_id = message_id(work, notice)
    outbox.enqueue(work, "notice", notice.id, notice.customer_id, notice.message_id)


def _queue_unasked(work: Work, run: DunningRun) -> None:
    """Queues the notices of levels that need nobody's approval.

    A letter whose lines stand under two policies waits when one of them asks for it.
    """
    unasked = {
        (version, level.number)
        for version, policy in store.policies_by_id(work.session).items()
        for level in policy.levels
        if not level.needs_approval
    }
    if not unasked:
        return
    queued = [notice for notice, steps in store.steps_of_run(work.session, run.id).items() if steps <= unasked]
    for notice in queued:
        _queue(work, notice)
    if queued and len(queued) == run.notices:
        run.state, run.approved_at, run.approved_by = "approved", work.now, str(work.actor)
    if queued:
        work.record("dunning_run.queued", f"run:{run.number}", {"notices": len(queued)})


def message_id(work: Work, notice: Notice) -> str:
    """The same for the same notice, whenever and however often it is made."""
    company = store.company(work.session, notice.company_id)
    domain = company.email.rpartition("@")[2] or "duecourse.invalid"
    return f"<notice.{notice.id}@{domain}>"


def drop(work: Work, notice: Notice, reason: str) -> None:
    """Takes a notice out that was not sent, or gives up one in doubt; its items are free for the next run."""
    work.need(Right.DUN)
    if not is_droppable(notice):
        raise TooLateToDrop(notice.state)
    if notice.channel == "email" and notice.state != "planned":
        outbox.cancel(work, "notice", notice.id, reason)
    withdraw(work, notice, reason)
    work.record("notice.dropped", f"notice:{notice.number}", reason=reason)


def is_droppable(notice: Notice) -> bool:
    """Whether a notice can still be taken out."""
    return notice.state in DROPPABLE or (notice.state == "sending" and notice.channel != "email")


def withdraw(work: Work, notice: Notice, reason: str) -> None:
    """Marks a notice as never to be sent and releases its items."""
    notice.state, notice.state_reason = "cancelled", reason
    for line in store.lines(work.session, notice.id):
        line.is_released = True
