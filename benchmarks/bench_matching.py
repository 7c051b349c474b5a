"""How right the matching is: lifelike receipts and traps against their truth, situation by situation.

PYTHONPATH=. .venv/bin/python benchmarks/bench_matching.py [receipts] [first seed] [WRONG first top3 low missed …]
"""

import sys
import time
from collections import Counter

from benchmarks.cash_cases import CashCase, is_right
from benchmarks.cash_situations import house_of, in_order_of_arrival
from payments.matching.answers import Answer, Certain
from payments.matching.book import Book
from payments.matching.ladder import match

A_HOUSE = 2_500
SHOWN = 20
"""How many receipts of the verdicts named on the command line are printed."""


def verdict(case: CashCase, answer: Answer, book: Book) -> str:
    """right, WRONG (posted); first, top3, low (suggested); nothing (rightly without an answer), missed."""
    if isinstance(answer, Certain):
        return "right" if is_right(answer.match, case.truth, book) else "WRONG"
    if case.truth.customer is None:
        return "nothing"
    ranks = [rank for rank, found in enumerate(answer.matches) if is_right(found, case.truth, book)]
    if not ranks:
        return "missed"
    return "first" if ranks[0] == 0 else "top3" if ranks[0] < 3 else "low"


def main(receipts: int, first_seed: int) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    clear = posted_clear = shown = 0
    seconds = 0.0
    for seed in range(first_seed, first_seed + max(1, receipts // A_HOUSE)):
        house = house_of(seed, min(A_HOUSE, receipts))
        book = house.book()
        for case in in_order_of_arrival(house):
            began = time.process_time()
            answer = match(case.receipt, book)
            seconds += time.process_time() - began
            said = verdict(case, answer, book)
            counts[case.situation, said] += 1
            clear += case.truth.is_clear
            posted_clear += case.truth.is_clear and said == "right"
            if said in sys.argv and shown < SHOWN:
                shown += 1
                print(said, case.situation, case.receipt, case.truth, answer, sep="\n    ")
            if isinstance(answer, Certain):
                book.take(answer.match.lines)
    report(counts, clear, posted_clear, seconds)


def report(counts: Counter[tuple[str, str]], clear: int, posted_clear: int, seconds: float) -> None:
    kinds = ("right", "WRONG", "first", "top3", "low", "missed", "nothing")
    print(f"{'situation':48}" + "".join(f"{kind:>9}" for kind in kinds))
    for situation in sorted({situation for situation, _ in counts}):
        print(f"{situation:48}" + "".join(f"{counts[situation, kind] or '.':>9}" for kind in kinds))
    sums = {kind: sum(n for (_, said), n in counts.items() if said == kind) for kind in kinds}
    print(f"{'all':48}" + "".join(f"{sums[kind]:>9}" for kind in kinds))
    rest = sums["first"] + sums["top3"] + sums["low"] + sums["missed"]
    total = sum(sums.values())
    print(f"posted wrong: {sums['WRONG']} of {total}")
    print(f"posted of what a clerk could post: {posted_clear} of {clear} = {posted_clear / clear:.1%}")
    print(f"right answer first in the rest: {sums['first']} of {rest} = {sums['first'] / max(rest, 1):.1%}")
    print(f"matching alone: {seconds:.1f} CPU-s, {total / seconds:,.0f} receipts a CPU-second")


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:] if each.isdecimal()]
    main(*(numbers + [100_000, 1][len(numbers) :]))
