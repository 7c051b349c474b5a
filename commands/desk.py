"""The shell around every page: navigation with what waits where, and how fresh the bank data is."""

from datetime import date

from fastapi import Request

from credit import store as credit
from disputes import store as disputes
from dunning import final_store, incoming, waiting
from intake import store as imports
from orders import store as orders
from payments import store as payments
from receivables import letter_accounts
from receivables.store import companies
from runtime import formats
from runtime.pages import Desk, NavGroup, NavLink, User
from runtime.web import said_before
from runtime.work import Right, Work

STALE_AFTER_DAYS = 4
"""Calendar days after which the newest bank data may mislead (a long weekend is not stale)."""


def desk_for(work: Work, request: Request) -> Desk:
    """What the shell shows to this person on this page."""
    found = companies(work.session)
    until = payments.fresh_until(work.session)
    name = work.actor.full_name or work.actor.name
    url = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Desk(
        user=User(name, _initials(name), work.actor.role.value),
        nav=_nav(work, request.url.path),
        freshness=_freshness(until, work.actor.locale),
        company_name=found[0].name if found else "No company yet",
        company_currency=found[0].currency if found else "EUR",
        today=work.today,
        url=url,
        locale=work.actor.locale,
        timezone=found[0].time_zone if found else "UTC",
        is_stale=until is None or (work.today - until).days > STALE_AFTER_DAYS,
        messages=said_before(request),
    )


def _initials(name: str) -> str:
    return "".join(part[0] for part in name.replace(".", " ").split()[:2]).upper()


def _freshness(until: date | None, locale: str) -> str:
    return f"Bank read to {formats.day_with_weekday(until, locale)}" if until else "No bank statement yet"


def _nav(work: Work, path: str) -> list[NavGroup]:
    cash = payments.counts_by_state(work.session)
    to_do = cash.get("unmatched", 0) + cash.get("suggested", 0)
    groups: list[tuple[str | None, list[tuple[str, str, int | None]]]] = [
        (
            None,
            [
                ("Today", "/", None),
                ("Worklist", "/worklist", None),
                ("Customers", "/customers", None),
                ("Orders", "/orders", orders.waiting_count(work.session)),
                ("Invoices", "/invoices", None),
                ("Indicators", "/reports/kpis", None),
            ],
        ),
        (
            "Cash",
            [
                ("Bank entries", "/bank-entries", to_do),
                ("Unapplied cash", "/unapplied", None),
                ("Statements", "/statements", None),
                ("Bank accounts", "/bank-accounts", None),
                ("Imports", "/imports", imports.held_count(work.session)),
            ],
        ),
        (
            "Collect",
            _collecting(work),
        ),
        (
            "Look up",
            [
                ("Cash history", "/cash-history", None),
                ("Known payers", "/payers", None),
                ("Duplicates", "/duplicates", None),
                ("Sent letters", "/letters", None),
                *([("Audit log", "/audit", None)] if work.actor.may(Right.AUDIT) else []),
            ],
        ),
        (
            "Desk",
            [
                ("Jobs", "/jobs", None),
                ("Companies", "/companies", len(letter_accounts.waiting(work))),
                *([("People and keys", "/people", None)] if work.actor.may(Right.USERS) else []),
                *([("Webhooks", "/webhooks", None)] if work.actor.may(Right.WEBHOOKS) else []),
            ],
        ),
    ]
    return [
        NavGroup(label, [NavLink(text, href, count or None, _is_here(href, path)) for text, href, count in links])
        for label, links in groups
    ]


def _collecting(work: Work) -> list[tuple[str, str, int | None]]:
    return [
        ("Dunning runs", "/dunning-runs", None),
        ("Notices", "/notices", waiting.to_decide(work.session)),
        ("Replies", "/replies", incoming.waiting_count(work.session)),
        ("Promises", "/promises", None),
        ("Payment plans", "/payment-plans", None),
        ("Final steps", "/final-steps", final_store.to_decide(work.session)),
        ("Holds", "/holds", None),
        ("Disputes", "/disputes", disputes.open_count(work.session)),
        ("Late interest", "/interest", None),
        ("Dunning policies", "/dunning-policies", None),
        ("Terms of agreements", "/agreement-terms", None),
        ("Letter texts", "/letter-texts", None),
        ("Credit", "/credit", len(credit.running_overruns(work.session))),
    ]


PART_OF = {"/captures": "/orders", "/order-mails": "/orders", "/order-rules": "/orders", "/order-mismatches": "/orders"}
"""Screens reached from another one of the side bar."""


def _is_here(href: str, path: str) -> bool:
    path = next((screen for part, screen in PART_OF.items() if path == part or path.startswith(part + "/")), path)
    return path == href if href == "/" else path == href or path.startswith(href + "/")
