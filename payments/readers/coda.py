"""CODA: the coded statement of Belgian banks. Layout: Febelfin “Coded statement of account”, 2.6, records of 128.

A file holds, for each account, a header (0), the old balance (1), movements (2.1, 2.2, 2.3) with information (3.1,
3.2, 3.3), the new balance (8), free messages (4) and a trailer (9). All amounts have three implied decimals.

* Sign: 0 is credit, 1 is debit, in balances and movements alike.
* Proof of completeness: the trailer counts the records 1, 2, 3 and 8 (some banks count 4 too) and sums the debits and
  credits of the movements with detail number 0000. Fewer records than it counts refuse the file, and so does its end
  without a trailer. Another sum, with no record missing, is the doubt of the last statement before it. Record 8 may be
  missing when nothing moved. The trailer's last digit (1: another file follows) is no proof: banks write 1 behind the
  last one, too.
* A movement with detail number 0000 is an amount on the account. Its details (types 5–9) only explain it: they never
  count beside it. See `coda_movements` for how a globalised amount becomes its parts.
* Free messages (4) speak of no movement and are left out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from core.problems import Problem
from payments.readers.coda_movements import Movement, entries, movement_in, signed_amount
from payments.readers.model import Account, Assumed, Piece, StatementFoot, StatementHead
from payments.readers.text_records import (
    MOST_PIECES,
    Record,
    day_dmy,
    fixed_width_records,
    is_absent,
    known_currency,
    minor_units,
    number_in,
    opening_text,
    refuse,
    words,
)

_WIDTH = 128
_HEADER = re.compile(r"00000[0-9]{6}[0-9A-Z ]{3}05", re.ASCII)


class CodaReader:
    name = "coda"
    title = "CODA"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the first record is a header with application code 05."""
        return _HEADER.match(opening_text(head)) is not None

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """One statement per old balance (1); the trailers' counts and sums are checked."""
        file = _File()
        for record in fixed_width_records(source, _WIDTH):
            yield from file.pieces(record)
        file.end()


@dataclass(slots=True)
class _Statement:
    """The account between its old balance (1) and its new one (8)."""

    account_field: str
    currency: str
    opening: int
    moved: bool = False
    group: list[Movement] = field(default_factory=list)
    """The last movement 0000 and the details after it."""


@dataclass(slots=True)
class _Tally:
    """What the trailer will state; sums are in thousandths, as written."""

    records: int = 0
    messages: int = 0
    debits: int = 0
    credits: int = 0


class _File:
    """The file so far: its header, the open statement, and what was counted for the trailer."""

    def __init__(self) -> None:
        self._header: Record | None = None
        self._statement: _Statement | None = None
        self._statements = 0
        self._foot: StatementFoot | None = None
        self._tally = _Tally()
        self._handlers: dict[str, Callable[[Record], Iterator[Piece]]] = {
            "0": self._begin,
            "1": self._old_balance,
            "2": self._movement,
            "3": self._information,
            "4": self._message,
            "8": self._new_balance,
            "9": self._trailer,
        }

    def pieces(self, record: Record) -> Iterator[Piece]:
        kind = record.text[0]
        handler = self._handlers.get(kind)
        if handler is None:
            refuse(record.where, f"“{kind}” is no record type of CODA.", "record type")
        if (self._header is None) != (kind == "0"):
            refuse(record.where, "Each header (0) needs its trailer (9) before the next; all else stands between them.")
        self._tally.records += kind in "1238"
        self._tally.messages += kind == "4"
        return handler(record)

    def end(self) -> None:
        if self._header is not None or not self._statements:
            refuse("end of file", "The file ends without a trailer (record 9): it was cut short.")

    def _begin(self, record: Record) -> Iterator[Piece]:
        if record.text[127] not in "12":
            refuse(record.where, f"“{record.text[127]}” is no version of CODA (1 or 2).", "version")
        self._header, self._tally = record, _Tally()
        if record.text[16] == "D":
            yield Problem(record.where, "The bank sent this file once before (it is marked a duplicate).", "warning")

    def _old_balance(self, record: Record) -> Iterator[Piece]:
        yield from self._ended(record)
        text, where = record.text, record.where
        identifier, currency = _account(text, where)
        known_currency(currency, where, "currency")
        day_dmy(text[58:64], where, "date of the old balance")
        opening = _balance(text[42:58], currency, where, "old balance")
        self._statement = _Statement(text[5:42], currency, opening)
        header = self._header.text if self._header else ""
        yield StatementHead(
            account=Account(identifier, bank=words(header[60:71]) or None, name=words(text[64:90]) or None),
            currency=currency,
            reference=words(header[24:34]) or None,
            sequence=words(text[2:5]) or None,
            opening=opening,
        )

    def _movement(self, record: Record) -> Iterator[Piece]:
        statement = self._open(record)
        if record.text[1] != "1":
            movement = _last_movement(statement, record)
            if record.text[6:10] != movement.text[6:10]:
                refuse(record.where, "This record completes a detail that does not stand before it.", "detail number")
            movement.complete(record)
            return
        movement = movement_in(record, statement.currency, version=self._version)
        if movement.is_detail:
            _last_movement(statement, record)
            if movement.detail_number <= statement.group[-1].detail_number:
                refuse(record.where, "The detail numbers of a movement must rise.", "detail number")
        else:
            yield from _flushed(statement)
            self._count(movement)
        statement.moved = True
        statement.group.append(movement)

    def _count(self, movement: Movement) -> None:
        if movement.thousandths < 0:
            self._tally.debits -= movement.thousandths
        else:
            self._tally.credits += movement.thousandths

    def _information(self, record: Record) -> Iterator[Piece]:
        movement = _last_movement(self._open(record), record)
        if len(movement.information) >= MOST_PIECES:
            refuse(record.where, "More information than any movement has.")
        movement.inform(record)
        return iter(())

    def _message(self, record: Record) -> Iterator[Piece]:
        return iter(())

    def _new_balance(self, record: Record) -> Iterator[Piece]:
        statement = self._open(record)
        yield from _flushed(statement)
        text, where = record.text, record.where
        if text[4:41] != statement.account_field:
            refuse(where, "The new balance (8) names another account than the old one (1).", "account")
        closing = _balance(text[41:57], statement.currency, where, "new balance")
        self._close(StatementFoot(closing, day_dmy(text[57:63], where, "date of the new balance")))

    def _trailer(self, record: Record) -> Iterator[Piece]:
        text, where, tally = record.text, record.where, self._tally
        sums = (("debits", text[22:37], tally.debits), ("credits", text[37:52], tally.credits))
        doubts = [
            f"The trailer's sum of {name} ({int(stated)} thousandths) is not the file's ({counted})."
            for name, stated, counted in sums
            if number_in(stated, where, f"sum of {name}") != counted
        ]
        yield from self._ended(record, doubt=" ".join(doubts) or None)
        records = number_in(text[16:22], where, "number of records")
        message = f"The trailer counts {records} records; there are {tally.records}."
        if records > tally.records + tally.messages:
            refuse(where, message, "number of records")
        if records < tally.records:
            yield Problem(where, message, "warning", "number of records")
        self._header = None

    def _ended(self, record: Record, doubt: str | None = None) -> Iterator[Piece]:
        """Closes the statement before this record, also one in which nothing moved and which has no record 8."""
        if self._statement is not None:
            if self._statement.moved:
                refuse(record.where, "The new balance (record 8) of the statement before is missing.")
            self._close(StatementFoot(self._statement.opening))
        if self._foot is not None:
            yield self._foot._replace(doubt=doubt)
        self._foot = None

    def _close(self, foot: StatementFoot) -> None:
        self._statement, self._statements, self._foot = None, self._statements + 1, foot

    def _open(self, record: Record) -> _Statement:
        if self._statement is None:
            refuse(record.where, "This record stands outside any statement (no old balance 1 before it).")
        return self._statement

    @property
    def _version(self) -> str:
        return self._header.text[127] if self._header else "2"


def _account(text: str, where: str) -> tuple[str, str]:
    """The account and its currency by the account structure: 0 Belgian number, 1 foreign, 2 Belgian IBAN, 3 IBAN."""
    structure = text[1]
    if structure == "0":
        identifier, currency = text[5:17], text[18:21]
    elif structure in "123":
        identifier, currency = text[5:36] if structure == "2" else text[5:39], text[39:42]
    else:
        refuse(where, f"“{structure}” is no account structure (0–3).", "account structure")
    if is_absent(identifier):
        refuse(where, "The account number is missing.", "account")
    return identifier.replace(" ", ""), currency


def _balance(text: str, currency: str, where: str, name: str) -> int:
    return minor_units(signed_amount(text, where, name), 3, currency, where, name)


def _last_movement(statement: _Statement, record: Record) -> Movement:
    """The movement or detail this record completes: it must carry the same continuous number."""
    last = statement.group[-1] if statement.group else None
    if last is None or last.number != record.text[2:6]:
        refuse(record.where, "This record completes a movement that does not stand before it.", "continuous number")
    return last


def _flushed(statement: _Statement) -> Iterator[Piece]:
    group, statement.group = statement.group, []
    if group:
        yield from entries(group, statement.currency)
