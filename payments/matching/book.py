"""What could be paid, as matching sees it: the open items of one company in one currency, and who pays from where.

Pure: a book answers look-ups by number, reference, customer, account, name and amount, each in one step. It may hold
everything, or only what certain receipts name: then it says what must be read further (`NotRead`). Settled items stay
in it with nothing open, so that their numbers are known.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple
from uuid import UUID

from payments.matching.payer_names import Names
from payments.matching.spelling import Series, Strength, is_telling, spellings
from receivables.number_keys import reference_key, significant

Kind = Literal["payment", "discount", "fee", "write_off", "credit"]
"""How an amount of an open item is settled."""


class Candidate(NamedTuple):
    """An open item: an invoice, one instalment of it, or a credit note. Amounts are positive, in minor units.

    `discount` may be kept back by payments valued up to `discount_until`. On a contested item no difference is
    forgiven without a person.
    """

    item_id: UUID
    customer_id: UUID
    number: str
    due_on: date
    instalment: int
    open: int
    is_credit: bool = False
    discount: int = 0
    discount_until: date | None = None
    is_contested: bool = False

    @property
    def order(self) -> tuple[date, str, int]:
        """Items are paid in this order where the payer says nothing: oldest due first."""
        return self.due_on, self.number, self.instalment


class Line(NamedTuple):
    """So much of an open item is settled this way. Only `payment` uses the receipt's money; `credit` uses the credit
    note `credit_id`."""

    item_id: UUID
    amount: int
    kind: Kind = "payment"
    credit_id: UUID | None = None


class KnownPayer(NamedTuple):
    """Who pays from an account. `seen` counts the confirmed payments that taught us; 0: the customer told us."""

    customer_id: UUID
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Which differences of a payment are accepted without a person; by default none. Minor units of one currency.

    Up to `rounding` is written off, up to `charges` becomes bank charges, neither ever above `basis_points` of what
    is open. A discount is accepted `grace_days` after its last day.
    """

    rounding: int = 0
    charges: int = 0
    basis_points: int = 500
    grace_days: int = 0


class NotRead(LookupError):
    """The book was not read far enough to answer: the account of a customer is missing, or the items of an amount."""

    def __init__(self, customer_id: UUID | None = None, amount: int | None = None) -> None:
        super().__init__(f"not read yet: {customer_id or amount}")
        self.customer_id, self.amount = customer_id, amount


@dataclass
class Book:
    """The items of one company and currency. `add` fills it; `take` keeps it true while a run posts.

    `groups` gives the head of the group of every customer that has a parent. `is_whole`: everything was added.
    Otherwise the numbers some receipts name were, and besides the accounts and amounts in `accounts_read` and
    `amounts_read`. `contested` are the items in dispute.
    """

    currency: str
    tolerance: Tolerance = field(default_factory=Tolerance)
    payers: Mapping[str, Sequence[KnownPayer]] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    groups: Mapping[UUID, UUID] = field(default_factory=dict)
    is_whole: bool = True
    prints_references: bool = False
    accounts_read: set[UUID] = field(default_factory=set)
    amounts_read: set[int] = field(default_factory=set)
    items: dict[UUID, Candidate] = field(default_factory=dict)
    spelled: dict[str, list[tuple[str, Strength]]] = field(default_factory=dict)
    referenced: dict[str, list[str]] = field(default_factory=dict)
    series: Series = field(default_factory=Series)
    contested: AbstractSet[UUID] = frozenset()
    _by_number: dict[str, list[UUID]] = field(default_factory=dict)
    _by_customer: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    _by_amount: dict[int, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    _accounts: dict[UUID, tuple[Candidate, ...]] = field(default_factory=dict)

    def add(self, candidate: Candidate, reference: str = "") -> None:
        """Enters an item, with the structured reference printed on its invoice. One it holds already stays as it is."""
        if candidate.item_id in self.items:
            return
        self.items[candidate.item_id] = candidate
        self._by_customer[candidate.customer_id].append(candidate.item_id)
        if candidate.open:
            self._by_amount[candidate.open].append(candidate.item_id)
        if candidate.number in self._by_number:
            self._by_number[candidate.number].append(candidate.item_id)
        else:
            self._by_number[candidate.number] = [candidate.item_id]
            self._enter_number(candidate.number, reference)

    def _enter_number(self, number: str, reference: str) -> None:
        for key, strength in spellings(number).items():
            self.spelled.setdefault(key, []).append((number, strength))
        self.series.know([number])
        self.prints_references = self.prints_references or bool(reference)
        key = reference_key(reference)
        if is_telling(key):
            self.referenced.setdefault(key, []).append(number)
            if key != significant(number):
                self.spelled.setdefault(key, []).append((number, Strength.PRINTED))

    @cached_property
    def heads(self) -> AbstractSet[UUID]:
        """The heads of groups."""
        return frozenset(self.groups.values())

    def group_of(self, customer_id: UUID) -> UUID:
        """The head of the customer's group; itself if it belongs to none."""
        return self.groups.get(customer_id, customer_id)

    def of_number(self, number: str) -> list[Candidate]:
        """The items of an invoice or credit note as they stand now, settled ones too."""
        return [self.items[item_id] for item_id in self._by_number.get(number, ())]

    def of_customer(self, customer_id: UUID) -> tuple[Candidate, ...]:
        """What is open of a customer now, credit notes too, in the order of payment."""
        if not self.is_whole and customer_id not in self.accounts_read:
            raise NotRead(customer_id=customer_id)
        known = self._accounts.get(customer_id)
        if known is None:
            current = (self.items[item_id] for item_id in self._by_customer.get(customer_id, ()))
            known = tuple(sorted((each for each in current if each.open), key=lambda each: each.order))
            self._accounts[customer_id] = known
        return known

    def of_amount(self, amount: int) -> list[Candidate]:
        """The invoice items of which exactly this much is open."""
        if not self.is_whole and amount not in self.amounts_read:
            raise NotRead(amount=amount)
        current = (self.items[item_id] for item_id in self._by_amount.get(amount, ()))
        return [each for each in current if each.open == amount and not each.is_credit]

    def take(self, lines: Iterable[Line]) -> None:
        """Lowers what is open by what was posted, so that the next receipt sees what is left."""
        for line in lines:
            for item_id in (line.item_id, line.credit_id):
                if item_id is None:
                    continue
                before = self.items[item_id]
                after = before._replace(open=before.open - line.amount, discount=0)
                self.items[item_id] = after
                self._by_amount[after.open].append(item_id)
                self._accounts.pop(after.customer_id, None)
