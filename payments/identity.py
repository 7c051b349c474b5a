"""The same movement seen through two files is one; two truly equal movements are two.

Entries of one account are put into buckets of equal booking date and amount. Within a bucket every incoming entry is
paired with at most one entry known already, best evidence first; what is left over is new. Evidence, best first:

1. equal in everything;
2. the bank's own reference, which means something within one format only;
3. the end-to-end reference;
4. a word the texts share, one that only a single known entry has before others;
5. nothing that speaks against it.

Two different references of one format, end-to-end references, accounts, or texts without a common word speak against.
The work grows with the size of a bucket and not with its square: a day may bring thousands of equal subscriptions.
Pure.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

_WORD = re.compile(r"[A-Z0-9]{4,}")
_ANY = "*"
MOST_COMPARED = 50_000
"""Comparisons spent on a bucket whose pairs would have to change partners; what is left then is new."""


class Seen(NamedTuple):
    """What tells one movement from another of equal date and amount. `format` scopes the bank reference."""

    format: str
    entry_ref: str
    account: str
    end_to_end: str
    text: str


def unite(known: Sequence[Seen], incoming: Sequence[Seen]) -> list[int | None]:
    """For each incoming entry of a bucket: the index of the known entry it is, or None when it is new."""
    pairing = _Pairing(known, incoming)
    pairing.by_equal(lambda each: each)
    pairing.by_equal(lambda each: (each.format, each.entry_ref) if each.entry_ref else None)
    if pairing.is_open():
        pairing.by_signs()
    return pairing.answer


class _Pairing:
    """Known and incoming entries of a bucket that have not found each other yet."""

    def __init__(self, known: Sequence[Seen], incoming: Sequence[Seen]) -> None:
        self._known, self._incoming = known, incoming
        self._free = set(range(len(known)))
        self._owners: dict[int, int] = {}
        self.answer: list[int | None] = [None] * len(incoming)

    def is_open(self) -> bool:
        return bool(self._free) and None in self.answer

    def by_equal(self, sign: Callable[[Seen], Hashable | None]) -> None:
        """Pairs entries that agree in a sign, in order; those without it wait."""
        owners: dict[Hashable, list[int]] = defaultdict(list)
        for index in sorted(self._free, reverse=True):
            if (found := sign(self._known[index])) is not None:
                owners[found].append(index)
        for position in self._unpaired():
            if candidates := owners.get(sign(self._incoming[position])):
                self._pair(position, candidates.pop())

    def by_signs(self) -> None:
        """Pairs what is left by what agrees in part and contradicts in nothing."""
        index = _Index(self._known, self._free)
        for questions in (_by_end_to_end, index.by_rare_words, index.by_words, _by_nothing):
            for position in self._unpaired():
                entry = self._incoming[position]
                if (found := index.first_free(entry, questions(entry))) is not None:
                    self._pair(position, found)
                    self._owners[found] = position
        self._exchange()

    def _exchange(self) -> None:
        """Where taking the first that fits left somebody without: pairs change partners so that more find one."""
        budget = MOST_COMPARED
        for position in list(self._unpaired()) if self.is_open() else ():
            budget -= self._exchange_for(position, budget)

    def _exchange_for(self, wanting: int, budget: int) -> int:
        """Looks for a partner, or for one whose present owner can have another. Answers how many were compared."""
        asked_by: dict[int, int] = {}
        queue, compared = [wanting], 0
        for position in queue:
            for index in (*self._free, *self._owners):
                if index in asked_by or compared >= budget:
                    continue
                compared += 1
                if not _contradict(self._known[index], self._incoming[position]):
                    asked_by[index] = position
                    if index in self._free:
                        self._hand_on(index, asked_by)
                        return compared
                    queue.append(self._owners[index])
        return compared

    def _hand_on(self, index: int, asked_by: dict[int, int]) -> None:
        """Gives a free entry to who asked for it, what that one had to who asked for that, and so on."""
        given: int | None = index
        while given is not None:
            position = asked_by[given]
            before = self.answer[position]
            self._pair(position, given)
            self._owners[given] = position
            given = before

    def _unpaired(self) -> Iterator[int]:
        return (position for position, index in enumerate(self.answer) if index is None)

    def _pair(self, position: int, index: int) -> None:
        self.answer[position] = index
        self._free.discard(index)


class _Index:
    """Free known entries by what an incoming one may ask for: word, end-to-end reference, account; and whose bank
    reference would have to agree. Each stands under every value it has and under “any”."""

    def __init__(self, known: Sequence[Seen], free: set[int]) -> None:
        self._free = free
        self._tags: set[str] = set()
        self._owners: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
        self._frequency: dict[str, int] = defaultdict(int)
        for index in sorted(free, reverse=True):
            self._add(index, known[index])

    def _add(self, index: int, entry: Seen) -> None:
        tag, words = _tag(entry), _words(entry.text)
        self._tags.add(tag)
        for word in words:
            self._frequency[word] += 1
        signs = product((*(words or ("",)), _ANY), {entry.end_to_end, _ANY}, {entry.account, _ANY})
        for word, end_to_end, account in signs:
            self._owners[tag, word, end_to_end, account].append(index)

    def first_free(self, entry: Seen, questions: Iterator["_Question"]) -> int | None:
        """The first free entry that answers one of the questions and contradicts the entry in nothing."""
        accounts = (entry.account, "") if entry.account else (_ANY,)
        tags = self._tags - {entry.format} if entry.entry_ref else self._tags
        for question in questions:
            found = [
                owner
                for key in product(sorted(tags), (question.word,), question.end_to_end, accounts)
                if (owner := self._last(self._owners.get(key))) is not None
            ]
            if found:
                return min(found)
        return None

    def _last(self, owners: list[int] | None) -> int | None:
        while owners and owners[-1] not in self._free:
            owners.pop()
        return owners[-1] if owners else None

    def by_rare_words(self, entry: Seen) -> Iterator["_Question"]:
        return (_Question(word, _compatible(entry)) for word in _words(entry.text) if self._frequency.get(word) == 1)

    def by_words(self, entry: Seen) -> Iterator["_Question"]:
        words = sorted(_words(entry.text), key=lambda word: self._frequency.get(word, 0))
        return (_Question(word, _compatible(entry)) for word in words)


class _Question(NamedTuple):
    """A word and the end-to-end references to look under."""

    word: str
    end_to_end: tuple[str, ...]


def _by_end_to_end(entry: Seen) -> Iterator[_Question]:
    if entry.end_to_end:
        yield _Question(_ANY, (entry.end_to_end,))


def _by_nothing(entry: Seen) -> Iterator[_Question]:
    yield _Question("" if _words(entry.text) else _ANY, _compatible(entry))


def _compatible(entry: Seen) -> tuple[str, ...]:
    return (entry.end_to_end, "") if entry.end_to_end else (_ANY,)


def _contradict(one: Seen, other: Seen) -> bool:
    """Whether something speaks against the two being one movement."""
    if one.format == other.format and one.entry_ref and other.entry_ref:
        return one.entry_ref != other.entry_ref
    for mine, theirs in ((one.end_to_end, other.end_to_end), (one.account, other.account)):
        if mine and theirs and mine != theirs:
            return True
    words, their_words = set(_words(one.text)), set(_words(other.text))
    return bool(words and their_words and not words & their_words)


def _tag(entry: Seen) -> str:
    """The format within which another reference would speak against the entry."""
    return entry.format if entry.entry_ref else ""


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(_WORD.findall(text.upper())))
