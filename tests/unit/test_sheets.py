"""Rows of XLSX sheets: typed cells as they stand, and nothing of a workbook that is too large or hostile."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter

from core.errors import Invalid
from core.sheets import MOST_UNPACKED, Sheet, is_workbook, sheets


def workbook(*tables: list[list[object]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "dd/mm/yyyy"}) as book:
        for table in tables:
            sheet = book.add_worksheet()
            for number, cells in enumerate(table):
                sheet.write_row(number, 0, cells)
    return stream.getvalue()


def read(content: bytes) -> list[Sheet]:
    return list(sheets(io.BytesIO(content)))


def with_part(content: bytes, name: str, changed: bytes) -> bytes:
    """The workbook with one part replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            after.writestr(part, changed if part == name else before.read(part))
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SMALL = workbook([["Date", "Amount"], [date(2026, 3, 31), 1234.5]])


def test_cells_come_as_text_number_or_day_and_empty_rows_are_left_out() -> None:
    content = workbook([["a", 1234.1], [], [date(2026, 3, 31), datetime(2026, 3, 31, 14, 5), True]])  # noqa: DTZ001 (workbooks know no zones)
    (sheet,) = read(content)
    assert sheet.rows == [
        (1, ["a", Decimal("1234.1"), ""]),
        (3, [date(2026, 3, 31), "2026-03-31 14:05:00", "TRUE"]),
    ]


def test_sheets_without_rows_are_left_out() -> None:
    assert [sheet.name for sheet in read(workbook([], [["here"]]))] == ["Sheet2"]


def test_a_workbook_is_recognised_by_its_package_and_a_plain_zip_is_not() -> None:
    assert is_workbook(SMALL[:4096])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    assert not is_workbook(stream.getvalue())


@pytest.mark.parametrize("length", range(0, len(SMALL), 97))
def test_a_cut_workbook_is_refused(length: int) -> None:
    with pytest.raises(Invalid):
        read(SMALL[:length])


def test_a_document_type_is_refused() -> None:
    hostile = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData/></worksheet>'
    with pytest.raises(Invalid, match="document type"):
        read(with_part(SMALL, SHEET, hostile))


def test_a_bomb_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(Invalid, match="Unpacked"):
        read(with_part(SMALL, "xl/styles.xml", b" " * (MOST_UNPACKED + 1)))


def test_two_far_corners_are_refused_instead_of_filling_memory() -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(Invalid, match="spans"):
        read(with_part(SMALL, SHEET, b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>"))


@pytest.mark.parametrize(
    "place",
    [
        "A" * 12 + "1",
        "A" * 20_000 + "1",
        "ZZZZ1",
        "A0000000004000000",
        "A00000000000004000000000",
        "A" + "0" * 5_000 + "4000000",
        "A99999999",
        "A12345678901234567890",
    ],
    ids=["12 letters", "20000 letters", "4 letters", "zeros", "more zeros", "5000 zeros", "8 digits", "20 digits"],
)
def test_a_place_beyond_any_sheet_is_refused_before_it_is_parsed(place: str) -> None:
    cells = f'<row r="1"><c r="A1"><v>1</v></c><c r="{place}"><v>1</v></c></row>'.encode()
    with pytest.raises(Invalid, match="spans more than"):
        read(with_part(SMALL, SHEET, b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>"))


@pytest.mark.parametrize("count", ["1499999999", "00099999999999", "9" * 5_000])
@pytest.mark.parametrize(("part", "element"), [("xl/sharedStrings.xml", "sst"), ("xl/styles.xml", "cellXfs")])
@pytest.mark.parametrize("name", ["count", "uniqueCount"])
def test_a_part_that_announces_more_than_fits_is_refused_before_it_is_parsed(
    count: str, part: str, element: str, name: str
) -> None:
    with pytest.raises(Invalid, match="says that it has more than"):
        read(with_part(SMALL, part, f'<{element} {name}="{count}"></{element}>'.encode()))


def test_one_long_text_in_very_many_cells_is_refused() -> None:
    content = workbook([["x"] * 100] * 100)
    long_text = b"<sst><si><t>" + b"x" * 32_000 + b"</t></si></sst>"
    with pytest.raises(Invalid, match="too long"):
        read(with_part(content, "xl/sharedStrings.xml", long_text))


def test_a_number_is_the_shortest_decimal_that_means_it() -> None:
    (sheet,) = read(workbook([[1525.15, 3, 1e15]]))
    assert sheet.rows[0].cells == [Decimal("1525.15"), Decimal(3), Decimal(10**15)]
