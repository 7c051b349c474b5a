"""Customers handed in by a program or a file, created or changed by their external id."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select

from core.money import Money
from core.problems import Problem
from receivables import store
from receivables.events import CustomersArrived
from receivables.intake.customer_rows import CustomerIn, read_customer
from receivables.intake.rows import Row
from receivables.push import Edition, Fate, Intake
from receivables.tables import Contact, Customer, CustomerAccount
from runtime.ids import new_id
from runtime.work import Right, Work


def put_customers(work: Work, customers: Sequence[CustomerIn]) -> Intake:
    """Creates or changes customers by their external id. Fields a row does not speak of stay as they are.

    News older than what we know, by the sender's own counter or clock, changes nothing; a number that belongs to
    another source is refused. News of a customer that was merged changes its own record and not the survivor's; its
    accounts and contacts are the survivor's now and stay as they are.
    """
    work.need(Right.PUSH)
    intake = Intake()
    known = _customers_named(work, customers)
    touched: list[UUID] = []
    limits: dict[UUID, Money] = {}
    for given in customers:
        customer = known.get(given.external_id)
        fate = _put(work, customer, given, known, intake)
        intake.note(given.external_id, fate)
        taken = known.get(given.external_id)
        if fate == "rejected" or taken is None or (customer is not None and _is_old(given, customer)):
            continue
        if given.credit_limit is not None:
            limits[taken.id] = Money(given.credit_limit, given.currency)
        touched.append(taken.id)
    work.session.flush()
    _link_parents(customers, known, intake)
    work.session.flush()
    record_intake(work, "customers", intake)
    work.announce(CustomersArrived(tuple(touched), limits))
    return intake


def push_customer_rows(work: Work, rows: Sequence[Row]) -> Intake:
    """Takes rows as they come from a file or the API: what they say is checked, then put into the book."""
    read = [(row, *read_customer(row)) for row in rows]
    intake = put_customers(work, [customer for _, customer, _ in read if customer])
    for row, customer, problems in read:
        intake.problems += problems
        if customer is None:
            intake.note(str(row.values.get("customer_id", "")), "rejected")
    return intake


def record_intake(work: Work, what: str, intake: Intake, **more: object) -> None:
    """One audit entry for all that was handed in, when anything of it changed the book."""
    counts = intake.counts
    if counts["created"] or counts["updated"]:
        told = {fate: counts[fate] for fate in ("created", "updated", "unchanged", "rejected")}
        work.record(f"{what}.imported", f"intake:{what}", {**told, **more})


def _customers_named(work: Work, customers: Sequence[CustomerIn]) -> dict[str, Customer]:
    names = {given.external_id for given in customers} | {given.parent for given in customers if given.parent}
    found: dict[str, Customer] = {}
    for part in store.chunks(sorted(names)):
        query = select(Customer).where(Customer.external_id.in_(part))
        store.lock_as_kept(work.session, work.session.scalars(query.with_only_columns(Customer.id)).all())
        found.update({customer.external_id: customer for customer in work.session.scalars(query)})
    return found


def _put(
    work: Work, customer: Customer | None, given: CustomerIn, known: dict[str, Customer], intake: Intake
) -> Fate:  # fmt: skip
    if customer is None:
        if not given.values["name"]:
            intake.problems.append(Problem(given.where, "name is missing.", field="name"))
            return "rejected"
        known[given.external_id] = customer = _new_customer(work, given)
        replace_accounts(work, customer, given)
        replace_contacts(work, customer, given)
        return "created"
    if flaw := given.edition.flaw(given.where, _edition(customer), f"customer {given.external_id}"):
        intake.problems.append(flaw)
        return "rejected" if flaw.severity == "error" else "unchanged"
    if customer.merged_into_id is not None:
        intake.problems.append(_left_to_survivor(work, customer, given))
    return "updated" if _change_customer(work, customer, given) else "unchanged"


def _left_to_survivor(work: Work, customer: Customer, given: CustomerIn) -> Problem:
    survivor = store.external_ids(work.session, [customer.merged_into_id] if customer.merged_into_id else [])
    message = (
        f"{customer.external_id} was merged into {', '.join(survivor.values())}: what is said here is kept for the day "
        "they are taken apart, and changes nothing of the survivor."
    )
    return Problem(given.where, message, severity="warning", field="customer_id")


def _edition(customer: Customer) -> Edition:
    return Edition(customer.source, customer.source_version, customer.source_updated_at)


def _is_old(given: CustomerIn, customer: Customer) -> bool:
    return given.edition.is_older_than(_edition(customer))


def _new_customer(work: Work, given: CustomerIn) -> Customer:
    customer = Customer(
        id=new_id(), external_id=given.external_id, created_at=work.now, updated_at=work.now, **given.values
    )
    _take_edition(customer, given.edition)
    work.session.add(customer)
    if given.accounts or given.contacts:
        work.session.flush()
    return customer


def _take_edition(customer: Customer, edition: Edition) -> None:
    customer.source = edition.source or customer.source or ""
    if edition.version is not None:
        customer.source_version = edition.version
    if edition.at is not None:
        customer.source_updated_at = edition.at


def _change_customer(work: Work, customer: Customer, given: CustomerIn) -> bool:
    changes = {
        name: value
        for name, value in given.values.items()
        if name in given.stated and value != getattr(customer, name) and (name != "name" or value)
    }
    for name, value in changes.items():
        setattr(customer, name, value)
    has_changed = bool(changes)
    if customer.merged_into_id is None:
        has_changed |= replace_accounts(work, customer, given)
        has_changed |= replace_contacts(work, customer, given)
    _take_edition(customer, given.edition)
    if has_changed:
        customer.version += 1
        customer.updated_at = work.now
    return has_changed


def replace_accounts(work: Work, customer: Customer, given: CustomerIn) -> bool:
    """The accounts become those given, where they are: the first stands in `customer.iban`, the others in their own
    rows. True when that was a change."""
    if given.accounts is None:
        return False
    known = {row.iban: row for row in store.accounts_of_customer(work.session, customer.id)}
    wanted = set(given.accounts[1:]) - {customer.iban}
    for iban in known.keys() - wanted:
        work.session.delete(known[iban])
    work.session.add_all(CustomerAccount(customer_id=customer.id, iban=iban) for iban in wanted - known.keys())
    return wanted != known.keys()


def replace_contacts(work: Work, customer: Customer, given: CustomerIn) -> bool:
    """Whom to write to becomes what is given, where it is; True when that was a change."""
    if given.contacts is None:
        return False
    known = store.contacts_of_customer(work.session, customer.id)
    if sorted((each.purpose, each.name, each.email, each.language) for each in known) == sorted(given.contacts):
        return False
    work.session.execute(delete(Contact).where(Contact.customer_id == customer.id))
    work.session.add_all(
        Contact(id=new_id(), customer_id=customer.id, **contact._asdict()) for contact in given.contacts
    )
    return True


def _link_parents(customers: Sequence[CustomerIn], known: dict[str, Customer], intake: Intake) -> None:
    for given in customers:
        if not given.parent or given.external_id not in known:
            continue
        parent = known.get(given.parent)
        if parent is None:
            message = f"parent_id: there is no customer “{given.parent}”; the customer was taken without a parent."
            intake.problems.append(Problem(given.where, message, severity="warning", field="parent_id"))
        elif (parent_id := parent.merged_into_id or parent.id) != known[given.external_id].id:
            known[given.external_id].parent_id = parent_id
