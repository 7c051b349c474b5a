"""What a file holds, told by the file itself."""

import io

import pytest
import xlsxwriter

from intake.recognise import kind_of
from tests.readers import document_files

OFX = "OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX><BANKMSGSRSV1></BANKMSGSRSV1></OFX>"
HEADERS = {
    "customers": "customer_id;name;currency",
    "orders": "Order_Number,customer_id,received_at",
    "invoices": '"invoice_number"\tcustomer_id\torder_number',
}


def _kind(content: str | bytes, name: str = "file") -> str | None:
    return kind_of(io.BytesIO(content.encode() if isinstance(content, str) else content), name)


def _workbook(*header: str) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet("Rows").write_row(0, 0, header)
    return made.getvalue()


@pytest.mark.parametrize(("kind", "header"), HEADERS.items())
def test_a_table_is_told_by_its_columns(kind: str, header: str) -> None:
    assert _kind(header) == kind
    assert _kind("\ufeff" + header + "\r\n1;2;3\r\n") == kind


def test_json_is_told_by_its_members() -> None:
    assert _kind('{"customer_id": "C-1", "name": "Acme"}\n') == "customers"
    assert _kind('[{"invoice_number": "F-1", "customer_id": "C-1"}]') == "invoices"


def test_a_workbook_is_told_by_the_first_row_of_its_first_sheet() -> None:
    assert _kind(_workbook("invoice_number", "customer_id")) == "invoices"
    assert _kind(_workbook("customer_id", "name")) == "customers"


def test_business_documents_are_told_by_what_they_are() -> None:
    assert _kind(document_files.UBL_INVOICE) == "invoices"
    assert _kind(document_files.CII_INVOICE) == "invoices"
    assert _kind(document_files.FATTURA) == "invoices"
    assert _kind(document_files.EDIFACT_INVOICE) == "invoices"
    assert _kind(document_files.UBL_ORDER) == "orders"
    assert _kind(document_files.ORDER_X) == "orders"
    assert _kind(document_files.EDIFACT_ORDER) == "orders"
    assert _kind(document_files.UBL_REMITTANCE) == "remittance"
    assert _kind(document_files.EDIFACT_REMITTANCE) == "remittance"


def test_bank_files_are_told_by_their_format() -> None:
    assert _kind(OFX) == "statement"
    assert _kind(":20:START\n:25:DE89370400440532013000\n:28C:1/1\n:60F:C261118EUR0,00\n") == "statement"


def test_what_tells_nothing_is_not_guessed() -> None:
    assert _kind("") is None
    assert _kind("Dear all, the figures follow.") is None
    assert _kind(bytes(range(256)) * 20) is None
    assert _kind("<html><body>Please sign in</body></html>") is None
