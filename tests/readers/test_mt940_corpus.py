"""Every MT940 and MT942 file of the corpus, against what is known to be in it.

`truth.json` holds for each file what an independent reading found (`derived`) and what the origin's own tests expect
(`peer`). The corpus is not part of the project; without it beside the project these tests are skipped.
"""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.money import decimal_text
from payments.readers.model import Assumed, Entry, StatementFoot, StatementHead, Unreadable
from payments.readers.mt940 import MT940, MT942
from payments.readers.registry import HEAD_BYTES, READERS

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FOLDER = CORPUS / "2_mt940"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the corpus ../shared/corpus is not here")

_FRAGMENT = "one field for a unit test, not a statement"
REFUSED = {
    "wolph/cmxl__account_balance_credit.sta": _FRAGMENT,
    "wolph/cmxl__account_balance_debit.sta": _FRAGMENT,
    "wolph/cmxl__account_identification_iban.sta": _FRAGMENT,
    "wolph/cmxl__account_identification_legacy.sta": _FRAGMENT,
    "wolph/cmxl__available_balance.sta": _FRAGMENT,
    "wolph/cmxl__closing_balance.sta": _FRAGMENT,
    "wolph/cmxl__reference.sta": _FRAGMENT,
    "wolph/cmxl__statement_details.sta": "a line without a statement, so without currency and account",
    "wolph/cmxl__statement_line.sta": "a line without a statement, so without currency and account",
    "wolph/cmxl__statement_number.sta": _FRAGMENT,
    "wolph/self-provided__account_identification.sta": "two headers without balances",
    "wolph/self-provided__empty_non_swift.sta": _FRAGMENT,
    "wolph/self-provided__gv_codes.sta": "no closing balance: it looks exactly like a cut file",
}
PEER_DIFFERS = {
    ("jejik/generic.txt", "statements"): "the peer merges two statements with the same :20:; the file has two",
    ("jejik/knab.txt", "first_statement_transactions"): "the peer looks at the second statement",
    ("jejik/knab.txt", "first_amount"): "the peer looks at the second statement",
}
DIFFERING = {name: reason for (name, _), reason in PEER_DIFFERS.items()}
WARNED = {
    "jejik/abnamro.txt": ":62M:",
    "php-mt940/Knab-sample.sta": ":62M:",
    "wolph/jejik__abnamro.sta": ":62M:",
    "wolph/self-provided__mt942.sta": ":90D:",
    "wolph/self-provided__transaction_details_wrapped.sta": ":61:",
}


class Statement(NamedTuple):
    head: StatementHead
    entries: list[Entry]
    foot: StatementFoot


def files() -> list[str]:
    found = (path for path in FOLDER.glob("*/*") if path.suffix != ".yml")
    return sorted(path.relative_to(FOLDER).as_posix() for path in found)


READ = [name for name in files() if name not in REFUSED]


@cache
def known() -> dict[str, Any]:
    files: dict[str, Any] = json.loads((CORPUS / "truth.json").read_text("utf-8"))["files"]
    return files


def truth(name: str) -> dict[str, Any]:
    said: dict[str, Any] = known()[f"2_mt940/{name}"]
    return said


def statements(name: str) -> list[Statement]:
    found: list[Statement] = []
    with (FOLDER / name).open("rb") as source:
        for piece in MT940.read(source, Assumed()):
            if isinstance(piece, StatementHead):
                found.append(Statement(piece, [], StatementFoot()))
            elif isinstance(piece, Entry):
                found[-1].entries.append(piece)
            elif isinstance(piece, StatementFoot):
                found[-1] = found[-1]._replace(foot=piece)
    return found


def amount(entry: Entry) -> Decimal:
    return Decimal(decimal_text(entry.amount, entry.currency or ""))


def balance(minor: int | None, on: date | None, currency: str | None) -> tuple[str, str | None, Decimal]:
    assert minor is not None
    assert on is not None
    return f"{on:%Y%m%d}", currency, Decimal(decimal_text(minor, currency or ""))


@pytest.mark.parametrize("name", files())
def test_every_file_is_recognised_by_exactly_one_reader(name: str) -> None:
    with (FOLDER / name).open("rb") as source:
        head = source.read(HEAD_BYTES)
    expected = "mt942" if "mt942" in name else "mt940"
    assert [reader.name for reader in READERS if reader.recognises(head, name)] == [expected]
    assert MT942.recognises(head, name) == (expected == "mt942")


@pytest.mark.parametrize("name", REFUSED)
def test_fragments_and_a_file_without_end_are_refused(name: str) -> None:
    with pytest.raises(Unreadable):
        statements(name)


@pytest.mark.parametrize("name", READ)
def test_statements_entries_sums_accounts_and_balances_are_those_of_the_file(name: str) -> None:
    derived, found = truth(name)["derived"], statements(name)
    entries = [entry for each in found for entry in each.entries]
    assert len(found) == derived["tag20"]
    assert len(entries) == derived["tag61"]
    assert sum(map(amount, entries)) == Decimal(derived["sum_signed"])
    written = {account.replace(" ", "") for account in derived["accounts"]}
    read = {each.head.account for each in found}
    assert len(read) == len(written)
    assert all(any(account.identifier in text for text in written) for account in read)
    assert all((account.bank or "") in "".join(written) for account in read)


@pytest.mark.parametrize("name", [name for name in READ if "mt942" not in name])
def test_opening_and_closing_balances_are_those_of_the_file(name: str) -> None:
    booked = [
        each for each in truth(name)["derived"]["balances"] if each["tag"][0] == "6" and each["tag"] not in "6465"
    ]
    expected = [(each["date"], each["currency"], Decimal(each["amount"])) for each in booked]
    read = []
    for head, _, foot in statements(name):
        read.append(balance(head.opening, head.from_on, head.currency))
        read.append(balance(foot.closing, foot.closing_on, head.currency))
    assert read == expected


@pytest.mark.parametrize("name", READ)
def test_warnings_are_given_where_the_file_is_odd_and_nowhere_else(name: str) -> None:
    with (FOLDER / name).open("rb") as source:
        pieces = list(MT940.read(source, Assumed()))
    warnings = [piece.field for piece in pieces if not isinstance(piece, StatementHead | Entry | StatementFoot)]
    assert warnings == ([WARNED[name]] if name in WARNED else [])


def peers() -> list[tuple[str, int]]:
    return [(name, number) for name in READ for number, _ in enumerate(truth(name).get("peer", []))]


@pytest.mark.parametrize(("name", "number"), peers() if FOLDER.is_dir() else [])
def test_lines_are_those_the_origin_expects(name: str, number: int) -> None:
    lines = truth(name)["peer"][number].get("lines", [])
    entries = [entry for each in statements(name) for entry in each.entries]
    if not lines:
        return
    assert [amount(entry) for entry in entries] == [Decimal(line["amount"]) for line in lines]
    assert [entry.currency for entry in entries] == [line["currency"] for line in lines]
    assert [str(entry.valued_on) for entry in entries] == [line["date"] for line in lines]
    booked = [line["entry_date"] or line["date"] for line in lines]
    assert [str(entry.booked_on) for entry in entries] == booked


@pytest.mark.parametrize(("name", "number"), peers() if FOLDER.is_dir() else [])
def test_counts_and_balances_are_those_the_origin_expects(name: str, number: int) -> None:
    peer, found = truth(name)["peer"][number], statements(name)
    read: dict[str, object] = {
        "statements": len(found),
        "transactions": sum(len(each.entries) for each in found),
        "first_statement_transactions": len(found[0].entries),
        "first_amount": amount(found[0].entries[0]),
        "first_amount_abs": abs(amount(found[0].entries[0])),
        "value_date": str(found[0].entries[0].valued_on),
    }
    if found[0].head.opening is not None:
        read |= _balances(found)
    for key, expected in peer.items():
        if key in ("source", "note", "lines", "balances") or expected is None or (name, key) in PEER_DIFFERS:
            continue
        assert read[key] == (Decimal(expected) if isinstance(read[key], Decimal) else expected), key


def _balances(found: list[Statement]) -> dict[str, object]:
    opened = [balance(each.head.opening, each.head.from_on, each.head.currency)[2] for each in found]
    closed = [balance(each.foot.closing, each.foot.closing_on, each.head.currency)[2] for each in found]
    deltas = [opening - closing for opening, closing in zip(opened, closed, strict=True)]
    return {
        "opening": opened[0],
        "closing": closed[0],
        "st2_opening": opened[1] if len(opened) > 1 else None,
        "st2_closing": closed[1] if len(closed) > 1 else None,
        "delta": deltas[0],
        "delta_first": deltas[0],
        "delta_last": deltas[-1],
    }
