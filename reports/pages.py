"""Pages that look across the whole house: Today, customers and one customer, invoices and one invoice."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import func, or_, select

from core.errors import Invalid
from core.money import decimal_text
from credit import store as credit
from credit.exposure import Exposure
from disputes import store as disputes
from disputes.reasons import in_use, labels
from dunning import listings, plan_store, standing, waiting
from dunning import pauses as pause_service
from dunning import store as dunning
from dunning.final_tables import FinalStep
from dunning.precedence import in_words
from dunning.promise_calendar import kept_rates
from dunning.stops import stops_of
from dunning.tables import Notice
from merging import store as merging
from orders import store as orders
from payments import store as payments
from receivables import service, store
from receivables.tables import Customer, Invoice, OpenItem
from reports.today import today
from runtime.formats import day_short
from runtime.lists import rows_of
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 50

Text = Annotated[str, Form()]


@router.get("/")
def home(call: Caller) -> Response:
    """What needs attention today."""
    return call.page(Right.VIEW, "reports/today.html", today)


# ── customers ───────────────────────────────────────────────────────────────────────────────────


@router.get("/customers")
def customers(call: Caller, q: str = "", after: str | None = None) -> Response:
    """Customers by name, found by name, number or e-mail."""
    return call.page(Right.VIEW, "reports/customers.html", lambda work: _customers(work, q, after))


def _customers(work: Work, q: str, after: str | None) -> dict[str, Any]:
    query = select(Customer).where(Customer.merged_into_id.is_(None))
    if q:
        like = f"%{q}%"
        query = query.where(
            or_(Customer.name.ilike(like), Customer.external_id.ilike(like), Customer.email.ilike(like))
        )
    rows, cursor = rows_of(work.session, query, (Customer.name, Customer.id), PAGE_ROWS, after)
    found = [row[0] for row in rows]
    return {"customers": found, "sums": _sums_of(work, [each.id for each in found]), "q": q, "cursor": cursor}


def _sums_of(work: Work, ids: list[UUID]) -> dict[UUID, list[tuple[str, int, int]]]:
    """Customer → (currency, open, overdue) of its invoices."""
    late = OpenItem.due_on < work.today
    query = (
        select(
            OpenItem.customer_id,
            OpenItem.currency,
            func.sum(OpenItem.open),
            func.coalesce(func.sum(OpenItem.open).filter(late), 0),
        )
        .where(OpenItem.customer_id.in_(ids), OpenItem.kind == "invoice", OpenItem.open > 0)
        .group_by(OpenItem.customer_id, OpenItem.currency)
    )
    found: dict[UUID, list[tuple[str, int, int]]] = {}
    for customer_id, currency, total, overdue in work.session.execute(query):
        found.setdefault(customer_id, []).append((currency, int(total), int(overdue)))
    return found


@router.get("/customers/{external_id}")
def customer(call: Caller, external_id: str) -> Response:
    """One customer: what is open, why it is or is not reminded, and what happened."""
    return call.page(Right.VIEW, "reports/customer.html", lambda work: _customer(work, external_id))


def _customer(work: Work, external_id: str) -> dict[str, Any]:
    found = store.customer_by_external_id(work.session, external_id)
    items = store.open_items_of_customer(work.session, found.id)
    currency = found.currency or (items[0][0].currency if items else "EUR")
    account = (found.id, currency)
    return {
        "customer": found,
        "currency": currency,
        "items": items,
        "stops": stops_of(work, {found.id}),
        "reminders": dunning.reminders(work.session, [item.id for item, _ in items]),
        "sums": _sums_of(work, [found.id]).get(found.id, []),
        "exposure": credit.exposures(work.session, [found.id]).get(account, Exposure(currency)),
        "limit": credit.limits(work.session, [found.id], work.today).get(account),
        "unapplied": payments.unapplied_cash(work.session, found.id),
        "timeline_of": _timeline(work, found.id),
        "plans": plan_store.of_customer(work.session, found.id),
        "kept": next(iter(kept_rates(work.session, customer_id=found.id)), None),
        "also": store.merged_into(work.session, found.id),
        "may_hold": work.actor.may(Right.HOLD),
        "may_export": work.actor.may(Right.EXPORT),
        "may_edit": work.actor.may(Right.PUSH),
        "contacts": store.contacts_of_customer(work.session, found.id),
        "may_change": work.actor.may(Right.PUSH),
        "policies_of": standing.of_customer(work.session, found),
        "choosable": standing.choosable(work.session),
        "may_choose": work.actor.may(Right.POLICY),
    }


def _timeline(work: Work, customer_id: UUID) -> list[tuple[date, str, str, str, str | None]]:
    """(day, what, more, source, link), newest first."""
    happened: list[tuple[date, str, str, str, str | None]] = [
        (note.at.date(), note.kind.capitalize(), note.body, note.author.partition(":")[2], None)
        for note in store.notes_of_customer(work.session, customer_id)
    ]
    reasons = labels(work.session)
    for case, _ in disputes.listed(work.session, customer_id=customer_id):
        kind = case.subject_kind.replace("_", " ")
        what = f"{kind} {case.subject} disputed: {reasons[case.reason].lower()}"
        happened.append((case.notified_on, "Dispute", what, f"case {case.number}", f"/disputes/{case.number}"))
    for plan in plan_store.of_customer(work.session, customer_id):
        what = f"{decimal_text(plan.total, plan.currency)} {plan.currency} in instalments: {plan.state}"
        happened.append(
            (plan.made_at.date(), "Payment plan", what, f"plan {plan.number}", f"/payment-plans/{plan.number}")
        )
    for step in work.session.scalars(select(FinalStep).where(FinalStep.customer_id == customer_id)):
        customer = store.customer_of(work.session, customer_id).external_id
        source, href = f"no. {step.number}", f"/final-steps?q={quote(customer)}"
        amount = f"{decimal_text(step.total, step.currency)} {step.currency}"
        if step.done_at:
            what = "Written off" if step.kind == "write_off" else "Handed over"
            happened.append((step.done_at.date(), what, f"{amount} {step.recipient}".strip(), source, href))
        if step.state == "taken_back" and step.ended_at:
            happened.append((step.ended_at.date(), "Taken back", f"{amount} from {step.recipient}", source, href))
    sent = select(Notice).where(Notice.customer_id == customer_id, Notice.sent_on.is_not(None))
    for notice in work.session.scalars(sent):
        level = "Courtesy note" if notice.level == 0 else f"Reminder {notice.level}"
        happened.append(
            (notice.sent_on or work.today, level, "by e-mail", "letter", f"/notices/{notice.number}/letter.pdf")
        )
    happened += _merges(work, customer_id)
    return sorted(happened, key=lambda each: each[0], reverse=True)[:60]


def _merges(work: Work, customer_id: UUID) -> Iterator[tuple[date, str, str, str, str | None]]:
    for made in merging.merges_of(work.session, customer_id):
        names = store.external_ids(work.session, (made.survivor_id, made.merged_id))
        pair = f"{names[made.merged_id]} into {names[made.survivor_id]}"
        case, href = f"merge {made.number}", f"/merges/{made.number}"
        yield made.at.date(), "Merged", f"{pair}: {made.reason}", case, href
        if made.undone_at is not None:
            yield made.undone_at.date(), "Taken apart", f"{pair}: {made.undo_reason}", case, href


@router.post("/customers/{external_id}/notes")
def add_note(
    call: Caller, external_id: str, body: Text = "", kind: Annotated[Literal["note", "call"], Form()] = "note"
) -> Response:
    """Writes a remark or a call into the history."""

    def do(work: Work) -> str:
        if not body.strip():
            raise Invalid.because("/body", "A note says something.", field="body")
        service.add_note(work, store.customer_by_external_id(work.session, external_id), kind, body.strip())
        return "It is in the history."

    return call.form(Right.HOLD, do, to=f"/customers/{external_id}")


@router.post("/customers/{external_id}/hold")
def hold(call: Caller, external_id: str, until: Annotated[date, Form()], reason: Text = "") -> Response:
    """Stops reminders of the customer through a day."""

    def do(work: Work) -> str:
        found = store.customer_by_external_id(work.session, external_id)
        pause_service.hold(work, found, None, reason, until)
        return f"{found.name} is not reminded through {day_short(until, work.actor.locale, work.today)}."

    return call.form(Right.HOLD, do, to=f"/customers/{external_id}")


# ── invoices ────────────────────────────────────────────────────────────────────────────────────


@router.get("/invoices")
def invoices(call: Caller, q: str = "", state: str = "", after: str | None = None) -> Response:
    """Invoices, found by number, order or customer; all, open or overdue ones. Who looks for one looks among all."""
    wanted = state or ("all" if q else "open")
    return call.page(Right.VIEW, "reports/invoices.html", lambda work: _invoices(work, q, wanted, after))


def _invoices(work: Work, q: str, state: str, after: str | None) -> dict[str, Any]:
    query = (
        select(OpenItem, Invoice, Customer)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == OpenItem.customer_id)
    )
    if q:
        like = f"%{q}%"
        named = select(Customer.id).where(Customer.name.ilike(like))
        found = select(Invoice.id).where(
            or_(Invoice.number.ilike(like), Invoice.order_number.ilike(like), Invoice.customer_id.in_(named))
        )
        query = query.where(OpenItem.invoice_id.in_(found))
    if state in ("open", "overdue"):
        query = query.where(OpenItem.open > 0)
    if state == "overdue":
        query = query.where(OpenItem.due_on < work.today, OpenItem.kind == "invoice")
    rows, cursor = rows_of(work.session, query, (OpenItem.due_on, OpenItem.id), PAGE_ROWS, after)
    return {
        "rows": [row[:3] for row in rows],
        "stops": stops_of(work, {row.Customer.id for row in rows}),
        "reasons": list(in_use(work.session).items()),
        "may_dispute": work.actor.may(Right.DISPUTE),
        "q": q,
        "state": state,
        "cursor": cursor,
    }


@router.get("/invoices/{number:path}")
def invoice(call: Caller, number: str) -> Response:
    """One invoice: its items, what was applied, and why it is or is not reminded."""
    return call.page(Right.VIEW, "reports/invoice.html", lambda work: _invoice(work, number))


def _invoice(work: Work, number: str) -> dict[str, Any]:
    found = store.invoice_by_number(work.session, number)
    items = store.items_of_invoice(work.session, found.id)
    applied = [each for item in items for each in payments.standing_allocations(work.session, open_item_id=item.id)]
    stops = stops_of(work, {found.customer_id})
    owner = store.customer_of(work.session, found.customer_id)
    return {
        "invoice": found,
        "has_order": orders.is_known(work.session, found.company_id, found.order_number),
        "customer": owner,
        "items": items,
        "applied": applied,
        "stops": list(dict.fromkeys(stop for item in items for stop in stops.about(item))),
        "letters": waiting.letters_about(work.session, found.id),
        "plans": plan_store.about_invoice(work.session, found.id),
        "decisions": listings.decisions_about(work.session, found.id, None)[:5],
        "policies": dunning.policies_by_id(work.session),
        "policy_words": in_words,
        "stands": standing.of_invoice(work.session, found),
        "choosable": standing.choosable(work.session),
        "may_choose": work.actor.may(Right.POLICY),
        "reasons": list(in_use(work.session).items()),
        "subjects": _subjects(found),
        "may_dispute": work.actor.may(Right.DISPUTE),
        "may_promise": work.actor.may(Right.HOLD),
    }


def _subjects(found: Invoice) -> list[tuple[str, str]]:
    """What a dispute that begins at an invoice may be about."""
    subjects = [("invoice", f"this invoice, {found.number}")]
    if found.order_number:
        subjects.append(("order", f"its order, {found.order_number}"))
    if found.delivery_number:
        subjects.append(("delivery", f"its delivery, {found.delivery_number}"))
    return subjects


@router.post("/invoice-promises")
def promise(call: Caller, promised_on: Annotated[date, Form()], number: Text = "", note: Text = "") -> Response:
    """Notes a promise on an invoice."""

    def do(work: Work) -> str:
        found = store.invoice_by_number(work.session, number)
        pause_service.promise(work, found, None, promised_on, note)
        return f"Reminders wait for the promise of {day_short(promised_on, work.actor.locale, work.today)}."

    return call.form(Right.HOLD, do, to=f"/invoices/{number}")
