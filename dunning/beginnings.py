"""What items begin on: the policies in force, and what was chosen for segments, companies and single invoices."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dunning import store
from dunning.choice_tables import PolicyChoice
from dunning.policy import Policy
from dunning.precedence import Origin, begins_on
from receivables.tables import OpenItem


class Standing(NamedTuple):
    """The policy version an item stands under, and where it comes from."""

    policy_id: UUID
    policy: Policy
    origin: Origin


class Beginnings:
    """Every policy in force and every choice that counts, read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.in_force = {name: store.policy_in_force(session, name) for name in store.policy_names(session)}
        named = {(each.scope, each.subject): each.policy for each in standing_choices(session, "segment", "company")}
        self._of_segment = {subject: policy for (scope, subject), policy in named.items() if scope == "segment"}
        self._of_company = {UUID(subject): policy for (scope, subject), policy in named.items() if scope == "company"}

    def of(self, customer_policy: str, segment: str, company_id: UUID) -> Standing:
        """What an item of a customer begins on today."""
        chosen = begins_on(
            customer_policy, self._of_segment.get(segment, ""), self._of_company.get(company_id, ""), self.in_force
        )
        found = self.in_force.get(chosen.name) or store.policy_in_force(self._session, chosen.name)
        return Standing(*found, chosen.origin)


def standing_choices(session: Session, *scopes: str) -> list[PolicyChoice]:
    """The choices that count now, of some scopes."""
    query = select(PolicyChoice).where(PolicyChoice.scope.in_(scopes), PolicyChoice.ended_at.is_(None))
    return list(session.scalars(query.order_by(PolicyChoice.scope, PolicyChoice.subject)))


def versions_of_items(session: Session) -> dict[UUID, UUID]:
    """Open item → the policy version chosen for its invoice."""
    query = (
        select(OpenItem.id, PolicyChoice.policy_id)
        .join(PolicyChoice, PolicyChoice.invoice_id == OpenItem.invoice_id)
        .where(PolicyChoice.scope == "invoice", PolicyChoice.ended_at.is_(None), OpenItem.open > 0)
    )
    return {item_id: policy_id for item_id, policy_id in session.execute(query) if policy_id}
