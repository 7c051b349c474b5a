"""CFONB 120: the account statement of French banks (relevé de compte sur support informatique, 120 characters).

A file is, for each account, the old balance (01), movements (04) with any number of complements (05), and the new
balance (07). Amounts have 13 digits and a last character that carries a digit and the sign; column 20 of each record
says how many of these digits are decimals.

* Sign: last character `{` and `A`–`I` are +0 … +9, `}` and `J`–`R` are −0 … −9. `é` and `è` stand for `{` and `}` in
  files converted from the French EBCDIC page. A plain digit there says no sign and refuses the file.
* Proof of completeness: each 01 is followed by the 07 of the same account and currency. There is no end of file, so a
  file cut exactly behind a 07 reads as the statements before the cut. Nothing in the format counts movements.
* The account is the 11-character number; bank and branch (ten digits) are its bank. The file has no RIB key. Banks
  that merged write 04 and 07 with another bank code than 01: that is no error.
* Text: the label of 04, then the complements in file order; only LC2 runs on without a blank when LCC is filled to its
  last position. Names, references and amounts have qualifiers of their own (NPY, RCN, RUM …) and go to their fields;
  a qualifier this reader does not know is text.
* The counterparty is the payer (NPY) of a credit, the beneficiary (NBE) of a debit; banks name the creditor of a
  direct debit in NPY, so a debit without NBE takes that.

Sources: CFONB brochure “Relevé de compte sur support magnétique”, and the qualifiers as banks document them; the
layout of MMO and FEE is recalled: a currency, a digit of decimals, 14 digits.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from stdnum import iban

from core.currencies import EXPONENTS
from core.problems import Problem
from payments.readers.model import Account, Assumed, Entry, Piece, StatementFoot, StatementHead
from payments.readers.references import structured_reference
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

_WIDTH = 120
_FIRST = re.compile(r"(?:01|04|05|07)[0-9]{5}.{4}[0-9 ]{5}[A-Z]{3}[0-9 ]", re.ASCII)

_PLUS = {character: str(digit) for digit, character in enumerate("{ABCDEFGHI")} | {"é": "0"}
_MINUS = {character: str(digit) for digit, character in enumerate("}JKLMNOPQR")} | {"è": "0"}

_NOT_TEXT = {"NPY", "NBE", "RCN", "REF", "RUM", "MMO", "FEE", "LCS", "CPY", "CBE", "IPY", "IBE", "IPO", "IBU"}
"""Complements with a field of their own, or identifiers of the parties; every other one is text."""

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_STATED_AMOUNT = re.compile(r"([A-Z]{3})([0-9])([0-9 ]{13})([0-9{}A-R])", re.ASCII)


class Cfonb120Reader:
    name = "cfonb120"
    title = "CFONB 120"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the first record has the columns of a balance, a movement or a complement, 120 wide."""
        return _FIRST.match(opening_text(head)) is not None

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """One statement per pair of balances 01 and 07."""
        file = _File()
        for record in fixed_width_records(source, _WIDTH):
            yield from file.pieces(record)
        file.end()


@dataclass(slots=True)
class _Movement:
    """A record 04 and the complements (05) after it, by qualifier and in file order."""

    record: Record
    amount: int
    complements: list[tuple[str, str]] = field(default_factory=list)

    def first(self, *qualifiers: str) -> str | None:
        """The first complement of the first of these qualifiers that the movement has."""
        for qualifier in qualifiers:
            for given, text in self.complements:
                if given == qualifier and text.strip():
                    return text
        return None


@dataclass(slots=True)
class _Statement:
    account: str
    bank: str
    currency: str
    movement: _Movement | None = None


class _File:
    """The file so far: the statement that is open, if any."""

    def __init__(self) -> None:
        self._statement: _Statement | None = None
        self._statements = 0
        self._handlers: dict[str, Callable[[Record], Iterator[Piece]]] = {
            "01": self._old_balance,
            "04": self._movement,
            "05": self._complement,
            "07": self._new_balance,
        }

    def pieces(self, record: Record) -> Iterator[Piece]:
        handler = self._handlers.get(record.text[:2])
        if handler is None:
            refuse(record.where, f"“{record.text[:2]}” is no record type of CFONB 120.", "record type")
        return handler(record)

    def end(self) -> None:
        if self._statement is not None:
            refuse("end of file", "The file ends without the new balance (07) of its last account: it was cut short.")
        if not self._statements:
            refuse("end of file", "There is no statement in the file.")

    def _old_balance(self, record: Record) -> Iterator[Piece]:
        if self._statement is not None:
            refuse(record.where, "A new statement begins before the last one ended (record 07 is missing).")
        text, where = record.text, record.where
        account = text[21:32].replace(" ", "")
        if not account:
            refuse(where, "The account number is missing.", "account")
        bank = text[2:7] + text[11:16]
        self._statement = _Statement(account, bank.replace(" ", ""), known_currency(text[16:19], where, "currency"))
        day_dmy(text[34:40], where, "date")
        yield StatementHead(
            account=Account(account, bank=self._statement.bank or None),
            currency=self._statement.currency,
            opening=_amount(record, self._statement.currency),
        )

    def _movement(self, record: Record) -> Iterator[Piece]:
        statement = self._same_account(record)
        yield from _flushed(statement)
        statement.movement = _Movement(record, _amount(record, statement.currency))

    def _complement(self, record: Record) -> Iterator[Piece]:
        movement = self._statement.movement if self._statement else None
        if movement is None:
            refuse(record.where, "This record completes a movement, but none stands before it.")
        if record.text[21:32].strip() and record.text[21:32] != movement.record.text[21:32]:
            refuse(record.where, "This record names another account than the movement before it.", "account")
        if len(movement.complements) >= MOST_PIECES:
            refuse(record.where, "More complements than any movement has.")
        movement.complements.append((record.text[45:48], record.text[48:118]))
        return iter(())

    def _new_balance(self, record: Record) -> Iterator[Piece]:
        statement = self._same_account(record)
        yield from _flushed(statement)
        closing = _amount(record, statement.currency)
        self._statement, self._statements = None, self._statements + 1
        yield StatementFoot(closing, day_dmy(record.text[34:40], record.where, "date"))

    def _same_account(self, record: Record) -> _Statement:
        statement = self._statement
        if statement is None:
            refuse(record.where, "This record stands outside any statement (no old balance 01 before it).")
        if record.text[21:32].replace(" ", "") != statement.account:
            refuse(record.where, "This record names another account than the old balance (01) before it.", "account")
        if record.text[16:19] != statement.currency:
            refuse(record.where, "This record names another currency than the old balance (01) before it.", "currency")
        return statement


def _flushed(statement: _Statement) -> Iterator[Piece]:
    movement, statement.movement = statement.movement, None
    if movement is not None:
        yield from _entry(movement, statement.currency)


def _entry(movement: _Movement, currency: str) -> Iterator[Piece]:
    text, where = movement.record.text, movement.record.where
    original = _stated_amount(movement, "MMO")
    fee = _stated_amount(movement, "FEE")
    remittance = _remittance(text[48:79], movement)
    yield from _unread(movement, MMO=original, FEE=fee)
    yield Entry(
        booked_on=day_dmy(text[34:40], where, "booking date"),
        valued_on=None if is_absent(text[42:48]) else day_dmy(text[42:48], where, "value date"),
        amount=movement.amount,
        currency=currency,
        where=where,
        entry_ref=_words_of(movement.first("REF")) or words(text[104:120]) or None,
        remittance=remittance,
        counterparty=_counterparty(movement),
        counterparty_account=_counterparty_account(movement),
        structured_reference=_creditor_reference(movement) or structured_reference(remittance),
        end_to_end=_end_to_end(movement),
        mandate=_words_of((movement.first("RUM") or "")[:35]),
        code=words(text[32:34]) or None,
        return_reason=None if is_absent(text[40:42]) else text[40:42].strip(),
        charges=fee[0] if fee and fee[1] == currency else None,
        original_amount=(-original[0] if movement.amount < 0 else original[0]) if original else None,
        original_currency=original[1] if original else None,
    )


def _amount(record: Record, currency: str) -> int:
    """Columns 91–104 with their sign, in minor units."""
    text, where = record.text, record.where
    decimals = number_in(text[19], where, "decimals")
    last = text[103]
    digit = _PLUS.get(last) or _MINUS.get(last)
    if digit is None:
        refuse(where, f"“{last}” at the end of the amount is none of the signs {{ A–I }} J–R.", "amount")
    amount = number_in(text[90:103] + digit, where, "amount")
    return minor_units(-amount if last in _MINUS else amount, decimals, currency, where, "amount")


def _stated_amount(movement: _Movement, qualifier: str) -> tuple[int, str] | None:
    """MMO and FEE, unsigned: currency, decimals, 14 digits of which the last may carry a sign that says nothing new."""
    found = _STATED_AMOUNT.match(movement.first(qualifier) or "")
    if found is None or found[1] not in EXPONENTS:
        return None
    digits = found[3].strip() + (_PLUS.get(found[4]) or _MINUS.get(found[4]) or found[4])
    where = movement.record.where
    return minor_units(number_in(digits, where, qualifier), int(found[2]), found[1], where, qualifier), found[1]


def _unread(movement: _Movement, **amounts: tuple[int, str] | None) -> Iterator[Problem]:
    for qualifier, amount in amounts.items():
        if amount is None and movement.first(qualifier):
            message = f"The amount in the complement {qualifier} cannot be read and is left out."
            yield Problem(movement.record.where, message, "warning", qualifier)


def _remittance(label: str, movement: _Movement) -> str:
    text = label
    for qualifier, piece in movement.complements:
        if qualifier not in _NOT_TEXT:
            text += piece if qualifier == "LC2" else f" {piece}"
    return words(text)


def _counterparty(movement: _Movement) -> str | None:
    names = ("NPY",) if movement.amount > 0 else ("NBE", "NPY")
    return _words_of(movement.first(*names))


def _words_of(text: str | None) -> str | None:
    return words(text or "") or None


def _counterparty_account(movement: _Movement) -> str | None:
    """The IBAN among the account complements (CPY of the payer, CBE of the beneficiary), if its digits hold."""
    stated = movement.first("CPY") if movement.amount > 0 else movement.first("CBE")
    for word in _IBAN.findall(stated or ""):
        if iban.is_valid(word):
            return str(word)
    return None


def _creditor_reference(movement: _Movement) -> str | None:
    """LCS, the structured reference, without spaces and punctuation."""
    return re.sub(r"[^A-Z0-9]", "", (movement.first("LCS") or "").upper()) or None


def _end_to_end(movement: _Movement) -> str | None:
    reference = _words_of((movement.first("RCN") or "")[:35])
    return None if reference == "NOTPROVIDED" else reference
