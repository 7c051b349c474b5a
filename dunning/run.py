"""A dunning run: gather the facts, decide every item, plan one notice per customer, company and currency.

Exactly one run a scope and business date (D12): planning it again returns the run there is. Nothing is sent before
somebody approves.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from dunning import store
from dunning.errors import AlreadyApproved, TooLateToDrop
from dunning.escalation import Decision, Hold, ItemFacts, Reason, Wait, decide
from dunning.escalation import Notice as Remind
from dunning.facts import PauseLedger
from dunning.policy import Policy
from dunning.tables import Decision as DecisionRow
from dunning.tables import DunningRun, Notice, NoticeLine
from payments.store import unapplied_of_customers
from receivables.store import insert_rows
from receivables.tables import Company
from runtime import outbox
from runtime.ids import new_id
from runtime.numbers import next_number, next_numbers
from runtime.schema import AnyRow
from runtime.work import Right, Work

DEFAULT_POLICY = "standard"
EVERY_POLICY = "all"
DROPPABLE = ("planned", "queued", "deferred", "refused", "unknown")
"""States in which a notice can be taken out."""

Party = tuple[UUID, UUID, str]
"""Customer, company, currency: what one notice is about."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open item in a run, the facts about it and the policy version it stands under."""

    row: AnyRow
    facts: ItemFacts
    policy_id: UUID
    policy: Policy

    @property
    def party(self) -> Party:
        return self.row.customer_id, self.row.company_id, self.row.currency


@dataclass(slots=True)
class Plan:
    """What a run would do: a decision for every candidate, and the candidates of each notice."""

    on: date
    decided: list[tuple[Candidate, Decision]] = field(default_factory=list)

    @property
    def by_party(self) -> dict[Party, list[tuple[Candidate, Remind]]]:
        parties: dict[Party, list[tuple[Candidate, Remind]]] = defaultdict(list)
        for candidate, decision in self.decided:
            if isinstance(decision, Remind):
                parties[candidate.party].append((candidate, decision))
        return parties

    def held(self) -> dict[str, int]:
        return dict(Counter(decision.reason.value for _, decision in self.decided if isinstance(decision, Hold)))

    @property
    def waiting(self) -> int:
        return sum(isinstance(decision, Wait) for _, decision in self.decided)


# ── planning ────────────────────────────────────────────────────────────────────────────────────


def plan(work: Work, policy_name: str | None = None) -> Plan:
    """What a run of `work.today` would decide; stores nothing. `policy_name` restricts it to customers of a policy."""
    work.need(Right.DUN)
    candidates = list(_candidates(work, policy_name))
    decided = [(each, decide(each.facts, each.policy, work.today)) for each in candidates]
    return Plan(work.today, list(_by_customer(work, decided)))


def _candidates(work: Work, policy_name: str | None) -> Iterable[Candidate]:
    in_force = {name: store.policy_in_force(work.session, name) for name in store.policy_names(work.session)}
    if policy_name is not None and policy_name not in in_force:
        store.policy_in_force(work.session, policy_name)
    versions = store.policies_by_id(work.session)
    names = None if policy_name is None else {policy_name} | ({""} if policy_name == DEFAULT_POLICY else set())
    lead = max((-level.days for policy in versions.values() for level in policy.levels if level.days < 0), default=0)
    rows = store.candidates(work.session, work.today + timedelta(days=lead), names)
    ledger = PauseLedger.of(store.pauses(work.session))
    under_way = store.items_under_way(work.session)
    for row in rows:
        policy_id, policy = in_force.get(row.policy or DEFAULT_POLICY) or store.policy_in_force(
            work.session, DEFAULT_POLICY
        )
        if row.policy_id is not None:
            policy_id, policy = row.policy_id, versions[row.policy_id]
        yield Candidate(row, _facts(work, row, ledger, under_way), policy_id, policy)


def _facts(work: Work, row: AnyRow, ledger: PauseLedger, under_way: set[UUID]) -> ItemFacts:
    stops, ended = ledger.about(row.id, row.customer_id, work.today)
    return ItemFacts(
        due_on=row.due_on,
        open=row.open,
        currency=row.currency,
        country=row.country,
        level=row.level,
        last_sent_on=row.last_sent_on,
        stops=stops,
        ended=ended,
        is_under_way=row.id in under_way,
        is_insolvent=row.is_insolvent,
        has_address=bool(row.email),
    )


def _by_customer(work: Work, decided: Sequence[tuple[Candidate, Decision]]) -> Iterable[tuple[Candidate, Decision]]:
    """The rules about a customer as a whole, over the decisions about its items."""
    contacts = store.last_contacts(work.session)
    credits = store.open_credits(work.session)
    parties: dict[Party, list[tuple[Candidate, Decision]]] = defaultdict(list)
    for candidate, decision in decided:
        parties[candidate.party].append((candidate, decision))
    cash = unapplied_of_customers(work.session, {customer_id for customer_id, _, _ in parties})
    for party, items in parties.items():
        last = contacts.get(party[:2])
        credit = credits.get(party, 0) + cash.get(party, 0)
        yield from _of_party(items, last, credit, work.today)


def _of_party(
    items: Sequence[tuple[Candidate, Decision]], last_contact: date | None, credit: int, today: date
) -> Iterable[tuple[Candidate, Decision]]:
    reminding = [(candidate, decision) for candidate, decision in items if isinstance(decision, Remind)]
    total = sum(candidate.facts.claimable for candidate, _ in reminding)
    highest = max((decision.level for _, decision in reminding), default=0)
    for candidate, decision in items:
        if not isinstance(decision, Remind):
            yield candidate, decision
            continue
        gap_over = last_contact and last_contact + timedelta(days=candidate.policy.min_gap_days)
        if gap_over and today < gap_over:
            yield candidate, Wait(Reason.RECENT_CONTACT, gap_over)
        elif credit >= total:
            yield candidate, Wait(Reason.COVERED)
        elif decision.level == 0 and highest > 0:
            yield candidate, Wait(Reason.COURTESY_PASSED_OVER)
        else:
            yield candidate, decision


def plan_run(work: Work, policy_name: str | None = None) -> DunningRun:
    """Plans and stores the run of `work.today`; when there is one already, returns it and adds nothing."""
    work.need(Right.DUN)
    scope = policy_name or EVERY_POLICY
    before = store.run_of_day(work.session, scope, work.today)
    if before is not None:
        return before
    planned = plan(work, policy_name)
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
        items=len(planned.decided),
    )
    work.session.add(run)
    work.session.flush()
    insert_rows(work.session, DecisionRow, [_decision_row(run, *each) for each in planned.decided])
    run.notices = _store_notices(work, run, planned)
    work.record("dunning_run.planned", f"run:{run.number}", {"items": run.items, "notices": run.notices})
    return run


def _decision_row(run: DunningRun, candidate: Candidate, decision: Decision) -> dict[str, Any]:
    kind = {Remind: "notice", Wait: "wait", Hold: "hold"}[type(decision)]
    facts = candidate.facts
    return {
        "id": new_id(),
        "run_id": run.id,
        "open_item_id": candidate.row.id,
        "customer_id": candidate.row.customer_id,
        "decision": kind,
        "level": decision.level if isinstance(decision, Remind) else None,
        "reason": decision.reason.value,
        "until_on": None if isinstance(decision, Remind) else decision.until,
        "open": facts.open,
        "disputed": facts.paused,
        "days_overdue": max(0, (run.on - facts.due_on).days),
        "previous_level": facts.level,
        "policy_id": candidate.policy_id,
    }


def _store_notices(work: Work, run: DunningRun, planned: Plan) -> int:
    parties = planned.by_party
    if not parties:
        return 0
    languages = {company.id: company.language for company in work.session.query(Company)}
    notices, lines = [], []
    numbers = next_numbers(work.session, "notice", len(parties))
    for number, ((customer_id, company_id, currency), items) in zip(numbers, parties.items(), strict=True):
        notice_id = new_id()
        first = items[0][0].row
        notices.append(
            {
                "id": notice_id,
                "number": number,
                "run_id": run.id,
                "company_id": company_id,
                "customer_id": customer_id,
                "currency": currency,
                "level": max(decision.level for _, decision in items),
                "channel": "email",
                "language": first.language or languages[company_id],
                "total": sum(candidate.facts.claimable for candidate, _ in items),
                "state": "planned",
                "crossed": False,
                "created_at": work.now,
            }
        )
        lines += [_line_row(notice_id, candidate, decision) for candidate, decision in items]
    insert_rows(work.session, Notice, notices)
    insert_rows(work.session, NoticeLine, lines)
    return len(notices)


def _line_row(notice_id: UUID, candidate: Candidate, decision: Remind) -> dict[str, Any]:
    return {
        "id": new_id(),
        "notice_id": notice_id,
        "open_item_id": candidate.row.id,
        "cycle": candidate.row.cycle or 1,
        "level": decision.level,
        "policy_id": candidate.policy_id,
        "open": candidate.facts.open,
        "disputed": candidate.facts.paused,
        "fee": 0,
        "is_released": False,
    }


# ── approval ────────────────────────────────────────────────────────────────────────────────────


def approve(work: Work, run: DunningRun) -> int:
    """Queues every planned notice of the run for the dispatcher; returns how many."""
    work.need(Right.DUN)
    if run.state == "approved":
        raise AlreadyApproved(run.number)
    queued = [notice for notice, _ in store.notices_of_run(work.session, run.id) if notice.state == "planned"]
    for notice in queued:
        notice.state = "queued"
        notice.message_id = message_id(work, notice)
        outbox.enqueue(work, "notice", notice.id, notice.customer_id, notice.message_id)
    run.state, run.approved_at, run.approved_by = "approved", work.now, str(work.actor)
    work.record("dunning_run.approved", f"run:{run.number}", {"notices": len(queued)})
    return len(queued)


def message_id(work: Work, notice: Notice) -> str:
    """The same for the same notice, whenever and however often it is made."""
    company = store.company(work.session, notice.company_id)
    domain = company.email.rpartition("@")[2] or "duecourse.invalid"
    return f"<notice.{notice.id}@{domain}>"


def drop(work: Work, notice: Notice, reason: str) -> None:
    """Takes a notice out that was not sent, or gives up one in doubt; its items are free for the next run."""
    work.need(Right.DUN)
    if notice.state not in DROPPABLE:
        raise TooLateToDrop(notice.state)
    if notice.state != "planned":
        outbox.cancel(work, "notice", notice.id, reason)
    withdraw(work, notice, reason)
    work.record("notice.dropped", f"notice:{notice.number}", reason=reason)


def withdraw(work: Work, notice: Notice, reason: str) -> None:
    """Marks a notice as never to be sent and releases its items."""
    notice.state, notice.state_reason = "cancelled", reason
    for line in store.lines(work.session, notice.id):
        line.is_released = True
