"""Orders that come as documents (UBL, EDIFACT and the others we read), and the messages about one.

The number of an order document is the buyer's; it becomes both the order's number and its PO number. It was received
when the file came in: the date on a document is when it was written.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from core.errors import Invalid
from core.problems import Problem
from orders.captures import keep_text
from orders.intake import OrderIn
from orders.service import Told, put_orders, tell
from orders.tables import Order, OrderEvent
from orders.words import read_words
from receivables.e_invoices import read_documents
from receivables.imports import Handed, Imported
from receivables.intake.documents.model import Address, OrderDocument
from receivables.parties import Paper, customer_of, our_company
from receivables.push import Intake
from receivables.tables import Company, Customer, ImportRun
from runtime.fence import LIMITS, fenced
from runtime.house import House
from runtime.work import Actor, Right, Work

CHANNEL = "edi"
ACCEPTED, REFUSED = {"AP", "true"}, {"RE", "false"}
"""Answers to an order: UNCL 4343 codes, and UBL's accepted indicator."""


def import_documents(house: House, actor: Actor, handed: Handed, imported: Imported, channel: str = CHANNEL) -> None:
    """Takes every order of the file, and every message about one, in one transaction; counts into `imported`.

    `Invalid` refuses the file: unreadable, no order in it, or one in which we buy. `Held` waits for an answer.
    """
    found = list(fenced(LIMITS, read_documents, str(handed.path), handed.name, handed.format))
    imported.format = found[0] if isinstance(found[0], str) else ""
    orders = [each for each in found if isinstance(each, OrderDocument)]
    if not orders:
        raise Invalid.because("whole file", "There is no order in this document; invoices and advices are other kinds.")
    words = next(iter(fenced(LIMITS, read_words, str(handed.path))))
    imported.add(
        house.write(lambda work: put_documents(work, orders, handed.company, imported.id, channel, words), actor=actor)
    )


def put_documents(
    work: Work,
    documents: Sequence[OrderDocument],
    code: str | None,
    import_id: UUID,
    channel: str = CHANNEL,
    words: str = "",
) -> Intake:
    """The orders and messages of one file; what cannot be taken is rejected with its problem. By `words` the original
    is found."""
    work.need(Right.PUSH)
    intake = Intake()
    run = work.session.get(ImportRun, import_id)
    if run and run.document_id:
        keep_text(work, run.document_id, words)
    for document in documents:
        if document.kind == "order":
            intake.add(_put_order(work, document, code, run.document_id if run else None, channel))
        else:
            intake.add(_put_message(work, document))
    return intake


def _put_order(work: Work, document: OrderDocument, code: str | None, original: UUID | None, channel: str) -> Intake:
    where, intake = f"order {document.number}", Intake()
    flaw = _flaw(document)
    if flaw:
        intake.reject(document.number, Problem(where, flaw, field="amount"))
        return intake
    paper = Paper("order", where, document.seller, document.buyer, document.currency or "")
    company = our_company(work, paper, code)
    known = _known(work, company, document.order_number)
    customer = customer_of(work, paper, intake)
    given = OrderIn(
        where, document.order_number, customer, channel, known.received_at if known else work.now,
        document.requested_on, document.currency or "", document.total or 0, document.order_number,
        known.priority if known else "normal", known.status if known else "received", None,
        _one_line(document.delivery_address),
    )  # fmt: skip
    put = put_orders(work, company, [given], document_id=original)
    intake.add(put)
    return intake


def _one_line(address: Address | None) -> str | None:
    """Where it goes, on one line; None where the order does not say."""
    if address is None:
        return None
    town = " ".join(each for each in (address.postal_code, address.city) if each)
    return (
        ", ".join(each for each in (address.street, *address.more, town, address.region, address.country) if each)[:300]
        or None
    )


def _flaw(document: OrderDocument) -> str | None:
    errors = [problem.message for problem in document.problems if problem.severity == "error"]
    if errors:
        return " ".join(errors)
    if document.total is None or document.currency is None:
        return "The order does not say what it comes to; nothing can be decided about it."
    return "The order's total is negative." if document.total < 0 else None


def _known(work: Work, company: Company, number: str) -> Order | None:
    query = select(Order).where(Order.company_id == company.id, Order.number == number)
    return work.session.scalars(query).first()


def _put_message(work: Work, document: OrderDocument) -> Intake:
    """A change, a cancellation or an answer; told once, however often the file comes."""
    intake, where = Intake(), f"{document.kind} {document.number}"
    orders = work.session.scalars(select(Order).where(Order.number == document.order_number).limit(2)).all()
    if len(orders) != 1:
        said = "is not known" if not orders else "is known in several companies"
        message = f"Order {document.order_number}, which this is about, {said}."
        intake.reject(document.number, Problem(where, message, field="order_number"))
        return intake
    [order] = orders
    note = f"{document.kind.replace('_', ' ')} {document.number}"
    query = select(OrderEvent.id).where(OrderEvent.order_id == order.id, OrderEvent.note == note)
    if work.session.scalar(query.limit(1)):
        intake.note(document.order_number, "unchanged")
        return intake
    if document.kind == "order_change" and document.total is not None:
        intake.add(_put_total(work, order, document, where))
    else:
        intake.note(document.order_number, "updated")
    if intake.count("rejected") == 0:
        tell(work, order, Told(_kind(document), work.now, note=note))
    return intake


def _kind(document: OrderDocument) -> str:
    if document.kind == "order_cancellation":
        return "cancelled"
    if document.kind == "order_response" and document.response in ACCEPTED:
        return "confirmed"
    return "cancelled" if document.kind == "order_response" and document.response in REFUSED else "changed"


def _put_total(work: Work, order: Order, document: OrderDocument, where: str) -> Intake:
    customer = work.session.get_one(Customer, order.customer_id).external_id
    given = OrderIn(
        where, order.number, customer, order.channel, order.received_at, document.requested_on or order.requested_on,
        document.currency or order.currency, document.total or 0, order.po_number, order.priority, order.status,
    )  # fmt: skip
    return put_orders(work, work.session.get_one(Company, order.company_id), [given])
