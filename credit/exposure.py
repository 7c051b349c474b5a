"""How much of our money a customer holds, part by part. Pure.

exposure = open items + claimed interest and fees + confirmed orders not yet invoiced − unapplied cash − open credits.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exposure:
    """One customer in one currency, minor units; every part is zero or positive."""

    currency: str
    open: int = 0
    charges: int = 0
    orders: int = 0
    unapplied: int = 0
    credits: int = 0

    def __add__(self, other: "Exposure") -> "Exposure":
        """Part by part; both are of one currency."""
        return Exposure(
            self.currency, self.open + other.open, self.charges + other.charges, self.orders + other.orders,
            self.unapplied + other.unapplied, self.credits + other.credits,
        )  # fmt: skip

    @property
    def total(self) -> int:
        """May be negative: then we owe the customer."""
        return self.open + self.charges + self.orders - self.unapplied - self.credits

    def overrun(self, limit: int | None) -> int:
        """By how much it is above the limit; 0 within it, and 0 where no limit was set."""
        return max(0, self.total - limit) if limit is not None else 0
