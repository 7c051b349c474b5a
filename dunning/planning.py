"""Who would be reminded of what today: every candidate item decided, one customer's items in one currency at a time.

Reads only, and streams: the book is never held as a whole. What is done with the answer is `dunning.run`'s affair.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from core.calendar import is_business_day
from dunning import store
from dunning.beginnings import Beginnings, Standing, versions_of_items
from dunning.errors import NoSuchPolicy
from dunning.escalation import Decision, Hold, ItemFacts, Notice, Reason, Stop, Wait, decide
from dunning.facts import SUSPECTED, PauseLedger, bank_data
from dunning.final_store import over as final_steps_over
from dunning.policy import Policy
from dunning.precedence import Origin
from dunning.reachable import dead_addresses
from dunning.store import Due
from payments.store import unapplied_cash
from payments.suspected import unplaced_money
from receivables.store import companies
from runtime.work import Right, Work


class Candidate(NamedTuple):
    """An open item in a run, how much of it is paused, the policy version it stands under, and whence that comes."""

    row: Due
    paused: int
    policy_id: UUID
    policy: Policy
    origin: Origin

    @property
    def claimable(self) -> int:
        return self.row.open - self.paused


Decided = tuple[Candidate, Decision]

Party = tuple[UUID, UUID, str]
"""Customer, company, currency: what one notice is about."""


class PartyPlan(NamedTuple):
    """What a run decides about one party: an answer for each of its candidate items, those due first first."""

    party: Party
    decided: list[Decided]

    @property
    def reminding(self) -> list[tuple[Candidate, Notice]]:
        return [(candidate, decision) for candidate, decision in self.decided if isinstance(decision, Notice)]


class Draft(NamedTuple):
    """A policy put on trial in place of its version in force; `is_for_started`: for items too that began on another
    version of it and would stay there."""

    policy: Policy
    is_for_started: bool = False


DRAFT_ID = UUID(int=0)
"""Stands for the version a draft is not yet."""


@dataclass(slots=True)
class Tally:
    """What a run comes to: notices, how many of each level, and items held or waiting."""

    items: int = 0
    notices: int = 0
    levels: Counter[int] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    waiting: int = 0

    def add(self, planned: PartyPlan) -> None:
        self.items += len(planned.decided)
        if reminding := planned.reminding:
            self.notices += 1
            self.levels[max(decision.level for _, decision in reminding)] += 1
        self.held.update(decision.reason.value for _, decision in planned.decided if isinstance(decision, Hold))
        self.waiting += sum(isinstance(decision, Wait) for _, decision in planned.decided)


def foretell(work: Work, policy_name: str | None = None) -> Tally:
    """What a run of today would come to; stores nothing."""
    tally = Tally()
    for planned in plan(work, policy_name):
        tally.add(planned)
    return tally


def plan(work: Work, policy_name: str | None = None) -> Iterator[PartyPlan]:
    """Decides every candidate item of `work.today`. `policy_name` restricts it to customers of a policy."""
    for (planned,) in plans(work, policy_name, [Rules(work)]):
        yield planned


def plans(work: Work, policy_name: str | None, rules: Sequence["Rules"]) -> Iterator[tuple[PartyPlan, ...]]:
    """The same under several rules at once: one plan of each party for each of them."""
    work.need(Right.DUN)
    contacts = store.last_contacts(work.session)
    credits, cash = store.open_credits(work.session), unapplied_cash(work.session)
    due_by = work.today + max(each.lead for each in rules)
    rows = store.candidates(work.session, due_by)
    if policy_name is not None:
        rows = filter(rules[-1].whose_policy_is(policy_name), rows)
    for party, items in groupby(rows, key=_party):
        credit = credits.get(party, 0) + cash.get(party, 0)
        of_party = list(items)
        decided = ([each.decided(row) for row in of_party] for each in rules)
        yield tuple(PartyPlan(party, _of_party(each, contacts.get(party[:2]), credit, work.today)) for each in decided)


_party: Callable[[Due], Party] = attrgetter("customer_id", "company_id", "currency")


class Kind:
    """Items that differ in their amounts alone, and the answers for them so far, one for all that reach the same
    minimums."""

    def __init__(self, policy: Policy, currency: str) -> None:
        self._policy, self._currency = policy, currency
        self._minimums = None if policy.asks_for_a_share else policy.minimums_of(currency)
        self.answers: dict[int | tuple[bool, ...], Decision] = {}

    def minimums_reached(self, row: Due) -> int | tuple[bool, ...]:
        """How many of its policy's minimums an item reaches; where they are shares of its amount, which of them."""
        if self._minimums is not None:
            return bisect_right(self._minimums, row.open)
        levels = (each.number for each in self._policy.levels)
        return tuple(row.open >= self._policy.minimum_of(self._currency, level, row.gross) for level in levels)


class Rules:
    """The policies and pauses of one run. Items of equal facts are decided once: a large book has few kinds of them."""

    def __init__(self, work: Work, draft: Draft | None = None) -> None:
        self._session, self._today = work.session, work.today
        self._beginnings = Beginnings(work.session)
        self._begin: dict[tuple[str, str, UUID], Standing] = {}
        self._chosen = versions_of_items(work.session)
        self._versions = store.policies_by_id(work.session)
        if draft is not None:
            self._try(draft)
        self._started = {version: Standing(version, policy, "started") for version, policy in self._versions.items()}
        self._ledger = PauseLedger.of(store.pauses_of_open_items(work.session))
        self._unplaced = unplaced_money(work.session)
        asks_the_bank = any(each.bank_data_max_age_business_days is not None for each in self._versions.values())
        self._bank = bank_data(work) if asks_the_bank else {}
        self._contacts = store.contacts_without_own_address(work.session)
        self._closed = {each.id for each in companies(work.session) if not is_business_day(self._today, each.country)}
        self._dead = dead_addresses(work.session)
        self._final_over = final_steps_over(work.session)
        self._kinds: dict[tuple[object, ...], Kind] = {}

    def _try(self, draft: Draft) -> None:
        name = draft.policy.name
        started = {version for version, policy in self._versions.items() if policy.name == name}
        self._beginnings.in_force[name] = DRAFT_ID, draft.policy
        self._versions[DRAFT_ID] = draft.policy
        self._versions.update(dict.fromkeys(started if draft.is_for_started else (), draft.policy))

    @property
    def lead(self) -> timedelta:
        """How long before its due date an item may get a courtesy note, at most."""
        days = [-level.days for policy in self._versions.values() for level in policy.levels if level.days < 0]
        return timedelta(days=max(days, default=0))

    def whose_policy_is(self, name: str) -> Callable[[Due], bool]:
        """Whether an item's customer stands under a policy; `NoSuchPolicy` when there is none such."""
        if name not in self._beginnings.in_force:
            raise NoSuchPolicy(name)
        return lambda row: self._beginning(row).policy.name == name

    def _beginning(self, row: Due) -> Standing:
        asked = row.policy, row.segment, row.company_id
        found = self._begin.get(asked)
        if found is None:
            found = self._begin[asked] = self._beginnings.of(*asked)
        return found

    def _under(self, row: Due) -> Standing:
        """The version of an item: the one chosen for its invoice, the one it began on, or what it begins on."""
        if self._chosen and (chosen := self._chosen.get(row.id)):
            return Standing(chosen, self._versions[chosen], "invoice")
        if row.policy_id is not None:
            return self._started[row.policy_id]
        return self._beginning(row)

    def decided(self, row: Due) -> Decided:
        policy_id, policy, origin = self._under(row)
        seen = (SUSPECTED,) if self._unplaced and self._unplaced.may_cover(row.id, _party(row), row.open) else ()
        if seen or (self._final_over and row.id in self._final_over) or self._ledger.knows(row.id, row.customer_id):
            facts = self._facts(row, seen)
            return Candidate(row, facts.paused, policy_id, policy, origin), decide(facts, policy, self._today)
        return Candidate(row, 0, policy_id, policy, origin), self._usual(row, policy_id, policy)

    def _usual(self, row: Due, policy_id: UUID, policy: Policy) -> Decision:
        """The answer for an item nothing pauses. Items of one kind share it: of their amounts only matters which
        minimums they reach, of their addresses whether there is one."""
        reached = self._reaches(row.email) or self._contacts.get(row.customer_id)
        of = policy_id, reached, row.facts
        kind = self._kinds.get(of) or self._kinds.setdefault(of, Kind(policy, row.currency))
        minimums = kind.minimums_reached(row)
        answer = kind.answers.get(minimums)
        if answer is None:
            answer = kind.answers[minimums] = decide(self._facts(row), policy, self._today)
        return answer

    def _reaches(self, address: str) -> bool:
        return bool(address) and not (self._dead and address.lower() in self._dead)

    def _facts(self, row: Due, seen: tuple[Stop, ...] = ()) -> ItemFacts:
        stops, ended = self._ledger.about(row.id, row.customer_id, self._today)
        return ItemFacts(
            due_on=row.due_on,
            open=row.open,
            currency=row.currency,
            country=row.country,
            level=row.level,
            last_sent_on=row.last_sent_on,
            stops=stops + seen,
            ended=ended,
            is_under_way=row.is_under_way,
            is_insolvent=row.is_insolvent,
            has_address=self._reaches(row.email),
            bank=self._bank.get(row.company_id),
            gross=row.gross,
            contacts=self._contacts.get(row.customer_id, frozenset()),
            is_company_closed=row.company_id in self._closed,
            has_postal_address=row.has_postal_address,
            is_final_over=row.id in self._final_over,
        )


def _of_party(items: list[Decided], last_contact: date | None, credit: int, today: date) -> list[Decided]:
    """The rules about a customer as a whole, over the decisions about its items."""
    reminding = [(candidate, decision) for candidate, decision in items if isinstance(decision, Notice)]
    if not reminding:
        return items
    is_covered = credit > 0 and credit >= sum(candidate.claimable for candidate, _ in reminding)
    levels = {decision.level for _, decision in reminding}
    if last_contact is None and not is_covered and 0 not in levels:
        return items
    highest = max(levels)
    return list(_reconsidered(items, last_contact, highest, today, is_covered=is_covered))


def _reconsidered(
    items: Sequence[Decided], last_contact: date | None, highest: int, today: date, *, is_covered: bool
) -> Iterable[Decided]:
    for candidate, decision in items:
        gap_over = last_contact and last_contact + timedelta(days=candidate.policy.min_gap_days)
        if not isinstance(decision, Notice):
            yield candidate, decision
        elif gap_over and today < gap_over:
            yield candidate, Wait(Reason.RECENT_CONTACT, gap_over)
        elif is_covered:
            yield candidate, Wait(Reason.COVERED)
        elif decision.level == 0 and highest > 0:
            yield candidate, Wait(Reason.COURTESY_PASSED_OVER)
        else:
            yield candidate, decision
