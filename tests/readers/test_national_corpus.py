"""Every Norma 43, CFONB, CODA, BAI2 and QIF file of the corpus, against what is known to be in it.

`truth.json` holds for each file what an independent reading found (`derived`) and what the origin's own tests expect
(`peer`). The corpus is not part of the project; without it beside the project these tests are skipped.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.problems import Problem
from payments.readers.model import Assumed, Entry, StatementFoot, StatementHead, Unreadable
from payments.readers.registry import reader_for

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FOLDER = CORPUS / "4_national"
FORMATS = {"n43": "norma43", "cfonb": "cfonb120", "coda": "coda", "bai2": "bai2", "qif": "qif"}
SUFFIXES = {".n43", ".txt", ".cod", ".bai2", ".qif"}

REFUSED = {
    "cfonb/pennylane/invalid_date.txt": "the date of the old balance is “  CART”; the origin expects an error, too",
    "cfonb/pennylane/operation.txt": "a fragment: movements without the balances around them",
    "qif/quiffen/test_category_inherit.qif": "an account name and categories, no transactions",
    "qif/quiffen/test_option_autoswitch.qif": "a list of accounts, no transactions",
}
OTHER = {"qif/quiffen/invalid.txt": "says itself that it is no QIF file"}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the corpus ../shared/corpus is not here")


class Statement(NamedTuple):
    head: StatementHead
    entries: list[Entry]
    foot: StatementFoot

    @property
    def sum(self) -> int:
        return sum(entry.amount for entry in self.entries)

    @property
    def ties(self) -> bool:
        return self.head.opening is not None and self.foot.closing == self.head.opening + self.sum


def names(*, refused: bool = False) -> list[str]:
    found = (path for folder in FORMATS for path in FOLDER.glob(f"{folder}/**/*") if path.suffix in SUFFIXES)
    listed = sorted(path.relative_to(FOLDER).as_posix() for path in found)
    return [name for name in listed if name not in OTHER and (name in REFUSED) == refused]


def names_of(folder: str) -> list[str]:
    return [name for name in names() if name.startswith(f"{folder}/")]


def read(name: str) -> tuple[str, list[Statement], list[Problem]]:
    """The format, the statements and the warnings of a corpus file."""
    with (FOLDER / name).open("rb") as source:
        reader = reader_for(source.read(4096), name)
        pieces = list(reader.read(source, Assumed(currency="EUR")))
    statements, entries = [], list[Entry]()
    for piece in pieces:
        if isinstance(piece, StatementHead):
            head, entries = piece, []
        elif isinstance(piece, Entry):
            entries.append(piece)
        elif isinstance(piece, StatementFoot):
            statements.append(Statement(head, entries, piece))
    return reader.name, statements, [piece for piece in pieces if isinstance(piece, Problem)]


def statements_of(name: str) -> list[Statement]:
    return read(name)[1]


def truth(name: str) -> dict[str, Any]:
    files = json.loads((CORPUS / "truth.json").read_text("utf-8"))["files"]
    return dict(files[f"4_national/{name}"])


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def peers(name: str) -> Iterator[dict[str, Any]]:
    yield from truth(name).get("peer", [])


@pytest.mark.parametrize("name", names())
def test_every_file_is_recognised_as_what_it_is_and_read(name: str) -> None:
    assert read(name)[0] == FORMATS[name.split("/")[0]]


@pytest.mark.parametrize("name", names(refused=True))
def test_files_that_are_no_statement_are_refused(name: str) -> None:
    with pytest.raises(Unreadable):
        read(name)


@pytest.mark.parametrize("name", sorted(OTHER))
def test_other_files_are_not_recognised(name: str) -> None:
    with pytest.raises(Unreadable):
        reader_for((FOLDER / name).read_bytes()[:4096], "x.txt")


@pytest.mark.parametrize("name", names())
def test_the_origins_own_expectations_hold(name: str) -> None:
    statements = statements_of(name)
    for peer in peers(name):
        if "statements" in peer:
            assert len(statements) == peer["statements"]
        if "transactions" in peer:
            assert sum(len(statement.entries) for statement in statements) == peer["transactions"]
        if "operations" in peer:
            assert [len(statement.entries) for statement in statements] == peer["operations"]
        if "opening" in peer:
            assert statements[0].head.opening == cents(peer["opening"])
        if "closing" in peer and not name.startswith("qif/"):
            assert statements[-1].foot.closing == cents(peer["closing"])


@pytest.mark.parametrize("name", names_of("n43"))
def test_norma_43_accounts_are_what_was_derived(name: str) -> None:
    expected = truth(name)["derived"]["accounts"]
    for statement, account in zip(statements_of(name), expected, strict=True):
        assert statement.head.account == (account["account"], account["bank"] + account["branch"], account["name"])
        assert (statement.head.opening, statement.head.currency) == (cents(account["opening"]), "EUR")
        assert statement.foot.closing == cents(account["trailer"]["closing"])
        assert (len(statement.entries), statement.sum) == (account["movements"], cents(account["sum_signed"]))
        assert statement.ties == account["ties"]


def test_norma_43_movements_have_the_origins_references() -> None:
    entries = statements_of("n43/oca15/test.n43")[0].entries
    assert [entry.entry_ref for entry in entries] == ["5540014210128010", "000975737917", None]
    assert {entry.booked_on.isoformat() for entry in entries} == {"2016-05-12", "2016-05-16", "2016-05-26"}
    (entry,) = statements_of("n43/trytond/n43.txt")[0].entries
    assert entry.remittance == "COMPRA TARG 5540XXXXXXXX3014 DNH*MICHAEL SCOTT"
    assert (entry.entry_ref, entry.booked_on.isoformat()) == ("5540014387733014", "2018-03-19")


def test_norma_43_warnings_name_what_is_odd() -> None:
    """The file's final balance has key 0, and its end record leaves out the record 24."""
    assert [warning.field for warning in read("n43/oca15/test.n43")[2]] == ["key", "number of records"]


@pytest.mark.parametrize("name", names_of("cfonb"))
def test_cfonb_statements_are_what_was_derived(name: str) -> None:
    expected = truth(name)["derived"]["statements"]
    for statement, account in zip(statements_of(name), expected, strict=True):
        assert statement.head.account[:2] == (account["account"], account["bank"] + account["branch"])
        assert (statement.head.currency, statement.head.opening) == (account["currency"], cents(account["opening"]))
        assert (len(statement.entries), statement.sum) == (account["operations"], cents(account["sum_signed"]))
        assert (statement.foot.closing, statement.ties) == (cents(account["closing"]), account["ties"])
        assert f"{statement.foot.closing_on:%d%m%y}" == account["end_date"]


@pytest.mark.parametrize("name", names_of("coda"))
def test_coda_statements_are_what_was_derived(name: str) -> None:
    """Details are never counted beside their sum: `sum_detail0`, not `sum_all_21`."""
    expected = truth(name)["derived"]["statements"]
    for statement, account in zip(statements_of(name), expected, strict=True):
        assert account["account"].startswith(statement.head.account.identifier)
        assert (statement.head.opening, statement.head.currency) == (cents(account["old_balance"]), "EUR")
        assert statement.head.sequence == account["statement_no"]
        assert statement.sum == cents(account["sum_detail0"])
        assert (statement.foot.closing, statement.ties) == (cents(account["new_balance"]), account["ties"])
        assert f"{statement.foot.closing_on:%d%m%y}" == account["new_date"]


@pytest.mark.parametrize("name", names_of("coda"))
def test_coda_movements_are_counted_as_by_febelfin_coda_but_for_the_batch(name: str) -> None:
    """Sample 10 is one globalised direct debit with two details: for us two payments, for febelfin-coda one move."""
    moves = [account["moves"] for account in truth(name)["derived"]["febelfin_coda"]]
    batch = name.endswith("sample10.cod")
    assert [len(statement.entries) for statement in statements_of(name)] == ([2] if batch else moves)


def test_coda_payments_have_the_origins_reference_name_and_account() -> None:
    """The origin takes the payer's address (information 001) for the message; an address is no remittance text."""
    (peer,) = peers("coda/php-coda-parser/sample1.cod")
    entry = statements_of("coda/php-coda-parser/sample1.cod")[0].entries[0]
    assert (entry.amount, entry.booked_on.isoformat()) == (cents(peer["first_amount"]), peer["date"])
    assert entry.structured_reference == peer["first_structured"]
    assert (entry.counterparty, entry.counterparty_account) == (peer["first_name"], peer["first_iban"])
    assert entry.remittance == ""


@pytest.mark.parametrize("name", names_of("bai2"))
def test_bai2_accounts_and_amounts_are_what_was_derived(name: str) -> None:
    derived = truth(name)["derived"]
    statements = statements_of(name)
    assert [[s.head.account.identifier, s.head.currency] for s in statements] == derived["accounts"]
    amounts = [account["amounts"] for account in derived["bai2lib"]["accounts"]]
    assert [[abs(entry.amount) for entry in statement.entries] for statement in statements] == amounts


def test_bai2_signs_make_the_ledger_balances_tie() -> None:
    (natwest,) = statements_of("bai2/moj/nwb_example.bai2")
    assert (natwest.head.opening, natwest.foot.closing, natwest.ties) == (36_521, 33_845, True)
    assert [statement.sum for statement in statements_of("bai2/moov/sample1.txt")] == [0, 0]


def test_a_bai2_file_that_does_not_tie_is_read_as_it_stands() -> None:
    """Citi's example has equal balances and one credit of a penny: for intake to quarantine, not for us to mend."""
    (citi,) = statements_of("bai2/moj/citi_example.bai2")
    assert (citi.head.opening, citi.foot.closing, citi.sum) == (10_000, 10_000, 1)


@pytest.mark.parametrize("name", ["qif/oca/test_qif.qif", "qif/oca10/test_qif.qif"])
def test_qif_entries_sum_to_the_origins_balance(name: str) -> None:
    """QIF has no balances; the origin computes its closing balance, from nothing, as the sum."""
    (statement,) = statements_of(name)
    assert statement.sum == cents("-1896.09")
    assert [entry.booked_on.isoformat() for entry in statement.entries][:2] == ["2013-08-12", "2013-08-15"]
    assert [f"{Decimal(entry.amount).scaleb(-2):,}" for entry in statement.entries] == truth(name)["derived"]["T_lines"]


def test_qif_opening_balance_and_securities_are_no_entries() -> None:
    """Six bank records, of which “Opening Balance” is none of the account's movements."""
    _, (statement,), warnings = read("qif/quiffen/test.qif")
    assert (statement.head.opening, statement.sum) == (0, 6_750 + 3_200 - 1_000 - 2_500 - 10_000)
    assert [entry.booked_on.isoformat() for entry in statement.entries][::4] == ["2020-02-14", "2020-02-10"]
    assert [warning.field for warning in warnings] == ["!Type"]


def test_qif_dates_are_day_first_where_one_of_them_must_be() -> None:
    (statement,) = statements_of("qif/quiffen/test_category_override.qif")
    days = [entry.booked_on.isoformat() for entry in statement.entries]
    assert days == ["2017-12-22", "2018-01-01", "2018-01-02", "2018-01-02"]
    assert statement.sum == 100_000 + 110_000 - 1_257 - 999
