"""One customer's master data, changed by name."""

from uuid import UUID

from core.errors import Invalid
from receivables import lookups, store
from receivables.events import CustomersArrived
from receivables.intake.customer_rows import ContactIn, CustomerIn, read_customer
from receivables.intake.rows import Row
from receivables.push_customers import replace_accounts, replace_contacts
from receivables.tables import Contact, Customer
from runtime.work import Right, Work


def change_customer(work: Work, customer: Customer, given: CustomerIn) -> None:
    """Changes the fields `given` states and no others; what changes nothing leaves the version as it is.

    `Invalid` for a name that is emptied, a parent nobody knows, and a parent that is below the customer itself.
    """
    work.need(Right.PUSH)
    if "name" in given.stated and not given.values["name"]:
        raise Invalid.because("/name", "A customer has a name.", field="name")
    changes = {
        name: value for name, value in given.values.items() if name in given.stated and value != getattr(customer, name)
    }
    if "parent_id" in given.stated:
        parent = _parent(work, customer, given.parent)
        if parent != customer.parent_id:
            changes["parent_id"] = parent
    for name, value in changes.items():
        setattr(customer, name, value)
    fields = sorted(changes)
    if replace_accounts(work, customer, given):
        fields.append("ibans")
    if replace_contacts(work, customer, given):
        fields.append("contacts")
    if not fields:
        return
    customer.version += 1
    customer.updated_at = work.now
    work.record("customer.changed", f"customer:{customer.external_id}", {"fields": fields})
    work.session.flush()
    work.announce(CustomersArrived((customer.id,), {}))


def add_contact(work: Work, customer: Customer, purpose: str, name: str, email: str, language: str = "") -> None:
    """Adds whom to write to, and about what; `Invalid` when it breaks a rule of customer rows."""
    new = {"purpose": purpose, "name": name, "email": email, "language": language}
    _put_contacts(work, customer, [*map(_as_row, store.contacts_of_customer(work.session, customer.id)), new])


def remove_contact(work: Work, customer: Customer, contact_id: UUID) -> None:
    """Takes a contact away; one that is gone already is no matter."""
    kept = [each for each in store.contacts_of_customer(work.session, customer.id) if each.id != contact_id]
    _put_contacts(work, customer, [_as_row(each) for each in kept])


def _as_row(contact: Contact) -> dict[str, str]:
    return {name: getattr(contact, name) for name in ContactIn._fields}


def _put_contacts(work: Work, customer: Customer, contacts: list[dict[str, str]]) -> None:
    store.lock_customer(work.session, customer.id)
    given, problems = read_customer(Row("", {"customer_id": customer.external_id, "contacts": contacts}))
    if given is None:
        raise Invalid(problems)
    change_customer(work, customer, given)


def _parent(work: Work, customer: Customer, external_id: str) -> object:
    """The id of the parent named, None for none."""
    if not external_id:
        return None
    found = store.customers_by_external_id(work.session, [external_id]).get(external_id)
    if found is None:
        raise Invalid.because("/parent_id", f"There is no customer “{external_id}”.", field="parent_id")
    if customer.id in lookups.line_of(work.session, found.id):
        message = f"“{external_id}” belongs to “{customer.external_id}” already; it cannot be its parent."
        raise Invalid.because("/parent_id", message, field="parent_id")
    return found.id
