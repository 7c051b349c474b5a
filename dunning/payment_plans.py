"""The use cases of payment plans: agree, accept, cancel, and judge them day by day.

Every change is made under the customer's lock. While a plan runs its items are paused; what a default revives is said
in the plan itself, and resumes as after every pause.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.errors import Invalid, Refused
from core.money import decimal_text
from core.problems import Problem
from dunning import pauses, plan_store, store
from dunning.agreements import terms_in_force
from dunning.plan_tables import PaymentPlan, PlanInstalment, PlanItem
from dunning.plans import (
    Allowance,
    Instalment,
    Kept,
    Missed,
    PlanInterest,
    Revive,
    Verdict,
    flaws,
    judge,
    misfit,
    still_protected,
)
from dunning.terms import Terms
from payments.events import ApplicationUndone
from receivables import store as receivables
from receivables.events import ItemsSettled
from receivables.tables import Customer, OpenItem
from runtime.ids import new_id
from runtime.numbers import next_number
from runtime.work import Right, Work


class NotOneParty(Refused):
    def __init__(self) -> None:
        super().__init__("A plan is about one customer, one company and one currency; make one plan for each.")


class AlreadyPlanned(Refused):
    def __init__(self, numbers: Iterable[int]) -> None:
        said = ", ".join(str(number) for number in numbers)
        super().__init__(f"Some of it is under payment plan {said} already; cancel that first.")


class PlanOver(Refused):
    def __init__(self, number: int, state: str) -> None:
        super().__init__(f"Plan {number} is {state}; nothing about it can be changed.")


class BalanceMoved(Refused):
    def __init__(self, number: int, then: str, now: str) -> None:
        super().__init__(f"Plan {number} was proposed over {then}, and {now} is open now; propose a new one.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan somebody wants: which items, which instalments, what a default revives, and what interest does.

    `is_agreed` False only notes the proposal; nothing is paused before it is accepted.
    """

    items: Sequence[OpenItem]
    instalments: Sequence[Instalment]
    revive: Revive
    interest: PlanInterest
    note: str = ""
    is_agreed: bool = True


# ── making ──────────────────────────────────────────────────────────────────────────────────────


def make_plan(work: Work, asked: Asked) -> PaymentPlan:
    """Agrees a plan, or notes it as proposed. Its instalments come to exactly what is open of its items."""
    work.need(Right.HOLD)
    first = _one_party(asked.items)
    receivables.lock_customer(work.session, first.customer_id)
    for item in asked.items:
        work.session.refresh(item)
    terms = terms_in_force(work.session)
    _check(work, asked, terms)
    plan = PaymentPlan(
        id=new_id(),
        number=next_number(work.session, "payment_plan"),
        company_id=first.company_id,
        customer_id=first.customer_id,
        currency=first.currency,
        total=sum(item.open for item in asked.items),
        state="proposed",
        revive=asked.revive,
        interest=asked.interest,
        note=asked.note.strip(),
        terms_version=terms.version,
        actor=str(work.actor),
        made_at=work.now,
    )
    work.session.add(plan)
    work.session.flush()
    _add_parts(work, plan, asked)
    work.record("payment_plan.made", f"payment_plan:{plan.number}", {"total": plan.total}, reason=plan.note or None)
    if asked.is_agreed:
        _begin(work, plan)
    return plan


def _one_party(items: Sequence[OpenItem]) -> OpenItem:
    if not items:
        raise Invalid.because("/items", "Name at least one open item.", field="items")
    if len({(item.customer_id, item.company_id, item.currency) for item in items}) > 1:
        raise NotOneParty
    return items[0]


def _check(work: Work, asked: Asked, terms: Terms) -> None:
    problems = list(
        flaws(
            asked.instalments, work.today, most=terms.plan_most_instalments, horizon_days=terms.plan_horizon_days
        )
    )  # fmt: skip
    if any(item.kind == "credit_note" or not item.open for item in asked.items):
        problems.append(Problem("/items", "A plan is over invoices and charges that are open.", field="items"))
    total, currency = sum(item.open for item in asked.items), asked.items[0].currency
    if off := misfit(asked.instalments, total):
        message = (
            f"The instalments come to {decimal_text(abs(off), currency)} {currency} "
            f"{'more' if off > 0 else 'less'} than the {decimal_text(total, currency)} that is open."
        )
        problems.append(Problem("/instalments", message, field="instalments"))
    if problems:
        raise Invalid(problems)
    _not_planned(work, [item.id for item in asked.items])


def _not_planned(work: Work, item_ids: Sequence[UUID]) -> None:
    if running := plan_store.running_over(work.session, item_ids):
        raise AlreadyPlanned(plan.number for plan in running)


def _add_parts(work: Work, plan: PaymentPlan, asked: Asked) -> None:
    for item in asked.items:
        work.session.add(PlanItem(plan_id=plan.id, open_item_id=item.id, amount=item.open))
    for position, each in enumerate(asked.instalments, start=1):
        work.session.add(PlanInstalment(plan_id=plan.id, position=position, due_on=each.due_on, amount=each.amount))
    work.session.flush()


def accept(work: Work, plan: PaymentPlan) -> None:
    """Makes a proposed plan count, when its items are still what they were."""
    work.need(Right.HOLD)
    _lock(work, plan)
    if plan.state != "proposed":
        raise PlanOver(plan.number, plan.state)
    items = plan_store.items(work.session, plan.id)
    now_open = sum(item.open for _, item, _ in items)
    if now_open != plan.total:
        said = [f"{decimal_text(minor, plan.currency)} {plan.currency}" for minor in (plan.total, now_open)]
        raise BalanceMoved(plan.number, *said)
    if plan_store.instalments(work.session, plan.id)[0].due_on < work.today:
        raise Refused(f"The first instalment of plan {plan.number} has passed; propose a new one.")
    _not_planned(work, [item.id for _, item, _ in items])
    _begin(work, plan)


def _begin(work: Work, plan: PaymentPlan) -> None:
    plan.state, plan.began_on = "active", work.today
    rows = plan_store.items(work.session, plan.id)
    for each, _, _ in rows:
        each.is_running = True
    pauses.withdraw_promises_for(work, [item.id for _, item, _ in rows], f"replaced by payment plan {plan.number}")
    _protect(work, plan, {item.id: None for _, item, _ in rows})
    pauses.flag_crossing(work, [item.id for _, item, _ in rows])
    work.record("payment_plan.began", f"payment_plan:{plan.number}")


def _lock(work: Work, plan: PaymentPlan) -> None:
    receivables.lock_customer(work.session, plan.customer_id)
    work.session.refresh(plan)


# ── ending ──────────────────────────────────────────────────────────────────────────────────────


def cancel(work: Work, plan: PaymentPlan, reason: str) -> None:
    """Ends a plan that no longer counts; what is open of its items is reminded again."""
    work.need(Right.HOLD)
    if not reason.strip():
        raise Invalid.because("/reason", "Say why the plan is cancelled.", field="reason")
    _lock(work, plan)
    if plan.state not in ("proposed", *plan_store.RUNNING) or plan.ended_on is not None:
        raise PlanOver(plan.number, plan.state)
    _close(work, plan, "cancelled", reason.strip())


def _close(work: Work, plan: PaymentPlan, state: str, reason: str = "") -> None:
    plan.state, plan.ended_on, plan.end_reason = state, work.today, reason
    for each, _, _ in plan_store.items(work.session, plan.id):
        each.is_running = False
    pauses.end_pauses(work, store.running_pauses(work.session, "plan", plan.id))
    work.record(f"payment_plan.{state}", f"payment_plan:{plan.number}", reason=reason or None)


def keep_plans(work: Work, event: ItemsSettled) -> None:
    """A plan is kept the moment the last of its items is settled."""
    for plan in plan_store.running_over(work.session, event.open_item_ids):
        if all(item.open == 0 for _, item, _ in plan_store.items(work.session, plan.id)):
            _close(work, plan, "kept")


def reopen_kept(work: Work, event: ApplicationUndone) -> None:
    """Money that had kept a plan is taken back: the plan runs again, and the next judgement says where it stands."""
    for plan in plan_store.kept_over(work.session, event.open_item_ids):
        rows = plan_store.items(work.session, plan.id)
        if plan_store.running_over(work.session, [item.id for _, item, _ in rows]):
            continue
        plan.state, plan.ended_on = "active", None
        for each, _, _ in rows:
            each.is_running = True
        _protect(work, plan, {item.id: None for _, item, _ in rows})
        work.record("payment_plan.reopened", f"payment_plan:{plan.number}")


# ── judging ─────────────────────────────────────────────────────────────────────────────────────


def judge_plans(work: Work) -> dict[str, int]:
    """Says of every running plan where it stands this morning: kept, in default, caught up, or as before.

    Doing it twice on a day changes nothing.
    """
    work.need(Right.HOLD)
    counts = {"kept": 0, "defaulted": 0, "caught_up": 0, "running": 0}
    terms = terms_in_force(work.session)
    for plan in plan_store.to_judge(work.session):
        _lock(work, plan)
        counts[_judge(work, plan, terms)] += 1
    return counts


def _judge(work: Work, plan: PaymentPlan, terms: Terms) -> str:
    verdict = standing(work, plan, terms)
    if isinstance(verdict, Kept):
        _close(work, plan, "kept")
        return "kept"
    if isinstance(verdict, Missed):
        return _miss(work, plan, verdict)
    if plan.state == "defaulted":
        plan.state = "active"
        _protect(work, plan, {item.id: None for _, item, _ in plan_store.items(work.session, plan.id)})
        work.record("payment_plan.caught_up", f"payment_plan:{plan.number}")
        return "caught_up"
    return "running"


def standing(work: Work, plan: PaymentPlan, terms: Terms) -> Verdict:
    """Where a plan stands on `work.today`, by the value dates of what was paid."""
    paid = plan_store.paid(work.session, plan.id, work.today)
    return judge(plan_store.instalments(work.session, plan.id), paid, work.today, patience(work, plan, terms))


def _miss(work: Work, plan: PaymentPlan, missed: Missed) -> str:
    is_new = plan.state == "active"
    plan.state = "defaulted"
    if is_new:
        plan.defaulted_on = work.today
        plan.missed_on = plan.missed_on or missed.instalment.due_on
        facts = {"missed_on": str(missed.instalment.due_on), "missing": missed.missing}
        work.record("payment_plan.defaulted", f"payment_plan:{plan.number}", facts)
    if plan.revive == "balance":
        _close(work, plan, "defaulted", f"the instalment of {missed.instalment.due_on} was not paid")
    else:
        _protect(work, plan, _kept_back(work, plan, missed.missing))
    return "defaulted" if is_new else "running"


def _kept_back(work: Work, plan: PaymentPlan, revived: int) -> dict[UUID, int | None]:
    """What stays paused of each item when only what should have been paid by now is revived, the oldest item first."""
    open_items = [item for _, item, _ in plan_store.items(work.session, plan.id) if item.open]
    parts = still_protected([item.open for item in open_items], revived)
    return {
        item.id: None if part == item.open else part
        for item, part in zip(open_items, parts, strict=True)
        if part
    }  # fmt: skip


def _protect(work: Work, plan: PaymentPlan, wanted: Mapping[UUID, int | None]) -> None:
    """Brings the pause ledger to what the plan protects now: all of an item (None), a part of it, or nothing."""
    running = {pause.open_item_id: pause for pause in store.running_pauses(work.session, "plan", plan.id)}
    stale = [
        pause for item_id, pause in running.items()
        if item_id is None or item_id not in wanted or wanted[item_id] != pause.amount
    ]  # fmt: skip
    pauses.end_pauses(work, stale)
    work.session.flush()
    for item_id, amount in wanted.items():
        if item_id not in running or running[item_id] in stale:
            pauses.begin_pause(work, plan.customer_id, item_id, "plan", plan.id, _why(plan), amount)


def _why(plan: PaymentPlan) -> str:
    return f"payment plan {plan.number}"


def patience(work: Work, plan: PaymentPlan, terms: Terms) -> Allowance:
    """How long a plan waits for an instalment, and what may be missing of it."""
    country = work.session.get_one(Customer, plan.customer_id).country
    return Allowance(terms.clearing_business_days, country, terms.forgiven(plan.currency))
