"""What comes after the last level: items go to an agency or a court, or a write-off is asked for.

A run only proposes. Handing over is a person's decision: what is left to claim is read again under the customer's lock,
the items are held as handed over, and no reminder goes out about them until they are taken back. A write-off is asked
for by one person and approved by another, for exactly what was asked.
"""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from core.errors import Invalid, NotAllowed, Refused
from dunning import final_store, store
from dunning.errors import FinalStepOver, NothingToHandOver
from dunning.escalation import Reason
from dunning.facts import PauseLedger
from dunning.final_tables import FinalStep, FinalStepItem
from dunning.pauses import begin_pause, end_pauses, flag_crossing
from dunning.policy import FinalKind
from dunning.tables import DunningRun
from payments.store import unapplied_cash
from receivables import store as receivables
from receivables.events import BalanceChanged, ItemsSettled
from receivables.ledger import Account, lower
from receivables.tables import Customer, OpenItem
from runtime.four_eyes import OPEN_FOR, need_second_person
from runtime.numbers import next_number
from runtime.work import Right, Work

# ── proposing ───────────────────────────────────────────────────────────────────────────────────


def propose_due(work: Work, run: DunningRun) -> int:
    """Proposes the final steps a run found due: one for each customer, company, currency and kind. How many.

    Who has credits that cover it all is left alone, as with letters.
    """
    policies = store.policies_by_id(work.session)
    if not any(policy.final_step for policy in policies.values()):
        return 0
    due = [
        (item, cycle, policies[policy_id].final_step)
        for item, policy_id, cycle in final_store.due_in_run(work.session, run.id, Reason.FINAL_STEP.value)
    ]
    proposed = 0
    for (customer_id, company_id, currency), rows in groupby(due, key=lambda row: _party(row[0])):
        of_party = list(rows)
        credits = store.open_credits_of(work.session, customer_id, company_id, currency)
        credits += unapplied_cash(work.session, customer_id).get((customer_id, company_id, currency), 0)
        if credits >= sum(item.open for item, _, _ in of_party):
            continue
        for final in dict.fromkeys(final for _, _, final in of_party if final):
            chosen = [(item, cycle) for item, cycle, its in of_party if its == final]
            _begin(work, final.kind, final.to, chosen, "last level reached", run)
            proposed += 1
    return proposed


def _party(item: OpenItem) -> tuple[UUID, UUID, str]:
    return item.customer_id, item.company_id, item.currency


def begin(work: Work, items: Sequence[OpenItem], kind: FinalKind, to: str, reason: str) -> FinalStep:
    """Begins a final step by hand, whatever level the items have reached. They are of one customer, company and
    currency, and overdue; `Invalid` says what is wrong."""
    work.need(Right.DUN)
    if not reason.strip():
        raise Invalid.because("/reason", "Say why.", field="reason")
    if not items or len({_party(item) for item in items}) != 1:
        said = "Name overdue invoices of one customer, one company and one currency."
        raise Invalid.because("/invoices", said, field="invoices")
    receivables.lock_customer(work.session, items[0].customer_id)
    if any(item.kind == "credit_note" or item.open <= 0 or item.due_on >= work.today for item in items):
        raise Invalid.because("/invoices", "Only what is open and overdue can go further.", field="invoices")
    if final_store.taken(work.session, [item.id for item in items]):
        raise Invalid.because("/invoices", "One of them is in a final step already.", field="invoices")
    cycles = store.reminders(work.session, [item.id for item in items])
    chosen = [(item, cycles[item.id].cycle if item.id in cycles else 1) for item in items]
    return _begin(work, kind, to.strip(), chosen, reason.strip(), None)


def _begin(
    work: Work, kind: str, to: str, chosen: Sequence[tuple[OpenItem, int]], reason: str, run: DunningRun | None
) -> FinalStep:
    first = chosen[0][0]
    made = FinalStep(
        number=next_number(work.session, "final_step"), customer_id=first.customer_id, company_id=first.company_id,
        currency=first.currency, kind=kind, state="proposed", recipient=to, run_id=run.id if run else None,
        total=sum(item.open for item, _ in chosen), proposed_by=str(work.actor), proposed_at=work.now, reason=reason,
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    work.session.add_all(
        FinalStepItem(final_step_id=made.id, open_item_id=item.id, cycle=cycle, amount=item.open, is_released=False)
        for item, cycle in chosen
    )
    work.session.flush()
    _record(work, made, "proposed", reason)
    return made


# ── agency and court ────────────────────────────────────────────────────────────────────────────


def ready(work: Work, step_id: UUID) -> list[FinalStepItem]:
    """The items of a proposal that go further now, read under the customer's lock. `NothingToHandOver` when none is
    left."""
    work.need(Right.DUN)
    step = final_store.step(work.session, step_id)
    receivables.lock_customer(work.session, step.customer_id)
    work.session.refresh(step)
    return _standing(work, step)


def _standing(work: Work, step: FinalStep) -> list[FinalStepItem]:
    """The items that are open, not disputed, promised or held, and not covered by credits."""
    if step.state not in ("proposed", "asked"):
        raise FinalStepOver(step.state)
    ledger = PauseLedger.of(store.pauses(work.session, {step.customer_id}))
    standing = [
        (each, item)
        for each, item, _ in final_store.items(work.session, step.id)
        if item.open > 0 and not ledger.about(item.id, item.customer_id, work.today)[0]
    ]
    party = (step.customer_id, step.company_id, step.currency)
    credits = store.open_credits_of(work.session, *party)
    credits += unapplied_cash(work.session, step.customer_id).get(party, 0)
    if sum(item.open for _, item in standing) <= credits:
        raise NothingToHandOver
    return [each for each, _ in standing]


def may_be_handed_over(work: Work, step_id: UUID, to: str) -> FinalStep:
    """The step, when something of it stands, it is no write-off, and somebody is named to hand it over to. Reads
    only."""
    work.need(Right.DUN)
    step = final_store.step(work.session, step_id)
    _standing(work, step)
    if step.kind == "write_off":
        raise Refused("This is a write-off; ask for it instead.")
    if not (to.strip() or step.recipient):
        raise Invalid.because("/to", "Say to whom it is handed over.", field="to")
    return step


def hand_over(work: Work, step_id: UUID, to: str, reason: str, document_id: UUID) -> FinalStep:
    """Hands what still stands over to an agency or a court, with the evidence that was made; reminders stop. Items
    that do not stand any more are let go."""
    standing = {each.open_item_id for each in ready(work, step_id)}
    step = may_be_handed_over(work, step_id, to)
    step.recipient = to.strip() or step.recipient
    _keep(work, step, standing)
    said = f"handed over to {step.recipient}, final step {step.number}"
    for item_id in sorted(standing):
        begin_pause(work, step.customer_id, item_id, "final_step", step.id, said)
    flag_crossing(work, standing)
    step.state, step.done_at, step.document_id = "handed_over", work.now, document_id
    step.reason = reason.strip() or step.reason
    _record(work, step, "handed_over", reason)
    return step


def _keep(work: Work, step: FinalStep, standing: set[UUID]) -> None:
    """Lets go what does not stand any more, and writes what is open of the rest."""
    total = 0
    for each, item, _ in final_store.items(work.session, step.id):
        if item.id in standing:
            each.amount = item.open
            total += item.open
        else:
            work.session.delete(each)
    step.total = total
    work.session.flush()


def take_back(work: Work, step_id: UUID, reason: str) -> FinalStep:
    """Takes items back from an agency or a court. They may be reminded again; no run hands them over by itself."""
    step = _locked(work, step_id, "handed_over")
    _end(work, step, "taken_back", reason)
    end_pauses(work, store.running_pauses(work.session, "final_step", step.id))
    return step


def drop(work: Work, step_id: UUID, reason: str) -> FinalStep:
    """Gives a proposal up; no run proposes it again by itself."""
    step = _locked(work, step_id, "proposed", "asked")
    _end(work, step, "dropped", reason)
    return step


def _end(work: Work, step: FinalStep, state: str, reason: str) -> None:
    if not reason.strip():
        raise Invalid.because("/reason", "Say why.", field="reason")
    step.state, step.ended_at, step.reason = state, work.now, reason.strip()
    for each, _, _ in final_store.items(work.session, step.id):
        each.is_released = True
    _record(work, step, state, reason)


def _locked(work: Work, step_id: UUID, *states: str) -> FinalStep:
    work.need(Right.DUN)
    step = final_store.step(work.session, step_id)
    receivables.lock_customer(work.session, step.customer_id)
    work.session.refresh(step)
    if step.state not in states:
        raise FinalStepOver(step.state)
    return step


# ── write-off ───────────────────────────────────────────────────────────────────────────────────


def ask_write_off(work: Work, step_id: UUID, reason: str) -> FinalStep:
    """Asks that what still stands be written off; somebody else approves exactly these amounts within 72 hours."""
    step = final_store.step(work.session, step_id)
    if not work.actor.is_human:
        raise NotAllowed("A write-off is asked for by a person and approved by another.")
    if not reason.strip():
        raise Invalid.because("/reason", "A write-off says why.", field="reason")
    standing = {each.open_item_id for each in ready(work, step_id)}
    work.session.refresh(step)
    if step.kind != "write_off":
        raise Refused("This is no write-off; hand it over instead.")
    _keep(work, step, standing)
    step.state, step.asked_by, step.asked_at, step.reason = "asked", str(work.actor), work.now, reason.strip()
    _record(work, step, "write_off_asked", reason)
    return step


def approve_write_off(work: Work, step_id: UUID) -> FinalStep:
    """Writes off what was asked for. Refused to whoever asked, to programs, after 72 hours, and when anything of it
    was paid or contested since."""
    work.need(Right.WRITE_OFF)
    step = _locked(work, step_id, "asked")
    if step.asked_by is None or step.asked_at is None or work.now - step.asked_at > OPEN_FOR:
        raise Refused("It was asked for more than 72 hours ago. Ask for it again.")
    need_second_person(work, step.asked_by, step.asked_at)
    standing = {each.open_item_id for each in ready(work, step_id)}
    rows = final_store.items(work.session, step.id)
    if any(item.id not in standing or item.open != each.amount for each, item, _ in rows):
        raise Refused("Something of it was paid or contested since. Ask for it again.")
    for each, item, _ in rows:
        lower(work, item, each.amount, Account.WRITE_OFF, cause="written_off", cause_id=step.id, on=work.today)
    step.state, step.approved_by, step.done_at = "written_off", str(work.actor), work.now
    work.session.flush()
    _record(work, step, "written_off", step.reason)
    work.announce(ItemsSettled(tuple(item.id for _, item, _ in rows)))
    work.announce(BalanceChanged(frozenset({step.customer_id})))
    return step


def _record(work: Work, step: FinalStep, what: str, reason: str) -> None:
    customer = work.session.get_one(Customer, step.customer_id)
    facts = {"customer_id": customer.external_id, "kind": step.kind, "to": step.recipient, "total": step.total,
             "currency": step.currency}  # fmt: skip
    work.record(f"final_step.{what}", f"final_step:{step.number}", facts, reason=reason or None)
