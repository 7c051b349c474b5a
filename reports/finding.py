"""The search box: customers, invoices and cases by what people remember of them."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import or_, select

from disputes.tables import Dispute
from receivables.tables import Customer, Invoice
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

MOST_HITS = 6


@router.get("/find")
def find(call: Caller, q: str = "") -> Response:
    """The palette's answer as a fragment, or a page for a browser without it."""
    template = "reports/found.html" if "HX-Request" in call.request.headers else "reports/find.html"
    return call.page(Right.VIEW, template, lambda work: {"groups": _groups(work, q.strip()), "query": q.strip()})


def _groups(work: Work, q: str) -> list[dict[str, Any]]:
    if not q:
        return []
    found = (("Customers", _customers(work, q)), ("Invoices", _invoices(work, q)), ("Cases", _cases(work, q)))
    return [{"label": label, "hits": hits} for label, hits in found if hits]


def _customers(work: Work, q: str) -> list[dict[str, str]]:
    like = f"%{q}%"
    query = select(Customer).where(
        or_(Customer.name.ilike(like), Customer.external_id.ilike(like), Customer.email.ilike(like))
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
