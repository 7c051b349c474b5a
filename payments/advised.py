"""Entries explained by a remittance advice: which advice is whose, and what it says, read from the database."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from sqlalchemy.orm import Session

from payments.books import ITEMS, candidate, payers
from payments.mass_posting import Matched
from payments.matching.book import Candidate, KnownPayer, Tolerance
from payments.matching.by_advice import Advised, lay_out
from payments.matching.numbers_in_text import keys_in
from payments.matching.payer_names import plain_name
from payments.matching.spelling import is_telling
from payments.remittances import lines_of, waiting
from payments.tables import Remittance, RemittanceItem
from receivables.number_keys import digits_key, reference_key, significant
from receivables.tables import Invoice, OpenItem
from runtime.many import among
from runtime.schema import AnyRow

Items = dict[tuple[str, str], list[Candidate]]
"""(Currency, number as `significant`) → what is open of it, in order of payment."""


def by_advice(
    session: Session,
    company_id: UUID,
    entries: Sequence[AnyRow],
    tolerances: Mapping[str, Tolerance],
    contested: AbstractSet[UUID],
) -> tuple[list[Matched], dict[UUID, Candidate]]:
    """The entries of a page that exactly one waiting advice explains, and the items they pay, as they are afterwards.
    Marks the advices with the entries they explained."""
    found = _explained(session, company_id, entries)
    lines = lines_of(session, [advice.id for _, advice in found])
    items = _items(session, company_id, [line.number for of_advice in lines.values() for line in of_advice], contested)
    matched: list[Matched] = []
    paid: dict[UUID, Candidate] = {}
    for entry, advice in found:
        named = _named(advice, lines[advice.id], items)
        tolerance = tolerances.get(entry.currency, Tolerance())
        laid = lay_out(advice.number, _advised(lines[advice.id]), named, entry.valued_on, tolerance)
        if laid is None or any(item_id in paid for line in laid.lines for item_id in (line.item_id, line.credit_id)):
            continue
        matched.append(Matched(entry, laid))
        advice.bank_entry_id = entry.id
        left = {item.item_id: item for of_number in named.values() for item in of_number}
        for line in laid.lines:
            for item_id in filter(None, (line.item_id, line.credit_id)):
                before = paid.get(item_id, left[item_id])
                paid[item_id] = before._replace(open=before.open - line.amount)
    return matched, paid


def _explained(session: Session, company_id: UUID, entries: Sequence[AnyRow]) -> list[tuple[AnyRow, Remittance]]:
    """Entries and the one advice each that is about it; nothing where one could be about the other's money."""
    advices = waiting(session, company_id, sorted({entry.amount for entry in entries}))
    if not advices:
        return []
    by_amount: dict[tuple[str, int], list[Remittance]] = defaultdict(list)
    for advice in advices:
        by_amount[advice.currency, advice.amount].append(advice)
    owners = _owners(session, company_id, advices)
    accounts = payers(session, {entry.counterparty_account for entry in entries if entry.counterparty_account})
    about = []
    for entry in entries:
        fitting = by_amount.get((entry.currency, entry.amount), ())
        about.append((entry, [advice for advice in fitting if _is_about(advice, entry, owners[advice.id], accounts)]))
    claims = Counter(each.id for _, found in about for each in found)
    return [(entry, found[0]) for entry, found in about if len(found) == 1 and claims[found[0].id] == 1]


def _is_about(
    advice: Remittance, entry: AnyRow, owners: Collection[UUID], accounts: Mapping[str, Sequence[KnownPayer]]
) -> bool:
    """The entry names the advice or its reference; or the payer is the advice's, by account or by name."""
    _, written = keys_in(f"{entry.remittance} ~~~~ {entry.end_to_end}")
    written.add(reference_key(entry.structured_reference))
    names = {reference_key(advice.number), reference_key(advice.payment_reference)}
    if any(is_telling(name) and name in written for name in names):
        return True
    known = {each.customer_id for each in accounts.get(entry.counterparty_account, ())}
    if known:
        return not known.isdisjoint(owners)
    return bool(advice.payer) and plain_name(advice.payer) == plain_name(entry.counterparty)


def _owners(session: Session, company_id: UUID, advices: Sequence[Remittance]) -> dict[UUID, set[UUID]]:
    """Advice → the customers of the documents it names."""
    lines = lines_of(session, [advice.id for advice in advices])
    items = _items(session, company_id, [line.number for of_advice in lines.values() for line in of_advice])
    owners = {}
    for advice in advices:
        named = _named(advice, lines[advice.id], items)
        owners[advice.id] = {item.customer_id for of_number in named.values() for item in of_number}
    return owners


def _items(
    session: Session, company_id: UUID, numbers: Sequence[str], contested: AbstractSet[UUID] = frozenset()
) -> Items:
    wanted = {significant(number) for number in numbers}
    which = (OpenItem.company_id == company_id, OpenItem.open > 0, OpenItem.kind != "charge")
    keys = {digits_key(number) for number in numbers}
    query = ITEMS.add_columns(OpenItem.currency).where(*which, among(session, Invoice.digits_key, keys))
    found: Items = defaultdict(list)
    for row in session.execute(query):
        if significant(row.number) in wanted:
            found[row.currency, significant(row.number)].append(candidate(row, row.currency, contested))
    for of_number in found.values():
        of_number.sort(key=lambda each: each.order)
    return found


def _named(advice: Remittance, lines: Sequence[RemittanceItem], items: Items) -> dict[str, list[Candidate]]:
    """Number as the advice writes it → what is open of it."""
    return {line.number: items.get((advice.currency, significant(line.number)), []) for line in lines}


def _advised(lines: Sequence[RemittanceItem]) -> list[Advised]:
    return [Advised(line.number, line.amount or 0, line.discount or 0) for line in lines]
