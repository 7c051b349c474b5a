"""How right the matching is on the payments of a real book, day by day: two years, each paid on the day it was paid.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_cash_days.py

Reads ../shared/corpus/6_ar/ibm/ar_dev.csv: invoices with the day each was settled. What a customer settled on one day
is one payment, told in several ways; the book is as it stood that morning. Numbers there begin with zeros.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid5

from benchmarks.bench_cash_names import SPACE, TOLERANCE, Asked, account_of, verdict
from core.money import parse_minor
from payments.matching.answers import Receipt
from payments.matching.book import Book, Candidate, KnownPayer, Line

CORPUS = Path(__file__).resolve().parents[2] / "shared/corpus/6_ar/ibm/ar_dev.csv"


class Sold(NamedTuple):
    """An invoice of the book, when it was written and when it was paid."""

    candidate: Candidate
    customer: str
    issued_on: date
    settled_on: date


def day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a date has no zone


def rows() -> list[Sold]:
    found = []
    with CORPUS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            number, customer = row["invoiceNumber"], row["customerID"]
            candidate = Candidate(
                uuid5(SPACE, number), uuid5(SPACE, customer), number, day(row["DueDate"]), 1,
                parse_minor(row["InvoiceAmount"], "USD"), is_contested=row["Disputed"] == "Yes",
            )  # fmt: skip
            found.append(Sold(candidate, customer, day(row["InvoiceDate"]), day(row["SettledDate"])))
    return found


def told(paid: Sequence[Sold], on: date) -> Iterator[Asked]:
    """One payment in every way it may be told."""
    amount = sum(each.candidate.open for each in paid)
    meant = frozenset(each.candidate.item_id for each in paid)
    numbers = [each.candidate.number for each in paid]
    customer, many = paid[0].customer, "several" if len(paid) > 1 else "one"
    account = account_of(customer)
    short = " ".join(number.lstrip("0") for number in numbers)
    yield Asked(f"{many}: numbers and account", _money(amount, on, "INV " + " ".join(numbers), account), meant)
    yield Asked(f"{many}: numbers without zeros, a factor", _money(amount, on, f"INV {short}", "US0000"), meant)
    yield Asked(f"{many}: account and amount", _money(amount, on, "WIRE TRANSFER", account), meant)
    yield Asked(f"{many}: trap, a ticket", _money(amount, on, f"TICKET {numbers[0]}", "US0001"), frozenset())


def _money(amount: int, on: date, text: str, account: str) -> Receipt:
    return Receipt(amount, "USD", on, text, payer_account=account)


def main() -> None:
    sold = rows()
    owners = {each.customer for each in sold}
    book = Book("USD", TOLERANCE, {account_of(each): [KnownPayer(uuid5(SPACE, each))] for each in owners})
    by_payment: dict[tuple[date, str], list[Sold]] = defaultdict(list)
    for each in sold:
        by_payment[each.settled_on, each.customer].append(each)
    written = sorted(sold, key=lambda each: each.issued_on, reverse=True)
    counts: Counter[tuple[str, str]] = Counter()
    for (on, _), paid in sorted(by_payment.items()):
        while written and written[-1].issued_on <= on:
            book.add(written.pop().candidate)
        for asked in told(paid, on):
            counts[asked.situation, verdict(book, asked)] += 1
        book.take([Line(each.candidate.item_id, each.candidate.open) for each in paid])
    kinds = ("right", "WRONG", "first", "top3", "low", "missed", "nothing")
    print(f"{len(sold):,} invoices of {len(owners):,} customers, {len(by_payment):,} payments")
    print(f"{'situation':42}" + "".join(f"{kind:>9}" for kind in kinds))
    for situation in sorted({situation for situation, _ in counts}):
        print(f"{situation:42}" + "".join(f"{counts[situation, kind] or '.':>9}" for kind in kinds))


if __name__ == "__main__":
    if not CORPUS.is_file():
        print(f"{CORPUS} is not here; nothing was measured.")
        raise SystemExit
    main()
