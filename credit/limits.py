"""A limit put in force, and what stood before it. Who may do so is decided above: `service` and `approvals`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from core.errors import Invalid
from core.money import Money
from credit.overruns import watch
from credit.raises import Term, is_raise
from credit.tables import CreditLimit
from receivables.tables import Customer
from runtime.ids import new_id
from runtime.work import Work

MASTER_DATA = "customer import"
"""The reason written with a limit that came with the customer master."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A limit as it is asked for; `insured` (minor units) is how much of it a credit insurer covers.

    The scope `group` means everybody who belongs to the customer together.
    """

    limit: Money
    from_on: date
    until: date | None = None
    insured: int = 0
    reason: str = ""
    scope: str = "customer"

    def refuse_nonsense(self) -> None:
        """`Invalid` for a negative limit, one that ends before it begins, or more insured than lent."""
        if self.limit.minor < 0:
            raise Invalid.because("/amount", "A credit limit is not negative.", field="amount")
        if self.until is not None and self.until < self.from_on:
            raise Invalid.because("/until", "The limit would end before it begins.", field="until")
        if not 0 <= self.insured <= self.limit.minor:
            raise Invalid.because("/insured", "The insured part lies between nothing and the limit.", field="insured")


def needs_second_person(work: Work, customer_id: UUID, wanted: Wanted) -> bool:
    """Whether the wanted limit is a raise. A customer's very first one is not: there was nothing to raise."""
    before = _set_before(work, customer_id, wanted.scope)
    if not before:
        return False
    terms = [
        Term(each.amount, each.from_on, each.until_on) for each in before if each.currency == wanted.limit.currency
    ]
    return is_raise(terms, Term(wanted.limit.minor, wanted.from_on, wanted.until))


def _set_before(work: Work, customer_id: UUID, scope: str) -> Sequence[CreditLimit]:
    query = select(CreditLimit).where(CreditLimit.customer_id == customer_id, CreditLimit.scope == scope)
    return work.session.scalars(query.order_by(CreditLimit.at, CreditLimit.id)).all()


def put_in_force(work: Work, customer: Customer, wanted: Wanted) -> None:
    """Writes the limit, counts the customer's version on and looks at overruns again."""
    write(work, customer.id, wanted)
    customer.version += 1
    until = str(wanted.until) if wanted.until else None
    payload = {"limit": str(wanted.limit), "until": until, "scope": wanted.scope}
    work.record("credit.limit_set", f"customer:{customer.external_id}", payload, reason=wanted.reason or None)
    work.session.flush()
    watch(work, {customer.id})


def write(work: Work, customer_id: UUID, wanted: Wanted) -> None:
    work.session.add(
        CreditLimit(
            id=new_id(), customer_id=customer_id, currency=wanted.limit.currency, amount=wanted.limit.minor,
            insured=wanted.insured, from_on=wanted.from_on, until_on=wanted.until, reason=wanted.reason,
            actor=str(work.actor), at=work.now, scope=wanted.scope,
        )
    )  # fmt: skip
