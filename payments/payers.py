"""Who pays from which account: learned from what people place, forgotten when that is taken back or they say so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from payments.tables import BankEntry, LearnedPayer
from receivables import store as receivables
from receivables.tables import Customer
from runtime.ids import new_id
from runtime.work import Right, Work


@dataclass(frozen=True, slots=True)
class Learned:
    """An account a customer paid from, how often a person confirmed it, and when last."""

    account: str
    customer: Customer
    seen: int
    last_on: date


def learn(work: Work, entry: BankEntry, owners: Collection[UUID]) -> None:
    """Remembers that an entry a person placed was paid by these customers from its account; without one, nothing."""
    account = plain(entry.counterparty_account)
    if not account:
        return
    work.session.add_all(
        LearnedPayer(
            id=new_id(),
            account=account,
            customer_id=owner,
            bank_entry_id=entry.id,
            actor=str(work.actor),
            on=work.today,
        )
        for owner in sorted(owners)
    )  # fmt: skip


def unlearn(session: Session, entry_id: UUID) -> None:
    """Forgets what an entry taught, because it was taken back."""
    session.execute(delete(LearnedPayer).where(LearnedPayer.bank_entry_id == entry_id))


def forget(work: Work, account: str, external_id: str) -> None:
    """Forgets on a person's word that a customer pays from an account. What was posted stays."""
    work.need(Right.CASH)
    customer = receivables.customer_by_external_id(work.session, external_id)
    gone = work.session.execute(
        delete(LearnedPayer).where(LearnedPayer.account == plain(account), LearnedPayer.customer_id == customer.id)
    )
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise NotFound(f"Nothing was learned about {customer.name} and this account.")
    work.record("payer.forgotten", f"customer:{customer.external_id}", {"account": plain(account)})


def plain(account: str) -> str:
    """An account as it is compared: without spaces."""
    return account.replace(" ", "")


def learned() -> Select[str, UUID, int, date]:
    """(account, customer id, times confirmed, last day) of everything learned, for lists."""
    return select(
        LearnedPayer.account,
        LearnedPayer.customer_id,
        func.count().label("seen"),
        func.max(LearnedPayer.on).label("last_on"),
    ).group_by(LearnedPayer.account, LearnedPayer.customer_id)


def memory(session: Session, text: str = "", limit: int = 200) -> Sequence[Learned]:
    """What was learned, the latest first; `text` is part of an account, a customer's name or number."""
    facts = learned().subquery()
    query = select(facts, Customer).join(Customer, Customer.id == facts.c.customer_id)
    if text.strip():
        found = Customer.name.icontains(text.strip(), autoescape=True)
        found |= Customer.external_id.icontains(text.strip(), autoescape=True)
        query = query.where(found | facts.c.account.icontains(plain(text), autoescape=True))
    rows = session.execute(query.order_by(facts.c.last_on.desc(), facts.c.account, Customer.id).limit(limit))
    return [Learned(row.account, row.Customer, row.seen, row.last_on) for row in rows]
