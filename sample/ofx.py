"""The sample's statements as OFX text: 1.0.2 with its colon header and unclosed elements, or 2.1.1 as XML.

Element order follows OFX 1.6 §11.4; the payer's account stands in BANKACCTTO, as European banks write it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from core.money import decimal_text
from sample.company import BankAccount

_SGML_HEADER = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE
"""
_XML_HEADER = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>"""

Element: TypeAlias = tuple[str, str | Sequence["Element"]]
"""A name with a text, or with the elements inside it."""


@dataclass(frozen=True, slots=True)
class BankLine:
    """One movement as the bank prints it; `amount` is signed, `code` is OFX's TRNTYPE."""

    entry_ref: str
    booked_on: date
    amount: int
    code: str
    counterparty: str
    counterparty_iban: str
    text: str


@dataclass(frozen=True, slots=True)
class AccountMonth:
    """What a statement tells: opening + Σ amounts = closing, in minor units."""

    account: BankAccount
    from_on: date
    to_on: date
    opening: int
    closing: int
    lines: tuple[BankLine, ...]


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _movement(line: BankLine, currency: str) -> Element:
    fields: list[Element] = [
        ("TRNTYPE", line.code),
        ("DTPOSTED", _day(line.booked_on)),
        ("DTAVAIL", _day(line.booked_on)),
        ("TRNAMT", decimal_text(line.amount, currency)),
        ("FITID", line.entry_ref),
        ("NAME", line.counterparty),
    ]
    if line.counterparty_iban:
        bank, number = line.counterparty_iban[4:8], line.counterparty_iban
        fields.append(("BANKACCTTO", (("BANKID", bank), ("ACCTID", number), ("ACCTTYPE", "CHECKING"))))
    return "STMTTRN", (*fields, ("MEMO", line.text))


def _statement(month: AccountMonth) -> Element:
    iban, currency = month.account.iban, month.account.currency
    movements = tuple(_movement(line, currency) for line in month.lines)
    return "STMTRS", (
        ("CURDEF", currency),
        ("BANKACCTFROM", (("BANKID", iban[4:8]), ("ACCTID", iban), ("ACCTTYPE", "CHECKING"))),
        ("BANKTRANLIST", (("DTSTART", _day(month.from_on)), ("DTEND", _day(month.to_on)), *movements)),
        ("LEDGERBAL", (("BALAMT", decimal_text(month.closing, currency)), ("DTASOF", _day(month.to_on)))),
    )


def _document(month: AccountMonth) -> Element:
    good: Element = ("STATUS", (("CODE", "0"), ("SEVERITY", "INFO")))
    signed_on: Element = ("SONRS", (good, ("DTSERVER", f"{_day(month.to_on)}230500"), ("LANGUAGE", "ENG")))
    answer: Element = ("STMTTRNRS", (("TRNUID", "0"), good, _statement(month)))
    return "OFX", (("SIGNONMSGSRSV1", (signed_on,)), ("BANKMSGSRSV1", (answer,)))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lines(element: Element, indent: str, step: str, leaf_end: str) -> Iterator[str]:
    name, content = element
    if isinstance(content, str):
        yield f"{indent}<{name}>{_escaped(content)}{leaf_end.format(name)}"
        return
    yield f"{indent}<{name}>"
    for child in content:
        yield from _lines(child, indent + step, step, leaf_end)
    yield f"{indent}</{name}>"


def ofx1_text(month: AccountMonth) -> str:
    """OFX 1.0.2: SGML, values without end tags."""
    return "\n".join((_SGML_HEADER, *_lines(_document(month), "", "", ""))) + "\n"


def ofx2_text(month: AccountMonth) -> str:
    """OFX 2.1.1: XML."""
    return "\n".join((_XML_HEADER, *_lines(_document(month), "", "  ", "</{0}>"))) + "\n"
