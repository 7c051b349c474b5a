"""The reconciliation run: every entry without a place goes through the ladder of `matching`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from payments import store
from payments.answers import Answer, Certain, Match, Receipt
from payments.book import Book, Line, Tolerance
from payments.errors import NoSuchSuggestion
from payments.matching import match
from payments.service import Grounds, Placing, apply_credit, apply_entry
from payments.tables import Allocation, BankEntry, Suggestion
from receivables import store as receivables
from runtime.work import Right, Work

NO_TOLERANCE = Tolerance()


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a reconciliation did: entries posted, entries with suggestions, entries nothing was found for."""

    posted: int
    suggested: int
    unmatched: int


def reconcile(work: Work, company_id: UUID, tolerances: Mapping[str, Tolerance] | None = None) -> Reconciled:
    """Goes through every entry without a place: posts what is certain, stores suggestions for the rest.

    What a person did is never touched: only entries nobody placed are looked at. `tolerances` are by currency.
    """
    work.need(Right.CASH)
    books: dict[str, Book] = {}
    posted = suggested = 0
    entries = store.entries_to_match(work.session, company_id)
    for entry in entries:
        if entry.currency not in books:
            tolerance = (tolerances or {}).get(entry.currency, NO_TOLERANCE)
            books[entry.currency] = store.open_book(work.session, company_id, entry.currency, tolerance)
        answer = _reconcile(work, entry, books[entry.currency])
        posted += isinstance(answer, Certain)
        suggested += entry.state == "suggested"
    return Reconciled(posted, suggested, len(entries) - posted - suggested)


def _reconcile(work: Work, entry: BankEntry, book: Book) -> Answer:
    answer = match(_receipt(entry), book)
    work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id == entry.id))
    if isinstance(answer, Certain):
        found = answer.match
        _post(work, entry, found.customer_id, found.lines, Grounds(True, found.confidence, found.reasons))
        book.take(found.lines)
    else:
        _suggest(work, entry, answer.matches)
    return answer


def _receipt(entry: BankEntry) -> Receipt:
    return Receipt(
        amount=entry.amount,
        currency=entry.currency,
        on=entry.valued_on,
        text=entry.remittance,
        reference=entry.structured_reference,
        end_to_end=entry.end_to_end,
        payer_account=entry.counterparty_account.replace(" ", ""),
        payer_name=entry.counterparty,
    )


def _post(work: Work, entry: BankEntry, customer_id: UUID, lines: Sequence[Line], grounds: Grounds) -> list[Allocation]:
    """Nets the credit notes, then places the money; what is left over stays the customer's unapplied cash."""
    made = _net_credits(work, entry, [line for line in lines if line.kind == "credit"], grounds)
    placings = [Placing(line.item_id, line.amount, line.kind) for line in lines if line.kind != "credit"]
    return made + apply_entry(work, entry, placings, keep_for=customer_id, grounds=grounds)


def _net_credits(work: Work, entry: BankEntry, lines: Sequence[Line], grounds: Grounds) -> list[Allocation]:
    touched = {each for line in lines for each in (line.item_id, line.credit_id) if each}
    items = receivables.items(work.session, touched)
    return [
        apply_credit(work, items[line.credit_id], items[line.item_id], line.amount, grounds, entry)
        for line in lines
        if line.credit_id
    ]


# ── suggestions ─────────────────────────────────────────────────────────────────────────────────


def _suggest(work: Work, entry: BankEntry, matches: Iterable[Match]) -> None:
    entry.state = "unmatched"
    for rank, found in enumerate(matches, start=1):
        entry.state = "suggested"
        work.session.add(
            Suggestion(
                bank_entry_id=entry.id,
                rank=rank,
                customer_id=found.customer_id,
                confidence=found.confidence,
                lines=[_stored(line) for line in found.lines],
                reasons=list(found.reasons),
            )
        )


def _stored(line: Line) -> dict[str, Any]:
    credit = {"credit_item_id": str(line.credit_id)} if line.credit_id else {}
    return {"open_item_id": str(line.item_id), "amount": line.amount, "kind": line.kind, **credit}


def _read_back(line: Mapping[str, Any]) -> Line:
    credit_id = UUID(line["credit_item_id"]) if "credit_item_id" in line else None
    return Line(UUID(line["open_item_id"]), line["amount"], line["kind"], credit_id)


def accept_suggestion(work: Work, entry: BankEntry, rank: int) -> list[Allocation]:
    """Posts a suggestion as a person's decision. One without lines keeps the money as the customer's unapplied cash."""
    chosen = next((each for each in store.suggestions(work.session, entry.id) if each.rank == rank), None)
    if chosen is None:
        raise NoSuchSuggestion
    grounds = Grounds(is_automatic=False, confidence=chosen.confidence, reasons=tuple(chosen.reasons))
    return _post(work, entry, chosen.customer_id, [_read_back(line) for line in chosen.lines], grounds)
