"""The worklist on the desk: the list, a line with what to say and do, and after each step the next one."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from disputes.reasons import in_use
from dunning import contacts
from dunning.contacts import Call, PromiseSaid
from receivables import store
from receivables.tables import Company, Customer
from reports.said import amount_said, contested
from reports.today import tasks
from reports.worklist import Line, lines
from runtime.formats import day_short
from runtime.web import Caller, day_said
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@router.get("/worklist")
def worklist(call: Caller, view: str = "") -> Response:
    """Everybody's list, one's own, or what one put off."""
    shown = view if view in ("mine", "snoozed") else ""
    return call.page(Right.VIEW, "reports/worklist.html", lambda work: _worklist(work, shown))


def _worklist(work: Work, shown: str) -> dict[str, Any]:
    found = tasks(work, is_mine=shown == "mine", is_snoozed=shown == "snoozed")
    words = {"": "Everybody's", "mine": "Mine", "snoozed": "Put off"}
    return {
        "tasks": found,
        "view": shown,
        "tabs": [
            {"label": said, "href": f"/worklist{f'?view={key}' if key else ''}", "count": None, "active": key == shown}
            for key, said in words.items()
        ],
    }


@router.get("/worklist/{external_id}")
def line(call: Caller, external_id: str, company: str = "") -> Response:
    """One line: why it stands there, what is open, the calls before, and what to do."""
    return call.page(Right.VIEW, "reports/worklist_line.html", lambda work: _line(work, external_id, company))


def _line(work: Work, external_id: str, company: str) -> dict[str, Any]:
    who, of = _party(work, external_id, company)
    shown = [*lines(work), *lines(work, is_snoozed=True)]
    here = next((each for each in shown if (each.customer.id, each.company.id) == (who.id, of.id)), None)
    case = here.case if here else None
    items = [
        (item, invoice) for item, invoice in store.open_items_of_customer(work.session, who.id)
        if item.company_id == of.id and item.kind != "credit_note"
    ]  # fmt: skip
    return {
        "customer": who,
        "company": of,
        "line": here,
        "place": shown.index(here) + 1 if here else None,
        "total": len(shown),
        "next": _after(shown, here).href if here and _after(shown, here) else "/worklist",
        "case": case,
        "items": items,
        "numbers": [("", "—"), *dict.fromkeys((invoice.number, invoice.number) for _, invoice in items)],
        "calls": contacts.calls_of(work, who.id, of.id),
        "contacts": store.contacts_of_customer(work.session, who.id),
        "outcomes": list(contacts.OUTCOMES.items()),
        "words": contacts.OUTCOMES,
        "reasons": list(in_use(work.session).items()),
        "may_hold": work.actor.may(Right.HOLD),
        "query": urlencode({"company": of.code}),
    }


def _after(shown: list[Line], here: Line | None) -> Any:
    """The line behind one; the first when it was the last."""
    rest = [each for each in shown if each is not here and each.snooze is None]
    place = shown.index(here) if here in shown else 0
    return next((each for each in rest if shown.index(each) > place), rest[0] if rest else None)


def _party(work: Work, external_id: str, company: str) -> tuple[Customer, Company]:
    return (
        store.customer_by_external_id(work.session, external_id),
        store.company_by_code(work.session, company or None),
    )


@router.post("/worklist/{external_id}/call")
def log_call(
    call: Caller,
    external_id: str,
    company: str = "",
    outcome: Annotated[contacts.Outcome, Form()] = "reached",
    note: Text = "",
    next_on: Text = "",
    invoice: Text = "",
    promised_on: Text = "",
    amount: Text = "",
    reason: Text = "",
) -> Response:
    """Logs a call, with the promise or the dispute it brought; then the next line opens."""

    def do(work: Work, who: Customer, of: Company) -> str:
        promise = contest = None
        if outcome == "promised" and invoice:
            found = store.invoice_by_number(work.session, invoice, of.id)
            day = day_said(promised_on, "promised_on")
            if day is None:
                raise Invalid.because("/promised_on", "Say for which day it was promised.", field="promised_on")
            promise = PromiseSaid(found, day, amount_said(amount, found.currency))
        if outcome == "disputes" and invoice:
            contest = contested(work, of, invoice, reason, amount, note)
        said = Call(outcome, note, day_said(next_on, "next_on"), promise, contest)
        contacts.log_call(work, who, of, said)
        return f"The call with {who.name} is logged."

    return _then_next(call, external_id, company, do)


@router.post("/worklist/{external_id}/snooze")
def snooze(call: Caller, external_id: str, company: str = "", through: Text = "", reason: Text = "") -> Response:
    """Puts the line off for the one who asks; then the next line opens."""

    def do(work: Work, who: Customer, of: Company) -> str:
        day = day_said(through, "through")
        if day is None:
            raise Invalid.because("/through", "Say through which day it is put off.", field="through")
        contacts.snooze(work, who, of, day, reason)
        return f"{who.name} is put off through {day_short(day, work.actor.locale, work.today)}."

    return _then_next(call, external_id, company, do)


@router.post("/worklist/{external_id}/wake")
def wake(call: Caller, external_id: str, company: str = "") -> Response:
    """Takes back what one had put off."""

    def do(work: Work) -> str:
        who, of = _party(work, external_id, company)
        contacts.wake(work, who, of)
        return f"{who.name} is back on the list."

    return call.form(Right.HOLD, do, to=_href(external_id, company))


@router.post("/worklist/{external_id}/assign")
def assign(call: Caller, external_id: str, company: str = "", to: Text = "") -> Response:
    """Gives the line to a person."""

    def do(work: Work) -> str:
        who, of = _party(work, external_id, company)
        contacts.assign(work, who, of, to)
        return f"{who.name} is {to.strip() or 'its owner'}'s now."

    return call.form(Right.HOLD, do, to=_href(external_id, company))


def _then_next(call: Caller, external_id: str, company: str, do: Callable[[Work, Customer, Company], str]) -> Response:
    """Does it, and opens the line that stood behind; refused, the same line is shown again."""
    following: list[str] = []

    def step(work: Work) -> str:
        who, of = _party(work, external_id, company)
        shown = lines(work)
        here = next((each for each in shown if (each.customer.id, each.company.id) == (who.id, of.id)), None)
        after = _after(shown, here)
        said = do(work, who, of)
        following.append(after.href if after else "/worklist")
        return said

    response = call.form(Right.HOLD, step, to=_href(external_id, company))
    if following:
        response.headers["location"] = following[-1]
    return response


def _href(external_id: str, company: str) -> str:
    return f"/worklist/{quote(external_id, safe='')}?{urlencode({'company': company})}"
