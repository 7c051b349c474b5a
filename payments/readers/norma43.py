"""Norma 43 (Cuaderno 43 of AEB, CECA and UNACC): the account statement of Spanish banks. Layout: edition June 2012.

A file is, for each account, a header (11), movements (22) each with up to five records of text (23) and one of the
original amount (24), and an account end (33); then one end of file (88). All amounts have two implied decimals.

* Sign: key 1 (debe) takes money away, key 2 (haber) brings it. A header of zero needs no key; a final balance with
  another key gets the sign with which opening balance and movements reach it, and a warning.
* Proof of completeness: record 33 counts and sums debits and credits. Another count refuses the file; the right count
  with another sum is the statement's doubt. Record 88 counts all records before it: fewer than it counts refuse the
  file, more (banks leave out 24) are a warning, and so is a file that ends behind a 33 without it.
* The account is the ten-digit number; entity and office (eight digits) are its bank. The file has no control digits.
* Text: the two fields of each record 23 and the records themselves lie end to end, so a field filled to its last
  position runs on without a blank.
* Reference 1 and 2 are the entry's reference (else the document number). Reference 1 whose last digit is the check
  digit of annex 3 is the structured reference agreed with the account holder.
* Common concept 98 (anulaciones) marks a reversal. The key alone decides the sign there too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from core.currencies import CODE_OF_NUMBER
from core.money import decimal_text
from core.problems import Problem
from payments.readers.model import Account, Assumed, Entry, Piece, StatementFoot, StatementHead
from payments.readers.references import structured_reference
from payments.readers.text_records import (
    MOST_PIECES,
    Record,
    day_ymd,
    fixed_width_records,
    is_absent,
    minor_units,
    number_in,
    opening_text,
    refuse,
    words,
)

_WIDTH = 80
_HEADER = re.compile(r"11\d{18}[\d ]{12}[ 0-9]\d{14}\d{3}", re.ASCII)
_SIGN = {"1": -1, "2": 1}
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4)
_REVERSAL = "98"


class Norma43Reader:
    name = "norma43"
    title = "Norma 43 (Cuaderno 43)"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the first record is an account header."""
        return _HEADER.match(opening_text(head)) is not None

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """One statement per account header; totals, counts and the end record are checked."""
        file = _File()
        for record in fixed_width_records(source, _WIDTH):
            yield from file.pieces(record)
        yield from file.end()


@dataclass(slots=True)
class _Movement:
    """A record 22 and what the records after it add."""

    booked_on: date
    valued_on: date | None
    amount: int
    where: str
    code: str
    entry_ref: str | None
    structured_reference: str | None
    text: list[str]
    original_amount: int | None = None
    original_currency: str | None = None

    def entry(self, currency: str) -> Entry:
        remittance = words("".join(self.text))
        return Entry(
            booked_on=self.booked_on,
            valued_on=self.valued_on,
            amount=self.amount,
            currency=currency,
            where=self.where,
            entry_ref=self.entry_ref,
            remittance=remittance,
            structured_reference=self.structured_reference or structured_reference(remittance),
            code=self.code,
            is_reversal=self.code.startswith(_REVERSAL),
            original_amount=self.original_amount,
            original_currency=self.original_currency,
        )


@dataclass(slots=True)
class _Statement:
    """An account between its records 11 and 33, with what was counted so far."""

    account: str
    currency: str
    opening: int
    to_on: date | None
    debits: int = 0
    credits: int = 0
    debit_sum: int = 0
    credit_sum: int = 0
    movement: _Movement | None = None

    def count(self, amount: int, key: str) -> None:
        if key == "1":
            self.debits += 1
            self.debit_sum += amount
        else:
            self.credits += 1
            self.credit_sum += amount

    def flushed(self) -> Iterator[Entry]:
        if self.movement is not None:
            yield self.movement.entry(self.currency)
            self.movement = None


class _File:
    """The file so far: its open account, and how many records came before the end record."""

    def __init__(self) -> None:
        self.complete = False
        self._statements = 0
        self._records = 0
        self._statement: _Statement | None = None
        self._handlers: dict[str, Callable[[Record], Iterator[Piece]]] = {
            "11": self._header,
            "22": self._movement,
            "23": self._text,
            "24": self._original,
            "33": self._end_of_account,
            "88": self._end_of_file,
        }

    def end(self) -> Iterator[Problem]:
        """Each account that ended (33) is proven by itself; only another one behind it could be missing."""
        if self._statement is not None or not self._statements:
            refuse("end of file", "The file ends inside an account or without one: it was cut short.")
        if not self.complete:
            message = (
                "The file has no end record (88): nothing tells whether an account behind the last one is missing."
            )
            yield Problem("end of file", message, "warning", "record 88")

    def pieces(self, record: Record) -> Iterator[Piece]:
        handler = self._handlers.get(record.text[:2])
        if handler is None:
            refuse(record.where, f"“{record.text[:2]}” is no record type of Norma 43.", "record type")
        if record.text[:2] != "88":
            self._records += 1
            self.complete = False
        return handler(record)

    def _header(self, record: Record) -> Iterator[Piece]:
        text, where = record.text, record.where
        if self._statement is not None:
            refuse(where, "A new account begins before the last one ended (record 33 is missing).")
        currency = _currency(text[47:50], where)
        opening = _amount(text[33:47], currency, where, "opening balance")
        sign = _SIGN.get(text[32], 0)
        if opening and not sign:
            refuse(where, f"“{text[32]}” is neither debit (1) nor credit (2).", "key of the opening balance")
        statement = _Statement(_account(text, where), currency, sign * opening, _day(text[26:32], where, "last day"))
        self._statement = statement
        yield StatementHead(
            account=Account(statement.account[8:], bank=statement.account[:8], name=words(text[51:77]) or None),
            currency=currency,
            opening=statement.opening,
            from_on=_day(text[20:26], where, "first day"),
            to_on=statement.to_on,
        )

    def _movement(self, record: Record) -> Iterator[Piece]:
        text, where, statement = record.text, record.where, self._open(record)
        yield from statement.flushed()
        key = text[27]
        if key not in _SIGN:
            refuse(where, f"“{key}” is neither debit (1) nor credit (2).", "debit or credit")
        amount = _amount(text[28:42], statement.currency, where, "amount")
        statement.count(amount, key)
        statement.movement = _Movement(
            booked_on=day_ymd(text[10:16], where, "operation date"),
            valued_on=_day(text[16:22], where, "value date"),
            amount=_SIGN[key] * amount,
            where=where,
            code=f"{text[22:24]}-{text[24:27]}".strip(" -"),
            entry_ref=_reference(text),
            structured_reference=_checked_reference(text[52:64]),
            text=[],
        )

    def _text(self, record: Record) -> Iterator[Piece]:
        movement = self._described(record)
        if len(movement.text) >= MOST_PIECES:
            refuse(record.where, "More lines of text than any movement has.")
        movement.text.append(record.text[4:80])
        return iter(())

    def _original(self, record: Record) -> Iterator[Piece]:
        text, where, movement = record.text, record.where, self._described(record)
        currency = CODE_OF_NUMBER.get(text[4:7])
        if currency is None:
            message = f"“{text[4:7]}” is no ISO 4217 number; the original amount is left out."
            yield Problem(where, message, "warning", "original currency")
            return
        amount = _amount(text[7:21], currency, where, "original amount")
        movement.original_amount = -amount if movement.amount < 0 else amount
        movement.original_currency = currency

    def _end_of_account(self, record: Record) -> Iterator[Piece]:
        text, where, statement = record.text, record.where, self._open(record)
        yield from statement.flushed()
        if _account(text, where) != statement.account:
            refuse(where, "The account end (33) names another account than its header (11).", "account")
        if _currency(text[73:76], where) != statement.currency:
            refuse(where, "The account end (33) names another currency than its header (11).", "currency")
        doubt = _checked_totals(record, statement)
        closing = _amount(text[59:73], statement.currency, where, "final balance")
        sign = _SIGN.get(text[58])
        if sign is None:
            sign = _sign_that_fits(closing, statement, where)
            yield Problem(where, "The final balance has no key; its sign follows from the movements.", "warning", "key")
        self._statement, self._statements = None, self._statements + 1
        yield StatementFoot(sign * closing, statement.to_on, doubt)

    def _end_of_file(self, record: Record) -> Iterator[Piece]:
        if self._statement is not None:
            refuse(record.where, "The file ends inside an account: its end (record 33) is missing.")
        counted = number_in(record.text[20:26], record.where, "number of records")
        message = f"The end record counts {counted} records; there are {self._records}."
        if counted > self._records:
            refuse(record.where, message, "number of records")
        if counted < self._records:
            yield Problem(record.where, message, "warning", "number of records")
        self._records, self.complete = 0, True

    def _open(self, record: Record) -> _Statement:
        if self._statement is None:
            refuse(record.where, "This record stands outside any account (no record 11 before it).")
        return self._statement

    def _described(self, record: Record) -> _Movement:
        movement = self._open(record).movement
        if movement is None:
            refuse(record.where, "This record completes a movement, but none stands before it.")
        return movement


def _account(text: str, where: str) -> str:
    number_in(text[2:20], where, "account")
    return text[2:20]


def _currency(number: str, where: str) -> str:
    code = CODE_OF_NUMBER.get(number)
    if code is None:
        refuse(where, f"“{number}” is no ISO 4217 currency number.", "currency")
    return code


def _amount(text: str, currency: str, where: str, field: str) -> int:
    return minor_units(number_in(text, where, field), 2, currency, where, field)


def _day(text: str, where: str, field: str) -> date | None:
    return None if is_absent(text) else day_ymd(text, where, field)


def _reference(text: str) -> str | None:
    """References 1 and 2, or the document number; zeros are no reference."""
    given = [part.strip() for part in (text[52:64], text[64:80]) if not is_absent(part)]
    document = text[42:52]
    return "/".join(given) or (None if is_absent(document) else document.strip())


def _checked_reference(reference: str) -> str | None:
    """Reference 1 when its check digit (annex 3: modulo 11, remainder 10 written 0) is right."""
    if is_absent(reference) or not (reference.isascii() and reference.isdigit()):
        return None
    weighted = sum(int(digit) * weight for digit, weight in zip(reversed(reference[:11]), _WEIGHTS, strict=True))
    return reference if weighted % 11 % 10 == int(reference[11]) else None


def _checked_totals(record: Record, statement: _Statement) -> str | None:
    """What is odd about the sums, when as many movements stand there as the record counts; else refused."""
    text, where, currency = record.text, record.where, statement.currency
    _same_count(where, "debits", number_in(text[20:25], where, "number of debits"), statement.debits)
    _same_count(where, "credits", number_in(text[39:44], where, "number of credits"), statement.credits)
    debits = _amount(text[25:39], currency, where, "sum of debits")
    credits = _amount(text[44:58], currency, where, "sum of credits")
    if (debits, credits) == (statement.debit_sum, statement.credit_sum):
        return None
    stated = f"{decimal_text(debits, currency)} of debits and {decimal_text(credits, currency)} of credits"
    read = f"{decimal_text(statement.debit_sum, currency)} and {decimal_text(statement.credit_sum, currency)}"
    return f"The account end (33) says {stated}, but the movements make {read}."


def _same_count(where: str, field: str, stated: int, counted: int) -> None:
    if stated != counted:
        message = f"The account end (33) counts {stated} {field}; there are {counted}."
        refuse(where, message, field)


def _sign_that_fits(closing: int, statement: _Statement, where: str) -> int:
    expected = statement.opening + statement.credit_sum - statement.debit_sum
    if abs(expected) != closing:
        refuse(where, "The final balance has neither key 1 nor 2, and no sign makes it follow.", "key of the balance")
    return -1 if expected < 0 else 1
