"""Which open items of one customer does an amount pay, when nobody says? Every answer, or enough of them. Pure.

This is a question of ambiguity, not of speed: at 60 open items and sets of six *every* amount is explained by some
set. So sets are small where items are many (some hundreds are tried at most), the search stops when it has seen enough
answers, and an answer that chance could have made is marked as such. Structure is tried first: one item, everything,
everything due, the oldest ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import combinations
from math import comb, gcd
from uuid import UUID

from payments.matching.book import Candidate, Tolerance
from payments.matching.differences import Fit, Settlement, settle

MOST_ANSWERS = 4

LARGEST_SETS = ((20, 4), (60, 2))
"""Up to so many open items, sets of so many are tried; above, single items only."""

MOST_CREDITS = 8
"""Of more open credit notes than this, only single ones and all together are taken off."""

CHANCE = 2_000
"""A set is an answer only if meeting its sum by chance is less likely than one in so many."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Items that an amount pays. `how` says it in words; `may_post` is False where chance or equal items could have
    made it too; `is_set`: nothing but the sum speaks for just these items."""

    items: tuple[Candidate, ...]
    credits: tuple[Candidate, ...]
    settlement: Settlement
    how: str
    may_post: bool = True
    is_set: bool = False

    @property
    def ids(self) -> frozenset[UUID]:
        return frozenset(each.item_id for each in (*self.items, *self.credits))


def explain(amount: int, account: Sequence[Candidate], on: date, tolerance: Tolerance) -> list[Explanation]:
    """What an amount valued `on` that day may pay of a customer's open items (in order of payment), most natural
    first, at most `MOST_ANSWERS`."""
    found: dict[frozenset[UUID], Explanation] = {}
    for answer in _Search(amount, account, on, tolerance).answers():
        found.setdefault(answer.ids, answer)
        if len(found) == MOST_ANSWERS:
            break
    return list(found.values())


class _Search:
    def __init__(self, amount: int, account: Sequence[Candidate], on: date, tolerance: Tolerance) -> None:
        self.amount, self.on, self.tolerance = amount, on, tolerance
        self.invoices = [each for each in account if not each.is_credit]
        self.credits = [each for each in account if each.is_credit]
        self.size = next((size for count, size in LARGEST_SETS if len(account) <= count), 1)

    def answers(self) -> Iterator[Explanation]:
        yield from self._single_items()
        yield from self._whole_balance()
        yield from self._all_due()
        yield from self._oldest()
        yield from self._sets()

    def _single_items(self) -> Iterator[Explanation]:
        for item in self.invoices:
            if item.open == self.amount:
                if self._is_next([item]):
                    yield self._made([item], [], "one item")
            elif item.discount and abs(item.open - item.discount - self.amount) <= 1:
                yield from self._settled([item], [], "one item")

    def _whole_balance(self) -> Iterator[Explanation]:
        if len(self.invoices) + len(self.credits) > 1 and self.invoices:
            yield from self._settled(self.invoices, self.credits, "the whole balance")

    def _all_due(self) -> Iterator[Explanation]:
        due = [each for each in self.invoices if each.due_on <= self.on]
        if 1 < len(due) < len(self.invoices):
            for credits in ([], self.credits) if self.credits else ([],):
                yield from self._settled(due, credits, "all items due")

    def _oldest(self) -> Iterator[Explanation]:
        reduced = sum(each.open for each in self.credits)
        total = 0
        for count, item in enumerate(self.invoices, start=1):
            total += item.open
            if count > 1 and total == self.amount:
                yield self._made(self.invoices[:count], [], f"the oldest {count} items")
            elif reduced and total == self.amount + reduced:
                yield self._made(self.invoices[:count], self.credits, f"the oldest {count}, less credit notes")
            if total > self.amount + reduced:
                return

    def _settled(self, items: Sequence[Candidate], credits: Sequence[Candidate], how: str) -> Iterator[Explanation]:
        """The items, if the amount settles them exactly or less discount."""
        gap = sum([each.open for each in items]) - sum([each.open for each in credits]) - self.amount
        if gap and not 0 < gap <= sum([each.discount + 1 for each in items if each.discount]):
            return
        settlement = settle(self.amount, items, credits, self.on, self.tolerance)
        if settlement.fit in (Fit.EXACT, Fit.DISCOUNTED):
            yield self._explanation(items, credits, settlement, how)

    def _made(self, items: Sequence[Candidate], credits: Sequence[Candidate], how: str) -> Explanation:
        settlement = settle(self.amount, items, credits, self.on, self.tolerance)
        return self._explanation(items, credits, settlement, how)

    def _explanation(
        self, items: Sequence[Candidate], credits: Sequence[Candidate], settlement: Settlement, how: str
    ) -> Explanation:
        is_sure = len(items) in (1, len(self.invoices)) or not self._is_exchangeable(items)
        return Explanation(tuple(items), tuple(credits), settlement, how, is_sure)

    # ── sets without structure ──────────────────────────────────────────────────────────────────

    def _sets(self) -> Iterator[Explanation]:
        for credits in self._credit_choices():
            most = self.size - len(credits)
            reduced = sum(each.open for each in credits)
            for size in range(1 if credits else 2, most + 1):
                yield from (
                    self._set(items, credits)
                    for items in self._of_size(size, self.amount + reduced)
                    if self._is_next(items)
                )

    def _credit_choices(self) -> Iterator[tuple[Candidate, ...]]:
        yield ()
        sizes = range(1, self.size) if len(self.credits) <= MOST_CREDITS else (1,)
        for size in sizes:
            yield from combinations(self.credits, size)

    def _of_size(self, size: int, target: int) -> Iterator[list[Candidate]]:
        """Sets of `size` items that sum to `target`: the last item, or the last two, are looked up, not searched."""
        ends = self._pairs if size > 2 else self._singles
        searched = size - 2 if size > 2 else size - 1
        for chosen in combinations(range(len(self.invoices)), searched):
            missing = target - sum([self.invoices[place].open for place in chosen])
            for end in ends.get(missing, ()):
                if not chosen or end[0] > chosen[-1]:
                    yield [self.invoices[place] for place in (*chosen, *end)]

    @cached_property
    def _singles(self) -> dict[int, list[tuple[int, ...]]]:
        """Amount → the places of the items of which so much is open."""
        places: dict[int, list[tuple[int, ...]]] = {}
        for place, item in enumerate(self.invoices):
            places.setdefault(item.open, []).append((place,))
        return places

    @cached_property
    def _pairs(self) -> dict[int, list[tuple[int, ...]]]:
        """Sum → the places of the two items that make it."""
        amounts = [each.open for each in self.invoices]
        places: dict[int, list[tuple[int, ...]]] = {}
        for one, other in combinations(range(len(amounts)), 2):
            places.setdefault(amounts[one] + amounts[other], []).append((one, other))
        return places

    def _set(self, items: Sequence[Candidate], credits: Sequence[Candidate]) -> Explanation:
        how = f"a set of {len(items)}" + (", less credit notes" if credits else "")
        settlement = settle(self.amount, items, credits, self.on, self.tolerance)
        is_sure = not self._may_be_chance([each.open for each in (*items, *credits)])
        return Explanation(tuple(items), tuple(credits), settlement, how, is_sure, is_set=True)

    def _may_be_chance(self, chosen: Sequence[int]) -> bool:
        """Sets this large among amounts this round, against the sums they could have: round amounts meet easily."""
        unit = gcd(*chosen)
        as_round = [each.open for each in (*self.invoices, *self.credits) if each.open % unit == 0]
        sets = sum(comb(len(as_round), count) for count in range(2, len(chosen) + 1))
        return sets * CHANCE > sum(as_round) // unit

    def _is_next(self, items: Sequence[Candidate]) -> bool:
        """Of equal instalments of one invoice, those due first: paying a later one is no other answer."""
        chosen = {each.item_id for each in items}
        latest = {(each.number, each.open): each.instalment for each in items}
        return not any(
            each.instalment < latest.get((each.number, each.open), 0)
            for each in self.invoices
            if each.item_id not in chosen
        )

    def _is_exchangeable(self, items: Sequence[Candidate]) -> bool:
        """One or two of the items could be exchanged for one or two others of the same sum."""
        inside = {each.item_id for each in items}
        instalments = {(each.number, each.open) for each in items}
        others = (each for each in self.invoices if each.item_id not in inside)
        most = 2 if len(self.invoices) <= LARGEST_SETS[-1][0] else 1
        within = _sums([each.open for each in items], most)
        without = _sums([each.open for each in others if (each.number, each.open) not in instalments], most)
        return not within.isdisjoint(without)


def _sums(amounts: Sequence[int], most: int) -> set[int]:
    sums = set(amounts)
    if most > 1:
        sums.update(one + other for one, other in combinations(amounts, 2))
    return sums
