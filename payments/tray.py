"""The allocation tray: what the lines a person has typed so far would do, before anything is posted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from core.errors import NotFound, Refused
from core.money import NotAnAmount, parse_minor
from payments import store
from payments.abroad import MOST_DIFFERENCE, Exchange
from payments.lines_by_hand import NamedLine, Remainder
from payments.service import left_of
from payments.tables import BankEntry
from receivables import store as receivables


@dataclass(frozen=True, slots=True)
class Weighed:
    """One line of the tray: what would be open on its invoice after it, or why it cannot be. Minor units."""

    number: str
    minor: int = 0
    open_after: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Tray:
    """All lines weighed, in `currency`: the entry's, or the invoices' at an exchange rate. `remaining` is what the
    entry has left after them, negative when they take too much; `short` what is left of the invoices they name. At an
    exchange, the money comes to `converted`, and `difference` is the company's gain (a loss is negative)."""

    lines: tuple[Weighed, ...]
    remaining: int
    short: int
    problems: tuple[str, ...] = ()
    currency: str = ""
    exchange: Exchange | None = None
    converted: int = 0
    difference: int = 0

    @property
    def may_post(self) -> bool:
        return not self.problems

    @property
    def unsettled(self) -> tuple[Weighed, ...]:
        """The last line of each invoice that is still open after it."""
        last = {line.number: line for line in self.lines if not line.problem}
        return tuple(line for line in last.values() if line.open_after)


@dataclass(slots=True)
class _Scales:
    session: Session
    entry: BankEntry
    company_id: UUID
    currency: str
    left: dict[str, int] = field(default_factory=dict)

    def weigh(self, line: NamedLine) -> Weighed:
        try:
            minor = parse_minor(line.amount, self.currency)
            open_before = self._open(line.invoice_number)
        except (NotAnAmount, NotFound, Refused) as error:
            return Weighed(line.invoice_number, problem=str(error))
        if minor <= 0:
            return Weighed(line.invoice_number, problem="What is placed is more than nothing.")
        if minor > open_before:
            return Weighed(line.invoice_number, minor, problem=f"More than is open on {line.invoice_number}.")
        self.left[line.invoice_number] = open_before - minor
        return Weighed(line.invoice_number, minor, open_before - minor)

    def _open(self, number: str) -> int:
        """What the lines before left open of an invoice."""
        if number not in self.left:
            invoice = receivables.invoice_by_number(self.session, number, self.company_id)
            if invoice.type != "invoice":
                raise Refused(f"{number} is no invoice.")
            if invoice.currency != self.currency:
                raise Refused(f"{number} is in {invoice.currency}: say at what rate under “Another currency”.")
            self.left[number] = sum(item.open for item in receivables.items_of_invoice(self.session, invoice.id))
        return self.left[number]


def weigh(
    session: Session, entry: BankEntry, lines: Sequence[NamedLine], remainder: Remainder, has_keeper: bool = False,
    exchange: Exchange | None = None,
) -> Tray:  # fmt: skip
    """Says what `lines_by_hand.place_lines` would do with these lines, and everything it would refuse."""
    currency = exchange.currency_for(entry) if exchange else entry.currency
    scales = _Scales(session, entry, store.company_of(session, entry.bank_account_id), currency)
    weighed = tuple(scales.weigh(line) for line in lines)
    paid = sum(each.minor for each, line in zip(weighed, lines, strict=True) if line.kind == "payment")
    brought = exchange.converted(entry) if exchange else left_of(entry)
    remaining, short, difference = brought - paid, sum(scales.left.values()), 0
    if exchange and exchange.settles and lines:
        remaining, difference = 0, brought - paid
    problems = [each.problem for each in weighed if each.problem]
    problems += _about_the_whole(entry, lines, remaining, remainder, has_keeper)
    if abs(difference) * MOST_DIFFERENCE > paid:
        problems.append("That is too far from the lines for an exchange difference; the rate or the lines are wrong.")
    return Tray(weighed, remaining, short, tuple(dict.fromkeys(problems)), currency, exchange, brought, difference)


def _about_the_whole(
    entry: BankEntry, lines: Sequence[NamedLine], remaining: int, remainder: Remainder, has_keeper: bool
) -> list[str]:
    if remaining < 0:
        return ["More is placed than the entry brought."]
    if remainder != "unapplied" and remaining:
        return ["What is left of the invoices can only be decided when the entry is used up."]
    if not lines and not has_keeper:
        return ["Name an invoice, or the customer the money is kept for."]
    return []
