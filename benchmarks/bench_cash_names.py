"""How right the matching is on a real book with the names people really write: posted, suggested, missed a situation.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_cash_names.py

Reads ../shared/corpus/6_ar/highradius/nulldata.csv: open invoices whose customers stand there under several spellings
(`WAL-MAR corp`, `WAL-MAR llc`). The book knows the commonest; receipts come under the others. Seeded.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid5

from core.money import parse_minor
from payments.matching.answers import Certain, Receipt
from payments.matching.book import Book, Candidate, KnownPayer, Tolerance
from payments.matching.ladder import match

CORPUS = Path(__file__).resolve().parents[2] / "shared/corpus/6_ar/highradius/nulldata.csv"
SPACE = UUID(int=23)
ON = date(2020, 5, 29)
TOLERANCE = Tolerance(rounding=5, charges=500, basis_points=100, grace_days=2)


class Asked(NamedTuple):
    """A receipt and what it means."""

    situation: str
    receipt: Receipt
    meant: frozenset[UUID]


def rows() -> list[dict[str, str]]:
    with CORPUS.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["business_code"] == "U001" and row["converted_usd"]]


def account_of(customer: str) -> str:
    return f"US{uuid5(SPACE, customer).int % 10**16:016d}"


def book_of(read: Sequence[Mapping[str, str]]) -> tuple[Book, dict[str, list[str]]]:
    """The book, and every customer's names, the commonest first."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in read:
        counted[row["cust_number"]][row["name_customer"].strip()] += 1
    names = {customer: [name for name, _ in found.most_common()] for customer, found in counted.items()}
    payers = {account_of(each): [KnownPayer(uuid5(SPACE, each))] for each in names}
    book = Book("USD", TOLERANCE, payers)
    for customer, known in names.items():
        book.names.add(uuid5(SPACE, customer), known[0])
    for row in read:
        owner, number = uuid5(SPACE, row["cust_number"]), str(int(float(row["doc_id"])))
        due_on = datetime.strptime(row["due_in_date"], "%d-%m-%Y").date()  # noqa: DTZ007 - a date has no zone
        book.add(Candidate(uuid5(SPACE, number), owner, number, due_on, 1, parse_minor(row["converted_usd"], "USD")))
    return book, names


def asked(read: Sequence[Mapping[str, str]], names: Mapping[str, Sequence[str]], rng: Random) -> Iterator[Asked]:
    for row in read:
        customer, number = row["cust_number"], str(int(float(row["doc_id"])))
        amount, meant = parse_minor(row["converted_usd"], "USD"), frozenset([uuid5(SPACE, number)])
        common, other = names[customer][0], rng.choice(names[customer])
        account, stranger = account_of(customer), f"US{rng.randrange(10**16):016d}"
        yield Asked("number, other spelling", Receipt(amount, "USD", ON, f"INV {number}", payer_name=other), meant)
        yield Asked("number, short of ten", Receipt(amount, "USD", ON, f"PMT {number[2:]}", payer_name=other), meant)
        yield Asked(
            "number, factor pays", Receipt(amount, "USD", ON, number, "", "", stranger, "NORTHERN FACTORS"), meant
        )
        yield Asked("amount and account", Receipt(amount, "USD", ON, "WIRE", "", "", account, other), meant)
        yield Asked("amount and known name", Receipt(amount, "USD", ON, "WIRE", payer_name=common), meant)
        yield Asked("amount and other spelling", Receipt(amount, "USD", ON, "WIRE", payer_name=other), meant)
        yield Asked(
            "trap: telephone", Receipt(amount, "USD", ON, f"CALL TEL {number}", payer_name="SOMEBODY"), frozenset()
        )
        yield Asked(
            "trap: inside a number", Receipt(amount, "USD", ON, f"REF 7{number}", payer_name="SOMEBODY"), frozenset()
        )


def verdict(book: Book, each: Asked) -> str:
    """right, WRONG (posted); first, top3, low (suggested); missed; nothing (rightly without an answer)."""
    answer = match(each.receipt, book)
    if isinstance(answer, Certain):
        return "right" if {line.item_id for line in answer.match.lines} == each.meant else "WRONG"
    if not each.meant:
        return "nothing"
    ranks = [n for n, found in enumerate(answer.matches) if {line.item_id for line in found.lines} == each.meant]
    if not ranks:
        return "missed"
    return "first" if ranks[0] == 0 else "top3" if ranks[0] < 3 else "low"


def main() -> None:
    read = rows()
    book, names = book_of(read)
    counts: Counter[tuple[str, str]] = Counter()
    for each in asked(read, names, Random("names")):
        counts[each.situation, verdict(book, each)] += 1
    kinds = ("right", "WRONG", "first", "top3", "low", "missed", "nothing")
    print(f"{len(read):,} invoices of {len(names):,} customers")
    print(f"{'situation':28}" + "".join(f"{kind:>9}" for kind in kinds))
    for situation in dict.fromkeys(situation for situation, _ in counts):
        print(f"{situation:28}" + "".join(f"{counts[situation, kind] or '.':>9}" for kind in kinds))


if __name__ == "__main__":
    if not CORPUS.is_file():
        print(f"{CORPUS} is not here; nothing was measured.")
        raise SystemExit
    main()
