"""A batch that one file books as a single movement and another itemises is the same money, counted once.

Banks book a collection or many transfers in one sum (camt.053, MT940) and tell what is in it elsewhere (camt.054),
before or after. The parts of a batch share day, batch and bank reference; what they come to is the whole. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from payments.identity import Seen
from payments.readers.model import Entry


class Batch(NamedTuple):
    """What the parts of one batch have in common."""

    booked_on: date
    batch: str
    entry_ref: str


class Parts(NamedTuple):
    """How many parts of a batch are known, what they come to in minor units, and the format that told them."""

    number: int
    total: int
    format: str


def itemised(entries: Sequence[Entry]) -> dict[Batch, list[int]]:
    """The batches of a file that it itemises, with the places of their parts; money coming in only."""
    found: dict[Batch, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        if entry.batch and not entry.pending:
            found[Batch(entry.booked_on, entry.batch, entry.entry_ref or "")].append(place)
    return {
        batch: places
        for batch, places in found.items()
        if len(places) > 1 and sum(entries[place].amount for place in places) > 0
    }


def whole_of(batch: Batch, wholes: Sequence[Seen], format_name: str) -> int | None:
    """Which of the stored movements of the batch's day and sum is the batch booked as one; None when none or several
    may be."""
    possible = [index for index, seen in enumerate(wholes) if _may_be_whole(seen, batch, format_name)]
    named = [index for index in possible if wholes[index].entry_ref in (batch.entry_ref, batch.batch)]
    best = named or possible
    return best[0] if len(best) == 1 else None


def is_known_batch(entry: Entry, format_name: str, known: Mapping[Batch, Parts]) -> Batch | None:
    """The batch, itemised by another file already, that this movement books as one."""
    if entry.pending or entry.amount <= 0:
        return None
    seen = Seen(format_name, entry.entry_ref or "", entry.counterparty_account or "", entry.end_to_end or "", "")
    fitting = [
        batch
        for batch, parts in known.items()
        if (batch.booked_on, parts.total) == (entry.booked_on, entry.amount)
        and parts.number > 1
        and (_may_be_whole(seen, batch, parts.format) or entry.batch == batch.batch)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _may_be_whole(seen: Seen, batch: Batch, format_name: str) -> bool:
    """Nobody's in particular; and the bank gives it the batch's reference, or another format gives it another."""
    if seen.account or seen.end_to_end:
        return False
    is_named = seen.entry_ref in (batch.entry_ref, batch.batch) and bool(seen.entry_ref)
    return is_named or seen.format != format_name or not seen.entry_ref


def gathered(parts: Iterable[tuple[Batch, int, str]]) -> dict[Batch, Parts]:
    """Stored parts → the batches they make up."""
    found: dict[Batch, Parts] = {}
    for batch, amount, format_name in parts:
        before = found.get(batch, Parts(0, 0, format_name))
        found[batch] = Parts(before.number + 1, before.total + amount, format_name)
    return found
