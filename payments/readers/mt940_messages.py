"""From fields to statements: the order of a message, its beginning, and the proof that it is whole."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import BinaryIO, NoReturn

from core.problems import Problem
from payments.readers.model import Account, Piece, StatementFoot, StatementHead
from payments.readers.mt940_entries import entry_of
from payments.readers.mt940_fields import Field, fields, refuse
from payments.readers.mt940_lines import (
    Balance,
    read_account,
    read_balance,
    read_floor,
    read_line,
    read_report_day,
    read_total,
)
from payments.readers.mt940_totals import Tally

STATEMENT_TYPES = frozenset({"940", "942", "950"})
"""MT950 is the MT940 that banks send each other, without :86:."""

_OPENING = ("60F", "60M", "60")
_CLOSING = ("62F", "62M", "62")
_TOTALS = ("90C", "90D")
_AVAILABLE = ("64", "65")
_NUMBER = ("28C", "28")
_ACCOUNT = ("25", "25P")
_PREAMBLE = ("940", "942")
"""Rabobank writes :940: before its messages."""
_ONCE = frozenset({"13", "13D", "21", *_ACCOUNT, *_NUMBER, *_OPENING})
_FIRST_OF_ANOTHER = frozenset({"61", *_ACCOUNT, *_NUMBER, *_OPENING, *_CLOSING, "34F"})

MOST_TEXTS = 100
""":86: fields one line may have; banks that write one a line of text have six."""

_END = re.compile(r"\n-(?:(\})|(?=XXX|[ \t\x03\x1a]*(?:\n|\Z)))")
"""The line that ends a message: `-`, `-}` in a SWIFT block, ING's `-XXX`."""

_AFTER_THE_LAST = re.compile(r"(?:[\s}$\x03\x1a]|XXX|\{[5S]:(?:[^{}]|\{[^{}]*\})*+\}?)*+")
_NO_OPENING = ("The statement that begins here has no opening balance.", "60F")
_NO_FLOOR = ("The interim report that begins here has no floor limit, and so no currency.", "34F")
_TYPE = re.compile(r"\{2:[IO]([0-9]{3})")


class _At(Enum):
    OUTSIDE = auto()
    HEADER = auto()
    LINES = auto()
    CLOSED = auto()


@dataclass
class _Message:
    """The message being read: its header, and what its end will be held to. `begin` is its :20:."""

    begin: Field
    in_block: bool
    type: str | None
    header: dict[str, Field] = field(default_factory=dict)
    own_account: str = ""
    currency: str = ""
    opening: Balance | None = None
    floors: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    page_before: Tally | None = None
    closing: Field | None = None

    def keep(self, each: Field) -> None:
        """Takes one field of the header."""
        if each.tag in self.header and each.tag in _ONCE:
            refuse(each.line, f"A second :{each.tag}: in one message: two statements run into each other.", each.tag)
        if each.tag == "34F":
            self._keep_floor(each)
        if each.tag in _ONCE:
            self.header[each.tag] = each

    def _keep_floor(self, each: Field) -> None:
        currency, side, amount = read_floor(each)
        if self.currency and currency != self.currency:
            refuse(each.line, f"The floor limits are in {self.currency} and {currency}.", "34F")
        self.currency = currency
        self.floors |= {side: amount} if side else {"C": amount, "D": amount}

    def introduced(self) -> list[Piece]:
        """The head, once the header is over; refused when account, currency or opening balance are missing."""
        opening = self._find(_OPENING)
        if opening:
            self.opening = read_balance(opening)
            self.currency = self.opening.currency
        elif self.type in ("940", "950") or not self.floors:
            refuse(self.begin.line, *_NO_FLOOR if self.type == "942" else _NO_OPENING)
        account = read_account(self._needed(_ACCOUNT, "account"), self.currency)
        stated = self._find(_NUMBER)
        number = "".join(stated.text.split()) if stated else ""
        self.own_account = account.identifier
        self.tally.begin(account.identifier, number or f"line {self.begin.line}", self.page_before)
        head = self._stated(account, number or None, self.opening)
        return [head] if stated else [head, _unnumbered(self.begin)]

    def _stated(self, account: Account, number: str | None, opening: Balance | None) -> StatementHead:
        reference = self.begin.text.partition("\n")[0].strip() or None
        if opening:
            return StatementHead(account, self.currency, reference, number, opening.amount, opening.on)
        report = self._find(("13D", "13"))
        return StatementHead(
            account, self.currency, reference, number, to_on=read_report_day(report) if report else None
        )

    def foot(self, closing: Field) -> StatementFoot:
        """The foot of an MT940; its closing balance must be in the currency of the opening one."""
        balance = read_balance(closing)
        if balance.currency != self.currency:
            currencies = f"{self.currency} and closes in {balance.currency}"
            refuse(closing.line, f"The statement opens in {currencies}.", closing.tag)
        self.closing = closing
        return StatementFoot(balance.amount, balance.on)

    def all_read(self, ended: bool) -> bool:
        """Whether an MT942 is proved whole: its end is marked, or every side with lines has its total."""
        return ended or self.tally.all_stated()

    def _find(self, tags: Sequence[str]) -> Field | None:
        return next((self.header[tag] for tag in tags if tag in self.header), None)

    def _needed(self, tags: Sequence[str], name: str) -> Field:
        found = self._find(tags)
        if found is None:
            refuse(self.begin.line, f"The message that begins here has no :{tags[0]}: ({name}).", tags[0])
        return found


def statements(source: BinaryIO) -> Iterator[Piece]:
    """All pieces of the file; `Unreadable` when a message is cut, damaged or of another kind."""
    reading = _Reading()
    for each in fields(source):
        yield from reading.take(each)
        reading.last = each
    yield from reading.end_of_file()


class _Reading:
    """Where the reader stands: the message begun, the last field taken, and the line whose :86: may still come."""

    def __init__(self) -> None:
        self.at = _At.OUTSIDE
        self.last = Field("", 1, "")
        self.message = _Message(self.last, False, None)
        self.waiting: Field | None = None
        self.texts: list[str] = []

    def take(self, each: Field) -> Sequence[Piece]:
        """The pieces this field completes."""
        if self.at is _At.LINES:
            if each.tag == "61":
                pieces = self._told()
                self.waiting = each
                return pieces
            if each.tag == "86":
                self._add_text(each.text)
                return ()
        return self._seldom(each)

    def _seldom(self, each: Field) -> Sequence[Piece]:
        if each.tag == "20":
            return self._begin(each)
        if each.tag in _PREAMBLE:
            return self._end_before(each)
        if self.at is _At.LINES:
            return self._among_lines(each)
        if self.at is _At.HEADER:
            return self._in_header(each)
        self._outside(each)
        return ()

    def _begin(self, each: Field) -> Sequence[Piece]:
        before = self.message
        ended, envelope = self._leave()
        pieces = [] if self.at is _At.OUTSIDE else self._finish(ended)
        kind = _TYPE.search(envelope)
        if kind and kind[1] not in STATEMENT_TYPES:
            refuse(each.line, f"This is an MT{kind[1]}, not a statement (MT940 or MT942).")
        opened, still_open = "{4:" in envelope, before.in_block and not ended
        if opened and still_open:
            self._refuse_open_block()
        announced = before.type if self.at is _At.OUTSIDE else None
        self.message = _Message(each, opened or still_open, kind[1] if kind else announced)
        self.message.page_before = before.tally
        self.at = _At.HEADER
        return pieces

    def _end_before(self, preamble: Field) -> Sequence[Piece]:
        """:940: and :942: announce a message: the one before must be whole."""
        ended, _ = self._leave()
        pieces = [] if self.at is _At.OUTSIDE else self._finish(ended)
        if self.message.in_block and not ended:
            self._refuse_open_block()
        self.message = _Message(preamble, False, preamble.tag)
        self.at = _At.OUTSIDE
        return pieces

    def _in_header(self, each: Field) -> Sequence[Piece]:
        if each.tag == "61":
            pieces = self.message.introduced()
            self.at, self.waiting = _At.LINES, each
            return pieces
        if each.tag in _CLOSING or each.tag in _TOTALS:
            pieces = self.message.introduced()
            self.at = _At.LINES
            return [*pieces, *self._among_lines(each)]
        self.message.keep(each)
        return ()

    def _among_lines(self, each: Field) -> Sequence[Piece]:
        interim = self.message.opening is None
        if each.tag in _CLOSING and not interim:
            pieces = [*self._told(), self.message.foot(each)]
            self.at = _At.CLOSED
            return pieces
        if each.tag in _TOTALS:
            pieces = [*self._told()]
            self._total(each)
            return pieces
        if each.tag in _OPENING or each.tag in _CLOSING:
            refuse(each.line, f"There is no place for :{each.tag}: here: a message has lost its beginning.", each.tag)
        if each.tag in _AVAILABLE:
            read_balance(each)
        else:
            self._add_text(f":{each.tag}:{each.text}")
        return ()

    def _total(self, each: Field) -> None:
        if self.message.opening is None:
            self.message.tally.state(each)
            self.at = _At.CLOSED

    def _outside(self, each: Field) -> None:
        """Fields after the closing balance, or between messages."""
        if self.at is _At.OUTSIDE:
            if each.tag:
                refuse(each.line, f"A message begins with :20:, not with :{each.tag}:.", each.tag)
        elif each.tag in _FIRST_OF_ANOTHER:
            refuse(each.line, f":{each.tag}: stands after the end of its message: its :20: is missing.", each.tag)
        elif each.tag in _AVAILABLE:
            read_balance(each)
        elif each.tag in _TOTALS:
            self._total(each)

    def _add_text(self, text: str) -> None:
        if len(self.texts) == MOST_TEXTS:
            refuse(self.last.line, f"One entry has more than {MOST_TEXTS} fields of text.", "86")
        self.texts.append(text)

    def _told(self) -> list[Piece]:
        """The entry of the line before, now that all its :86: are there."""
        if self.waiting is None:
            return []
        message, waiting = self.message, self.waiting
        line = read_line(waiting, message.currency)
        text = "\n".join(self.texts)
        entry = entry_of(line, waiting, text, message.own_account, message.currency)
        if message.opening is None:
            message.tally.add(entry.amount)
        self.waiting = None
        self.texts.clear()
        if line.month_end:
            return [_thirtieth_of_february(waiting), entry]
        return [entry]

    def _leave(self) -> tuple[bool, str]:
        """Whether the message's end was marked, and the text after it: the envelope of the next message."""
        last = self.last
        end = _END.search(last.text)
        if end is None:
            return False, self._after_field(last)
        self._cut_text(last.text[: end.start()])
        whole = end[1] == "}" or not self.message.in_block or end.end() < len(last.text)
        return whole, last.text[end.end() :]

    def _after_field(self, last: Field) -> str:
        if self.at is _At.OUTSIDE:
            return last.text
        if last.tag in ("61", "86", "NS"):
            envelope = last.text.find("{1:")
            return last.text[envelope:] if envelope >= 0 else ""
        return last.text.partition("\n")[2]

    def _cut_text(self, text: str) -> None:
        """In an MT942 the end may follow a :61: or :86: directly: it is no part of their text."""
        if self.at is _At.LINES and self.message.opening is None:
            if self.texts:
                self.texts[-1] = text
            elif self.waiting:
                self.waiting = self.waiting._replace(text=text)

    def _finish(self, ended: bool) -> list[Piece]:
        """What the end of a message completes; refused when nothing proves that it is the end."""
        message, begin = self.message, self.message.begin
        pieces: list[Piece] = message.introduced() if self.at is _At.HEADER else []
        pieces += self._told()
        if message.opening is None:
            if not message.all_read(ended):
                refuse(begin.line, "Nothing proves the end of this MT942: neither a line with - nor its totals.", "90D")
            pieces += [*message.tally.check(message.floors), StatementFoot()]
        elif message.closing is None:
            refuse(begin.line, "The statement that begins here has no closing balance: it is cut.", "62F")
        return pieces

    def _refuse_open_block(self) -> NoReturn:
        begin = self.message.begin
        refuse(begin.line, "The SWIFT block {4: around this message is not closed by -}: the file is cut.")

    def end_of_file(self) -> Sequence[Piece]:
        """What the end of the file completes; refused when it comes too early."""
        if self.at is _At.OUTSIDE:
            refuse(self.last.line, "No SWIFT statement begins here or after: there is no :20:.", "20")
        ended, outside = self._leave()
        pieces = self._finish(ended)
        if self.message.in_block and not ended:
            self._refuse_open_block()
        if not _AFTER_THE_LAST.fullmatch(outside):
            refuse(self.last.line, "After the last statement another message begins and is cut.")
        if not ended and not self.last.text.endswith("\n"):
            self._require_decimals()
        if self.message.closing and self.message.closing.tag == "62M":
            pieces.append(_more_to_come(self.message.closing))
        return pieces

    def _require_decimals(self) -> None:
        """A file that stops within a line may have lost the end of its last amount."""
        last = self.last
        if last.tag in (*_CLOSING, *_AVAILABLE, *_TOTALS):
            whole = read_total(last).whole if last.tag in _TOTALS else read_balance(last).whole
            if not whole:
                refuse(last.line, "The file stops in the middle of an amount: it is cut.", last.tag)


def _thirtieth_of_february(line: Field) -> Problem:
    message = "The value date is a 29th or 30th of February (interest months of 30 days): read as the month's last day."
    return Problem(f"line {line.line}", message, "warning", ":61:")


def _unnumbered(begin: Field) -> Problem:
    message = "The statement that begins here has no number, so a missing one would not be noticed by it."
    return Problem(f"line {begin.line}", message, "warning", ":28C:")


def _more_to_come(closing: Field) -> Problem:
    message = "The file ends with an intermediate balance: the statement goes on in a message that is not here."
    return Problem(f"line {closing.line}", message, "warning", f":{closing.tag}:")
