"""What an evidence pack holds about a customer: tables, and the originals in the archive."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from core.money import decimal_text
from disputes.tables import Dispute, DisputeFile, DisputeStep
from dunning.letter_tables import NoticeEnclosure, NoticeWording
from dunning.mail_tables import IncomingMail
from dunning.plan_tables import PaymentPlan, PlanInstalment
from dunning.tables import InterestClaim, Notice, Pause, Promise
from orders.tables import Order
from payments.tables import Allocation, Payment
from receivables.tables import Company, Customer, Invoice, Note, OpenItem
from runtime import formats
from runtime.schema import AnyRow
from runtime.tables import Document, Outgoing, SendAttempt

Table = tuple[str, str, Sequence[str], Iterable[Sequence[object]]]
"""(what it is, file name, columns, rows)"""


def of(session: Session, customer: Customer) -> Iterator[Table]:
    """The tables of the pack, each row as it is written."""
    yield "Invoices and what is open of them", "invoices", _INVOICE, _invoices(session, customer)
    yield "Payments placed", "payments", _PAYMENT, _payments(session, customer)
    yield "Letters", "letters", _LETTER, _letters(session, customer)
    yield "Deliveries, each attempt", "deliveries", _DELIVERY, _deliveries(session, customer)
    yield "Notes, calls and mail", "history", ("at", "kind", "by", "text"), _history(session, customer)
    yield "Promises", "promises", _PROMISE, _promises(session, customer)
    yield "Payment plans, each instalment", "payment-plans", _PLAN, _plans(session, customer)
    yield "Holds and other pauses", "pauses", _PAUSE, _pauses(session, customer)
    yield "Disputes, each step", "disputes", _DISPUTE, _disputes(session, customer)
    yield "Late interest and costs claimed", "interest", _INTEREST, _interest(session, customer)


_INVOICE = ("invoice", "type", "issued_on", "due_on", "currency", "amount", "open", "order", "sha256_of_original")


def _invoices(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(OpenItem, Invoice, Document.sha256)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .outerjoin(Document, Document.id == Invoice.document_id)
        .where(OpenItem.customer_id == customer.id)
        .order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)
    )
    for item, invoice, digest in session.execute(query):
        yield (
            invoice.number, invoice.type, invoice.issued_on, item.due_on, item.currency,
            decimal_text(item.gross, item.currency), decimal_text(item.open, item.currency), invoice.order_number,
            digest,
        )  # fmt: skip


_PAYMENT = ("at", "invoice", "currency", "amount", "kind")


def _payments(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(Allocation, Invoice)
        .join(OpenItem, OpenItem.id == Allocation.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .outerjoin(Payment, Payment.id == Allocation.payment_id)
        .where(OpenItem.customer_id == customer.id)
        .order_by(Allocation.at, Allocation.id)
    )
    for allocation, invoice in session.execute(query):
        amount = decimal_text(allocation.amount, invoice.currency)
        yield allocation.at.isoformat(), invoice.number, invoice.currency, amount, allocation.kind


_LETTER = (
    "number", "level", "language", "channel", "currency", "total", "state", "sent_at", "message_id", "text_version",
    "sha256",
)  # fmt: skip


def _letters(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(Notice, Document.sha256, NoticeWording.version)
        .outerjoin(Document, Document.id == Notice.document_id)
        .outerjoin(NoticeWording, NoticeWording.notice_id == Notice.id)
        .where(Notice.customer_id == customer.id, Notice.state.not_in(("planned", "cancelled")))
        .order_by(Notice.number)
    )
    for notice, digest, version in session.execute(query):
        yield (
            notice.number, notice.level, notice.language, notice.channel, notice.currency,
            decimal_text(notice.total, notice.currency), notice.state, notice.sent_at and notice.sent_at.isoformat(),
            notice.message_id, version, digest,
        )  # fmt: skip


_DELIVERY = ("letter", "attempt_began", "attempt_ended", "recipients", "outcome", "answer_of_the_server", "sha256")


def _deliveries(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(Notice.number, SendAttempt)
        .join(Outgoing, (Outgoing.subject_id == Notice.id) & (Outgoing.kind == "notice"))
        .join(SendAttempt, SendAttempt.outgoing_id == Outgoing.id)
        .where(Notice.customer_id == customer.id)
        .order_by(Notice.number, SendAttempt.started_at)
    )
    for number, attempt in session.execute(query):
        ended = attempt.finished_at and attempt.finished_at.isoformat()
        yield (
            number, attempt.started_at.isoformat(), ended, attempt.recipients, attempt.outcome, attempt.reply,
            attempt.content_hash,
        )  # fmt: skip


def _history(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    for note in session.scalars(select(Note).where(Note.customer_id == customer.id).order_by(Note.at, Note.id)):
        yield note.at.isoformat(), note.kind, note.author.partition(":")[2], note.body


_PROMISE = ("made_at", "invoice", "currency", "amount", "promised_on", "state", "note", "noted_by")


def _promises(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(Promise, Invoice.number)
        .join(OpenItem, OpenItem.id == Promise.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(Promise.customer_id == customer.id)
        .order_by(Promise.at, Promise.id)
    )
    for made, number in session.execute(query):
        amount = decimal_text(made.amount, made.currency)
        by = made.actor.partition(":")[2]
        yield made.at.isoformat(), number, made.currency, amount, made.promised_on, made.state, made.note, by


_PLAN = ("plan", "state", "agreed_on", "instalment", "due_on", "currency", "amount", "missed_on")


def _plans(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(PaymentPlan, PlanInstalment)
        .join(PlanInstalment, PlanInstalment.plan_id == PaymentPlan.id)
        .where(PaymentPlan.customer_id == customer.id)
        .order_by(PaymentPlan.number, PlanInstalment.position)
    )
    for plan, part in session.execute(query):
        amount = decimal_text(part.amount, plan.currency)
        yield plan.number, plan.state, plan.began_on, part.position, part.due_on, plan.currency, amount, plan.missed_on


_PAUSE = ("from", "through", "ended_on", "source", "invoice", "reason", "by")


def _pauses(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(Pause, Invoice.number)
        .outerjoin(OpenItem, OpenItem.id == Pause.open_item_id)
        .outerjoin(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(Pause.customer_id == customer.id)
        .order_by(Pause.from_at, Pause.id)
    )
    for pause, number in session.execute(query):
        by = pause.actor.partition(":")[2]
        yield pause.from_on, pause.expires_on, pause.ended_on, pause.source, number, pause.reason, by


_DISPUTE = ("case", "subject", "reason", "state", "step", "outcome", "amount", "currency", "note", "by", "at")


def _disputes(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(Dispute, DisputeStep)
        .join(DisputeStep, DisputeStep.dispute_id == Dispute.id)
        .where(Dispute.customer_id == customer.id)
        .order_by(Dispute.number, DisputeStep.id)
    )
    for case, step in session.execute(query):
        amount = decimal_text(step.amount, case.currency) if step.amount is not None and case.currency else None
        yield (
            case.number, f"{case.subject_kind} {case.subject}", case.reason, case.state, step.kind, step.outcome,
            amount, case.currency, step.note, step.actor.partition(":")[2], step.at.isoformat(),
        )  # fmt: skip


_INTEREST = (
    "invoice", "kind", "from", "through", "days", "currency", "principal", "rate", "amount", "regime", "letter",
    "reason",
)  # fmt: skip


def _interest(session: Session, customer: Customer) -> Iterator[Sequence[object]]:
    query = (
        select(InterestClaim, Invoice.number, Notice.number)
        .join(Invoice, Invoice.id == InterestClaim.invoice_id)
        .join(Notice, Notice.id == InterestClaim.notice_id)
        .join(OpenItem, OpenItem.id == InterestClaim.charge_item_id)
        .where(OpenItem.customer_id == customer.id)
        .order_by(Invoice.number, InterestClaim.from_on, InterestClaim.at)
    )
    for claim, number, letter in session.execute(query):
        principal = decimal_text(claim.principal, claim.currency) if claim.principal is not None else None
        yield (
            number, claim.kind, claim.from_on, claim.to_on, claim.days, claim.currency, principal, claim.rate,
            decimal_text(claim.amount, claim.currency), claim.regime, letter, claim.reason,
        )  # fmt: skip


# ── for the summary ─────────────────────────────────────────────────────────────────────────────


def creditors(session: Session, customer: Customer) -> tuple[str, ...]:
    """Our companies that have invoiced the customer."""
    named = select(Company.legal_name).join(Invoice, Invoice.company_id == Company.id)
    query = named.where(Invoice.customer_id == customer.id).distinct().order_by(Company.legal_name)
    return tuple(session.scalars(query))


def sums(session: Session, customer: Customer, today: date) -> tuple[tuple[str, str, str], ...]:
    """(currency, open, overdue) of what the customer owes, charges for lateness among it."""
    late = func.coalesce(func.sum(OpenItem.open).filter(OpenItem.due_on < today), 0)
    query = (
        select(OpenItem.currency, func.sum(OpenItem.open), late)
        .where(OpenItem.customer_id == customer.id, OpenItem.kind != "credit_note", OpenItem.open > 0)
        .group_by(OpenItem.currency)
        .order_by(OpenItem.currency)
    )
    return tuple(
        (currency, formats.money(int(open_), currency, "en"), formats.money(int(overdue), currency, "en"))
        for currency, open_, overdue in session.execute(query)
    )


# ── originals ───────────────────────────────────────────────────────────────────────────────────


def originals(session: Session, customer: Customer) -> Iterator[tuple[str, Document, str]]:
    """(folder, document, file name) of every original about the customer, as it was received or sent."""
    own = Invoice.customer_id == customer.id
    for number, document in _named(session, select(Invoice.number, Document), Invoice.document_id, own):
        yield "invoices", document, f"{number}{_ending(document)}"
    own = Order.customer_id == customer.id
    for number, document in _named(session, select(Order.number, Document), Order.document_id, own):
        yield "orders", document, f"{number}{_ending(document)}"
    own = (Notice.customer_id == customer.id) & Notice.state.in_(("sending", "sent", "unknown"))
    for number, document in _named(session, select(Notice.number, Document), Notice.document_id, own):
        yield "letters", document, f"notice {number:05d}.pdf"
    went = (
        select(Notice.number, Document)
        .join(NoticeEnclosure, NoticeEnclosure.notice_id == Notice.id)
        .join(Document, Document.id == NoticeEnclosure.document_id)
        .where(own)
        .order_by(Notice.number, NoticeEnclosure.position)
    )
    for number, document in session.execute(went):
        yield "letters", document, f"notice {number:05d}, {document.name.rpartition('/')[2]}"
    own = (IncomingMail.customer_id == customer.id) & (IncomingMail.kind != "automatic")
    for number, document in _named(session, select(IncomingMail.number, Document), IncomingMail.document_id, own):
        yield "mail", document, f"mail {number:05d}.eml"
    files = (
        select(Dispute.number, Document)
        .join(DisputeFile, DisputeFile.dispute_id == Dispute.id)
        .join(Document, Document.id == DisputeFile.document_id)
        .where(Dispute.customer_id == customer.id)
        .order_by(Dispute.number, DisputeFile.id)
    )
    for case, document in session.execute(files):
        yield f"disputes/case {case}", document, document.name.rpartition("/")[2]


def _named(
    session: Session, query: Select[*tuple[Any, ...]], document_id: Any, own: ColumnElement[bool]
) -> Sequence[AnyRow]:
    """(number, Document) of what has an original, by number."""
    joined = query.join(Document, Document.id == document_id).where(own)
    return session.execute(joined.order_by(query.selected_columns[0])).all()


def _ending(document: Document) -> str:
    name = document.name.rpartition("/")[2]
    ending = name.rpartition(".")[2] if "." in name else ""
    return f".{ending.lower()}" if ending.isalnum() and len(ending) <= 5 else ""
