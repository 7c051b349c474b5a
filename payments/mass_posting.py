"""Many certain matches posted at once: the rows `service.apply_entry` would write, in one stroke a table.

The caller has matched against what was open a moment ago. Before anything is written the customers are locked and what
was matched is read again; an entry that somebody placed meanwhile, or whose items changed, is left for the next run.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from payments import store
from payments.contested import contested_items
from payments.events import PaymentApplied
from payments.matching.answers import Match
from payments.matching.book import Candidate, Line
from payments.service import DIFFERENCES
from payments.tables import Allocation, Payment
from receivables import store as receivables
from receivables.events import BalanceChanged, ItemsSettled
from receivables.ledger import Account, lower_many
from receivables.tables import Posting
from runtime.bulk import write_rows
from runtime.ids import new_id
from runtime.many import change
from runtime.schema import AnyRow
from runtime.work import Work

_PAYMENT = (
    "id", "company_id", "customer_id", "bank_entry_id", "currency", "valued_on", "amount", "unapplied", "created_at",
)  # fmt: skip
_ALLOCATION = (
    "id", "open_item_id", "customer_id", "bank_entry_id", "payment_id", "credit_item_id", "kind", "amount", "currency",
    "on", "at", "actor", "is_automatic", "confidence", "reasons",
)  # fmt: skip
_POSTING = (
    "id", "company_id", "customer_id", "open_item_id", "contra_item_id", "account", "contra", "amount", "currency",
    "cause", "cause_id", "on", "at",
)  # fmt: skip

Row = tuple[Any, ...]


class Matched(NamedTuple):
    """A bank entry (its columns) and the match to post."""

    entry: AnyRow
    match: Match


class MassPosting:
    """Matches of one company, gathered as rows and written together. `items` are the items they settle, as they will
    be afterwards."""

    def __init__(self, work: Work, company_id: UUID, items: Mapping[UUID, Candidate]) -> None:
        self._work, self._company_id, self._items = work, company_id, items
        self._actor = str(work.actor)
        self._payments: list[Row] = []
        self._allocations: list[Row] = []
        self._postings: list[Row] = []
        self._taken: Counter[UUID] = Counter()
        self._customers: set[UUID] = set()
        self._proof = sha256()

    def post(self, matched: Sequence[Matched]) -> Sequence[Matched]:
        """Posts what still holds, and returns it."""
        holding = self._still_holding(matched)
        for each in holding:
            self._add(each)
        if holding:
            self._write([each.entry for each in holding])
            self._tell(holding)
        return holding

    def _still_holding(self, matched: Sequence[Matched]) -> Sequence[Matched]:
        """Matches whose entry is still free and whose items are as open as when they were matched, and not contested
        since where a difference is forgiven.

        On SQLite the writing transaction has kept everybody else away since then.
        """
        session = self._work.session
        if session.get_bind().dialect.name == "sqlite":
            return matched
        receivables.lock_customers(session, {owner for each in matched for owner in self._owners(each.match)})
        free = store.still_unplaced(session, [each.entry.id for each in matched])
        wanted = _wanted(line for each in matched for line in each.match.lines)
        now = store.open_amounts(session, wanted)
        changed = {item for item, n in wanted.items() if now.get(item) != self._items[item].open + n}
        forgiven = {line.item_id for each in matched for line in each.match.lines if line.kind in DIFFERENCES}
        if forgiven:
            changed |= forgiven & contested_items(self._work, self._company_id)
        return [each for each in matched if each.entry.id in free and changed.isdisjoint(_wanted(each.match.lines))]

    def _owners(self, match: Match) -> set[UUID]:
        return {match.customer_id, *(self._items[line.item_id].customer_id for line in match.lines)}

    # ── rows ────────────────────────────────────────────────────────────────────────────────────

    def _add(self, matched: Matched) -> None:
        entry, match = matched
        payments = self._add_payments(entry, match)
        for line in match.lines:
            self._add_line(entry, match, line, payments)

    def _add_payments(self, entry: AnyRow, match: Match) -> dict[UUID, UUID]:
        """One payment per customer who benefits, as customer → payment; what is left over is unapplied."""
        shares: dict[UUID, int] = {match.customer_id: match.rest} if match.rest else {}
        for line in match.lines:
            if line.kind == "payment":
                owner = self._items[line.item_id].customer_id
                shares[owner] = shares.get(owner, 0) + line.amount
        made = {}
        for owner, amount in shares.items():
            payment_id = made[owner] = new_id()
            unapplied = match.rest if owner == match.customer_id else 0
            self._payments.append(
                (
                    payment_id, self._company_id, owner, entry.id, entry.currency, entry.valued_on, amount, unapplied,
                    self._work.now,
                )
            )  # fmt: skip
            self._customers.add(owner)
            self._move(
                Account.UNAPPLIED, Account.SUSPENSE, -amount, entry, entry.valued_on, "payment", payment_id, owner
            )
        return made

    def _add_line(self, entry: AnyRow, match: Match, line: Line, payments: Mapping[UUID, UUID]) -> None:
        owner = self._items[line.item_id].customer_id
        on = self._work.today if line.kind == "credit" else entry.valued_on
        allocation_id = new_id()
        self._taken[line.item_id] += line.amount
        if line.credit_id:
            self._taken[line.credit_id] += line.amount
        self._allocations.append(
            (
                allocation_id, line.item_id, owner, entry.id, payments[owner] if line.kind == "payment" else None,
                line.credit_id, line.kind, line.amount, entry.currency, on, self._work.now, self._actor, True,
                match.confidence, match.reasons,
            )
        )  # fmt: skip
        self._customers.add(owner)
        self._proof.update(b"%s %s %d %s\n" % (entry.id.bytes, line.item_id.bytes, line.amount, line.kind.encode()))
        contra = Account.CREDIT if line.credit_id else DIFFERENCES.get(line.kind, Account.UNAPPLIED)
        self._move(
            Account.RECEIVABLE, contra, -line.amount, entry, on, line.kind, allocation_id, owner, line.item_id,
            line.credit_id,
        )  # fmt: skip

    def _move(
        self, account: Account, contra: Account, amount: int, entry: AnyRow, on: date, cause: str, cause_id: UUID,
        owner: UUID, item_id: UUID | None = None, credit_id: UUID | None = None,
    ) -> None:  # fmt: skip
        self._postings.append(
            (
                new_id(), self._company_id, owner, item_id, credit_id, account.value, contra.value, amount,
                entry.currency, cause, cause_id, on, self._work.now,
            )
        )  # fmt: skip

    # ── writing and telling ─────────────────────────────────────────────────────────────────────

    def _write(self, entries: Sequence[AnyRow]) -> None:
        session = self._work.session
        write_rows(session, Payment, _PAYMENT, self._payments)
        write_rows(session, Allocation, _ALLOCATION, self._allocations)
        write_rows(session, Posting, _POSTING, self._postings)
        lower_many(session, self._taken)
        change(session, _PLACE_SQLITE, _PLACE_POSTGRESQL, [(entry.id,) for entry in entries])
        session.expire_all()

    def _tell(self, posted: Sequence[Matched]) -> None:
        """One line in the audit log for all: how many, and a digest of entry, item, amount and kind of every line."""
        self._work.record(
            "entries.applied",
            f"company:{self._company_id}",
            {"entries": len(posted), "lines": len(self._allocations), "sha256": self._proof.hexdigest()},
        )
        touched = tuple(dict.fromkeys(row[1] for row in self._allocations))
        if touched:
            owners = frozenset(row[2] for row in self._allocations)
            self._work.announce(PaymentApplied(owners, touched, tuple(row[0] for row in self._allocations)))
        settled = tuple(item for item in touched if not self._items[item].open)
        if settled:
            self._work.announce(ItemsSettled(settled))
        self._work.announce(BalanceChanged(frozenset(self._customers)))


_PLACE_SQLITE = "UPDATE bank_entry SET placed = amount, state = 'applied', version = version + 1 WHERE id = ?"
_PLACE_POSTGRESQL = """
    UPDATE bank_entry SET placed = amount, state = 'applied', version = version + 1 WHERE id = ANY(%s::uuid[])
"""


def _wanted(lines: Iterable[Line]) -> Counter[UUID]:
    """Item → how much of it the lines take, credit notes too."""
    wanted: Counter[UUID] = Counter()
    for line in lines:
        wanted[line.item_id] += line.amount
        if line.credit_id:
            wanted[line.credit_id] += line.amount
    return wanted
