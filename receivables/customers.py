"""One customer's master data, changed by name."""

from core.errors import Invalid
from receivables import lookups, store
from receivables.events import CustomersArrived
from receivables.intake.customer_rows import CustomerIn
from receivables.tables import Customer
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
    if not changes:
        return
    customer.version += 1
    customer.updated_at = work.now
    work.record("customer.changed", f"customer:{customer.external_id}", {"fields": sorted(changes)})
    work.session.flush()
    work.announce(CustomersArrived((customer.id,), {}))


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
