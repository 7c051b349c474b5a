"""What a bank file says, before anything of it is stored or believed.

A reader is a pure generator from a seekable binary file to a stream of pieces. For each statement of the file it
yields one `StatementHead`, then that statement's `Entry` pieces in file order, then one `StatementFoot`; `Problem`
pieces may stand anywhere. A file it cannot read to its end raises `Unreadable`, whatever was yielded before:
intake then stores nothing of it. Amounts are integer minor units of the statement's currency.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import BinaryIO, NamedTuple, Protocol

from core.errors import Invalid
from core.problems import Problem
from payments.readers.bank_profile import BankProfile


class Unreadable(Invalid):
    """The file is refused whole: not of this format, cut short, damaged or hostile. `problems` says where and why."""


class Unanswered(Unreadable):
    """The file can be read once a person has answered a question, which `problems` asks."""


class Account(NamedTuple):
    """The account as the file names it. `identifier` is the IBAN without spaces when there is one, else the bank's
    own account number; `bank` its BIC, routing or sort code when given."""

    identifier: str
    bank: str | None = None
    name: str | None = None


class Assumed(NamedTuple):
    """What people said about the file, or before about files like it, for formats that do not say it themselves.

    `profiles` are the tables people explained to us (CSV, XLSX); they go before those that come with the program.
    """

    account: str | None = None
    currency: str | None = None
    profiles: tuple[BankProfile, ...] = ()


class StatementHead(NamedTuple):
    """The beginning of one statement. `reference` and `sequence` are the bank's; they may recycle every year.

    `opening` is None where the format or the file has no balance (camt.054, many CSVs). `currency` is None only
    where neither the file nor `Assumed` names one; amounts are then hundredths and every entry carries None too.
    """

    account: Account
    currency: str | None
    reference: str | None = None
    sequence: str | None = None
    opening: int | None = None
    from_on: date | None = None
    to_on: date | None = None


class Entry(NamedTuple):
    """One movement. `amount` is signed: money coming in is positive, after credit/debit and reversal marks.

    `entry_ref` is the bank's own reference (camt NtryRef, else AcctSvcrRef; OFX FITID; MT940 bank reference).
    `remittance` is the full free text, its pieces joined in order. `pending` entries are not booked: they never
    count for balances and never become payments. `where` locates the entry in the file for messages.
    """

    booked_on: date
    valued_on: date | None
    amount: int
    currency: str | None
    where: str
    entry_ref: str | None = None
    remittance: str = ""
    counterparty: str | None = None
    counterparty_account: str | None = None
    counterparty_bic: str | None = None
    structured_reference: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None
    code: str | None = None
    return_reason: str | None = None
    is_reversal: bool = False
    pending: bool = False
    charges: int | None = None
    original_amount: int | None = None
    original_currency: str | None = None
    rate: Decimal | None = None
    batch: str | None = None


class StatementFoot(NamedTuple):
    """The end of one statement; `closing` None where the format has no balance. `doubt` is a sentence when all its
    parts are there but a sum the bank states of them is another: the statement then waits for a person."""

    closing: int | None = None
    closing_on: date | None = None
    doubt: str | None = None


Piece = StatementHead | Entry | StatementFoot | Problem


class Reader(Protocol):
    """One bank-file format: one module in this package, one line in `registry.READERS`."""

    name: str
    """The contract's format name: `ofx`, `mt940`, `camt053` …"""
    title: str
    """What a person calls it."""

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the first `registry.HEAD_BYTES` look like this format. Exactly one reader says yes to any file."""

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """Streams the file's pieces; `Unreadable` when it cannot be read whole. What the file says itself wins
        over `assumed`."""
