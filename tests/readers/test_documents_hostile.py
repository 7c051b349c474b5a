"""Damaged and hostile documents of every format: refused or read, never another error, never read over."""

import random
import time
from collections.abc import Iterator

import pytest
from lxml import etree

from core.money import LARGEST_MINOR
from receivables.intake.documents.elements import LARGEST_FILE, MOST_TAGS
from receivables.intake.documents.model import Document, InvoiceDocument, RemittanceDocument, Unreadable
from receivables.intake.documents.registry import READERS, reader_for, reader_named
from tests.readers.damage import mutations
from tests.readers.document_files import (
    CII_INVOICE,
    EDIFACT_INVOICE,
    EDIFACT_ORDER,
    EDIFACT_REMITTANCE,
    FACTURAE,
    FATTURA,
    ORDER_X,
    UBL_CREDIT_NOTE,
    UBL_INVOICE,
    UBL_ORDER,
    UBL_ORDER_RESPONSE,
    UBL_REMITTANCE,
    ZUGFERD_1,
    changed,
    invoice_in,
    pdf,
    read,
    refusal_of,
    signed,
    signed_in_pieces,
)

XML = {
    "UBL invoice": UBL_INVOICE,
    "UBL credit note": UBL_CREDIT_NOTE,
    "UBL order": UBL_ORDER,
    "UBL order response": UBL_ORDER_RESPONSE,
    "UBL remittance advice": UBL_REMITTANCE,
    "CII": CII_INVOICE,
    "ZUGFeRD 1": ZUGFERD_1,
    "Order-X": ORDER_X,
    "FatturaPA": FATTURA,
    "Facturae": FACTURAE,
}
EDIFACT = {"INVOIC": EDIFACT_INVOICE, "ORDERS": EDIFACT_ORDER, "REMADV": EDIFACT_REMITTANCE}
PACKED = {
    "p7m": signed(FATTURA),
    "p7m in pieces": signed_in_pieces(FATTURA),
    "PDF": pdf(("factur-x.xml", CII_INVOICE)),
    "PDF unpacked": pdf(("factur-x.xml", CII_INVOICE), flate=False),
}
EVERY = {**XML, **EDIFACT, **PACKED}


def is_sound(document: Document) -> bool:
    """What no reading may break: a number, amounts we can hold, and a held document wherever the sums fail."""
    if isinstance(document, InvoiceDocument):
        held = document.is_held or document.ties is not False
        return bool(document.number) and abs(document.totals.payable) <= LARGEST_MINOR and held
    if isinstance(document, RemittanceDocument):
        return bool(document.number) and abs(document.amount) <= LARGEST_MINOR
    return bool(document.number and document.order_number)


def survives(data: bytes) -> bool:
    """True when the file is refused with a reason or soundly read. Any other error passes up."""
    try:
        documents = read(data)
    except Unreadable as refused:
        return all(problem.message and problem.where for problem in refused.problems)
    return bool(documents) and all(map(is_sound, documents))


@pytest.mark.parametrize("name", EVERY)
def test_a_thousand_mutations_of_bytes_are_refused_or_soundly_read(name: str) -> None:
    assert all(survives(data) for data in mutations(EVERY[name], 1_000))


NASTY = [
    *("", " ", "NaN", "sNaN", "Infinity", "-0", "1e300000", "1_000", "١٠٠", "１００", "1,00", "1.005", "9" * 5_000),
    *("0001-01-01", "2026-02-30", "20260230", "2026-13-01T00:00:00Z", "９９", "XXX", "EUR", "BHD", "380", "381"),
    *("\u202e", "#SKONTO#TAGE=14#PROZENT=9999.99#", "#REG#", "é" * 300, "-1.00", "1" * 19, "true", "RO" + "0" * 5_000),
]


def restructured(data: bytes, count: int) -> Iterator[bytes]:
    """Versions of an XML file with elements left out, doubled, moved, and filled with what may break a reader."""
    hand = random.Random(20260131)
    for _ in range(count):
        root = etree.fromstring(data)
        for _ in range(hand.randint(1, 3)):
            _restructure(list(root.iter(etree.Element)), hand)
        yield etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _restructure(elements: list[etree._Element], hand: random.Random) -> None:
    one, other = hand.choice(elements), hand.choice(elements)
    parent = one.getparent()
    match hand.randrange(5):
        case 0 if parent is not None:
            parent.remove(one)
        case 1 if parent is not None:
            parent.insert(hand.randrange(len(parent)), etree.fromstring(etree.tostring(one)))
        case 2:
            other.append(etree.fromstring(etree.tostring(one)))
        case 3:
            name = hand.choice(["currencyID", "schemeID", "format", "unitCode"])
            one.set(name, hand.choice(["USD", "XXX", "616", ""]))
        case _:
            one.text = hand.choice(NASTY)


@pytest.mark.parametrize("name", XML)
def test_a_thousand_mutations_of_structure_are_refused_or_soundly_read(name: str) -> None:
    assert all(survives(data) for data in restructured(XML[name], 1_000))


def reordered(data: bytes, count: int) -> Iterator[bytes]:
    """Versions of an interchange with segments left out, doubled, moved and refilled, its counts put right."""
    hand = random.Random(20260131)
    lines = data.split(b"'\n")[1:-3]
    head, kind = data[: data.index(b"'\n") + 2], lines[0]
    for _ in range(count):
        inside = lines[1:]
        for _ in range(hand.randint(1, 3)):
            _reorder(inside, hand)
        trailer = [b"UNT+%d+M1" % (len(inside) + 2), b"UNZ+1+REF1"]
        yield head + b"".join(segment + b"'\n" for segment in [kind, *inside, *trailer])


def _reorder(segments: list[bytes], hand: random.Random) -> None:
    at = hand.randrange(len(segments))
    match hand.randrange(4):
        case 0 if len(segments) > 1:
            del segments[at]
        case 1:
            segments.insert(hand.randrange(len(segments)), segments[at])
        case 2:
            segments[at] = segments[at][: hand.randrange(3, len(segments[at]) + 1)]
        case _:
            pieces = segments[at].split(b":")
            pieces[hand.randrange(len(pieces))] = hand.choice(NASTY).encode("latin-1", "ignore").replace(b"'", b"")
            segments[at] = segments[at][:4] + b":".join(pieces)[4:]


@pytest.mark.parametrize("name", EDIFACT)
def test_a_thousand_mutations_of_segments_are_refused_or_soundly_read(name: str) -> None:
    assert all(survives(data) for data in reordered(EDIFACT[name], 1_000))


@pytest.mark.parametrize("name", XML)
def test_every_cut_of_a_document_is_refused(name: str) -> None:
    data = XML[name].rstrip()
    for length in range(len(data)):
        assert refusal_of(data[:length])


ENTITY = '<!ENTITY e "x">'
DOCTYPES = [
    "<!DOCTYPE {root}>",
    "<!DOCTYPE {root} SYSTEM 'file:///etc/hostname'>",
    "<!DOCTYPE {root} PUBLIC '-//X//Y' 'http://127.0.0.1:9/x.dtd'>",
    f"<!DOCTYPE {{root}} [{ENTITY}]>",
    "<!DOCTYPE {root} [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>",
    "<!DOCTYPE {root} [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]>",
    "<!DOCTYPE {root} [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;'>]>",
    "<!DOCTYPE {root} [<!ATTLIST {root} currencyID CDATA 'USD'>]>",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("name", XML)
def test_a_document_type_is_refused_by_name_in_every_format(name: str, doctype: str, encoding: str) -> None:
    text = XML[name].decode().partition("?>")[2].lstrip()
    root = text[1:].split()[0]
    began = time.process_time()
    assert "DOCTYPE" in refusal_of(f"{doctype.format(root=root)}{text}".encode(encoding))
    assert time.process_time() - began < 2


def test_a_document_may_be_written_in_another_encoding() -> None:
    text = UBL_INVOICE.decode()
    for encoding in ("UTF-16", "ISO-8859-1", "windows-1252"):
        assert invoice_in(text.replace("UTF-8", encoding).encode(encoding)) == invoice_in(UBL_INVOICE)


def test_an_encoding_that_could_hide_something_is_refused() -> None:
    assert refusal_of(changed(UBL_INVOICE, 'encoding="UTF-8"', 'encoding="utf-7"'))


ODD_NUMBERS = [
    *("NaN", "sNaN", "Inf", "-Infinity", "1e3", "1E+3", "1_000", "1,000.00", "1.000,00", "1'000", "0x10", "10^3"),
    *("１０", "٣", "½", "1/3", "€1", "--1", "+-1", "1 000", "1\u00a0000", "1" * 19, "9" * 4_301, "1." + "0" * 5_000),
]


@pytest.mark.parametrize("text", ODD_NUMBERS)
def test_a_number_written_in_another_way_is_refused_in_no_time(text: str) -> None:
    began = time.process_time()
    assert "PayableAmount" in refusal_of(changed(UBL_INVOICE, ">1002.00<", f">{text}<"))
    assert time.process_time() - began < 2


def test_a_currency_without_cents_has_none() -> None:
    assert "“191.90” has more decimals than JPY allows (0)" in refusal_of(changed(UBL_INVOICE, "EUR", "JPY"))


def test_a_document_of_too_many_elements_or_bytes_is_refused() -> None:
    began = time.process_time()
    crowd = b"<cac:InvoiceLine/>" * (MOST_TAGS + 1)
    assert f"more than {MOST_TAGS:,} tags" in refusal_of(UBL_INVOICE.replace(b"</Invoice>", crowd + b"</Invoice>"))
    assert "larger than 25 MB" in refusal_of(UBL_INVOICE + b" " * LARGEST_FILE)
    assert time.process_time() - began < 2


def test_a_text_of_too_many_characters_is_refused() -> None:
    long = changed(UBL_INVOICE, ">Thank you<", f">{'x' * 100_001}<")
    assert "Note[2]: Note has more than 100,000 characters." in refusal_of(long)


def test_an_iban_of_thousands_of_digits_is_no_iban() -> None:
    invoice = invoice_in(changed(UBL_INVOICE, "DE02 1203", "DE" + "1" * 5_000))
    assert invoice.iban is None


NO_DOCUMENTS = [
    *(
        b"",
        b"\n",
        b"text",
        b"{}",
        b"PK\x03\x04",
        b"<a/>",
        b"<M_INVOIC/>",
        b"\xff\xfe",
        b"UNA",
        b"%PDF",
        b"0\x80",
        b"MII",
    ),
]


@pytest.mark.parametrize("data", NO_DOCUMENTS)
def test_what_is_no_document_is_recognised_by_nobody(data: bytes) -> None:
    assert "This is none of the document formats we read" in refusal_of(data)


@pytest.mark.parametrize("name", EVERY)
def test_exactly_one_reader_recognises_each_file(name: str) -> None:
    assert len([reader for reader in READERS if reader.recognises(EVERY[name][:65_536], name)]) == 1


def test_a_reader_is_found_by_its_name() -> None:
    assert [reader_named(reader.name) for reader in READERS] == list(READERS)
    with pytest.raises(Unreadable, match=r"no document format “pdf”\. Known: cii, edifact"):
        reader_named("pdf")


def test_a_comment_of_several_thousand_bytes_may_stand_before_the_root() -> None:
    licence = b"<!-- " + b"licence " * 5_000 + b"-->"
    head = UBL_INVOICE.replace(b"<Invoice", licence + b"<Invoice", 1)
    assert reader_for(head, "x").name == "ubl"
