"""One statement on its way in: its entries told apart from what is known and written day by day, in the file's order.

Equal movements of a day are told apart together, so entries wait until their day is whole; memory stays flat, for at
most `MOST_WAITING` wait at a time. A day that comes back after it was written, in a file out of order or with a day
larger than that, is told apart from what the statement has not met yet.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from payments import statement_store as store
from payments.batches import Batch, Parts, gathered, is_known_batch, itemised, whole_of
from payments.identity import Seen, unite
from payments.readers.model import Entry
from payments.returns import Taken, kind_of
from payments.statement_store import Bucket, Known
from payments.tables import BankAccount, BankEntry, Statement
from runtime.bulk import write_columns
from runtime.ids import new_id
from runtime.work import Work

A_PART = 2_500
"""Entries gathered before the days that are whole are written: few enough to stay in the processor's cache."""
MOST_WAITING = 30_000
ANNOUNCED_FOR = timedelta(days=10)
"""So long before or after it was announced a movement may be booked."""

GOING_OUT = "money going out"


class Incoming:
    """The entries of one statement. `count`, `total` (of what is booked), `first` and `last` say what came so far.
    `itemised` are movements of other files of which this one tells the parts, `told_too_late` the sums of those that
    were placed before."""

    def __init__(self, work: Work, format_name: str, account: BankAccount, statement: Statement) -> None:
        self._session = work.session
        self._format, self._account, self._statement = format_name, account, statement
        self._waiting: list[Entry] = []
        self._met: dict[date, bytearray] = defaultdict(bytearray)
        self._announced = store.announced(work.session, account.id)
        self.taken_over: list[UUID] = []
        self.itemised: list[UUID] = []
        self.told_too_late: list[int] = []
        self.count = self.total = self.created = self.repeated = self.settled = 0
        self.first: date | None = None
        self.last: date | None = None

    def add(self, entry: Entry) -> None:
        """Takes the next entry of the file."""
        waiting = self._waiting
        if len(waiting) >= A_PART and (waiting[-1].booked_on != entry.booked_on or len(waiting) >= MOST_WAITING):
            self.write()
        self._waiting.append(entry)

    def write(self) -> None:
        """Writes what waits."""
        entries, self._waiting = self._waiting, []
        if not entries:
            return
        self._count(entries)
        buckets: dict[Bucket, list[int]] = defaultdict(list)
        for place, entry in enumerate(entries):
            buckets[entry.booked_on, entry.amount].append(place)
        batches = itemised(entries)
        sums = {(batch.booked_on, sum(entries[place].amount for place in places)) for batch, places in batches.items()}
        given, known, told = self._known(buckets, sums)
        met = self._meet(entries, buckets, known)
        booked = self._meet_announced(entries, met)
        met |= self._meet_batches(entries, {*met, *booked}, batches, known, told)
        new = [entry for place, entry in enumerate(entries) if place not in met and place not in booked]
        self.created += len(new)
        self._insert(new, given)
        settled = [(entry_id, entries[place]) for place, entry_id in booked.items()]
        store.settle_announced(self._session, [self._settled(*each, given) for each in settled])

    def _count(self, entries: Sequence[Entry]) -> None:
        booked = [entry.amount for entry in entries if not entry.pending]
        self.count += len(booked)
        self.total += sum(booked)
        days = {entry.booked_on for entry in entries}
        self.first = min(days if self.first is None else {*days, self.first})
        self.last = max(days if self.last is None else {*days, self.last})

    # ── told apart ──────────────────────────────────────────────────────────────────────────────

    def _known(
        self, buckets: Mapping[Bucket, object], sums: AbstractSet[Bucket]
    ) -> tuple[Counter[Bucket], dict[Bucket, list[Known]], dict[Batch, Parts]]:
        """The highest occurrence given so far in each bucket, the entries of other files not met yet (those of a
        batch's sum too), and the batches that other files itemised."""
        days = {day for day, _ in buckets}
        met = {day: set(_sixteens(self._met[day])) for day in days & self._met.keys()}
        given: Counter[Bucket] = Counter()
        known: dict[Bucket, list[Known]] = defaultdict(list)
        parts: list[store.Part] = []
        for bucket, each in store.known_in(self._session, self._statement, days, buckets.keys() | sums, parts):
            given[bucket] = max(given[bucket], each.occurrence)
            if not each.is_ours and each.id.bytes not in met.get(bucket[0], ()):
                known[bucket].append(each)
        return given, known, gathered(parts)

    def _meet(
        self, entries: Sequence[Entry], buckets: Mapping[Bucket, list[int]], known: Mapping[Bucket, list[Known]]
    ) -> set[int]:
        """The places of entries that are known and stay as they are. Booked ones that were announced are not."""
        met: set[int] = set()
        for bucket, before in known.items():
            places = buckets.get(bucket, [])
            pairs = unite([each.seen for each in before], [self._seen(entries[place]) for place in places])
            for place, index in zip(places, pairs, strict=True):
                if index is None or (before[index].pending and not entries[place].pending):
                    continue
                met.add(place)
                self._met[bucket[0]] += before[index].id.bytes
                if before[index].is_waiting:
                    self.taken_over.append(before[index].id)
        self.repeated += len(met)
        return met

    def _meet_batches(
        self,
        entries: Sequence[Entry],
        met: AbstractSet[int],
        batches: Mapping[Batch, list[int]],
        known: Mapping[Bucket, list[Known]],
        told: Mapping[Batch, Parts],
    ) -> set[int]:
        """The places of movements that book as one what another file itemised. Where this file itemises what another
        booked as one, that one is noted in `itemised`; its parts are new."""
        parts = {place for places in batches.values() for place in places}
        again = {
            place
            for place, entry in enumerate(entries)
            if place not in met and place not in parts and told and is_known_batch(entry, self._format, told)
        }
        for batch, places in batches.items():
            if met.isdisjoint(places):
                total = sum(entries[place].amount for place in places)
                gone = set(_sixteens(self._met[batch.booked_on]))
                wholes = [
                    each
                    for each in known.get((batch.booked_on, total), ())
                    if _may_be_itemised(each) and each.id.bytes not in gone
                ]
                index = whole_of(batch, [each.seen for each in wholes], self._format)
                if index is None:
                    continue
                if store.is_unplaced(self._session, wholes[index].id):
                    self.itemised.append(wholes[index].id)
                else:
                    self.told_too_late.append(total)
                    again |= set(places)
        self.repeated += len(again)
        return again

    def _meet_announced(self, entries: Sequence[Entry], met: set[int]) -> dict[int, UUID]:
        """The places of booked entries that were announced before, with the entry each one settles.

        The day may have changed since, the amount not. What is announced carries no money, so the likeliest will do.
        """
        settled: dict[int, UUID] = {}
        if not self._announced:
            return settled
        amounts: dict[int, list[int]] = defaultdict(list)
        for place, entry in enumerate(entries):
            if place not in met and not entry.pending:
                amounts[entry.amount].append(place)
        for amount, places in amounts.items():
            before = [(day, each) for (day, known_amount), each in self._announced if known_amount == amount]
            pairs = unite([each.seen for _, each in before], [self._seen(entries[place]) for place in places])
            for place, index in zip(places, pairs, strict=True):
                if index is not None and abs(before[index][0] - entries[place].booked_on) <= ANNOUNCED_FOR:
                    settled[place] = before[index][1].id
        gone = set(settled.values())
        self._announced = [each for each in self._announced if each[1].id not in gone]
        self.settled += len(settled)
        return settled

    def _seen(self, entry: Entry) -> Seen:
        return Seen(
            self._format,
            entry.entry_ref or "",
            _without_spaces(entry.counterparty_account),
            entry.end_to_end or "",
            entry.remittance,
        )

    # ── rows ────────────────────────────────────────────────────────────────────────────────────

    def _insert(self, entries: Sequence[Entry], given: Counter[Bucket]) -> None:
        if not entries:
            return
        values = _columns(entries, self._account.currency)
        values["id"] = [new_id() for _ in entries]
        values["occurrence"] = _occurrences(entries, given)
        same = {
            "bank_account_id": self._account.id,
            "statement_id": self._statement.id,
            "format": self._format,
            "currency": self._account.currency,
        }
        write_columns(self._session, BankEntry, values, same)

    def _settled(self, entry_id: UUID, entry: Entry, given: Counter[Bucket]) -> dict[str, Any]:
        """What an announced entry becomes, now that it is booked: its key and its state stay."""
        said = _columns([entry], self._account.currency)
        row = {name: column[0] for name, column in said.items() if name not in ("state", "ignore_reason")}
        (occurrence,) = _occurrences([entry], given)
        statement = {"statement_id": self._statement.id, "format": self._format}
        return {**row, **statement, "id": entry_id, "occurrence": occurrence}


def _may_be_itemised(known: Known) -> bool:
    return not (known.pending or known.is_waiting or known.is_itemised)


def _occurrences(entries: Iterable[Entry], given: Counter[Bucket]) -> list[int]:
    """Counts on in each bucket from what was given before."""
    found = []
    for entry in entries:
        bucket = entry.booked_on, entry.amount
        given[bucket] += 1
        found.append(given[bucket])
    return found


def _is_return(entry: Entry, currency: str) -> bool:
    """Whether money going out may be a payment that the bank takes back, or its charge for that."""
    taken = Taken(
        -entry.amount,
        entry.booked_on,
        entry.code or "",
        entry.return_reason or "",
        entry.is_reversal,
        text=entry.remittance,
    )
    return entry.amount < 0 and kind_of(taken, currency) is not None


def _columns(entries: Sequence[Entry], currency: str) -> dict[str, Sequence[Any]]:
    """What the entries say, column by column; a text that is not there is empty."""
    said = dict(zip(Entry._fields, zip(*entries, strict=True), strict=True))
    values: dict[str, Sequence[Any]] = {name: [text or "" for text in said[name]] for name in _TEXTS}
    values["counterparty_account"] = [_without_spaces(account) for account in said["counterparty_account"]]
    values["booked_on"] = said["booked_on"]
    values["valued_on"] = [
        valued or booked for valued, booked in zip(said["valued_on"], said["booked_on"], strict=True)
    ]
    for name in ("amount", "is_reversal", "pending", "charges"):
        values[name] = said[name]
    waits = [entry.amount > 0 or _is_return(entry, currency) for entry in entries]
    values["state"] = ["unmatched" if each else "ignored" for each in waits]
    values["ignore_reason"] = [None if each else GOING_OUT for each in waits]
    return values


_TEXTS = (
    "entry_ref", "counterparty", "counterparty_bic", "remittance", "structured_reference", "end_to_end", "mandate",
    "code", "return_reason", "batch",
)  # fmt: skip


def _without_spaces(account: str | None) -> str:
    return account.replace(" ", "") if account else ""


def _sixteens(ids: bytearray) -> Iterable[bytes]:
    return (bytes(ids[start : start + 16]) for start in range(0, len(ids), 16))
