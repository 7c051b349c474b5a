"""Bank statements come in: read, told apart from what is known, proven by their balances, stored wholly or not at all.

An entry is new, or it is the same movement seen before (`identity.unite`): then nothing happens, unless it was pending
and is booked now. A statement that does not tie waits in
quarantine until a person releases it. A file for an account we do not know is held with a question.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO
from uuid import UUID

from core.errors import Refused
from core.money import decimal_text
from core.problems import Problem
from payments import store
from payments.identity import Seen, unite
from payments.proof import imbalance, imbalance_sentence
from payments.readers import registry
from payments.readers.model import Assumed, Entry, Reader, StatementFoot, StatementHead, Unreadable
from payments.tables import BankAccount, BankEntry, Statement
from receivables.ledger import Account, posting
from receivables.store import insert_rows
from receivables.tables import Posting
from runtime.ids import new_id
from runtime.work import Right, Work

FLUSH_ROWS = 5_000
"""Entries gathered before they are written: keeps memory flat whatever the file's size."""


class UnknownAccount(Refused):
    """The file is for an account nobody told us about: a question, not a guess."""

    def __init__(self, identifier: str, currency: str | None) -> None:
        super().__init__(
            f"The statement is for account {identifier} ({currency or 'currency not named'}), which no company has. "
            "Add the account, then import the file again."
        )


@dataclass(slots=True)
class StatementIntake:
    """What became of a statement file."""

    format: str = ""
    statements: int = 0
    created: int = 0
    unchanged: int = 0
    quarantined: int = 0
    problems: list[Problem] = field(default_factory=list)


FindAccount = Callable[[str, str | None], BankAccount]
"""Account identifier and currency → our account; raises `UnknownAccount` or makes it, as the caller decides."""


def recognise(source: BinaryIO, file_name: str, format_name: str | None = None) -> Reader:
    """The reader of a file, by its first bytes or by name. An empty file is refused in words."""
    head = source.read(registry.HEAD_BYTES)
    source.seek(0)
    if not head.strip():
        raise Unreadable([Problem("start of file", "The file is empty.")])
    return registry.reader_named(format_name) if format_name else registry.reader_for(head, file_name)


def store_statements(
    work: Work, reader: Reader, source: BinaryIO, import_id: UUID, find_account: FindAccount, assumed: Assumed
) -> StatementIntake:
    """Stores every statement of a file in this transaction; `Unreadable` and `UnknownAccount` leave nothing."""
    work.need(Right.STATEMENTS)
    intake = StatementIntake(format=reader.name)
    current: _Incoming | None = None
    for piece in reader.read(source, assumed):
        match piece:
            case StatementHead():
                current = _Incoming(
                    work, reader.name, import_id, find_account(piece.account.identifier, piece.currency), piece
                )
            case Entry():
                assert current is not None, "a reader yields a head before its entries"
                current.add(piece)
            case StatementFoot():
                assert current is not None, "a reader yields a head before its foot"
                current.finish(piece, intake)
                current = None
            case Problem():
                intake.problems.append(piece)
    work.record("statement.imported", f"import:{import_id}", {"created": intake.created, "format": reader.name})
    return intake


class _Incoming:
    """One statement on its way in."""

    def __init__(
        self, work: Work, format_name: str, import_id: UUID, account: BankAccount, head: StatementHead
    ) -> None:
        self._work, self._account, self._head = work, account, head
        self._format = format_name
        self._import_id = import_id
        self.id = new_id()
        self._waiting: list[Entry] = []
        self._rows: list[dict[str, Any]] = []
        self._count = self._sum = self._repeated = self._new = 0
        self._first: date | None = None
        self._last: date | None = None
        self._this_file: set[UUID] = set()
        self._statement_row: dict[str, Any] | None = None

    def add(self, entry: Entry) -> None:
        self._waiting.append(entry)
        if not entry.pending:
            self._count += 1
            self._sum += entry.amount
        self._first = min(self._first or entry.booked_on, entry.booked_on)
        self._last = max(self._last or entry.booked_on, entry.booked_on)

    def finish(self, foot: StatementFoot, intake: StatementIntake) -> None:
        """Decides accepted or quarantined, and writes everything."""
        difference = imbalance(self._head.opening, self._sum, foot.closing)
        state, reason = "accepted", None
        if difference:
            state, reason = "quarantined", imbalance_sentence(difference, self._account.currency)
            intake.quarantined += 1
            intake.problems.append(Problem(self._place(), reason, severity="warning"))
        self._write_statement(foot, state, reason)
        for part in _by_days(self._waiting):
            self._write_entries(part, is_accepted=state == "accepted")
        intake.statements += 1
        intake.created += self._new
        intake.unchanged += self._repeated

    def _place(self) -> str:
        return f"statement {self._head.sequence or self._head.reference or ''} of {self._account.identifier}".strip()

    def _write_statement(self, foot: StatementFoot, state: str, reason: str | None) -> None:
        insert_rows(
            self._work.session,
            Statement,
            [
                {
                    "id": self.id,
                    "bank_account_id": self._account.id,
                    "import_id": self._import_id,
                    "reference": self._head.reference or "",
                    "sequence": self._head.sequence or "",
                    "from_on": self._head.from_on or self._first,
                    "to_on": self._head.to_on or foot.closing_on or self._last,
                    "opening": self._head.opening,
                    "closing": foot.closing,
                    "entry_count": self._count,
                    "repeated_count": 0,
                    "entry_sum": self._sum,
                    "state": state,
                    "quarantine_reason": reason,
                    "created_at": self._work.now,
                }
            ],
        )

    def _write_entries(self, entries: list[Entry], *, is_accepted: bool) -> None:
        known = _buckets(self._known(entries))
        new, settled = [], []
        for key, bucket in _entry_buckets(entries).items():
            before = known.get(key, [])
            pairs = unite([_seen_row(row) for row in before], [self._seen(entry) for entry in bucket])
            occurrence = max((row.occurrence for row in before), default=0)
            for entry, known_index in zip(bucket, pairs, strict=True):
                if known_index is None:
                    occurrence += 1
                    new.append(self._row(entry, occurrence))
                elif before[known_index].pending and not entry.pending:
                    settled.append({**self._row(entry, 0), "id": before[known_index].id})
                else:
                    self._repeated += 1
        self._new += len(new)
        insert_rows(self._work.session, BankEntry, new)
        store.settle_pending(self._work.session, settled)
        if is_accepted:
            booked = booking_postings(self._work, self._account.company_id, new + settled)
            insert_rows(self._work.session, Posting, booked)

    def _known(self, entries: list[Entry]) -> list[Any]:
        """Entries of earlier files in these days, booked ones first; this statement's own rows are never among them."""
        days = [entry.booked_on for entry in entries]
        rows = store.known_between(self._work.session, self._account.id, min(days), max(days))
        return sorted((row for row in rows if row.statement_id != self.id), key=lambda row: row.pending)

    def _seen(self, entry: Entry) -> Seen:
        return Seen(
            self._format,
            entry.entry_ref or "",
            entry.counterparty_account or "",
            entry.end_to_end or "",
            entry.remittance,
        )

    def _row(self, entry: Entry, occurrence: int) -> dict[str, Any]:
        is_incoming = entry.amount > 0
        return {
            "id": new_id(),
            "bank_account_id": self._account.id,
            "statement_id": self.id,
            "identity": f"{entry.booked_on}:{entry.amount}",
            "occurrence": occurrence,
            "format": self._format,
            "entry_ref": entry.entry_ref or "",
            "booked_on": entry.booked_on,
            "valued_on": entry.valued_on or entry.booked_on,
            "amount": entry.amount,
            "currency": self._account.currency,
            "placed": 0,
            "counterparty": entry.counterparty or "",
            "counterparty_account": (entry.counterparty_account or "").replace(" ", ""),
            "counterparty_bic": entry.counterparty_bic or "",
            "remittance": entry.remittance,
            "structured_reference": entry.structured_reference or "",
            "end_to_end": entry.end_to_end or "",
            "mandate": entry.mandate or "",
            "code": entry.code or "",
            "return_reason": entry.return_reason or "",
            "is_reversal": entry.is_reversal,
            "pending": entry.pending,
            "batch": entry.batch or "",
            "state": "unmatched" if is_incoming else "ignored",
            "ignore_reason": None if is_incoming else "money going out",
            "version": 1,
        }


def _by_days(entries: list[Entry]) -> Iterator[list[Entry]]:
    """The entries in parts of about `FLUSH_ROWS`, never cutting a day in two: a day's equal entries are told apart
    together."""
    part: list[Entry] = []
    for entry in sorted(entries, key=lambda each: each.booked_on):
        if len(part) >= FLUSH_ROWS and entry.booked_on != part[-1].booked_on:
            yield part
            part = []
        part.append(entry)
    if part:
        yield part


def _entry_buckets(entries: Iterable[Entry]) -> dict[tuple[date, int], list[Entry]]:
    buckets: dict[tuple[date, int], list[Entry]] = defaultdict(list)
    for entry in entries:
        buckets[entry.booked_on, entry.amount].append(entry)
    return buckets


def _buckets(rows: Iterable[Any]) -> dict[tuple[date, int], list[Any]]:
    buckets: dict[tuple[date, int], list[Any]] = defaultdict(list)
    for row in rows:
        buckets[row.booked_on, row.amount].append(row)
    return buckets


def _seen_row(row: Any) -> Seen:
    return Seen(row.format, row.entry_ref, row.counterparty_account, row.end_to_end, row.remittance)


def booking_postings(work: Work, company_id: UUID, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bank's side of booked entries: money on the account, waiting in suspense for its use."""
    return [
        posting(
            work,
            company_id=company_id,
            customer_id=None,
            account=Account.BANK,
            contra=Account.SUSPENSE if row["state"] != "ignored" else Account.IGNORED,
            amount=row["amount"],
            currency=row["currency"],
            cause="booked",
            cause_id=row["id"],
            on=row["booked_on"],
        )
        for row in rows
        if row["amount"] and not row["pending"]
    ]


def release_statement(work: Work, statement: Statement, reason: str) -> None:
    """Lets a quarantined statement's entries into the books, on a person's word."""
    work.need(Right.STATEMENTS)
    if statement.state != "quarantined":
        raise Refused("This statement is not in quarantine.")
    statement.state = "released"
    company_id = store.company_of(work.session, statement.bank_account_id)
    rows = store.entry_rows(work.session, statement.id)
    insert_rows(work.session, Posting, booking_postings(work, company_id, rows))
    work.record("statement.released", f"statement:{statement.id}", reason=reason)


def add_bank_account(work: Work, company_id: UUID, identifier: str, currency: str, name: str = "") -> BankAccount:
    """Tells the system about an account of ours."""
    work.need(Right.STATEMENTS)
    account = BankAccount(company_id=company_id, identifier=identifier, currency=currency, name=name)
    work.session.add(account)
    work.session.flush()
    work.record("bank_account.added", f"bank_account:{identifier}", {"currency": currency})
    return account


def balance_text(statement: Statement, currency: str) -> tuple[str | None, str | None]:
    """Opening and closing as contract amounts; None where the format has none."""
    opening = None if statement.opening is None else decimal_text(statement.opening, currency)
    closing = None if statement.closing is None else decimal_text(statement.closing, currency)
    return opening, closing
