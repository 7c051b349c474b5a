"""QIF: what its records say, how its open notation is decided from the whole file, and what is refused."""

from datetime import date

import pytest

from payments.readers.model import Account, Assumed, Entry, Piece, StatementFoot, StatementHead
from payments.readers.qif import QifReader
from tests.readers.damage import (
    entries_of,
    heads_of,
    mutations,
    pieces_of,
    read_cleanly,
    refusal_of,
    warnings_of,
    wrongly_read_cuts,
)

READER = QifReader()
EURO = Assumed(account="BE68539007547034", currency="EUR")

GOLDEN = b"""!Type:Bank
D30/01/2026
T1,234.50
PACME SARL
MINVOICE 2026-0001
N4711
LSales
^
D31/01/2026
U-20.00
T-20.00
PBANK FEES
SFees
EACCOUNT
$-15.00
SFees
ECARD
$-5.00
^
!Account
NSavings
TBank
^
!Type:Oth A
D15/01/2026
T5
^
"""


def file_of(*records: tuple[str, str]) -> bytes:
    """Bank records of a date and an amount each."""
    return ("!Type:Bank\n" + "".join(f"D{day}\nT{amount}\nPX\n^\n" for day, amount in records)).encode()


def dates_of(*days: str, amount: str = "1.00") -> list[date]:
    return [entry.booked_on for entry in entries_of(READER, file_of(*((day, amount) for day in days)))]


def amounts_of(*amounts: str, currency: str | None = None) -> list[int]:
    data = file_of(*(("31/01/2026", amount) for amount in amounts))
    return [entry.amount for entry in entries_of(READER, data, Assumed(currency=currency))]


def test_a_record_is_an_entry_with_payee_memo_and_number() -> None:
    assert entries_of(READER, GOLDEN, EURO)[0] == Entry(
        booked_on=date(2026, 1, 30),
        valued_on=None,
        amount=123_450,
        currency="EUR",
        where="line 2",
        entry_ref="4711",
        remittance="INVOICE 2026-0001",
        counterparty="ACME SARL",
    )


def test_splits_never_split_the_entry_but_their_memos_are_text() -> None:
    assert [(entry.amount, entry.remittance) for entry in entries_of(READER, GOLDEN)[1:]] == [
        (-2_000, "ACCOUNT CARD"),
        (500, ""),
    ]


def test_without_a_memo_the_payee_is_the_text() -> None:
    assert entries_of(READER, file_of(("31/01/2026", "1")))[0].remittance == "X"


def test_each_section_is_a_statement_named_by_its_account_block() -> None:
    first, second = heads_of(READER, GOLDEN)
    assert (first.account, second.account) == (Account(""), Account("Savings", name="Savings"))


def test_the_persons_word_names_the_account_unless_the_file_names_several() -> None:
    assert [head.account.identifier for head in heads_of(READER, GOLDEN, EURO)] == [EURO.account] * 2
    several = GOLDEN.replace(b"!Type:Bank", b"!Account\nNCurrent\n^\n!Type:Bank")
    assert [head.account.identifier for head in heads_of(READER, several, EURO)] == ["Current", "Savings"]


def test_an_account_list_of_several_names_none() -> None:
    listed = b"!Option:AutoSwitch\n!Account\nNOne\n^\nNTwo\n^\n!Clear:AutoSwitch\n" + GOLDEN
    assert heads_of(READER, listed)[0].account == Account("")


def test_without_a_currency_amounts_are_hundredths() -> None:
    assert heads_of(READER, GOLDEN)[0].currency is None
    assert {(entry.currency, entry.amount) for entry in entries_of(READER, GOLDEN)} == {
        (None, 123_450),
        (None, -2_000),
        (None, 500),
    }
    assert refusal_of(READER, GOLDEN, Assumed(currency="euro")).field == "currency"


def test_lists_are_passed_over_and_securities_left_out_with_a_warning() -> None:
    more = b"!Type:Cat\nNFees\nE\n^\n!Type:Invst\nD1/1'26\nNBuy\nT5.00\n^\n"
    data = b"### exported by hand ###\n\n" + more + GOLDEN
    assert READER.recognises(data[:4096], "x.qif")
    assert entries_of(READER, data)[0]._replace(where="line 2") == entries_of(READER, GOLDEN)[0]
    assert [warning.message for warning in warnings_of(READER, data)] == ["The section “invst” is left out."]


@pytest.mark.parametrize("category", ["[Current]", "[Anything]"])
def test_an_opening_balance_is_no_movement(category: str) -> None:
    record = f"D1/1/2026\nT100.00\nPOpening Balance\nL{category}\n^\n"
    data = f"!Type:Bank\nD31/01/2026\nT5.00\n^\n{record}{record}".encode()
    assert heads_of(READER, data)[0].opening == 10_000
    assert [entry.amount for entry in entries_of(READER, data)] == [500, 10_000]


def test_a_transfer_to_its_own_account_is_its_opening_balance() -> None:
    data = b"!Account\nNCurrent\n^\n!Type:Bank\nD31/1/2026\nT7\nPSaldo inicial\nL[Current]\n^\n"
    assert (heads_of(READER, data)[0].opening, entries_of(READER, data)) == (700, [])


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["31/01/2026"], "2026-01-31"),
        (["01/31/2026"], "2026-01-31"),
        (["1/31/26"], "2026-01-31"),
        (["31-1-26"], "2026-01-31"),
        (["31.01.2026"], "2026-01-31"),
        (["31 01 2026"], "2026-01-31"),
        (["2026-01-31"], "2026-01-31"),
        (["2026/1/31"], "2026-01-31"),
        (["20260131"], "2026-01-31"),
        (["1/31'26"], "2026-01-31"),
        (["1/31' 6"], "2006-01-31"),
        (["12/31/99"], "1999-12-31"),
        (["12/31'99"], "2099-12-31"),
        (["1/ 3/2026", "13/ 1/2026"], "2026-03-01"),
        (["1/3/2026", "1/13/2026"], "2026-01-03"),
        (["01.02.2026"], "2026-02-01"),
        (["1/2'26"], "2026-01-02"),
        (["5/5/2026"], "2026-05-05"),
        (["3/4/2026", "5/4/2026", "2/5/2026"], "2026-04-03"),
        (["6/3/2026", "5/4/2026", "4/5/2026", "4/2/2026"], "2026-06-03"),
    ],
)
def test_the_order_of_day_and_month_is_decided_from_the_whole_file(days: list[str], expected: str) -> None:
    assert dates_of(*days)[0] == date.fromisoformat(expected)


def test_a_decimal_comma_makes_dates_day_first() -> None:
    assert dates_of("01/02/2026", amount="1,00") == [date(2026, 2, 1)]


@pytest.mark.parametrize(
    "days",
    [
        ["1/2/2026"],
        ["1/2/2026", "3/4/2026"],
        ["1/2/2026", "2/3/2026", "3/4/2026"],
        ["3/4/2026", "1/2/2026", "4/3/2026"],
    ],
)
def test_dates_that_nothing_decides_refuse_the_file_and_say_what_to_do(days: list[str]) -> None:
    problem = refusal_of(READER, file_of(*((day, "1.00") for day in days)))
    assert problem.field == "D"
    assert "Export a longer period" in problem.message


@pytest.mark.parametrize(
    "days",
    [
        *(["30/02/2026"], ["31/13/2026"], ["13/01/2026", "01/13/2026"], ["0/1/2026"], ["1/1/0000"], ["31/1/202"]),
        *(["yesterday"], ["311/1/26"], [""], ["３１/01/2026"], ["1//2026"], ["31/1/2026 12:00"]),
        ["1" + " " * 9_000 + "1"],
    ],
)
def test_what_is_no_date_refuses_the_file(days: list[str]) -> None:
    assert refusal_of(READER, file_of(*((day, "1.00") for day in days))).field == "D"


@pytest.mark.parametrize(
    ("amounts", "minor"),
    [
        (["1,234.50"], 123_450),
        (["1.234,50"], 123_450),
        (["1 234,50"], 123_450),
        (["1'234.50"], 123_450),
        (["1,234,567"], 123_456_700),
        (["1.234.567"], 123_456_700),
        (["1,234"], 123_400),
        (["1.234", "5,00"], 123_400),
        (["1.230", "5.00"], 123),
        (["1.5"], 150),
        (["1,5"], 150),
        (["+5"], 500),
        (["- 5.00"], -500),
        ([".5"], 50),
        (["-,50"], -50),
        (["0.00"], 0),
    ],
)
def test_the_decimal_sign_is_decided_from_the_whole_file(amounts: list[str], minor: int) -> None:
    assert amounts_of(*amounts)[0] == minor


@pytest.mark.parametrize(
    "amounts",
    [
        *(["1.234"], ["1,00", "1.00"], ["1,23,456.00"], ["1.005", "1.00"], ["1,2345.00"], ["1.2.3"], ["5-"], ["--5"]),
        *(["NaN"], ["1e5"], ["1_000"], ["１２"], ["$5"], ["."], ["-"], ["9" * 17], ["9" * 4_301]),
    ],
)
def test_what_is_no_amount_or_leaves_a_doubt_refuses_the_file(amounts: list[str]) -> None:
    data = file_of(*(("31/01/2026", amount) for amount in amounts))
    assert refusal_of(READER, data).field == "T"


def test_three_decimals_belong_to_currencies_that_have_them() -> None:
    assert amounts_of("1.234", "1.23", currency="KWD") == [1_234, 1_230]
    data = file_of(("31/01/2026", "1,234"))
    assert refusal_of(READER, data, Assumed(currency="KWD")).field == "T"


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"!Type:Bank\nD31/01/2026\nPX\n^\n", "line 2"),
        (b"!Type:Bank\nD31/01/2026\nT1\nU2\n^\n", "line 2"),
        (b"!Type:Bank\nT1\n^\n", "line 2"),
        (b"!Type:Bank\nD31/01/2026\nT1\n!Type:Cash\n^\n", "line 4"),
        (b"!Type:Bank\nD31/01/2026\nT1\n^\n!Nonsense\n^\n", "line 5"),
        (b"D31/01/2026\nT1\n^\n", "line 1"),
        (b"!Type:Bank\n", "end of file"),
        (b"!Type:Bank\nD31/01/2026\nT1\n^\nD30/01/2026\n", "end of file"),
        (b"!Type:Cat\nNFees\n^\n", "whole file"),
        (b"!Account\nNCurrent\n^\n", "whole file"),
        (b"!Type:Bank\n" + b"EX\n" * 1_001, "line 1002"),
        (b"!Type:Bank\nP" + b"X" * 20_000, "line 2"),
        (b"!Type:Bank\nP\0\n", "line 2"),
        (b"\xff\xfe!\0T\0y", "start of file"),
        (b"", "end of file"),
    ],
)
def test_a_wrong_file_is_refused_by_line(data: bytes, where: str) -> None:
    assert refusal_of(READER, data).where == where


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850"])
def test_accents_survive_every_encoding(encoding: str) -> None:
    data = GOLDEN.decode().replace("ACME", "CAFÉ é").encode(encoding)
    assert READER.recognises(data[:4096], "x.qif")
    assert entries_of(READER, data)[0].counterparty == "CAFÉ é SARL"


def test_line_ends_and_lines_of_any_blanks_do_not_matter() -> None:
    assert entries_of(READER, GOLDEN.replace(b"\nMINV", b"\n\xa0\x0b\nMINV"))[0].remittance == "INVOICE 2026-0001"
    for data in (GOLDEN.replace(b"\n", b"\r\n"), GOLDEN.replace(b"\n", b"\r"), GOLDEN.rstrip()):
        assert pieces_of(READER, data) == pieces_of(READER, GOLDEN)


def readings_up_to_each_record() -> list[list[Piece]]:
    pieces, foot = pieces_of(READER, GOLDEN), StatementFoot()
    ends = [at + 1 for at, piece in enumerate(pieces) if isinstance(piece, Entry)]
    return [[*pieces[:end], foot] for end in ends]


def test_a_file_cut_at_any_byte_is_refused_or_ends_with_a_whole_record() -> None:
    assert wrongly_read_cuts(READER, GOLDEN, readings_up_to_each_record()) == []


def test_damaged_files_are_refused_or_read_cleanly() -> None:
    assert all(read_cleanly(READER, damaged) for damaged in mutations(GOLDEN, 1_000))


def test_other_text_is_not_taken_for_qif() -> None:
    for head in (b"", b"<html>", b"This is not a QIF file. I promise.", b"#!/bin/sh\n", b"Date,Amount\n"):
        assert not READER.recognises(head, "x.qif")
    assert isinstance(pieces_of(READER, GOLDEN)[0], StatementHead)
