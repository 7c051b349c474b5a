"""Promises, holds and notices on the desk: what waits, until when, and how to end it."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from dunning import in_doubt, pauses, promise_calendar, store, waiting
from dunning.pages import BY_HAND, CHANNELS, STATES
from dunning.run import drop
from dunning.tables import Notice, Promise
from receivables import store as receivables
from runtime.formats import day_short
from runtime.lists import rows_of
from runtime.pages import changed_url
from runtime.web import Caller, day_said
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

ROWS_A_PAGE = 50
MOST_RATES = 20
PROMISE_WORDS = {
    "open": ("promised", "open"),
    "kept": ("paid", "kept"),
    "partly_kept": ("disputed", "partly kept"),
    "broken": ("overdue", "broken"),
    "withdrawn": ("quiet", "withdrawn"),
}
"""Promise state → the colour and the words it is shown with."""

NOTICE_TABS = {
    "": "All",
    "in_doubt": "To decide",
    "by_hand": "To do by hand",
    "planned": "Planned",
    "queued": "Waiting",
    "sent": "Sent",
    "deferred": "Tried, later again",
    "cancelled": "Not sent",
}

Text = Annotated[str, Form()]


# ── promises ────────────────────────────────────────────────────────────────────────────────────


@router.get("/promises")
def promises(call: Caller, state: str = "open", q: str = "", after: str | None = None) -> Response:
    """Promises of a state by their day, and what is promised in the next weeks."""
    shown = state if state in (*PROMISE_WORDS, "all") else "open"
    return call.page(Right.VIEW, "dunning/promises.html", lambda work: _promises(work, shown, q, after))


def _promises(work: Work, shown: str, q: str, after: str | None) -> dict[str, Any]:
    query = waiting.promises(None if shown == "all" else shown, q)
    is_open = shown == "open"
    order = (Promise.promised_on, Promise.id) if is_open else (Promise.promised_on.desc(), Promise.id.desc())
    rows, cursor = rows_of(work.session, query, order, ROWS_A_PAGE, after)
    counts = waiting.promise_counts(work.session)
    counts["all"] = sum(counts.values())
    words = {**{state: said for state, (_, said) in PROMISE_WORDS.items()}, "all": "all"}
    return {
        "rows": [row[:4] for row in rows],
        "state": shown,
        "q": q,
        "tabs": _tabs("/promises", {key: said.capitalize() for key, said in words.items()}, counts, shown),
        "words": PROMISE_WORDS,
        "weeks": waiting.promised_by_week(work.session, work.today),
        "cursor": cursor,
        "after": after,
        "may_hold": work.actor.may(Right.HOLD),
    }


def _tabs(path: str, words: dict[str, str], counts: dict[str, int], shown: str) -> list[dict[str, Any]]:
    return [
        {"label": said, "href": changed_url(path, {"state": key}), "count": counts.get(key, 0), "active": key == shown}
        for key, said in words.items()
    ]


@router.post("/promises/{promise_id}/withdraw")
def withdraw(call: Caller, promise_id: UUID) -> Response:
    """Ends a promise without judging it."""

    def do(work: Work) -> str:
        pauses.withdraw_promise(work, promise_id)
        return "The promise is withdrawn; its invoice is reminded again."

    return call.form(Right.HOLD, do, to="/promises")


@router.get("/promises/calendar")
def calendar(call: Caller, month: str = "", week: str = "") -> Response:
    """What is promised for which day, and the instalments due on it: a month, or a week with each promise."""
    return call.page(Right.VIEW, "dunning/promise_calendar.html", lambda work: _calendar(work, month, week))


def _calendar(work: Work, month: str, week: str) -> dict[str, Any]:
    day = _first_day(week or (f"{month}-01" if month else ""), work.today)
    if week:
        first = day - timedelta(days=day.weekday())
        last, step = first + timedelta(days=6), timedelta(days=7)
        before, after = f"week={first - step}", f"week={first + step}"
    else:
        first = day.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        last = following - timedelta(days=1)
        before, after = f"month={first - timedelta(days=1):%Y-%m}", f"month={following:%Y-%m}"
    return {
        "weeks": promise_calendar.weeks(work.session, first, last),
        "is_week": bool(week),
        "rows": promise_calendar.of_days(work.session, first, last) if week else (),
        "first": first,
        "last": last,
        "before": f"/promises/calendar?{before}",
        "after": f"/promises/calendar?{after}",
        "rates": promise_calendar.kept_rates(work.session)[:MOST_RATES],
        "words": PROMISE_WORDS,
    }


def _first_day(text: str, today: date) -> date:
    """A day of the address; today where it is none, or too far away to draw."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if 1970 < day.year < 2199 else today


# ── holds ───────────────────────────────────────────────────────────────────────────────────────


@router.get("/holds")
def holds(call: Caller, q: str = "") -> Response:
    """Holds that run, those that end first on top."""

    def draw(work: Work) -> dict[str, Any]:
        return {
            "holds": waiting.running_holds(work.session, work.today, q),
            "q": q,
            "may_hold": work.actor.may(Right.HOLD),
        }

    return call.page(Right.VIEW, "dunning/holds.html", draw)


@router.post("/holds")
def set_hold(
    call: Caller,
    until: Annotated[date, Form()],
    customer: Text = "",
    invoice: Text = "",
    instalment: Text = "",
    reason: Text = "",
    review_on: Text = "",
) -> Response:
    """Stops reminders of a customer, of one invoice, or of one instalment of it, through a day."""

    def do(work: Work) -> str:
        review = day_said(review_on, "review_on")
        if invoice.strip():
            found = receivables.invoice_by_number(work.session, invoice.strip())
            who = receivables.customer_of(work.session, found.customer_id)
            part = int(instalment) if instalment.strip().isdecimal() else None
            pauses.hold(work, who, found, reason, until, instalment=part, review_on=review)
            return f"{found.number} is held."
        who = receivables.customer_by_external_id(work.session, customer.strip())
        pauses.hold(work, who, None, reason, until, review_on=review)
        return f"{who.name} is held."

    return call.form(Right.HOLD, do, to="/holds")


@router.post("/holds/{hold_id}/review")
def review_hold(call: Caller, hold_id: UUID, note: Text = "", until: Text = "", review_on: Text = "") -> Response:
    """Notes that somebody looked at a hold and lets it stand."""

    def do(work: Work) -> str:
        _, again = pauses.review_hold(work, hold_id, note, day_said(until, "until"), day_said(review_on, "review_on"))
        return f"The hold stands; it is looked at again on {day_short(again, work.actor.locale, work.today)}."

    return call.form(Right.HOLD, do, to="/holds")


@router.post("/holds/{hold_id}/end")
def end_hold(call: Caller, hold_id: UUID) -> Response:
    """Ends a hold before its day."""

    def do(work: Work) -> str:
        pauses.lift_hold(work, hold_id)
        return "The hold is over; the next run looks at its items again."

    return call.form(Right.HOLD, do, to="/holds")


# ── notices ─────────────────────────────────────────────────────────────────────────────────────


@router.get("/notices")
def notices(call: Caller, state: str = "", q: str = "", after: str | None = None) -> Response:
    """Every notice with its state; those that wait for a person have their steps beside them."""
    shown = state if state in NOTICE_TABS else ""
    return call.page(Right.VIEW, "dunning/notices.html", lambda work: _notices(work, shown, q, after))


def _notices(work: Work, shown: str, q: str, after: str | None) -> dict[str, Any]:
    rows, cursor = rows_of(work.session, waiting.notices(shown, q), (Notice.number.desc(),), ROWS_A_PAGE, after)
    return {
        "rows": [row[:3] for row in rows],
        "state": shown,
        "q": q,
        "tabs": _tabs("/notices", NOTICE_TABS, waiting.notice_counts(work.session), shown),
        "states": STATES,
        "by_hand": BY_HAND,
        "channels": CHANNELS,
        "repeatable": in_doubt.REPEATABLE,
        "cursor": cursor,
        "after": after,
        "may_dun": work.actor.may(Right.DUN),
    }


@router.post("/notices/{number}/settle")
def settle(call: Caller, number: int, reason: Text = "") -> Response:
    """Says that a notice in doubt did arrive."""

    def do(work: Work) -> str:
        in_doubt.settle_as_sent(work, store.notice_by_number(work.session, number), reason)
        return f"Notice {number} counts as sent."

    return call.form(Right.DUN, do, to="/notices?state=in_doubt")


@router.post("/notices/{number}/send-again")
def send_again(call: Caller, number: int, reason: Text = "") -> Response:
    """Puts a refused or doubtful notice back into the outbox."""

    def do(work: Work) -> str:
        in_doubt.send_again(work, store.notice_by_number(work.session, number), reason)
        return f"Notice {number} waits to be sent again, under the same Message-ID."

    return call.form(Right.DUN, do, to="/notices?state=in_doubt")


@router.post("/notices/{number}/drop")
def give_up(call: Caller, number: int, reason: Text = "") -> Response:
    """Takes a notice out for good; its items are free for the next run."""

    def do(work: Work) -> str:
        drop(work, store.notice_by_number(work.session, number), reason.strip() or "dropped by hand")
        return f"Notice {number} is dropped. The next run looks at its items again."

    return call.form(Right.DUN, do, to="/notices?state=in_doubt")


# ── letters ─────────────────────────────────────────────────────────────────────────────────────


@router.get("/letters")
def letters(call: Caller, q: str = "", after: str | None = None) -> Response:
    """Letters that were sent, the very bytes of each, the latest first."""
    return call.page(Right.VIEW, "dunning/letters.html", lambda work: _letters(work, q, after))


def _letters(work: Work, q: str, after: str | None) -> dict[str, Any]:
    query = waiting.notices(text=q, with_letter=True)
    rows, cursor = rows_of(work.session, query, (Notice.sent_on.desc(), Notice.number.desc()), ROWS_A_PAGE, after)
    return {"rows": [row[:3] for row in rows], "q": q, "cursor": cursor, "after": after}
