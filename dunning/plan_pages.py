"""Payment plans on the desk: the list, a new one from a customer's open items, one with its progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from dunning import payment_plans, plan_store
from dunning.agreements import terms_in_force
from dunning.payment_plans import Asked, make_plan
from dunning.plan_tables import PaymentPlan
from dunning.plans import Instalment, PlanInterest, Revive, Rhythm, counted, equal_instalments, has_passed
from receivables import store as receivables
from receivables.tables import Company, Customer, OpenItem
from runtime.lists import rows_of
from runtime.pages import changed_url
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

PLANS_A_PAGE = 50
FIRST_AFTER_DAYS = 14
STATES = {
    "proposed": ("quiet", "proposed"),
    "active": ("promised", "running"),
    "kept": ("paid", "kept"),
    "defaulted": ("overdue", "in default"),
    "cancelled": ("quiet", "cancelled"),
}
"""Plan state → the colour and the words it is shown with."""
REVIVES = {"balance": "all that is open", "instalment": "only what should have been paid"}
INTERESTS = {"runs": "runs on", "suspended": "rests while the plan is kept to"}

Days = Annotated[list[date] | None, Form()]
Texts = Annotated[list[str] | None, Form()]
Ids = Annotated[list[UUID] | None, Form()]


@router.get("/payment-plans")
def plans(call: Caller, state: str = "active", q: str = "", after: str | None = None) -> Response:
    """Plans of a state, the newest first."""
    shown = state if state in (*STATES, "all") else "active"
    return call.page(Right.VIEW, "dunning/plans.html", lambda work: _plans(work, shown, q, after))


def _plans(work: Work, shown: str, q: str, after: str | None) -> dict[str, Any]:
    query = plan_store.plans("" if shown == "all" else shown, q)
    rows, cursor = rows_of(work.session, query, (PaymentPlan.number.desc(),), PLANS_A_PAGE, after)
    counts = plan_store.plan_counts(work.session)
    counts["all"] = sum(counts.values())
    words = {**{state: said for state, (_, said) in STATES.items()}, "all": "all"}
    return {
        "rows": [(row[0], row[1], *_progress(work, row[0])) for row in rows],
        "tabs": [
            {
                "label": said.capitalize(),
                "href": changed_url("/payment-plans", {"state": key}),
                "count": counts.get(key, 0),
                "active": key == shown,
            }
            for key, said in words.items()
        ],
        "state": shown,
        "q": q,
        "words": STATES,
        "cursor": cursor,
        "after": after,
    }


def _progress(work: Work, plan: PaymentPlan) -> tuple[int, Instalment | None]:
    """What was paid of a plan, and the instalment that comes next."""
    paid = plan_store.paid(work.session, plan.id, work.today)
    found = counted(plan_store.instalments(work.session, plan.id), paid)
    return paid, next((each.instalment for each in found if each.missing), None)


# ── a new one ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was chosen so far on the page of a new plan; `instalments` as typed (day, amount) when somebody did."""

    customer: str
    items: Sequence[UUID]
    number: int
    first_on: date | None
    rhythm: Rhythm
    days: Sequence[date] = ()
    amounts: Sequence[str] = ()

    @property
    def href(self) -> str:
        """The page with this choice on it."""
        said: list[tuple[str, object]] = [("customer", self.customer), *(("item", each) for each in self.items)]
        said += [("number", self.number), ("rhythm", self.rhythm)]
        said += [("first_on", self.first_on)] if self.first_on else []
        said += [("due_on", each) for each in self.days] + [("amount", each) for each in self.amounts]
        return f"/payment-plans/new?{urlencode(said)}"


@router.get("/payment-plans/new")
def new(
    call: Caller,
    customer: str,
    item: Annotated[list[UUID] | None, Query()] = None,
    number: Annotated[int, Query(ge=1, le=120)] = 3,
    first_on: date | None = None,
    rhythm: Rhythm = "monthly",
    due_on: Annotated[list[date] | None, Query()] = None,
    amount: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """A plan from a customer's open items: choose, look at equal instalments, change them, agree."""
    wanted = Wanted(customer, item or (), number, first_on, rhythm, due_on or (), amount or ())
    return call.page(Right.HOLD, "dunning/plan_new.html", lambda work: _new(work, wanted))


def _new(work: Work, wanted: Wanted) -> dict[str, Any]:
    customer = receivables.customer_by_external_id(work.session, wanted.customer)
    free = [
        (item, invoice) for item, invoice in receivables.open_items_of_customer(work.session, customer.id)
        if item.kind != "credit_note" and not plan_store.running_over(work.session, [item.id])
    ]  # fmt: skip
    chosen = [item for item, _ in free if item.id in wanted.items] or _of_largest_party(
        work, [each for each, _ in free]
    )
    first_on = wanted.first_on or work.today + timedelta(days=FIRST_AFTER_DAYS)
    total = sum(item.open for item in chosen)
    is_one_party = len({(item.company_id, item.currency) for item in chosen}) == 1
    return {
        "customer": customer,
        "items": free,
        "chosen": {item.id for item in chosen},
        "total": total,
        "currency": chosen[0].currency if chosen else "EUR",
        "is_one_party": is_one_party,
        "wanted": wanted,
        "first_on": first_on,
        "instalments": _proposed(wanted, total, chosen[0].currency, first_on) if chosen and is_one_party else (),
        "terms": terms_in_force(work.session),
    }


def _of_largest_party(work: Work, items: Sequence[OpenItem]) -> list[OpenItem]:
    """What is late with the company and currency most is late with; all of the largest when nothing is."""
    late = [item for item in items if item.due_on < work.today] or list(items)
    sums: dict[tuple[UUID, str], int] = {}
    for item in late:
        sums[item.company_id, item.currency] = sums.get((item.company_id, item.currency), 0) + item.open
    largest = max(sums, key=lambda party: sums[party], default=None)
    return [item for item in late if (item.company_id, item.currency) == largest]


def _proposed(wanted: Wanted, total: int, currency: str, first_on: date) -> list[tuple[date, str]]:
    """What was typed, else as many equal instalments as asked for."""
    if wanted.days and len(wanted.days) == len(wanted.amounts):
        return list(zip(wanted.days, wanted.amounts, strict=True))
    equal = equal_instalments(total, wanted.number, first_on, wanted.rhythm)
    return [(each.due_on, decimal_text(each.amount, currency)) for each in equal]


@router.post("/payment-plans")
def make(
    call: Caller,
    customer: Annotated[str, Form()],
    item: Ids = None,
    due_on: Days = None,
    amount: Texts = None,
    revive: Annotated[Revive, Form()] = "balance",
    interest: Annotated[PlanInterest, Form()] = "runs",
    note: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "yes",
) -> Response:
    """Agrees the plan, or only notes it as proposed."""
    days = due_on or []
    wanted = Wanted(customer, item or (), len(days) or 1, next(iter(days), None), "monthly", days, amount or ())
    made: list[int] = []

    def do(work: Work) -> str:
        items = list(receivables.items(work.session, wanted.items).values())
        if not items:
            raise Invalid.because("/items", "Choose at least one open item.", field="items")
        instalments = _typed(wanted, items[0].currency)
        in_order = sorted(items, key=lambda each: (each.due_on, each.id))
        plan = make_plan(work, Asked(in_order, instalments, revive, interest, note, agreed == "yes"))
        made.append(plan.number)
        said = "agreed; its items are not reminded while it is kept to" if plan.began_on else "proposed"
        return f"Plan {plan.number} is {said}."

    response = call.form(Right.HOLD, do, to=wanted.href)
    if made:
        response.headers["location"] = f"/payment-plans/{made[0]}"
    return response


def _typed(wanted: Wanted, currency: str) -> tuple[Instalment, ...]:
    """The instalments as typed; lines without an amount are left out."""
    if len(wanted.days) != len(wanted.amounts):
        raise Invalid.because("/instalments", "Each instalment has a day and an amount.", field="instalments")
    try:
        return tuple(
            Instalment(day, parse_minor(text, currency))
            for day, text in zip(wanted.days, wanted.amounts, strict=True)
            if text.strip()
        )
    except NotAnAmount as error:
        raise Invalid.because("/instalments", str(error), field="amount") from error


# ── one ─────────────────────────────────────────────────────────────────────────────────────────


@router.get("/payment-plans/{number}")
def one(call: Caller, number: int) -> Response:
    """One plan: its instalments with what was paid of each, and its items."""
    return call.page(Right.VIEW, "dunning/plan.html", lambda work: _one(work, number))


def _one(work: Work, number: int) -> dict[str, Any]:
    plan = plan_store.plan_by_number(work.session, number)
    terms = terms_in_force(work.session)
    allowance = payment_plans.patience(work, plan, terms)
    paid = plan_store.paid(work.session, plan.id, work.today)
    instalments = counted(plan_store.instalments(work.session, plan.id), paid)
    return {
        "plan": plan,
        "customer": work.session.get_one(Customer, plan.customer_id),
        "company": work.session.get_one(Company, plan.company_id),
        "instalments": [(each, has_passed(each.instalment, work.today, allowance)) for each in instalments],
        "items": plan_store.items(work.session, plan.id),
        "paid": paid,
        "words": STATES,
        "revives": REVIVES,
        "interests": INTERESTS,
        "clearing": terms.clearing_business_days,
        "is_open": plan.state in ("proposed", *plan_store.RUNNING) and plan.ended_on is None,
        "may_hold": work.actor.may(Right.HOLD),
    }


@router.post("/payment-plans/{number}/accept")
def accept(call: Caller, number: int) -> Response:
    """Makes a proposed plan count."""

    def do(work: Work) -> str:
        payment_plans.accept(work, plan_store.plan_by_number(work.session, number))
        return f"Plan {number} runs; its items are not reminded while it is kept."

    return call.form(Right.HOLD, do, to=f"/payment-plans/{number}")


@router.post("/payment-plans/{number}/cancel")
def cancel(call: Caller, number: int, reason: Annotated[str, Form()] = "") -> Response:
    """Ends a plan that no longer counts."""

    def do(work: Work) -> str:
        payment_plans.cancel(work, plan_store.plan_by_number(work.session, number), reason)
        return f"Plan {number} is cancelled; what is open is reminded again."

    return call.form(Right.HOLD, do, to=f"/payment-plans/{number}")
