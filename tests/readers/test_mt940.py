"""SWIFT MT940 and MT942: every field, sign, dialect and end of a message, and what is refused."""

import io
import time
import tracemalloc
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.problems import Problem
from payments.readers.model import Account, Assumed, Entry, StatementFoot, StatementHead
from payments.readers.mt940 import MT940, MT942
from payments.readers.mt940_fields import LARGEST_FIELD
from payments.readers.mt940_messages import MOST_TEXTS
from payments.readers.mt940_references import structured_reference
from tests.readers.damage import (
    entries_of,
    feet_of,
    heads_of,
    mutations,
    pieces_of,
    read_cleanly,
    refusal_of,
    statement_prefixes,
    warnings_of,
    wrongly_read_cuts,
)

GERMAN = """:20:STARTUMSE
:25:37040044/0532013000
:28C:00012/001
:60F:C240201EUR1000,00
:61:2402020202CR119,00NTRFNONREF//BANK0001
:86:166?00GUTSCHR. UEBERWEISUNG?109310?20EREF+RE-2024-0815?21KREF+NON
REF?22SVWZ+RECHNUNG RE-2024-0815 ?23VOM 12.01.2024?30COBADEFFXXX?
31DE89370400440532013000?32BEISPIEL MASCHINENBAU GMBH ?33UND CO KG?34000
:61:2402050202DR19,50NDDTKREF+//BANK0002
:86:105?00FOLGELASTSCHRIFT?20EREF+42?21MREF+M-7?22CRED+DE98ZZZ09999999999
?23SVWZ+STROM?32STADTWERKE
:62F:C240205EUR1099,50
:64:C240205EUR1099,50
:86:ALLES OK
-
:20:STARTUMSE
:25:37040044/0532013000
:28C:00013/001
:60F:C240205EUR1099,50
:62F:C240206EUR1099,50
-
"""

DUTCH = """{1:F01INGBNL2ABXXX0000000000}{2:I940INGBNL2AXXXN}{4:
:20:P140220000000001
:25:NL69INGB0123456789EUR
:28C:00007
:60F:C240219EUR662,23
:61:2402200220C1,56NTRFEREF//00000000001005
/TRCD/00100/
:86:/EREF/EV12341REP1231456T1234//CNTP/NL69INGB0123456789/INGBNL2A/VO
ORBEELD BV/ROTTERDAM//REMI/USTD//FACTUUR 2024-17/
:62F:C240220EUR663,79
:86:/SUM/0/1/0,00/1,56/
-}{5:{MAC:00000000}{CHK:000000000000}}
"""

PLAIN = """:20:EXTRACTO
:25:ES9121000418450200051332
:28C:1/1
:60F:D240301EUR5,
:61:240301C12,5NMSC2024/0099
:86:TRANSFERENCIA DE CLIENTE EJEMPLO SL FACTURA 2024/0099
:62F:C240301EUR7,5
-
"""

INTERIM = """:20:INTERIM1
:25:DE89370400440532013000
:28C:00044/001
:34F:EURD0,00
:34F:EURC0,00
:13D:2402051130+0100
:61:2402050205C100,00NTRFNONREF//VM1
:86:166?20SVWZ+RE 4711?32EINZAHLER
:61:2402050205ED40,00NDDTNONREF//VM2
:86:105?20SVWZ+MIETE?32VERMIETER
:90D:1EUR40,00
:90C:1EUR100,00
"""

GOLDENS = (GERMAN, DUTCH, PLAIN, INTERIM + "-\n")


def statement(*lines: str, opening: str = "C240101EUR0,00", closing: str = "C240131EUR0,00") -> bytes:
    head = (":20:REF", ":25:DE89370400440532013000", ":28C:1/1", f":60F:{opening}")
    return "\r\n".join((*head, *lines, f":62F:{closing}", "-", "")).encode()


def the_entry(line: str, *texts: str, opening: str = "C240101EUR0,00") -> Entry:
    closing = f"C240131{opening[7:10]}0,"
    (entry,) = entries_of(MT940, statement(f":61:{line}", *texts, opening=opening, closing=closing))
    return entry


def detailed(*texts: str, line: str = "2401020102C10,00NTRFNONREF", opening: str = "C240101EUR0,00") -> Entry:
    return the_entry(line, f":86:{texts[0]}", *texts[1:], opening=opening)


def refused(*lines: str, **balances: str) -> Problem:
    return refusal_of(MT940, statement(*lines, **balances))


# --- statements -----------------------------------------------------------------------------------------------------


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


def test_the_field_25p_names_the_bank_in_its_second_line() -> None:
    data = statement().replace(b":25:DE89370400440532013000", b":25P:0532013000\r\nCOBADEFFXXX")
    assert heads_of(MT940, data)[0].account == Account("0532013000", "COBADEFFXXX")


def test_the_other_balances_and_the_text_for_the_whole_statement_are_no_entries() -> None:
    assert [entry.entry_ref for entry in entries_of(MT940, GERMAN.encode())] == ["BANK0001", "BANK0002"]


@pytest.mark.parametrize("tag", [b":20:REF", b":25:DE89370400440532013000", b":28C:1/1", b":60F:C240101EUR0,00"])
def test_a_statement_without_a_mandatory_field_is_refused(tag: bytes) -> None:
    assert refusal_of(MT940, statement().replace(tag + b"\r\n", b"")).severity == "error"


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


# --- the statement line ---------------------------------------------------------------------------------------------


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
            "1.00",
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
    "balance", ["C240101EUR", "C240101EURNaN", "C240101EUR1.00", "C240101XXX1,00", "240101EUR1,00", ""]
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


# --- the dialects of :86: -------------------------------------------------------------------------------------------


def test_german_codes_and_sepa_tags_are_read() -> None:
    first, second = entries_of(MT940, GERMAN.encode())
    assert first.remittance == "RECHNUNG RE-2024-0815 VOM 12.01.2024"
    assert (first.end_to_end, first.code) == ("RE-2024-0815", "166")
    assert first.counterparty == "BEISPIEL MASCHINENBAU GMBH UND CO KG"
    assert (first.counterparty_account, first.counterparty_bic) == ("DE89370400440532013000", "COBADEFFXXX")
    assert (second.mandate, second.end_to_end, second.remittance) == ("M-7", "42", "STROM")


def in_pieces(text: str, width: int = 27) -> str:
    pieces = [text[at : at + width] for at in range(0, len(text), width)]
    return "166" + "".join(f"?{20 + number}{piece}" for number, piece in enumerate(pieces))


def test_pieces_of_27_characters_are_glued_whatever_they_break() -> None:
    text = "RECHNUNGEN 2024-100112, 2024-100113 UND 2024-100114 VOM JANUAR"
    assert detailed(in_pieces(f"SVWZ+{text}")).remittance == text
    assert detailed(in_pieces(text, 35)).remittance == text


def test_shorter_pieces_are_lines_of_their_own() -> None:
    assert detailed("166?20RE 2024-1?21RE 2024-2").remittance == "RE 2024-1 RE 2024-2"


def test_a_tag_broken_between_two_pieces_is_read() -> None:
    entry = detailed(in_pieces("EREF+1234567890123456789 SVWZ+RE 77"))
    assert (entry.end_to_end, entry.remittance) == ("1234567890123456789", "RE 77")


@pytest.mark.parametrize("separator", "?><^~\\|@#*;!$&%")
def test_any_separator_may_divide_the_codes(separator: str) -> None:
    text = "020~00UZNANIE~20FAKTURA FV/12/2024~32KLIENT SP. Z O.O.~38PL61109010140000071219812874"
    entry = detailed(text.replace("~", separator))
    assert (entry.remittance, entry.counterparty) == ("FAKTURA FV/12/2024", "KLIENT SP. Z O.O.")
    assert entry.counterparty_account == "PL61109010140000071219812874"


def test_a_separator_without_a_code_after_it_is_text() -> None:
    assert detailed("166?20SVWZ+WARUM? DARUM?32WER? ER").remittance == "WARUM? DARUM"


def test_codes_without_a_leading_transaction_code_are_read() -> None:
    entry = detailed("?00UEBERWEISUNG?20SVWZ+RE 1?32KUNDE")
    assert (entry.remittance, entry.counterparty, entry.code) == ("RE 1", "KUNDE", "NTRF")


def test_the_remittance_goes_on_in_the_codes_from_60() -> None:
    assert detailed("166?20SVWZ+A?29B?30COBADEFF?60C?63D").remittance == "A B C D"


def test_a_different_payer_is_kept_in_the_text() -> None:
    assert detailed("166?20SVWZ+RE 1 ABWA+TOCHTER AG?32MUTTER AG").remittance == "RE 1 ABWA+TOCHTER AG"


def test_a_reference_not_provided_is_nothing() -> None:
    assert detailed("166?20EREF+NOTPROVIDED?21SVWZ+X").end_to_end is None


def test_account_and_bank_of_sepa_tags_are_read() -> None:
    entry = detailed("EREF+E1 SVWZ+RE 5 IBAN+DE89370400440532013000 BIC+COBADEFFXXX")
    assert (entry.remittance, entry.end_to_end) == ("RE 5", "E1")
    assert (entry.counterparty_account, entry.counterparty_bic) == ("DE89370400440532013000", "COBADEFFXXX")


def test_triodos_repeats_the_own_account_and_has_the_other_one_in_code_10() -> None:
    entry = detailed("000>100987654321", ">20HUUR KANTOOR>31DE89370400440532013000")
    assert (entry.counterparty_account, entry.remittance) == ("0987654321", "HUUR KANTOOR")


def test_dutch_code_words_are_read_across_broken_lines() -> None:
    entry = detailed(
        "/TRTP/SEPA OVERBOEKING/IBAN/NL69INGB0123456789/BIC/INGBNL2A/NAME/",
        "J. VOORBEELD EN/OF A. VOORBEELD/REMI/FACTUUR 2024-17 EN 2024-18/E",
        "REF/NOTPROVIDED",
    )
    assert (entry.counterparty, entry.remittance) == ("J. VOORBEELD EN/OF A. VOORBEELD", "FACTUUR 2024-17 EN 2024-18")
    assert (entry.counterparty_account, entry.counterparty_bic) == ("NL69INGB0123456789", "INGBNL2A")
    assert entry.end_to_end is None


def test_a_direct_debit_in_dutch_code_words_has_its_mandate() -> None:
    entry = detailed(
        "/TRTP/SEPA INCASSO/CSID/NL36ZZZ123456780000/NAME/X B.V./MARF/M-1/REMI//INV/17 1.12.2024/EREF/E-9/RTRN/MS03/"
    )
    assert (entry.mandate, entry.end_to_end, entry.return_reason) == ("M-1", "E-9", "MS03")
    assert (entry.counterparty, entry.remittance) == ("X B.V.", "INV/17 1.12.2024")


def test_ing_names_account_bank_name_and_city_in_one_word() -> None:
    (entry,) = entries_of(MT940, DUTCH.encode())
    assert (entry.counterparty, entry.counterparty_account) == ("VOORBEELD BV", "NL69INGB0123456789")
    assert (entry.remittance, entry.end_to_end) == ("FACTUUR 2024-17", "EV12341REP1231456T1234")


def test_a_structured_remittance_in_code_words_is_a_structured_reference() -> None:
    entry = detailed("/EREF/1/CNTP/NL69INGB0123456789/INGBNL2A/KLANT///REMI/STRD/CUR/9001 1234 1234 1234/")
    assert entry.structured_reference == "9001123412341234"


def test_the_payer_is_named_for_money_in_and_the_payee_for_money_out() -> None:
    text = "/ORDP//NAME/PAYER LTD/BENM//NAME/PAYEE LTD/REMI/INV 1"
    assert detailed(text).counterparty == "PAYER LTD"
    assert detailed(text, line="240102D10,00NTRFNONREF").counterparty == "PAYEE LTD"


def test_polish_words_between_slashes_are_read() -> None:
    assert detailed("/OPIS/FAKTURA 12/2024/NAME/KLIENT").remittance == "FAKTURA 12/2024"


def test_abn_amro_labels_are_read() -> None:
    entry = detailed(
        "SEPA OVERBOEKING                 IBAN: NL69INGB0123456789        ",
        "BIC: INGBNL2A                    NAAM: VOORBEELD BV              ",
        "OMSCHRIJVING: FACTUUR 2024-17    KENMERK: E-17",
    )
    assert (entry.counterparty, entry.counterparty_account) == ("VOORBEELD BV", "NL69INGB0123456789")
    assert (entry.counterparty_bic, entry.remittance) == ("INGBNL2A", "FACTUUR 2024-17")
    assert entry.end_to_end == "E-17"


def test_knab_puts_account_and_name_behind_the_text() -> None:
    entry = detailed("FACTUUR 201403110, 201403113", "REK: NL69INGB0123456789/NAAM: VOORBEELD")
    assert (entry.remittance, entry.counterparty) == ("FACTUUR 201403110, 201403113", "VOORBEELD")
    assert entry.counterparty_account == "NL69INGB0123456789"


def test_rabobank_pads_account_and_name_into_the_line() -> None:
    entry = the_entry("240102C44,95N0600733959555      VOORBEELD NEDERLAND BV          ", ":86:FACTUUR 987654321")
    assert (entry.counterparty_account, entry.counterparty) == ("0733959555", "VOORBEELD NEDERLAND BV")
    assert (entry.remittance, entry.end_to_end, entry.code) == ("FACTUUR 987654321", None, "N060")


def test_sns_and_asn_say_account_and_name_twice() -> None:
    entry = the_entry(
        "240102C20,00NIOB0987654321\r\nvoorbeeld j", ":86:0987654321 voorbeeld j", " " * 65, "factuur 17" + " " * 55
    )
    assert (entry.counterparty_account, entry.counterparty) == ("0987654321", "voorbeeld j")
    assert (entry.remittance, entry.end_to_end) == ("factuur 17", None)


def test_plain_text_is_glued_at_full_lines_and_spaced_at_shorter_ones() -> None:
    full = "GIRO AUS ONLINE AUFTRAGGEBER: MUSTER AG RECHNUNGEN 2024-1001 2024"
    assert len(full) == 65
    assert detailed(full, "-1002", "DANKE").remittance == f"{full}-1002 DANKE"


@pytest.mark.parametrize(
    "text", ["100 EUR/20 TAGE", "A/REMITTANCE/B", "C++ KURS", "NAAM ONBEKEND", "123.20 KG", "0815"]
)
def test_plain_text_that_looks_like_a_dialect_stays_plain(text: str) -> None:
    assert detailed(text).remittance == text


# --- structured references ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("PAYMENT RF18 5390 0754 7034 THANKS", "RF18539007547034"),
        ("RF18539007547034", "RF18539007547034"),
        ("+++090/9337/55493+++", "090933755493"),
        ("MEDEDELING ***090/9337/55493***", "090933755493"),
        ("QRR 21 00000 00003 13947 14300 09017", "210000000003139471430009017"),
        ("REF 210000000003139471430009017 DANKE", "210000000003139471430009017"),
        ("KID: 1234567897", "1234567897"),
        ("KID 2345676", "2345676"),
    ],
)
def test_a_structured_reference_with_a_valid_check_is_found_in_text(text: str, reference: str) -> None:
    assert structured_reference(text) == reference
    assert detailed(text).structured_reference == reference


@pytest.mark.parametrize(
    "text",
    [
        *("RF19539007547034", "+++090/9337/55494+++", "210000000003139471430009018", "0" * 27),
        *("KID 1234567890", "1234567897", "RECHNUNG 2024", ""),
    ],
)
def test_a_number_with_a_wrong_check_is_no_structured_reference(text: str) -> None:
    assert structured_reference(text) is None


# --- MT942 ----------------------------------------------------------------------------------------------------------


def test_an_interim_report_has_no_balances_and_tells_expected_entries_as_pending() -> None:
    data = INTERIM.encode()
    assert heads_of(MT942, data) == [
        StatementHead(Account("DE89370400440532013000"), "EUR", "INTERIM1", "00044/001", to_on=date(2024, 2, 5))
    ]
    assert [(entry.amount, entry.pending) for entry in entries_of(MT942, data)] == [(10000, False), (-4000, True)]
    assert feet_of(MT942, data) == [StatementFoot()]
    assert warnings_of(MT942, data) == []


@pytest.mark.parametrize("cut", [":90D:1EUR40,00\n:90C:1EUR100,00\n", ":90C:1EUR100,00\n"])
def test_an_interim_report_without_its_totals_or_a_last_line_is_refused(cut: str) -> None:
    assert refusal_of(MT942, INTERIM.replace(cut, "").encode()).field == ":90D:"


def test_a_last_line_proves_the_end_of_an_interim_report_without_totals() -> None:
    data = INTERIM.partition(":90D:")[0] + "-\n"
    assert [entry.remittance for entry in entries_of(MT942, data.encode())] == ["RE 4711", "MIETE"]
    quiet = INTERIM.partition(":61:")[0] + "-\n"
    assert pieces_of(MT942, quiet.encode())[1:] == [StatementFoot()]


def test_a_total_that_counts_other_lines_than_there_are_refuses_the_file() -> None:
    assert refusal_of(MT942, INTERIM.replace(":90C:1", ":90C:2").encode()).field == ":90C:"


def test_entries_below_the_floor_limit_are_counted_without_a_line() -> None:
    data = INTERIM.replace("EURC0,00", "EURC50,00").replace(":90C:1EUR100,00", ":90C:3EUR120,00")
    assert len(entries_of(MT942, data.encode())) == 2


def test_a_sum_that_differs_is_a_warning() -> None:
    (warning,) = warnings_of(MT942, INTERIM.replace(":90C:1EUR100,00", ":90C:1EUR101,00").encode())
    assert (warning.severity, warning.field) == ("warning", ":90C:")


def test_the_pages_of_one_report_may_share_their_totals() -> None:
    page = INTERIM.partition(":90D:")[0] + "-\n"
    last = INTERIM.replace("00044/001", "00044/002").replace(":90D:1EUR40,00", ":90D:2EUR80,00")
    last = last.replace(":90C:1EUR100,00", ":90C:2EUR200,00")
    assert len(heads_of(MT942, (page + last).encode())) == 2


def test_an_interim_report_needs_its_floor_limit_for_the_currency() -> None:
    data = "{1:F01X}{2:O942X}{4:\n" + INTERIM.replace(":34F:EURD0,00\n:34F:EURC0,00\n", "") + "-}"
    assert refusal_of(MT942, data.encode()).field == ":34F:"


def test_a_file_may_mix_both_messages() -> None:
    data = (GERMAN + INTERIM).encode()
    assert [head.opening for head in heads_of(MT940, data)] == [100000, 109950, None]


# --- envelopes, encodings, ends -------------------------------------------------------------------------------------

BLOCK = "{1:F01COBADEFFXXXX0000000000}{2:O9401200COBADEFFXXXXN}{4:\n"
BODY = statement().decode().replace("\r\n", "\n").removesuffix("-\n")


@pytest.mark.parametrize(
    "text",
    [
        f"{BLOCK}{BODY}-}}",
        f"\x01{BLOCK}{BODY}-}}\x03\n",
        f"{BLOCK}{BODY}-\n}}\n",
        f"{BLOCK}{BODY}-}}{{5:{{CHK:ABC}}}}{{S:{{COP:P}}}}",
        f"{{1:F01X}}\n{{2:I940XN}}\n{{4:\n{BODY}-}}\n",
        f"ABNANL2A\n940\nABNANL2A\n{BODY}-",
        f"0000 01INGBNL2AXXXX00001\n940 00\n{BODY}-XXX",
        f":940:\n{BODY}",
        f"\n\n{BODY}\n\n-\n\x1a",
        BODY,
        BODY.rstrip(),
    ],
)
def test_a_message_may_stand_in_any_envelope_or_none(text: str) -> None:
    assert pieces_of(MT940, text.encode()) == pieces_of(MT940, BODY.encode())


@pytest.mark.parametrize(
    "between", ["-\n", "", "-}{5:}\n" + BLOCK, "-}\x03\x01" + BLOCK, "-\nABNANL2A\n940\nABNANL2A\n"]
)
def test_several_messages_of_a_file_are_never_merged(between: str) -> None:
    text = (BLOCK if BLOCK in between else "") + BODY + between + BODY + ("-}" if BLOCK in between else "")
    assert len(heads_of(MT940, text.encode())) == 2


def test_one_block_may_hold_several_statements() -> None:
    assert len(heads_of(MT940, f"{BLOCK}{BODY}{BODY}-}}".encode())) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"{BLOCK}{BODY}",
        f"{BLOCK}{BODY}-",
        f"{BLOCK}{BODY}{BLOCK}{BODY}-}}",
        f"{BODY}-\n{{1:F01",
        f"{BODY}-\nABNANL2A\n940\n",
        f"{BODY}-\n:940:\n",
        f"{BODY}:2",
        f"{BODY}:64",
        f"{BODY}:64:C2401",
    ],
)
def test_an_open_block_or_another_message_begun_is_a_cut_file(text: str) -> None:
    assert refusal_of(MT940, text.encode()).message


@pytest.mark.parametrize("closing", ["C240131EUR0,0", "C240131EUR0,", "C240131EUR0"])
def test_a_file_that_stops_within_its_last_amount_is_refused(closing: str) -> None:
    text = BODY.replace("C240131EUR0,00\n", closing)
    assert refusal_of(MT940, text.encode()).field == ":62F:"
    assert feet_of(MT940, (text + "\n").encode())[0].closing == 0


def test_another_swift_message_is_refused() -> None:
    assert "MT103" in refusal_of(MT940, BLOCK.replace("O940", "O103").encode() + BODY.encode() + b"-}").message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850"])
@pytest.mark.parametrize("name", ["Jürgen Müller", "MÜLLER GmbH & Söhne"])
def test_names_survive_every_encoding(encoding: str, name: str) -> None:
    data = statement(":61:240102C1,00NTRFNONREF", f":86:166?20RE 1?32{name}").decode().encode(encoding)
    assert entries_of(MT940, data)[0].counterparty == name


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_line_ending_is_read_alike(newline: str) -> None:
    assert pieces_of(MT940, GERMAN.replace("\n", newline).encode()) == pieces_of(MT940, GERMAN.encode())


def test_a_soft_hyphen_is_a_hyphen_as_ing_writes_it() -> None:
    text = BODY + "\u00adXXX"
    assert feet_of(MT940, text.encode()) == feet_of(MT940, BODY.encode())


def test_a_line_of_a_hyphen_within_a_text_ends_nothing() -> None:
    entry = the_entry("240102C1,00NTRFNONREF", ":86:MND", "-", "EV01")
    assert entry.remittance == "MND - EV01"


# --- recognition ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("golden", [GERMAN, DUTCH, PLAIN, "\ufeff" + GERMAN, "ABNANL2A\n940\n" + GERMAN])
def test_an_mt940_is_recognised_by_its_reader_alone(golden: str) -> None:
    assert MT940.recognises(golden.encode(), "x.sta")
    assert not MT942.recognises(golden.encode(), "x.sta")


@pytest.mark.parametrize("golden", [INTERIM, "{1:F01X}{2:O942X}{4:\n" + INTERIM, INTERIM.replace("\n", "\r")])
def test_an_mt942_is_recognised_by_its_reader_alone(golden: str) -> None:
    assert MT942.recognises(golden.encode(), "x.sta")
    assert not MT940.recognises(golden.encode(), "x.sta")


def test_utf_16_is_recognised() -> None:
    assert MT940.recognises(GERMAN.encode("utf-16"), "x.sta")


@pytest.mark.parametrize(
    "head",
    [
        *(b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"OFXHEADER:100\n", b"date;amount\n2024-01-01;1\n"),
        *(b"Notes at 10:20: x", b"Call me\n:-)\n", bytes(range(256)) * 16),
        BLOCK.replace("O940", "I103").encode() + b":20:X\n:32A:240101EUR1,00\n",
    ],
)
def test_nothing_else_is_recognised(head: bytes) -> None:
    assert not MT940.recognises(head, "x.sta")
    assert not MT942.recognises(head, "x.sta")


# --- damage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("golden", GOLDENS)
def test_a_file_cut_at_any_byte_is_refused_or_ends_where_a_statement_ends(golden: str) -> None:
    data = golden.encode()
    assert wrongly_read_cuts(MT940, data, statement_prefixes(pieces_of(MT940, data))) == []


@pytest.mark.parametrize("golden", GOLDENS)
def test_damaged_files_are_refused_or_read_cleanly(golden: str) -> None:
    assert all(read_cleanly(MT940, damaged) for damaged in mutations(golden.encode(), 1_000))


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    assert read_cleanly(MT940, data)


def test_a_nul_character_is_refused() -> None:
    assert "NUL" in refusal_of(MT940, statement(":61:240102C1,00NTRFNONREF", ":86:A\0B")).message


def test_a_field_or_line_without_end_is_refused() -> None:
    long_text = ":86:" + "A" * (LARGEST_FIELD + 1)
    assert "characters" in refused(":61:240102C1,00NTRFNONREF", long_text).message
    assert "characters" in refusal_of(MT940, b"A" * 10**7).message
    assert "characters" in refusal_of(MT940, b"A\n" * 10**6).message


def test_a_line_with_texts_without_end_is_refused() -> None:
    texts = [":86:A"] * (MOST_TEXTS + 1)
    assert refused(":61:240102C1,00NTRFNONREF", *texts).field == ":86:"


@pytest.mark.parametrize(
    "nasty",
    [
        *("?20", "/REMI", "SVWZ+", "RF18 ", "RF18 ABCD ", "+++", "KID ", "NAAM: ", "IBAN+ ", "{5:", "\n-", "\n:12:"),
        *("1", "12 ", " ", "\n", "{", "A", "?"),
    ],
)
def test_hostile_texts_take_no_time(nasty: str) -> None:
    nasty *= 60_000 // len(nasty)
    started = time.process_time()
    for head in ("166?20", ""):
        read_cleanly(MT940, statement(":61:240102C1,00NTRFNONREF", f":86:{head}{nasty}"))
        read_cleanly(MT940, BODY.encode() + nasty.encode())
    assert time.process_time() - started < 2


class Endless(io.RawIOBase):
    """A file of many statements that is never in memory as a whole."""

    def __init__(self, count: int) -> None:
        page = ":61:2401020102C1,00NTRFNONREF\n:86:166?20SVWZ+RE 1?32KUNDE\n" * 1_000
        self.page = statement(page.rstrip("\n"), closing="C240131EUR1000,00")
        self.size, self.place = count * len(self.page), 0

    def readable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        self.place = place
        return place

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.size - self.place)
        start = self.place % len(self.page)
        self.place += size
        return (self.page * (size // len(self.page) + 2))[start : start + size]


def test_memory_stays_flat_over_many_entries() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        entries = sum(isinstance(piece, Entry) for piece in read_lazily(Endless(count)))
        assert entries == count * 1_000
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(24) < peak(10) + 500_000


def read_lazily(source: Endless) -> Iterator[object]:
    return MT940.read(source, Assumed())  # type: ignore[arg-type]
