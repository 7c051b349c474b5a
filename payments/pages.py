"""Bank entries and statements on the desk: what is left to place, the answers to it, and whether statements tie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from core.money import decimal_text
from payments import listings, store
from payments.by_hand import keep_for_customer, place_on_invoice
from payments.proof import imbalance
from payments.reconciliation import accept_suggestion
from payments.service import ignore_entry, undo_entry
from payments.statements import release_statement
from payments.tables import BankEntry, Statement
from runtime.lists import rows_of
from runtime.pages import changed_url
from runtime.schema import AnyRow
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50
FILTER_WORDS = {
    "todo": "To do",
    "suggested": "Suggested",
    "unmatched": "Nothing found",
    "applied": "Posted",
    "part_applied": "Partly placed",
    "ignored": "Ignored",
    "returned": "Returned",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of a screen, with how many rows it has."""

    label: str
    href: str
    count: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A suggestion as people read it; amounts in minor units."""

    rank: int
    customer: Any
    numbers: str
    details: Sequence[AnyRow]
    amount: int
    evidence: Sequence[tuple[bool, str]]


# ── bank entries ────────────────────────────────────────────────────────────────────────────────


@router.get("/bank-entries")
def entries(
    call: Caller, state: str = "todo", entry: UUID | None = None, done: UUID | None = None, after: str | None = None
) -> Response:
    """The entries of one state, and the chosen one with its answers. `done` is the entry a form was just about."""
    shown = state if state in listings.FILTERS else "todo"
    return call.page(
        Right.VIEW, "payments/bank_entries.html", lambda work: _entries(work, shown, entry or done, done, after)
    )


def _entries(work: Work, shown: str, wanted: UUID | None, done: UUID | None, after: str | None) -> dict[str, Any]:
    order = (BankEntry.booked_on.desc(), BankEntry.id.desc())
    rows, cursor = rows_of(work.session, listings.incoming(shown), order, ROWS_A_PAGE, after)
    listed = [row.BankEntry for row in rows]
    chosen = store.entry(work.session, wanted) if wanted else None
    finished = chosen if chosen is not None and wanted == done and _is_finished(chosen) else None
    if chosen is None or finished is not None:
        chosen = listed[0] if listed else None
    return {
        "state": shown,
        "tabs": _tabs(work, shown),
        "entries": listed,
        "answer_counts": listings.answer_counts(work.session, [each.id for each in listed]),
        "unplaced": listings.unplaced(work.session, shown),
        "cursor": cursor,
        "after": after,
        "finished": finished,
        "may_place": work.actor.may(Right.CASH),
        **_chosen(work, chosen),
    }


def _is_finished(entry: BankEntry) -> bool:
    return entry.state in ("applied", "part_applied", "ignored")


def _tabs(work: Work, shown: str) -> list[Tab]:
    counts = store.counts_by_state(work.session)
    return [
        Tab(words, changed_url("/bank-entries", {"state": name}), _sum(counts, name), name == shown)
        for name, words in FILTER_WORDS.items()
    ]


def _sum(counts: dict[str, int], name: str) -> int:
    return sum(counts.get(state, 0) for state in listings.FILTERS[name])


def _chosen(work: Work, entry: BankEntry | None) -> dict[str, Any]:
    if entry is None:
        return {"chosen": None}
    return {
        "chosen": entry,
        "whole": decimal_text(entry.amount, entry.currency),
        "is_quarantined": store.statement_of(work.session, entry).state == "quarantined",
        "answers": _answers(work, entry),
        "placed": listings.placed_from(work.session, entry.id),
        "kept": listings.kept_from(work.session, entry.id),
    }


def _answers(work: Work, entry: BankEntry) -> list[Answer]:
    found = listings.answers(work.session, entry.id)
    ids = {UUID(line["open_item_id"]) for suggestion, _ in found for line in suggestion.lines}
    items = listings.items_named(work.session, ids)
    return [_answer(suggestion, customer, items) for suggestion, customer in found]


def _answer(suggestion: Any, customer: Any, items: dict[str, AnyRow]) -> Answer:
    lines = [line for line in suggestion.lines if line["open_item_id"] in items]
    named = list(dict.fromkeys(line["open_item_id"] for line in lines))
    return Answer(
        rank=suggestion.rank,
        customer=customer,
        numbers=" + ".join(dict.fromkeys(items[item].Invoice.number for item in named)),
        details=[items[item] for item in named],
        amount=sum(line["amount"] for line in lines if line["kind"] == "payment"),
        evidence=[(said.startswith("✓"), said[1:].strip()) for said in suggestion.reasons],
    )


def _back(state: str, entry_id: UUID) -> str:
    return changed_url("/bank-entries", {"state": state, "done": entry_id})


StateField = Annotated[str, Form()]
"""The filter the person came from."""


@router.post("/bank-entries/{entry_id}/accept")
def accept(call: Caller, entry_id: UUID, rank: Annotated[int, Form()], state: StateField = "todo") -> Response:
    """Posts one of the suggested answers."""

    def do(work: Work) -> str:
        accept_suggestion(work, store.entry(work.session, entry_id), rank)
        return "Posted."

    return call.form(Right.CASH, do, to=_back(state, entry_id))


@router.post("/bank-entries/{entry_id}/place")
def place(
    call: Caller,
    entry_id: UUID,
    invoice: Annotated[str, Form()] = "",
    amount: Annotated[str, Form()] = "",
    state: StateField = "todo",
) -> Response:
    """Places the entry on an invoice the person names."""

    def do(work: Work) -> str:
        place_on_invoice(work, store.entry(work.session, entry_id), invoice, amount)
        return f"Placed {amount.strip()} on {invoice.strip()}."

    return call.form(Right.CASH, do, to=_back(state, entry_id))


@router.post("/bank-entries/{entry_id}/keep")
def keep(call: Caller, entry_id: UUID, customer: Annotated[str, Form()] = "", state: StateField = "todo") -> Response:
    """Keeps the money as a customer's unapplied cash."""

    def do(work: Work) -> str:
        keep_for_customer(work, store.entry(work.session, entry_id), customer)
        return f"Kept on account for {customer.strip()}."

    return call.form(Right.CASH, do, to=_back(state, entry_id))


@router.post("/bank-entries/{entry_id}/ignore")
def ignore(call: Caller, entry_id: UUID, reason: Annotated[str, Form()] = "", state: StateField = "todo") -> Response:
    """Sets an entry aside that pays no invoice of ours; the reason is kept."""

    def do(work: Work) -> str:
        if not reason.strip():
            raise Invalid.because("/reason", "Say why this entry pays no invoice.", field="reason")
        ignore_entry(work, store.entry(work.session, entry_id), reason.strip())
        return "Set aside."

    return call.form(Right.CASH, do, to=_back(state, entry_id))


@router.post("/bank-entries/{entry_id}/undo")
def undo(call: Caller, entry_id: UUID, state: StateField = "todo") -> Response:
    """Takes everything back that was placed from an entry, or the setting aside."""

    def do(work: Work) -> str:
        undo_entry(work, store.entry(work.session, entry_id))
        return "Undone; the entry waits again."

    return call.form(Right.CASH, do, to=_back(state, entry_id))


# ── statements ──────────────────────────────────────────────────────────────────────────────────


@router.get("/statements")
def statements(call: Caller, state: str | None = None, after: str | None = None) -> Response:
    """Statements with their proof; those that do not tie first of all."""
    return call.page(Right.VIEW, "payments/statements.html", lambda work: _statements(work, state, after))


def _statements(work: Work, state: str | None, after: str | None) -> dict[str, Any]:
    order = (Statement.created_at.desc(), Statement.id.desc())
    rows, cursor = rows_of(work.session, listings.statements(state), order, ROWS_A_PAGE, after)
    held, _ = rows_of(work.session, listings.statements("quarantined"), order, ROWS_A_PAGE, None)
    return {
        "rows": [(row.Statement, row.BankAccount) for row in rows],
        "held": [(row.Statement, row.BankAccount, _difference(row.Statement)) for row in held],
        "cursor": cursor,
        "after": after,
        "may_release": work.actor.may(Right.STATEMENTS),
    }


def _difference(statement: Statement) -> int:
    return imbalance(statement.opening, statement.entry_sum, statement.closing) or 0


@router.post("/statements/{statement_id}/release")
def release(call: Caller, statement_id: UUID, reason: Annotated[str, Form()] = "") -> Response:
    """Lets the entries of a quarantined statement into the books, on the person's word."""

    def do(work: Work) -> str:
        if not reason.strip():
            raise Invalid.because("/reason", "Say why the statement is right although it does not tie.", field="reason")
        release_statement(work, listings.statement(work.session, statement_id), reason.strip())
        return "Released; its entries are in the books now."

    return call.form(Right.STATEMENTS, do, to="/statements")
