"""The dialects of :86: and the structured references in it."""

import pytest

from payments.readers.mt940 import MT940
from payments.readers.references import structured_reference
from tests.readers.damage import (
    entries_of,
)
from tests.readers.mt940_files import (
    DUTCH,
    GERMAN,
    detailed,
    the_entry,
)


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


def test_text_between_unknown_codes_is_left_out_of_the_remittance() -> None:
    assert detailed("166?00A?99B?20RE 1").remittance == "RE 1"
    assert detailed("?20RE 1?4X?32KUNDE").remittance == "RE 1?4X"


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
