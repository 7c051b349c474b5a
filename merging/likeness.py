"""Which customer records may be one party, and why. Pure.

A VAT number belongs to one party; an account mostly does; a name together with its place often. Records of one group
share these rightly, so they are never held against each other.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple
from uuid import UUID

from payments.matching.payer_names import plain_name

Reason = Literal["vat_id", "account", "name_and_place"]
WEIGHT: Mapping[Reason, int] = {"vat_id": 4, "account": 2, "name_and_place": 1}
"""How much a reason says, for the order of the list."""
MOST_SHARING = 20
"""Where more records share an account or a name they are no duplicates: it is a factor's account, or a common name."""

_OTHER = re.compile(r"[^A-Z0-9]+")


class Record(NamedTuple):
    """What is compared of a customer. `group` is the head of its group, itself when it has none."""

    id: UUID
    name: str
    vat_id: str
    accounts: frozenset[str]
    postal_code: str
    city: str
    country: str
    group: UUID


class Likeness(NamedTuple):
    """Two records that may be one party: the one we knew first, the other, and what they share."""

    first: UUID
    second: UUID
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> int:
        return sum(WEIGHT[each] for each in self.reasons)


def alike(records: Iterable[Record]) -> list[Likeness]:
    """Every pair that shares something, what says most first. Of several records that share one thing, each is paired
    with the one we knew first."""
    found: dict[tuple[UUID, UUID], list[Reason]] = defaultdict(list)
    for reason, sharing in _sharing(records):
        if 1 < len(sharing) <= MOST_SHARING:
            oldest, *others = sorted(sharing, key=lambda each: each.id)
            for other in others:
                if other.group != oldest.group and reason not in found[oldest.id, other.id]:
                    found[oldest.id, other.id].append(reason)
    pairs = [Likeness(*pair, tuple(reasons)) for pair, reasons in found.items() if reasons]
    return sorted(pairs, key=lambda each: (-each.weight, each.first, each.second))


def _sharing(records: Iterable[Record]) -> Iterator[tuple[Reason, list[Record]]]:
    """Reason → the records that share one value of it."""
    by_value: dict[tuple[Reason, Hashable], list[Record]] = defaultdict(list)
    for record in records:
        if vat_id := compact(record.vat_id):
            by_value["vat_id", vat_id].append(record)
        for account in record.accounts:
            by_value["account", account].append(record)
        if name := plain_name(record.name):
            for place in _places(record):
                by_value["name_and_place", (name, *place)].append(record)
    for (reason, _), sharing in by_value.items():
        yield reason, sharing


def _places(record: Record) -> Iterator[tuple[str, str, str]]:
    """The postal code and the city, each within its country."""
    for kind, said in (("code", record.postal_code), ("city", record.city)):
        if place := compact(said):
            yield kind, record.country, place


def compact(text: str) -> str:
    """Letters and digits alone, in capitals, without accents."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return _OTHER.sub("", plain.upper())
