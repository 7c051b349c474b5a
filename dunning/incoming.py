"""Mail that comes in: bounces mark an address, automatic answers end here, what a person wrote waits for a person.

Nothing here answers a mail, and nothing changes money: a proposal becomes a promise, a dispute or a hold only when
somebody accepts it.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound, Refused
from disputes import service as disputes
from disputes.service import Contest
from dunning import pauses, store
from dunning.mail_tables import DeadAddress, IncomingMail
from dunning.replies import own_words, proposal
from dunning.tables import Notice
from receivables import store as receivables
from receivables.tables import Contact, Customer, Invoice, Note
from runtime.ids import new_id
from runtime.inbound import Failure, Inbound
from runtime.numbers import next_number
from runtime.schema import AnyRow
from runtime.tables import Document, Outgoing, SendAttempt
from runtime.work import Right, Work


class NoSuchMail(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such mail.")


class Decided(Refused):
    def __init__(self, mail: IncomingMail) -> None:
        super().__init__(f"This mail is {mail.state} already: {mail.decision or 'nobody has to decide about it'}.")


# ── taking in ───────────────────────────────────────────────────────────────────────────────────


def take_in(work: Work, arrived: Inbound, original: Document) -> IncomingMail:
    """Stores a message nobody has taken in (`known_mail`), beside its original."""
    notice = _notice_answered(work.session, arrived.answers)
    failure = _believable(work.session, arrived.failures, notice)
    customer = _customer_of(work.session, notice, arrived)
    mail = IncomingMail(
        id=new_id(), number=next_number(work.session, "incoming_mail"), sha256=original.sha256, kind=arrived.kind,
        sender=arrived.sender, subject=arrived.subject, text=arrived.text if arrived.kind == "reply" else "",
        received_at=work.now, customer_id=customer.id if customer else None, notice_id=notice.id if notice else None,
        failed_address=failure.address if failure else "", quote=failure.said if failure else "", state="done",
        invoices="", decision="", decided_by="", document_id=original.id,
    )  # fmt: skip
    work.session.add(mail)
    work.session.flush()
    if failure and failure.is_final:
        _mark_dead(work, mail, failure)
    if mail.kind == "reply":
        _propose(work, mail, customer)
    work.record(f"mail.{mail.kind}", f"mail:{mail.number}", {"sender": mail.sender, "meaning": mail.meaning})
    return mail


def known_mail(session: Session, sha256: str) -> IncomingMail | None:
    """The message of this very content, when it was taken in before."""
    return session.scalars(select(IncomingMail).where(IncomingMail.sha256 == sha256)).first()


def _notice_answered(session: Session, message_ids: Sequence[str]) -> Notice | None:
    """The nearest of our notices the message refers to."""
    found = {
        notice.message_id: notice
        for notice in session.scalars(select(Notice).where(Notice.message_id.in_(message_ids[:50])))
    }
    return next((found[each] for each in message_ids if each in found), None)


def _believable(session: Session, failures: Sequence[Failure], notice: Notice | None) -> Failure | None:
    """The failure of an address we really sent this very notice to; anybody can write a bounce."""
    if notice is None or notice.message_id is None:
        return None
    tried = session.scalars(
        select(SendAttempt.recipients)
        .join(Outgoing, Outgoing.id == SendAttempt.outgoing_id)
        .where(Outgoing.message_id == notice.message_id)
    )
    addresses = {address.strip().lower() for line in tried for address in line.split(",")}
    return next((each for each in failures if each.address.lower() in addresses), None)


def _customer_of(session: Session, notice: Notice | None, arrived: Inbound) -> Customer | None:
    """Whose mail it is: the notice's customer, else the only one with the sender's address."""
    if notice is not None:
        return session.get_one(Customer, notice.customer_id)
    if not arrived.sender:
        return None
    by_contact = select(Contact.customer_id).where(func.lower(Contact.email) == arrived.sender)
    query = select(Customer).where((func.lower(Customer.email) == arrived.sender) | Customer.id.in_(by_contact))
    found = receivables.survivors(session, session.scalars(query.limit(3)))
    return found[0] if len(found) == 1 else None


def _mark_dead(work: Work, mail: IncomingMail, failure: Failure) -> None:
    mail.state = "waiting"
    if work.session.get(DeadAddress, failure.address) is None:
        reason = " ".join(filter(None, (failure.status, failure.said)))[:300]
        work.session.add(DeadAddress(address=failure.address, reason=reason, mail_id=mail.id, since=work.now))
        work.record("address.dead", f"mail:{mail.number}", {"address": failure.address}, reason=reason or None)


def _propose(work: Work, mail: IncomingMail, customer: Customer | None) -> None:
    """Puts what a person wrote into the customer's history, with what it seems to say."""
    mail.state = "waiting"
    if customer is None:
        return
    numbers = [invoice.number for _, invoice in _open_items(work.session, customer.id)]
    found = proposal(mail.text, work.today, numbers)
    if found:
        mail.meaning, mail.quote, mail.promised_on = found.meaning, found.quote, found.promised_on
        mail.invoices = "\n".join(found.invoices)
    written = own_words(mail.text)[:2_000] or mail.subject
    work.session.add(
        Note(customer_id=customer.id, kind="mail", body=written, author=f"mail:{mail.sender}", at=work.now)
    )


def _open_items(session: Session, customer_id: UUID) -> list[AnyRow]:
    rows = receivables.open_items_of_customer(session, customer_id)
    return [row for row in rows if row[0].kind == "invoice"]


# ── deciding ────────────────────────────────────────────────────────────────────────────────────


def accept_promise(work: Work, mail: IncomingMail, numbers: Sequence[str], promised_on: date) -> None:
    """Takes the mail as a promise to pay these invoices by a day."""
    invoices = _begin(work, mail, Right.HOLD, numbers)
    for invoice in invoices:
        pauses.promise(work, invoice, None, promised_on, f"mail {mail.number}: {mail.quote}"[:300])
    _decide(work, mail, "accepted", f"promise for {promised_on}: {_named(invoices)}")


def accept_dispute(work: Work, mail: IncomingMail, numbers: Sequence[str], reason: str) -> None:
    """Takes the mail as a complaint about these invoices: a case is opened for each."""
    invoices = _begin(work, mail, Right.DISPUTE, numbers)
    for invoice in invoices:
        company = store.company(work.session, invoice.company_id)
        note = f"mail {mail.number}: {mail.quote or mail.subject}"[:500]
        said_on = mail.received_at.date()
        contest = Contest("invoice", invoice.number, reason, said_on, said_on, note=note, door="mail")
        disputes.open_dispute(work, company, contest)
    _decide(work, mail, "accepted", f"dispute of {_named(invoices)}")


def accept_paid(work: Work, mail: IncomingMail, numbers: Sequence[str], until: date) -> None:
    """Takes the customer's word that it is paid: the invoices are held through a day, while we look for the money."""
    invoices = _begin(work, mail, Right.HOLD, numbers)
    customer = receivables.customer_of(work.session, invoices[0].customer_id)
    for invoice in invoices:
        pauses.hold(work, customer, invoice, f"Says it is paid (mail {mail.number})", until)
    _decide(work, mail, "accepted", f"said to be paid, held through {until}: {_named(invoices)}")


def dismiss(work: Work, mail: IncomingMail, why: str = "") -> None:
    """Says that a mail was seen and needs nothing."""
    work.need(Right.HOLD)
    _lock(work, mail)
    _decide(work, mail, "dismissed", why.strip()[:300] or "seen")


def revive(work: Work, address: str) -> None:
    """Says that an address works again."""
    work.need(Right.HOLD)
    found = work.session.get(DeadAddress, address.strip().lower())
    if found is None:
        raise NotFound("No mail came back from this address.")
    work.session.delete(found)
    mail = work.session.get_one(IncomingMail, found.mail_id)
    if mail.state == "waiting":
        _decide(work, mail, "dismissed", "the address works again")
    work.record("address.revived", f"mail:{mail.number}", {"address": found.address})


def _begin(work: Work, mail: IncomingMail, right: Right, numbers: Sequence[str]) -> list[Invoice]:
    """The invoices a decision is about: some, all of the customer the mail is from."""
    work.need(right)
    _lock(work, mail)
    if not numbers:
        raise Invalid.because("/invoices", "Choose the invoices this is about.", field="invoices")
    invoices = [receivables.invoice_by_number(work.session, number) for number in dict.fromkeys(numbers)]
    if any(invoice.customer_id != mail.customer_id for invoice in invoices):
        raise Invalid.because("/invoices", "These are not all this customer's invoices.", field="invoices")
    return invoices


def _lock(work: Work, mail: IncomingMail) -> None:
    work.session.refresh(mail, with_for_update=True)
    if mail.state != "waiting":
        raise Decided(mail)


def _decide(work: Work, mail: IncomingMail, state: str, decision: str) -> None:
    mail.state, mail.decision = state, decision
    mail.decided_by, mail.decided_at = str(work.actor), work.now
    work.record(f"mail.{state}", f"mail:{mail.number}", {"decision": decision})


def _named(invoices: Sequence[Invoice]) -> str:
    return ", ".join(invoice.number for invoice in invoices)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def mail_by_number(session: Session, number: int) -> IncomingMail:
    found = session.scalars(select(IncomingMail).where(IncomingMail.number == number)).first()
    if found is None:
        raise NoSuchMail
    return found


def mails(state: str = "", kind: str = "") -> Select[IncomingMail, Customer, Notice]:
    """(IncomingMail, Customer or None, Notice or None) of a state or a kind, or of all."""
    query = (
        select(IncomingMail, Customer, Notice)
        .outerjoin(Customer, Customer.id == IncomingMail.customer_id)
        .outerjoin(Notice, Notice.id == IncomingMail.notice_id)
    )
    if state:
        query = query.where(IncomingMail.state == state)
    return query.where(IncomingMail.kind == kind) if kind else query


def waiting_count(session: Session) -> int:
    """How many mails wait for a person."""
    return session.scalar(select(func.count()).select_from(IncomingMail).where(IncomingMail.state == "waiting")) or 0


def owed_by(session: Session, mail: IncomingMail) -> list[AnyRow]:
    """(OpenItem, Invoice) a decision about a mail may be about."""
    return _open_items(session, mail.customer_id) if mail.customer_id else []
