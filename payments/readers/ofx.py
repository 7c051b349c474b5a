"""OFX 1.x (SGML) and 2.x (XML), also as QFX (Quicken) and QBO (QuickBooks): bank, card and brokerage statements."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from core.problems import Problem
from payments.readers.model import Assumed, Entry, Piece, StatementHead, Unreadable
from payments.readers.ofx_elements import ANSWERS, STATEMENTS, TRANSACTIONS, Element, elements
from payments.readers.ofx_meaning import entry_of, foot_of, head_of
from payments.readers.ofx_text import encoding_of, text_blocks

_BEGINS = ("OFXHEADER", "<OFX>", "<OFX ", "<?OFX ")
_MAY_PRECEDE = ("<?XML", "<!--", "<!DOCTYPE")
_SIGNS = ("<OFX>", "<OFX ", "<?OFX ")


class OfxReader:
    """Reads every bank and card statement of the file (STMTRS, CCSTMTRS), and of a brokerage statement (INVSTMTRS)
    the cash movements (INVBANKTRAN).

    Closing is LEDGERBAL; OFX has no opening balance. Refused: a file without `</OFX>`, and one in which the bank
    answers with an error instead of a statement.
    """

    name = "ofx"
    title = "OFX (also QFX, QBO)"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the file begins with an OFX header, or with `<OFX>` after an XML declaration or a comment."""
        text = _first_characters(head).lstrip("\ufeff \t\r\n").upper()
        return text.startswith(_BEGINS) or (text.startswith(_MAY_PRECEDE) and any(sign in text for sign in _SIGNS))

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """Streams the pieces; see `model`. `assumed` serves only where ACCTID or CURDEF is missing."""
        encoding, doubt = encoding_of(source)
        if doubt:
            yield doubt
        yield from _pieces(elements(text_blocks(source, encoding)), assumed)


def _first_characters(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="ignore")
    return head.replace(b"\0", b"").decode("utf-8", errors="ignore")


class _Statement:
    """A statement being read: what its transactions need of it, and what is to be said about them at its end."""

    def __init__(self, element: Element, assumed: Assumed) -> None:
        self.element = element
        self.head: StatementHead = head_of(element, assumed)
        self.currency = self.head.currency or ""
        self.read = 0
        self.contrary = 0
        self.foreign = 0
        self.unnamed = 0

    def entry(self, transaction: Element) -> Entry:
        self.read += 1
        entry = entry_of(transaction, self.currency, f"line {transaction.line}, transaction {self.read}")
        if (entry.amount > 0 and entry.code == "DEBIT") or (entry.amount < 0 and entry.code == "CREDIT"):
            self.contrary += 1
        if entry.original_amount is not None:
            self.foreign += 1
        if entry.entry_ref is None and not entry.pending:
            self.unnamed += 1
        return entry

    def oddities(self, trades: int) -> Iterator[Problem]:
        if self.contrary:
            said = f"{self.contrary} transactions are marked DEBIT or CREDIT against the sign of their amount."
            yield self._warning(f"{said} The sign was taken.", "TRNTYPE")
        if self.unnamed:
            said = f"{self.unnamed} transactions have no identifier (FITID)"
            yield self._warning(f"{said}; they are told from others by what else they say.", "FITID")
        if self.foreign:
            said = f"{self.foreign} amounts are stated in another currency than the account's {self.currency}"
            yield self._warning(f"{said} and were converted at the rate beside them.", "CURRENCY")
        if self.element.name == "invstmtrs":
            said = f"Of this brokerage statement only cash movements were read ({self.read})"
            yield self._warning(f"{said}; {trades} trades and its holdings were left out.", "INVSTMTRS")
        balance = self.element.children.get("ledgerbal")
        if balance is not None and "balamt" not in balance.values:
            yield self._warning("The ledger balance is empty, so the closing balance is unknown.", "BALAMT")

    def _warning(self, message: str, field: str) -> Problem:
        where = f"line {self.element.line}, account {self.head.account.identifier}"
        return Problem(where, message, severity="warning", field=field)


def _pieces(stream: Iterator[Element], assumed: Assumed) -> Iterator[Piece]:
    statement: _Statement | None = None
    statements, trades = 0, 0
    errors: list[Problem] = []
    for element in stream:
        if element.name in TRANSACTIONS:
            if statement is None:
                statement = _Statement(element.statement(), assumed)
                yield statement.head
            yield statement.entry(element)
            if "correctfitid" in element.values:
                yield _correction(element)
        elif element.name in STATEMENTS:
            if statement is None:
                statement = _Statement(element, assumed)
                yield statement.head
            yield from statement.oddities(trades)
            yield foot_of(element, statement.currency)
            statement, statements, trades = None, statements + 1, 0
        elif element.name in ANSWERS:
            errors += _error_of_the_bank(element)
        else:
            trades += 1
    yield from _outcome(statements, errors)


def _correction(transaction: Element) -> Problem:
    action = transaction.values.get("correctaction", "REPLACE").upper()
    done = "deletes" if action == "DELETE" else "replaces"
    message = (
        f"The bank {done} its earlier transaction {transaction.values['correctfitid'][:80]}; that one still stands."
    )
    return Problem(f"line {transaction.line}", message, severity="warning", field="CORRECTFITID")


def _error_of_the_bank(answer: Element) -> Iterator[Problem]:
    """The STATUS of a sign-on or statement answer, when it is an error."""
    status = answer.children.get("status")
    if status is None or not status.values.get("code", "").strip("0"):
        return
    if status.values.get("severity", "ERROR").upper() == "ERROR":
        said = status.values.get("message") or status.values.get("message2") or "no message"
        message = f"The bank answers with error {status.values['code'][:20]}: {said[:300]}"
        yield Problem(f"line {status.line}, {answer.name.upper()}", message, field="STATUS")


def _outcome(statements: int, errors: list[Problem]) -> Iterator[Problem]:
    """Errors beside statements are warnings, errors instead of statements refuse the file."""
    if errors and not statements:
        raise Unreadable(errors)
    for error in errors:
        yield Problem(error.where, error.message, severity="warning", field=error.field)
    if not statements:
        yield Problem("file", "There is no statement in this file.", severity="warning")
