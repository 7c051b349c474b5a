"""What the books should say, kept in plain dictionaries: the simple model the money machine compares with.

Amounts are minor units. Nothing here knows a table, a posting or a transaction.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

Account = tuple[str, str]
"""Customer and currency."""


@dataclass(eq=False)
class Item:
    """One amount due: an instalment of an invoice, or a credit note. `sent_as` is the customer its sender named."""

    number: str
    instalment: int
    customer: str
    currency: str
    kind: str
    gross: int
    open: int
    related: str = ""
    is_cancelled: bool = False
    sent_as: str = ""

    def __post_init__(self) -> None:
        self.sent_as = self.sent_as or self.customer

    @property
    def key(self) -> tuple[str, int]:
        return self.number, self.instalment


@dataclass(eq=False)
class Line:
    """A booked or pending line of a bank statement."""

    id: UUID
    currency: str
    amount: int
    is_pending: bool = False
    is_quarantined: bool = False
    state: str = "unmatched"
    returned: int = 0
    payments: list["Cash"] = field(default_factory=list)

    @property
    def placed(self) -> int:
        return sum(cash.amount for cash in self.payments) + self.returned

    @property
    def waits(self) -> int:
        """What of it no item has taken."""
        return self.amount - self.placed + sum(cash.unapplied for cash in self.payments)


@dataclass(eq=False)
class Cash:
    """Money of a line that belongs to a customer."""

    customer: str
    line: Line
    amount: int
    unapplied: int


@dataclass(eq=False)
class Taken:
    """So much was taken off an item, by cash, a credit note or a difference."""

    item: Item
    amount: int
    kind: str
    line: Line | None = None
    cash: Cash | None = None
    credit: Item | None = None
    id: UUID | None = None
    is_standing: bool = True

    @property
    def facts(self) -> tuple[object, ...]:
        """What the stored allocation must say."""
        return (*self.item.key, self.amount, self.kind, self.line and self.line.id, self.credit and self.credit.key)


@dataclass
class Placing:
    """What a clerk wants to do with a part of a line."""

    item: Item
    amount: int
    kind: str


class Book:
    """Every item, line and allocation, and what each deed does to them."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.lines: list[Line] = []
        self.taken: list[Taken] = []
        self.limits: dict[Account, int] = {}

    # ── deeds ───────────────────────────────────────────────────────────────────────────────────

    def issue(self, items: list[Item]) -> None:
        """Items arrive; credit notes that name an invoice settle it, whichever comes first."""
        self.items += items
        arrived = items[0]
        if arrived.kind == "credit_note":
            self._settle_linked(arrived)
            return
        self.settle_named(arrived.number)

    def settle_named(self, number: str) -> None:
        """Every credit note that names an invoice and has something left settles what is open on it."""
        for credit in sorted((each for each in self.items if each.related == number), key=lambda each: each.number):
            self._settle_linked(credit)

    def _settle_linked(self, credit: Item) -> None:
        for item in self.invoice(credit.related):
            if (item.customer, item.currency, item.kind) == (credit.customer, credit.currency, "invoice"):
                amount = min(credit.open, item.open)
                if amount:
                    self.net(credit, item, amount)

    def net(self, credit: Item, item: Item, amount: int) -> None:
        credit.open -= amount
        item.open -= amount
        self.taken.append(Taken(item, amount, "credit", credit=credit))

    def may_place(self, line: Line, placings: list[Placing], keeper: str | None) -> bool:
        wanted: dict[Item, int] = defaultdict(int)
        for placing in placings:
            wanted[placing.item] += placing.amount
        return (
            line.amount > 0
            and not line.is_pending
            and not line.is_quarantined
            and not line.payments
            and line.state == "unmatched"
            and bool(placings or keeper)
            and all(placing.item.currency == line.currency and placing.item.kind == "invoice" for placing in placings)
            and all(amount <= item.open for item, amount in wanted.items())
            and sum(placing.amount for placing in placings if placing.kind == "payment") <= line.amount - line.returned
        )

    def place(self, line: Line, placings: list[Placing], keeper: str | None) -> None:
        """Money goes to the customers paid; the rest to the keeper, or to the only customer there is."""
        shares: dict[str, int] = defaultdict(int)
        for placing in placings:
            if placing.kind == "payment":
                shares[placing.item.customer] += placing.amount
        owners = {placing.item.customer for placing in placings} | ({keeper} if keeper else set())
        rest = line.amount - line.returned - sum(shares.values())
        if rest and (keeper or len(owners) == 1):
            shares[keeper or next(iter(owners))] += rest
        line.payments = [Cash(owner, line, amount, amount) for owner, amount in shares.items()]
        for placing in placings:
            cash = self._cash(line, placing.item.customer) if placing.kind == "payment" else None
            self._take(Taken(placing.item, placing.amount, placing.kind, line, cash))

    def _cash(self, line: Line, customer: str) -> Cash:
        return next(cash for cash in line.payments if cash.customer == customer)

    def _take(self, taken: Taken) -> None:
        taken.item.open -= taken.amount
        if taken.cash:
            taken.cash.unapplied -= taken.amount
        self.taken.append(taken)

    def use(self, cash: Cash, item: Item, amount: int) -> None:
        self._take(Taken(item, amount, "payment", cash.line, cash))

    def adopt(self, line: Line, shares: dict[str, int], taken: list[Taken]) -> None:
        """What an automatic run did with a line, as it is found in the database."""
        line.payments = [Cash(owner, line, amount, amount) for owner, amount in shares.items()]
        for each in taken:
            if each.kind == "payment":
                each.cash = self._cash(line, each.item.customer)
            if each.credit:
                each.credit.open -= each.amount
            self._take(each)

    def undo(self, taken: Taken) -> None:
        taken.is_standing = False
        taken.item.open += taken.amount
        if taken.cash:
            taken.cash.unapplied += taken.amount
        if taken.credit:
            taken.credit.open += taken.amount

    def undo_line(self, line: Line, state: str) -> None:
        for taken in self.taken:
            if taken.line is line and taken.is_standing:
                self.undo(taken)
        line.payments = []
        line.state = state

    def paid_on(self, line: Line, number: str) -> list[Taken]:
        """What a line's money paid on an invoice, the last instalment first."""
        found = [each for each in self.taken if each.line is line and each.is_standing and each.item.number == number]
        return sorted((each for each in found if each.cash), key=lambda each: -each.item.instalment)

    def give_back(self, line: Line, number: str | None, amount: int) -> None:
        """The bank takes a part of a line back; what was forgiven of an invoice goes with the last of its money."""
        line.returned += amount
        if number is None:
            for cash in line.payments:
                part = min(amount, cash.unapplied)
                self._lower(cash, part)
                amount -= part
        else:
            money = self.paid_on(line, number)
            if amount == sum(each.amount for each in money):
                for each in self.taken:
                    if each.line is line and each.is_standing and each.item.number == number and not each.cash:
                        self.undo(each)
            for each in money:
                part = min(amount, each.amount)
                if part and each.cash:
                    self.undo(each)
                    if part < each.amount:
                        self._take(Taken(each.item, each.amount - part, "payment", line, each.cash))
                    self._lower(each.cash, part)
                    amount -= part
        line.payments = [cash for cash in line.payments if cash.amount]
        if not line.payments:
            line.state = "returned" if line.returned == line.amount else "unmatched"

    def _lower(self, cash: Cash, amount: int) -> None:
        cash.amount -= amount
        cash.unapplied -= amount

    def cancel(self, number: str) -> None:
        for item in self.invoice(number):
            item.open, item.is_cancelled = 0, True

    def catch_up(self, number: str, paid: int) -> None:
        """The sender says so much is paid in all; open amounts come down, never up."""
        missing = paid - sum(item.gross - item.open for item in self.invoice(number))
        for item in self.invoice(number):
            part = max(0, min(missing, item.open))
            item.open -= part
            missing -= part

    # ── questions ───────────────────────────────────────────────────────────────────────────────

    def invoice(self, number: str) -> list[Item]:
        return [item for item in self.items if item.number == number]

    @property
    def cash(self) -> list[Cash]:
        return [cash for line in self.lines for cash in line.payments]

    def unapplied(self) -> dict[Account, int]:
        found: dict[Account, int] = defaultdict(int)
        for cash in self.cash:
            found[cash.customer, cash.line.currency] += cash.unapplied
        return {account: amount for account, amount in found.items() if amount}

    def exposure(self, account: Account) -> int:
        mine = [item for item in self.items if (item.customer, item.currency) == account]
        owed = sum(item.open for item in mine if item.kind == "invoice")
        credit = sum(item.open for item in mine if item.kind == "credit_note")
        return owed - credit - self.unapplied().get(account, 0)
