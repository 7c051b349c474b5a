"""Everything that was ever applied, newest first, and what was taken back of it."""

from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from payments.tables import Allocation, BankEntry
from receivables.tables import Customer, Invoice, OpenItem

BY = {"": "Everybody", "hand": "By hand", "run": "By itself"}
"""Filter in the URL → what it says: applied by a person, or by the reconciliation run."""


def history(text: str = "", by: str = "") -> Select[*tuple[Any, ...]]:
    """(Allocation, Invoice, Customer, BankEntry or None, when it was taken back or None), reversals left out.

    `text` is part of an invoice number, a customer's name or number.
    """
    reversal = aliased(Allocation)
    query = (
        select(Allocation, Invoice, Customer, BankEntry, reversal.at.label("undone_at"))
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == Allocation.customer_id)
        .outerjoin(BankEntry, BankEntry.id == Allocation.bank_entry_id)
        .outerjoin(reversal, reversal.reverses_id == Allocation.id)
        .where(Allocation.reverses_id.is_(None))
    )
    if by in ("hand", "run"):
        query = query.where(Allocation.is_automatic.is_(by == "run"))
    if text.strip():
        said = (Invoice.number, Customer.name, Customer.external_id)
        query = query.where(or_(*(column.icontains(text.strip(), autoescape=True) for column in said)))
    return query
