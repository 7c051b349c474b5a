"""Many certain matches posted at once: the rows `service.apply_entry` would write, in one stroke a table.

The caller has matched against what was open a moment ago. Before anything is written the customers are locked and what
was matched is read again; an entry that somebody placed meanwhile, or whose items changed, is left for the next run.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, update

from payments import store
from payments.events import PaymentApplied
from payments.matching.answers import Match
from payments.matching.book import Book, Line
from payments.service import DIFFERENCES
from payments.tables import Allocation, BankEntry, Payment
from receivables import store as receivables
from receivables.events import BalanceChanged, ItemsSettled
from receivables.ledger import Account, NotThatMuchOpen, posting
from receivables.tables import OpenItem, Posting
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.work import Work

Row = dict[str, Any]


class Matched(NamedTuple):
    """A bank entry (its columns) and the match to post."""

    entry: AnyRow
    match: Match


class MassPosting:
    """Matches of one company and currency, gathered as rows and written together."""

    def __init__(self, work: Work, company_id: UUID, book: Book) -> None:
        self._work, self._company_id, self._book = work, company_id, book
        self._payments: list[Row] = []
        self._allocations: list[Row] = []
        self._postings: list[Row] = []
        self._taken: Counter[UUID] = Counter()
        self._audited: dict[str, Any] = {}

    def post(self, matched: Sequence[Matched]) -> list[Matched]:
        """Posts what still holds, and returns it."""
        holding = self._still_holding(matched)
        for each in holding:
            self._add(each)
        if holding:
            self._write([each.entry for each in holding])
            self._tell()
        return holding

    def _still_holding(self, matched: Sequence[Matched]) -> list[Matched]:
        """Matches whose entry is still free and whose items are as open as the book said before it took them."""
        session = self._work.session
        receivables.lock_customers(session, {owner for each in matched for owner in self._owners(each.match)})
        free = store.still_unplaced(session, [each.entry.id for each in matched])
        wanted = _wanted(line for each in matched for line in each.match.lines)
        now = store.open_amounts(session, wanted)
        changed = {item for item, n in wanted.items() if now.get(item) != self._book.items[item].open + n}
        return [each for each in matched if each.entry.id in free and changed.isdisjoint(_wanted(each.match.lines))]

    def _owners(self, match: Match) -> set[UUID]:
        return {match.customer_id, *(self._book.items[line.item_id].customer_id for line in match.lines)}

    # ── rows ────────────────────────────────────────────────────────────────────────────────────

    def _add(self, matched: Matched) -> None:
        entry, match = matched
        payments = self._add_payments(entry, match)
        self._audited[str(entry.id)] = [[line.item_id, line.kind, line.amount] for line in match.lines]
        for line in match.lines:
            self._add_line(entry, match, line, payments)

    def _add_payments(self, entry: AnyRow, match: Match) -> dict[UUID, UUID]:
        """One payment per customer who benefits, as customer → payment; what is left over is unapplied."""
        shares: Counter[UUID] = Counter({match.customer_id: match.rest} if match.rest else {})
        for line in match.lines:
            if line.kind == "payment":
                shares[self._book.items[line.item_id].customer_id] += line.amount
        made = {}
        for owner, amount in shares.items():
            made[owner] = new_id()
            unapplied = match.rest if owner == match.customer_id else 0
            self._payments.append(
                {
                    "id": made[owner],
                    "company_id": self._company_id,
                    "customer_id": owner,
                    "bank_entry_id": entry.id,
                    "currency": entry.currency,
                    "valued_on": entry.valued_on,
                    "amount": amount,
                    "unapplied": unapplied,
                    "note": "",
                    "created_at": self._work.now,
                }
            )
            self._move(Account.UNAPPLIED, Account.SUSPENSE, -amount, entry.valued_on, "payment", made[owner], owner)
        return made

    def _add_line(self, entry: AnyRow, match: Match, line: Line, payments: dict[UUID, UUID]) -> None:
        owner = self._book.items[line.item_id].customer_id
        on = self._work.today if line.kind == "credit" else entry.valued_on
        allocation_id = new_id()
        self._taken.update({line.item_id: line.amount})
        if line.credit_id:
            self._taken.update({line.credit_id: line.amount})
        self._allocations.append(
            {
                "id": allocation_id,
                "open_item_id": line.item_id,
                "customer_id": owner,
                "bank_entry_id": entry.id,
                "payment_id": payments[owner] if line.kind == "payment" else None,
                "credit_item_id": line.credit_id,
                "kind": line.kind,
                "amount": line.amount,
                "currency": entry.currency,
                "on": on,
                "at": self._work.now,
                "actor": str(self._work.actor),
                "is_automatic": True,
                "confidence": match.confidence,
                "reasons": list(match.reasons),
                "reverses_id": None,
            }
        )
        contra = Account.CREDIT if line.credit_id else DIFFERENCES.get(line.kind, Account.UNAPPLIED)
        self._move(Account.RECEIVABLE, contra, -line.amount, on, line.kind, allocation_id, owner, line)

    def _move(
        self,
        account: Account,
        contra: Account,
        amount: int,
        on: date,
        cause: str,
        cause_id: UUID,
        owner: UUID,
        line: Line | None = None,
    ) -> None:
        row = posting(
            self._work,
            company_id=self._company_id,
            customer_id=owner,
            account=account,
            contra=contra,
            amount=amount,
            currency=self._book.currency,
            cause=cause,
            cause_id=cause_id,
            on=on,
            open_item_id=line.item_id if line else None,
        )
        self._postings.append({**row, "contra_item_id": line.credit_id if line else None})

    # ── writing and telling ─────────────────────────────────────────────────────────────────────

    def _write(self, entries: Sequence[AnyRow]) -> None:
        session = self._work.session
        receivables.insert_rows(session, Payment, self._payments)
        receivables.insert_rows(session, Allocation, self._allocations)
        receivables.insert_rows(session, Posting, self._postings)
        connection = session.connection()
        lowered = connection.execute(_LOWER, [{"item": item, "taken": n} for item, n in self._taken.items()])
        if lowered.rowcount != len(self._taken):
            raise NotThatMuchOpen("an item of this run")
        connection.execute(_PLACE, [{"entry": entry.id} for entry in entries])
        session.expire_all()

    def _tell(self) -> None:
        self._work.record("entries.applied", f"company:{self._company_id}", {"entries": self._audited})
        touched = tuple(dict.fromkeys(row["open_item_id"] for row in self._allocations))
        if touched:
            customers = frozenset(row["customer_id"] for row in self._allocations)
            self._work.announce(PaymentApplied(customers, touched))
        settled = tuple(item for item in touched if not self._book.items[item].open)
        if settled:
            self._work.announce(ItemsSettled(settled))
        self._work.announce(
            BalanceChanged(frozenset(row["customer_id"] for row in (*self._payments, *self._allocations)))
        )


_LOWER = (
    update(OpenItem.__table__)  # type: ignore[arg-type]
    .where(OpenItem.id == bindparam("item"), OpenItem.open >= bindparam("taken"))
    .values(open=OpenItem.open - bindparam("taken"))
)
_PLACE = (
    update(BankEntry.__table__)  # type: ignore[arg-type]
    .where(BankEntry.id == bindparam("entry"))
    .values(placed=BankEntry.amount, state="applied", version=BankEntry.version + 1)
)


def _wanted(lines: Iterable[Line]) -> Counter[UUID]:
    """Item → how much of it the lines take, credit notes too."""
    wanted: Counter[UUID] = Counter()
    for line in lines:
        wanted[line.item_id] += line.amount
        if line.credit_id:
            wanted[line.credit_id] += line.amount
    return wanted
