"""The records of a QIF file: which account each belongs to, and its lines by code letter."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from payments.readers.text_records import MOST_PIECES, Record, lines, refuse

_MOVEMENTS = {"bank", "cash", "ccard", "oth a", "oth l"}
_SECURITIES = {"invst", "port", "401(k)/403(b)"}
_LISTS = {"cat", "class", "memorized", "security", "prices", "tag", "budget", "template"}


class Section(NamedTuple):
    """What follows one `!Type:` line. `label` is the name of the account in the `!Account` block before it, None when
    that block lists several (Quicken's AutoSwitch list)."""

    number: int
    type: str
    label: str | None
    where: str

    @property
    def has_movements(self) -> bool:
        return self.type in _MOVEMENTS

    @property
    def is_left_out(self) -> bool:
        """True for what holds transactions we do not read (securities), or what we do not know."""
        return not self.has_movements and self.type not in _LISTS


class QifRecord(NamedTuple):
    """The lines up to one `^`, in order: the code letter and what follows it."""

    section: Section
    where: str
    fields: list[tuple[str, str]]

    def first(self, code: str) -> str:
        """The first value of this code, empty when there is none."""
        return next((value for given, value in self.fields if given == code), "")

    def all(self, code: str) -> list[str]:
        return [value for given, value in self.fields if given == code and value]


def qif_records(source: BinaryIO) -> Iterator[QifRecord]:
    """The records of all `!Type:` sections; account blocks only name what follows them. The file must end at a `^`."""
    file = _File()
    for line in lines(source):
        record = file.take(line)
        if record is not None:
            yield record
    file.end()


class _File:
    """The file so far: the section and the record that are open."""

    def __init__(self) -> None:
        self._section: Section | None = None
        self._sections = 0
        self._in_account = False
        self._accounts = 0
        self._label: str | None = None
        self._where = ""
        self._fields: list[tuple[str, str]] = []
        self._ended = False

    def take(self, line: Record) -> QifRecord | None:
        """Takes a line; gives the record that it ends, if any."""
        text = line.text.strip()
        if not text:
            return None
        if text.startswith("!"):
            self._heading(text[1:].strip().lower(), line.where)
        elif text == "^":
            return self._end_of_record()
        elif self._section is None and not self._in_account:
            if not text.startswith("#"):
                refuse(line.where, "A QIF file begins with a line such as !Type:Bank; this stands before it.")
        else:
            self._field(text, line.where)
        return None

    def end(self) -> None:
        if not self._ended:
            refuse("end of file", "The file does not end at the end of a record (^): it was cut short.")

    def _heading(self, heading: str, where: str) -> None:
        if self._fields:
            refuse(where, "A new section begins inside a record: its end (^) is missing.")
        name, _, value = heading.partition(":")
        if name == "type" and value:
            self._sections += 1
            self._section = Section(self._sections, value.strip(), self._label, where)
            self._in_account = self._ended = False
        elif heading == "account":
            self._in_account, self._ended = True, False
            self._accounts, self._label = 0, None
        elif name not in ("option", "clear") or not value:
            refuse(where, f"“!{heading[:20]}” is no heading of QIF.")

    def _field(self, text: str, where: str) -> None:
        if not self._fields:
            self._where = where
        if len(self._fields) >= MOST_PIECES:
            refuse(where, "The record has more lines than any transaction: an end (^) is missing.")
        self._ended = False
        self._fields.append((text[0].upper(), text[1:].strip()))

    def _end_of_record(self) -> QifRecord | None:
        fields, self._fields, self._ended = self._fields, [], True
        if self._in_account:
            self._accounts += 1
            names = (value for code, value in fields if code == "N" and value)
            self._label = next(names, None) if self._accounts == 1 else None
        elif fields and self._section is not None:
            return QifRecord(self._section, self._where, fields)
        return None
