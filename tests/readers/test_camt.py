"""camt.052, .053 and .054: which files are recognised, what introduces a statement, every version, and damage."""

from datetime import date

import pytest

from payments.readers.camt import CAMT_READERS, CamtReader
from payments.readers.model import Account, Assumed, Entry, StatementFoot, StatementHead
from tests.readers.camt_files import (
    ACCOUNT,
    NOTIFICATION,
    OURS,
    REPORT,
    STATEMENT,
    balance,
    entry,
    file,
    statement,
    transaction,
)
from tests.readers.damage import (
    entries_of,
    feet_of,
    heads_of,
    mutations,
    pieces_of,
    read_cleanly,
    refusal_of,
    warnings_of,
    wrongly_read_cuts,
)


def messages(*parts: str) -> list[str]:
    return [warning.message for warning in warnings_of(STATEMENT, file(statement(*parts)))]


def edges(*balances: str, reader: CamtReader = STATEMENT) -> tuple[int | None, int | None]:
    data = file(statement(*balances), reader=reader)
    return heads_of(reader, data)[0].opening, feet_of(reader, data)[0].closing


# Recognising


@pytest.mark.parametrize("reader", CAMT_READERS, ids=lambda reader: reader.name)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_message_is_recognised_by_its_own_reader_only(reader: CamtReader, encoding: str) -> None:
    head = file(statement(entry()), reader=reader).decode().replace("UTF-8", encoding[:6]).encode(encoding)[:4096]
    assert [each for each in CAMT_READERS if each.recognises(head, "statement.dat")] == [reader]


def test_prefix_envelope_and_the_first_version_are_recognised() -> None:
    for root in (b"<n:BkToCstmrStmt>", b"<BkToCstmrStmtV01>", b"<BkToCstmrStmt/>", b"<BkToCstmrStmt xmlns='u'>"):
        head = b"  <?xml version='1.0'?><!-- x --><Envelope><AppHdr/><Document>" + root
        assert STATEMENT.recognises(head, "a.xml")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<html><body>BkToCstmrStmt</body></html>",
        b"%PDF-1.7 <BkToCstmrStmt>",
        b"date;amount\n2026-01-01;<BkToCstmrStmt>",
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'><CstmrCdtTrfInitn>",
        b"<Document><BkToCstmrStmtX>",
    ],
)
def test_nothing_else_is_recognised(head: bytes) -> None:
    assert not any(reader.recognises(head, "camt.053.xml") for reader in CAMT_READERS)


def test_the_other_camt_messages_are_refused_and_so_is_a_mixture() -> None:
    assert refusal_of(STATEMENT, file(statement(entry()), reader=REPORT))
    one, other = file(statement(entry())), file(statement(entry()), reader=NOTIFICATION)
    mixed = b"<All>" + one.partition(b"\n")[2] + other.partition(b"\n")[2] + b"</All>"
    assert "another camt message" in refusal_of(STATEMENT, mixed).message


# The statement


def test_a_statement_tells_its_account_period_and_number() -> None:
    period = "<FrToDt><FrDtTm>2026-02-01T00:00:00+01:00</FrDtTm><ToDtTm>2026-02-02T23:59:59.999Z</ToDtTm></FrToDt>"
    account = (
        "<Acct><Id><IBAN>NL91 ABNA 0417 1643 00</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Acme BV</Nm></Ownr>"
        "<Svcr><FinInstnId><BIC>ABNANL2A</BIC></FinInstnId></Svcr></Acct>"
    )
    numbered = "<ElctrncSeqNb>17</ElctrncSeqNb><LglSeqNb>3</LglSeqNb>"
    inside = f"<Id>S1</Id>{numbered}<CreDtTm>2026-02-03T00:00:00</CreDtTm>{period}{account}{balance('OPBD', '1.00')}"
    assert heads_of(STATEMENT, file(inside)) == [
        StatementHead(Account(OURS, "ABNANL2A", "Acme BV"), "EUR", "S1", "17", 100, date(2026, 2, 1), date(2026, 2, 2))
    ]


@pytest.mark.parametrize(
    "written", ["<Othr><Id>{}</Id></Othr>", "<BBAN>{}</BBAN>", "<PrtryAcct><Id>{}</Id></PrtryAcct>"]
)
def test_an_account_without_iban_has_the_banks_own_number(written: str) -> None:
    account = f"<Acct><Id>{written.format('12 345-6')}</Id><Ccy>EUR</Ccy></Acct>"
    assert heads_of(STATEMENT, file(statement(account=account)))[0].account == Account("12345-6")


def test_a_statement_without_account_is_refused() -> None:
    assert refusal_of(STATEMENT, file(statement(entry(), account=""))).field == "Acct"


def test_the_currency_is_the_accounts_else_the_first_booked_entrys_else_a_balances() -> None:
    account = f"<Acct><Id><IBAN>{OURS}</IBAN></Id></Acct>"

    def currency(*parts: str, assumed: str | None = None) -> str | None:
        data = file(statement(*parts, account=account))
        return heads_of(STATEMENT, data, Assumed(currency=assumed))[0].currency

    assert currency(entry(currency="SEK"), assumed="EUR") == "SEK"
    assert currency(balance("OPBD", "1", currency="CHF"), entry(currency="CHF", status="PDNG")) == "CHF"
    assert currency(balance("CLAV", "1", currency="JPY"), entry(currency="CHF", status="PDNG")) == "CHF"
    assert currency(balance("CLAV", "1", currency="JPY")) == "JPY"
    assert currency(assumed="USD") == "USD"
    assert currency() is None


def test_a_balance_in_another_currency_is_left_out_with_a_warning() -> None:
    balances = balance("OPBD", "1.00"), balance("CLBD", "27.00", currency="SEK"), balance("CLAV", "1", currency="JPY")
    assert edges(*balances) == (100, None)
    assert messages(*balances) == ["The CLBD balance is in SEK, but the account is in EUR: it was left out."]


@pytest.mark.parametrize("codes", [("OPBD", "CLBD"), ("PRCD", "CLBD"), ("OPBD", "ITBD"), ("ITBD", "CLBD")])
def test_booked_balances_are_the_edges_of_a_statement(codes: tuple[str, str]) -> None:
    available = balance("OPAV", "7.00"), balance("CLAV", "7.00"), balance("FWAV", "7.00"), balance("XPCD", "7.00")
    assert edges(*available, balance(codes[0], "1.00"), balance(codes[1], "2.00", mark="DBIT")) == (100, -200)


def test_the_opening_balance_is_preferred_to_yesterdays_closing() -> None:
    assert edges(balance("PRCD", "9.00"), balance("OPBD", "1.00")) == (100, None)


def test_of_the_balances_of_several_days_the_first_opens_and_the_last_closes() -> None:
    days = ("2026-02-02", "2026-02-01", "2026-02-03")
    opening = [balance("OPBD", f"{number}.00", day) for number, day in enumerate(days)]
    closing = [balance("CLBD", f"{number}.00", day) for number, day in enumerate(days)]
    assert edges(*opening, *closing) == (100, 200)


def test_an_interim_balance_is_no_edge_of_an_intraday_report_but_a_pair_is() -> None:
    first, last = balance("ITBD", "1.00"), balance("ITBD", "2.00")
    assert edges(balance("OPBD", "9.00"), last, reader=REPORT) == (900, None)
    assert edges(last, reader=REPORT) == (None, None)
    assert edges(first, balance("ITBD", "5.00"), last, reader=REPORT) == (100, 200)
    assert edges(first, last) == (100, 200)
    assert edges(last) == (None, None)


def test_the_closing_balance_has_its_day() -> None:
    assert feet_of(STATEMENT, file(statement(balance("CLBD", "2.00", "2026-02-09")))) == [
        StatementFoot(200, date(2026, 2, 9))
    ]


def test_a_notification_has_no_balances() -> None:
    data = file(statement(entry()), reader=NOTIFICATION)
    assert (heads_of(NOTIFICATION, data)[0].opening, feet_of(NOTIFICATION, data)) == (None, [StatementFoot()])


def test_statements_are_never_merged() -> None:
    data = file(statement(entry("1.00")), statement(entry("2.00"), entry("3.00"), number="S2"), statement())
    shapes = [type(piece).__name__[0] for piece in pieces_of(STATEMENT, data)]
    assert "".join(shapes) == "SESSEESSS"
    assert [head.reference for head in heads_of(STATEMENT, data)] == ["S1", "S2", "S1"]
    assert [each.where for each in entries_of(STATEMENT, data)] == [
        "Stmt[1]/Ntry[1]",
        "Stmt[2]/Ntry[1]",
        "Stmt[2]/Ntry[2]",
    ]


def test_several_messages_in_one_envelope_are_all_read() -> None:
    one = file(statement(entry())).partition(b"\n")[2]
    assert len(heads_of(STATEMENT, b"<Saa:All xmlns:Saa='u'>" + one + one + b"</Saa:All>")) == 2


def test_a_message_without_statement_is_refused() -> None:
    assert refusal_of(STATEMENT, file()).field == "Stmt"
    assert refusal_of(STATEMENT, b"<Document/>").field == "Stmt"


def test_a_page_of_several_is_warned_about() -> None:
    def warned(group: str = "", inside: str = "") -> list[str]:
        return [each.message for each in warnings_of(STATEMENT, file(statement(inside), group=group))]

    page = "<{0}><PgNb>{1}</PgNb><LastPgInd>{2}</LastPgInd></{0}>"
    assert warned(page.format("MsgPgntn", 1, "true"), page.format("StmtPgntn", 1, "YES")) == []
    assert "page 1 of several" in warned(page.format("MsgPgntn", 1, "false"))[0]
    assert "page 2 of several" in warned(inside=page.format("StmtPgntn", 2, "1"))[0]


def test_a_summary_that_counts_other_entries_is_warned_about() -> None:
    summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
    assert messages(summary, entry(), entry()) == []
    assert messages(summary, entry()) == ["The summary counts 2 entries, but there are 1."]


@pytest.mark.parametrize("late", [balance("CLBD", "1.00"), ACCOUNT, "<Id>S9</Id>"])
def test_what_introduces_a_statement_must_come_before_its_entries(late: str) -> None:
    assert refusal_of(STATEMENT, file(statement(entry(), late))).where == "Stmt[1]"


# Versions

VERSIONS = {
    "01": """<Document xmlns="urn:v1"><BkToCstmrStmtV01><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>S1</Id>
      <CreDtTm>2026-02-03T00:00:00</CreDtTm><Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>EUR</Ccy></Acct>
      <Bal><Tp><Cd>OPBD</Cd></Tp><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-01</Dt></Dt></Bal>
      <Bal><Tp><Cd>CLBD</Cd></Tp><Amt Ccy="EUR">11.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-02</Dt></Dt></Bal>
      <Ntry><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-02-02</Dt></BookgDt>
      <ValDt><Dt>2026-02-02</Dt></ValDt><AcctSvcrRef>R1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>
      <SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
      <TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><RltdPties><Dbtr><Nm>Dora</Nm></Dbtr><DbtrAcct><Id>
      <IBAN>BE68539007547034</IBAN></Id></DbtrAcct></RltdPties><RltdAgts><DbtrAgt><FinInstnId><CmbndId>
      <BIC>KREDBEBB</BIC></CmbndId></FinInstnId></DbtrAgt></RltdAgts><RmtInf><Ustrd>Invoice 7</Ustrd><Strd><CdtrRefInf>
      <CdtrRef>RF18539007547034</CdtrRef></CdtrRefInf></Strd></RmtInf></TxDtls></Ntry></Stmt></BkToCstmrStmtV01>
      </Document>""",
    "02": """<Document xmlns="urn:v2"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>S1</Id>
      <CreDtTm>2026-02-03T00:00:00</CreDtTm><Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>EUR</Ccy></Acct>
      <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
      <Dt><Dt>2026-02-01</Dt></Dt></Bal><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">11.00</Amt>
      <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-02</Dt></Dt></Bal>
      <Ntry><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-02-02</Dt></BookgDt>
      <ValDt><Dt>2026-02-02</Dt></ValDt><AcctSvcrRef>R1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>
      <SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs>
      <RltdPties><Dbtr><Nm>Dora</Nm></Dbtr><DbtrAcct><Id><IBAN>BE68539007547034</IBAN></Id></DbtrAcct></RltdPties>
      <RltdAgts><DbtrAgt><FinInstnId><BIC>KREDBEBB</BIC></FinInstnId></DbtrAgt></RltdAgts><RmtInf>
      <Ustrd>Invoice 7</Ustrd><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>
      </NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>""",
}
VERSIONS["04"] = (
    VERSIONS["02"].replace("urn:v2", "urn:v4").replace("BIC>", "BICFI>")
    .replace("<RltdPties>", "<Amt Ccy='EUR'>10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties>")
)  # fmt: skip
VERSIONS["08"] = (
    VERSIONS["04"].replace("urn:v4", "urn:v8").replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>")
    .replace("<Dbtr><Nm>Dora</Nm></Dbtr>", "<Dbtr><Pty><Nm>Dora</Nm></Pty></Dbtr>")
)  # fmt: skip
GOLDEN = [
    StatementHead(Account(OURS), "EUR", "S1", opening=100),
    Entry(
        booked_on=date(2026, 2, 2),
        valued_on=date(2026, 2, 2),
        amount=1000,
        currency="EUR",
        where="Stmt[1]/Ntry[1]",
        entry_ref="R1",
        remittance="Invoice 7",
        counterparty="Dora",
        counterparty_account="BE68539007547034",
        counterparty_bic="KREDBEBB",
        structured_reference="RF18539007547034",
        end_to_end="E1",
        code="PMNT-RCDT-ESCT",
    ),
    StatementFoot(1100, date(2026, 2, 2)),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_one_booking_reads_the_same_in_every_version(version: str, encoding: str) -> None:
    assert pieces_of(STATEMENT, VERSIONS[version].encode(encoding)) == GOLDEN


def test_names_count_and_not_namespaces() -> None:
    text = VERSIONS["02"]
    bare = text.replace(' xmlns="urn:v2"', "")
    prefixed = (
        bare.replace("</", "\0")
        .replace("<", "<n:")
        .replace("\0", "</n:")
        .replace("<n:Document", "<n:Document xmlns:n='u'")
    )
    assert pieces_of(STATEMENT, bare.encode()) == GOLDEN
    assert pieces_of(STATEMENT, prefixed.encode()) == GOLDEN


def test_a_banks_supplementary_data_is_not_taken_for_the_entry() -> None:
    inside = "<x:Ntry xmlns:x='u'><Amt Ccy='EUR'>1.00</Amt><NtryRef>X</NtryRef></x:Ntry>"
    other = f"<SplmtryData><Envlp>{inside}</Envlp></SplmtryData></Ntry>"
    assert pieces_of(STATEMENT, VERSIONS["08"].replace("</Ntry>", other).encode()) == GOLDEN


# Damage


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_cut_at_any_byte_is_refused(version: str) -> None:
    assert wrongly_read_cuts(STATEMENT, VERSIONS[version].encode(), []) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_damaged_file_is_refused_or_read_cleanly(version: str, encoding: str) -> None:
    data = VERSIONS[version].encode(encoding)
    assert all(read_cleanly(STATEMENT, damaged) for damaged in mutations(data, 500))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("reader", CAMT_READERS, ids=lambda reader: reader.name)
def test_a_document_type_is_refused(reader: CamtReader, encoding: str) -> None:
    text = file(statement(entry(after="<AddtlNtryInf>&x;</AddtlNtryInf>")), reader=reader).decode().partition("\n")[2]
    hostile = f"<!DOCTYPE Document [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>{text}".encode(encoding)
    assert "DOCTYPE" in refusal_of(reader, hostile).message
    assert reader.recognises(hostile, "a.xml")


def test_transactions_of_one_entry_are_limited() -> None:
    data = file(statement(entry("1000.01", details=transaction(amount="0.01") * 100_001)))
    assert refusal_of(STATEMENT, data).field == "TxDtls"


def test_a_large_batch_is_split() -> None:
    data = file(statement(entry("200.00", details=transaction(amount="0.01") * 20_000)))
    assert len(entries_of(STATEMENT, data)) == 20_000
