"""Which reminder an open item gets next: the decision inside a dunning run.

Pure: no clock, no database, no mail. `dunning.run` gathers the facts, asks `decide`, and acts on the answer.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.calendar import add_business_days, business_days_between, is_business_day
from dunning import recipients
from dunning.policy import Channel, Level, Policy, Purpose


class Reason(StrEnum):
    """Why an item is or is not reminded, as stored with every decision."""

    DUE = "due for this level"
    NOT_DUE = "not due yet"
    TOO_EARLY = "not overdue long enough"
    DWELL = "last step too recent"
    RESUMING = "resuming after a pause"
    RECENT_CONTACT = "customer contacted recently"
    UNDER_WAY = "notice under way"
    COMPLETE = "last level reached"
    FINAL_STEP = "final step due"
    HANDED_OVER = "handed over"
    BELOW_MINIMUM = "below the minimum"
    COVERED = "covered by credits"
    COURTESY_PASSED_OVER = "a reminder goes out instead"
    DISPUTED = "order or invoice disputed"
    PROMISED = "promise not yet due"
    PLANNED = "payment plan"
    HELD = "hold"
    SUSPECTED = "payment seen, not placed"
    LEGAL = "legal"
    INSOLVENT = "insolvent"
    BANK_DATA = "bank data old or with a gap"
    NO_ADDRESS = "no e-mail address"
    NO_POSTAL_ADDRESS = "no postal address"
    NO_BUSINESS_DAY = "no business day"


@dataclass(frozen=True, slots=True)
class Notice:
    """Remind now, at this level, on this way."""

    level: int
    reason: Reason = Reason.DUE
    channel: Channel = "email"


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now; time alone changes that, on `until` at the earliest (None: something else must change too)."""

    reason: Reason
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Not while this stands; `until` when it has an end."""

    reason: Reason
    until: date | None = None


Decision = Notice | Wait | Hold


@dataclass(frozen=True, slots=True)
class Stop:
    """A pause that runs today. `amount` None: all of the item."""

    reason: Reason
    amount: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A pause that has ended: its first day and its last day. Only one of the whole item stops the dwell clock."""

    from_on: date
    until_on: date
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class BankData:
    """How far a company's bank data lies behind, in its business days, and whether something is missing in it."""

    business_days_old: int
    has_gap: bool = False


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is known of one open item on the day. `open` and `gross`, what it came to once, in minor units; `level` the
    last one sent, None for none; `contacts` what the customer has people with an e-mail address for, `has_address`
    whether there is one of its own; `bank` is None for a company that never had a bank statement; `is_final_over`: its
    final step was dropped or taken back.
    """

    due_on: date
    open: int
    currency: str
    country: str
    level: int | None = None
    last_sent_on: date | None = None
    stops: tuple[Stop, ...] = ()
    ended: tuple[Interval, ...] = ()
    is_under_way: bool = False
    is_insolvent: bool = False
    has_address: bool = True
    bank: BankData | None = None
    gross: int = 0
    contacts: frozenset[Purpose] = frozenset()
    is_company_closed: bool = False
    has_postal_address: bool = True
    is_final_over: bool = False

    @property
    def paused(self) -> int:
        """How much of what is open is paused today."""
        if any(stop.amount is None for stop in self.stops):
            return self.open
        return min(self.open, sum(stop.amount or 0 for stop in self.stops))

    @property
    def claimable(self) -> int:
        return self.open - self.paused


def decide(item: ItemFacts, policy: Policy, today: date) -> Decision:
    """Levels are never skipped: after a long pause the customer still gets the next reminder, not the last one.

    An item too small for its next level stays on the level below.
    """
    if item.is_insolvent:
        return Hold(Reason.INSOLVENT)
    if item.is_under_way:
        return Wait(Reason.UNDER_WAY)
    if item.claimable == 0:
        return _hold(item)
    decision = _before_due(item, policy, today) if today <= item.due_on else _overdue(item, policy, today)
    if not isinstance(decision, Notice):
        return decision
    if item.claimable < policy.minimum_of(item.currency, decision.level, item.gross):
        return Wait(Reason.BELOW_MINIMUM)
    if decision.level and is_bank_data_poor(item.bank, policy):
        return Hold(Reason.BANK_DATA)
    return _on_its_way(item, policy, decision, today)


def _on_its_way(item: ItemFacts, policy: Policy, decision: Notice, today: date) -> Decision:
    """Whether there is somebody to write to, and whether it is a day to write on."""
    level = policy.level(decision.level)
    if level is None:
        return decision
    has_mail = item.has_address or recipients.reached_for(level.recipient, item.contacts) is not None
    channel = recipients.channel_of(level, policy, has_mail=has_mail)
    if channel == "email" and not has_mail:
        return Hold(Reason.NO_ADDRESS)
    if channel in recipients.ON_PAPER and not item.has_postal_address:
        return Hold(Reason.NO_POSTAL_ADDRESS)
    if level.business_days_only and (item.is_company_closed or not is_business_day(today, item.country)):
        return Wait(Reason.NO_BUSINESS_DAY, add_business_days(today, 1, item.country))
    return Notice(level.number, channel=channel)


def is_bank_data_poor(bank: BankData | None, policy: Policy) -> bool:
    """Whether what customers paid is known too badly for more than a courtesy note."""
    limit = policy.bank_data_max_age_business_days
    return limit is not None and bank is not None and (bank.has_gap or bank.business_days_old > limit)


def _hold(item: ItemFacts) -> Hold:
    """The stop that pauses all of it speaks, else the first one that pauses a part; the longest of its kind."""
    whole = [stop for stop in item.stops if stop.amount is None] or list(item.stops)
    reason = whole[0].reason
    ends = [stop.until for stop in whole if stop.reason == reason]
    return Hold(reason, None if None in ends else max(end for end in ends if end))


def _before_due(item: ItemFacts, policy: Policy, today: date) -> Decision:
    courtesy = policy.level(0)
    if courtesy is None or item.level is not None:
        return Wait(Reason.NOT_DUE, _first_reminder_on(item, policy))
    note_on = first_day(item.due_on, policy, courtesy)
    if today < note_on:
        return Wait(Reason.NOT_DUE, note_on)
    return Notice(0)


def _first_reminder_on(item: ItemFacts, policy: Policy) -> date:
    """The first day a real reminder may go out."""
    first = next((level for level in policy.levels if level.number > 0), None)
    return first_day(item.due_on, policy, first) if first else item.due_on


def first_day(due_on: date, policy: Policy, level: Level) -> date:
    """The first day a level may go out for an item due on a day; grace holds back everything but the courtesy note."""
    return due_on + timedelta(days=max(level.days, policy.grace_days + 1) if level.number else level.days)


def _overdue(item: ItemFacts, policy: Policy, today: date) -> Decision:
    level = policy.level(max(item.level or 0, 0) + 1)
    if level is None:
        return _complete(item, policy, today)
    threshold = first_day(item.due_on, policy, level)
    if today < threshold:
        return Wait(Reason.TOO_EARLY, threshold)
    if wait := _dwell(item, level, today):
        return wait
    return resuming(item, policy, today) or Notice(level.number)


def _complete(item: ItemFacts, policy: Policy, today: date) -> Decision:
    """After the last level: the final step of the policy, unless it was dropped or taken back. What is contested in
    part, too little, or perhaps paid goes no further."""
    final = policy.final_step
    if final is None or item.last_sent_on is None or item.is_final_over:
        return Wait(Reason.COMPLETE)
    first = item.last_sent_on + timedelta(days=final.after_days)
    if today < first:
        return Wait(Reason.COMPLETE, first)
    if item.paused:
        return _hold(item)
    if item.claimable < policy.minimum_of(item.currency, policy.last, item.gross):
        return Wait(Reason.BELOW_MINIMUM)
    if is_bank_data_poor(item.bank, policy):
        return Hold(Reason.BANK_DATA)
    return resuming(item, policy, today) or Wait(Reason.FINAL_STEP)


def _dwell(item: ItemFacts, level: Level, today: date) -> Wait | None:
    """The step before must have been out long enough; days under a pause do not count."""
    if not item.level or item.last_sent_on is None:
        return None
    paused = _paused_business_days(item, item.last_sent_on, today)
    missing = level.dwell_business_days - business_days_between(item.last_sent_on, today, item.country) + paused
    return Wait(Reason.DWELL, add_business_days(today, missing, item.country)) if missing > 0 else None


def _paused_business_days(item: ItemFacts, since: date, today: date) -> int:
    """Business days in (since, today] that lie in ended pauses; a day under two pauses counts once."""
    days = {
        day
        for pause in item.ended
        if pause.is_whole
        for offset in range((min(pause.until_on, today) - max(pause.from_on, since)).days + 1)
        if (day := max(pause.from_on, since) + timedelta(days=offset)) > since
    }
    return sum(business_days_between(day - timedelta(days=1), day, item.country) for day in days)


def resuming(item: ItemFacts, policy: Policy, today: date) -> Wait | None:
    """After a pause the customer gets some business days before the next step, at least one; None once over."""
    ends = [pause.until_on for pause in item.ended if pause.until_on <= today]
    if not ends:
        return None
    again_on = add_business_days(max(ends), max(1, policy.resume_business_days), item.country)
    return Wait(Reason.RESUMING, again_on) if today < again_on else None
