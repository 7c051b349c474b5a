"""Is an order unusual against what the customer ordered before? Pure.

Judged are its size, how many there are in seven days, and where it goes. With too few orders to compare with, nothing
is called unusual: a new customer is new, not suspicious. Every answer is a sentence with its bound and what the bound
was worked out from.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median_low

from core.money import decimal_text
from orders.priority import OrderRules

STRETCH = timedelta(days=7)
FEWEST_STRETCHES = 4
"""How many times seven days the history must reach back before a rhythm is seen in it."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier order of the customer in the same currency; `address` is "" where nobody said where it went."""

    received_at: datetime
    amount: int
    address: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The order that is looked at."""

    received_at: datetime
    amount: int
    currency: str
    address: str = ""


def reasons(order: Judged, before: Sequence[Before], home: str, rules: OrderRules) -> list[str]:
    """Why a person should ask the customer; none where the order is usual. `home` is the customer's own address."""
    found = (
        _by_amount(order, before, rules),
        _by_rhythm(order, before, rules),
        _by_address(order, before, home, rules) if rules.new_address else "",
    )
    return [each for each in found if each]


def usual_up_to(before: Sequence[int], enough: int, times: int) -> int | None:
    """The largest amount, minor units, that is still usual; None while there is too little to compare with.

    `times` the median, but never less than the largest order there ever was.
    """
    return max(times * median_low(before), max(before)) if len(before) >= enough else None


def usual_in_seven_days(at: datetime, before: Sequence[datetime], enough: int, times: int) -> int | None:
    """How many orders in seven days are still usual; None while there is too little to compare with.

    `times` the average, but never fewer than in the busiest seven days before these.
    """
    earlier = sorted(each for each in before if each <= at - STRETCH)
    if len(earlier) < enough or earlier[0] > at - (FEWEST_STRETCHES + 1) * STRETCH:
        return None
    average = len(earlier) * (STRETCH / (at - STRETCH - earlier[0]))
    busiest = max(place - bisect_right(earlier, each - STRETCH) for place, each in enumerate(earlier, start=1))
    return max(ceil(times * average), busiest)


def is_new_address(address: str, before: Sequence[str], home: str, enough: int) -> bool:
    """Whether an order goes where none went, although enough earlier ones say where they went. Case, punctuation and
    the order of the words do not count; what leaves out words of an address, or adds some, is another one."""
    known = [_words(each) for each in before if each]
    return bool(address) and len(known) >= enough and _words(address) not in (*known, _words(home))


def _words(address: str) -> tuple[str, ...]:
    return tuple(sorted(_WORD.findall(address.casefold())))


def _by_amount(order: Judged, before: Sequence[Before], rules: OrderRules) -> str:
    usual = usual_up_to([each.amount for each in before], rules.enough, rules.times_the_median)
    if usual is None or order.amount <= usual:
        return ""
    amount, most = decimal_text(order.amount, order.currency), decimal_text(usual, order.currency)
    return (
        f"{amount} {order.currency} is more than the {most} that is usual for this customer, by {len(before)} orders "
        "of the last year."
    )


def _by_rhythm(order: Judged, before: Sequence[Before], rules: OrderRules) -> str:
    times = [each.received_at for each in before]
    usual = usual_in_seven_days(order.received_at, times, rules.enough, rules.times_the_average)
    these = 1 + sum(order.received_at - STRETCH < each <= order.received_at for each in times)
    if usual is None or these <= usual:
        return ""
    return (
        f"{these} orders in seven days are more than the {usual} that are usual for this customer, by "
        f"{len(before)} orders of the last year."
    )


def _by_address(order: Judged, before: Sequence[Before], home: str, rules: OrderRules) -> str:
    addresses = [each.address for each in before if each.address]
    if not is_new_address(order.address, addresses, home, rules.enough):
        return ""
    return f"It goes to “{order.address}”, where none of the {len(addresses)} orders of the last year went."
