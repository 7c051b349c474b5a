"""camt.052, camt.053 and camt.054, versions 01–13: the ISO 20022 account report, statement and notification.

One reader class serves the three, since they differ in names and in what a balance means only. The tables of where
things stand are in `camt_elements`, the rules of what they mean in `camt_statement` (account, currency, balances),
`camt_entries` (sign, status, dates, batches) and `camt_transaction` (parties, text, references).

* A file may hold several messages and statements, in an envelope or not; each statement stays its own.
* XML is read by `core.safe_xml`: whole and well-formed, or refused. So the closing tag proves that nothing was cut.
* What introduces a statement must stand before its first entry, as the standard orders it.
* pyexpat and not lxml: with all that is kept of an entry both take as long, but only expat's handlers give exact limits
  of depth, text and memory.
"""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from core.problems import Problem
from core.safe_xml import Fields, Record, RefusedXml, records
from payments.readers.camt_elements import MESSAGES, OTHER_MESSAGE, Message, shape_of
from payments.readers.camt_entries import Itemised, Surroundings, is_pending, movements
from payments.readers.camt_statement import Balance, FirstEntry, balance, introduction
from payments.readers.camt_values import day, flag, money, refusal, whole_number
from payments.readers.model import Assumed, Piece, StatementFoot, StatementHead, Unreadable

_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(BkToCstmrAcctRpt|BkToCstmrStmt|BkToCstmrDbtCdtNtfctn)(?:V01)?[\s/>]")
MOST_BLANKS = 4096
_XML_STARTS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff<")


class CamtReader:
    """One of the three messages: `camt052`, `camt053` or `camt054`."""

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.title = title

    def recognises(self, head: bytes, filename: str) -> bool:
        """By the message's root element in the first bytes, in UTF-8, UTF-16 or a single-byte encoding."""
        text = head.replace(b"\0", b"")
        found = _ROOT.search(text) if text.lstrip().startswith(_XML_STARTS) else None
        return found is not None and found[1].decode() == MESSAGES[self.name].root

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        source.seek(_blank_bytes(source))
        reading = _Reading(MESSAGES[self.name], assumed)
        try:
            for record in records(source, shape_of(self.name)):
                yield from reading.take(record)
        except RefusedXml as refused:
            raise Unreadable(refused.problems) from None
        if not reading.statements:
            missing = f"The file holds no {self.title} with a {reading.message.statement} in it."
            raise refusal("end of file", reading.message.statement, missing)


CAMT_READERS = (
    CamtReader("camt052", "camt.052 (account report)"),
    CamtReader("camt053", "camt.053 (bank statement)"),
    CamtReader("camt054", "camt.054 (debit/credit notification)"),
)


def _blank_bytes(source: BinaryIO) -> int:
    """How many white bytes stand before the file's XML, where none may."""
    source.seek(0)
    head = source.read(MOST_BLANKS)
    return len(head) - len(head.lstrip(b" \t\r\n"))


class _Reading:
    """The file's records, one after the other, become pieces. A statement is handed on from its first entry."""

    def __init__(self, message: Message, assumed: Assumed) -> None:
        self.message = message
        self.assumed = assumed
        self.statements = 0
        self.takers = {
            "Head": self.take_head,
            "Pages": self.take_pages,
            "Bal": self.take_balance,
            "TtlNtries": self.take_count,
            "TxDtls": self.take_transaction,
            "NtryDtls": self.take_details,
            "Ntry": self.take_entry,
            message.statement: self.take_end,
            OTHER_MESSAGE: self.refuse_other,
        }
        self.start_statement()

    def start_statement(self) -> None:
        self.where = f"{self.message.statement}[{self.statements + 1}]"
        self.fields: Fields = {}
        self.balances: list[Balance] = []
        self.stated_entries: int | None = None
        self.entries = 0
        self.head: StatementHead | None = None
        self.foot = StatementFoot()
        self.start_entry()

    def start_entry(self) -> None:
        self.itemised = Itemised()
        self.entry_where = f"{self.where}/Ntry[{self.entries + 1}]"

    def take(self, record: Record) -> Sequence[Piece]:
        return self.takers[record.name](record.fields)

    def take_head(self, fields: Fields) -> Sequence[Piece]:
        self.refuse_after_entries(next(iter(fields), "Id"))
        for name, values in fields.items():
            self.fields.setdefault(name, []).extend(values)
        return ()

    def take_balance(self, fields: Fields) -> Sequence[Piece]:
        self.refuse_after_entries("Bal")
        self.balances.append(balance(fields, f"{self.where}/Bal[{len(self.balances) + 1}]"))
        return ()

    def refuse_after_entries(self, field: str) -> None:
        if self.head:
            raise refusal(self.where, field, f"{field} stands after the first entry; it must come before.")

    def take_pages(self, fields: Fields) -> Sequence[Piece]:
        page = whole_number(fields, "PgNb")
        if flag(fields, "LastPgInd", self.where) is not False and page in (None, 1):
            return ()
        message = f"This is page {page or '?'} of several; the others are in other files."
        return (Problem(self.where, message, severity="warning", field="PgNb"),)

    def take_count(self, fields: Fields) -> Sequence[Piece]:
        self.stated_entries = whole_number(fields, "NbOfNtries")
        return ()

    def take_transaction(self, fields: Fields) -> Sequence[Piece]:
        self.itemised.add(fields, self.entry_where)
        return ()

    def take_details(self, fields: Fields) -> Sequence[Piece]:
        self.itemised.end_of_batch(fields)
        return ()

    def take_entry(self, fields: Fields) -> Sequence[Piece]:
        pieces: list[Piece] = []
        if self.head is None:
            _, currency = money(fields, "Amt", self.entry_where)
            pending = is_pending(fields, self.entry_where, tells_booked=self.message.tells_booked)
            pieces += self.introduce(FirstEntry(currency, pending))
        self.itemised.end_of_batch(fields)
        pieces += movements(fields, self.itemised, self.entry_where, self.surroundings)
        self.entries += 1
        self.start_entry()
        return pieces

    def introduce(self, first_entry: FirstEntry | None) -> Sequence[Piece]:
        head, closing, problems = introduction(
            self.fields,
            self.balances,
            self.where,
            is_intraday=self.message.is_intraday,
            first_entry=first_entry,
            assumed=self.assumed,
        )
        self.head = head
        self.foot = StatementFoot(closing.amount, closing.on) if closing else StatementFoot()
        self.surroundings = Surroundings(
            head.account.identifier,
            head.currency,
            day(self.fields, "CreDtTm", self.where),
            self.message.tells_booked,
        )
        return (head, *problems)

    def take_end(self, _fields: Fields) -> Sequence[Piece]:
        pieces = list(self.introduce(None)) if self.head is None else []
        if self.stated_entries not in (None, self.entries):
            message = f"The summary counts {self.stated_entries} entries, but there are {self.entries}."
            pieces.append(Problem(self.where, message, severity="warning", field="NbOfNtries"))
        pieces.append(self.foot)
        self.statements += 1
        self.start_statement()
        return pieces

    def refuse_other(self, _fields: Fields) -> Sequence[Piece]:
        raise refusal("the file", self.message.root, "The file mixes this message with another camt message.")
