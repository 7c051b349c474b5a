"""OFX, in files we wrote: both notations, the dialects of banks, and every way a file can be wrong."""

import io
import random
import tracemalloc
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ofxparse import OfxParser

from core.problems import Problem
from payments.readers.model import Assumed, Entry, Piece, StatementFoot, StatementHead, Unreadable
from payments.readers.ofx import OfxReader
from tests.readers.damage import mutations, pieces_of, read_cleanly, refusal_of

READER = OfxReader()
NOBODY = Assumed()

HEADER = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

"""
XML_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
"""
SIGN_ON = """<SIGNONMSGSRSV1><SONRS>
<STATUS><CODE>0<SEVERITY>INFO<MESSAGE>OK</STATUS>
<DTSERVER>20240205083000<LANGUAGE>ENG<FI><ORG>Bank of Examples<FID>17</FI><INTU.BID>00017
</SONRS></SIGNONMSGSRSV1>
"""
TRANSFER = """<STMTTRN>
<TRNTYPE>CREDIT
<DTPOSTED>20240103120000.000[-5:EST]
<TRNAMT>1250.40
<FITID>2024-0001
<NAME>ACME GMBH
<MEMO>Invoice 4711 / customer 12
</STMTTRN>
"""
CHEQUE = """<STMTTRN>
<TRNTYPE>CHECK
<DTPOSTED>20240104
<TRNAMT>-80.00
<FITID>2024-0002
<CHECKNUM>1000
</STMTTRN>
"""
ACCOUNT = "<BANKACCTFROM>\n<BANKID>12030000\n<ACCTID>DE02 1203 0000 0000 2020 51\n<ACCTTYPE>CHECKING\n</BANKACCTFROM>\n"
BALANCES = """<LEDGERBAL>
<BALAMT>3170.40
<DTASOF>20240131
</LEDGERBAL>
<AVAILBAL>
<BALAMT>8170.40
<DTASOF>20240131
</AVAILBAL>
"""


def a_statement(
    *transactions: str,
    currency: str = "<CURDEF>EUR\n",
    account: str = ACCOUNT,
    balances: str = BALANCES,
) -> str:
    listed = "".join(transactions)
    return f"""<STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<STMTRS>
{currency}{account}<BANKTRANLIST>
<DTSTART>20240101
<DTEND>20240131
{listed}</BANKTRANLIST>
{balances}</STMTRS></STMTTRNRS>
"""


def an_ofx(*statements: str, header: str = HEADER) -> str:
    return f"{header}<OFX>\n{SIGN_ON}<BANKMSGSRSV1>\n{''.join(statements)}</BANKMSGSRSV1>\n</OFX>\n"


def a_transaction(**fields: str) -> str:
    """A STMTTRN of the given elements over a sound default; an empty string leaves the element out."""
    told = {"trntype": "CREDIT", "dtposted": "20240103", "trnamt": "10.00", "fitid": "F1", "name": "ACME"} | fields
    return "<STMTTRN>\n" + "".join(f"<{name.upper()}>{text}\n" for name, text in told.items() if text) + "</STMTTRN>\n"


SGML = an_ofx(a_statement(TRANSFER, CHEQUE))
XML = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
<OFX><!-- one account, one card -->
  <SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>
    <DTSERVER>20240205</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>
  <BANKMSGSRSV1><STMTTRNRS><TRNUID>1</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><STMTRS>
    <CURDEF>EUR</CURDEF>
    <BANKACCTFROM><BANKID>12030000</BANKID><ACCTID>7001</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>
    <BANKTRANLIST><DTSTART>20240101</DTSTART><DTEND>20240131</DTEND>
      <STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20240103</DTPOSTED><DTAVAIL>20240105</DTAVAIL>
        <TRNAMT>+42.50</TRNAMT><FITID>A</FITID><PAYEE><NAME>Müller &amp; Söhne</NAME><CITY>Ulm</CITY></PAYEE>
        <BANKACCTTO><BANKID>COBADEFFXXX</BANKID><ACCTID>DE89370400440532013000</ACCTID></BANKACCTTO>
        <MEMO><![CDATA[RF18 5390 0754 7034 <thanks>]]></MEMO></STMTTRN>
    </BANKTRANLIST>
    <LEDGERBAL><BALAMT>42.50</BALAMT><DTASOF>20240131</DTASOF></LEDGERBAL>
    <BANKTRANLISTP><DTASOF>20240131</DTASOF>
      <STMTTRNP><TRNTYPE>DEBIT</TRNTYPE><DTTRAN>20240201</DTTRAN><TRNAMT>-7</TRNAMT><NAME>Kiosk</NAME></STMTTRNP>
    </BANKTRANLISTP>
  </STMTRS></STMTTRNRS></BANKMSGSRSV1>
  <CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>2</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><CCSTMTRS>
    <CURDEF>JPY</CURDEF><CCACCTFROM><ACCTID>4000-1234</ACCTID></CCACCTFROM>
    <BANKTRANLIST><STMTTRN><TRNTYPE>FEE</TRNTYPE><DTPOSTED>20240110</DTPOSTED><TRNAMT>-1500</TRNAMT><FITID>A</FITID>
      <NAME/><MEMO></MEMO></STMTTRN></BANKTRANLIST>
    <LEDGERBAL><BALAMT>-1500.00</BALAMT><DTASOF>20240131</DTASOF></LEDGERBAL>
  </CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1>
</OFX>
"""


def data_of(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def pieces(text: str | bytes, assumed: Assumed = NOBODY) -> list[Piece]:
    return pieces_of(READER, data_of(text), assumed)


def entries(text: str | bytes) -> list[Entry]:
    return [piece for piece in pieces(text) if isinstance(piece, Entry)]


def entry(**fields: str) -> Entry:
    (only,) = entries(an_ofx(a_statement(a_transaction(**fields))))
    return only


def heads(text: str | bytes, assumed: Assumed = NOBODY) -> list[StatementHead]:
    return [piece for piece in pieces(text, assumed) if isinstance(piece, StatementHead)]


def feet(text: str) -> list[StatementFoot]:
    return [piece for piece in pieces(text) if isinstance(piece, StatementFoot)]


def warnings(text: str | bytes) -> list[Problem]:
    return [piece for piece in pieces(text) if isinstance(piece, Problem)]


def refusal(text: str | bytes) -> Problem:
    return refusal_of(READER, data_of(text))


def refused_transaction(**fields: str) -> Problem:
    return refusal(an_ofx(a_statement(a_transaction(**fields))))


# What a statement says


def test_a_statement_of_ofx_1_is_read_whole() -> None:
    head, credit, debit, foot = pieces(SGML)
    assert isinstance(head, StatementHead)
    assert head.account.identifier == "DE02120300000000202051"
    assert head.account.bank == "12030000"
    assert (head.currency, head.from_on, head.to_on) == ("EUR", date(2024, 1, 1), date(2024, 1, 31))
    assert credit == Entry(
        booked_on=date(2024, 1, 3),
        valued_on=None,
        amount=125040,
        currency="EUR",
        where="line 28, transaction 1",
        entry_ref="2024-0001",
        remittance="Invoice 4711 / customer 12",
        counterparty="ACME GMBH",
        code="CREDIT",
    )
    assert isinstance(debit, Entry)
    assert (debit.amount, debit.code, debit.where) == (-8000, "CHECK", "line 36, transaction 2")
    assert foot == StatementFoot(317040, date(2024, 1, 31))


def test_a_statement_of_ofx_2_is_read_whole() -> None:
    bank, credit, pending, bank_foot, card, fee, card_foot = pieces(XML)
    assert isinstance(bank, StatementHead)
    assert bank.account.identifier == "7001"
    assert credit == Entry(
        booked_on=date(2024, 1, 3),
        valued_on=date(2024, 1, 5),
        amount=4250,
        currency="EUR",
        where="line 10, transaction 1",
        entry_ref="A",
        remittance="RF18 5390 0754 7034 <thanks>",
        counterparty="Müller & Söhne",
        counterparty_account="DE89370400440532013000",
        counterparty_bic="COBADEFFXXX",
        structured_reference="RF18539007547034",
        code="CREDIT",
    )
    assert isinstance(pending, Entry)
    assert (pending.pending, pending.booked_on, pending.amount) == (True, date(2024, 2, 1), -700)
    assert (pending.entry_ref, pending.counterparty) == (None, "Kiosk")
    assert bank_foot == StatementFoot(4250, date(2024, 1, 31))
    assert isinstance(card, StatementHead)
    assert (card.account.identifier, card.currency) == ("4000-1234", "JPY")
    assert isinstance(fee, Entry)
    assert (fee.amount, fee.currency, fee.remittance, fee.counterparty) == (-1500, "JPY", "", None)
    assert card_foot == StatementFoot(-1500, date(2024, 1, 31))


def test_ofx_has_no_opening_balance_and_the_available_balance_closes_nothing() -> None:
    only_available = BALANCES[BALANCES.index("<AVAILBAL>") :]
    text = an_ofx(a_statement(TRANSFER, balances=only_available))
    assert heads(text)[0].opening is None
    assert feet(text) == [StatementFoot(None, None)]


def test_an_empty_ledger_balance_is_unknown_and_said_to_be() -> None:
    text = an_ofx(a_statement(TRANSFER, balances="<LEDGERBAL><BALAMT><DTASOF>20240131</LEDGERBAL>"))
    assert feet(text) == [StatementFoot(None, date(2024, 1, 31))]
    assert [warning.field for warning in warnings(text)] == ["BALAMT"]


def test_a_statement_without_transactions_is_a_statement() -> None:
    assert [type(piece) for piece in pieces(an_ofx(a_statement()))] == [StatementHead, StatementFoot]


def test_several_accounts_are_several_statements_and_keep_their_own_transactions() -> None:
    other = ACCOUNT.replace("DE02 1203 0000 0000 2020 51", "999")
    text = an_ofx(a_statement(TRANSFER), a_statement(CHEQUE, account=other))
    kinds = [type(piece) for piece in pieces(text)]
    assert kinds == [StatementHead, Entry, StatementFoot] * 2
    assert [head.account.identifier for head in heads(text)] == ["DE02120300000000202051", "999"]


def test_several_transaction_lists_of_one_account_are_one_statement() -> None:
    text = SGML.replace(CHEQUE, f"</BANKTRANLIST>\n<BANKTRANLIST>\n{CHEQUE}")
    assert [type(piece) for piece in pieces(text)] == [StatementHead, Entry, Entry, StatementFoot]


def test_two_equal_transactions_are_two() -> None:
    assert [found.entry_ref for found in entries(an_ofx(a_statement(TRANSFER, TRANSFER)))] == ["2024-0001"] * 2


# Dates and amounts


@pytest.mark.parametrize(
    "written",
    [
        "20240229",
        "202402292359",
        "20240229235959",
        "20240229235959.999",
        "20240229235959.999[-11:SST]",
        "20240229[0:GMT]",
    ],
)
def test_a_booking_keeps_the_day_the_bank_writes_in_every_zone(written: str) -> None:
    assert entry(dtposted=written).booked_on == date(2024, 2, 29)


@pytest.mark.parametrize(
    "written",
    [
        "20240230",
        "20230229",
        "20241301",
        "2024010",
        "202401031",
        "2024-13-03",
        "03/01/2024",
        "00000000",
        "２０２４０１０３",
    ],
)
def test_a_day_that_is_none_refuses_the_file(written: str) -> None:
    assert refused_transaction(dtposted=written).field == "DTPOSTED"


def test_an_invalid_value_day_refuses_the_file_and_an_all_zero_one_is_none() -> None:
    assert refused_transaction(dtavail="20240230").field == "DTAVAIL"
    assert entry(dtavail="00000000").valued_on is None


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("10.00", 1000),
        ("+10.00", 1000),
        ("-10", -1000),
        ("10,5", 1050),
        (".5", 50),
        ("-,05", -5),
        ("+00000000000000.2400", 24),
        ("-1,006.60", -100660),
        ("1.234.567,89", 123456789),
        ("1 025,53", 102553),
        ("0.00", 0),
        ("-0.00", 0),
    ],
)
def test_amounts_are_taken_exactly_with_point_or_comma(written: str, minor: int) -> None:
    assert entry(trnamt=written).amount == minor


NO_AMOUNTS = [
    "NaN",
    "sNaN",
    "-Infinity",
    "inf",
    "1e3",
    "1E+2",
    "1_000",
    "１２.００",
    "1,234",
    "1.2345",
    "1,23,4.5",
    "1.234.56",
    "12,345,678",
    "1,234.567,89",
    "$20",
    "--1",
    "1-",
    "(5.00)",
    "null",
    "0x1F",
    "+",
    ".",
    "-,",
    "999999999999999999999",
]


@pytest.mark.parametrize("written", [*NO_AMOUNTS, "20 EUR", "9" * 4301])
def test_anything_else_is_no_amount_and_refuses_the_file(written: str) -> None:
    assert refused_transaction(trnamt=written).field == "TRNAMT"


def test_a_balance_that_is_no_amount_refuses_the_file() -> None:
    assert refusal(SGML.replace("3170.40", "NaN")).field == "BALAMT"


def test_the_sign_of_the_amount_rules_and_a_contrary_type_is_said_once() -> None:
    contrary = a_transaction(trntype="DEBIT", trnamt="5.00"), a_transaction(trntype="CREDIT", trnamt="-6.00")
    text = an_ofx(a_statement(*contrary))
    assert [found.amount for found in entries(text)] == [500, -600]
    (warning,) = warnings(text)
    assert warning.field == "TRNTYPE"
    assert warning.message.startswith("2 transactions")


@pytest.mark.parametrize("missing", ["trnamt", "dtposted"])
def test_a_transaction_without_amount_or_day_refuses_the_file(missing: str) -> None:
    problem = refused_transaction(**{missing: ""})
    assert problem.field == missing.upper()
    assert problem.where == "line 28, STMTTRN"


def test_a_transaction_without_identifier_is_read_with_a_warning() -> None:
    assert entry(fitid="").entry_ref is None
    (warning,) = warnings(an_ofx(a_statement(a_transaction(fitid=""))))
    assert (warning.field, warning.message[:14]) == ("FITID", "1 transactions")


def test_a_day_with_dashes_is_the_same_day() -> None:
    assert entry(dtposted="2024-02-29").booked_on == date(2024, 2, 29)


# Currencies


def test_an_amount_in_another_currency_is_converted_at_the_rate_beside_it_and_kept() -> None:
    foreign = a_transaction(trntype="POS", trnamt="-3.65").replace(
        "</STMTTRN>", "<CURRENCY><CURRATE>1.06<CURSYM>USD</CURRENCY></STMTTRN>"
    )
    text = an_ofx(a_statement(foreign))
    (found,) = entries(text)
    assert (found.amount, found.currency) == (-387, "EUR")
    assert (found.original_amount, found.original_currency, found.rate) == (-365, "USD", Decimal("1.06"))
    assert [warning.field for warning in warnings(text)] == ["CURRENCY"]


@pytest.mark.parametrize("told", ["<CURSYM>USD", "<CURRATE>0<CURSYM>USD", "<CURRATE>NaN<CURSYM>USD"])
def test_an_amount_in_another_currency_without_a_rate_refuses_the_file(told: str) -> None:
    foreign = a_transaction().replace("</STMTTRN>", f"<CURRENCY>{told}</CURRENCY></STMTTRN>")
    assert refusal(an_ofx(a_statement(foreign))).field == "CURRATE"


def test_an_amount_converted_by_the_bank_is_taken_as_stated() -> None:
    converted = a_transaction().replace("</STMTTRN>", "<ORIGCURRENCY><CURRATE>0.92<CURSYM>USD</ORIGCURRENCY></STMTTRN>")
    (found,) = entries(an_ofx(a_statement(converted)))
    assert (found.amount, found.original_currency, found.rate) == (1000, "USD", Decimal("0.92"))


def test_a_currency_equal_to_the_accounts_changes_nothing() -> None:
    same = a_transaction().replace("</STMTTRN>", "<CURRENCY><CURRATE>1.00<CURSYM>EUR</CURRENCY></STMTTRN>")
    (found,) = entries(an_ofx(a_statement(same)))
    assert (found.amount, found.original_currency, found.rate) == (1000, None, None)


def test_a_file_that_names_no_currency_or_account_takes_the_one_handed_in() -> None:
    text = an_ofx(
        a_statement(TRANSFER, currency="", account=ACCOUNT.replace("<ACCTID>DE02 1203 0000 0000 2020 51\n", ""))
    )
    assert refusal(text).field == "ACCTID"
    assert refusal(an_ofx(a_statement(TRANSFER, currency=""))).field == "CURDEF"
    (head,) = heads(text, Assumed(account="77", currency="GBP"))
    assert (head.account.identifier, head.currency) == ("77", "GBP")
    assert heads(SGML, Assumed(account="77", currency="GBP"))[0].currency == "EUR"


def test_an_unknown_currency_refuses_the_file() -> None:
    assert refusal(an_ofx(a_statement(TRANSFER, currency="<CURDEF>QQQ\n"))).field == "CURDEF"


# Texts


def test_a_name_without_a_memo_is_also_the_text() -> None:
    assert (entry(name="INV 4711 ACME").remittance, entry(name="INV 4711 ACME").counterparty) == ("INV 4711 ACME",) * 2


def test_the_extended_name_replaces_the_name_it_begins_with_and_is_text_otherwise() -> None:
    longer = entry(name="ACME INTERNAT", extdname="ACME INTERNATIONAL TRADING LTD", memo="4711")
    assert (longer.counterparty, longer.remittance) == ("ACME INTERNATIONAL TRADING LTD", "4711")
    other = entry(name="ACME", extdname="Standing order", memo="4711")
    assert (other.counterparty, other.remittance) == ("ACME", "Standing order 4711")


def test_the_number_of_a_cheque_we_drew_is_text_and_that_of_money_coming_in_is_not() -> None:
    assert entry(trnamt="-5.00", checknum="10452", memo="Rent").remittance == "Rent CHECKNUM 10452"
    assert entry(trnamt="5.00", checknum="10452", memo="Deposit").remittance == "Deposit"
    assert entry(trnamt="-5.00", checknum="0", memo="Rent").remittance == "Rent"


def test_memos_and_lines_of_one_transaction_are_joined() -> None:
    text = a_transaction(memo="Invoice\r  4711").replace("</STMTTRN>", "<MEMO>and 4712\n</STMTTRN>")
    (found,) = entries(an_ofx(a_statement(text)))
    assert found.remittance == "Invoice 4711 and 4712"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("AT&T & sons", "AT&T & sons"),
        ("A &amp; B &lt;C&gt; &#233;", "A & B <C> é"),
        ("once &amp;amp; only", "once &amp; only"),
        ("B&REGAL &NOTHING", "B&REGAL &NOTHING"),
        ("a < b <3", "a < b <3"),
        ("odd &#0; &#xD800; &#1114112;", "odd &#0; &#xD800; &#1114112;"),
    ],
)
def test_characters_written_as_references_are_resolved_once_and_loose_signs_stay(written: str, meant: str) -> None:
    assert entry(memo=written).remittance == meant


def test_a_correction_is_pointed_out() -> None:
    (warning,) = warnings(an_ofx(a_statement(a_transaction(correctfitid="OLD-1", correctaction="DELETE"))))
    assert warning.field == "CORRECTFITID"
    assert "deletes its earlier transaction OLD-1" in warning.message


# Dialects


@pytest.mark.parametrize(
    "dialect",
    [
        SGML.replace("\n", "\r\n"),
        SGML.replace("\n", "\r"),
        SGML.replace("\n", "").replace("NONE<OFX>", "NONE\n<OFX>"),
        SGML[len(HEADER) :],
        "\n \n" + SGML,
        "\ufeff" + SGML,
        SGML.replace("<OFX>", '<OFX xmlns="http://ofx.net/types/2003/04">'),
        SGML.replace("\n<TRNTYPE>", "\n<MEMO>\n<SIC>\n<TRNTYPE>"),
        SGML.replace(
            "<FITID>2024-0001\n", "<FITID>2024-0001</FITID>\n<REFNUM></REFNUM><SIC/><BANK.EXTRA >x</BANK.EXTRA>"
        ),
        SGML.replace("<CURDEF>EUR", "<BANK.NOTE>\n<CURDEF>EUR"),
        SGML.replace("</STMTTRN>", "<BANK.EXT><NAME>not this one<TRNAMT>9.99</BANK.EXT></STMTTRN>"),
        SGML.replace("<STMTRS>", "<!-- <STMTRS> is next,\n -- here --><STMTRS>"),
        SGML + "\x1a\r\n",
        SGML.replace("STMTTRN>", "stmttrn>"),
    ],
)
def test_the_dialects_of_banks_say_the_same(dialect: str) -> None:
    told = [(found.entry_ref, found.amount, found.counterparty, found.remittance) for found in entries(dialect)]
    assert told == [
        ("2024-0001", 125040, "ACME GMBH", "Invoice 4711 / customer 12"),
        ("2024-0002", -8000, None, "CHECKNUM 1000"),
    ]
    assert feet(dialect) == [StatementFoot(317040, date(2024, 1, 31))]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("ENCODING:USASCII\nCHARSET:1252", "cp1252"),
        ("ENCODING:USASCII\nCHARSET:1252", "utf-8"),
        ("ENCODING:UTF-8\nCHARSET:NONE", "utf-8"),
        ("ENCODING:UTF8\nCHARSET:CSUNICODE", "utf-8-sig"),
        ("ENCODING:UNICODE\nCHARSET:NONE", "utf-16"),
        ("ENCODING:UTF-16\nCHARSET:NONE", "utf-16-le"),
        ("ENCODING:UTF-16\nCHARSET:NONE", "utf-16-be"),
        ("ENCODING:USASCII\nCHARSET:8859-1", "latin-1"),
        ("ENCODING:USASCII\nCHARSET:8859-15", "iso8859-15"),
        ("ENCODING:USASCII\nCHARSET:850", "cp850"),
        ("ENCODING:NOBODY\nCHARSET:KNOWS", "cp1252"),
    ],
)
def test_the_text_survives_what_the_header_says_of_its_encoding(declared: str, encoding: str) -> None:
    text = SGML.replace("ENCODING:USASCII\nCHARSET:1252", declared).replace("ACME GMBH", "Café Müßig")
    assert entries(text.encode(encoding))[0].counterparty == "Café Müßig"


def test_a_header_that_is_wrong_about_the_encoding_is_pointed_out() -> None:
    text = SGML.replace("ENCODING:USASCII", "ENCODING:UTF-8").replace("ACME GMBH", "Café")
    (warning,) = warnings(text.encode("cp1252"))
    assert warning.field == "ENCODING"


def test_windows_punctuation_in_a_file_declared_latin_1_is_read_as_such() -> None:
    text = SGML.replace("CHARSET:1252", "CHARSET:8859-1").replace("ACME GMBH", "Joe’s – €")
    assert entries(text.encode("cp1252"))[0].counterparty == "Joe’s – €"


def test_bytes_no_windows_page_has_are_read_as_latin_1() -> None:
    assert entries(SGML.encode().replace(b"ACME GMBH", b"A\x81B"))[0].counterparty == "A\x81B"


# Brokerage


def a_brokerage_statement(movements: str) -> str:
    return f"""{HEADER}<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><INVSTMTRS>
<DTASOF>20240131<CURDEF>USD<INVACCTFROM><BROKERID>broker.example<ACCTID>INV-1</INVACCTFROM>
<INVTRANLIST><DTSTART>20240101<DTEND>20240131
{movements}</INVTRANLIST>
<INVBAL><AVAILCASH>5.00<MARGINBALANCE>0<SHORTBALANCE>0<BALLIST><BAL><NAME>Cash<VALUE>5.00</BAL></BALLIST></INVBAL>
</INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1></OFX>"""


PURCHASE = """<BUYSTOCK><INVBUY><INVTRAN><FITID>B1<DTTRADE>20240105</INVTRAN><UNITS>1<TOTAL>-9
<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY></INVBUY><BUYTYPE>BUY</BUYTYPE></BUYSTOCK>
"""


def test_of_a_brokerage_statement_the_cash_movements_are_read_and_the_rest_is_named() -> None:
    text = a_brokerage_statement(f"{PURCHASE}<INVBANKTRAN>{TRANSFER}<SUBACCTFUND>CASH</INVBANKTRAN>{PURCHASE}")
    head, warning = heads(text)[0], warnings(text)[0]
    assert (head.account.identifier, head.account.bank, head.currency) == ("INV-1", "broker.example", "USD")
    assert [found.amount for found in entries(text)] == [125040]
    assert feet(text) == [StatementFoot(None, None)]
    assert "(1); 2 trades" in warning.message


# Answers of the bank


def test_a_refused_sign_on_refuses_the_file_in_the_banks_words() -> None:
    text = f"{HEADER}<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Wrong password</STATUS>"
    problem = refusal(f"{text}</SONRS></SIGNONMSGSRSV1></OFX>")
    assert problem.message == "The bank answers with error 15500: Wrong password"
    assert problem.field == "STATUS"


def test_an_error_for_one_account_beside_a_statement_of_another_is_a_warning() -> None:
    failed = "<STMTTRNRS><TRNUID>2<STATUS><CODE>2003<SEVERITY>ERROR<MESSAGE>Account not found</STATUS></STMTTRNRS>\n"
    text = an_ofx(failed, a_statement(TRANSFER))
    assert len(entries(text)) == 1
    assert [warning.message for warning in warnings(text)] == ["The bank answers with error 2003: Account not found"]


@pytest.mark.parametrize("body", ["", SIGN_ON, "<SIGNUPMSGSRSV1><ACCTINFO><ACCTID>1</ACCTINFO></SIGNUPMSGSRSV1>"])
def test_a_file_without_a_statement_says_so(body: str) -> None:
    assert pieces(f"{HEADER}<OFX>{body}</OFX>") == [
        Problem("file", "There is no statement in this file.", severity="warning")
    ]


def test_accounts_listed_outside_statements_are_no_statements() -> None:
    listed = f"<ACCTINFO><BANKACCTINFO>{ACCOUNT}</BANKACCTINFO></ACCTINFO>"
    assert heads(f"{HEADER}<OFX><SIGNUPMSGSRSV1><ACCTINFORS>{listed * 2}</ACCTINFORS></SIGNUPMSGSRSV1></OFX>") == []


# Damage


@pytest.mark.parametrize("golden", [SGML, XML, a_brokerage_statement(PURCHASE)], ids=["sgml", "xml", "brokerage"])
def test_a_file_cut_anywhere_is_refused_whole(golden: str) -> None:
    data = golden.rstrip().encode()
    for length in range(len(data)):
        with pytest.raises(Unreadable):
            pieces(data[:length])
    assert pieces(data)


@pytest.mark.parametrize(
    "damaged",
    [
        SGML.replace("</STMTTRN>\n", "", 1),
        SGML.replace("</STMTTRN>\n<STMTTRN>\n", "", 1),
        SGML.replace("</STMTTRN>\n<STMTTRN>\n", "", 1).replace("<STMTTRN>", "<STMTTRN><SIC>\n"),
        SGML.replace("<STMTTRN>\n", "", 1),
        SGML.replace("</BANKTRANLIST>", ""),
        SGML.replace("<STMTRS>", "<STMTRZ>").replace("</STMTRS>", "</STMTRZ>"),
        SGML.replace("</STMTRS>", "</OFX>"),
        SGML.replace("<TRNAMT>1250.40", "<TRNAMT 1250.40"),
        SGML.replace("<MEMO>", "<MEMO"),
        SGML.replace("<FITID>2024-0001", "<FITID>2024-0001</FITID>stray"),
        SGML.replace("<STMTTRN>\n", "<STMTTRN>stray\n"),
        SGML.replace("<TRNAMT>1250.40", "<TRNAMT>1250.40\n<TRNAMT>1.00"),
        SGML.replace("</STMTTRN>", "</MEMO></STMTTRN>"),
        SGML.replace("ACME", "AC\0ME"),
        SGML + SGML,
        SGML + "<HTML>Thank you for banking with us</HTML>",
        SGML + "thank you",
        SGML.replace(BALANCES, BALANCES + BALANCES),
        SGML.replace("<TRNTYPE>CREDIT", "<A>\n" * 70 + "<TRNTYPE>CREDIT"),
        SGML.replace("<DTSTART>20240101", "<DTSTART>20240230"),
        SGML.replace("<STMTTRN>", "<STMTTRN/><STMTTRN>", 1),
    ],
)
def test_a_file_out_of_joint_is_refused(damaged: str) -> None:
    assert refusal(damaged).where


@pytest.mark.parametrize(
    "hostile",
    [
        XML.replace("<OFX>", '<!DOCTYPE OFX SYSTEM "file:///etc/passwd"><OFX>'),
        XML.replace("<OFX>", '<!DOCTYPE OFX [<!ENTITY x "y">]><OFX>'),
        "<!DOCTYPE OFX>" + XML,
        XML.replace("<OFX>", '<OFX><!ENTITY x SYSTEM "http://127.0.0.1/">'),
        XML.replace("Kiosk", "<!ENTITY x>"),
        XML.replace("Kiosk", "<?php ?>"),
        XML.replace("UTF-8", "UTF-7").replace("<OFX>", "+ADwAIQ-DOCTYPE OFX+AD4-<").replace("</OFX>", ""),
        XML.replace("Kiosk", "<![INCLUDE[x]]>"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_declarations_are_refused_in_every_encoding(hostile: str, encoding: str) -> None:
    assert refusal(hostile.encode(encoding)).where


def test_an_entity_nobody_declared_stays_the_text_it_is() -> None:
    assert entry(memo="&xxe;").remittance == "&xxe;"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 5000,
        b"\xff\xfe",
        b"\xef\xbb\xbf\xff",
        b"<OFX",
        b"%PDF-1.7",
        random.Random(1).randbytes(3000),
        b"<" * 300_000,
        b"<OFX>" + b"<" * 300_000,
        b"<OFX>" + b"<A>" * 300_000,
        b"<OFX>" + b"<!--" * 300_000,
        b"<OFX>" + b"<![CDATA[" * 300_000,
        b"<OFX " * 300_000,
        b"<?xml " * 300_000,
        b"<OFX>" + b"<A " * 300_000,
        b"<OFX><NAME" + b" " * 300_000,
        b"<OFX><MEMO>" + b"&#" * 300_000 + b"<A>",
        b"<OFX><MEMO>" + b"x" * 3_000_000,
        b"<OFX><STMTTRNRS><STMTRS>" + b"<MEMO>aaaaaaaa" * 100_000,
        b"<OFX><SONRS>" + b"".join(b"<A%d>1" % number for number in range(50_000)),
        b"x" * 3_000_000,
    ],
)
def test_no_bytes_do_worse_than_a_refusal(data: bytes) -> None:
    assert refusal(data).message


BROKERAGE = a_brokerage_statement(f"{PURCHASE}<INVBANKTRAN>{TRANSFER}</INVBANKTRAN>")


@pytest.mark.parametrize("golden", [SGML, XML, BROKERAGE], ids=["sgml", "xml", "brokerage"])
def test_damaged_files_are_refused_or_read_cleanly(golden: str) -> None:
    assert all(read_cleanly(READER, damaged) for damaged in mutations(golden.encode(), 1_000))


STRAY = """< </ > & <!-- ]]> <![CDATA[ </OFX> <STMTTRN> </STMTTRN> <STMTRS> <TRNAMT>9 </BANKTRANLIST> </PAYEE>
<CURRENCY> <A/> <LEDGERBAL> <STATUS> \x00 \ufeff"""


@pytest.mark.parametrize("stray", STRAY.split())
def test_markup_strewn_anywhere_is_refused_or_read_cleanly(stray: str) -> None:
    assert all(read_cleanly(READER, f"{XML[:at]}{stray}{XML[at:]}".encode()) for at in range(0, len(XML), 11))


# Reading large files


def many(count: int) -> Iterator[bytes]:
    before, after = an_ofx(a_statement("@")).encode().split(b"@")
    yield before
    for number in range(count):
        yield a_transaction(fitid=str(number), memo=f"Invoice {number}").encode()
    yield after


def test_memory_stays_flat_however_long_the_statement() -> None:
    source = io.BytesIO(b"".join(many(20_000)))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    count = sum(isinstance(piece, Entry) for piece in READER.read(source, Assumed()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak - before < 6_000_000


def test_every_transaction_is_read_once_wherever_the_blocks_end() -> None:
    assert [found.entry_ref for found in entries(b"".join(many(3_000)))] == [str(number) for number in range(3_000)]


# Recognising


@pytest.mark.parametrize("text", [SGML, XML, SGML[len(HEADER) :], "\r\n" + SGML, "<!--\nOFXHEADER:100\n-->\n<OFX>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_ofx_is_recognised_by_its_beginning(text: str, encoding: str) -> None:
    assert READER.recognises(text.encode(encoding)[:4096], "statement.txt")


OTHERS = (
    "",
    "<html><body>OFX</body></html>",
    "<!DOCTYPE html><html>",
    "%PDF-1.7",
    "Date,Amount\n2024-01-01,<OFX>1",
    "!Type:Bank",
    ":20:OFX\n:25:1",
    '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>',
    "<OFC>",
)


@pytest.mark.parametrize("text", OTHERS)
def test_other_files_are_not_taken_for_ofx(text: str) -> None:
    assert not READER.recognises(text.encode(), "statement.ofx")


# The library's own reading


def as_ofxparse_reads(text: str) -> list[tuple[str, Decimal, str, str, str, date]]:
    told = OfxParser.parse(io.BytesIO(text.encode())).account.statement.transactions
    return [(each.id, each.amount, each.payee, each.memo, each.type.upper(), each.date.date()) for each in told]


def as_we_read(text: str) -> list[tuple[str, Decimal, str, str, str, date]]:
    found = entries(text)
    return [
        (
            str(each.entry_ref),
            Decimal(each.amount) / 100,
            each.counterparty or "",
            each.remittance,
            str(each.code),
            each.booked_on,
        )
        for each in found
    ]


WORDS = st.text(st.sampled_from("ABCxyzäé€ß 0123-/.,'&<>\"#;"), min_size=1, max_size=40).map(str.strip).filter(bool)
TRANSACTIONS = st.lists(
    st.tuples(
        st.integers(-(10**12), 10**12),
        st.dates(date(1970, 1, 1), date(2099, 12, 31)),
        st.sampled_from(["CREDIT", "DEBIT", "POS", "OTHER"]),
        WORDS,
        WORDS,
    ),
    min_size=1,
    max_size=8,
)


def written(name: str, text: str, closed: bool) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}>{safe}" + (f"</{name}>\n" if closed else "\n")


@given(TRANSACTIONS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_ofxparse_reads_of_a_whole_file_is_what_the_stream_reads(
    told: list[tuple[int, date, str, str, str]], closed: bool
) -> None:
    listed = ""
    for number, (minor, day, kind, name, memo) in enumerate(told):
        sign = "-" if minor < 0 else ""
        amount = f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
        fields = {"TRNTYPE": kind, "DTPOSTED": day.strftime("%Y%m%d"), "TRNAMT": amount, "FITID": f"F{number}"}
        inside = "".join(written(*field, closed) for field in (fields | {"NAME": name, "MEMO": memo}).items())
        listed += f"<STMTTRN>\n{inside}</STMTTRN>\n"
    text = an_ofx(
        a_statement(listed), header=HEADER.replace("ENCODING:USASCII\nCHARSET:1252", "ENCODING:UTF-8\nCHARSET:NONE")
    )
    assert as_we_read(text) == as_ofxparse_reads(text)
