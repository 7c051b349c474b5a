"""What the cash workbench shows: entries under a filter, one of them with its answers, items found by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from core.money import NotAnAmount, parse_minor
from payments import listings, store
from payments.lines_by_hand import NamedLine
from payments.reconciliation import accept_suggestion
from payments.service import Kind, undo_entry
from payments.tables import BankAccount, BankEntry, Suggestion
from receivables import store as receivables
from receivables.tables import Customer, Invoice, OpenItem
from runtime.schema import AnyRow
from runtime.work import Right, Work

CLEAR_LEAD = 10
"""By so much the first answer must be surer than the next one to be accepted without being looked at."""

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries the workbench lists. `least` and `most` are minor units; texts are parts of what the bank said."""

    state: str = "todo"
    account: UUID | None = None
    text: str = ""
    least: int | None = None
    most: int | None = None

    @property
    def is_narrow(self) -> bool:
        return bool(self.account or self.text or self.least is not None or self.most is not None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A suggestion as people read it; amounts in minor units."""

    rank: int
    customer: Customer
    numbers: str
    details: Sequence[AnyRow]
    amount: int
    evidence: Sequence[tuple[bool, str]]
    lines: Sequence[tuple[str, Kind, int]]
    """(invoice number, kind, amount)"""
    has_credits: bool


def entries(wanted: Filter) -> Select[*tuple[Any, ...]]:
    """Incoming entries under a filter."""
    return listings.incoming(wanted.state).where(*_conditions(wanted))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.account:
        found.append(BankEntry.bank_account_id == wanted.account)
    if wanted.least is not None:
        found.append(BankEntry.amount >= wanted.least)
    if wanted.most is not None:
        found.append(BankEntry.amount <= wanted.most)
    if wanted.text.strip():
        said = (BankEntry.counterparty, BankEntry.remittance, BankEntry.structured_reference, BankEntry.end_to_end)
        found.append(_any_contains(said, wanted.text))
    return found


def _any_contains(said: Sequence[Any], text: str) -> ColumnElement[bool]:
    """Whether one of these columns contains a text, in any case: looked for in all of them at once."""
    whole = reduce(lambda before, column: before + "\n" + column, said)
    return cast(ColumnElement[bool], whole.icontains(text.strip(), autoescape=True))


def accounts(session: Session) -> Sequence[BankAccount]:
    return session.scalars(select(BankAccount).order_by(BankAccount.identifier, BankAccount.currency)).all()


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


def answers(session: Session, entry: BankEntry) -> list[Answer]:
    """The suggestions of an entry, the likeliest first."""
    found = listings.answers(session, entry.id)
    ids = {UUID(line["open_item_id"]) for suggestion, _ in found for line in suggestion.lines}
    items = listings.items_named(session, ids)
    return [_answer(suggestion, customer, items) for suggestion, customer in found]


def _answer(suggestion: Suggestion, customer: Customer, items: Mapping[str, AnyRow]) -> Answer:
    lines = [line for line in suggestion.lines if line["open_item_id"] in items]
    named = list(dict.fromkeys(line["open_item_id"] for line in lines))
    return Answer(
        rank=suggestion.rank,
        customer=customer,
        numbers=" + ".join(dict.fromkeys(items[item].Invoice.number for item in named)),
        details=[items[item] for item in named],
        amount=sum(line["amount"] for line in lines if line["kind"] == "payment"),
        evidence=[(said.startswith("✓"), said[1:].strip()) for said in suggestion.reasons],
        lines=_gathered(lines, items),
        has_credits=any(line["kind"] == "credit" for line in lines),
    )


def _gathered(lines: Sequence[Mapping[str, Any]], items: Mapping[str, AnyRow]) -> list[tuple[str, Kind, int]]:
    """One line an invoice and kind, however many instalments it has."""
    sums: dict[tuple[str, Kind], int] = {}
    for line in lines:
        key = (items[line["open_item_id"]].Invoice.number, line["kind"])
        sums[key] = sums.get(key, 0) + line["amount"]
    return [(number, kind, amount) for (number, kind), amount in sums.items()]


def says_the_same(answer: Answer, lines: Sequence[NamedLine], customer: str, currency: str) -> bool:
    """Whether the tray still holds what an answer put there, so that it is posted with the answer's evidence."""
    try:
        typed = [(line.invoice_number, line.kind, parse_minor(line.amount, currency)) for line in lines]
    except NotAnAmount:
        return False
    return typed == list(answer.lines) and customer in ("", answer.customer.external_id)


# ── several at once ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Several:
    """What became of entries accepted together: those posted, and those left with the reason."""

    posted: tuple[UUID, ...]
    left: Mapping[UUID, str]


def accept_several(work: Work, entry_ids: Sequence[UUID]) -> Several:
    """Posts the best answer of each entry that has a clear one; the others wait, each with its reason.

    An entry whose invoices another one of them takes waits too. What is posted is posted together or not at all.
    """
    work.need(Right.CASH)
    left: dict[UUID, str] = {}
    chosen: list[tuple[BankEntry, Suggestion]] = []
    taken: set[str] = set()
    for entry_id in dict.fromkeys(entry_ids):
        entry = store.entry(work.session, entry_id)
        reason, best = _best(store.suggestions(work.session, entry_id))
        items = {line["open_item_id"] for line in best.lines} if best else set()
        if not taken.isdisjoint(items):
            reason, best = "another entry takes the same invoice", None
        if best is None:
            left[entry_id] = reason
            continue
        taken |= items
        chosen.append((entry, best))
    receivables.lock_customers(work.session, {best.customer_id for _, best in chosen})
    for entry, best in chosen:
        accept_suggestion(work, entry, best.rank)
    return Several(tuple(entry.id for entry, _ in chosen), left)


def undo_several(work: Work, entry_ids: Sequence[UUID]) -> None:
    """Takes back everything that was placed from these entries, all or nothing."""
    work.need(Right.CASH)
    entries = [store.entry(work.session, entry_id) for entry_id in dict.fromkeys(entry_ids)]
    owners = {owner for each in entries for owner in store.customers_of_entry(work.session, each.id)}
    receivables.lock_customers(work.session, owners)
    for each in entries:
        undo_entry(work, each)


def _best(found: Sequence[Suggestion]) -> tuple[str, Suggestion | None]:
    """The answer that may be accepted without being looked at: one with invoices and no rival near it."""
    real = [each for each in found if each.lines]
    if not real:
        return "no answer names an invoice", None
    if len(real) > 1 and real[0].confidence - real[1].confidence < CLEAR_LEAD:
        return f"{len(real)} answers are possible", None
    return "", real[0]


# ── finding by hand ─────────────────────────────────────────────────────────────────────────────


def find_items(session: Session, entry: BankEntry, text: str, amount: int | None) -> Sequence[AnyRow]:
    """(OpenItem, Invoice, Customer) that could be paid by an entry: open invoices of its company by part of a number or
    an order, and of its currency by a customer's name or number or by exactly an amount (minor units)."""
    company_id = store.company_of(session, entry.bank_account_id)
    open_items = (
        select(OpenItem, Invoice, Customer)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(OpenItem.company_id == company_id, OpenItem.kind == "invoice", OpenItem.open > 0)
        .order_by(OpenItem.due_on, Invoice.number)
        .limit(MOST_FOUND)
    )
    numbers = (Invoice.number, Invoice.order_number)
    named = select(Invoice.id).where(Invoice.company_id == company_id, _any_contains(numbers, text))
    called = select(Customer.id).where(_any_contains((Customer.name, Customer.external_id), text))
    found = [*session.execute(open_items.where(OpenItem.invoice_id.in_(named)))]
    of_currency = open_items.where(OpenItem.currency == entry.currency)
    found += session.execute(of_currency.where(OpenItem.customer_id.in_(called)))
    if amount is not None:
        found += session.execute(of_currency.where(OpenItem.open == amount))
    by_item = {row.OpenItem.id: row for row in found}
    return sorted(by_item.values(), key=lambda row: (row.OpenItem.due_on, row.Invoice.number))[:MOST_FOUND]
