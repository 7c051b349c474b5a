"""Factur-X and ZUGFeRD: the one invoice inside a PDF, and the PDFs that are refused."""

import time
import zlib
from pathlib import Path

import pytest

from receivables.intake.documents.facturx import MOST_FILES, MOST_UNPACKED
from tests.readers.document_files import (
    CII_INVOICE,
    ORDER_X,
    UBL_INVOICE,
    ZUGFERD_1,
    changed,
    invoice_in,
    order_in,
    pdf,
    refusal_of,
    warnings_in,
)

NAME = "factur-x.xml"
INSIDE = pdf((NAME, CII_INVOICE))


def pdf_of(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first its catalog, with a right table of where they stand."""
    out, places = b"%PDF-1.7\n", []
    for number, inside in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, inside)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    root = b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return out + head + table + root + b"startxref\n%d\n%%%%EOF\n" % len(out)


def stream(content: bytes, packing: bytes = b"/FlateDecode") -> bytes:
    return b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(content), packing, content)


def catalog(files: bytes) -> bytes:
    return b"<< /Type /Catalog /Pages 2 0 R %s >>" % files


PAGES = b"<< /Type /Pages /Kids [] /Count 0 >>"
LISTED = catalog(b"/Names << /EmbeddedFiles << /Names [(x) 3 0 R] >> >>")
SPECIFICATION = b"<< /Type /Filespec /F (factur-x.xml) /EF << /F 4 0 R >> >>"


def with_file(packed: bytes) -> bytes:
    return pdf_of(LISTED, PAGES, SPECIFICATION, packed)


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml"])
@pytest.mark.parametrize("packed", [True, False])
def test_the_embedded_invoice_is_the_invoice(name: str, packed: bool) -> None:
    assert invoice_in(pdf((name, CII_INVOICE), flate=packed)) == invoice_in(CII_INVOICE)


def test_other_files_may_travel_along() -> None:
    others = [("rapport.pdf", b"%PDF-1.4 ..."), ("photo.png", b"\x89PNG"), ("data.xml", b"<data/>")]
    assert invoice_in(pdf(others[0], (NAME, CII_INVOICE), *others[1:])) == invoice_in(CII_INVOICE)


def test_ubl_zugferd_1_and_orders_may_be_embedded_too() -> None:
    assert invoice_in(pdf(("xrechnung.xml", UBL_INVOICE))) == invoice_in(UBL_INVOICE)
    assert invoice_in(pdf(("ZUGFeRD-invoice.xml", ZUGFERD_1))) == invoice_in(ZUGFERD_1)
    assert order_in(pdf(("order-x.xml", ORDER_X))) == order_in(ORDER_X)


def test_a_name_no_standard_knows_is_warned_of() -> None:
    invoice = invoice_in(pdf(("rechnung.xml", CII_INVOICE)))
    assert warnings_in(invoice) == [
        "The embedded file is called “rechnung.xml”, which no standard for invoices in PDF knows."
    ]


def test_a_file_listed_only_as_associated_is_found() -> None:
    data = pdf_of(catalog(b"/AF [3 0 R]"), PAGES, SPECIFICATION, stream(zlib.compress(CII_INVOICE)))
    assert invoice_in(data) == invoice_in(CII_INVOICE)


def test_a_file_listed_twice_is_one_file() -> None:
    both = catalog(b"/AF [3 0 R] /Names << /EmbeddedFiles << /Kids [<< /Names [(x) 3 0 R] >>] >> >>")
    data = pdf_of(both, PAGES, SPECIFICATION, stream(zlib.compress(CII_INVOICE)))
    assert invoice_in(data) == invoice_in(CII_INVOICE)


def test_two_different_invoices_are_refused() -> None:
    other = changed(CII_INVOICE, ">1002.00<", ">2.00<")
    reason = refusal_of(pdf((NAME, CII_INVOICE), ("b.dat", other)))
    assert reason == "the PDF: The PDF has several embedded invoices (“b.dat”, “factur-x.xml”); one is allowed."


def test_two_copies_of_one_invoice_are_one() -> None:
    assert invoice_in(pdf((NAME, CII_INVOICE), ("zugferd-invoice.xml", CII_INVOICE))).number == "2026-0815"


def test_a_pdf_without_an_invoice_is_refused() -> None:
    assert "has no embedded invoice" in refusal_of(pdf())
    assert "has no embedded invoice" in refusal_of(pdf(("data.xml", b"<data/>")))


def test_an_invoice_by_name_only_is_refused_by_its_name() -> None:
    assert "“factur-x.xml” is no invoice of a format we read" in refusal_of(pdf((NAME, b"<rsm:Other/>")))


def test_the_embedded_invoice_is_refused_for_its_own_faults() -> None:
    assert "PayableAmount: “NaN”" in refusal_of(pdf((NAME, changed(UBL_INVOICE, ">1002.00<", ">NaN<"))))
    assert "DOCTYPE" in refusal_of(
        pdf((NAME, CII_INVOICE.replace(b"<rsm:", b"<!DOCTYPE rsm:CrossIndustryInvoice><rsm:", 1)))
    )


def test_an_encrypted_pdf_is_refused() -> None:
    assert "encrypted" in refusal_of(pdf((NAME, CII_INVOICE), password="secret"))


def test_a_packed_file_whose_checksum_fails_is_refused() -> None:
    packed = zlib.compress(CII_INVOICE)
    for broken in (packed[:-4] + b"\0\0\0\0", packed[:-4], packed[:-1], packed[: len(packed) // 2]):
        assert "the PDF" in refusal_of(with_file(stream(broken)))


SLOPPY = catalog(b"/Lang (de) /Lang (de) /Names << /EmbeddedFiles << /Names [(x) 3 0 R] >> >>")
"""A key twice in one dictionary: readers take the last, the standard forbids it."""


def test_a_pdf_that_breaks_the_rules_is_read_with_a_warning_when_its_invoice_proves_itself() -> None:
    packed = stream(zlib.compress(CII_INVOICE))
    invoice = invoice_in(pdf_of(SLOPPY, PAGES, SPECIFICATION, packed))
    assert invoice.totals == invoice_in(with_file(packed)).totals
    (warning,) = warnings_in(invoice)
    assert warning.startswith("The PDF breaks the rules of its format (")
    assert warning.endswith("; the invoice in it is whole.")


def test_a_pdf_that_breaks_the_rules_and_does_not_pack_its_invoice_is_refused() -> None:
    plain = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(CII_INVOICE), CII_INVOICE)
    assert invoice_in(with_file(plain)).number == "2026-0815"
    assert "damaged or not harmless" in refusal_of(pdf_of(SLOPPY, PAGES, SPECIFICATION, plain))


def test_every_cut_of_a_pdf_is_refused() -> None:
    for length in range(0, len(INSIDE) - 6, 7):
        assert refusal_of(INSIDE[:length])


def bomb(megabytes: int) -> bytes:
    """An invoice that unpacks to so many megabytes of blanks."""
    packer = zlib.compressobj(9)
    head, end = CII_INVOICE.split(b"<rsm:ExchangedDocument>")
    pieces = [head, *[b" " * 1_000_000] * megabytes, b"<rsm:ExchangedDocument>", end]
    return b"".join(map(packer.compress, pieces)) + packer.flush()


def highest_memory() -> int:
    """Megabytes this process ever held."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def test_a_bomb_is_refused_in_no_time_and_little_memory() -> None:
    data = with_file(stream(bomb(1_000)))
    before, began = highest_memory(), time.process_time()
    assert f"larger than {MOST_UNPACKED // 1_000_000} MB" in refusal_of(data)
    assert time.process_time() - began < 2
    assert highest_memory() - before <= 64


@pytest.mark.parametrize(
    "packing", [b"[/FlateDecode /FlateDecode]", b"/ASCII85Decode", b"/LZWDecode", b"/RunLengthDecode", b"/Unheard"]
)
def test_a_file_packed_in_another_way_is_not_unpacked(packing: bytes) -> None:
    assert "only FlateDecode is read" in refusal_of(with_file(stream(zlib.compress(bomb(1)), packing)))


def test_a_bomb_in_the_tables_of_the_pdf_is_refused() -> None:
    table = stream(zlib.compress(b"\0" * 50_000_000), b"/FlateDecode /Type /XRef /W [1 2 1] /Size 9 /Root 1 0 R")
    began = time.process_time()
    assert "the PDF" in refusal_of(b"%PDF-1.7\n1 0 obj\n" + table + b"\nendobj\nstartxref\n9\n%%EOF")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\n" + b"(" * 1_000_000 + b"%%EOF",
        b"%PDF-1.7\n" + b"1 0 obj << >> endobj\n" * 100_000 + b"startxref\n0\n%%EOF",
        pdf_of(catalog(b""), PAGES, trailer=b"/Prev 9"),
        pdf_of(catalog(b"/Names << /EmbeddedFiles << /Kids [3 0 R] >> >>"), PAGES, b"<< /Kids [3 0 R 3 0 R] >>"),
        pdf_of(catalog(b"/Names 1 0 R /AF 1 0 R"), PAGES),
        pdf_of(catalog(b"/AF [" + b"<< /A " * 5_000 + b">>" * 5_000 + b"]"), PAGES),
        pdf_of(b"<< /Type /Catalog /Pages 1 0 R /Names << /EmbeddedFiles [3 0 R] >> >>"),
    ],
)
def test_a_damaged_or_endless_pdf_is_refused(data: bytes) -> None:
    began = time.process_time()
    assert refusal_of(data)
    assert time.process_time() - began < 2


def test_a_crowd_of_bombs_is_not_unpacked() -> None:
    many = b"".join(b"(x) << /F (a) /EF << /F %d 0 R >> >> " % (number + 3) for number in range(MOST_FILES))
    data = pdf_of(catalog(b"/AF [%s]" % many.replace(b"(x) ", b"")), PAGES, *[stream(bomb(15))] * MOST_FILES)
    before, began = highest_memory(), time.process_time()
    assert "several embedded invoices" in refusal_of(data)
    assert time.process_time() - began < 2
    assert highest_memory() - before <= 64


def test_too_many_embedded_files_are_refused() -> None:
    many = b"".join(b"(x) << /F (a) /EF << /F %d 0 R >> >> " % (number + 3) for number in range(MOST_FILES + 1))
    files = [stream(zlib.compress(b"x"))] * (MOST_FILES + 1)
    data = pdf_of(catalog(b"/Names << /EmbeddedFiles << /Names [%s] >> >>" % many), PAGES, *files)
    assert f"more than {MOST_FILES} embedded files" in refusal_of(data)
