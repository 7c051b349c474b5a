"""The movements of a CODA file: records 2.1–2.3 and 3.1–3.3, and how globalised amounts become entries.

* Types 1 (totalised by the customer) and 2 (totalised by the bank) are batches. When the details right below them
  (types 5, 6 and 7; not 8 and 9, which explain a detail again) sum to the amount, each detail is an entry with the
  movement's bank reference as its batch. When there are none, the amount is one entry; when they do not sum, it is one
  entry with all their text, and a warning.
* Type 3 is one entry; details of the opposite sign (type 8: costs taken from a credit) are its charges.
* What the communication says is read in `coda_communications`.
* The pieces of a communication lie end to end in 2.1, 2.2 and 2.3; information (3.1–3.3) follows behind a blank.
* A type of R-transaction 2–5 (return, refund, reversal, cancellation) marks a reversal. The sign stays as written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from core.problems import Problem
from payments.readers.coda_communications import Said, communication_said
from payments.readers.model import Entry
from payments.readers.references import structured_reference
from payments.readers.text_records import Record, day_dmy, is_absent, minor_units, number_in, refuse, words

_BATCHES = {"1", "2"}
_PARTS = {"5", "6", "7"}
_COSTS = {"8", "9"}
_NOT_TEXT = {"001", "004", "005"}
_UNDOING = {"2", "3", "4", "5"}
_BELGIAN_NUMBER = re.compile(r"([0-9]{12}) [A-Z]{3}", re.ASCII)


def signed_amount(text: str, where: str, name: str) -> int:
    """A sign (0 credit, 1 debit) and 15 digits: thousandths."""
    if text[0] not in "01":
        refuse(where, f"“{text[0]}” is neither credit (0) nor debit (1).", name)
    amount = number_in(text[1:], where, name)
    return -amount if text[0] == "1" else amount


@dataclass(slots=True)
class Movement:
    """A record 2.1 with its 2.2 and 2.3, and the information records after it."""

    where: str
    text: str
    amount: int
    thousandths: int
    booked_on: date
    valued_on: date | None
    version: str
    second: str = " " * 128
    third: str = " " * 128
    information: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.text[2:6]

    @property
    def detail_number(self) -> int:
        return int(self.text[6:10])

    @property
    def is_detail(self) -> bool:
        return self.text[6:10] != "0000"

    @property
    def type(self) -> str:
        return self.text[53]

    @property
    def said(self) -> Said:
        """The communication of 150 characters: 54 in record 2.1, 53 in 2.2, and since version 2 43 in 2.3."""
        third = self.third[82:125] if self.version == "2" else ""
        return communication_said(self.text[61:115] + self.second[10:63] + third, self.amount)

    def complete(self, record: Record) -> None:
        """Takes record 2.2 or 2.3."""
        if record.text[1] == "2":
            self.second = record.text
        elif record.text[1] == "3":
            self.third = record.text
        else:
            refuse(record.where, f"“2{record.text[1]}” is no record type of CODA.", "record type")

    def inform(self, record: Record) -> None:
        """Takes record 3.1 (with its type), 3.2 or 3.3."""
        if record.text[1] == "1":
            self.information.append(record.text[39:113])
        elif record.text[1] in "23" and self.information:
            self.information[-1] += record.text[10:115] if record.text[1] == "2" else record.text[10:100]
        else:
            refuse(record.where, "Information continues (3.2, 3.3) that did not begin (3.1).", "record type")


def movement_in(record: Record, currency: str, version: str) -> Movement:
    """Reads record 2.1; a number, amount or date that is none refuses the file."""
    text, where = record.text, record.where
    number_in(text[2:10], where, "continuous and detail number")
    thousandths = signed_amount(text[31:47], where, "amount")
    number_in(text[53:61], where, "transaction code")
    return Movement(
        where=where,
        text=text,
        amount=minor_units(thousandths, 3, currency, where, "amount"),
        thousandths=thousandths,
        booked_on=day_dmy(text[115:121], where, "entry date"),
        valued_on=None if is_absent(text[47:53]) else day_dmy(text[47:53], where, "value date"),
        version=version,
    )


def entries(group: list[Movement], currency: str) -> Iterator[Entry | Problem]:
    """A movement 0000 and its details as what really moved: one entry, or its parts."""
    whole, details = group[0], group[1:]
    parts = _parts(details) if whole.type in _BATCHES else []
    if not parts:
        yield _entry(whole, details, currency)
    elif sum(part.amount for part, _ in parts) == whole.amount:
        batch = words(whole.text[10:31]) or None
        for part, explaining in parts:
            yield _entry(part, explaining, currency)._replace(batch=batch)
    else:
        message = "The details do not sum to the globalised amount; it is kept as one entry."
        yield Problem(whole.where, message, "warning", "amount")
        yield _entry(whole, details, currency)


def _parts(details: list[Movement]) -> list[tuple[Movement, list[Movement]]]:
    """Each part of a batch with the details that explain it."""
    parts: list[tuple[Movement, list[Movement]]] = []
    for detail in details:
        if detail.type in _PARTS:
            parts.append((detail, []))
        elif parts:
            parts[-1][1].append(detail)
    return parts


def _entry(movement: Movement, details: list[Movement], currency: str) -> Entry:
    text, second = movement.text, movement.second
    said = movement.said
    remittance = words(" ".join([said.text, *_informed(movement), *map(_detail_text, details)]))
    undone = said.undone or second[112]
    return Entry(
        booked_on=movement.booked_on,
        valued_on=movement.valued_on,
        amount=movement.amount,
        currency=currency,
        where=movement.where,
        entry_ref=words(text[10:31]) or None,
        remittance=remittance,
        counterparty=_counterparty(movement),
        counterparty_account=_counterparty_account(movement),
        counterparty_bic=words(second[98:109]) or None,
        structured_reference=said.reference or structured_reference(remittance),
        end_to_end=_end_to_end(second[63:98]),
        mandate=said.mandate,
        code=text[53:61],
        return_reason=said.return_reason or words(second[113:117]) or None,
        is_reversal=undone in _UNDOING,
        charges=_charges(movement, details),
        original_amount=said.original_amount,
        original_currency=said.original_currency,
        rate=said.rate,
    )


def _detail_text(detail: Movement) -> str:
    return " ".join([detail.said.text, *_informed(detail)])


def _informed(movement: Movement) -> Iterator[str]:
    """The information records that say more about the payment: not addresses (001) and banks (004, 005)."""
    for information in movement.information:
        if information[0] != "1":
            yield information[1:]
        elif information[1:4] not in _NOT_TEXT:
            yield information[4:]


def _counterparty(movement: Movement) -> str | None:
    """The name in record 2.3, else in the address (information 001: 70 characters)."""
    stated = words(movement.third[47:82] if movement.version == "2" else movement.third[47:73])
    informed = (words(piece[4:74]) for piece in movement.information if piece.startswith("1001"))
    return stated or next(filter(None, informed), None)


def _counterparty_account(movement: Movement) -> str | None:
    field = movement.third[10:44] if movement.version == "2" else movement.third[10:22]
    belgian = _BELGIAN_NUMBER.match(field)
    account = belgian[1] if belgian else field.replace(" ", "")
    return None if is_absent(account) else account


def _end_to_end(text: str) -> str | None:
    reference = words(text)
    return None if reference in ("", "NOTPROVIDED") else reference


def _charges(movement: Movement, details: list[Movement]) -> int | None:
    """What a credit lost on the way to us: its details (type 8, or 9 of a part) with the opposite sign."""
    taken = sum(detail.amount for detail in details if detail.type in _COSTS and detail.amount < 0)
    return -taken if taken and movement.amount > 0 else None
