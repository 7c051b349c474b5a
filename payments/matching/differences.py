"""What becomes of the difference between what is open and what came: discount, charges, rounding, or nothing. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from itertools import combinations
from uuid import UUID

from core.money import exponent_of, rounded
from payments.matching.book import Candidate, Kind, Line, Tolerance

MOST_DISCOUNTED = 8
"""Among more invoices than this, a discount is looked for on all of them or on one."""


class Fit(Enum):
    """How an amount agrees with the items it is held against."""

    EXACT = "exact"
    DISCOUNTED = "less discount"
    FORGIVEN = "within tolerance"
    SHORT = "short"
    OVER = "over"

    @property
    def settles(self) -> bool:
        """Nothing stays open of the items and nothing is left over."""
        return self not in (Fit.SHORT, Fit.OVER)


@dataclass(frozen=True, slots=True)
class Settlement:
    """An amount laid on items. `difference` is what was forgiven, is missing (SHORT) or is left over (OVER), in minor
    units; `late_discount` says that what is missing is a discount whose last day is past."""

    fit: Fit
    lines: tuple[Line, ...]
    difference: int = 0
    kind: Kind = "payment"
    late_discount: bool = False

    @property
    def rest(self) -> int:
        """What stays unapplied."""
        return self.difference if self.fit is Fit.OVER else 0


def discount_of(gross: int, basis_points: int, currency: str) -> int:
    """The early-payment discount on an item, in minor units, rounded once, half away from zero."""
    return rounded(Decimal(gross).scaleb(-exponent_of(currency)) * basis_points / 10_000, currency)


def settle(
    amount: int, invoices: Sequence[Candidate], credits: Sequence[Candidate], on: date, tolerance: Tolerance
) -> Settlement:
    """Lays an amount valued `on` that day, and credit notes, on invoices in the order given.

    The credit notes are of customers whose invoices exceed them. A discount is taken only as a perfect match inside
    its days. What is short beyond the tolerance stays open.
    """
    total = sum([each.open for each in invoices])
    gap = total - sum([each.open for each in credits]) - amount
    if gap == 0:
        return Settlement(Fit.EXACT, _lines(amount, invoices, credits, {}, "payment"))
    if gap < 0:
        return Settlement(Fit.OVER, _lines(amount, invoices, credits, {}, "payment"), -gap)
    discounts = _discounts(gap, [each for each in invoices if _may_discount(each, on, tolerance)])
    if discounts:
        return Settlement(Fit.DISCOUNTED, _lines(amount, invoices, credits, discounts, "discount"), gap, "discount")
    is_late = bool(_discounts(gap, [each for each in invoices if each.discount]))
    kind = None if is_late else _forgiven_as(gap, total, invoices, tolerance)
    if kind:
        largest = max(invoices, key=lambda each: each.open)
        lines = _lines(amount, invoices, credits, {largest.item_id: gap}, kind)
        return Settlement(Fit.FORGIVEN, lines, gap, kind)
    return Settlement(Fit.SHORT, _lines(amount, invoices, credits, {}, "payment"), gap, late_discount=is_late)


def _may_discount(item: Candidate, on: date, tolerance: Tolerance) -> bool:
    if not item.discount or item.discount_until is None or item.is_contested:
        return False
    return on <= item.discount_until + timedelta(days=tolerance.grace_days)


def _discounts(gap: int, items: Sequence[Candidate]) -> Mapping[UUID, int]:
    """Which items' discounts make up the gap; empty when none do, or more than one choice does.

    Payers round in their own way: a minor unit an item may be amiss, and goes to the last discount.
    """
    if not items:
        return {}
    if abs(sum(item.discount for item in items) - gap) <= len(items):
        return _shared(gap, items)
    found = [chosen for chosen in _choices(items) if sum(item.discount for item in chosen) == gap]
    return _shared(gap, found[0]) if len(found) == 1 else {}


def _choices(items: Sequence[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    sizes = range(1, len(items)) if len(items) <= MOST_DISCOUNTED else (1,)
    for size in sizes:
        yield from combinations(items, size)


def _shared(gap: int, items: Sequence[Candidate]) -> Mapping[UUID, int]:
    shares = {item.item_id: item.discount for item in items}
    shares[items[-1].item_id] += gap - sum(shares.values())
    return shares


def _forgiven_as(gap: int, total: int, invoices: Sequence[Candidate], tolerance: Tolerance) -> Kind | None:
    if any(each.is_contested for each in invoices) or gap * 10_000 > total * tolerance.basis_points:
        return None
    if gap >= max(each.open for each in invoices):
        return None
    if gap <= tolerance.rounding:
        return "write_off"
    return "fee" if gap <= tolerance.charges else None


def _lines(
    money: int, invoices: Sequence[Candidate], credits: Sequence[Candidate], forgone: Mapping[UUID, int], kind: Kind
) -> tuple[Line, ...]:
    """Fills each invoice in turn: what is forgone, then its customer's credit notes, then money, until all is used."""
    lines: list[Line] = []
    left = {credit.item_id: credit.open for credit in credits}
    for item in invoices:
        wanted = item.open
        if item.item_id in forgone:
            lines.append(Line(item.item_id, forgone[item.item_id], kind))
            wanted -= forgone[item.item_id]
        for credit in credits:
            used = min(left[credit.item_id], wanted) if credit.customer_id == item.customer_id else 0
            if used:
                lines.append(Line(item.item_id, used, "credit", credit.item_id))
                left[credit.item_id] -= used
                wanted -= used
        paid = min(money, wanted)
        if paid:
            lines.append(Line(item.item_id, paid))
            money -= paid
    return tuple(lines)
