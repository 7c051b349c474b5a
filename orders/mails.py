"""What customers are told about their orders by mail: which states, in which language, and sending it.

Off until switched on, state by state. A mail goes through the outbox: written in the transaction of its cause, checked
again at the gate, sent by the dispatcher and never by the web app.
"""

import html
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid, Refused
from core.money import Money
from credit import holds
from orders import confirmations
from orders.tables import Order, OrderMail, OrderMailSwitch
from receivables import store as receivables
from receivables.tables import Company, Customer
from runtime import formats, outbox
from runtime.dispatch import Prepared, Withdrawn
from runtime.ids import new_id
from runtime.mail import Mail, Mailbox, compose, printable
from runtime.work import Right, Work

KIND = "order_mail"
STATES = ("ask", "received", "confirmed", "changed", "cancelled", "delivered")
"""What a customer may be told; `ask` is the link that confirms an unusual order."""
FRESH = timedelta(days=2)
"""Older news is history that was loaded, and nobody is written to about it."""

TEXTS = Path(__file__).parent.parent / "templates" / "orders" / "mails.toml"


@cache
def texts() -> Mapping[str, Any]:
    """The words by language."""
    with TEXTS.open("rb") as file:
        return tomllib.load(file)


# ── which states ────────────────────────────────────────────────────────────────────────────────


def switched_on(session: Session) -> set[str]:
    """The states customers are told of."""
    return set(session.scalars(select(OrderMailSwitch.state).where(OrderMailSwitch.is_on)))


def switch(work: Work, state: str, *, is_on: bool) -> None:
    """Says whether customers are told of a state."""
    work.need(Right.POLICY)
    if state not in STATES:
        raise Invalid.because("/state", f"The state is one of {', '.join(STATES)}.", field="state")
    found = work.session.get(OrderMailSwitch, state)
    if found is None:
        found = OrderMailSwitch(state=state, is_on=is_on)
        work.session.add(found)
    found.is_on = is_on
    work.record("order_mails.switched", f"order_mail:{state}", {"is_on": is_on})


# ── writing one ─────────────────────────────────────────────────────────────────────────────────


def tell_customer(work: Work, order: Order, state: str) -> None:
    """Puts a mail about the order's new state into the outbox, when customers are told of it and the news is fresh."""
    if state in STATES and work.now - order.received_at < FRESH and state in switched_on(work.session):
        _enqueue(work, order, state)


def ask_customer(work: Work, order: Order) -> OrderMail:
    """Sends the customer the link that confirms the order, whether or not that is switched on."""
    work.need(Right.PUSH)
    receivables.lock_customer(work.session, order.customer_id)
    work.session.refresh(order)
    if order.status != "received" or order.cancelled_at is not None:
        raise Refused(f"Order {order.number} is {order.status} already; there is nothing to confirm.")
    customer = receivables.customer_of(work.session, order.customer_id)
    if not customer.email:
        raise Refused(f"{customer.name} has no e-mail address. Call, and tell us that the order is validated.")
    made = _enqueue(work, order, "ask")
    work.record("order.customer_asked", f"order:{order.number}", {"mail": str(made.id)})
    return made


def _enqueue(work: Work, order: Order, state: str) -> OrderMail:
    company = work.session.get_one(Company, order.company_id)
    made = OrderMail(
        id=new_id(), order_id=order.id, state=state, language=language_of(work, order), outcome="queued",
        created_at=work.now,
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    domain = company.email.rpartition("@")[2] or "duecourse.invalid"
    outbox.enqueue(work, KIND, made.id, order.customer_id, f"<order.{made.id}@{domain}>")
    return made


def language_of(work: Work, order: Order) -> str:
    """The customer's language, else the company's, else English: the first in which there are words."""
    customer = work.session.get_one(Customer, order.customer_id)
    company = work.session.get_one(Company, order.company_id)
    wanted = (customer.language[:2].lower(), company.language[:2].lower(), "en")
    return next(each for each in wanted if each in texts())


def mails_of(session: Session, order_id: UUID) -> Sequence[OrderMail]:
    """The mails about an order, the first first."""
    return session.scalars(select(OrderMail).where(OrderMail.order_id == order_id).order_by(OrderMail.id)).all()


# ── sending it ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Said:
    """What a mail says; when that changes before the gate, it is written anew."""

    number: str
    amount: Money
    status: str
    recipient: str
    name: str
    language: str
    sender: str
    company: str


class OrderMailKind:
    """Mails about orders, for the dispatcher. `base_url` is where the customer finds us."""

    def __init__(self, base_url: str, stand_in: str = "") -> None:
        self._base_url, self._stand_in = base_url.rstrip("/"), stand_in

    def prepare(self, work: Work, subject_id: UUID) -> Prepared | Withdrawn:
        found = work.session.get_one(OrderMail, subject_id)
        said = self._said(work, found)
        if isinstance(said, Withdrawn):
            return said
        token = confirmations.new_token() if found.state == "ask" else ""
        mail = compose(self._mail(work, found, said, token))
        return Prepared((said, token), mail, said.sender, (said.recipient,))

    def gate(self, work: Work, subject_id: UUID, prepared: Prepared) -> bool | Withdrawn:
        found = work.session.get_one(OrderMail, subject_id)
        order = work.session.get_one(Order, found.order_id)
        receivables.lock_customer(work.session, order.customer_id)
        work.session.refresh(order)
        before, token = prepared.content
        now = self._said(work, found)
        if isinstance(now, Withdrawn):
            return now
        if now != before:
            return False
        if token:
            confirmations.offer(work, order, token)
        found.outcome = "sending"
        return True

    def finished(self, work: Work, subject_id: UUID, state: str, detail: str) -> None:
        found = work.session.get_one(OrderMail, subject_id)
        found.outcome, found.detail = state, detail[:200]
        if state == "sent":
            found.sent_at = work.now
        order = work.session.get_one(Order, found.order_id)
        work.record(f"order_mail.{state}", f"order:{order.number}", {"state": found.state}, reason=detail[:200])

    def _said(self, work: Work, found: OrderMail) -> _Said | Withdrawn:
        order = work.session.get_one(Order, found.order_id)
        customer = work.session.get_one(Customer, order.customer_id)
        company = work.session.get_one(Company, order.company_id)
        if not customer.email:
            return Withdrawn("The customer has no e-mail address.")
        if found.state == "ask" and (order.status != "received" or order.validated_at or order.cancelled_at):
            return Withdrawn("There is nothing to confirm any more.")
        if found.state != "cancelled" and order.cancelled_at is not None:
            return Withdrawn("The order was cancelled meanwhile.")
        if found.state == "confirmed" and holds.held_orders(work.session, [order.number]):
            return Withdrawn("Credit holds the order; the customer is told once it is released.")
        return _Said(
            order.number, Money(order.amount, order.currency), order.status, customer.email, customer.name,
            found.language, company.email or self._stand_in, company.name,
        )  # fmt: skip

    def _mail(self, work: Work, found: OrderMail, said: _Said, token: str) -> Mail:
        words = texts()[said.language]
        link = f"{self._base_url}/order-confirmations?t={quote(token)}"
        facts = {
            "number": printable(said.number), "company": printable(said.company), "link": link,
            "amount": formats.money_with_code(said.amount.minor, said.amount.currency, said.language),
        }  # fmt: skip
        body = words[found.state]["text"].format(**facts)
        text = f"{words['greeting']}\n\n{body}\n\n{words['closing']}\n{facts['company']}\n"
        return Mail(
            message_id=f"<order.{found.id}@{said.sender.rpartition('@')[2]}>",
            at=work.now,
            sender=Mailbox(said.sender, said.company),
            recipients=(Mailbox(said.recipient, printable(said.name)),),
            subject=words[found.state]["subject"].format(**facts),
            text=text,
            html=_as_html(text, link if token else ""),
        )


def _as_html(text: str, link: str) -> str:
    paragraphs = "".join(f"<p>{html.escape(each)}</p>".replace("\n", "<br>") for each in text.strip().split("\n\n"))
    if link:
        safe = html.escape(link, quote=True)
        paragraphs = paragraphs.replace(html.escape(link), f'<a href="{safe}" rel="noreferrer">{safe}</a>')
    style = "font: 15px/1.5 sans-serif; color: #1b2230; max-width: 600px"
    return f'<!doctype html><html><body style="{style}">{paragraphs}</body></html>'
