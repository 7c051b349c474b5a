"""The first rung for all entries at once: a structured reference that we printed, and exactly what is open.

Most receipts of most companies end here, so they are asked for with two queries a page and never seen by the ladder of
`matching`. What is posted is what its rung `by_reference` would post first; everything else is left to it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.books import ITEMS, candidate, payers
from payments.mass_posting import Matched
from payments.matching import evidence
from payments.matching.answers import Match
from payments.matching.book import Candidate, KnownPayer, Line
from payments.matching.payer_names import plain_name
from payments.matching.spelling import is_telling
from receivables.number_keys import reference_key
from receivables.tables import Customer, Invoice, OpenItem
from runtime.many import among
from runtime.schema import AnyRow

CONFIDENCE = 100

Key = tuple[str, str]
"""Currency and `reference_key`."""


def by_reference(
    session: Session, company_id: UUID, entries: Sequence[AnyRow]
) -> tuple[list[Matched], dict[UUID, Candidate]]:
    """The entries of a page that pay, to the cent, all that is open of the invoice whose reference they carry; and the
    items they pay, as they are afterwards."""
    asked = [
        (entry, key) for entry in entries if (key := reference_key(entry.structured_reference)) and is_telling(key)
    ]
    if not asked:
        return [], {}
    referenced = _referenced(session, company_id, [key for _, key in asked])
    owners = _customers(session, {items[0].customer_id for items in referenced.values()})
    accounts = payers(session, {entry.counterparty_account for entry, _ in asked if entry.counterparty_account})
    matched = []
    paid: dict[UUID, Candidate] = {}
    for entry, key in asked:
        items = referenced.get((entry.currency, key), ())
        if items and sum([item.open for item in items]) == entry.amount:
            del referenced[entry.currency, key]
            owner = items[0].customer_id
            payer = _payer_phrase(entry, owner, owners[owner], accounts)
            matched.append(Matched(entry, _match(entry, items, payer)))
            paid.update((item.item_id, item._replace(open=0)) for item in items)
    return matched, paid


def _referenced(session: Session, company_id: UUID, keys: Sequence[str]) -> dict[Key, Sequence[Candidate]]:
    """What is open of the one invoice of each reference. A reference on several numbers, or on a credit note, is left
    out."""
    numbers: dict[Key, set[str]] = defaultdict(set)
    items: dict[Key, list[Candidate]] = defaultdict(list)
    query = ITEMS.add_columns(Invoice.reference_key, OpenItem.currency)
    which = (OpenItem.company_id == company_id, among(session, Invoice.reference_key, keys))
    for row in session.execute(query.where(*which)):
        key = row.currency, row.reference_key
        numbers[key].add(row.number if row.kind == "invoice" else "")
        if row.open:
            items[key].append(candidate(row, row.currency))
    return {
        key: sorted(of_key, key=lambda each: each.order)
        for key, of_key in items.items()
        if len(numbers[key]) == 1 and numbers[key] != {""}
    }


def _customers(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    """Customer → name."""
    query = select(Customer.id, Customer.name).where(among(session, Customer.id, ids))
    return {customer_id: name for customer_id, name in session.execute(query)}


def _match(entry: AnyRow, items: Sequence[Candidate], payer: str) -> Match:
    reasons = (f"✓ structured reference of {items[0].number}", "✓ amount, exact", payer)
    lines = tuple([Line(item.item_id, item.open) for item in items])
    return Match(items[0].customer_id, lines, 0, CONFIDENCE, reasons)


def _payer_phrase(entry: AnyRow, owner: UUID, name: str, accounts: Mapping[str, Sequence[KnownPayer]]) -> str:
    """Whether account or name is the customer's; a name that is another customer's is not looked up."""
    known = accounts.get(entry.counterparty_account, ())
    own = next((each for each in known if each.customer_id == owner), None)
    if own:
        return evidence.account_phrase(own)
    if entry.counterparty and plain_name(entry.counterparty) == plain_name(name):
        return evidence.PAYER_NAME
    return evidence.PAID_BY_OTHER if known else evidence.PAYER_UNKNOWN
