"""The reconciliation run: every entry without a place goes through the ladder of `matching`."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete

from payments import matching, store
from payments.errors import NoSuchSuggestion
from payments.service import Grounds, Placing, apply_entry
from payments.tables import Allocation, BankEntry, Suggestion
from runtime.work import Right, Work


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a reconciliation did: entries posted, entries with suggestions, entries nothing was found for."""

    posted: int
    suggested: int
    unmatched: int


def reconcile(work: Work, company_id: UUID) -> Reconciled:
    """Goes through every entry without a place: posts what is certain, stores suggestions for the rest.

    What a person did is never touched: only entries nobody placed are looked at.
    """
    work.need(Right.CASH)
    books: dict[str, matching.Book] = {}
    posted = suggested = 0
    entries = store.entries_to_match(work.session, company_id)
    for entry in entries:
        book = books.get(entry.currency) or store.open_book(work.session, company_id, entry.currency)
        books[entry.currency] = book
        answer = matching.match(_receipt(entry), book)
        work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id == entry.id))
        if isinstance(answer, matching.Certain):
            _post_match(work, entry, answer.match)
            book.take(answer.match.lines)
            posted += 1
        else:
            suggested += _suggest(work, entry, answer.matches)
    return Reconciled(posted, suggested, len(entries) - posted - suggested)


def _receipt(entry: BankEntry) -> matching.Receipt:
    references = tuple(each for each in (entry.structured_reference, entry.end_to_end) if each)
    return matching.Receipt(
        entry.amount, entry.currency, entry.remittance, references, entry.counterparty_account.replace(" ", "")
    )


def _post_match(work: Work, entry: BankEntry, found: matching.Match) -> list[Allocation]:
    placings = [Placing(line.item_id, line.amount) for line in found.lines]
    grounds = Grounds(True, found.confidence, found.reasons)
    return apply_entry(work, entry, placings, keep_for=found.customer_id, grounds=grounds)


def _suggest(work: Work, entry: BankEntry, matches: Sequence[matching.Match]) -> int:
    for rank, found in enumerate(matches, start=1):
        work.session.add(
            Suggestion(
                bank_entry_id=entry.id,
                rank=rank,
                customer_id=found.customer_id,
                confidence=found.confidence,
                lines=[{"open_item_id": str(line.item_id), "amount": line.amount} for line in found.lines],
                reasons=list(found.reasons),
            )
        )
    entry.state = "suggested" if matches else "unmatched"
    return 1 if matches else 0


def accept_suggestion(work: Work, entry: BankEntry, rank: int) -> list[Allocation]:
    """Posts a suggestion as a person's decision."""
    chosen = next((each for each in store.suggestions(work.session, entry.id) if each.rank == rank), None)
    if chosen is None:
        raise NoSuchSuggestion
    placings = [Placing(UUID(line["open_item_id"]), line["amount"]) for line in chosen.lines]
    grounds = Grounds(is_automatic=False, confidence=chosen.confidence, reasons=tuple(chosen.reasons))
    return apply_entry(work, entry, placings, keep_for=chosen.customer_id, grounds=grounds)
