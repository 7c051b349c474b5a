"""Every camt file of the corpus, compared with what other programs and an independent reading say is in it.

`peer` expectations are the origins' own tests; `derived` ones were read from the file by other means. The corpus lies
beside the project and is not part of it: without it these tests are skipped.
"""

import io
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.money import parse_minor
from core.problems import Problem
from payments.readers.camt import CAMT_READERS, CamtReader
from payments.readers.model import Assumed, Entry, Piece, StatementFoot, StatementHead, Unreadable

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus"
FOLDER = "3_camt/"
READER_OF = dict(zip(("Rpt", "Stmt", "Ntfctn"), CAMT_READERS, strict=True))

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here: ../shared/corpus is absent")

CLOSING_IN_SEK = "CLBD is in SEK on an account in EUR: left out with a warning, the truth compares the bare figures"
INTERIM_PAIR = "two ITBD balances open and close the report, and they tie; the truth knows OPBD, PRCD and CLBD only"
OUR_EDGES: dict[tuple[str, int], tuple[tuple[str | None, str | None], str]] = {
    ("3_camt/genkgo/camt053.v2.minimal.xml", 0): (("18.15", None), CLOSING_IN_SEK),
    ("3_camt/genkgo/camt053.v2.minimal.ultimate.xml", 0): (("18.15", None), CLOSING_IN_SEK),
    ("3_camt/genkgo/camt053.v4.xml", 0): (("18.15", None), CLOSING_IN_SEK),
    ("3_camt/genkgo/camt053.v8.xml", 0): (("18.15", None), CLOSING_IN_SEK),
    ("3_camt/moov-postfinance/FI_camt_052_sample.xml.xml", 1): (("1000.00", "1100.00"), INTERIM_PAIR),
}
"""Where our opening and closing balances are not those of the truth, and why ours are right."""
DIFFERING = {name: reason for (name, _), (_, reason) in OUR_EDGES.items()}


def truth() -> dict[str, Any]:
    files = json.loads((CORPUS / "truth.json").read_text("utf-8"))["files"] if CORPUS.exists() else {}
    return {name: said for name, said in files.items() if name.startswith(FOLDER)}


TRUTH = truth()
CAMT = {name: said["derived"]["statements"] for name, said in TRUTH.items() if said["derived"].get("statements")}
OTHERS = sorted(
    name
    for path in (CORPUS / FOLDER).rglob("*")
    if path.is_file() and (name := path.relative_to(CORPUS).as_posix()) not in CAMT
)


def bytes_of(name: str) -> bytes:
    return (CORPUS / name).read_bytes()


def reader_of(name: str) -> CamtReader:
    return READER_OF[CAMT[name][0]["element"]]


def statements_of(name: str) -> list[list[Piece]]:
    """The file's pieces, one list a statement, warnings left out."""
    statements: list[list[Piece]] = []
    for piece in reader_of(name).read(io.BytesIO(bytes_of(name)), Assumed()):
        if isinstance(piece, StatementHead):
            statements.append([])
        if not isinstance(piece, Problem):
            statements[-1].append(piece)
    return statements


def entries(pieces: list[Piece]) -> list[Entry]:
    return [piece for piece in pieces if isinstance(piece, Entry)]


def head(pieces: list[Piece]) -> StatementHead:
    assert isinstance(pieces[0], StatementHead)
    return pieces[0]


def foot(pieces: list[Piece]) -> StatementFoot:
    assert isinstance(pieces[-1], StatementFoot)
    return pieces[-1]


def booking_of(entry: Entry) -> str:
    """The place of the bank's own entry, of which a split batch has several."""
    return entry.where.partition("/TxDtls")[0]


def true_edges(name: str, number: int, said: dict[str, Any]) -> tuple[str | None, str | None]:
    if (name, number) in OUR_EDGES:
        return OUR_EDGES[name, number][0]
    by_code = {each["code"]: each["amount"] for each in said["balances"]}
    return by_code.get("OPBD", by_code.get("PRCD")), by_code.get("CLBD")


def minor(amount: str | None, currency: str | None) -> int | None:
    return None if amount is None or currency is None else parse_minor(amount, currency)


@pytest.mark.parametrize("name", CAMT)
def test_each_statement_is_what_was_derived_from_the_file(name: str) -> None:
    for number, (pieces, said) in enumerate(zip(statements_of(name), CAMT[name], strict=True)):
        statement = head(pieces)
        assert statement.account.identifier == (said["iban"] or said["other"])
        assert statement.reference == said["id"]
        assert said["currency"] in (None, statement.currency)
        edges = tuple(minor(edge, statement.currency) for edge in true_edges(name, number, said))
        assert (statement.opening, foot(pieces).closing) == edges


@pytest.mark.parametrize("name", CAMT)
def test_each_statement_has_the_entries_and_sums_derived_from_the_file(name: str) -> None:
    for pieces, said in zip(statements_of(name), CAMT[name], strict=True):
        bookings = {booking_of(entry): entry for entry in entries(pieces)}
        assert len(bookings) == said["entries"]
        pending = Counter("PDNG" if entry.pending else "BOOK" for entry in bookings.values())
        assert pending == said["status"]
        assert sum(entry.is_reversal for entry in bookings.values()) == said["reversals"]
        sums: Counter[str] = Counter()
        for entry in entries(pieces):
            sums[entry.currency or ""] += entry.amount
        assert sums == {currency: parse_minor(total, currency) for currency, total in said["sum_signed"].items()}


@pytest.mark.parametrize("name", CAMT)
def test_each_structured_reference_is_found(name: str) -> None:
    for pieces, said in zip(statements_of(name), CAMT[name], strict=True):
        found = " ".join(f"{entry.structured_reference} {entry.remittance}" for entry in entries(pieces))
        assert all(reference in found for reference in said["structured_refs"])


@pytest.mark.parametrize("name", CAMT)
def test_a_statement_that_ties_ties_with_us(name: str) -> None:
    for pieces, said in zip(statements_of(name), CAMT[name], strict=True):
        opening, closing = head(pieces).opening, foot(pieces).closing
        booked = sum(entry.amount for entry in entries(pieces) if not entry.pending)
        if said.get("ties"):
            assert opening is not None
            assert opening + booked == closing
        elif said.get("ties") is False:
            assert opening is None or closing is None or opening + booked != closing


@pytest.mark.parametrize("name", CAMT)
def test_each_file_is_recognised_as_its_own_message(name: str) -> None:
    assert [each for each in CAMT_READERS if each.recognises(bytes_of(name)[:4096], name)] == [reader_of(name)]


@pytest.mark.parametrize("name", OTHERS)
def test_everything_else_is_not_recognised_or_refused(name: str) -> None:
    data = bytes_of(name)
    for reader in CAMT_READERS:
        with pytest.raises(Unreadable):
            list(reader.read(io.BytesIO(data), Assumed()))
        if reader.recognises(data[:4096], name):
            assert name.startswith("3_camt/hbci4java/test-camt-parse-")


# What the origins' own tests expect


def golden(name: str) -> Any:
    return json.loads((CORPUS / name).with_suffix(".json").read_text("utf-8"))


GENKGO = [name for name in CAMT if "/genkgo/" in name]


@pytest.mark.parametrize("name", GENKGO)
def test_genkgo_reads_the_same_entries(name: str) -> None:
    (pieces,) = statements_of(name)
    said = golden(name)["getEntries"]
    assert head(pieces).account.identifier == said[0]["getRecord"]["getAccount"]["getIdentification"]
    for entry, theirs in zip(entries(pieces), said, strict=True):
        assert entry.currency == theirs["getAmount"]["getCurrency"]["getCode"]
        assert entry.amount == int(theirs["getAmount"]["getAmount"])
        assert entry.is_reversal == theirs["getReversalIndicator"]
        assert entry.pending == (theirs["getStatus"] == "PDNG")
        assert entry.entry_ref == (theirs["getReference"] or theirs["getAccountServicerReference"])
        for ours, moment in ((entry.booked_on, theirs["getBookingDate"]), (entry.valued_on, theirs["getValueDate"])):
            assert moment is None or str(ours) == moment["0"][:10]


@pytest.mark.parametrize("name", GENKGO)
def test_genkgo_finds_the_same_text_and_parties(name: str) -> None:
    (pieces,) = statements_of(name)
    for entry, theirs in zip(entries(pieces), golden(name)["getEntries"], strict=True):
        transactions = [theirs["getTransactionDetail"], *theirs["getTransactionDetails"]]
        for transaction in filter(lambda each: isinstance(each, dict), transactions):
            message = (transaction.get("getRemittanceInformation") or {}).get("getMessage") or ""
            assert message in f"{entry.structured_reference} {entry.remittance}"
        assert entry.counterparty is None or entry.counterparty in names_in(transactions)


def names_in(said: Any) -> set[str]:
    if isinstance(said, list):
        return set().union(*(names_in(each) for each in said))
    if not isinstance(said, dict):
        return set()
    own = {said["getName"]} if isinstance(said.get("getName"), str) else set()
    return own.union(*(names_in(each) for each in said.values()))


def peer(name: str) -> dict[str, Any]:
    said: dict[str, Any] = TRUTH[name]["peer"][0]
    return said


def test_oca_splits_the_batch_in_the_same_way() -> None:
    name = "3_camt/oca/test-camt053-txdtls"
    (pieces,), (said,) = statements_of(name), peer(name)["statements"]
    statement = head(pieces)
    assert (statement.account.identifier, statement.currency) == (peer(name)["account"], peer(name)["currency"])
    assert (statement.opening, foot(pieces).closing) == (as_minor(said["opening"]), as_minor(said["closing"]))
    assert [
        (entry.amount, entry.counterparty, entry.counterparty_account, entry.structured_reference)
        for entry in entries(pieces)
    ] == [(as_minor(each["amount"]), each["partner"], each["account"], each["ref"]) for each in said["transactions"]]


def as_minor(amount: float | str) -> int:
    return int(Decimal(str(amount)) * 100)


def test_oca_drops_a_statement_without_entries_and_we_keep_its_balances() -> None:
    name = "3_camt/oca/test-camt053-no-ntry"
    (pieces,) = statements_of(name)
    assert peer(name)["statements"] == []
    assert (head(pieces).opening, foot(pieces).closing, entries(pieces)) == (152076, 152076, [])


def test_hbci4java_and_trytond_read_the_same() -> None:
    hbci, tryton = "3_camt/hbci4java/test-camt-parse-05200108.xml", "3_camt/trytond/camt.053.001.02.xml"
    (pieces,), said = statements_of(hbci), peer(hbci)
    (entry,) = entries(pieces)
    assert (entry.amount, entry.counterparty) == (as_minor(said["amount"]), said["counterparty"])
    assert (head(pieces).opening, foot(pieces).closing) == (as_minor(said["opening"]), as_minor(said["closing"]))
    (pieces,), said = statements_of(tryton), peer(tryton)
    assert (head(pieces).opening, foot(pieces).closing) == (as_minor(said["opening"]), as_minor(said["closing"]))
    assert len(entries(pieces)) == said["transactions"]
