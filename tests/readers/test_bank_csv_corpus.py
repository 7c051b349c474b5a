"""Every bank CSV and workbook of the corpus: read, refused for a reason, or held with a question.

`truth.json` holds what the origin of some of them expects. The corpus is not part of the project; without it beside
the project these tests are skipped.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from payments.readers.bank_profile import BankProfile, profile_of
from payments.readers.model import Assumed, Entry, Piece, StatementFoot, StatementHead, Unanswered, Unreadable
from payments.readers.registry import HEAD_BYTES, READERS, reader_for

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FOLDER = CORPUS / "4_national" / "bankcsv"

REFUSED = {
    name: "row 71 is “A null transaction, just to confuse things” with three columns of seven"
    for name in (
        "bank2ynab/test_raiffeisen_01.csv",
        "bank2ynab/test_raiffeisen_02.csv",
        "bank2ynab/test_regex_123456_87654321_1234_21_12.csv",
    )
}
ASKED = {
    "bank2ynab/20180226_12345678.csv": "its one date, 10/02/2018, could be two",
    "bank2ynab/statement_1.csv": "no header and no bank we know",
    "bank2ynab/test_delimiter_tab.csv": "no header and no bank we know",
    "bank2ynab/test_row_format_default.csv": "no header and no bank we know",
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the corpus ../shared/corpus is not here")


def names() -> list[str]:
    found = (path for path in FOLDER.glob("*/*") if path.suffix.lower() in (".csv", ".xlsx"))
    return sorted(path.relative_to(FOLDER).as_posix() for path in found)


def read(name: str, *profiles: BankProfile) -> list[Piece]:
    with (FOLDER / name).open("rb") as source:
        reader = reader_for(source.read(HEAD_BYTES), name)
        return list(reader.read(source, Assumed(profiles=profiles)))


def entries(pieces: list[Piece]) -> list[Entry]:
    return [piece for piece in pieces if isinstance(piece, Entry)]


def peers(name: str) -> list[dict[str, Any]]:
    files = json.loads((CORPUS / "truth.json").read_text("utf-8"))["files"]
    return list(files.get(f"4_national/bankcsv/{name}", {}).get("peer", []))


@pytest.mark.parametrize("name", names())
def test_exactly_one_reader_recognises_it(name: str) -> None:
    head = (FOLDER / name).read_bytes()[:HEAD_BYTES]
    expected = "xlsx" if name.endswith("xlsx") else "csv"
    assert [reader.name for reader in READERS if reader.recognises(head, name)] == [expected]


@pytest.mark.parametrize("name", [name for name in names() if name not in REFUSED and name not in ASKED])
def test_it_is_read_as_its_origin_expects(name: str) -> None:
    pieces = read(name)
    assert entries(pieces)
    for peer in peers(name):
        assert len(entries(pieces)) == peer["lines"]
        if "opening" in peer:
            (head,) = (piece for piece in pieces if isinstance(piece, StatementHead))
            (foot,) = (piece for piece in pieces if isinstance(piece, StatementFoot))
            assert (head.opening, foot.closing) == (
                int(float(peer["opening"]) * 100), int(float(peer["closing"]) * 100)
            )  # fmt: skip


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_it_is_refused_naming_the_row(name: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(name)
    assert refused.value.problems[0].where == "line 71"


@pytest.mark.parametrize("name", sorted(ASKED))
def test_it_is_held_with_a_question(name: str) -> None:
    with pytest.raises(Unanswered):
        read(name)


def test_balances_made_anonymous_do_not_tie_and_name_the_first_row_that_breaks() -> None:
    pieces = read("bank2ynab/test_BOI_TransactionExport.csv")
    (warning,) = (piece for piece in pieces if not isinstance(piece, Entry | StatementHead | StatementFoot))
    assert (warning.where, warning.field) == ("line 5", "balance")


@pytest.mark.parametrize(
    ("name", "width", "columns", "more", "count"),
    [
        (
            "bank2ynab/test_delimiter_tab.csv", 5,
            {"booked_on": ["1"], "remittance": ["2"], "valued_on": ["3"], "incoming": ["4"], "outgoing": ["5"]},
            {"delimiter": "\t", "footers": ["A null transaction"]}, 73,
        ),
        (
            "bank2ynab/test_row_format_default.csv", 5,
            {"booked_on": ["1"], "remittance": ["2"], "valued_on": ["3"], "incoming": ["4"], "outgoing": ["5"]},
            {"delimiter": ";", "footers": ["A null transaction"]}, 73,
        ),
        (
            "bank2ynab/statement_1.csv", 7,
            {"booked_on": ["1"], "remittance": ["2"], "outgoing": ["7"]},
            {"decimal_sign": ".", "currency": "GBP"}, 1,
        ),
    ],
)  # fmt: skip
def test_one_mapping_by_a_person_reads_the_unknown_ones(
    name: str, width: int, columns: dict[str, list[str]], more: dict[str, Any], count: int
) -> None:
    document = {"name": "mapped", "title": "", "width": width, "columns": columns, "date_order": "dmy"}
    profile = profile_of({**document, "decimal_sign": ",", **more})
    assert len(entries(read(name, profile))) == count
