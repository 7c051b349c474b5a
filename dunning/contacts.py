"""Speaking with customers: a call with its outcome, what comes next, who does it, and what one puts off."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import delete, select

from core.errors import Invalid
from disputes.service import Contest, open_dispute
from dunning import pauses
from dunning.contact_tables import CollectionCase, LoggedCall, Snooze
from receivables import service as receivables
from receivables import store
from receivables.tables import Company, Customer, Invoice
from runtime.ids import new_id
from runtime.tables import User
from runtime.work import Right, Work

Outcome = Literal["reached", "not_reached", "promised", "disputes", "paid_already"]
OUTCOMES: Final[dict[str, str]] = {
    "reached": "reached",
    "not_reached": "not reached",
    "promised": "promised to pay",
    "disputes": "disputes it",
    "paid_already": "says it is paid",
}
"""Outcome of a call → its words."""
FARTHEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class PromiseSaid:
    """What was promised on a call; `amount` None is all that is open."""

    invoice: Invoice
    promised_on: date
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is logged. A promise or a contested invoice named with it is recorded in the same step."""

    outcome: Outcome
    note: str = ""
    next_on: date | None = None
    promise: PromiseSaid | None = None
    contest: Contest | None = None


def log_call(work: Work, customer: Customer, company: Company, call: Call) -> LoggedCall:
    """Logs a call in the customer's history; the next day to get in touch takes the place of the one before."""
    work.need(Right.HOLD)
    _fit_day(work, call.next_on, "next_on")
    _of_this_customer(customer, call)
    store.lock_customer(work.session, customer.id)
    if call.promise:
        said = call.promise
        pauses.promise(work, said.invoice, said.amount, said.promised_on, call.note or "on a call")
    if call.contest:
        open_dispute(work, company, call.contest)
    logged = LoggedCall(
        id=new_id(), customer_id=customer.id, company_id=company.id, outcome=call.outcome, note=call.note.strip(),
        next_on=call.next_on, actor=str(work.actor), on=work.today, at=work.now,
    )  # fmt: skip
    work.session.add(logged)
    case = case_of(work, customer, company)
    case.next_on, case.last_contact_on, case.last_contact_at = call.next_on, work.today, work.now
    words = OUTCOMES[call.outcome] + (f": {logged.note}" if logged.note else "")
    receivables.add_note(work, customer, "call", words[0].upper() + words[1:])
    facts = {
        "call": str(logged.id),
        "outcome": call.outcome,
        "company": company.code,
        "next_on": str(call.next_on or ""),
    }
    work.record("call.logged", f"customer:{customer.external_id}", facts)
    return logged


def _fit_day(work: Work, day: date | None, field: str) -> None:
    if day is not None and not 0 < (day - work.today).days <= FARTHEST_DAYS:
        message = f"The next contact is after today and by {work.today + timedelta(days=FARTHEST_DAYS)}."
        raise Invalid.because(f"/{field}", message, field=field)


def _of_this_customer(customer: Customer, call: Call) -> None:
    if call.outcome == "promised" and call.promise is None:
        raise Invalid.because("/promise", "Say which invoice was promised, and for which day.", field="promise")
    if call.outcome == "disputes" and call.contest is None:
        raise Invalid.because("/dispute", "Say which invoice is contested, and why.", field="dispute")
    if call.promise and call.promise.invoice.customer_id != customer.id:
        message = f"{call.promise.invoice.number} is not an invoice of {customer.name}."
        raise Invalid.because("/promise/invoice_number", message, field="invoice_number")


def case_of(work: Work, customer: Customer, company: Company) -> CollectionCase:
    """How collecting from a customer of a company stands; begun when nobody did anything yet."""
    found = work.session.get(CollectionCase, (customer.id, company.id))
    if found is None:
        found = CollectionCase(customer_id=customer.id, company_id=company.id, assignee="")
        work.session.add(found)
    return found


def assign(work: Work, customer: Customer, company: Company, to: str) -> None:
    """Gives a case to a person of the house, by e-mail; empty gives it back to the customer's own owner."""
    work.need(Right.HOLD)
    email = to.strip().lower()
    if email and work.session.scalar(select(User.id).where(User.email == email, User.disabled_at.is_(None))) is None:
        raise Invalid.because("/to", f"Nobody signs in here as “{to.strip()[:80]}”.", field="to")
    store.lock_customer(work.session, customer.id)
    case_of(work, customer, company).assignee = email
    work.record("case.assigned", f"customer:{customer.external_id}", {"to": email, "company": company.code})


def snooze(work: Work, customer: Customer, company: Company, through: date, reason: str) -> None:
    """Puts a line of the worklist off for the one who asks, through a day."""
    work.need(Right.HOLD)
    if not reason.strip():
        raise Invalid.because("/reason", "Say why it is put off.", field="reason")
    if not 0 <= (through - work.today).days <= FARTHEST_DAYS:
        message = f"It is put off through a day from today on, by {work.today + timedelta(days=FARTHEST_DAYS)}."
        raise Invalid.because("/through", message, field="through")
    work.session.merge(
        Snooze(owner=str(work.actor), customer_id=customer.id, company_id=company.id, through=through,
               reason=reason.strip(), at=work.now)
    )  # fmt: skip
    work.record("case.snoozed", f"customer:{customer.external_id}", {"through": str(through)}, reason=reason.strip())


def wake(work: Work, customer: Customer, company: Company) -> None:
    """Takes back what the one who asks had put off."""
    work.need(Right.HOLD)
    mine = (Snooze.owner == str(work.actor), Snooze.customer_id == customer.id, Snooze.company_id == company.id)
    work.session.execute(delete(Snooze).where(*mine))
    work.record("case.woken", f"customer:{customer.external_id}", {"company": company.code})


def calls_of(work: Work, customer_id: UUID, company_id: UUID) -> list[LoggedCall]:
    """The last calls with a customer of a company, the newest first."""
    query = select(LoggedCall).where(LoggedCall.customer_id == customer_id, LoggedCall.company_id == company_id)
    return list(work.session.scalars(query.order_by(LoggedCall.at.desc()).limit(10)))
