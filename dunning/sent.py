"""What follows once a notice reached the customer: its items' level, its claims, its fee, the credit hold."""

from collections.abc import Iterable
from datetime import date

from credit import holds
from dunning import fees, store
from dunning.claims import Late, claim
from dunning.editing import spoken_level
from dunning.tables import DunningRun, Notice, NoticeLine, Reminder
from receivables.tables import Invoice, OpenItem
from runtime.work import Work


def business_day(work: Work, run: DunningRun) -> date:
    """The business date a run's notices act on: the run's own, plus the days that have really passed since."""
    return run.on + (work.calendar_day - run.planned_on)


def late(work: Work, notice: Notice, lines: Iterable[tuple[NoticeLine, OpenItem, Invoice]]) -> list[Late]:
    """The items of a letter with what their level says about interest."""
    policies = store.policies_by_id(work.session)
    found = []
    for line, item, invoice in lines:
        level = policies[line.policy_id].level(spoken_level(notice, line.level))
        if level is not None:
            found.append(Late(item, invoice, level.interest, level.pay_within_days))
    return found


def mark_sent(work: Work, notice: Notice, on: date | None = None) -> None:
    """Writes that a notice reached the customer: its items stand at their level from this business day (`on`), and
    what it claimed for lateness and as a fee are charges in the book."""
    on = on or business_day(work, store.run(work.session, notice.run_id))
    notice.state, notice.sent_at, notice.sent_on = "sent", work.now, on
    named = [(line, item, invoice) for line, item, invoice in store.lines_with_items(work.session, notice.id)]
    claim(work, notice, late(work, notice, named), on)
    fees.charge(work, notice, named, on)
    _hold_credit(work, notice)
    lines = store.lines(work.session, notice.id)
    before = store.reminders(work.session, {line.open_item_id for line in lines})
    for line in lines:
        reminder = before.get(line.open_item_id)
        if reminder is None:
            work.session.add(
                Reminder(
                    open_item_id=line.open_item_id,
                    customer_id=notice.customer_id,
                    cycle=line.cycle,
                    level=line.level,
                    last_sent_on=on,
                    policy_id=line.policy_id,
                )
            )
        else:
            reminder.level, reminder.last_sent_on = max(reminder.level, line.level), on


def _hold_credit(work: Work, notice: Notice) -> None:
    """Stops new orders where the level of a line says so."""
    policies = store.policies_by_id(work.session)
    steps = [
        policies[line.policy_id].level(spoken_level(notice, line.level))
        for line in store.lines(work.session, notice.id)
    ]
    stopping = [step.number for step in steps if step and step.credit_hold]
    if stopping and holds.hold_for_reminder(work, notice.customer_id, f"Reminder level {max(stopping)} went out."):
        work.record("credit.held", f"notice:{notice.number}", {"level": max(stopping)})
