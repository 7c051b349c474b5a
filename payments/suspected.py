"""Money on our accounts that has no place yet, and which open items it could be for.

A reminder of what may have been paid already costs more trust than one that comes a day later.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from payments.payers import learned
from payments.tables import BankAccount, BankEntry, Suggestion
from receivables.store import SURVIVING, chunks
from receivables.tables import Customer, CustomerAccount
from runtime.schema import AnyRow

UNPLACED = ("unmatched", "suggested", "part_applied")
"""States of an entry that may have money left which nobody placed."""

Party = tuple[UUID, UUID, str]
"""Customer, company, currency."""


@dataclass(slots=True)
class UnplacedMoney:
    """What receipts without a place could be for. `items` are those an answer of matching names; `parties` holds, for
    customers who are known or thought to have paid, the most that one of their receipts has left (minor units)."""

    items: set[UUID] = field(default_factory=set)
    parties: dict[Party, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.items or self.parties)

    def may_cover(self, item_id: UUID, party: Party, open_minor: int) -> bool:
        """Whether an item may be paid by one of them: it is named, or no larger than what its customer's one has left.

        A receipt that pays several items is at least as large as each, so each is covered.
        """
        return item_id in self.items or open_minor <= self.parties.get(party, 0)

    def add(self, party: Party, left: int) -> None:
        self.parties[party] = max(left, self.parties.get(party, 0))


def unplaced_money(session: Session, customer_ids: Collection[UUID] | None = None) -> UnplacedMoney:
    """Receipts booked or announced that wait for their place, of these customers or of all."""
    found = UnplacedMoney()
    for part in chunks(customer_ids) if customer_ids is not None else [None]:
        for row in _suggested(session, part and _with_family(session, part)):
            if row.lines:
                found.items.update(UUID(line["open_item_id"]) for line in row.lines)
            else:
                found.add((row.customer_id, row.company_id, row.currency), row.left)
        for row in _of_known_payers(session, part):
            found.add((row.customer_id, row.company_id, row.currency), row.left)
    return found


_WAITS = (BankEntry.state.in_(UNPLACED), BankEntry.amount > BankEntry.placed)
_LEFT = (BankEntry.amount - BankEntry.placed).label("left")


def _with_family(session: Session, customer_ids: Collection[UUID]) -> Collection[UUID]:
    """The customers, their parents, and whom those pay for: an answer names one customer for the items of several."""
    parents = session.scalars(select(Customer.parent_id).where(Customer.id.in_(customer_ids)))
    heads = {*customer_ids, *filter(None, parents)}
    return heads | set(session.scalars(select(Customer.id).where(Customer.parent_id.in_(heads))))


def _suggested(session: Session, customer_ids: Collection[UUID] | None) -> list[AnyRow]:
    query = (
        select(Suggestion.customer_id, BankAccount.company_id, BankEntry.currency, _LEFT, Suggestion.lines)
        .join(BankEntry, BankEntry.id == Suggestion.bank_entry_id)
        .join(BankAccount, BankAccount.id == BankEntry.bank_account_id)
        .where(*_WAITS, _of(Suggestion.customer_id, customer_ids))
    )
    return list(session.execute(query))


def _of_known_payers(session: Session, customer_ids: Collection[UUID] | None) -> list[AnyRow]:
    """(customer, company, currency, left): the largest receipt each from an account that is known to be theirs."""
    taught = learned().subquery()
    owners = union(
        select(Customer.iban.label("account"), SURVIVING.label("owner")).where(_of(SURVIVING, customer_ids)),
        select(CustomerAccount.iban, SURVIVING)
        .join(Customer, Customer.id == CustomerAccount.customer_id)
        .where(_of(SURVIVING, customer_ids)),
        select(taught.c.account, taught.c.customer_id).where(_of(taught.c.customer_id, customer_ids)),
    ).subquery()
    query = (
        select(
            owners.c.owner.label("customer_id"),
            BankAccount.company_id,
            BankEntry.currency,
            func.max(BankEntry.amount - BankEntry.placed).label("left"),
        )
        .join(BankEntry, BankEntry.counterparty_account == owners.c.account)
        .join(BankAccount, BankAccount.id == BankEntry.bank_account_id)
        .where(*_WAITS, BankEntry.counterparty_account != "")
        .group_by(owners.c.owner, BankAccount.company_id, BankEntry.currency)
    )
    return list(session.execute(query))


def _of(
    column: ColumnElement[UUID] | InstrumentedAttribute[UUID], customer_ids: Collection[UUID] | None
) -> ColumnElement[bool]:
    return true() if customer_ids is None else column.in_(customer_ids)
