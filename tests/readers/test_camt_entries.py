"""What each element of a camt entry and its transactions means for a movement, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from payments.readers.model import Entry
from tests.readers.camt_files import (
    ACCOUNT,
    NOTIFICATION,
    OURS,
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
from tests.readers.damage import entries_of, feet_of, heads_of, refusal_of, warnings_of


def read(*parts: str) -> list[Entry]:
    return entries_of(STATEMENT, file(statement(*parts)))


def only(*parts: str) -> Entry:
    (one,) = read(*parts)
    return one


def refused(*parts: str) -> tuple[str, str | None]:
    problem = refusal_of(STATEMENT, file(statement(*parts)))
    assert problem.message.endswith(".")
    return problem.where, problem.field


def messages(*parts: str) -> list[str]:
    warnings = warnings_of(STATEMENT, file(statement(*parts)))
    assert {warning.severity for warning in warnings} <= {"warning"}
    return [warning.message for warning in warnings]


# The entry


def test_credit_comes_in_and_debit_goes_out() -> None:
    assert [each.amount for each in read(entry("10.00"), entry("10", "DBIT"), entry("0.00"), entry(".5"))] == [
        1000,
        -1000,
        0,
        50,
    ]


def test_a_reversal_has_the_sign_of_its_mark_and_the_balance_proves_it() -> None:
    taken_back = entry("30.00", "DBIT").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    given_back = entry("5.00", "CRDT").replace("<Sts>", "<RvslInd>1</RvslInd><Sts>")
    plain = entry("1.00").replace("<Sts>", "<RvslInd>false</RvslInd><Sts>")
    movements = entry("30.00"), taken_back, entry("5.00", "DBIT"), given_back, plain
    data = file(statement(balance("OPBD", "100.00"), balance("CLBD", "101.00"), *movements))
    entries = entries_of(STATEMENT, data)
    assert (heads_of(STATEMENT, data)[0].opening or 0) + sum(each.amount for each in entries) == 10100
    assert feet_of(STATEMENT, data)[0].closing == 10100
    assert [each.is_reversal for each in entries] == [False, True, False, True, False]


@pytest.mark.parametrize(
    ("status", "pending"), [("BOOK", False), ("PDNG", True), ("INFO", True), ("FUTR", True), ("<Cd>BOOK</Cd>", False)]
)
def test_only_booked_entries_are_not_pending(status: str, pending: bool) -> None:
    assert only(entry(status=status)).pending is pending


def test_dates_are_the_banks_own_whatever_the_zone() -> None:
    moment = (
        "<BookgDt><DtTm>2026-02-02T23:30:00-05:00</DtTm></BookgDt><ValDt><DtTm>2026-02-03T00:30:00+14:00</DtTm></ValDt>"
    )
    one = only(entry(dates=moment))
    assert (one.booked_on, one.valued_on) == (date(2026, 2, 2), date(2026, 2, 3))
    assert only(entry(dates="<BookgDt><Dt>2026-02-02+01:00</Dt></BookgDt>")).valued_on is None
    both = "<BookgDt><Dt>2026-02-02</Dt><DtTm>{}T23:30:00</DtTm></BookgDt>"
    assert only(entry(dates=both.format("2026-02-02"))).booked_on == date(2026, 2, 2)
    assert refused(entry(dates=both.format("2026-02-03"))) == ("Stmt[1]/Ntry[1]", "BookgDt")


def test_an_entry_without_booking_date_takes_its_value_date_else_the_reports() -> None:
    valued = entry(dates="<ValDt><Dt>2026-02-01</Dt></ValDt>")
    assert only(valued).booked_on == date(2026, 2, 1)
    assert messages(valued) == ["The entry has no booking date; its value date was taken."]
    assert messages(valued.replace("BOOK", "PDNG")) == []
    assert only(entry(dates="")).booked_on == date(2026, 2, 3)
    assert "the day the bank made the report" in messages(entry(dates="", status="PDNG"))[0]
    undated = statement(entry(dates="")).replace("CreDtTm", "CreDt")
    assert refusal_of(STATEMENT, file(undated)).field == "BookgDt"


def test_the_entrys_own_reference_goes_before_the_account_servicers() -> None:
    def reference(before: str = "", after: str = "", details: str = "") -> str | None:
        return only(entry(before=before, after=after, details=details)).entry_ref

    servicers = "<AcctSvcrRef>A</AcctSvcrRef>"
    inner = transaction(f"<Refs>{servicers}</Refs>")
    assert reference("<NtryRef>N</NtryRef>", servicers, inner) == "N"
    assert reference(after=servicers.replace("A<", "B<"), details=inner) == "B"
    assert reference(after="<AcctSvcrRef>NONREF</AcctSvcrRef>", details=inner) == "A"
    assert reference(after="<AcctSvcrRef>NONREF</AcctSvcrRef>") is None


@pytest.mark.parametrize(
    "bad",
    [
        "NaN",
        "INF",
        "1e3",
        "1,00",
        "1_0",
        "１０",
        "10.005",
        "--1",
        "",
        "1 0",
        "0x1",
        "9" * 19,
        "1" * 5000,
        "-1.00",
        "-0",
    ],
)
def test_what_is_no_amount_is_refused(bad: str) -> None:
    assert refused(entry(), entry(bad)) == ("Stmt[1]/Ntry[2]", "Amt")
    assert refused(balance("OPBD", bad)) == ("Stmt[1]/Bal[1]", "Amt")


@pytest.mark.parametrize(
    "bad",
    ["2026-02-30", "2026-13-01", "2026-2-3", "20260203", "2026-W06-1", "２026-02-03", "03.02.2026", "x", "2026-02-03T"],
)
def test_what_is_no_date_is_refused(bad: str) -> None:
    assert refused(entry(dates=f"<BookgDt><Dt>{bad}</Dt></BookgDt>")) == ("Stmt[1]/Ntry[1]", "BookgDt")
    assert refused(entry(dates=f"<BookgDt><Dt>2026-02-02</Dt></BookgDt><ValDt><Dt>{bad}</Dt></ValDt>"))[1] == "ValDt"
    assert refused(balance("OPBD", "1", bad)) == ("Stmt[1]/Bal[1]", "Dt")


@pytest.mark.parametrize(
    ("was", "is_now", "field"),
    [
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "", "CdtDbtInd"),
        ("CRDT", "credit", "CdtDbtInd"),
        ("BOOK", "BOOKED", "Sts"),
        ("<Amt Ccy='EUR'>10.00</Amt>", "", "Amt"),
        (" Ccy='EUR'", "", "Amt@Ccy"),
        ("'EUR'", "'EURO'", "Amt"),
        ("<Sts>", "<RvslInd>maybe</RvslInd><Sts>", "RvslInd"),
        ("<CdtDbtInd>", "<CdtDbtInd>DBIT</CdtDbtInd><CdtDbtInd>", "CdtDbtInd"),
        ("<Amt ", "<Amt Ccy='EUR'>9.00</Amt><Amt ", "Amt"),
    ],
)
def test_what_an_entry_must_say_is_said_once_and_rightly(was: str, is_now: str, field: str) -> None:
    assert refused(entry().replace(was, is_now, 1)) == ("Stmt[1]/Ntry[1]", field)


def test_an_entry_without_status_is_booked_in_a_statement_and_refused_elsewhere() -> None:
    without = entry().replace("<Sts>BOOK</Sts>", "")
    (booked,) = entries_of(STATEMENT, file(statement(without)))
    assert not booked.pending
    for reader in (REPORT, NOTIFICATION):
        assert refusal_of(reader, file(statement(without), reader=reader)).field == "Sts"


def test_a_currency_without_decimals_keeps_its_units() -> None:
    account = ACCOUNT.replace("EUR", "JPY")
    data = file(statement(entry("2700.00", currency="JPY"), account=account))
    assert entries_of(STATEMENT, data)[0].amount == 2700


def test_a_booked_entry_in_another_currency_is_refused_and_a_pending_one_warned_about() -> None:
    assert refused(entry(), entry(currency="USD")) == ("Stmt[1]/Ntry[2]", "Amt")
    pending = entry("3200.00", currency="USD", status="PDNG")
    assert only(pending)[2:4] == (320000, "USD")
    assert messages(pending) == ["The entry is in USD, but the account is in EUR."]


# The transaction


def test_the_other_party_is_the_debtor_of_money_in_and_the_creditor_of_money_out() -> None:
    both = parties(party("Dbtr", "Dora", "BE68539007547034"), party("Cdtr", "Carl", "DE89370400440532013000"))
    agents = (
        "<RltdAgts><DbtrAgt><FinInstnId><BICFI>KREDBEBB</BICFI></FinInstnId></DbtrAgt>"
        "<CdtrAgt><FinInstnId><BIC>COBADEFF</BIC></FinInstnId></CdtrAgt></RltdAgts>"
    )
    come, gone = (only(entry("1.00", mark, transaction(both, agents))) for mark in ("CRDT", "DBIT"))
    assert come[7:10] == ("Dora", "BE68539007547034", "KREDBEBB")
    assert gone[7:10] == ("Carl", "DE89370400440532013000", "COBADEFF")


@pytest.mark.parametrize(
    "written",
    [
        "<Dbtr><Nm>Dora</Nm></Dbtr>",
        "<Dbtr><Pty><Nm>Dora</Nm></Pty></Dbtr>",
        "<Dbtr><Agt><FinInstnId><Nm>Dora</Nm></FinInstnId></Agt></Dbtr>",
        "<UltmtDbtr><Nm>Dora</Nm></UltmtDbtr>",
    ],
)
def test_a_party_is_named_in_several_ways(written: str) -> None:
    assert only(entry(details=transaction(parties(written)))).counterparty == "Dora"


def test_the_party_a_payer_pays_for_stands_in_the_text() -> None:
    both = parties("<Dbtr><Nm>Dora</Nm></Dbtr><UltmtDbtr><Pty><Nm>Acme SA</Nm></Pty></UltmtDbtr>")
    one = only(entry(details=transaction(both, remittance("<Ustrd>R1</Ustrd>"))))
    assert (one.counterparty, one.remittance) == ("Dora", "R1 Acme SA")


def test_a_return_names_the_original_debtor_though_the_money_goes_out() -> None:
    back = "<RtrInf><Rsn><Cd>MD06</Cd></Rsn><AddtlInf>refund asked</AddtlInf></RtrInf>"
    both = parties(party("Dbtr", "Dora"), party("Cdtr", "We"))
    one = only(entry("1.00", "DBIT", transaction(both, back)))
    assert (one.counterparty, one.return_reason, one.remittance) == ("Dora", "MD06", "refund asked")
    reversed_entry = entry("1.00", "DBIT", transaction(both)).replace("<Sts>", "<RvslInd>1</RvslInd><Sts>")
    assert only(reversed_entry).counterparty == "Dora"
    assert only(entry("1.00", "CRDT", transaction(parties(party("Dbtr", "Dora")), back))).counterparty == "Dora"


def test_the_other_party_is_never_the_side_with_our_account() -> None:
    both = parties(party("Dbtr", "We", OURS), party("Cdtr", "Carl", "DE89370400440532013000"))
    assert only(entry("1.00", "CRDT", transaction(both))).counterparty == "Carl"
    assert only(entry("1.00", "DBIT", transaction(both))).counterparty == "Carl"


def test_references_are_taken_over_unless_they_say_nothing() -> None:
    references = "<Refs><EndToEndId>E1</EndToEndId><MndtId>M1</MndtId></Refs>"
    assert only(entry(details=transaction(references)))[11:13] == ("E1", "M1")
    assert only(entry(details=transaction(references.replace("E1", "NOTPROVIDED")))).end_to_end is None


def test_remittance_is_joined_in_order() -> None:
    pieces = remittance(
        "<Ustrd> Invoice\n 1001 </Ustrd><Ustrd>and 1002</Ustrd>",
        "<Strd><RfrdDocInf><Nb>1003</Nb></RfrdDocInf><AddtlRmtInf>less discount</AddtlRmtInf></Strd>",
        "<Strd><RfrdDocInf><Nb>1004</Nb></RfrdDocInf></Strd>",
    )
    details = transaction(pieces, "<AddtlTxInf>thanks</AddtlTxInf>")
    one = only(entry(details=details, after="<AddtlNtryInf>TRANSFER</AddtlNtryInf>"))
    assert one.remittance == "Invoice 1001 and 1002 1003 less discount 1004 thanks"


def test_the_banks_own_wording_is_taken_where_there_is_no_other() -> None:
    wording = "<AddtlNtryInf>Acme\tINV 7</AddtlNtryInf>"
    assert only(entry(after=wording)).remittance == "Acme INV 7"
    assert only(entry(after=wording, details=transaction(parties(party("Dbtr", "Acme"))))).remittance == "Acme INV 7"


@pytest.mark.parametrize(
    ("written", "reference", "text"),
    [
        ("<Strd><CdtrRefInf><Ref>RF18 5390 0754 7034</Ref></CdtrRefInf></Strd>", "RF18539007547034", ""),
        ("<Strd><CdtrRefInf><Ref>+++090/9337/55493+++</Ref></CdtrRefInf></Strd>", "090933755493", ""),
        (f"<Strd><CdtrRefInf><CdtrRef>{QRR}</CdtrRef></CdtrRefInf></Strd>", QRR, ""),
        ("<Strd><CdtrRefInf><Ref>inv-7</Ref></CdtrRefInf></Strd>", "INV7", "inv-7"),
        ("<Ustrd>+++090/9337/55493+++</Ustrd>", "090933755493", "+++090/9337/55493+++"),
        ("<Ustrd>invoice 090933755493</Ustrd>", None, "invoice 090933755493"),
    ],
)
def test_structured_references_lose_spaces_and_marks(written: str, reference: str | None, text: str) -> None:
    one = only(entry(details=transaction(remittance(written))))
    assert (one.structured_reference, one.remittance) == (reference, text)


def test_further_references_are_kept_in_the_text() -> None:
    two = "".join(f"<Strd><CdtrRefInf><Ref>{number}</Ref></CdtrRefInf></Strd>" for number in ("111", "222"))
    assert only(entry(details=transaction(remittance(two))))[6] == "222"
    assert only(entry(details=transaction(remittance(two)))).structured_reference == "111"


def test_the_code_is_the_domains_else_the_banks_and_the_transactions_before_the_entrys() -> None:
    domain = "<Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
    own = "<Prtry><Cd>NTRF+166</Cd></Prtry>"
    assert only(entry(after=f"<BkTxCd>{domain}{own}</BkTxCd>")).code == "PMNT-RCDT-ESCT"
    both = entry(after=f"<BkTxCd>{domain}</BkTxCd>", details=transaction(f"<BkTxCd>{own}</BkTxCd>"))
    assert only(both).code == "NTRF+166"
    assert only(entry(after="<BkTxCd/>")).code is None


def test_a_foreign_amount_keeps_its_original_and_its_rate() -> None:
    details = transaction(
        "<AmtDtls><InstdAmt><Amt Ccy='USD'>3200.00</Amt><CcyXchg><XchgRate>0.666667</XchgRate></CcyXchg></InstdAmt>"
        "<TxAmt><Amt Ccy='EUR'>2120.00</Amt></TxAmt></AmtDtls>"
    )
    one = only(entry("2120.00", "DBIT", details))
    assert one[18:21] == (-320000, "USD", Decimal("0.666667"))
    plain = transaction("<AmtDtls><InstdAmt><Amt Ccy='EUR'>10.00</Amt></InstdAmt></AmtDtls>")
    assert only(entry(details=plain)).original_amount is None


def test_an_amount_before_charges_is_the_original_and_the_charges_are_told() -> None:
    taken = "<Chrgs><Rcrd><Amt Ccy='EUR'>2.00</Amt><CdtDbtInd>{}</CdtDbtInd></Rcrd></Chrgs>"
    details = transaction(
        "<AmtDtls><InstdAmt><Amt Ccy='EUR'>100.00</Amt></InstdAmt></AmtDtls>", taken.format("DBIT"), amount="98.00"
    )
    assert only(entry("98.00", details=details))[17:20] == (200, 10000, "EUR")
    assert only(entry(after=taken.format("CRDT"))).charges == -200
    total = "<Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>3.50</TtlChrgsAndTaxAmt></Chrgs>"
    assert only(entry(after=total)).charges == 350
    assert only(entry(after=total.replace("EUR", "USD"))).charges is None


def test_what_does_not_count_is_left_out_with_a_warning_when_it_cannot_be_read() -> None:
    details = transaction(
        "<AmtDtls><InstdAmt><Amt Ccy='XXY'>1</Amt><CcyXchg><XchgRate>NaN</XchgRate></CcyXchg></InstdAmt></AmtDtls>",
        "<Chrgs><Amt Ccy='EUR'>1e3</Amt></Chrgs>",
    )
    assert only(entry(details=details))[17:21] == (None, None, None, None)
    assert len(messages(entry(details=details))) == 3


def test_a_single_transaction_of_another_amount_is_warned_about() -> None:
    assert messages(entry("10.00", details=transaction(amount="9.00"))) == [
        "The transaction's amount is not the entry's; the entry's counts."
    ]
    assert only(entry("10.00", details=transaction(amount="9.00"))).amount == 1000
    assert messages(entry("10.00", details=transaction(amount="11.00", currency="USD"))) == []


# Batches


def test_a_batch_whose_amounts_sum_is_split() -> None:
    details = batch(transaction(text("A"), amount="6.00") + transaction(text("B"), amount="4.00"), 2, "P1")
    first, second = read(entry("10.00", "DBIT", details, before="<NtryRef>N</NtryRef>"))
    assert (first.amount, first.remittance, first.batch, first.entry_ref) == (-600, "A", "P1", "N")
    assert (second.amount, second.where) == (-400, "Stmt[1]/Ntry[1]/TxDtls[2]")
    assert messages(entry("10.00", "DBIT", details)) == []


def test_transactions_of_several_batches_in_one_entry_keep_the_name_of_theirs() -> None:
    details = batch(transaction(amount="6.00"), 1, "P1") + "</NtryDtls><NtryDtls>" + batch(transaction(amount="4.00"))
    assert [each.batch for each in read(entry(details=details, before="<NtryRef>N</NtryRef>"))] == ["P1", "N"]


def test_amounts_of_the_oldest_versions_are_found_in_the_details() -> None:
    details = "".join(
        transaction(f"<AmtDtls><{name}><Amt Ccy='EUR'>5.00</Amt></{name}></AmtDtls>") for name in ("TxAmt", "InstdAmt")
    )
    assert [each.amount for each in read(entry(details=details))] == [500, 500]


def test_a_net_batch_is_split_by_the_marks_of_its_transactions() -> None:
    details = transaction(amount="12.00", mark="CRDT") + transaction(amount="2.00", mark="DBIT")
    assert [each.amount for each in read(entry("10.00", "CRDT", details))] == [1200, -200]


def test_a_reversed_batch_may_still_carry_the_marks_of_the_original() -> None:
    details = transaction(amount="6.00", mark="CRDT") + transaction(amount="4.00", mark="CRDT")
    assert [each.amount for each in read(entry("10.00", "DBIT", details))] == [-600, -400]


@pytest.mark.parametrize(
    "amounts", [("6.00", "3.00"), ("6.00", ""), ("", "")], ids=["sum differs", "one is missing", "none"]
)
def test_a_batch_that_does_not_sum_stays_one_with_all_its_text(amounts: tuple[str, str]) -> None:
    details = "".join(
        transaction(parties(party("Dbtr", name)), text(words), amount=amount)
        for amount, name, words in zip(amounts, ("Dora", "Emil"), ("A", "B"), strict=True)
    )
    one = only(entry("10.00", details=details, after="<AddtlNtryInf>SUM</AddtlNtryInf>"))
    assert (one.amount, one.counterparty, one.remittance) == (1000, None, "Dora A Emil B")
    assert "batch of 2 transactions was not split" in messages(entry("10.00", details=details))[0]


def test_what_all_transactions_of_an_unsplit_batch_agree_on_is_kept() -> None:
    details = "".join(
        transaction(
            parties(party("Dbtr", "Dora")), remittance(f"<Strd><CdtrRefInf><Ref>{number}</Ref></CdtrRefInf></Strd>")
        )
        for number in (7, 8)
    )
    one = only(entry(details=details))
    assert (one.counterparty, one.structured_reference, one.remittance) == ("Dora", None, "7 8")


def test_one_transaction_of_a_batch_of_many_does_not_speak_for_all() -> None:
    details = batch(transaction(parties(party("Dbtr", "Dora"))), 20)
    assert only(entry(details=details)).counterparty is None
    assert "batch of 20 transactions" in messages(entry(details=details))[0]
    itemised = batch(transaction(parties(party("Dbtr", "Dora")), amount="10.00"), 20)
    assert only(entry(details=itemised)).counterparty == "Dora"


def test_a_batch_that_is_not_itemised_is_one_entry() -> None:
    one = only(entry(details=batch("", 20, "P1"), after="<AddtlNtryInf>COLLECTION</AddtlNtryInf>"))
    assert (one.amount, one.batch, one.remittance) == (1000, "P1", "COLLECTION")


def test_pending_batches_stay_pending() -> None:
    details = transaction(amount="6.00") + transaction(amount="4.00")
    assert [each.pending for each in read(entry(details=details, status="PDNG"))] == [True, True]
