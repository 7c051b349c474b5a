"""QIF: Quicken Interchange Format, as Intuit documented it and as banks export it.

Sections of bank, cash, card and other accounts (`!Type:Bank`, `Cash`, `CCard`, `Oth A`, `Oth L`) are statements, one
each. Lists (categories, classes, securities …) are passed over; securities transactions and unknown sections are left
out with a warning. The format names no currency, no period and no balance, and leaves the notation of dates and
amounts open: see `qif_notation` for how that is decided. The file is read twice, because the whole of it decides.

* Sign: as written in T (or U); money coming in is positive.
* Account: the person's word, else the label of the `!Account` block, which is a name and no number. If the file has
  several labels, each statement keeps its own.
* A record “Opening Balance” whose category is an account, or whose category is its own account, is the opening balance
  and no movement.
* Text is the memo (M) and those of the splits (E); without any, the payee (P), where many banks put all they know.
  Splits are the account holder's own categories: they never split the entry.
* Proof of completeness: the file ends with `^`. Nothing else in the format proves it; a file cut exactly behind a `^`
  reads as the records before it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from core.problems import Problem
from payments.readers.model import Account, Assumed, Entry, Piece, StatementFoot, StatementHead
from payments.readers.qif_notation import Amounts, Dates, minor_amount, written_date
from payments.readers.qif_records import QifRecord, Section, qif_records
from payments.readers.references import structured_reference
from payments.readers.text_records import known_currency, opening_text, refuse, words

_FIRST = re.compile(r"(?:#[^\r\n]*[\r\n]\s*)*!(?:type:|account|option:|clear:)", re.IGNORECASE)


class QifReader:
    name = "qif"
    title = "QIF"

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the first line that is no comment is a QIF heading."""
        return _FIRST.match(opening_text(head)) is not None

    def read(self, source: BinaryIO, assumed: Assumed) -> Iterator[Piece]:
        """One statement per section of movements."""
        if assumed.currency:
            known_currency(assumed.currency, "--currency", "currency")
        notation = _surveyed(source, assumed.currency)
        open_section: Section | None = None
        for record in _movements(source):
            if record.section != open_section:
                if open_section is not None:
                    yield StatementFoot()
                open_section = record.section
                yield notation.head(open_section, assumed)
            if not notation.opens_with(record):
                yield notation.entry(record)
        yield StatementFoot()
        yield from notation.warnings


@dataclass(slots=True)
class _Notation:
    """What the first reading found out about the file."""

    currency: str | None
    day_first: bool = True
    decimal_sign: str = "."
    labels: set[str] = field(default_factory=set)
    openings: dict[int, tuple[str, str]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)

    def head(self, section: Section, assumed: Assumed) -> StatementHead:
        label = section.label or ""
        identifier = label if len(self.labels) > 1 else assumed.account or label
        opening = self.openings.get(section.number)
        return StatementHead(
            account=Account(identifier, name=section.label),
            currency=self.currency,
            opening=self._minor(*opening) if opening else None,
        )

    def opens_with(self, record: QifRecord) -> bool:
        """True when the record was taken as its section's opening balance."""
        opening = self.openings.get(record.section.number)
        return opening is not None and opening[1] == record.where

    def entry(self, record: QifRecord) -> Entry:
        written, _ = written_date(record.first("D"), record.where)
        booked_on = written.read(self.day_first)
        assert booked_on is not None, "the survey has read every date in this order"
        payee = words(record.first("P"))
        remittance = words(" ".join([*record.all("M"), *record.all("E")])) or payee
        return Entry(
            booked_on=booked_on,
            valued_on=None,
            amount=self._minor(_amount_text(record), record.where),
            currency=self.currency,
            where=record.where,
            entry_ref=words(record.first("N")) or None,
            remittance=remittance,
            counterparty=payee or None,
            structured_reference=structured_reference(remittance),
        )

    def _minor(self, text: str, where: str) -> int:
        return minor_amount(text, self.decimal_sign, self.currency, where)


def _surveyed(source: BinaryIO, currency: str | None) -> _Notation:
    """Reads the whole file once, and decides what the format leaves open."""
    notation, dates, amounts = _Notation(currency), Dates(), Amounts()
    left_out: set[Section] = set()
    seen = 0
    for record in qif_records(source):
        if record.section.is_left_out:
            left_out.add(record.section)
        if not record.section.has_movements:
            continue
        seen += 1
        dates.note(record.first("D"), record.where, record.section.number)
        amounts.note(_amount_text(record), record.where)
        notation.labels.update({record.section.label} if record.section.label else ())
        if _is_opening(record):
            notation.openings.setdefault(record.section.number, (_amount_text(record), record.where))
    if not seen:
        refuse("whole file", "There is no bank, cash or card account in this QIF file, or it has no transactions.")
    notation.decimal_sign = amounts.decimal_sign(currency)
    notation.day_first = dates.day_first(decimal_comma=notation.decimal_sign == ",")
    notation.warnings = [_left_out(section) for section in sorted(left_out)]
    return notation


def _movements(source: BinaryIO) -> Iterator[QifRecord]:
    return (record for record in qif_records(source) if record.section.has_movements)


def _left_out(section: Section) -> Problem:
    return Problem(section.where, f"The section “{section.type[:20]}” is left out.", "warning", "!Type")


def _amount_text(record: QifRecord) -> str:
    """T, or U, which repeats it: two different ones refuse the file."""
    amount, again = record.first("T"), record.first("U")
    if amount and again and amount != again:
        refuse(record.where, f"T says {amount[:20]} and U says {again[:20]}.", "T")
    if not (amount or again):
        refuse(record.where, "The amount is missing.", "T")
    return amount or again


def _is_opening(record: QifRecord) -> bool:
    category = record.first("L")
    if record.section.label and category == f"[{record.section.label}]":
        return True
    return category.startswith("[") and record.first("P").casefold() == "opening balance"
