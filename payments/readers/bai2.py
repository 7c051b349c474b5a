"""BAI2: cash management balance reporting, version 2 of the Bank Administration Institute's specification.

A file (01 … 99) holds groups (02 … 98) of one date, each of accounts (03 … 49), each of transactions (16). A record 88
continues the one before it. Fields end at commas, records at a slash; only the text of a 16 may itself hold both.

* Amounts are whole numbers of the currency's smallest unit. The currency is the account's, else the group's, else the
  person's word, else USD (the specification's default).
* Sign of a 16: by its type code, for its amount carries none. 100–399 and 920–959 are credits, 400–699 and 960–999
  debits, 720 is a credit and 760 a debit of a loan. 890 is a message without money and left out. A transaction with
  any other code refuses the file: its sign would be a guess.
* Opening and closing are the ledger balances 010 and 015 of the 03. Available balances (040, 045) leave out uncleared
  funds, so they do not stand in for them.
* Booked on the group's as-of date; the value date is that of funds type V. A group of interim same-day data (as-of-date
  modifier 3) is pending: the same transactions come again when the day is closed. Groups marked as a deletion (status
  2) or as a test (4) refuse the file.
* Proof of completeness: 49, 98 and 99 repeat the sum of all amounts, and count accounts, groups and records. Fewer
  parts than counted refuse the file, more records (banks that do not count 88) are a warning. Another sum, with no
  part missing, is the account's doubt; that of a group or file whose accounts are right is a warning. A file without
  99 was cut.
* Text: a line of full length (80 characters or the record length in 01) runs on in the next 88, any other is followed
  by a blank. One slash at the end of a line is its terminator, not text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from core.currencies import EXPONENTS
from core.problems import Problem
from payments.readers.bai2_records import Bai2Record, logical_records
from payments.readers.model import Account, Assumed, Entry, Piece, StatementFoot, StatementHead
from payments.readers.references import structured_reference
from payments.readers.text_records import (
    day_ymd,
    is_absent,
    known_currency,
    minor_units,
    number_in,
    opening_text,
    refuse,
    words,
)

_FIRST = re.compile(r"01,[^,\r\n]{0,60},[^,\r\n]{0,60},[0-9]{6,8},")
_DEFAULT_CURRENCY = "USD"
_OPENING, _CLOSING = "010", "015"
_MESSAGE = "890"
_SIGNS = (
    ("100", "399", 1),
    ("400", "699", -1),
    ("720", "720", 1),
    ("760", "760", -1),
    ("920", "959", 1),
    ("960", "999", -1),
)
_REVERSALS = {"252", "258", "558"}
"""Debit reversal, ACH reversal credit, ACH reversal debit."""

_INTERIM_SAME_DAY = "3"
_REFUSED_STATUS = {"2": "takes back what was sent before (group status 2)", "4": "is a test (group status 4)"}


class Bai2Reader:
    name = "bai2"
    title = "BAI2"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the file begins with a file header 01 and its date."""
        return _FIRST.match(opening_text(head)) is not None

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """One statement per account record 03; all control totals are checked."""
        file = _File(assumed)
        for record in logical_records(source):
            yield from file.pieces(record)
        file.end()


@dataclass(slots=True)
class _Level:
    """A file, group or account that is open: what its trailer will state."""

    total: int = 0
    parts: int = 0
    records: int = 0

    def add(self, inner: "_Level") -> None:
        self.total += inner.total
        self.parts += 1
        self.records += inner.records


@dataclass(slots=True)
class _Group(_Level):
    as_of: date = date.min
    currency: str = ""
    pending: bool = False


@dataclass(slots=True)
class _Statement(_Level):
    currency: str = ""
    closing: int | None = None


class _File:
    """The file so far, with the levels that are open."""

    def __init__(self, assumed: Assumed) -> None:
        self._assumed = assumed
        self._files = 0
        self._file: _Level | None = None
        self._group: _Group | None = None
        self._statement: _Statement | None = None
        self._reference: str | None = None
        self._handlers = {
            "01": self._begin_file,
            "02": self._begin_group,
            "03": self._begin_account,
            "16": self._transaction,
            "49": self._end_account,
            "98": self._end_group,
            "99": self._end_file,
        }

    def pieces(self, record: Bai2Record) -> Iterator[Piece]:
        return self._handlers[record.kind](record)

    def end(self) -> None:
        if self._file is not None or not self._files:
            refuse("end of file", "The file ends without its trailer (record 99): it was cut short.")

    def _begin_file(self, record: Bai2Record) -> Iterator[Piece]:
        if self._file is not None:
            refuse(record.where, "A new file begins before the last one ended (record 99 is missing).")
        fields = record.first_fields(9)
        if fields[8] != "2":
            refuse(record.where, f"This is version “{fields[8][:8]}” of BAI; we read version 2.", "version")
        self._file = _Level(records=record.lines)
        self._reference = fields[5] or None
        return iter(())

    def _begin_group(self, record: Bai2Record) -> Iterator[Piece]:
        if self._file is None or self._group is not None:
            refuse(record.where, "A group (02) must stand in a file (01), after the end (98) of the group before.")
        fields = record.first_fields(8)
        if fields[3] in _REFUSED_STATUS:
            refuse(record.where, f"This group {_REFUSED_STATUS[fields[3]]}; it is no statement.", "group status")
        if fields[3] not in ("", "1", "3"):
            refuse(record.where, f"“{fields[3][:8]}” is no group status (1–4).", "group status")
        self._group = _Group(
            records=record.lines,
            as_of=_day(fields[4], record, "as-of date"),
            currency=fields[6],
            pending=fields[7] == _INTERIM_SAME_DAY,
        )
        if fields[3] == "3":
            yield Problem(record.where, "The bank marks this group as a correction of one sent before.", "warning")

    def _begin_account(self, record: Bai2Record) -> Iterator[Piece]:
        group = self._group
        if group is None or self._statement is not None:
            refuse(record.where, "An account (03) must stand in a group (02), after the end (49) of the one before.")
        fields = record.first_fields(3)
        account = fields[1] or self._assumed.account
        if not account:
            refuse(record.where, "The account number is missing.", "account")
        stated = fields[2] or group.currency or self._assumed.currency or _DEFAULT_CURRENCY
        currency = known_currency(stated, record.where, "currency")
        total, ledger = _summary(record, currency)
        self._statement = _Statement(total=total, records=record.lines, currency=currency, closing=ledger.get(_CLOSING))
        yield StatementHead(
            account=Account(account),
            currency=currency,
            reference=self._reference,
            opening=ledger.get(_OPENING),
            from_on=group.as_of,
            to_on=group.as_of,
        )

    def _transaction(self, record: Bai2Record) -> Iterator[Piece]:
        group, statement = self._group, self._statement
        if group is None or statement is None:
            refuse(record.where, "A transaction (16) must stand in an account (03).")
        statement.records += record.lines
        transaction = record.transaction()
        if transaction.type == _MESSAGE:
            return
        amount = _amount(transaction.amount, statement.currency, record, may_be_negative=False)
        statement.total += amount
        text = words(transaction.text)
        yield Entry(
            booked_on=group.as_of,
            valued_on=None if is_absent(transaction.value_date) else _day(transaction.value_date, record, "value date"),
            amount=_sign(transaction.type, record) * amount,
            currency=statement.currency,
            where=record.where,
            entry_ref=transaction.bank_reference or None,
            remittance=text,
            structured_reference=structured_reference(text),
            end_to_end=transaction.customer_reference or None,
            code=transaction.type,
            is_reversal=transaction.type in _REVERSALS,
            pending=group.pending,
        )

    def _end_account(self, record: Bai2Record) -> Iterator[Piece]:
        statement, group = self._statement, self._group
        if statement is None or group is None:
            refuse(record.where, "An account ends (49) that did not begin (03).")
        statement.records += record.lines
        _, total, records = record.first_fields(3)
        yield from _check_parts(record, statement, records)
        doubt = _doubt(record, statement, total)
        group.add(statement)
        self._statement = None
        yield StatementFoot(statement.closing, group.as_of, doubt)

    def _end_group(self, record: Bai2Record) -> Iterator[Piece]:
        group, file = self._group, self._file
        if group is None or file is None or self._statement is not None:
            refuse(record.where, "A group ends (98) that did not begin (02), or before its last account ended (49).")
        group.records += record.lines
        _, total, accounts, records = record.first_fields(4)
        yield from _check_parts(record, group, records, accounts)
        yield from _odd_total(record, group, total)
        file.add(group)
        self._group = None

    def _end_file(self, record: Bai2Record) -> Iterator[Piece]:
        file = self._file
        if file is None or self._group is not None:
            refuse(record.where, "The file ends (99) before it began (01) or before its last group ended (98).")
        file.records += record.lines
        _, total, groups, records = record.first_fields(4)
        yield from _check_parts(record, file, records, groups)
        yield from _odd_total(record, file, total)
        self._file, self._files = None, self._files + 1


def _sign(code: str, record: Bai2Record) -> int:
    """+1 for the type codes of credits, −1 for those of debits; any other refuses the file."""
    if len(code) == 3 and code.isascii() and code.isdigit():
        for first, last, sign in _SIGNS:
            if first <= code <= last:
                return sign
    refuse(record.where, f"“{code[:12]}” is no type code of a credit or a debit.", "type code")


def _summary(record: Bai2Record, currency: str) -> tuple[int, dict[str, int]]:
    """The sum of all amounts of a record 03, and its amounts by type code (of several the first)."""
    total, amounts = 0, dict[str, int]()
    for code, text in record.summaries():
        if text:
            amount = _amount(text, currency, record)
            total += amount
            amounts.setdefault(code, amount)
    return total, amounts


def _amount(text: str, currency: str, record: Bai2Record, may_be_negative: bool = True) -> int:
    number = _whole(text, record, "amount", may_be_negative)
    return minor_units(number, EXPONENTS[currency], currency, record.where, "amount")


def _whole(text: str, record: Bai2Record, name: str, may_be_negative: bool = True) -> int:
    """A whole number with or without sign, leading zeros allowed."""
    digits = text[1:] if text[:1] == "+" or (text[:1] == "-" and may_be_negative) else text
    number = number_in(digits.lstrip("0") or digits[-1:], record.where, name)
    return -number if text[:1] == "-" else number


def _doubt(record: Bai2Record, level: _Level, total: str) -> str | None:
    """What to say of a control total that is not the sum of the amounts before it."""
    stated = _whole(total, record, "control total")
    return f"The control total is {stated}; the amounts sum to {level.total}." if stated != level.total else None


def _odd_total(record: Bai2Record, level: _Level, total: str) -> Iterator[Problem]:
    if doubt := _doubt(record, level, total):
        yield Problem(record.where, doubt, "warning", "control total")


def _check_parts(record: Bai2Record, level: _Level, records: str, parts: str | None = None) -> Iterator[Problem]:
    """Compares what a trailer counts with what stands before it."""
    if parts is not None and _whole(parts, record, "count") != level.parts:
        refuse(record.where, f"The trailer counts {parts} parts; there are {level.parts}.", "count")
    message = f"The trailer counts {records} records; there are {level.records}."
    if _whole(records, record, "number of records") > level.records:
        refuse(record.where, message, "number of records")
    if _whole(records, record, "number of records") < level.records:
        yield Problem(record.where, message, "warning", "number of records")


def _day(text: str, record: Bai2Record, name: str) -> date:
    """YYMMDD, or with the century as some banks write it."""
    return day_ymd(text[2:] if len(text) == 8 and text.startswith("20") else text, record.where, name)
