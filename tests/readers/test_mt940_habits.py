"""MT940 and MT942 as banks of many countries write them: lines, texts, pages and envelopes."""

from datetime import date

import pytest

from payments.readers.model import Account
from payments.readers.mt940 import MT940, MT942, message_type
from tests.readers.damage import entries_of, feet_of, heads_of, warnings_of
from tests.readers.mt940_files import detailed, statement, the_entry


@pytest.mark.parametrize(
    ("line", "amount", "is_reversal"),
    [
        ("2401150115C1234,56NTRFNONREF", 123_456, False),
        ("2401150115D1234,56NTRFNONREF", -123_456, False),
        ("2401150115RC1234,56NTRFNONREF", -123_456, True),
        ("2401150115RD1234,56NTRFNONREF", 123_456, True),
        ("2401150115CR0,05N051NONREF", 5, False),
        ("2401150115RCR7,NTRFNONREF", -700, True),
        ("2401150115DR1000,S202NONREF//X", -100_000, False),
        ("240115C1,FTRFNONREF", 100, False),
        ("240115D,5NMSCNONREF", -50, False),
    ],
)
def test_a_mark_a_funds_code_and_any_type_are_told_apart(line: str, amount: int, is_reversal: bool) -> None:
    if ",5NMSC" in line:
        line = line.replace("D,5", "D0,5")
    found = the_entry(line)
    assert (found.amount, found.is_reversal) == (amount, is_reversal)


@pytest.mark.parametrize(
    ("stamp", "booked", "valued"),
    [
        ("2512311231", date(2025, 12, 31), date(2025, 12, 31)),
        ("2512310102", date(2026, 1, 2), date(2025, 12, 31)),
        ("2601011231", date(2025, 12, 31), date(2026, 1, 1)),
        ("260103", date(2026, 1, 3), date(2026, 1, 3)),
        ("2402290229", date(2024, 2, 29), date(2024, 2, 29)),
        ("2402300301", date(2024, 3, 1), date(2024, 2, 29)),
        ("9912310103", date(2000, 1, 3), date(1999, 12, 31)),
    ],
)
def test_the_entry_date_is_in_the_year_nearest_to_the_value_date(stamp: str, booked: date, valued: date) -> None:
    found = the_entry(f"{stamp}C10,00NTRFNONREF")
    assert (found.booked_on, found.valued_on) == (booked, valued)


@pytest.mark.parametrize(
    ("tail", "end_to_end", "entry_ref"),
    [
        ("NTRFNONREF//4711-08", None, "4711-08"),
        ("NTRFRE2024-17//NONREF", "RE2024-17", None),
        ("NTRFKUNDE 7", "KUNDE 7", None),
        ("NTRF//BANK9", None, "BANK9"),
    ],
)
def test_the_two_references_of_a_line_are_told_apart(tail: str, end_to_end: str | None, entry_ref: str | None) -> None:
    found = the_entry(f"2401150115C1,00{tail}")
    assert (found.end_to_end, found.entry_ref) == (end_to_end, entry_ref)


def test_a_german_text_in_pieces_is_put_together() -> None:
    found = detailed(
        "166?00GUTSCHRIFT?100599?20EREF+ANG-77?21KREF+123?22SVWZ+Rechnung 2024-00012 vo?23m 3.1.2024 und 24-0013 Dan",
        "ke?30GENODEF1ABC?31DE02120300000000202051?32Haus- und Grundverwaltung S?33chmidt GmbH?34000?60 Kd 815",
    )
    assert found.counterparty == "Haus- und Grundverwaltung Schmidt GmbH"
    assert found.counterparty_account == "DE02120300000000202051"
    assert found.counterparty_bic == "GENODEF1ABC"
    assert found.end_to_end == "ANG-77"
    assert found.remittance.startswith("Rechnung 2024-00012 vom 3.1.2024 und 24-0013 Danke")


def test_an_austrian_text_with_tags_and_no_codes_is_taken_apart() -> None:
    found = detailed("EREF+E1 MREF+M1 CRED+AT61ZZZ1 SVWZ+MITGLIEDSBEITRAG 2024")
    assert (found.end_to_end, found.mandate, found.remittance) == ("E1", "M1", "MITGLIEDSBEITRAG 2024")


def test_a_polish_text_with_other_separators_is_taken_apart() -> None:
    found = detailed(
        "020<00PRZELEW<20FV 17/2024<27JAN KOWALSKI<3010500014<311234567890123456<32JAN "
        "KOWALSKI<33UL. DLUGA 1<38PL61109010140000071219812874"
    )
    assert found.counterparty_account == "PL61109010140000071219812874"
    assert found.counterparty is not None
    assert found.counterparty.startswith("JAN KOWALSKI")
    assert found.remittance.startswith("FV 17/2024")


def test_a_dutch_text_of_code_words_is_taken_apart() -> None:
    found = detailed(
        "/TRTP/SEPA OVERBOEKING/IBAN/NL20INGB0001234567/BIC/INGBNL2A/NAME/Cafe de Ze",
        "bra BV/REMI/Factuur 2024-99 klant 17/EREF/NOTPROVIDED",
    )
    assert found.counterparty == "Cafe de Zebra BV"
    assert (found.counterparty_account, found.counterparty_bic) == ("NL20INGB0001234567", "INGBNL2A")
    assert (found.remittance, found.end_to_end) == ("Factuur 2024-99 klant 17", None)


def test_a_return_says_its_reason_among_the_code_words() -> None:
    found = detailed(
        "/RTRN/MD06/MARF/M-5/EREF/E-5//CNTP/NL20INGB0001234567/INGBNL2A/J Jansen//REMI/USTD//Contributie/",
        line="2401020102D10,00NRTINONREF",
    )
    assert (found.return_reason, found.mandate, found.end_to_end) == ("MD06", "M-5", "E-5")
    assert (found.counterparty, found.remittance, found.amount) == ("J Jansen", "Contributie", -1_000)


def test_a_structured_remittance_among_code_words_is_the_reference() -> None:
    assert detailed("/REMI/STRD/CUR/9001123412341234/").structured_reference == "9001123412341234"


def test_a_swiss_text_of_plain_lines_has_its_reference() -> None:
    found = detailed("GUTSCHRIFT QR-RECHNUNG", "21 00000 00003 13947 14300 09017", "HANS MUSTER 8000 ZUERICH")
    assert found.structured_reference == "210000000003139471430009017"


def test_plain_words_with_colons_and_slashes_stay_the_text_they_are() -> None:
    assert detailed("PAGO FACTURA 12/2024 REF: A/B").remittance == "PAGO FACTURA 12/2024 REF: A/B"


def test_a_line_of_text_that_begins_with_a_colon_and_no_tag_is_text() -> None:
    assert "see :note" in detailed("INVOICE 7", "see :note below").remittance


def test_a_question_mark_in_the_text_is_no_code() -> None:
    assert "WHO?ME" in detailed("166?00GUTSCHRIFT?20SVWZ+WHO?ME").remittance


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("DE89370400440532013000", Account("DE89370400440532013000")),
        ("37040044/532013000", Account("532013000", "37040044")),
        ("37040044/0532013000EUR", Account("0532013000", "37040044")),
        ("COBADEFFXXX/DE89370400440532013000EUR", Account("DE89370400440532013000", "COBADEFFXXX")),
        ("NL91ABNA0417164300EUR", Account("NL91ABNA0417164300")),
        ("/PL61109010140000071219812874", Account("PL61109010140000071219812874")),
        ("20-00-00 12345678", Account("20-00-00 12345678")),
    ],
)
def test_our_account_is_found_in_every_spelling(written: str, account: Account) -> None:
    data = statement().replace(b":25:DE89370400440532013000", f":25:{written}".encode())
    assert heads_of(MT940, data)[0].account == account


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_without_envelope_and_with_any_line_end_the_statement_is_the_same(end: str) -> None:
    data = (
        statement(":61:2401150115C5,00NTRFNONREF", ":86:RE 1", closing="C240131EUR5,00").decode().replace("\r\n", end)
    )
    for written in (data, data.rstrip("-\r\n") + end, data.rstrip("\r\n")):
        assert [entry.amount for entry in entries_of(MT940, written.encode())] == [500]


def test_available_and_forward_balances_close_nothing() -> None:
    data = statement(closing="D240131EUR7,00").decode()
    data = data.replace(
        ":62F:D240131EUR7,00",
        (
            ":62F:D240131EUR7,00\r\n:64:C240131EUR1000,00\r\n:65:C240201EUR2000,00\r\n:65:C240202EUR3000,"
            "00\r\n:86:WEITERE HINWEISE"
        ),
    )
    (foot,) = feet_of(MT940, data.encode())
    assert (foot.closing, foot.closing_on) == (-700, date(2024, 1, 31))


def test_the_pages_of_a_statement_chain_by_their_balances() -> None:
    first = (
        statement(":61:240102C5,00NTRFNONREF", closing="C240131EUR5,00")
        .replace(b":28C:1/1", b":28C:00031/001")
        .replace(b":62F:", b":62M:")
    )
    second = (
        statement(":61:240103D2,00NTRFNONREF", opening="C240131EUR5,00", closing="C240131EUR3,00")
        .replace(b":28C:1/1", b":28C:00031/002")
        .replace(b":60F:", b":60M:")
    )
    heads = heads_of(MT940, first + second)
    assert [(head.sequence, head.opening) for head in heads] == [("00031/001", 0), ("00031/002", 500)]
    assert [foot.closing for foot in feet_of(MT940, first + second)] == [500, 300]


def test_a_currency_without_decimals_has_only_its_comma() -> None:
    found = the_entry("2401150115C15000,NTRFNONREF", opening="C240101JPY0,")
    assert (found.amount, found.currency) == (15_000, "JPY")


def test_a_currency_with_three_decimals_keeps_them() -> None:
    assert the_entry("2401150115C15,125NTRFNONREF", opening="C240101KWD0,").amount == 15_125


def test_a_text_for_the_whole_statement_is_no_entry() -> None:
    data = statement(":61:240102C5,00NTRFNONREF", ":86:RE 7", closing="C240131EUR5,00").replace(
        b"-\r\n", b":86:KONTOSTAND PER MONATSENDE\r\n-\r\n"
    )
    (found,) = entries_of(MT940, data)
    assert found.remittance == "RE 7"


def test_a_supplement_below_the_line_joins_its_text() -> None:
    found = the_entry("2401150115C5,00NTRFNONREF//B1\r\nACME LTD LONDON", ":86:INV 204")
    assert found.entry_ref == "B1"
    assert {"INV", "204", "ACME", "LTD"} <= set(found.remittance.split())


def test_an_original_amount_and_charges_below_the_line_are_told() -> None:
    found = the_entry("2401150115C95,00NTRFNONREF//B1\r\n/OCMT/USD110,00/CHGS/EUR5,00/", ":86:INV 204")
    assert (found.original_amount, found.original_currency, found.charges) == (11_000, "USD", 500)


def test_messages_with_a_header_trailer_and_user_block_are_read() -> None:
    body = statement(":61:240102C5,00NTRFNONREF", closing="C240131EUR5,00").decode().removesuffix("-\r\n")
    data = (
        "{1:F01BANKBEBBAXXX0000000000}{2:O9401200240131BANKBEBBAXXX00000000002401311200N}{3:{108:MT940 001}}{4:\r\n"
        + body
        + "-}{5:{CHK:123456789ABC}}\r\n"
    )
    assert len(entries_of(MT940, (data * 2).encode())) == 2


def test_an_interim_report_in_one_floor_limit_for_both_sides_is_read() -> None:
    data = (
        b":20:INTRA\r\n:25:BE68539007547034\r\n:28C:5/1\r\n:34F:EUR0,\r\n:13D:2401151200+0100\r\n"
        b":61:2401150115C10,00NTRFNONREF//1\r\n:86:A\r\n:61:2401150115EC7,00NTRFNONREF//2\r\n"
        b":90D:0EUR0,\r\n:90C:2EUR17,00\r\n-\r\n"
    )
    assert message_type(data) == "942"
    assert [(each.amount, each.pending) for each in entries_of(MT942, data)] == [(1_000, False), (700, True)]
    assert heads_of(MT942, data)[0].to_on == date(2024, 1, 15)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "utf-16"])
def test_umlauts_survive_the_encodings_of_banks(encoding: str) -> None:
    data = statement(":61:240102C5,00NTRFNONREF", ":86:166?20SVWZ+Gebühr für März?32Müller", closing="C240131EUR5,00")
    (found,) = entries_of(MT940, data.decode().encode(encoding))
    assert (found.counterparty, found.remittance) == ("Müller", "Gebühr für März")


def test_a_statement_without_movements_keeps_its_balance() -> None:
    data = statement(opening="D240101EUR12,34", closing="D240131EUR12,34")
    assert (heads_of(MT940, data)[0].opening, feet_of(MT940, data)[0].closing, warnings_of(MT940, data)) == (
        -1_234,
        -1_234,
        [],
    )
