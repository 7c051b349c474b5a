"""The search box: customers, invoices, orders, cases and the words of originals, by what people remember of them."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import or_, select

from disputes.tables import Dispute
from orders.tables import Order, OrderCapture
from receivables.tables import Customer, Invoice
from runtime.tables import Document, DocumentText
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

MOST_HITS = 6
FEWEST_LETTERS = 3
"""Less than that stands in every document."""


@router.get("/find")
def find(call: Caller, q: str = "") -> Response:
    """The palette's answer as a fragment, or a page for a browser without it."""
    template = "reports/found.html" if "HX-Request" in call.request.headers else "reports/find.html"
    return call.page(Right.VIEW, template, lambda work: {"groups": _groups(work, q.strip()), "query": q.strip()})


def _groups(work: Work, q: str) -> list[dict[str, Any]]:
    if not q:
        return []
    found = (
        ("Customers", _customers(work, q)), ("Invoices", _invoices(work, q)), ("Orders", _orders(work, q)),
        ("Cases", _cases(work, q)), ("Originals", _originals(work, q)),
    )  # fmt: skip
    return [{"label": label, "hits": hits} for label, hits in found if hits]


def _customers(work: Work, q: str) -> list[dict[str, str]]:
    like = f"%{q}%"
    query = select(Customer).where(
        Customer.merged_into_id.is_(None),
        or_(Customer.name.ilike(like), Customer.external_id.ilike(like), Customer.email.ilike(like)),
    )
    return [
        {"href": f"/customers/{each.external_id}", "text": each.name, "sub": each.external_id}
        for each in work.session.scalars(query.order_by(Customer.name).limit(MOST_HITS))
    ]


def _invoices(work: Work, q: str) -> list[dict[str, str]]:
    like = f"%{q}%"
    query = (
        select(Invoice, Customer.name)
        .join(Customer, Customer.id == Invoice.customer_id)
        .where(or_(Invoice.number.ilike(like), Invoice.order_number.ilike(like)))
    )
    return [
        {"href": f"/invoices/{each.number}", "text": each.number, "sub": name}
        for each, name in work.session.execute(query.order_by(Invoice.number).limit(MOST_HITS))
    ]


def _cases(work: Work, q: str) -> list[dict[str, str]]:
    query = select(Dispute).where(Dispute.subject.ilike(f"%{q}%")).order_by(Dispute.number.desc()).limit(MOST_HITS)
    return [
        {"href": f"/disputes/{each.number}", "text": f"Case {each.number}", "sub": each.subject}
        for each in work.session.scalars(query)
    ]


def _orders(work: Work, q: str) -> list[dict[str, str]]:
    like = f"%{q}%"
    query = (
        select(Order, Customer.name)
        .join(Customer, Customer.id == Order.customer_id)
        .where(or_(Order.number.ilike(like), Order.po_number.ilike(like)))
    )
    return [
        {"href": f"/orders/{quote(each.number)}", "text": each.number, "sub": name}
        for each, name in work.session.execute(query.order_by(Order.number).limit(MOST_HITS))
    ]


def _originals(work: Work, q: str) -> list[dict[str, str]]:
    """Documents by their words: each leads to its order, or to where it waits to be typed in."""
    if len(q) < FEWEST_LETTERS:
        return []
    query = (
        select(Document.name, DocumentText.text, Order.number, OrderCapture.id)
        .join(Document, Document.id == DocumentText.document_id)
        .outerjoin(Order, Order.document_id == Document.id)
        .outerjoin(OrderCapture, OrderCapture.document_id == Document.id)
        .where(DocumentText.text.icontains(q, autoescape=True))
        .where(or_(Order.id.is_not(None), OrderCapture.id.is_not(None)))
    )
    return [
        {
            "href": f"/orders/{quote(number)}" if number else f"/captures/{capture_id}",
            "text": name,
            "sub": around(text, q),
        }
        for name, text, number, capture_id in work.session.execute(query.order_by(Document.at.desc()).limit(MOST_HITS))
    ]


def around(text: str, q: str) -> str:
    """The words around the place where something was found, on one line."""
    at = max(0, text.lower().find(q.lower()))
    start = max(0, at - 30)
    return ("…" if start else "") + " ".join(text[start : at + len(q) + 40].split())
