"""Cells of CSV: no spreadsheet takes them for formulas, and they come back as they were."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.csv_cells import FORMULA_STARTS, as_meant, cell

STARTS = tuple(each for each in FORMULA_STARTS if each not in "\t\r\0")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "@SUM(1)", "-2+3", "\t=1", "\r=1", "=cmd|'/c calc'!A1", "-1.5.2", "-"]
)
def test_a_text_that_begins_like_a_formula_has_an_apostrophe_in_front(text: str) -> None:
    assert cell(text)[0] == "'"


@pytest.mark.parametrize("value", ["-12.50", "-1", -5, "12", "", "Acme", "a-b", "2026-03-01", "a; b", "to do:\n- pay"])
def test_numbers_and_plain_texts_stay_as_they_are(value: object) -> None:
    assert cell(value) == str(value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("within", [";", "\t", "|", "\n", "\r", "\r\n"])
@pytest.mark.parametrize("formula", ["=1+1", "+1+1", "@SUM(1)", "-2+3", "=cmd|'/c calc'!A1"])
def test_no_formula_appears_in_a_spreadsheet_that_expects_other_signs(
    delimiter: str, within: str, formula: str
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(["Acme", cell(f"INV 7{within}{formula}"), "x"])
    for line in file.getvalue().splitlines():
        assert not any(part.startswith(STARTS) for part in line.split(delimiter))


@given(st.text(alphabet="=+-@'; \t\n|a1", max_size=12).filter(lambda text: "'" not in text))
def test_what_was_kept_from_a_spreadsheet_comes_back_as_it_was(text: str) -> None:
    assert as_meant([cell(text)]) == [text]
