"""OFX, QFX, QBO and QIF as banks and programs write them."""

from datetime import date

import pytest

from payments.readers.model import Assumed, Entry
from payments.readers.ofx import OfxReader
from payments.readers.qif import QifReader
from tests.readers.damage import entries_of, feet_of, heads_of, refusal_of, warnings_of

OFX, QIF = OfxReader(), QifReader()

HEAD = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n"
    "COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)
SIGN_ON = (
    "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260201120000[-5:EST]"
    "<LANGUAGE>ENG{more}</SONRS></SIGNONMSGSRSV1>"
)


def bank(*transactions: str, currency: str = "USD", account: str = "123456789", closing: str = "1000.00") -> str:
    return (
        f"<STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>{currency}"
        f"<BANKACCTFROM><BANKID>121000248<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>"
        f"<BANKTRANLIST><DTSTART>20260101<DTEND>20260131{''.join(transactions)}</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>{closing}<DTASOF>20260131</LEDGERBAL></STMTRS></STMTTRNRS>"
    )


def moved(
    amount: str = "10.00",
    day: str = "20260115",
    name: str = "ACME",
    more: str = "",
    kind: str = "CREDIT",
    fitid: str = "1",
) -> str:
    return f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{fitid}<NAME>{name}{more}</STMTTRN>"


def ofx(*statements: str, head: str = HEAD, more: str = "", encoding: str = "cp1252") -> bytes:
    text = head + "<OFX>" + SIGN_ON.format(more=more) + "<BANKMSGSRSV1>" + "".join(statements) + "</BANKMSGSRSV1></OFX>"
    return text.encode(encoding)


def one(**fields: str) -> Entry:
    (found,) = entries_of(OFX, ofx(bank(moved(**fields))))
    return found


@pytest.mark.parametrize(
    "day",
    [
        "20260115",
        "20260115120000",
        "20260115235959[-5:EST]",
        "20260115000000[-8:PST]",
        "20260115120000.000[0:GMT]",
        "20260115020000[+10:AEST]",
        "20260115120000.000[-3.5:NST]",
        "202601151200",
    ],
)
def test_a_booking_is_of_the_day_the_bank_writes(day: str) -> None:
    assert one(day=day).booked_on == date(2026, 1, 15)


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("10.00", 1_000),
        ("-10.00", -1_000),
        ("+10", 1_000),
        ("10,00", 1_000),
        ("-.5", -50),
        ("1234567.89", 123_456_789),
        ("1,234.50", 123_450),
        ("-1.234,50", -123_450),
        ("0.00", 0),
        ("10.000", 1_000),
    ],
)
def test_amounts_are_signed_and_exact(written: str, minor: int) -> None:
    assert one(amount=written).amount == minor


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("A &amp; B", "A & B"),
        ("AT&T", "AT&T"),
        ("A &lt;1&gt;", "A <1>"),
        ("Caf&#233;", "Café"),
        ("Müller", "Müller"),
        ("5 &nbsp;Star", "5 Star"),
    ],
)
def test_ampersands_and_references_in_names(written: str, read: str) -> None:
    found = one(name=written).counterparty
    assert found is not None
    assert " ".join(found.split()) == read


def test_quickens_own_elements_are_stepped_over() -> None:
    data = ofx(
        bank(moved(more="<INTU.CHKNUM>5<MEMO>x")), more="<FI><ORG>B1<FID>10898</FI><INTU.BID>10898<INTU.USERID>someone"
    )
    assert [entry.amount for entry in entries_of(OFX, data)] == [1_000]


def test_checking_savings_and_a_card_in_one_file_are_three_statements() -> None:
    card = (
        "</BANKMSGSRSV1><CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>9<STATUS><CODE>0<SEVERITY>"
        "INFO</STATUS><CCSTMTRS><CURDEF>USD"
        "<CCACCTFROM><ACCTID>4111XXXXXXXX1111</CCACCTFROM><BANKTRANLIST><DTSTART>20260101<DTEND>20260131"
        + moved("-55.10", kind="DEBIT")
        + (
            "</BANKTRANLIST><LEDGERBAL><BALAMT>-55.10<DTASOF>20260131</LEDGERBAL></CCSTMTRS>"
            "</CCSTMTTRNRS></CREDITCARDMSGSRSV1><BANKMSGSRSV1>"
        )
    )
    data = ofx(bank(moved()), bank(moved("3.00"), account="987"), card)
    assert [head.account.identifier for head in heads_of(OFX, data)] == ["123456789", "987", "4111XXXXXXXX1111"]
    assert [entry.amount for entry in entries_of(OFX, data)] == [1_000, 300, -5_510]
    assert [foot.closing for foot in feet_of(OFX, data)] == [100_000, 100_000, -5_510]


def test_a_correction_names_what_it_replaces() -> None:
    data = ofx(bank(moved(more="<CORRECTFITID>0<CORRECTACTION>REPLACE", fitid="2")))
    assert [problem.field for problem in warnings_of(OFX, data)] == ["CORRECTFITID"]


def test_the_whole_file_on_one_line_is_the_same_file() -> None:
    data = ofx(bank(moved())).replace(b"\r\n", b"")
    assert [entry.amount for entry in entries_of(OFX, data)] == [1_000]


@pytest.mark.parametrize("newline", ["\n", "\r"])
def test_a_header_with_other_line_ends_is_a_header(newline: str) -> None:
    data = ofx(bank(moved()), head=HEAD.replace("\r\n", newline))
    assert OFX.recognises(data[:4096], "x.qbo")
    assert len(entries_of(OFX, data)) == 1


@pytest.mark.parametrize(
    ("charset", "encoding"), [("1252", "cp1252"), ("NONE", "utf-8"), ("8859-1", "latin-1"), ("UTF-8", "utf-8")]
)
def test_names_survive_what_the_header_says_and_what_the_bytes_are(charset: str, encoding: str) -> None:
    head = HEAD.replace("CHARSET:1252", f"CHARSET:{charset}").replace(
        "USASCII", "UTF-8" if encoding == "utf-8" else "USASCII"
    )
    (found,) = entries_of(OFX, ofx(bank(moved(name="Société Générale Zürich")), head=head, encoding=encoding))
    assert found.counterparty == "Société Générale Zürich"


def test_an_xml_file_of_version_2_with_closing_tags_is_read() -> None:
    body = (
        "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>GBP</CURDEF><BANKACCTFROM><BANKID>"
        "200000</BANKID><ACCTID>12345678</ACCTID>"
        "<ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DIRECTDEBIT</"
        "TRNTYPE><DTPOSTED>20260105</DTPOSTED>"
        "<TRNAMT>-12.00</TRNAMT><FITID>9</FITID><NAME>COUNCIL</NAME><MEMO>REF 77</MEMO></STMTTRN></BANKTRANLIST>"
        "<LEDGERBAL><BALAMT>-3.00</BALAMT><DTASOF>20260131</DTASOF></LEDGERBAL></STMTRS>"
        "</STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    data = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?><?OFX OFXHEADER="200" VERSION="'
        f'200" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>{body}'
    ).encode()
    (found,) = entries_of(OFX, data)
    assert (found.amount, found.code, found.remittance) == (-1_200, "DIRECTDEBIT", "REF 77")
    assert feet_of(OFX, data)[0].closing == -300


def test_a_bank_that_answers_with_an_error_is_quoted() -> None:
    data = (
        HEAD
        + (
            "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Signon "
            "invalid</STATUS></SONRS></SIGNONMSGSRSV1></OFX>"
        )
    ).encode()
    assert "Signon invalid" in refusal_of(OFX, data).message


# ── QIF ─────────────────────────────────────────────────────────────────────────────────────────


def qif(*records: str, kind: str = "Bank") -> bytes:
    return (f"!Type:{kind}\n" + "".join(f"{record}\n^\n" for record in records)).encode("cp1252")


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (["1/31'26", "2/ 5'26"], date(2026, 1, 31)),
        (["01/31/2026", "02/01/2026"], date(2026, 1, 31)),
        (["31/01/2026", "01/02/2026"], date(2026, 1, 31)),
        (["31.01.2026"], date(2026, 1, 31)),
        (["31-01-26"], date(2026, 1, 31)),
        (["2026-01-31"], date(2026, 1, 31)),
        (["20260131"], date(2026, 1, 31)),
        (["1/31/26"], date(2026, 1, 31)),
    ],
)
def test_dates_of_every_program(days: list[str], first: date) -> None:
    assert entries_of(QIF, qif(*(f"D{day}\nT1.00" for day in days)))[0].booked_on == first


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("1,234.50", 123_450),
        ("-1,234.50", -123_450),
        ("1.234,50", 123_450),
        ("-20,00", -2_000),
        ("1234.5", 123_450),
        ("5", 500),
        ("+7.00", 700),
    ],
)
def test_amounts_of_every_program(written: str, minor: int) -> None:
    assert entries_of(QIF, qif(f"D31/01/2026\nT{written}"))[0].amount == minor


def test_dates_that_could_be_two_are_asked_about() -> None:
    assert "day or the month" in refusal_of(QIF, qif("D01/02/2026\nT1.00")).message


def test_a_record_has_its_payee_memo_number_and_category() -> None:
    (found,) = entries_of(
        QIF,
        qif("D31/01/2026\nT-45.10\nCX\nNDD\nPBritish Gas\nMRef 88 / Jan\nLUtilities:Gas\nA1 High St"),
        Assumed("GB1", "GBP"),
    )
    assert (found.amount, found.currency, found.counterparty, found.remittance, found.entry_ref) == (
        -4_510,
        "GBP",
        "British Gas",
        "Ref 88 / Jan",
        "DD",
    )


def test_a_card_and_a_bank_account_in_one_file_are_two_statements() -> None:
    data = (
        b"!Account\nNCurrent\nTBank\n^\n!Type:Bank\nD31/01/2026\nT1.00\n^\n!Account\nNVisa\n"
        b"TCCard\n^\n!Type:CCard\nD31/01/2026\nT-2.00\n^\n"
    )
    assert [head.account.name for head in heads_of(QIF, data)] == ["Current", "Visa"]
    assert [entry.amount for entry in entries_of(QIF, data)] == [100, -200]
