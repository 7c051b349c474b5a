"""The cash workbench: entries on one side, one entry with its answers and the tray on the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from payments import listings, store, tray, workbench
from payments.lines_by_hand import NamedLine, Remainder, place_lines
from payments.reconciliation import accept_suggestion
from payments.service import Kind, ignore_entry
from payments.tables import BankAccount, BankEntry
from payments.typed_rate import Rate, weigh_at
from payments.workbench import Answer, Filter
from receivables import store as receivables
from runtime.formats import plain_decimal
from runtime.lists import rows_of
from runtime.pages import changed_url
from runtime.views import saved_views
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

SCREEN = "/bank-entries"
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
KINDS = {"payment": "payment", "fee": "bank charge", "discount": "discount", "write_off": "write-off"}
REMAINDERS = {
    "unapplied": "stays open; money left over is the customer’s",
    "short_payment": "stays open as a short payment, proposed as a case",
    "write_off": "is written off",
}

Text = Annotated[str, Form()]
ViewField = Annotated[str, Form()]
"""The query of the list the person came from, so that it comes back as it was."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of a screen, with how many rows it has."""

    label: str
    href: str
    count: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The list as the address asks for it. `least` and `most` as typed."""

    state: str = "todo"
    account: str = ""
    q: str = ""
    least: str = ""
    most: str = ""
    after: str | None = None

    @property
    def query(self) -> str:
        """The address of this list, without the entry shown beside it."""
        filters = {name: getattr(self, name) for name in ("account", "q", "least", "most", "after")}
        return changed_url(SCREEN, {"state": self.state, **filters})


# ── the page ────────────────────────────────────────────────────────────────────────────────────


@router.get(SCREEN)
def entries(
    call: Caller,
    state: str = "todo",
    account: str = "",
    q: str = "",
    least: str = "",
    most: str = "",
    after: str | None = None,
    entry: UUID | None = None,
    answer: int = 1,
    done: Annotated[list[UUID] | None, Query()] = None,
) -> Response:
    """The entries under a filter, and one of them with its answers. `done` are entries a form was just about."""
    asked = Asked(state if state in listings.FILTERS else "todo", account, q, least, most, after)
    return call.page(
        Right.VIEW, "payments/workbench.html", lambda work: _entries(work, asked, entry, answer, done or [])
    )


def _entries(work: Work, asked: Asked, wanted: UUID | None, answer: int, done: Sequence[UUID]) -> dict[str, Any]:
    found, problem = _filter(work, asked)
    order = (BankEntry.booked_on.desc(), BankEntry.id.desc())
    rows, cursor = rows_of(work.session, workbench.entries(found), order, ROWS_A_PAGE, asked.after)
    listed: list[BankEntry] = [row.BankEntry for row in rows]
    touched = [store.entry(work.session, one) for one in done[:ROWS_A_PAGE]]
    finished = [each for each in touched if _is_finished(each)]
    refused = touched[0] if touched and not finished else None
    chosen = store.entry(work.session, wanted) if wanted else refused or _next(listed, finished)
    accounts = workbench.accounts(work.session)
    return {
        "asked": asked,
        "problem": problem,
        "tabs": _tabs(work, asked),
        "account_options": [(str(each.id), _account(each)) for each in accounts],
        "many_currencies": len({each.currency for each in accounts}) > 1,
        "saved": saved_views(work.session, str(work.actor), SCREEN),
        "entries": listed,
        "answer_counts": listings.answer_counts(work.session, [each.id for each in listed]),
        "cursor": cursor,
        "finished": finished,
        **_pane(work, asked, chosen, answer),
    }


def _account(account: BankAccount) -> str:
    return f"{account.name or '…' + account.identifier[-4:]} {account.currency}"


def _filter(work: Work, asked: Asked) -> tuple[Filter, str]:
    """What to list, and what could not be read of it in a sentence."""
    currency = _first_currency(work)
    try:
        account = UUID(asked.account) if asked.account else None
        least, most = (_typed(text, currency, work.actor.locale) for text in (asked.least, asked.most))
    except (NotAnAmount, ValueError) as error:
        return Filter(asked.state, None, asked.q), f"{error} The filter leaves it out."
    return Filter(asked.state, account, asked.q, least, most), ""


def _first_currency(work: Work) -> str:
    """The currency amounts are meant in where no entry names one."""
    found = receivables.companies(work.session)
    return found[0].currency if found else "EUR"


def _typed(text: str, currency: str, locale: str) -> int | None:
    return parse_minor(plain_decimal(text, locale), currency) if text.strip() else None


def _is_finished(entry: BankEntry) -> bool:
    return entry.state in ("applied", "part_applied", "ignored")


def _next(listed: Sequence[BankEntry], finished: Sequence[BankEntry]) -> BankEntry | None:
    """The entry below the last one that was dealt with, else the one above it, else the first."""
    left = [each for each in listed if each not in finished]
    if not finished:
        return left[0] if left else None
    place = min((each.booked_on, each.id) for each in finished)
    below = [each for each in left if (each.booked_on, each.id) < place]
    return below[0] if below else (left[-1] if left else None)


def _tabs(work: Work, asked: Asked) -> list[Tab]:
    counts = store.counts_by_state(work.session)
    return [
        Tab(words, changed_url(asked.query, {"state": name}), _sum(counts, name), name == asked.state)
        for name, words in FILTER_WORDS.items()
    ]


def _sum(counts: dict[str, int], name: str) -> int:
    return sum(counts.get(state, 0) for state in listings.FILTERS[name])


# ── one entry ───────────────────────────────────────────────────────────────────────────────────


@router.get(SCREEN + "/{entry_id}/pane")
def pane(call: Caller, entry_id: UUID, view: str = "", answer: int = 1) -> Response:
    """One entry alone, for the side of the workbench."""

    def draw(work: Work) -> dict[str, Any]:
        return _pane(work, _asked(view), store.entry(work.session, entry_id), answer)

    return call.page(Right.VIEW, "payments/pane.html", draw)


def _asked(view: str) -> Asked:
    """The list a form or fragment came from; whatever else stands in the text is left out."""
    known = {name: value for name, value in parse_qsl(view) if name in Asked.__slots__}
    state = known.pop("state", "todo")
    return Asked(state if state in listings.FILTERS else "todo", **known)


def _pane(work: Work, asked: Asked, entry: BankEntry | None, rank: int) -> dict[str, Any]:
    shared: dict[str, Any] = {
        "chosen": entry,
        "view": asked.query.partition("?")[2],
        "url": _urls(asked),
        "may_place": work.actor.may(Right.CASH),
        "kinds": KINDS,
        "remainders": REMAINDERS,
    }
    if entry is None:
        return shared
    answers = workbench.answers(work.session, entry)
    answer = next((each for each in answers if each.rank == rank), None)
    is_quarantined = store.statement_of(work.session, entry).state == "quarantined"
    is_open = entry.state in ("unmatched", "suggested") and not entry.pending and not is_quarantined
    return {
        **shared,
        "is_open": is_open,
        "is_quarantined": is_quarantined,
        "answers": answers,
        "answer": answer,
        "weighed": _weigh_answer(work, entry, answer) if is_open else None,
        "placed": listings.placed_from(work.session, entry.id),
        "kept": listings.kept_from(work.session, entry.id),
    }


def _urls(asked: Asked) -> Callable[..., str]:
    """`url(entry=…)`: the list as it is, with something else beside it."""
    return lambda **changes: changed_url(asked.query, {"after": asked.after, **changes})


def _weigh_answer(work: Work, entry: BankEntry, answer: Answer | None) -> tray.Tray | None:
    """The tray as an answer fills it. One that nets credit notes is posted whole and not weighed."""
    if answer is not None and answer.has_credits:
        return None
    lines = [
        NamedLine(number, decimal_text(amount, entry.currency), kind)
        for number, kind, amount in (answer.lines if answer else ())
    ]
    return tray.weigh(work.session, entry, lines, "unapplied", answer is not None)


@router.get(SCREEN + "/{entry_id}/find")
def find(call: Caller, entry_id: UUID, q: str = "") -> Response:
    """Invoices a person may want to put into the tray."""

    def draw(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        return {"q": q.strip(), "chosen": entry, "found": _found(work, entry, q) if q.strip() else ()}

    return call.page(Right.VIEW, "payments/candidates.html", draw)


def _found(work: Work, entry: BankEntry, q: str) -> Any:
    try:
        amount = _typed(q, entry.currency, work.actor.locale)
    except NotAnAmount:
        amount = None
    return workbench.find_items(work.session, entry, q, amount)


# ── the tray ────────────────────────────────────────────────────────────────────────────────────

Numbers = Annotated[list[str] | None, Form()]
Remains = Annotated[Remainder, Form()]


def _lines(invoice: list[str] | None, kind: list[str] | None, amount: list[str] | None, locale: str) -> list[NamedLine]:
    """The lines as typed; a line of which nothing was typed is none."""
    numbers, amounts = invoice or [], amount or []
    kinds = [*(kind or []), *["payment"] * len(numbers)]
    if len(numbers) != len(amounts):
        raise Invalid.because("/invoice", "Every line has an invoice and an amount.", field="invoice")
    return [
        NamedLine(number.strip(), plain_decimal(typed, locale), _kind(what))
        for number, what, typed in zip(numbers, kinds, amounts, strict=False)
        if number.strip()
    ]


def _kind(text: str) -> Kind:
    match text:
        case "payment" | "fee" | "discount" | "write_off":
            return text
    raise Invalid.because("/kind", "A line is a payment, a bank charge, a discount or a write-off.", field="kind")


@router.post(SCREEN + "/{entry_id}/tray")
def weigh(
    call: Caller,
    entry_id: UUID,
    rate: Rate,
    invoice: Numbers = None,
    kind: Numbers = None,
    amount: Numbers = None,
    remainder: Remains = "unapplied",
    customer: Text = "",
) -> Response:
    """What the tray would do as it is typed; changes nothing."""

    def draw(work: Work) -> dict[str, Any]:
        entry = store.entry(work.session, entry_id)
        lines = _lines(invoice, kind, amount, work.actor.locale)
        weighed = weigh_at(work, entry, lines, remainder, rate, has_keeper=bool(customer.strip()))
        where = [row for row, number in enumerate(invoice or []) if number.strip()]
        return {"chosen": entry, "weighed": weighed, "where": where, "is_fragment": True}

    return call.page(Right.CASH, "payments/weighed.html", draw)


@router.post(SCREEN + "/{entry_id}/place")
def place(
    call: Caller,
    entry_id: UUID,
    rate: Rate,
    invoice: Numbers = None,
    kind: Numbers = None,
    amount: Numbers = None,
    remainder: Remains = "unapplied",
    customer: Text = "",
    rank: Annotated[int, Form()] = 0,
    view: ViewField = "",
) -> Response:
    """Posts the tray. One that still holds an answer is posted with that answer's evidence."""

    def do(work: Work) -> None:
        entry = store.entry(work.session, entry_id)
        lines = _lines(invoice, kind, amount, work.actor.locale)
        answers = workbench.answers(work.session, entry)
        answer = next((each for each in answers if each.rank == rank), None)
        is_answer = answer is not None and workbench.says_the_same(answer, lines, customer.strip(), entry.currency)
        if is_answer and remainder == "unapplied":
            accept_suggestion(work, entry, rank)
            return
        keeper = receivables.customer_by_external_id(work.session, customer.strip()) if customer.strip() else None
        exchange = rate.exchange(work, entry, lines)
        place_lines(work, entry, lines, remainder, keeper.id if keeper else None, exchange)

    return call.form(Right.CASH, do, to=_back(view, entry_id))


def _back(view: str, *done: UUID, entry: UUID | None = None) -> str:
    asked = _asked(view)
    url = changed_url(asked.query, {"after": asked.after, "entry": entry})
    return url + "".join(f"&done={each}" for each in done)


@router.post(SCREEN + "/{entry_id}/accept")
def accept(call: Caller, entry_id: UUID, rank: Annotated[int, Form()], view: ViewField = "") -> Response:
    """Posts one of the suggested answers."""

    def do(work: Work) -> None:
        accept_suggestion(work, store.entry(work.session, entry_id), rank)

    return call.form(Right.CASH, do, to=_back(view, entry_id))


@router.post(SCREEN + "/accept")
def accept_several(call: Caller, ids: Annotated[list[UUID] | None, Form()] = None, view: ViewField = "") -> Response:
    """Posts the best answer of every selected entry that has a clear one."""

    def do(work: Work) -> str | None:
        done = workbench.accept_several(work, ids or [])
        if not done.left:
            return None
        reasons = ", ".join(dict.fromkeys(done.left.values()))
        return f"{len(done.posted)} posted, {len(done.left)} left for you: {reasons}."

    return call.form(Right.CASH, do, to=_back(view, *(ids or [])[:ROWS_A_PAGE]))


@router.post(SCREEN + "/{entry_id}/ignore")
def ignore(call: Caller, entry_id: UUID, reason: Text = "", view: ViewField = "") -> Response:
    """Sets an entry aside that pays no invoice of ours; the reason is kept."""

    def do(work: Work) -> None:
        if not reason.strip():
            raise Invalid.because("/reason", "Say why this entry pays no invoice.", field="reason")
        ignore_entry(work, store.entry(work.session, entry_id), reason.strip())

    return call.form(Right.CASH, do, to=_back(view, entry_id))


@router.post(SCREEN + "/undo")
def undo(call: Caller, ids: Annotated[list[UUID] | None, Form()] = None, view: ViewField = "") -> Response:
    """Takes everything back that was placed from entries, or their setting aside."""

    def do(work: Work) -> str:
        workbench.undo_several(work, ids or [])
        return "Undone; it waits again." if len(ids or []) == 1 else f"{len(ids or [])} undone; they wait again."

    return call.form(Right.CASH, do, to=_back(view, entry=ids[0] if ids else None))
