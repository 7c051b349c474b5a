"""Use cases of choosing: which policy counts for an invoice, a customer, a segment or a company, and why.

An invoice and a customer are *moved*: their open items stand under the new policy at once, on the level they have
reached. What is chosen for a segment or a company is where its items begin; those that were reminded stay.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select, update

from core.errors import Invalid
from dunning import store
from dunning.beginnings import Beginnings
from dunning.choice_tables import PolicyChoice
from dunning.errors import NoSuchPolicy
from dunning.precedence import SCOPES, Scope
from dunning.tables import WRITTEN_ANEW, Notice, NoticeLine, PolicyVersion, Reminder
from receivables import store as receivables
from receivables.tables import Customer, OpenItem
from runtime.work import Right, Work


def choose(work: Work, scope: str, subject: str, policy: str, reason: str, *, version: int | None = None) -> int:
    """Says which policy counts for an invoice (by its number), a customer, a segment or a company; an empty `policy`
    takes the choice back. Returns how many items that were reminded before stand under another version now.

    `version` is for an invoice or a customer: without one it is the newest. `Invalid` without a reason.
    """
    work.need(Right.POLICY)
    if scope not in SCOPES:
        raise Invalid.because("/scope", f"The scope is {', '.join(SCOPES[:-1])} or {SCOPES[-1]}.", field="scope")
    if not reason.strip():
        raise Invalid.because("/reason", "Say why: it stands beside every decision that follows.", field="reason")
    if version is not None and scope in ("segment", "company"):
        said = "Items begin on the newest version of a policy; only an invoice or a customer can be moved to another."
        raise Invalid.because("/version", said, field="version")
    found = _version(work, policy, version) if policy else None
    moved = _CHOOSE[_scope(scope)](work, subject, policy, found, reason.strip())
    facts = {"policy": policy or None, "version": version, "moved": moved}
    action = "policy.chosen" if policy else "policy.choice_ended"
    work.record(action, f"{scope}:{subject}", facts, reason=reason.strip())
    return moved


def _scope(scope: str) -> Scope:
    return next(each for each in SCOPES if each == scope)


def _version(work: Work, name: str, version: int | None) -> UUID:
    """The id of a version of a policy, the newest when none is said."""
    if version is None:
        return store.policy_in_force(work.session, name)[0]
    query = select(PolicyVersion.id).where(PolicyVersion.name == name, PolicyVersion.version == version)
    found = work.session.scalar(query)
    if found is None:
        raise NoSuchPolicy(f"{name} {version}")
    return found


def _of_invoice(work: Work, number: str, policy: str, version: UUID | None, reason: str) -> int:
    invoice = receivables.invoice_by_number(work.session, number)
    receivables.lock_customer(work.session, invoice.customer_id)
    _replace(work, "invoice", str(invoice.id), policy, reason, invoice_id=invoice.id, version=version)
    items = [each.id for each in receivables.items_of_invoice(work.session, invoice.id)]
    return _move(work, items, version or _beginning(work, invoice.customer_id, invoice.company_id))


def _of_customer(work: Work, external_id: str, policy: str, version: UUID | None, reason: str) -> int:
    """Moves a customer with every open item but those whose invoice has a choice of its own."""
    customer = receivables.customer_by_external_id(work.session, external_id)
    receivables.lock_customer(work.session, customer.id)
    work.session.refresh(customer)
    if customer.policy != policy:
        customer.policy = policy
        customer.version += 1
        customer.updated_at = work.now
    _replace(work, "customer", str(customer.id), policy, reason)
    if version is not None and version != store.policy_in_force(work.session, policy)[0]:
        _pin_what_has_not_begun(work, customer, policy, version, reason)
    moved = 0
    for company_id, items in _not_chosen_for(work, customer).items():
        moved += _move(work, items, version or _beginning(work, customer.id, company_id))
    return moved


def _pin_what_has_not_begun(work: Work, customer: Customer, policy: str, version: UUID, reason: str) -> None:
    """Open invoices nobody was reminded of yet begin on that version too, though it is not the newest."""
    begun = select(Reminder.open_item_id).where(Reminder.open_item_id == OpenItem.id).exists()
    query = select(OpenItem.invoice_id).where(
        OpenItem.customer_id == customer.id, OpenItem.open > 0, OpenItem.kind == "invoice", ~begun
    )
    for invoice_id in work.session.scalars(query.distinct().order_by(OpenItem.invoice_id)):
        if _standing(work, "invoice", str(invoice_id)) is None:
            _replace(work, "invoice", str(invoice_id), policy, reason, invoice_id=invoice_id, version=version)


def _not_chosen_for(work: Work, customer: Customer) -> dict[UUID, list[UUID]]:
    """Company → the customer's open items whose invoice has no choice of its own."""
    chosen = (
        select(PolicyChoice.id)
        .where(PolicyChoice.invoice_id == OpenItem.invoice_id, PolicyChoice.ended_at.is_(None))
        .exists()
    )
    query = select(OpenItem.company_id, OpenItem.id).where(
        OpenItem.customer_id == customer.id, OpenItem.open > 0, OpenItem.kind == "invoice", ~chosen
    )
    found: dict[UUID, list[UUID]] = {}
    for company_id, item_id in work.session.execute(query):
        found.setdefault(company_id, []).append(item_id)
    return found


def _of_segment(work: Work, segment: str, policy: str, version: UUID | None, reason: str) -> int:
    used = select(func.count()).select_from(Customer).where(Customer.segment == segment)
    if not segment.strip() or (policy and not work.session.scalar(used)):
        raise Invalid.because("/subject", f"No customer is in a segment “{segment[:40]}”.", field="subject")
    _replace(work, "segment", segment, policy, reason)
    return 0


def _of_company(work: Work, code: str, policy: str, version: UUID | None, reason: str) -> int:
    _replace(work, "company", str(receivables.company_by_code(work.session, code).id), policy, reason)
    return 0


_CHOOSE = {"invoice": _of_invoice, "customer": _of_customer, "segment": _of_segment, "company": _of_company}


def _beginning(work: Work, customer_id: UUID, company_id: UUID) -> UUID:
    customer = work.session.get_one(Customer, customer_id)
    work.session.flush()
    return Beginnings(work.session).of(customer.policy, customer.segment, company_id).policy_id


def _standing(work: Work, scope: str, subject: str) -> PolicyChoice | None:
    query = select(PolicyChoice).where(
        PolicyChoice.scope == scope, PolicyChoice.subject == subject, PolicyChoice.ended_at.is_(None)
    )
    return work.session.scalars(query).first()


def _replace(
    work: Work, scope: str, subject: str, policy: str, reason: str, *, invoice_id: UUID | None = None,
    version: UUID | None = None,
) -> None:  # fmt: skip
    """Ends the choice that counted and writes the new one; none for an empty policy."""
    if before := _standing(work, scope, subject):
        before.ended_at = work.now
        work.session.flush()
    if policy:
        work.session.add(
            PolicyChoice(
                scope=scope, subject=subject, invoice_id=invoice_id, policy=policy, policy_id=version,
                reason=reason[:500], actor=str(work.actor), at=work.now,
            )
        )  # fmt: skip
    work.session.flush()


def _move(work: Work, item_ids: Collection[UUID], version: UUID) -> int:
    """Puts items under a version: those that were reminded, and the lines of notices that will be written anew before
    they leave. How many were reminded."""
    rewritten = select(Notice.id).where(Notice.id == NoticeLine.notice_id, Notice.state.in_(WRITTEN_ANEW)).exists()
    moved = 0
    for part in receivables.chunks(item_ids):
        changed = work.session.execute(
            update(Reminder)
            .where(Reminder.open_item_id.in_(part), Reminder.policy_id != version)
            .values(policy_id=version)
            .execution_options(synchronize_session=False)
        )
        moved += changed.rowcount  # type: ignore[attr-defined]
        work.session.execute(
            update(NoticeLine)
            .where(NoticeLine.open_item_id.in_(part), rewritten)
            .values(policy_id=version)
            .execution_options(synchronize_session=False)
        )
    work.session.expire_all()
    return moved
