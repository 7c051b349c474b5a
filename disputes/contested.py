"""What cash application asks of disputes: the open items that cases not closed are about."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from disputes.tables import Dispute
from payments.events import DifferencesJudged
from receivables.tables import Invoice, OpenItem
from runtime.work import Work


def name_contested(work: Work, event: DifferencesJudged) -> None:
    """Names what is contested, wholly or in part, and what waits for the credit note of a case decided."""
    event.contested.update(contested_item_ids(work.session, event.company_id))


def contested_item_ids(session: Session, company_id: UUID) -> Iterable[UUID]:
    """The items still open that a case not closed is about: its invoice, or all that name its delivery or order."""
    open_cases = (Dispute.company_id == company_id, Dispute.closed_at.is_(None))
    on_invoice = _items().where(*open_cases, Dispute.invoice_id == Invoice.id)
    on_delivery = _on_papers(Dispute.delivery_number, Invoice.delivery_number).where(*open_cases)
    on_order = _on_papers(Dispute.order_number, Invoice.order_number).where(*open_cases, Dispute.delivery_number == "")
    return session.scalars(union_all(on_invoice, on_delivery, on_order))


def _items() -> Select[UUID]:
    return (
        select(OpenItem.id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(OpenItem.kind == "invoice", OpenItem.open > 0)
    )


def _on_papers(named: InstrumentedAttribute[str], number: InstrumentedAttribute[str]) -> Select[UUID]:
    party = or_(Dispute.customer_id == Invoice.customer_id, Dispute.customer_id == Invoice.buyer_id)
    same_paper = (Dispute.invoice_id.is_(None), named != "", named == number)
    return _items().where(*same_paper, Dispute.company_id == Invoice.company_id, party)
