"""Bank statements come in: read, told apart from what is known, proven by their balances, stored wholly or not at all.

An entry is new, or it is the same movement seen before (`identity.unite`): then nothing happens, unless it was pending
and is booked now. A statement that does not tie waits in quarantine until a person releases it, and so does one whose
parts do not make the sums the bank states of them. What the statements of
an account leave out is said at once (`chain`). A file for an account we do not know is held with a question.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import delete

from core.errors import Refused
from core.money import decimal_text
from core.problems import Problem
from payments import chain, statement_store, store
from payments.batches import gathered, whole_of
from payments.incoming import Incoming
from payments.proof import imbalance, imbalance_sentence, lone_balance
from payments.readers import registry
from payments.readers.model import Account, Entry, Piece, Reader, StatementFoot, StatementHead, Unreadable
from payments.tables import BankAccount, BankEntry, Statement, Suggestion
from payments.taking_back import take_back_returns
from receivables.ledger import Account as LedgerAccount
from receivables.ledger import post, posting
from runtime.ids import new_id
from runtime.work import Right, Work

ITEMISED = "a batch: its parts, told by another file, stand for it"


@dataclass(slots=True)
class StatementIntake:
    """What became of a statement file. `settled` entries had been announced and are booked now; `returned`
    payments were taken back by the bank."""

    format: str = ""
    statements: int = 0
    created: int = 0
    settled: int = 0
    unchanged: int = 0
    quarantined: int = 0
    returned: int = 0
    problems: list[Problem] = field(default_factory=list)


FindAccount = Callable[[Account, str | None], BankAccount]
"""The account as the file names it and its currency → ours; raises a refusal or makes it, as the caller decides."""


def recognise(source: BinaryIO, file_name: str, format_name: str | None = None) -> Reader:
    """The reader of a file, by its first bytes or by name. An empty file is refused in words."""
    head = source.read(registry.HEAD_BYTES)
    source.seek(0)
    if not head.strip():
        raise Unreadable([Problem("start of file", "The file is empty.")])
    return registry.reader_named(format_name) if format_name else registry.reader_for(head, file_name)


def store_statements(
    work: Work, format_name: str, pieces: Iterable[Piece], import_id: UUID, find_account: FindAccount
) -> StatementIntake:
    """Stores every statement a file's pieces make up, in this transaction; whatever is raised leaves nothing.

    Memory stays flat whatever the number of entries.
    """
    work.need(Right.STATEMENTS)
    intake = StatementIntake(format=format_name)
    accounts: dict[UUID, BankAccount] = {}
    current: _Open | None = None
    for piece in pieces:
        if isinstance(piece, Entry):
            assert current is not None, "a reader yields a head before its entries"
            current.entries.add(piece)
        elif isinstance(piece, StatementHead):
            account = find_account(piece.account, piece.currency)
            accounts[account.id] = account
            current = _open(work, format_name, import_id, account, piece)
        elif isinstance(piece, StatementFoot):
            assert current is not None, "a reader yields a head before its foot"
            _close(work, current, piece, intake)
        else:
            intake.problems.append(piece)
    for account in accounts.values():
        intake.problems += _chain_problems(work, account, import_id)
        intake.returned += take_back_returns(work, account.id)
    work.record("statement.imported", f"import:{import_id}", {"created": intake.created, "format": format_name})
    return intake


def _chain_problems(work: Work, account: BankAccount, import_id: UUID) -> Iterator[Problem]:
    """What the statements of this import leave out, tell twice or number twice."""
    for judged in chain.judge(statement_store.links(work.session, account.id), account.currency):
        if judged.link.import_id == import_id:
            place = _place(judged.link.sequence, account)
            yield from (Problem(place, note, severity="warning") for note in judged.notes)


def _place(number: str, account: BankAccount) -> str:
    return f"statement {number} of {account.identifier}".replace("  ", " ")


@dataclass(frozen=True, slots=True)
class _Open:
    """A statement whose entries are coming in."""

    account: BankAccount
    statement: Statement
    entries: Incoming
    place: str


def _open(work: Work, format_name: str, import_id: UUID, account: BankAccount, head: StatementHead) -> _Open:
    """The statement's row, in quarantine until its last entry has proven it."""
    statement = Statement(
        id=new_id(),
        bank_account_id=account.id,
        import_id=import_id,
        reference=head.reference or "",
        sequence=head.sequence or "",
        from_on=head.from_on,
        to_on=head.to_on,
        opening=head.opening,
        entry_count=0,
        entry_sum=0,
        state="quarantined",
        created_at=work.now,
    )
    work.session.add(statement)
    work.session.flush()
    place = _place(head.sequence or head.reference or "", account)
    return _Open(account, statement, Incoming(work, format_name, account, statement), place)


def _close(work: Work, current: _Open, foot: StatementFoot, intake: StatementIntake) -> None:
    """Writes what waits, and decides: accepted and booked, or quarantined."""
    statement, entries = current.statement, current.entries
    entries.write()
    statement.from_on = statement.from_on or entries.first
    statement.to_on = statement.to_on or foot.closing_on or entries.last
    statement.closing = foot.closing
    statement.entry_count, statement.entry_sum = entries.count, entries.total
    statement.repeated_count = entries.repeated
    if lone := lone_balance(statement.opening, statement.closing):
        intake.problems.append(Problem(current.place, lone, severity="warning"))
    difference = imbalance(statement.opening, statement.entry_sum, statement.closing)
    if difference or foot.doubt:
        missed = [imbalance_sentence(difference, current.account.currency)] if difference else []
        statement.quarantine_reason = " ".join([*missed, *filter(None, [foot.doubt])])
        intake.quarantined += 1
        intake.problems.append(Problem(current.place, statement.quarantine_reason, severity="warning"))
    else:
        statement.state = "accepted"
    work.session.flush()
    if statement.state == "accepted":
        statement_store.take_over(work.session, entries.taken_over, statement.id)
        statement_store.book_entries(work.session, statement, current.account.company_id)
        for entry_id in entries.itemised:
            _let_parts_stand_for(work, store.entry(work.session, entry_id), current.account.company_id)
    intake.problems += [_told_too_late(current, total) for total in entries.told_too_late]
    intake.statements += 1
    intake.created += entries.created
    intake.settled += entries.settled
    intake.unchanged += entries.repeated


def _let_parts_stand_for(work: Work, whole: BankEntry, company_id: UUID) -> None:
    """A batch booked as one movement leaves the ledger: its parts are in it now."""
    work.session.refresh(whole)
    whole.state, whole.ignore_reason, whole.itemised_on = "ignored", ITEMISED, work.today
    work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id == whole.id))
    out = posting(
        work, company_id=company_id, customer_id=None, account=LedgerAccount.BANK, contra=LedgerAccount.SUSPENSE,
        amount=-whole.amount, currency=whole.currency, cause="itemised", cause_id=whole.id, on=whole.booked_on,
    )  # fmt: skip
    post(work, out)
    work.record("entry.itemised", f"entry:{whole.id}", {"amount": whole.amount})


def _told_too_late(current: _Open, total: int) -> Problem:
    amount = decimal_text(total, current.account.currency)
    message = f"The batch of {amount} was placed before its details came; they were not taken over."
    return Problem(current.place, message, severity="warning")


def release_statement(work: Work, statement: Statement, reason: str) -> None:
    """Lets a quarantined statement's entries into the books, on a person's word.

    What it itemises and another statement booked as one is counted once; refused when that one was placed already.
    """
    work.need(Right.STATEMENTS)
    if statement.state != "quarantined":
        raise Refused("This statement is not in quarantine.")
    company_id = store.company_of(work.session, statement.bank_account_id)
    wholes = _booked_as_one(work, statement)
    statement.state = "released"
    work.session.flush()
    statement_store.book_entries(work.session, statement, company_id)
    for whole in wholes:
        _let_parts_stand_for(work, whole, company_id)
    work.record("statement.released", f"statement:{statement.id}", reason=reason)
    take_back_returns(work, statement.bank_account_id)


def _booked_as_one(work: Work, statement: Statement) -> list[BankEntry]:
    """The movements of other statements of which this one tells the parts."""
    found = []
    for batch, parts in gathered(statement_store.parts_told_by(work.session, statement.id)).items():
        if parts.number == 1 or parts.total <= 0:
            continue
        counted = statement_store.counted_elsewhere(work.session, statement, (batch.booked_on, parts.total))
        index = whole_of(batch, [each.seen for each in counted], parts.format)
        if index is None:
            continue
        whole = store.entry(work.session, counted[index].id)
        if not statement_store.is_unplaced(work.session, whole.id):
            amount = decimal_text(parts.total, whole.currency)
            raise Refused(f"The batch of {amount} was placed as one sum already. Undo that first, then release this.")
        found.append(whole)
    return found


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
