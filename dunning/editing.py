"""Changing a proposed notice before anybody approves it: to whom it goes, how sternly it speaks, what it names.

Its items keep the level they are reminded at, so nobody is reminded twice at one (D1); only the words become milder.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid
from dunning import store
from dunning.errors import NotEditable
from dunning.letter import LANGUAGES
from dunning.policy import Level
from dunning.recipients import person_for
from dunning.tables import Notice, NoticeLine
from receivables import store as receivables
from receivables.tables import Contact, Customer, Invoice, OpenItem
from runtime.mail import checked_address
from runtime.work import Right, Work


@dataclass(frozen=True, slots=True)
class Person:
    """Whom somebody chose to write to."""

    name: str
    email: str
    language: str


def addressee(session: Session, notice: Notice, step: Level) -> Person | Contact | None:
    """Whom a notice is for: the one chosen for it, else the contact of its level; None: the customer's own address."""
    if notice.to_email:
        return Person(notice.to_name or "", notice.to_email, notice.to_language or "")
    return person_for(step.recipient, receivables.contacts_of_customer(session, notice.customer_id))


def spoken_level(notice: Notice, level: int) -> int:
    """The level whose words, fee and interest a letter of a level has."""
    return level if notice.written_as is None else min(level, notice.written_as)


def address_to_contact(work: Work, notice: Notice, contact_id: UUID, reason: str = "") -> None:
    """Sends a proposed notice to another contact of its customer."""
    contacts = receivables.contacts_of_customer(work.session, notice.customer_id)
    chosen = next((each for each in contacts if each.id == contact_id), None)
    if chosen is None or not chosen.email:
        said = "Choose a contact of this customer that has an e-mail address."
        raise Invalid.because("/recipient", said, field="recipient")
    _address(work, notice, Person(chosen.name, chosen.email, chosen.language), reason.strip() or "another contact")


def address_to(work: Work, notice: Notice, person: Person, reason: str) -> None:
    """Sends a proposed notice to a typed address, and says why."""
    _need_reason(reason)
    if person.language and person.language not in LANGUAGES:
        said = f"Letters are written in {', '.join(LANGUAGES)}."
        raise Invalid.because("/recipient/language", said, field="language")
    try:
        checked_address(person.email.strip())
    except Invalid as error:
        raise Invalid.because("/recipient/email", str(error), field="email") from error
    _address(work, notice, Person(person.name.strip(), person.email.strip(), person.language), reason)


def _address(work: Work, notice: Notice, person: Person, reason: str) -> None:
    _open(work, notice)
    notice.to_name, notice.to_email, notice.to_language = person.name[:200], person.email, person.language or None
    _noted(work, notice, {"recipient": "changed"}, reason)


def write_as(work: Work, notice: Notice, level: int, reason: str) -> None:
    """Lets a proposed notice speak as a lower level does: its text, its fee, its interest, its days to pay. Its own
    level takes a milder wording back."""
    _need_reason(reason)
    _open(work, notice)
    known = {
        step.number
        for version in {line.policy_id for line in store.lines(work.session, notice.id) if line.level == notice.level}
        for step in store.policies_by_id(work.session)[version].levels
    }
    if level not in known or not min(1, notice.level) <= level <= notice.level:
        said = f"It can speak as a level from {min(1, notice.level)} to {notice.level} of its policy."
        raise Invalid.because("/written_as", said, field="written_as")
    notice.written_as = None if level == notice.level else level
    _noted(work, notice, {"written_as": level}, reason)


def drop_lines(work: Work, notice: Notice, invoice_numbers: list[str], reason: str) -> None:
    """Takes invoices out of a proposed notice; the next run looks at them again. One at least stays: else the notice is
    dropped as a whole."""
    _need_reason(reason)
    _open(work, notice)
    rows = lines_of(work.session, notice)
    unknown = set(invoice_numbers) - {invoice.number for _, _, invoice in rows}
    if not invoice_numbers or unknown:
        said = f"It does not name {', '.join(sorted(unknown)[:3])}." if unknown else "Name invoices of the notice."
        raise Invalid.because("/without", said, field="without")
    staying = [line for line, _, invoice in rows if invoice.number not in invoice_numbers]
    if not staying:
        raise Invalid.because("/without", "Nothing would be left; drop the notice as a whole.", field="without")
    for line, _, invoice in rows:
        line.is_released = invoice.number in invoice_numbers
    notice.level = max(line.level for line in staying)
    notice.total = sum(line.open - line.disputed for line in staying)
    if notice.written_as is not None and notice.written_as >= notice.level:
        notice.written_as = None
    _noted(work, notice, {"without": sorted(set(invoice_numbers))}, reason)


def lines_of(session: Session, notice: Notice) -> list[tuple[NoticeLine, OpenItem, Invoice]]:
    """What a notice still names, the oldest due first."""
    return [(line, item, invoice) for line, item, invoice in store.lines_with_items(session, notice.id)]


def released_of(session: Session, notice: Notice) -> list[str]:
    """The invoices that were taken out of a notice."""
    query = (
        select(Invoice.number)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .join(NoticeLine, NoticeLine.open_item_id == OpenItem.id)
        .where(NoticeLine.notice_id == notice.id, NoticeLine.is_released)
    )
    return list(session.scalars(query.order_by(Invoice.number)))


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid.because("/reason", "Say why.", field="reason")


def _open(work: Work, notice: Notice) -> None:
    """The notice under its customer's lock, still waiting for approval."""
    work.need(Right.DUN)
    receivables.lock_customer(work.session, notice.customer_id)
    work.session.refresh(notice)
    if notice.state != "planned":
        raise NotEditable(notice.state)


def _noted(work: Work, notice: Notice, what: dict[str, object], reason: str) -> None:
    notice.edits += 1
    work.session.flush()
    customer = work.session.get_one(Customer, notice.customer_id)
    facts = {**what, "customer_id": customer.external_id}
    work.record("notice.edited", f"notice:{notice.number}", facts, reason=reason.strip())
