"""What the Today page shows: the book in figures, its aging, and what waits for a person. Reads only."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from credit import store as credit
from disputes import store as disputes
from dunning.tables import DunningRun, Pause
from exchange.webhooks import stopped
from payments import store as payments
from receivables import letter_accounts
from receivables.store import companies
from receivables.tables import Company, LetterAccount, OpenItem
from reports.worklist import Line, lines
from runtime.formats import day_short, instant
from runtime.work import Right, Work

BUCKETS = (("Not due", 0), ("1–30", 30), ("31–60", 60), ("61–90", 90), ("over 90", None))
"""Aging buckets: label and the last day overdue that belongs to it."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person: about what, why, how urgent, and where to do it; a customer's has its line."""

    title: str
    why: str
    state: str
    label: str
    amount: int | None
    currency: str
    href: str
    action: str
    line: Line | None = None


def today(work: Work) -> dict[str, Any]:
    """The context of the page; figures are in the first company's currency, other currencies are named apart."""
    currency = _currency(work)
    sums = _sums(work)
    return {
        "currency": currency,
        "sums": sums.get(currency, _Sums()),
        "others": [(other, each) for other, each in sorted(sums.items()) if other != currency],
        "paused": _paused(work, currency),
        "cases": disputes.open_count(work.session),
        "overruns": len(credit.running_overruns(work.session)),
        "buckets": _aging(work, currency),
        "tasks": tasks(work),
    }


def tasks(work: Work, *, is_mine: bool = False, is_snoozed: bool = False) -> list[Task]:
    """What waits for a person: first what is no single customer's, then the lines of the worklist."""
    own = [_of_line(each) for each in lines(work, is_mine=is_mine, is_snoozed=is_snoozed)]
    return own if is_snoozed else [*_webhooks(work), *_letter_accounts(work), *_approvals(work), *_cash(work), *own]


def _of_line(line: Line) -> Task:
    first, *others = line.reasons
    why = first.text + (f", and {len(others)} more" if others else "")
    amount = line.owed.amount or None
    return Task(line.customer.name, why, first.state, first.label, amount, line.owed.currency, line.href, "Open", line)


def _currency(work: Work) -> str:
    found = companies(work.session)
    return found[0].currency if found else "EUR"


@dataclass(frozen=True, slots=True)
class _Sums:
    open: int = 0
    overdue: int = 0
    items: int = 0
    customers: int = 0


def _sums(work: Work) -> dict[str, _Sums]:
    late = OpenItem.due_on < work.today
    query = (
        select(
            OpenItem.currency,
            func.sum(OpenItem.open),
            func.coalesce(func.sum(OpenItem.open).filter(late), 0),
            func.count(),
            func.count(OpenItem.customer_id.distinct()),
        )
        .where(OpenItem.kind == "invoice", OpenItem.open > 0)
        .group_by(OpenItem.currency)
    )
    return {row[0]: _Sums(int(row[1]), int(row[2]), row[3], row[4]) for row in work.session.execute(query)}


def _paused(work: Work, currency: str) -> int:
    """What running disputes pause."""
    query = (
        select(func.coalesce(func.sum(func.coalesce(Pause.amount, OpenItem.open)), 0))
        .join(OpenItem, OpenItem.id == Pause.open_item_id)
        .where(Pause.source == "dispute", Pause.ended_at.is_(None), OpenItem.currency == currency)
    )
    return int(work.session.scalar(query) or 0)


def _aging(work: Work, currency: str) -> list[dict[str, Any]]:
    """What is open in each bucket, all of them in one walk over what is open."""
    sums, first = [], 1
    for label, last in BUCKETS:
        within = _overdue_between(work, None if label == BUCKETS[0][0] else first, last)
        sums.append(func.coalesce(func.sum(OpenItem.open).filter(*within), 0))
        first = (last or 0) + 1
    query = select(*sums).where(OpenItem.kind == "invoice", OpenItem.open > 0, OpenItem.currency == currency)
    totals = work.session.execute(query).one()
    return [
        {"label": label, "minor": int(total), "href": f"/invoices?state={'overdue' if index else 'open'}"}
        for index, ((label, _), total) in enumerate(zip(BUCKETS, totals, strict=True))
    ]


def _overdue_between(work: Work, first: int | None, last: int | None) -> list[ColumnElement[bool]]:
    """Items overdue from `first` to `last` days; None leaves that end open."""
    bounds: list[ColumnElement[bool]] = []
    if last is not None:
        bounds.append(OpenItem.due_on >= work.today - timedelta(days=last))
    if first is not None:
        bounds.append(OpenItem.due_on <= work.today - timedelta(days=first))
    return bounds


def _day(work: Work, on: date) -> str:
    return day_short(on, work.actor.locale, work.today)


def _letter_accounts(work: Work) -> list[Task]:
    """Another account on letters is everybody's news: whoever knows better stops it in time."""
    return [_of_account(work, made, company) for made, company in letter_accounts.waiting(work)]


def _of_account(work: Work, made: LetterAccount, company: Company) -> Task:
    href, who = f"/companies/{company.code}#accounts", made.maker.removeprefix("user:")
    if made.valid_from is None:
        why = f"{who} proposes {made.iban}: {made.reason}"
        return Task(f"Another account on letters of {company.name}", why, "promised", "approval", None, "", href, "See")
    when = instant(made.valid_from, work.actor.locale, company.time_zone)
    why = f"{made.iban}, proposed by {who}. Stop it if that is not our account."
    return Task(f"{company.name} asks for payment to another account from {when}", why, "overdue", "account", None, "",
                href, "See")  # fmt: skip


def _webhooks(work: Work) -> list[Task]:
    """Other programs that are told nothing any more, for who may do something about it."""
    if not work.actor.may(Right.WEBHOOKS):
        return []
    return [
        Task("Webhook given up", f"{each.url}: {each.disabled_reason}"[:200], "overdue", "not told", None, "",
             f"/webhooks/{each.id}", "Look")
        for each in stopped(work.session)
    ]  # fmt: skip


def _approvals(work: Work) -> list[Task]:
    runs = work.session.scalars(
        select(DunningRun).where(DunningRun.state == "planned", DunningRun.notices > 0).order_by(DunningRun.on.desc())
    )
    return [
        Task(f"Run {run.number}", f"{run.notices} notices of {_day(work, run.on)} wait", "paused", "to approve",
             None, "", f"/dunning-runs/{run.number}", "Review")
        for run in runs
    ]  # fmt: skip


def _cash(work: Work) -> list[Task]:
    counts = payments.counts_by_state(work.session)
    suggested, nothing = counts.get("suggested", 0), counts.get("unmatched", 0)
    if not suggested + nothing:
        return []
    why = f"{suggested} with answers to choose from, {nothing} without"
    return [Task("Bank entries", why, "promised", "to place", None, "", "/bank-entries", "Place")]
