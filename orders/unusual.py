"""Is an order unusual against what the customer ordered before? Pure.

Only the size is judged. With fewer than `ENOUGH` orders to compare with, nothing is called unusual.
"""

from collections.abc import Sequence
from statistics import median_low

ENOUGH = 5
TIMES_THE_MEDIAN = 4


def usual_up_to(before: Sequence[int]) -> int | None:
    """The largest amount, minor units, that is still usual; None while there is too little to compare with.

    Four times the median, but never less than the largest order there ever was.
    """
    if len(before) < ENOUGH:
        return None
    return max(TIMES_THE_MEDIAN * median_low(before), max(before))
