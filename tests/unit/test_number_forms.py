"""S05: five hundred ways to write a number that a program may trip over; each is refused, or read exactly,
at once."""

import contextlib
import json
import math
import time

import pytest

from core.money import NotAnAmount, parse_minor
from receivables.intake.fields import Fields
from receivables.intake.rows import Row
from runtime.strict_json import NotStrict, check

SPECIAL = [
    "NaN",
    "nan",
    "sNaN",
    "-NaN",
    "NaN123",
    "Inf",
    "inf",
    "Infinity",
    "-Infinity",
    "+inf",
    "∞",
    "1.#INF",
    "1.#QNAN",
]
EXPONENTS = [f"{sign}{whole}{mark}{power}" for sign in ("", "-") for whole in ("1", "1.5", "0") for mark in "eE"
             for power in ("5", "+5", "-5", "300000", "-300000", "999999999", "٣")]  # fmt: skip
GROUPED = [f"1{mark}234{tail}" for mark in (",", ".", "'", "’", "_", " ", "\xa0", "\u202f", "·", "٬")
           for tail in ("", ".56", ",56", "_000", ".567,89", ",567.89", "'567")]  # fmt: skip
OTHER_DIGITS = ["１２３", "１２.５０", "٣٤٥", "१२३", "௧௨௩", "𝟏𝟐𝟑", "①②", "½", "²", "Ⅷ", "一二三", "12３.00", "1٫5"]
SIGNS = [f"{before}12.00{after}" for before in ("--", "+-", "- ", "−", "－", "﹣", "‐", "(", "-(", "~", "±", "$",
         "€", "EUR ")
         for after in ("", "-", "+", ")", "%", "‰")]  # fmt: skip
BASES = ["0x10", "0X1F", "0b11", "0o17", "1L", "1f", "10d", "1j", "1n", "1e", "e1", ".", "-", "+", "-.", "+.",
         "..1", "1..2",
         "1.2.3", "1.-2", "1-2", "1+2", "1*2", "1/2", "2**9", "=1+1", "@1", "#1", "1;2", "1:2", "1|2", "{1}",
         "[1]", "'1'",
         '"1"', "`1`", "1\\", "1\t", "\t1", "1\n2", "1\r\n", "\n1", "1\x00", "\x001", "1\x7f", "1\u200b",
         "\u202e12", "\ufeff1",
         "None", "null", "true", "False", "zero", "one", "O", "l", "I2", "1O0", "12.O0", "%31", "&#49;",
         "1&nbsp;"]  # fmt: skip
LONG = ["9" * length for length in (17, 18, 19, 20, 39, 309, 310, 4_300, 4_301, 9_999)]
LONG += [f"0.{'0' * length}1" for length in (2, 3, 17, 400, 4_301)] + [f"-{'9' * 40}.99", f"{'9' * 4_301}.00"]
MIXED = [f"{one}{mark}{other}" for one in ("1", "12", "1234567890") for mark in ("e", "_", ",", " ", "x", "..",
         "--", "٫", "，")
         for other in ("0", "00", "1e9", "-1", "９", "NaN", "_", "1.2")]  # fmt: skip
FORMS = list(dict.fromkeys([*SPECIAL, *EXPONENTS, *GROUPED, *OTHER_DIGITS, *SIGNS, *BASES, *LONG, *MIXED]))

CPU_A_FORM = 0.010


def test_there_are_five_hundred_forms() -> None:
    assert len(FORMS) >= 500


@pytest.mark.parametrize("currency", ["EUR", "JPY", "TND"])
def test_each_form_is_refused_at_once_or_is_plain_where_the_currency_has_so_many_decimals(currency: str) -> None:
    began, taken = time.thread_time(), {}
    for form in FORMS:
        with contextlib.suppress(NotAnAmount):
            taken[form] = parse_minor(form, currency)
    assert time.thread_time() - began < CPU_A_FORM * len(FORMS)
    assert taken == ({"1.234": 1234, "0.001": 1} if currency == "TND" else {})


@pytest.mark.parametrize(
    ("text", "minor"),
    [("-0", 0), ("-0.00", 0), ("+.5", 50), ("5.", 500), ("0000000012.30", 1230), ("1.10000000", 110), (" 7 ", 700)],
)
def test_an_odd_but_plain_form_is_read_exactly(text: str, minor: int) -> None:
    assert parse_minor(text, "EUR") == minor


def test_no_field_of_a_row_takes_one_of_them_or_falls_over_it() -> None:
    for form in FORMS:
        fields = Fields(Row("line 2", {"amount": form, "percent": form}))
        if form.strip() == "1":
            assert fields.amount("amount", "EUR") == 100, "blanks around a cell are no part of it"
            continue
        assert (fields.amount("amount", "EUR"), fields.basis_points("percent")) == (None, None), form
        assert len(fields.problems) == 2, form


def test_no_json_number_gets_past_the_edge_that_no_column_holds() -> None:
    for form in FORMS:
        raw = f'{{"amount": {form}}}'.encode("utf-8", "surrogatepass")
        with contextlib.suppress(NotStrict):
            check(raw)
            value = json.loads(raw)["amount"]
            assert not isinstance(value, int | float) or abs(value) < 2**63 or isinstance(value, float), form
            assert not isinstance(value, float) or math.isfinite(value), form
