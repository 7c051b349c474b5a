"""Under which policy something stands now, where that came from, and who chose it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dunning import store
from dunning.beginnings import Beginnings, standing_choices
from dunning.choice_tables import PolicyChoice
from dunning.precedence import SCOPES, Origin, in_words
from dunning.tables import PolicyVersion, Reminder
from receivables.store import chunks, companies, external_ids
from receivables.tables import Customer, Invoice, OpenItem
from runtime.schema import AnyRow


@dataclass(frozen=True, slots=True)
class Stands:
    """The policy version something stands under, where it comes from, and the choice behind that where there is one."""

    policy: str
    version: int
    origin: Origin
    choice: PolicyChoice | None = None

    @property
    def words(self) -> str:
        return in_words(self.origin, self.policy, self.version)


def of_invoice(session: Session, invoice: Invoice) -> Stands:
    """What the next run holds about an invoice."""
    if choice := _choice(session, "invoice", str(invoice.id)):
        version = session.get_one(PolicyVersion, choice.policy_id)
        return Stands(version.name, version.version, "invoice", choice)
    begun = session.scalars(
        select(PolicyVersion)
        .join(Reminder, Reminder.policy_id == PolicyVersion.id)
        .join(OpenItem, OpenItem.id == Reminder.open_item_id)
        .where(OpenItem.invoice_id == invoice.id)
        .order_by(OpenItem.instalment)
    ).first()
    if begun is not None:
        return Stands(begun.name, begun.version, "started")
    return _begins(session, session.get_one(Customer, invoice.customer_id), invoice.company_id)


def of_customer(session: Session, customer: Customer) -> list[tuple[str, Stands]]:
    """(Company's code, what a new invoice of that company to a customer begins on)."""
    return [(each.code, _begins(session, customer, each.id)) for each in companies(session)]


def _begins(session: Session, customer: Customer, company_id: UUID) -> Stands:
    _, policy, origin = Beginnings(session).of(customer.policy, customer.segment, company_id)
    subject = {"customer": str(customer.id), "segment": customer.segment, "company": str(company_id)}.get(origin)
    choice = _choice(session, origin, subject) if subject else None
    is_its = choice is not None and choice.policy == policy.name
    return Stands(policy.name, policy.version, origin, choice if is_its else None)


def _choice(session: Session, scope: str, subject: str) -> PolicyChoice | None:
    query = select(PolicyChoice).where(PolicyChoice.scope == scope, PolicyChoice.subject == subject)
    return session.scalars(query.where(PolicyChoice.ended_at.is_(None))).first()


def choices_shown(session: Session, *scopes: str) -> list[dict[str, Any]]:
    """The choices that count now, with what people call their subjects."""
    found = standing_choices(session, *(scopes or SCOPES))
    named = _named(session, found)
    versions = {row.id: row.version for row in _versions(session, found)}
    return [
        {"scope": each.scope, "subject": named.get(each.subject, each.subject), "policy": each.policy,
         "version": versions[each.policy_id] if each.policy_id else None, "reason": each.reason, "actor": each.actor,
         "at": each.at}
        for each in found
    ]  # fmt: skip


def _versions(session: Session, found: Sequence[PolicyChoice]) -> Sequence[AnyRow]:
    ids = {each.policy_id for each in found if each.policy_id}
    query = select(PolicyVersion.id, PolicyVersion.version)
    return [row for part in chunks(ids) for row in session.execute(query.where(PolicyVersion.id.in_(part)))]


def _named(session: Session, found: Sequence[PolicyChoice]) -> dict[str, str]:
    """Subject as it is stored → the number, id or code people know it by."""
    names = {str(each.id): each.code for each in companies(session)}
    for part in chunks({each.invoice_id for each in found if each.invoice_id}):
        query = select(Invoice.id, Invoice.number).where(Invoice.id.in_(part))
        names.update({str(invoice_id): number for invoice_id, number in session.execute(query)})
    customers = external_ids(session, {UUID(each.subject) for each in found if each.scope == "customer"})
    names.update({str(customer_id): external_id for customer_id, external_id in customers.items()})
    return names


def choosable(session: Session) -> list[tuple[str, str]]:
    """Every version of every policy as a choice of a form: `name:version` and its words, the newest of each first."""
    found = []
    for name in store.policy_names(session):
        for nth, row in enumerate(store.policy_versions(session, name)):
            found.append((f"{name}:{row.version}", f"{name}, version {row.version}" + (" (newest)" if not nth else "")))
    return found


def segments(session: Session) -> list[str]:
    """The segments customers are in."""
    query = select(Customer.segment).where(Customer.segment != "").distinct().order_by(Customer.segment)
    return list(session.scalars(query))
