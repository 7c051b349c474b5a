"""The worklist: whom to speak with or decide about today, one line a customer and company, and why. Reads only.

A line stands there for its reasons, and is sorted by the cash a step can be expected to bring (`reports.priority`).
What somebody put off is not theirs until that day is over; a reason from before the last contact is done with.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select

from credit import store as credit
from disputes import store as disputes
from disputes.deductions import proposals
from dunning import waiting
from dunning.contact_tables import CollectionCase, Snooze
from dunning.final_tables import FinalStep
from dunning.mail_tables import IncomingMail
from dunning.plan_tables import PaymentPlan, PlanItem
from dunning.promise_calendar import kept_rates
from dunning.tables import DunningRun, Notice, Pause, Promise
from orders.mismatches import mismatches
from payments.suspected import unplaced_money
from receivables.store import companies
from receivables.tables import Company, Customer, Invoice, OpenItem
from reports.priority import Owed, Score, score
from runtime.formats import day_short, money_with_code
from runtime.work import Work

Key = tuple[UUID, UUID]
"""Customer and company."""
DOUBTS = {"unknown": "may have arrived", "refused": "refused"}
"""Notice state that waits for a person → its words."""
MOST_OVERDUE = 12
"""So many of the largest late debts stand there for no other reason."""
QUIET_DAYS = 7
"""After a contact, mere lateness is no reason for so many days."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line stands there: the kind, its colour and words, and where to do something about it."""

    kind: str
    state: str
    label: str
    text: str
    href: str


@dataclass(slots=True)
class Line:
    """A customer of a company with every reason to do something, what is due, and who does it."""

    customer: Customer
    company: Company
    owed: Owed
    score: Score
    case: CollectionCase | None
    reasons: list[Reason] = field(default_factory=list)
    snooze: Snooze | None = None

    @property
    def href(self) -> str:
        """Where the line is worked on."""
        return f"/worklist/{quote(self.customer.external_id, safe='')}?{urlencode({'company': self.company.code})}"

    @property
    def owner(self) -> str:
        return (self.case.assignee if self.case else "") or self.customer.owner


Found = Iterator[tuple[Key, Reason]]


def lines(work: Work, *, is_mine: bool = False, is_snoozed: bool = False) -> list[Line]:
    """The lines of everybody, or of the one who asks; or those that one put off, which are left out otherwise."""
    reasons: dict[Key, list[Reason]] = {}
    for key, reason in _gathered(work):
        reasons.setdefault(key, []).append(reason)
    snoozed = _snoozed(work)
    found = [
        line for line in _lines(work, reasons)
        if (not is_mine or _is_mine(work, line)) and ((line.customer.id, line.company.id) in snoozed) == is_snoozed
    ]  # fmt: skip
    for line in found:
        line.snooze = snoozed.get((line.customer.id, line.company.id))
    return sorted(found, key=lambda line: (-line.score.expected, line.customer.name, line.company.code))


def _is_mine(work: Work, line: Line) -> bool:
    return line.owner != "" and line.owner.lower() in (work.actor.name.lower(), work.actor.full_name.lower())


def _snoozed(work: Work) -> dict[Key, Snooze]:
    query = select(Snooze).where(Snooze.owner == str(work.actor), Snooze.through >= work.today)
    return {(each.customer_id, each.company_id): each for each in work.session.scalars(query)}


def _lines(work: Work, reasons: dict[Key, list[Reason]]) -> Iterable[Line]:
    ids = {customer_id for customer_id, _ in reasons}
    customers = {each.id: each for each in _those(work, Customer, Customer.id, ids)}
    of_company = {each.id: each for each in companies(work.session)}
    cases = {(each.customer_id, each.company_id): each for each in _those(work, CollectionCase,
             CollectionCase.customer_id, ids)}  # fmt: skip
    due = _due(work, ids)
    rates = {each.customer.id: each for each in kept_rates(work.session)}
    for (customer_id, company_id), why in reasons.items():
        amount, currency, oldest = due.get((customer_id, company_id), (0, of_company[company_id].currency, work.today))
        rate = rates.get(customer_id)
        owed = Owed(amount, currency, (work.today - oldest).days, rate.kept if rate else 0, rate.judged if rate else 0)
        case = cases.get((customer_id, company_id))
        yield Line(customers[customer_id], of_company[company_id], owed, score(owed), case, why)


def _those(work: Work, table: Any, column: Any, ids: Iterable[UUID]) -> list[Any]:
    wanted = sorted(ids)
    return [
        row
        for first in range(0, len(wanted), 500)
        for row in work.session.scalars(select(table).where(column.in_(wanted[first : first + 500])))
    ]


def _late(work: Work) -> list[Any]:
    """Of items: overdue, and not held back as a whole by something that runs."""
    running = and_(Pause.ended_at.is_(None), or_(Pause.expires_on.is_(None), Pause.expires_on >= work.today))
    of_item = exists().where(Pause.open_item_id == OpenItem.id, Pause.amount.is_(None), running)
    of_customer = exists().where(Pause.open_item_id.is_(None), Pause.customer_id == OpenItem.customer_id, running)
    return [OpenItem.kind == "invoice", OpenItem.open > 0, OpenItem.due_on < work.today, ~of_item, ~of_customer]


def _due(work: Work, customer_ids: Iterable[UUID]) -> dict[Key, tuple[int, str, date]]:
    """(customer, company) → what is late and not held back, its currency (the one most is late in), its oldest day."""
    wanted, found = sorted(customer_ids), dict[Key, tuple[int, str, date]]()
    for first in range(0, len(wanted), 500):
        query = (
            select(OpenItem.customer_id, OpenItem.company_id, OpenItem.currency, func.sum(OpenItem.open),
                   func.min(OpenItem.due_on))
            .where(*_late(work), OpenItem.customer_id.in_(wanted[first : first + 500]))
            .group_by(OpenItem.customer_id, OpenItem.company_id, OpenItem.currency)
        )  # fmt: skip
        for customer_id, company_id, currency, total, oldest in work.session.execute(query):
            key = customer_id, company_id
            if int(total) > found.get(key, (0,))[0]:
                found[key] = int(total), currency, oldest
    return found


# ── reasons ─────────────────────────────────────────────────────────────────────────────────────


def _gathered(work: Work) -> Found:
    done = {
        (each.customer_id, each.company_id): each
        for each in work.session.scalars(select(CollectionCase).where(CollectionCase.last_contact_at.is_not(None)))
    }
    yield from _follow_ups(work)
    yield from _promises(work, done)
    yield from _plans(work, done)
    yield from _doubts(work)
    yield from _by_hand(work)
    yield from _final_steps(work)
    yield from _mail(work)
    yield from _suspected(work)
    yield from _cases(work)
    yield from _short_payments(work)
    yield from _too_much_invoiced(work)
    yield from _of_customers(work)
    yield from _overdue(work, done)


def _day(work: Work, on: date) -> str:
    return day_short(on, work.actor.locale, work.today)


def _follow_ups(work: Work) -> Found:
    query = select(CollectionCase).where(CollectionCase.next_on <= work.today)
    for each in work.session.scalars(query):
        text = f"to get in touch on {_day(work, each.next_on or work.today)}"
        yield (each.customer_id, each.company_id), Reason("call", "promised", "call", text, "")


def _promises(work: Work, done: dict[Key, CollectionCase]) -> Found:
    """Promises that were broken, or kept only in part, and nobody spoke with them since."""
    query = (
        select(Promise, OpenItem.company_id, Invoice.number)
        .join(OpenItem, OpenItem.id == Promise.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(Promise.state.in_(("broken", "partly_kept")), OpenItem.open > 0)
        .order_by(Promise.promised_on)
    )
    for promise, company_id, number in work.session.execute(query):
        key = promise.customer_id, company_id
        case = done.get(key)
        if case and case.last_contact_at and promise.closed_at and case.last_contact_at >= promise.closed_at:
            continue
        label = "promise broken" if promise.state == "broken" else "promise kept in part"
        said = money_with_code(promise.amount, promise.currency, locale=work.actor.locale)
        text = f"{said} for {number} promised for {_day(work, promise.promised_on)}"
        yield key, Reason("broken_promise", "overdue", label, text, f"/invoices/{quote(number)}")


def _plans(work: Work, done: dict[Key, CollectionCase]) -> Found:
    still_open = exists().where(
        PlanItem.plan_id == PaymentPlan.id, OpenItem.id == PlanItem.open_item_id, OpenItem.open > 0
    )
    query = select(PaymentPlan).where(PaymentPlan.state == "defaulted", still_open).order_by(PaymentPlan.number)
    for plan in work.session.scalars(query):
        key = plan.customer_id, plan.company_id
        case = done.get(key)
        if case and case.last_contact_on and plan.defaulted_on and case.last_contact_on >= plan.defaulted_on:
            continue
        text = f"the instalment of {_day(work, plan.missed_on or work.today)} of plan {plan.number} was not paid"
        yield key, Reason("plan_default", "overdue", "plan in default", text, f"/payment-plans/{plan.number}")


def _doubts(work: Work) -> Found:
    for notice in work.session.scalars(select(Notice).where(Notice.state.in_(tuple(DOUBTS)))):
        text = f"notice {notice.number}: {notice.state_reason or DOUBTS[notice.state]}"
        reason = Reason("notice", "overdue", DOUBTS[notice.state], text, "/notices?state=in_doubt")
        yield (notice.customer_id, notice.company_id), reason


BY_HAND = {
    ("phone", "approved"): ("to call", "call about notice {}, then say what came of it"),
    ("registered_letter", "approved"): ("registered letter", "print the registered letter of notice {} and post it"),
    ("registered_letter", "sending"): ("registered letter", "post the printed letter of notice {}, then say so"),
    ("letter", "approved"): ("letter to print", "print the letter of notice {} with its run and post it"),
    ("letter", "sending"): ("letter to post", "post the printed letter of notice {}, then mark it as posted"),
}
"""(Channel, state) of a notice a person carries out → its words and the next step."""


def _by_hand(work: Work) -> Found:
    """Calls to make and letters to print or post: each says what to do next, and where."""
    query = (
        select(Notice, DunningRun.number)
        .join(DunningRun, DunningRun.id == Notice.run_id)
        .where(Notice.channel != "email", Notice.state.in_(("approved", "sending")))
        .order_by(Notice.number)
    )
    for notice, run in work.session.execute(query):
        label, text = BY_HAND[notice.channel, notice.state]
        href = f"/dunning-runs/{run}#paper" if notice.channel == "letter" else "/notices?state=by_hand"
        reason = Reason("by_hand", "promised", label, text.format(notice.number), href)
        yield (notice.customer_id, notice.company_id), reason


FINAL = {"agency": "hand over to an agency", "court": "hand over to court", "write_off": "ask for the write-off"}
"""Kind of a proposed final step → what is to be done."""


def _final_steps(work: Work) -> Found:
    """What is proposed after the last level, and write-offs that wait for a second person."""
    query = select(FinalStep).where(FinalStep.state.in_(("proposed", "asked"))).order_by(FinalStep.number)
    for step in work.session.scalars(query):
        said = money_with_code(step.total, step.currency, locale=work.actor.locale)
        is_asked = step.state == "asked"
        text = f"{said}: " + ("approve the write-off or drop it" if is_asked else FINAL[step.kind])
        label = "write-off to approve" if is_asked else "final step"
        reason = Reason("final_step", "overdue", label, text, f"/final-steps?state={step.state}")
        yield (step.customer_id, step.company_id), reason


MAIL = {"bounce": ("overdue", "mail came back"), "reply": ("promised", "they answered")}
"""Kind of mail that came in → its colour and words; what a machine answered waits for nobody."""


def _mail(work: Work) -> Found:
    """Bounces and answers that wait for a person, with the company of the notice they are about."""
    query = (
        select(IncomingMail, Customer.id, Notice.company_id)
        .join(Customer, Customer.id == IncomingMail.customer_id)
        .outerjoin(Notice, Notice.id == IncomingMail.notice_id)
        .where(IncomingMail.state == "waiting", IncomingMail.kind.in_(MAIL))
        .order_by(IncomingMail.number)
    )
    found = work.session.execute(query).all()
    homes = _homes(work, [customer_id for _, customer_id, company_id in found if company_id is None])
    for mail, customer_id, company_id in found:
        state, label = MAIL[mail.kind]
        text = f"{mail.failed_address or mail.sender}: {mail.subject}"[:120]
        yield (customer_id, company_id or homes[customer_id]), Reason("mail", state, label, text, "/replies")


def _suspected(work: Work) -> Found:
    """Money without a place that may be theirs, as long as something of theirs is late."""
    money = unplaced_money(work.session)
    named = _those(work, OpenItem, OpenItem.id, money.items)
    parties = {(customer, company) for customer, company, _ in money.parties}
    for key in sorted(parties | {(item.customer_id, item.company_id) for item in named}):
        text = "money that may be theirs waits for its place"
        yield key, Reason("suspected_payment", "promised", "payment seen", text, "/bank-entries")


def _cases(work: Work) -> Found:
    for case, _ in sorted(disputes.listed(work.session, "open"), key=lambda row: row[0].due_at):
        is_due = case.due_at < work.now
        text = f"case {case.number}: {case.subject_kind.replace('_', ' ')} {case.subject}"
        reason = Reason("dispute", "overdue" if is_due else "disputed", "decide now" if is_due else "disputed", text,
                        f"/disputes/{case.number}")  # fmt: skip
        yield (case.customer_id, case.company_id), reason


def _short_payments(work: Work) -> Found:
    for _, invoice, _, _ in proposals(work.session):
        text = f"{invoice.number} was paid less than invoiced"
        yield (
            (invoice.customer_id, invoice.company_id),
            Reason("short_payment", "disputed", "short payment", text, "/disputes"),
        )


def _too_much_invoiced(work: Work) -> Found:
    for _, order, customer in mismatches(work.session):
        text = f"more is invoiced on order {order.number} than was ordered"
        reason = Reason("mismatch", "disputed", "too much invoiced", text, "/order-mismatches")
        yield (customer.id, order.company_id), reason


def _of_customers(work: Work) -> Found:
    """What is about a customer whichever company it is: limits and holds. It stands with whom most is owed to."""
    found: list[tuple[UUID, Reason]] = []
    for overrun, customer in credit.overruns(work.session):
        over = money_with_code(overrun.exposure - overrun.limit, overrun.currency, locale=work.actor.locale)
        text = f"{over} above the credit limit since {_day(work, overrun.began_on)}"
        found.append((customer.id, Reason("credit", "overdue", "over the limit", text, "/credit")))
    for hold in waiting.running_holds(work.session, work.today):
        if hold.review_on and hold.review_on <= work.today:
            text = f"held through {_day(work, hold.through or work.today)}: {hold.reason}"
            href = f"/holds?q={quote(hold.customer.external_id)}"
            found.append((hold.customer.id, Reason("hold", "paused", "look at the hold", text, href)))
    homes = _homes(work, [customer_id for customer_id, _ in found])
    for customer_id, reason in found:
        yield (customer_id, homes[customer_id]), reason


def _homes(work: Work, customer_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Customer → the company most is open of; the first company where nothing is."""
    total = func.sum(OpenItem.open)
    query = (
        select(OpenItem.customer_id, OpenItem.company_id)
        .where(OpenItem.customer_id.in_(customer_ids), OpenItem.kind == "invoice", OpenItem.open > 0)
        .group_by(OpenItem.customer_id, OpenItem.company_id)
        .order_by(total)
    )
    found = {customer_id: company_id for customer_id, company_id in work.session.execute(query)}
    first = companies(work.session)[:1]
    return {**{each: first[0].id for each in customer_ids if first}, **found}


def _overdue(work: Work, done: dict[Key, CollectionCase]) -> Found:
    """Who owes most and is late, unless they were spoken with lately or a day to do so is agreed."""
    total = func.sum(OpenItem.open)
    most = (
        select(
            OpenItem.customer_id, OpenItem.company_id, func.min(OpenItem.due_on).label("oldest"), total.label("total")
        )
        .where(*_late(work))
        .group_by(OpenItem.customer_id, OpenItem.company_id)
        .order_by(total.desc())
        .limit(MOST_OVERDUE * 4)
        .subquery()
    )
    query = (
        select(most.c.customer_id, most.c.company_id, most.c.oldest, Customer.email)
        .join(Customer, Customer.id == most.c.customer_id)
        .order_by(most.c.total.desc())
    )
    shown = 0
    for customer_id, company_id, oldest, email in work.session.execute(query):
        case = done.get((customer_id, company_id))
        if shown < MOST_OVERDUE and not (case and _is_quiet(work, case)):
            shown += 1
            text = f"oldest {(work.today - oldest).days} days late" + ("" if email else ", no e-mail address")
            yield (customer_id, company_id), Reason("overdue", "overdue", "overdue" if email else "call", text, "")


def _is_quiet(work: Work, case: CollectionCase) -> bool:
    since = work.today - timedelta(days=QUIET_DAYS)
    return bool((case.next_on and case.next_on > work.today) or (case.last_contact_on and case.last_contact_on > since))
