"""What a payer's remittance advice says an amount pays: explicit instruction, which goes before every guess. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from payments.matching.answers import Match
from payments.matching.book import Candidate, Line, Tolerance

CONFIDENCE = 98


class Advised(NamedTuple):
    """A line of an advice: so much (minor units) of a document; negative for a credit note taken off."""

    number: str
    amount: int
    discount: int = 0


def lay_out(
    number: str, advised: Sequence[Advised], items: Mapping[str, Sequence[Candidate]], on: date, tolerance: Tolerance
) -> Match | None:
    """The advice `number` laid on the open items (by document number, in order of payment); None when a document is
    not known or has not that much open, or when a credit note has no invoice of its customer to be taken off."""
    left = {item.item_id: item.open for of_number in items.values() for item in of_number}
    credits = [(item, -line.amount) for line in advised if line.amount < 0 for item in items.get(line.number, ())]
    if len(credits) != sum(line.amount < 0 for line in advised):
        return None
    if any(not credit.is_credit or credit.open < used for credit, used in credits):
        return None
    lines: list[Line] = []
    for line in advised:
        if line.amount > 0 and not _pay(line, items.get(line.number, ()), credits, left, lines, on, tolerance):
            return None
    if not lines or any(used for _, used in credits):
        return None
    owner = next(item.customer_id for of_number in items.values() for item in of_number if not item.is_credit)
    named = ", ".join(line.number for line in advised[:4]) + (" …" if len(advised) > 4 else "")
    reasons = (f"✓ remittance advice {number}", "✓ amount, as advised", f"✓ numbers {named}")
    return Match(owner, tuple(lines), 0, CONFIDENCE, reasons)


def _pay(
    line: Advised, items: Sequence[Candidate], credits: list[tuple[Candidate, int]], left: dict[UUID, int],
    lines: list[Line], on: date, tolerance: Tolerance,
) -> bool:  # fmt: skip
    """Lays one line on its document's items: credit notes of the customer, then money; False if it does not fit."""
    wanted = line.amount
    for item in items:
        if item.is_credit:
            return False
        if line.discount and _may_discount(item, line.discount, on, tolerance):
            lines.append(Line(item.item_id, line.discount, "discount"))
            left[item.item_id] -= line.discount
        for place, (credit, available) in enumerate(credits):
            used = min(available, wanted, left[item.item_id]) if credit.customer_id == item.customer_id else 0
            if used:
                lines.append(Line(item.item_id, used, "credit", credit.item_id))
                credits[place] = (credit, available - used)
                left[item.item_id] -= used
                wanted -= used
        paid = min(wanted, left[item.item_id])
        if paid:
            lines.append(Line(item.item_id, paid))
            left[item.item_id] -= paid
            wanted -= paid
    return wanted == 0


def _may_discount(item: Candidate, discount: int, on: date, tolerance: Tolerance) -> bool:
    """The advised discount is the agreed one, to a minor unit, and in time."""
    if item.discount_until is None or item.is_contested or abs(item.discount - discount) > 1:
        return False
    return on <= item.discount_until + timedelta(days=tolerance.grace_days)
