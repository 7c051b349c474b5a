"""How right the matching is on other people's examples: what is posted, and the first suggestion, against their truth.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_cash_corpus.py

Reads ../shared/corpus/6_ar/cash-application (invoices, payments, what payers wrote, and what each payment pays). The
payer's remittance lines become the text of the payment; amounts they state are not used.
"""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from payments.matching.answers import Certain, Receipt
from payments.matching.book import Book, Candidate, Tolerance
from payments.matching.ladder import match

CORPUS = Path(__file__).resolve().parents[2] / "shared/corpus/6_ar/cash-application"
SPACE = UUID(int=11)


def minor(amount: float) -> int:
    return round(amount * 100)


def book_of(invoices: list[dict[str, Any]]) -> Book:
    book = Book("USD", Tolerance(rounding=5, charges=500, basis_points=100, grace_days=2))
    for each in invoices:
        owner = uuid5(SPACE, each["customer_id"])
        book.names.add(owner, each["customer_name"])
        item_id, due_on = uuid5(SPACE, each["invoice_id"]), date.fromisoformat(each["due_date"])
        is_credit = each["amount"] < 0
        book.add(Candidate(item_id, owner, each["invoice_id"], due_on, 1, abs(minor(each["amount"])), is_credit))
    return book


def verdicts(path: Path) -> Counter[str]:
    data = json.loads(path.read_text("utf-8"))
    book = book_of(data["invoices"])
    truth: dict[str, dict[str, int]] = {}
    for each in data["ground_truth"]["applications"]:
        truth.setdefault(each["payment_id"], {})[each["invoice_id"]] = minor(each["applied_amount"])
    counts: Counter[str] = Counter()
    for payment in sorted(data["payments"], key=lambda each: each["payment_date"]):
        wrote = [
            each["invoice_ref"] for each in data["remittance_lines"] if each["payment_id"] == payment["payment_id"]
        ]
        text = " ".join([payment["reference_info"], *wrote])
        on = date.fromisoformat(payment["payment_date"])
        receipt = Receipt(minor(payment["amount"]), "USD", on, text, payer_name=payment["payer_name"])
        answer = match(receipt, book)
        meant = set(truth.get(payment["payment_id"], {}))
        if isinstance(answer, Certain):
            said = {book.items[each.item_id].number for each in answer.match.lines}
            counts["posted right" if said <= meant else "posted WRONG"] += 1
            if not said <= meant:
                print(path.name, payment, wrote, sorted(said), sorted(meant), answer.match.reasons, sep="\n    ")
            book.take(answer.match.lines)
        elif answer.matches:
            said = {book.items[each.item_id].number for each in answer.matches[0].lines}
            counts["first suggestion right" if said == meant else "first suggestion other"] += 1
        else:
            counts["nothing, rightly" if not meant else "nothing"] += 1
    return counts


if __name__ == "__main__":
    if not CORPUS.is_dir():
        print(f"{CORPUS} is not here; nothing was measured.")
        raise SystemExit
    for path in sorted(CORPUS.glob("*.json")):
        print(path.name, dict(verdicts(path)))
