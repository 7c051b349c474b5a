"""camt files as banks of many countries write them: parties, batches, reversals, exchange, notifications."""

from datetime import date
from decimal import Decimal

import pytest

from payments.readers.model import Entry, StatementHead
from tests.readers.camt_files import (
    ACCOUNT,
    NOTIFICATION,
    QRR,
    REPORT,
    STATEMENT,
    balance,
    batch,
    entry,
    file,
    parties,
    party,
    remittance,
    statement,
    text,
    transaction,
)
from tests.readers.damage import entries_of, feet_of, heads_of, warnings_of


def entries(*parts: str, version: str = "08") -> list[Entry]:
    return entries_of(STATEMENT, file(statement(*parts), version=version))


def only(*parts: str, version: str = "08") -> Entry:
    (found,) = entries(*parts, version=version)
    return found


@pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 14)])
def test_a_party_is_named_directly_or_in_its_wrapper_in_every_version(version: str) -> None:
    name = "<Nm>Müller &amp; Söhne GmbH</Nm>"
    written = name if int(version) < 8 else f"<Pty>{name}</Pty>"
    found = only(entry(details=transaction(f"<RltdPties><Dbtr>{written}</Dbtr></RltdPties>")), version=version)
    assert found.counterparty == "Müller & Söhne GmbH"


def test_a_bank_that_pays_by_itself_is_named_as_an_agent() -> None:
    named = "<Dbtr><Agt><FinInstnId><BICFI>COBADEFF</BICFI><Nm>Commerzbank AG</Nm></FinInstnId></Agt></Dbtr>"
    assert only(entry(details=transaction(parties(named)))).counterparty == "Commerzbank AG"


def test_the_ultimate_debtor_stands_in_where_the_debtor_has_no_name() -> None:
    written = (
        "<Dbtr><Pty><Id><OrgId><Othr><Id>7</Id></Othr></OrgId></Id></Pty></Dbtr><UltmtDbtr>"
        "<Pty><Nm>Filiale Süd</Nm></Pty></UltmtDbtr>"
    )
    assert only(entry(details=transaction(parties(written)))).counterparty == "Filiale Süd"


def test_a_factor_pays_for_its_customer_who_stays_in_the_text() -> None:
    those = parties(party("Dbtr", "Factoring Bank"), "<UltmtDbtr><Nm>Acme Ltd</Nm></UltmtDbtr>")
    found = only(entry(details=transaction(those, text("RE 1"))), version="02")
    assert (found.counterparty, found.remittance) == ("Factoring Bank", "RE 1 Acme Ltd")


def test_money_going_out_names_the_creditor_and_its_account() -> None:
    those = parties(party("Dbtr", "Wir"), party("Cdtr", "Vermieter AG", "CH9300762011623852957"))
    found = only(entry("1200.00", "DBIT", transaction(those)), version="02")
    assert (found.amount, found.counterparty, found.counterparty_account) == (
        -120_000,
        "Vermieter AG",
        "CH9300762011623852957",
    )


def test_a_returned_direct_debit_takes_money_away_and_names_who_did_not_pay() -> None:
    those = parties(party("Dbtr", "Delta BV", "NL20INGB0001234567"), party("Cdtr", "Wir"))
    reason = "<RtrInf><Rsn><Cd>AM04</Cd></Rsn><AddtlInf>INSUFFICIENT FUNDS</AddtlInf></RtrInf>"
    found = only(
        entry(
            "45.00", "DBIT", transaction("<Refs><EndToEndId>E-9</EndToEndId><MndtId>M-9</MndtId></Refs>", those, reason)
        ),
        version="02",
    )
    assert (found.amount, found.counterparty, found.return_reason) == (-4_500, "Delta BV", "AM04")
    assert (found.end_to_end, found.mandate) == ("E-9", "M-9")


@pytest.mark.parametrize(("mark", "amount"), [("CRDT", 5_000), ("DBIT", -5_000)])
@pytest.mark.parametrize("written", ["true", "1"])
def test_a_reversal_keeps_the_sign_of_its_own_mark(mark: str, amount: int, written: str) -> None:
    found = only(
        balance("OPBD", "100.00"),
        balance("CLBD", "150.00" if mark == "CRDT" else "50.00"),
        entry("50.00", mark).replace("<Sts>", f"<RvslInd>{written}</RvslInd><Sts>"),
    )
    assert (found.amount, found.is_reversal) == (amount, True)


def test_a_reversal_said_to_be_none_is_none() -> None:
    assert not only(entry("50.00").replace("<Sts>", "<RvslInd>false</RvslInd><Sts>")).is_reversal


def test_a_status_in_its_wrapper_is_the_same_status() -> None:
    found = entries(entry(status="<Cd>BOOK</Cd>"), entry(status="<Cd>PDNG</Cd>"))
    assert [each.pending for each in found] == [False, True]


def test_several_blocks_of_structured_remittance_keep_every_document() -> None:
    documents = "".join(
        f"<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>{number}</Nb></RfrdDocInf>"
        f"<RfrdDocAmt><RmtdAmt Ccy='EUR'>5.00</RmtdAmt></RfrdDocAmt></Strd>"
        for number in ("2026-0101", "2026-0102", "2026-0103")
    )
    assert only(entry(details=transaction(remittance(documents)))).remittance.split() == [
        "2026-0101",
        "2026-0102",
        "2026-0103",
    ]


def test_free_lines_and_structured_ones_are_joined_in_the_order_of_the_file() -> None:
    written = remittance(
        "<Ustrd>RECHNUNG 2026-</Ustrd><Ustrd>0101 VOM 3.1.</Ustrd>", "<Strd><AddtlRmtInf>SKONTO 2%</AddtlRmtInf></Strd>"
    )
    assert only(entry(details=transaction(written))).remittance == "RECHNUNG 2026- 0101 VOM 3.1. SKONTO 2%"


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        ("<Prtry>QRR</Prtry>", QRR, QRR),
        ("<Cd>SCOR</Cd>", "RF18 5390 0754 7034", "RF18539007547034"),
        ("<Prtry>OGM</Prtry>", "+++010/8068/17183+++", "010806817183"),
        ("<Cd>SCOR</Cd>", "1234561", "1234561"),
    ],
)
def test_the_creditors_reference_is_the_structured_one(kind: str, written: str, read: str) -> None:
    found = remittance(
        f"<Strd><CdtrRefInf><Tp><CdOrPrtry>{kind}</CdOrPrtry></Tp><Ref>{written}</Ref></CdtrRefInf></Strd>"
    )
    assert only(entry(details=transaction(found))).structured_reference == read


def test_a_batch_with_amounts_is_split_and_one_without_is_not() -> None:
    parts = transaction(text("A"), amount="4.00", mark="CRDT") + transaction(text("B"), amount="6.00", mark="CRDT")
    assert [
        (each.amount, each.remittance, each.batch) for each in entries(entry(details=batch(parts, 2, "PAIN-1")))
    ] == [
        (400, "A", "PAIN-1"),
        (600, "B", "PAIN-1"),
    ]
    (whole,) = entries(entry(details=batch(transaction(text("A")) + transaction(text("B")), 2)))
    assert (whole.amount, whole.remittance) == (1_000, "A B")


def test_a_batch_of_returns_among_credits_is_split_by_the_marks() -> None:
    parts = transaction(amount="15.00", mark="CRDT") + transaction(amount="5.00", mark="DBIT")
    assert [each.amount for each in entries(entry("10.00", details=batch(parts, 2)))] == [1_500, -500]


def test_details_that_do_not_sum_leave_the_entry_whole_and_are_pointed_out() -> None:
    data = file(
        statement(
            entry(
                "10.00", details=batch(transaction(text("A"), amount="4.00") + transaction(text("B"), amount="5.00"), 2)
            )
        )
    )
    (whole,) = entries_of(STATEMENT, data)
    assert (whole.amount, whole.remittance) == (1_000, "A B")
    assert [each.field for each in warnings_of(STATEMENT, data)] == ["TxDtls"]


def test_a_transaction_in_dollars_keeps_the_entrys_euros() -> None:
    details = (
        "<TxDtls><Amt Ccy='USD'>110.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><AmtDtls><InstdAmt>"
        "<Amt Ccy='USD'>110.00</Amt></InstdAmt>"
        "<TxAmt><Amt Ccy='EUR'>100.00</Amt><CcyXchg><SrcCcy>USD</SrcCcy><TrgtCcy>EUR</TrgtCcy><UnitCcy>EUR</UnitCcy>"
        "<XchgRate>1.1</XchgRate></CcyXchg></TxAmt></AmtDtls></TxDtls>"
    )
    found = only(entry("100.00", details=details))
    assert (found.amount, found.currency, found.original_amount, found.original_currency) == (
        10_000,
        "EUR",
        11_000,
        "USD",
    )
    assert found.rate == Decimal("1.1")


def test_charges_taken_by_the_bank_are_told_and_not_taken_again() -> None:
    details = (
        "<TxDtls><Amt Ccy='EUR'>90.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><AmtDtls><InstdAmt>"
        "<Amt Ccy='EUR'>100.00</Amt></InstdAmt>"
        "</AmtDtls><Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>10.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy='EUR'>10.00</Amt>"
        "<CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs></TxDtls>"
    )
    found = only(entry("90.00", details=details))
    assert (found.amount, found.charges) == (9_000, 1_000)


def test_an_overdrawn_account_begins_and_ends_below_zero() -> None:
    data = file(
        statement(
            balance("OPBD", "250.00", mark="DBIT"), balance("CLBD", "240.00", "2026-02-02", "DBIT"), entry("10.00")
        )
    )
    assert heads_of(STATEMENT, data)[0].opening == -25_000
    assert feet_of(STATEMENT, data)[0].closing == -24_000


def test_an_interim_subtype_beside_the_opening_balance_is_still_the_opening_balance() -> None:
    opening = balance("OPBD", "1.00").replace("</CdOrPrtry></Tp>", "</CdOrPrtry><SubTp><Cd>INTM</Cd></SubTp></Tp>")
    assert heads_of(STATEMENT, file(statement(opening)))[0].opening == 100


def test_a_credit_line_inside_a_balance_is_no_balance() -> None:
    closing = balance("CLBD", "5.00").replace(
        "<Amt", "<CdtLine><Incl>true</Incl><Amt Ccy='EUR'>1000.00</Amt></CdtLine><Amt", 1
    )
    assert feet_of(STATEMENT, file(statement(balance("OPBD", "5.00"), closing)))[0].closing == 500


def test_a_balance_on_a_moment_has_its_day() -> None:
    closing = balance("CLBD", "5.00").replace("<Dt>2026-02-01</Dt>", "<DtTm>2026-02-28T23:59:59.999+01:00</DtTm>")
    assert feet_of(STATEMENT, file(statement(closing)))[0].closing_on == date(2026, 2, 28)


def test_a_notification_of_credits_has_entries_and_no_balance() -> None:
    data = file(
        statement(entry("77.00", details=transaction(text("QR"), amount="77.00"))), reader=NOTIFICATION, version="04"
    )
    (head,) = heads_of(NOTIFICATION, data)
    assert (head.opening, [each.amount for each in entries_of(NOTIFICATION, data)]) == (None, [7_700])


def test_several_notifications_for_several_accounts_stay_apart() -> None:
    other = "<Acct><Id><IBAN>CH9300762011623852957</IBAN></Id><Ccy>CHF</Ccy></Acct>"
    data = file(
        statement(entry()),
        statement(entry("3.00", currency="CHF"), account=other, number="S2"),
        reader=NOTIFICATION,
        version="08",
    )
    assert [(head.account.identifier, head.currency) for head in heads_of(NOTIFICATION, data)] == [
        ("NL91ABNA0417164300", "EUR"),
        ("CH9300762011623852957", "CHF"),
    ]


def test_a_notification_whose_account_names_no_currency_takes_the_entrys() -> None:
    account = ACCOUNT.replace("<Ccy>EUR</Ccy>", "")
    data = file(statement(entry("3.00", currency="SEK"), account=account), reader=NOTIFICATION)
    assert heads_of(NOTIFICATION, data)[0].currency == "SEK"


def test_an_intraday_report_tells_booked_from_expected() -> None:
    data = file(
        statement(entry("1.00"), entry("2.00", status="PDNG"), entry("3.00", status="INFO")),
        reader=REPORT,
        version="06",
    )
    assert [(each.amount, each.pending) for each in entries_of(REPORT, data)] == [
        (100, False),
        (200, True),
        (300, True),
    ]


def test_a_zero_amount_is_an_entry() -> None:
    assert only(entry("0.00")).amount == 0


@pytest.mark.parametrize(
    ("written", "minor"),
    [("1", 100), ("1.5", 150), ("1.50", 150), ("1.500", 150), ("0001.50", 150), ("+1.50", 150), (".50", 50)],
)
def test_amounts_are_decimals_of_any_length(written: str, minor: int) -> None:
    assert only(entry(written)).amount == minor


@pytest.mark.parametrize(
    ("currency", "written", "minor"),
    [
        ("JPY", "1500", 1500),
        ("KWD", "1.234", 1234),
        ("HUF", "1000.00", 100_000),
        ("CLP", "990", 990),
        ("ISK", "10", 10),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, written: str, minor: int) -> None:
    account = ACCOUNT.replace("EUR", currency)
    data = file(statement(entry(written, currency=currency), account=account))
    assert entries_of(STATEMENT, data)[0].amount == minor


def test_the_legal_number_counts_where_there_is_no_electronic_one() -> None:
    data = file("<Id>S</Id><LglSeqNb>7</LglSeqNb><CreDtTm>2026-02-03T00:00:00</CreDtTm>" + ACCOUNT)
    assert heads_of(STATEMENT, data) == [
        StatementHead(heads_of(STATEMENT, data)[0].account, "EUR", reference="S", sequence="7")
    ]


def test_an_account_of_a_country_without_iban_is_its_own_number() -> None:
    account = (
        "<Acct><Id><Othr><Id>000123456789</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></"
        "Id><Ccy>USD</Ccy><Svcr><FinInstnId><ClrSysMmbId><MmbId>021000021</MmbId></ClrSysMmbId>"
        "</FinInstnId></Svcr></Acct>"
    )
    (head,) = heads_of(STATEMENT, file(statement(account=account)))
    assert (head.account.identifier, head.account.bank) == ("000123456789", "021000021")


def test_an_iban_printed_with_blanks_is_the_same_account() -> None:
    account = ACCOUNT.replace("NL91ABNA0417164300", "NL91 ABNA 0417 1643 00")
    assert heads_of(STATEMENT, file(statement(account=account)))[0].account.identifier == "NL91ABNA0417164300"


def test_the_banks_own_code_serves_where_there_is_no_domain() -> None:
    found = only(entry(after="<BkTxCd><Prtry><Cd>NTRF+166</Cd><Issr>DK</Issr></Prtry></BkTxCd>"))
    assert found.code == "NTRF+166"


def test_an_entry_with_the_banks_own_words_alone_has_them_as_text() -> None:
    assert (
        only(
            entry(after="", details="").replace("</Ntry>", "<AddtlNtryInf>KONTOFÜHRUNG 01/26</AddtlNtryInf></Ntry>")
        ).remittance
        == "KONTOFÜHRUNG 01/26"
    )


def test_references_that_say_nothing_are_none() -> None:
    refs = "<Refs><AcctSvcrRef>NONREF</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
    found = only(entry(details=transaction(refs)))
    assert (found.entry_ref, found.end_to_end) == (None, None)


def test_card_takings_of_one_day_are_one_entry_with_its_count() -> None:
    found = only(entry("812.40", details=batch("", 31, "TERMINAL 7")))
    assert (found.amount, found.batch) == (81_240, "TERMINAL 7")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_names_survive_the_encoding_the_declaration_names(encoding: str) -> None:
    data = file(
        statement(entry(details=transaction(parties(party("Dbtr", "Jürgen Weiß & Cie".replace("&", "&amp;"))))))
    )
    named = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "iso-8859-1": "ISO-8859-1"}[encoding]
    written = data.decode().replace("UTF-8", named).encode(encoding)
    assert entries_of(STATEMENT, written)[0].counterparty == "Jürgen Weiß & Cie"


def test_text_in_a_character_section_and_with_references_is_read_as_meant() -> None:
    found = only(
        entry(
            details=transaction(remittance("<Ustrd><![CDATA[RE 7 & 8 <ok>]]></Ustrd><Ustrd>5 &lt; 6 &#8364;</Ustrd>"))
        )
    )
    assert found.remittance == "RE 7 & 8 <ok> 5 < 6 €"


def test_an_entry_booked_on_new_years_day_may_be_valued_in_the_old_year() -> None:
    found = only(entry(dates="<BookgDt><Dt>2026-01-01</Dt></BookgDt><ValDt><DtTm>2025-12-31T22:00:00Z</DtTm></ValDt>"))
    assert (found.booked_on, found.valued_on) == (date(2026, 1, 1), date(2025, 12, 31))


def test_a_message_wrapped_in_a_business_envelope_is_read() -> None:
    inner = file(statement(entry())).split(b"\n", 1)[1]
    data = (
        b'<?xml version="1.0"?><Envelope xmlns="urn:x"><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:he'
        b'ad.001.001.02"><BizMsgIdr>1</BizMsgIdr></AppHdr>' + inner + b"</Envelope>"
    )
    assert STATEMENT.recognises(data[:4096], "x")
    assert len(entries_of(STATEMENT, data)) == 1
