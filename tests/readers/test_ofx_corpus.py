"""Every OFX file of the corpus: read as others read it, refused where its amounts are none, and nothing left unsaid."""

import io
import json
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ofxparse import OfxParser
from ofxparse.ofxparse import Transaction

from core.money import decimal_text
from core.problems import Problem
from payments.readers.model import Assumed, Entry, StatementFoot, StatementHead, Unreadable
from payments.readers.ofx import OfxReader
from payments.readers.ofx_text import encoding_of, text_blocks
from payments.readers.registry import HEAD_BYTES

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of other people's files is not here")

FILES = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("1_ofx/*/*"))
REFUSED = {
    "1_ofx/ofxparse/signon_fail.ofx": "the bank refuses the sign-on; there is no statement",
    "1_ofx/ofxgo/valid_responses__ira_v202.ofx": "anonymised amounts of 13 decimals, which are no US dollars and cents",
    "1_ofx/ofxgo/valid_responses__moneymrkt1_v103.ofx": "anonymised amounts of 13 decimals",
}
WITHOUT_STATEMENT = {
    "1_ofx/ofxparse/account_listing_aggregation.ofx": "lists accounts, states none",
    "1_ofx/ofxparse/bank_small.ofx": "an empty OFX element",
    "1_ofx/ofxparse/signon_success.ofx": "a sign-on alone",
    "1_ofx/ofxparse/signon_success_no_message.ofx": "a sign-on alone",
}
CONVERTED = {
    "1_ofx/ofxparse/investment_medium.ofx": "stated in USD (CURRENCY, rate 1.06) on an account in CAD; the truth adds "
    "the dollars as if they were Canadian",
}
BALANCE_BEHIND_COMMENTS = {
    "1_ofx/ofxstatement/ofx_spec201_stmtrs_example.xml": "the truth's search stops at the comment inside LEDGERBAL",
}
DIFFERING = CONVERTED | BALANCE_BEHIND_COMMENTS
"""Where we do not read what the truth says, and why."""
READ = [name for name in FILES if name not in REFUSED]


@dataclass
class Statement:
    head: StatementHead
    entries: list[Entry] = field(default_factory=list)
    foot: StatementFoot | None = None

    def amounts(self) -> list[Decimal]:
        return [Decimal(decimal_text(entry.amount, self.head.currency or "")) for entry in self.entries]

    def closing(self) -> Decimal | None:
        assert self.foot
        return None if self.foot.closing is None else Decimal(decimal_text(self.foot.closing, self.head.currency or ""))


@cache
def read(name: str) -> tuple[list[Statement], list[Problem]]:
    statements: list[Statement] = []
    problems: list[Problem] = []
    with (CORPUS / name).open("rb") as source:
        for piece in OfxReader().read(source, Assumed()):
            match piece:
                case StatementHead():
                    statements.append(Statement(piece))
                case Entry():
                    statements[-1].entries.append(piece)
                case StatementFoot():
                    statements[-1].foot = piece
                case Problem():
                    problems.append(piece)
    return statements, problems


@cache
def truth() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((CORPUS / "truth.json").read_text(encoding="utf-8"))["files"]
    return told


def peer(name: str) -> dict[str, Any]:
    return {key: value for told in truth()[name].get("peer", []) for key, value in told.items()}


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_recognised(name: str) -> None:
    assert OfxReader().recognises((CORPUS / name).read_bytes()[:HEAD_BYTES], name)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_files_that_state_no_amounts_are_refused(name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(name)
    problem = refused.value.problems[0]
    if "signon_code" in peer(name):
        assert str(peer(name)["signon_code"]) in problem.message
    else:
        assert problem.field == "TRNAMT"


@pytest.mark.parametrize("name", READ)
def test_amounts_accounts_currencies_and_balances_are_those_of_the_truth(name: str) -> None:
    statements, problems = read(name)
    derived = truth()[name]["derived"]
    amounts = [amount for statement in statements for amount in statement.amounts()]
    assert len(amounts) == derived["raw_stmttrn"]
    if name in WITHOUT_STATEMENT:
        assert statements == []
        assert [problem.severity for problem in problems] == ["warning"]
        return
    if name not in CONVERTED:
        assert amounts == [Decimal(text) for text in derived["raw_trnamt"]]
    assert [statement.head.account.identifier for statement in statements] == derived["acctids"]
    assert {statement.head.currency for statement in statements} == set(derived["currency"])
    if name not in BALANCE_BEHIND_COMMENTS:
        closings = [statement.closing() for statement in statements if statement.closing() is not None]
        assert closings == [Decimal(text) for text in derived["ledgerbal"]]


@pytest.mark.parametrize("name", sorted(CONVERTED))
def test_amounts_in_another_currency_keep_what_was_stated(name: str) -> None:
    (statement,), _ = read(name)
    stated = [Decimal(entry.original_amount or 0) / 100 for entry in statement.entries]
    assert stated == [Decimal(text) for text in truth()[name]["derived"]["raw_trnamt"]]
    assert statement.amounts() == [Decimal("-3.87"), Decimal("3.55"), Decimal("-3.87")]


@pytest.mark.parametrize("name", [name for name in READ if name not in WITHOUT_STATEMENT])
def test_what_other_programs_expect_of_their_own_files_holds(name: str) -> None:
    (first, *_), problems = read(name)
    expected = peer(name)
    closing = expected.get("closing") or expected.get("balance")
    if closing:
        assert first.closing() == Decimal(closing)
    if "opening" in expected:
        assert (first.closing() or 0) - sum(first.amounts()) == Decimal(expected["opening"])
    if "second_line_date" in expected:
        assert first.entries[1].booked_on.isoformat() == expected["second_line_date"]
    if "transactions" in expected:
        left_out = [f"; {expected['transactions']} trades" in problem.message for problem in problems]
        assert len(first.entries) == expected["transactions"] or any(left_out)


@pytest.mark.parametrize("name", READ)
def test_the_stream_reads_what_ofxparse_reads_of_the_whole_file(name: str) -> None:
    ours, _ = read(name)
    theirs = [account for account in as_ofxparse_reads(name).accounts if account.statement and account.curdef_or_inv]
    assert [statement.head.account.identifier for statement in ours] == [account.account_id for account in theirs]
    for statement, account in zip(ours, theirs, strict=True):
        assert_same(statement, account, converted=name in CONVERTED)


def as_ofxparse_reads(name: str) -> Any:
    """The library on the whole file, with the one header it understands over text it can decode."""
    with (CORPUS / name).open("rb") as source:
        text = "".join(text_blocks(source, encoding_of(source)[0]))
    header = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\nCHARSET:NONE\n\n"
    told = OfxParser.parse(io.BytesIO((header + text[text.index("<OFX>") :]).encode()))
    for account in told.accounts:
        account.curdef_or_inv = account.curdef or hasattr(account.statement, "positions")
    return told


def assert_same(statement: Statement, account: Any, *, converted: bool) -> None:
    told = [each for each in account.statement.transactions if isinstance(each, Transaction)]
    assert [entry.entry_ref for entry in statement.entries] == [each.id for each in told]
    assert [entry.code for entry in statement.entries] == [each.type.upper() for each in told]
    assert [entry.counterparty or "" for entry in statement.entries] == [each.payee for each in told]
    assert converted or statement.amounts() == [each.amount for each in told]
    assert statement.closing() == getattr(account.statement, "balance", None)
    for entry, each in zip(statement.entries, told, strict=True):
        assert each.memo in entry.remittance
        assert abs(entry.booked_on - each.date.date()) <= timedelta(days=1), "ofxparse moves days by the time zone"
