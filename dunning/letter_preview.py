"""A letter for looking at: a text over what a real customer owes today. Nothing is stored and nothing leaves."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Refused
from dunning import store
from dunning.delivery import address_lines, sender_of
from dunning.escalation import ItemFacts
from dunning.facts import PauseLedger
from dunning.letter import COURTESY, Language, Letter, LetterRow, Recipient
from dunning.letter_text import LetterText
from receivables import store as receivables
from receivables.tables import Customer, Invoice, OpenItem
from runtime.work import Right, Work

STAND_IN = "letters@duecourse.invalid"
MOST_ROWS = 200
DAYS_TO_PAY = 7


def preview(work: Work, level: int, language: Language, text: LetterText, external_id: str = "") -> Letter:
    """The letter this customer would get at this level; without a number, the one who owes most.

    `Refused` when there is nothing to write about.
    """
    work.need(Right.VIEW)
    customer = receivables.customer_by_external_id(work.session, external_id) if external_id else _largest(work.session)
    owed = _largest_party(receivables.open_items_of_customer(work.session, customer.id)) if customer else []
    if customer is None or not owed:
        raise Refused("There is nothing open to write about; name a customer who owes something.")
    rows = tuple(_rows(work, customer, owed, level))
    if not any(row.claimed_minor for row in rows):
        raise Refused(f"Everything {customer.name} owes is in dispute; name another customer.")
    first = owed[0][0]
    return Letter(
        number=f"N-{work.today.year}-00000",
        level=level,
        language=language,
        on=work.today,
        currency=first.currency,
        sender=sender_of(work, store.company(work.session, first.company_id), STAND_IN),
        recipient=_recipient(customer),
        rows=rows,
        pay_by=work.today + timedelta(days=DAYS_TO_PAY),
        previous_on=work.today - timedelta(days=14) if level > 1 else None,
        text=text,
    )


def _largest(session: Session) -> Customer | None:
    total = func.sum(OpenItem.open)
    query = select(OpenItem.customer_id).where(OpenItem.kind == "invoice", OpenItem.open > 0)
    found = session.scalar(query.group_by(OpenItem.customer_id).order_by(total.desc(), OpenItem.customer_id).limit(1))
    return session.get_one(Customer, found) if found else None


def _largest_party(items: Sequence[tuple[OpenItem, Invoice]]) -> list[tuple[OpenItem, Invoice]]:
    """What is owed to one company in one currency, where that is most."""
    parties: dict[object, list[tuple[OpenItem, Invoice]]] = defaultdict(list)
    for item, invoice in items:
        if item.kind == "invoice" and item.open > 0:
            parties[item.company_id, item.currency].append((item, invoice))
    found = max(parties.values(), key=lambda each: sum(item.open for item, _ in each), default=[])
    return found[:MOST_ROWS]


def _rows(work: Work, customer: Customer, owed: Sequence[tuple[OpenItem, Invoice]], level: int) -> list[LetterRow]:
    ledger = PauseLedger.of(store.pauses(work.session, {customer.id}))
    found = []
    for item, invoice in owed:
        stops, ended = ledger.about(item.id, customer.id, work.today)
        facts = ItemFacts(item.due_on, item.open, item.currency, customer.country, stops=stops, ended=ended)
        found.append(
            LetterRow(
                number=invoice.number,
                issued_on=invoice.issued_on,
                due_on=item.due_on,
                days_overdue=max(0, (work.today - item.due_on).days),
                level=max(level, COURTESY),
                open_minor=item.open,
                disputed_minor=min(facts.paused, item.open),
            )
        )
    return found


def _recipient(customer: Customer) -> Recipient:
    return Recipient(
        name=customer.name,
        customer_id=customer.external_id,
        address=address_lines(customer.street, customer.postal_code, customer.city),
        country=customer.country or None,
        email=customer.email,
    )
