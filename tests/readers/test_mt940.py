"""MT940 statements and their lines: accounts, balances, signs, dates, amounts and references."""

from datetime import date
from decimal import Decimal

import pytest

from payments.readers.model import Account, StatementFoot, StatementHead
from payments.readers.mt940 import MT940
from tests.readers.damage import (
    entries_of,
    feet_of,
    heads_of,
    refusal_of,
    warnings_of,
)
from tests.readers.mt940_files import (
    DUTCH,
    GERMAN,
    refused,
    statement,
    the_entry,
)


def test_a_statement_has_its_account_balances_number_and_dates() -> None:
    first, second = heads_of(MT940, GERMAN.encode())
    assert first == StatementHead(
        Account("0532013000", "37040044"), "EUR", "STARTUMSE", "00012/001", 100000, date(2024, 2, 1)
    )
    assert (second.sequence, second.opening) == ("00013/001", 109950)
    assert feet_of(MT940, GERMAN.encode()) == [
        StatementFoot(109950, date(2024, 2, 5)),
        StatementFoot(109950, date(2024, 2, 6)),
    ]


def test_the_pages_of_one_statement_stay_statements_of_their_own_and_chain_by_their_balances() -> None:
    pages = statement(closing="C240131EUR10,00").replace(b":62F:", b":62M:") + statement(
        opening="C240131EUR10,00", closing="C240131EUR20,00"
    ).replace(b":60F:", b":60M:")
    assert [head.opening for head in heads_of(MT940, pages)] == [0, 1000]
    assert [foot.closing for foot in feet_of(MT940, pages)] == [1000, 2000]
    assert warnings_of(MT940, pages) == []


def test_a_file_that_ends_with_an_intermediate_balance_says_that_more_must_follow() -> None:
    (warning,) = warnings_of(MT940, statement().replace(b":62F:", b":62M:"))
    assert (warning.severity, warning.field) == ("warning", ":62M:")


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("DE89370400440532013000", Account("DE89370400440532013000")),
        ("DE89 3704 0044 0532 0130 00", Account("DE89370400440532013000")),
        ("NL69INGB0123456789EUR", Account("NL69INGB0123456789")),
        ("NL69INGB0123456789 EUR", Account("NL69INGB0123456789")),
        ("NL69INGB0123456789/EUR", Account("NL69INGB0123456789")),
        ("37040044/0532013000", Account("0532013000", "37040044")),
        ("70011110/4005287001EUR", Account("4005287001", "70011110")),
        ("TRIODOSBANK/0390123456", Account("0390123456", "TRIODOSBANK")),
        ("/0240-123456.01X", Account("0240-123456.01X")),
        ("1291.99.348EUR", Account("1291.99.348")),
        ("517852257", Account("517852257")),
    ],
)
def test_accounts_are_read_in_every_way_banks_write_them(written: str, account: Account) -> None:
    (head,) = heads_of(MT940, statement().replace(b"DE89370400440532013000", written.encode()))
    assert head.account == account


def test_an_empty_account_is_refused() -> None:
    assert refusal_of(MT940, statement().replace(b"DE89370400440532013000", b"/")).field == ":25:"


def test_the_field_25p_names_the_bank_in_its_second_line() -> None:
    data = statement().replace(b":25:DE89370400440532013000", b":25P:0532013000\r\nCOBADEFFXXX")
    assert heads_of(MT940, data)[0].account == Account("0532013000", "COBADEFFXXX")


def test_the_other_balances_and_the_text_for_the_whole_statement_are_no_entries() -> None:
    assert [entry.entry_ref for entry in entries_of(MT940, GERMAN.encode())] == ["BANK0001", "BANK0002"]


@pytest.mark.parametrize("tag", [b":20:REF", b":25:DE89370400440532013000", b":60F:C240101EUR0,00"])
def test_a_statement_without_a_mandatory_field_is_refused(tag: bytes) -> None:
    assert refusal_of(MT940, statement().replace(tag + b"\r\n", b"")).severity == "error"


def test_a_statement_without_number_is_read_with_a_warning() -> None:
    data = GERMAN.replace(":28C:00012/001\n", "").encode()
    assert [head.sequence for head in heads_of(MT940, data)] == [None, "00013/001"]
    (warning,) = warnings_of(MT940, data)
    assert (warning.where, warning.field) == ("line 1", ":28C:")


def test_amounts_with_a_point_are_read_where_it_can_only_be_the_decimal_sign() -> None:
    data = GERMAN.replace(",00", ".00").replace(",50", ".5").encode()
    assert entries_of(MT940, data) == entries_of(MT940, GERMAN.encode())
    assert feet_of(MT940, data) == feet_of(MT940, GERMAN.encode())


def test_a_block_whose_first_field_stands_on_its_own_line_is_the_same_message() -> None:
    glued = DUTCH.replace("{4:\n:20:", "{4::20:").encode()
    assert entries_of(MT940, glued) == entries_of(MT940, DUTCH.encode())


def test_the_dollar_sign_between_messages_is_no_message() -> None:
    assert len(feet_of(MT940, (DUTCH.rstrip() + "$\n").encode() * 2)) == 2


def test_a_statement_without_closing_balance_is_refused_at_its_beginning() -> None:
    data = GERMAN.replace(":62F:C240205EUR1099,50\n:64:C240205EUR1099,50\n:86:ALLES OK\n-\n", "")
    problem = refusal_of(MT940, data.encode())
    assert (problem.where, problem.field) == ("line 1", ":62F:")


@pytest.mark.parametrize("tag", [":25:DE89370400440532013000", ":28C:2", ":60F:C240101EUR0,00"])
def test_two_statements_that_run_into_each_other_are_refused(tag: str) -> None:
    assert refused(tag).field == tag[:4].rstrip(":") + ":"


@pytest.mark.parametrize("line", [":61:240102C1,00NTRFNONREF", ":62F:C240131EUR0,00", ":25:X", ":60F:C240131EUR0,00"])
def test_nothing_of_another_statement_may_follow_the_closing_balance(line: str) -> None:
    data = statement().replace(b"-\r\n", line.encode() + b"\r\n-\r\n")
    assert ":20:" in refusal_of(MT940, data).message


def test_an_opening_balance_among_the_lines_is_refused() -> None:
    assert refused(":61:240102C1,00NTRFNONREF", ":60F:C240101EUR0,00").field == ":60F:"


def test_a_statement_may_not_close_in_another_currency() -> None:
    assert "USD" in refused(closing="C240131USD0,00").message


@pytest.mark.parametrize(
    ("mark", "amount", "is_reversal", "pending"),
    [
        ("C", 1234, False, False),
        ("D", -1234, False, False),
        ("RC", -1234, True, False),
        ("RD", 1234, True, False),
        ("EC", 1234, False, True),
        ("ED", -1234, False, True),
        ("CR", 1234, False, False),
        ("DR", -1234, False, False),
        ("RCR", -1234, True, False),
        ("RDR", 1234, True, False),
    ],
)
def test_the_mark_decides_sign_reversal_and_pending_and_a_funds_code_does_not(
    mark: str, amount: int, is_reversal: bool, pending: bool
) -> None:
    entry = the_entry(f"2401020102{mark}12,34NTRFNONREF")
    assert (entry.amount, entry.is_reversal, entry.pending) == (amount, is_reversal, pending)


@pytest.mark.parametrize(
    ("stamp", "valued_on", "booked_on"),
    [
        ("240102", date(2024, 1, 2), date(2024, 1, 2)),
        ("2401020103", date(2024, 1, 2), date(2024, 1, 3)),
        ("2401021229", date(2024, 1, 2), date(2023, 12, 29)),
        ("2312290102", date(2023, 12, 29), date(2024, 1, 2)),
        ("2403010229", date(2024, 3, 1), date(2024, 2, 29)),
        ("8001020102", date(1980, 1, 2), date(1980, 1, 2)),
        ("7901020102", date(2079, 1, 2), date(2079, 1, 2)),
    ],
)
def test_the_entry_date_takes_the_year_nearest_to_the_value_date(stamp: str, valued_on: date, booked_on: date) -> None:
    entry = the_entry(f"{stamp}C1,00NTRFNONREF")
    assert (entry.valued_on, entry.booked_on) == (valued_on, booked_on)


@pytest.mark.parametrize(
    "stamp", ["240230", "240132", "241301", "2401020230", "2303010229", "2401021301", "2402300601", "2402310301"]
)
def test_a_date_that_does_not_exist_is_refused(stamp: str) -> None:
    problem = refused(f":61:{stamp}C1,00NTRFNONREF")
    assert (problem.where, problem.field) == ("line 5", ":61:")


def test_the_thirtieth_of_february_of_german_interest_months_is_read_with_a_warning_beside_a_booking_date() -> None:
    data = statement(":61:2302300301D6,00N024NONREF")
    (entry,) = entries_of(MT940, data)
    assert (entry.valued_on, entry.booked_on) == (date(2023, 2, 28), date(2023, 3, 1))
    assert [warning.where for warning in warnings_of(MT940, data)] == ["line 5"]


@pytest.mark.parametrize("stamp", ["230230", "230229"])
def test_a_balance_on_a_day_that_does_not_exist_is_refused(stamp: str) -> None:
    assert refused(closing=f"C{stamp}EUR0,00").field == ":62F:"


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("12,34", 1234),
        ("12,3", 1230),
        ("12,", 1200),
        ("12", 1200),
        ("000000000012,30", 1230),
        ("0,00", 0),
        ("1,500", 150),
    ],
)
def test_an_amount_may_lack_decimals_or_its_comma(written: str, minor: int) -> None:
    assert the_entry(f"240102C{written}NTRFNONREF").amount == minor


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert the_entry("240102C12,345NTRFNONREF", opening="C240101KWD0,000").amount == 12345
    assert the_entry("240102C1234,NTRFNONREF", opening="C240101JPY0,").amount == 1234


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            "NaN",
            "1E5",
            "12,5E10",
            "1e5",
            "-1,00",
            "+1,00",
            "1.000",
            "1.0.0",
            "1.234,56",
            "１２,00",
            "1_000",
            ",50",
            "1 0,00",
        ),
        *("12,345", "9999999999999999", "999999999999999,99"),
    ],
)
def test_what_is_no_amount_is_refused(written: str) -> None:
    problem = refused(f":61:240102C{written}NTRFNONREF")
    assert (problem.where, problem.field) == ("line 5", ":61:")


@pytest.mark.parametrize(
    "balance", ["C240101EUR", "C240101EURNaN", "C240101EUR1.000", "C240101XXX1,00", "240101EUR1,00", ""]
)
def test_what_is_no_balance_is_refused(balance: str) -> None:
    assert refused(opening=balance).field == ":60F:"


@pytest.mark.parametrize("mark", ["X", "", "CC", "ER", "RR", "DC"])
def test_an_unknown_mark_is_refused(mark: str) -> None:
    assert refused(f":61:240102{mark}1,00NTRFNONREF").field == ":61:"


def test_an_amount_of_nought_is_an_entry() -> None:
    assert the_entry("240102C0,NTRFNONREF").amount == 0


def test_references_are_told_apart_and_nonref_is_nothing() -> None:
    entry = the_entry("240102C1,00NTRFRE-2024-1//BANK 55")
    assert (entry.end_to_end, entry.entry_ref, entry.code) == ("RE-2024-1", "BANK 55", "NTRF")
    entry = the_entry("240102C1,00FMSCNONREF//NONREF")
    assert (entry.end_to_end, entry.entry_ref, entry.code) == (None, None, "FMSC")


def test_a_line_may_end_with_its_type_or_its_amount() -> None:
    assert the_entry("240102D233,15NMSC").code == "NMSC"
    assert the_entry("240102D233,15").code is None


def test_a_line_break_or_blank_before_the_amount_is_borne() -> None:
    assert the_entry("240102CR\r\n3,00NTRFNONREF").amount == 300
    assert the_entry("240102CR 3,00NTRFNONREF").amount == 300


def test_the_supplementary_line_is_text_unless_it_is_an_account_or_code_words() -> None:
    assert the_entry("240102C1,00NTRFNONREF\r\nCard payment", ":86:SHOP 7").remittance == "SHOP 7 Card payment"
    assert the_entry("240102C1,00NTRFNONREF\r\nCard payment").remittance == "Card payment"
    assert the_entry("240102C1,00NTRFNONREF\r\nNL69INGB0123456789").counterparty_account == "NL69INGB0123456789"
    foreign = the_entry("240102C90,00NTRFNONREF\r\n/OCMT/USD100,00/EXCH/1,1111/CHGS/EUR2,50/", ":86:INVOICE 7")
    assert (foreign.original_amount, foreign.original_currency, foreign.rate) == (10000, "USD", Decimal("1.1111"))
    assert (foreign.charges, foreign.remittance) == (250, "INVOICE 7")


def test_code_words_that_hold_no_amount_say_nothing() -> None:
    entry = the_entry("240102C90,00NTRFNONREF\r\n/OCMT/EUR1,239/CHGS/XXX1,/EXCH/NaN/")
    assert (entry.original_amount, entry.charges, entry.rate, entry.remittance) == (None, None, None, "")


def test_an_iban_as_reference_is_the_other_account() -> None:
    entry = the_entry("240102C1,00NTRFNL69INGB0123456789", ":86:FACTUUR 7")
    assert (entry.counterparty_account, entry.end_to_end) == ("NL69INGB0123456789", None)


def test_a_supplementary_line_that_repeats_the_text_is_not_repeated() -> None:
    assert the_entry("240102C1,00NTRFNONREF\r\nSHOP 7", ":86:SHOP 7").remittance == "SHOP 7"


def test_several_texts_of_one_line_are_joined_in_order() -> None:
    assert the_entry("240102C1,00NTRFNONREF", ":86:FACTUUR", ":86:2024-17").remittance == "FACTUUR 2024-17"


def test_a_line_without_text_is_an_entry_without_text() -> None:
    first, second = entries_of(MT940, statement(":61:240102C1,00NTRFNONREF", ":61:240102C2,00NTRFNONREF", ":86:B"))
    assert (first.remittance, second.remittance) == ("", "B")


def test_an_entry_says_on_which_line_it_stands() -> None:
    assert [entry.where for entry in entries_of(MT940, GERMAN.encode())] == ["line 5", "line 9"]


def test_a_time_of_day_at_the_beginning_of_a_line_is_text_and_no_field() -> None:
    entry = the_entry("240102C1,00NTRFNONREF", ":86:805?20GIROCARD 2024-01-02T13", ":12:11", ":25:00")
    assert entry.remittance == "GIROCARD 2024-01-02T13:12:11:25:00"
