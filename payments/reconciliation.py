"""The reconciliation run: every entry without a place goes through the ladder of `matching`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, update

from payments import store
from payments.advised import by_advice
from payments.books import Known, known, open_book, read_accounts, read_amounts
from payments.contested import contested_items
from payments.errors import NoSuchSuggestion
from payments.first_rung import by_reference
from payments.mass_posting import MassPosting, Matched
from payments.matching import evidence
from payments.matching.answers import Certain, Match, Receipt
from payments.matching.book import Book, Candidate, Line, NotRead, Tolerance
from payments.matching.ladder import match
from payments.matching.wanted import Wanted
from payments.remittances import has_waiting
from payments.service import Grounds, Placing, apply_credit, apply_entry
from payments.tables import Allocation, BankEntry, Suggestion
from payments.tolerances import as_matching_sees_it, in_force, versions
from receivables import store as receivables
from runtime.bulk import write_rows
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

    What a person did is never touched: only entries nobody placed are looked at, and what was taken back once is only
    suggested. `tolerances` are by currency; without
    them those in force count, and the audit log says which versions.
    First go the structured references, all of them; then what remittance advices explain; then the ladder, page by
    page, each page with the part of the book it names; last the entries of which only the amount is left to ask for,
    which takes a look at every open item.
    """
    work.need(Right.CASH)
    run = _Run(work, company_id, _in_force(work, company_id) if tolerances is None else tolerances)
    for page in store.entries_to_match(work.session, company_id):
        run.post_references(page)
    if has_waiting(work.session, company_id):
        for page in store.entries_to_match(work.session, company_id):
            run.post_advised(page)
    for page in store.entries_to_match(work.session, company_id):
        run.climb(page)
    for part in receivables.chunks(run.unknown, store.ENTRIES_A_PAGE):
        run.climb(store.entries_by_id(work.session, part), asks_amounts=True)
    return Reconciled(run.posted, run.suggested, run.unmatched)


def _in_force(work: Work, company_id: UUID) -> dict[str, Tolerance]:
    rows = in_force(work.session, company_id)
    work.record("cash.reconciled", f"company:{company_id}", {"tolerances": versions(rows)})
    return {currency: as_matching_sees_it(row) for currency, row in rows.items()}


class Question(NamedTuple):
    """An entry only a person can place, and what the ladder suggests."""

    entry: AnyRow
    matches: tuple[Match, ...]


@dataclass(slots=True)
class _Run:
    """One run over one company. `unknown` are the entries that wait until everything else is posted."""

    work: Work
    company_id: UUID
    tolerances: Mapping[str, Tolerance]
    posted: int = 0
    suggested: int = 0
    unmatched: int = 0
    unknown: list[UUID] = field(default_factory=list)
    _known: Known | None = None
    _contested: AbstractSet[UUID] | None = None

    @property
    def contested(self) -> AbstractSet[UUID]:
        """Asked for when the first entry gets past the structured references, which leave no difference."""
        if self._contested is None:
            self._contested = contested_items(self.work, self.company_id)
        return self._contested

    @property
    def known(self) -> Known:
        """Read when the first entry gets past the structured references."""
        if self._known is None:
            self._known = known(self.work.session, self.company_id, self.contested)
        return self._known

    def post_references(self, page: Sequence[AnyRow]) -> None:
        """The first rung, for a whole page at once."""
        matched, paid = by_reference(self.work.session, self.company_id, _untouched(page))
        self._post(matched, paid)

    def post_advised(self, page: Sequence[AnyRow]) -> None:
        """What payers explained themselves, for a whole page at once."""
        matched, paid = by_advice(self.work.session, self.company_id, _untouched(page), self.tolerances, self.contested)
        self._post(matched, paid)

    def climb(self, entries: Sequence[AnyRow], *, asks_amounts: bool = False) -> None:
        """All rungs for these entries; without `asks_amounts`, those that come to ask for an amount wait."""
        ladder = _Ladder(self, entries)
        ladder.match(asks_amounts=asks_amounts)
        self.unknown += ladder.unknown
        _forget_suggestions(self.work, entries)
        for currency, certain in ladder.certain.items():
            self.unmatched += len(certain) - self._post(certain, ladder.books[currency].items)
        suggested = _suggest(self.work, ladder.questions)
        self.suggested += suggested
        self.unmatched += len(ladder.questions) - suggested

    def _post(self, matched: Sequence[Matched], items: Mapping[UUID, Candidate]) -> int:
        """How many still held and were posted."""
        posted = len(MassPosting(self.work, self.company_id, items).post(matched)) if matched else 0
        self.posted += posted
        return posted


class _Ladder:
    """The ladder for a page of entries, and the books for it, one a currency."""

    def __init__(self, run: _Run, entries: Sequence[AnyRow]) -> None:
        self.certain: dict[str, list[Matched]] = defaultdict(list)
        self.questions: list[Question] = []
        self.unknown: list[UUID] = []
        self._run, self._session = run, run.work.session
        self._waiting = list(entries)
        self.books = {currency: self._open(currency) for currency in {entry.currency for entry in entries}}

    def _open(self, currency: str) -> Book:
        wanted = Wanted()
        for entry in self._waiting:
            if entry.currency == currency:
                wanted.add(_receipt(entry))
        tolerance = self._run.tolerances.get(currency, NO_TOLERANCE)
        return open_book(self._session, self._run.company_id, currency, tolerance, wanted, self._run.known)

    def match(self, *, asks_amounts: bool) -> None:
        """Answers every entry; one for which the book must be read further waits until it was."""
        waiting = self._waiting
        while waiting:
            missing = [self._match(entry) for entry in waiting]
            asked = [(entry, what) for entry, what in zip(waiting, missing, strict=True) if what]
            if not asks_amounts:
                self.unknown += [entry.id for entry, what in asked if what.customer_id is None]
                asked = [(entry, what) for entry, what in asked if what.customer_id]
            self._read_further(asked)
            waiting = [entry for entry, _ in asked]

    def _match(self, entry: AnyRow) -> NotRead | None:
        book = self.books[entry.currency]
        try:
            answer = match(_receipt(entry), book)
        except NotRead as missing:
            return missing
        if isinstance(answer, Certain) and entry.was_taken_back:
            reasons = (*answer.match.reasons, evidence.TAKEN_BACK)
            self.questions.append(Question(entry, (replace(answer.match, reasons=reasons),)))
        elif isinstance(answer, Certain):
            book.take(answer.match.lines)
            self.certain[entry.currency].append(Matched(entry, answer.match))
        else:
            self.questions.append(Question(entry, answer.matches))
        return None

    def _read_further(self, asked: Sequence[tuple[AnyRow, NotRead]]) -> None:
        for currency, book in self.books.items():
            missing = [what for entry, what in asked if entry.currency == currency]
            customers = {what.customer_id for what in missing if what.customer_id}
            amounts = {what.amount for what in missing if what.amount}
            read_accounts(self._session, book, self._run.company_id, customers)
            read_amounts(self._session, book, self._run.company_id, amounts)


def _untouched(entries: Sequence[AnyRow]) -> list[AnyRow]:
    """Those whose placing nobody took back: what a person undid is suggested again, never posted again."""
    return [entry for entry in entries if not entry.was_taken_back]


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
    write_rows(work.session, Suggestion, SUGGESTION, rows)
    states = [(entry, "suggested" if matches else "unmatched") for entry, matches in questions]
    changed = [{"entry": entry.id, "now": state} for entry, state in states if state != entry.state]
    if changed:
        work.session.connection().execute(_SET_STATE, changed)
        work.session.expire_all()
    return sum(state == "suggested" for _, state in states)


SUGGESTION = ("id", "bank_entry_id", "rank", "customer_id", "confidence", "lines", "reasons")


def _row(entry: AnyRow, rank: int, found: Match) -> tuple[Any, ...]:
    lines = [_stored(line) for line in found.lines]
    return new_id(), entry.id, rank, found.customer_id, found.confidence, lines, list(found.reasons)


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
