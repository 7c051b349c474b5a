"""The reconciliation run: every entry without a place goes through the ladder of `matching`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, update

from payments import store
from payments.errors import NoSuchSuggestion
from payments.mass_posting import MassPosting, Matched
from payments.matching.answers import Certain, Match, Receipt
from payments.matching.book import Book, Line, NotRead, Tolerance
from payments.matching.ladder import match
from payments.matching.wanted import Wanted
from payments.service import Grounds, Placing, apply_credit, apply_entry
from payments.tables import Allocation, BankEntry, Suggestion
from receivables import store as receivables
from runtime.ids import new_id
from runtime.schema import AnyRow
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
    run = _Run(work, company_id, tolerances or {}, _wanted(work, company_id))
    posted = suggested = seen = 0
    for page in store.entries_to_match(work.session, company_id):
        certain, questions = run.match(page)
        _forget_suggestions(work, page)
        posted += run.post(certain)
        suggested += _suggest(work, questions)
        seen += len(page)
    return Reconciled(posted, suggested, seen - posted - suggested)


def _wanted(work: Work, company_id: UUID) -> dict[str, Wanted]:
    """Currency → what the waiting entries name."""
    wanted: dict[str, Wanted] = defaultdict(Wanted)
    for page in store.entries_to_match(work.session, company_id):
        for entry in page:
            wanted[entry.currency].add(_receipt(entry))
    return wanted


class Question(NamedTuple):
    """An entry only a person can place, and what the ladder suggests."""

    entry: AnyRow
    matches: tuple[Match, ...]


@dataclass(slots=True)
class _Run:
    """One run over one company: its books, one a currency, read when the first entry needs them."""

    work: Work
    company_id: UUID
    tolerances: Mapping[str, Tolerance]
    wanted: Mapping[str, Wanted]
    books: dict[str, Book] = field(default_factory=dict)

    def match(self, entries: Sequence[AnyRow]) -> tuple[list[Matched], list[Question]]:
        """Answers for all entries; an entry for which the book must be read further waits until it was."""
        certain: list[Matched] = []
        questions: list[Question] = []
        waiting = list(entries)
        while waiting:
            missing = [self._match(entry, certain, questions) for entry in waiting]
            waiting = [entry for entry, what in zip(waiting, missing, strict=True) if what]
            self._read_further(waiting, [what for what in missing if what])
        return certain, questions

    def _match(self, entry: AnyRow, certain: list[Matched], questions: list[Question]) -> NotRead | None:
        book = self._book(entry.currency)
        try:
            answer = match(_receipt(entry), book)
        except NotRead as missing:
            return missing
        if isinstance(answer, Certain):
            book.take(answer.match.lines)
            certain.append(Matched(entry, answer.match))
        else:
            questions.append(Question(entry, answer.matches))
        return None

    def _read_further(self, waiting: Sequence[AnyRow], missing: Sequence[NotRead]) -> None:
        for currency in {entry.currency for entry in waiting}:
            of_currency = [what for entry, what in zip(waiting, missing, strict=True) if entry.currency == currency]
            customers = {what.customer_id for what in of_currency if what.customer_id}
            amounts = {what.amount for what in of_currency if what.amount}
            store.read_further(self.work.session, self.books[currency], self.company_id, customers, amounts)

    def _book(self, currency: str) -> Book:
        if currency not in self.books:
            tolerance = self.tolerances.get(currency, NO_TOLERANCE)
            wanted = self.wanted[currency]
            self.books[currency] = store.open_book(self.work.session, self.company_id, currency, tolerance, wanted)
        return self.books[currency]

    def post(self, certain: Sequence[Matched]) -> int:
        """Posts what is certain, and how many entries that placed."""
        by_currency: dict[str, list[Matched]] = defaultdict(list)
        for matched in certain:
            by_currency[matched.entry.currency].append(matched)
        posted = (
            MassPosting(self.work, self.company_id, self.books[currency]).post(matched)
            for currency, matched in by_currency.items()
        )
        return sum(map(len, posted))


def _receipt(entry: AnyRow) -> Receipt:
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


# ── suggestions ─────────────────────────────────────────────────────────────────────────────────


def _forget_suggestions(work: Work, entries: Sequence[AnyRow]) -> None:
    for part in receivables.chunks(entry.id for entry in entries):
        work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id.in_(part)))


def _suggest(work: Work, questions: Sequence[Question]) -> int:
    """Stores what the ladder suggests, and how many entries have suggestions. What somebody placed meanwhile stays."""
    free = store.still_unplaced(work.session, [entry.id for entry, _ in questions])
    questions = [each for each in questions if each.entry.id in free]
    rows = [_row(entry, rank, each) for entry, matches in questions for rank, each in enumerate(matches, start=1)]
    receivables.insert_rows(work.session, Suggestion, rows)
    states = [(entry, "suggested" if matches else "unmatched") for entry, matches in questions]
    changed = [{"entry": entry.id, "now": state} for entry, state in states if state != entry.state]
    if changed:
        work.session.connection().execute(_SET_STATE, changed)
        work.session.expire_all()
    return sum(state == "suggested" for _, state in states)


def _row(entry: AnyRow, rank: int, found: Match) -> dict[str, Any]:
    return {
        "id": new_id(),
        "bank_entry_id": entry.id,
        "rank": rank,
        "customer_id": found.customer_id,
        "confidence": found.confidence,
        "lines": [_stored(line) for line in found.lines],
        "reasons": list(found.reasons),
    }


_SET_STATE = (
    update(BankEntry.__table__)  # type: ignore[arg-type]
    .where(BankEntry.id == bindparam("entry"))
    .values(state=bindparam("now"))
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
    lines = [_read_back(line) for line in chosen.lines]
    netted = _net_credits(work, entry, [line for line in lines if line.kind == "credit"], grounds)
    placings = [Placing(line.item_id, line.amount, line.kind) for line in lines if line.kind != "credit"]
    return netted + apply_entry(work, entry, placings, keep_for=chosen.customer_id, grounds=grounds)


def _net_credits(work: Work, entry: BankEntry, lines: Sequence[Line], grounds: Grounds) -> list[Allocation]:
    touched = {each for line in lines for each in (line.item_id, line.credit_id) if each}
    items = receivables.items(work.session, touched)
    return [
        apply_credit(work, items[line.credit_id], items[line.item_id], line.amount, grounds, entry)
        for line in lines
        if line.credit_id
    ]
