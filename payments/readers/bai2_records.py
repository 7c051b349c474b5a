"""The records of a BAI2 file: lines and their continuations (88) put together, and the fields in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from payments.readers.text_records import MOST_PIECES, Record, lines, number_in, refuse

_LINE = re.compile(r"([0-9]{2}),(.*)", re.ASCII | re.DOTALL)
_KINDS = {"01", "02", "03", "16", "49", "98", "99"}
_USUAL_LENGTH = 80
_FIELDS_AFTER_FUNDS = {"": 0, "0": 0, "1": 0, "2": 0, "Z": 0, "S": 3, "V": 2}


class _Segment(NamedTuple):
    """What one line says after its record code; `ends` at a slash, or `runs_on` when the line is full and none does."""

    text: str
    ends: bool
    runs_on: bool


class Transaction(NamedTuple):
    """The fields of a record 16 as written, empty where defaulted; `value_date` is that of funds type V."""

    type: str
    amount: str
    value_date: str
    bank_reference: str
    customer_reference: str
    text: str


@dataclass(slots=True)
class Bai2Record:
    """One logical record: its code, where it begins, and its lines."""

    kind: str
    where: str
    segments: list[_Segment]

    @property
    def lines(self) -> int:
        return len(self.segments)

    def fields(self) -> list[str]:
        """The fields of a record without text; the record code is the first."""
        return [self.kind, *(value.strip() for segment in self.segments for value in segment.text.split(","))]

    def first_fields(self, count: int) -> list[str]:
        """Exactly so many fields; those the record leaves out are empty."""
        return (self.fields() + [""] * count)[:count]

    def summaries(self) -> Iterator[tuple[str, str]]:
        """Type code and amount of each summary and status of a record 03, passing item counts and availability."""
        given = iter(self.fields()[3:])
        for code in given:
            if not code:
                continue
            if len(code) != 3 or not (code.isascii() and code.isdigit()):
                refuse(self.where, f"“{code[:12]}” is no type code of three digits.", "type code")
            yield code, next(given, "")
            next(given, "")
            _availability(given, self.where)

    def transaction(self) -> Transaction:
        """The fields of a record 16; its text is all that follows the customer reference."""
        cursor = _Cursor(self.segments)
        type_code, amount = next(cursor), next(cursor)
        return Transaction(
            type=type_code,
            amount=amount,
            value_date=_availability(cursor, self.where),
            bank_reference=next(cursor),
            customer_reference=next(cursor),
            text=cursor.rest(),
        )


class _Cursor(Iterator[str]):
    """Takes the fields of a record one by one across its lines; empty ones without end behind the last."""

    def __init__(self, segments: list[_Segment]) -> None:
        self._segments = segments
        self._line = 0
        self._unread: str | None = segments[0].text

    def __next__(self) -> str:
        if self._unread is None and self._line + 1 < len(self._segments):
            self._line += 1
            self._unread = self._segments[self._line].text
        value, comma, unread = (self._unread or "").partition(",")
        self._unread = unread if comma else None
        return value.strip()

    def rest(self) -> str:
        """Everything not taken yet; a line that is full runs on without a blank."""
        text = self._unread or ""
        for before, segment in zip(self._segments[self._line :], self._segments[self._line + 1 :], strict=False):
            text += segment.text if before.runs_on else f" {segment.text}"
        return text


def _availability(fields: Iterator[str], where: str) -> str:
    """Takes the funds type and its fields; gives the value date if it has one."""
    funds = next(fields, "").upper()
    if funds == "D":
        taken = 2 * number_in(next(fields, ""), where, "number of distributions")
    elif funds in _FIELDS_AFTER_FUNDS:
        taken = _FIELDS_AFTER_FUNDS[funds]
    else:
        refuse(where, f"“{funds[:12]}” is no funds type.", "funds type")
    if taken > MOST_PIECES:
        refuse(where, "More distributions than any transaction has.", "number of distributions")
    values = [next(fields, "") for _ in range(taken)]
    return values[0] if funds == "V" else ""


def logical_records(source: BinaryIO) -> Iterator[Bai2Record]:
    """The file's records with their continuations. Where the first one ends at a slash, the last one must, too."""
    length, open_record, writes_slashes = _USUAL_LENGTH, None, False
    for line in lines(source):
        kind, segment = _segment(line, length)
        writes_slashes |= kind == "01" and segment.ends
        if kind == "99" and writes_slashes and not segment.ends:
            refuse(line.where, "The record does not end at a slash: it was cut short.")
        if kind != "88":
            if open_record is not None:
                yield open_record
            open_record = Bai2Record(kind, line.where, [segment])
            length = _stated_length(open_record) if kind == "01" else length
        elif open_record is None or len(open_record.segments) >= MOST_PIECES:
            refuse(line.where, "This record continues (88) nothing, or more lines than any record has.")
        else:
            open_record.segments.append(segment)
    if open_record is not None:
        yield open_record


def _segment(line: Record, length: int) -> tuple[str, _Segment]:
    found = _LINE.fullmatch(line.text)
    if found is None or found[1] not in _KINDS | {"88"}:
        refuse(line.where, f"“{line.text[:12]}” begins no record of BAI2.", "record code")
    kind, text = found.groups()
    ends = text.endswith("/")
    return kind, _Segment(text[:-1] if ends else text, ends, runs_on=len(line.text) == length and not ends)


def _stated_length(header: Bai2Record) -> int:
    """The physical record length of the file header, 80 when it leaves that open."""
    stated = header.first_fields(9)[6]
    return int(stated) if stated.isascii() and stated.isdigit() and 0 < len(stated) < 6 else _USUAL_LENGTH
