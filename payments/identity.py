"""The same movement seen through two files is one; two truly equal movements are two.

Entries of one account are put into buckets of equal booking date and amount. Within a bucket every incoming entry is
paired with at most one entry known already, best evidence first; what is left over is new. Pure.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_WORDS = re.compile(r"[A-Z0-9]{4,}")


class Seen(NamedTuple):
    """What tells one movement from another of equal date and amount. `format` scopes the bank reference."""

    format: str
    entry_ref: str
    account: str
    end_to_end: str
    text: str


def unite(known: Sequence[Seen], incoming: Sequence[Seen]) -> list[int | None]:
    """For each incoming entry of a bucket: the index of the known entry it is, or None when it is new."""
    answer: list[int | None] = [None] * len(incoming)
    free = set(range(len(known)))
    for least in (4, 3, 2, 1, 0):
        for position, entry in enumerate(incoming):
            if answer[position] is not None:
                continue
            match = next((index for index in sorted(free) if _evidence(known[index], entry) >= least), None)
            if match is not None:
                answer[position] = match
                free.discard(match)
    return answer


def _evidence(one: Seen, other: Seen) -> int:
    """4 equal in everything; 3 the bank says so; 2 something particular agrees; 1 the text agrees; 0 nothing speaks
    against; -1 different."""
    if one == other:
        return 4
    if one.format == other.format and one.entry_ref and other.entry_ref:
        return 3 if one.entry_ref == other.entry_ref else -1
    for mine, theirs in ((one.end_to_end, other.end_to_end), (one.account, other.account)):
        if mine and theirs and mine != theirs:
            return -1
    if one.end_to_end and one.end_to_end == other.end_to_end:
        return 2
    mine_words, their_words = set(_WORDS.findall(one.text.upper())), set(_WORDS.findall(other.text.upper()))
    if mine_words and their_words:
        return 1 if mine_words & their_words else -1
    return 0
