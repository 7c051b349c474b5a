"""Opening cases on the desk: about an invoice, its order or its delivery, an order as a whole, or many invoices."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from disputes import opening
from disputes.opening import Opened
from disputes.service import Contest, open_dispute
from receivables import store
from receivables.tables import Company, Invoice
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@router.post("/invoice-disputes")
def dispute(
    call: Caller, number: Text = "", about: Text = "invoice", reason: Text = "", amount: Text = "", note: Text = ""
) -> Response:
    """Opens a dispute on an invoice, or on the order or delivery it names; it is not reminded from then on."""

    def do(work: Work) -> str:
        found = store.invoice_by_number(work.session, number)
        company = work.session.get_one(Company, found.company_id)
        contested = _amount(amount, found.currency)
        contest = Contest("invoice", number, reason, work.today, work.today, contested, found.currency, note.strip())
        if about != "invoice":
            contest = replace(contest, kind=about, reference=_paper(found, about), customer_id=_party(found))
        return f"Case {open_dispute(work, company, contest).number} is open; what it contests is not reminded."

    return call.form(Right.DISPUTE, do, to=f"/invoices/{number}")


def _paper(invoice: Invoice, about: str) -> str:
    named = {"order": invoice.order_number, "delivery": invoice.delivery_number}.get(about, "")
    if not named:
        raise Invalid.because("/about", f"{invoice.number} names no {about}.", field="about")
    return named


def _party(invoice: Invoice) -> UUID:
    return invoice.buyer_id or invoice.customer_id


@router.post("/invoice-disputes/bulk")
def dispute_many(
    call: Caller, ids: Annotated[list[str] | None, Form()] = None, reason: Text = "", note: Text = ""
) -> Response:
    """Opens a case for each invoice that was chosen in the list."""

    def do(work: Work) -> str:
        invoices = [store.invoice_by_number(work.session, number) for number in dict.fromkeys(ids or ())]
        if not invoices:
            raise Invalid.because("/ids", "Choose at least one invoice.", field="ids")
        contest = Contest("invoice", "", reason, work.today, work.today, note=note.strip())
        return _said(opening.open_for_invoices(work, invoices, contest))

    return call.form(Right.DISPUTE, do, to="/disputes")


@router.post("/order-disputes")
def dispute_order(
    call: Caller, number: Text = "", company: Text = "", scope: Text = "order", reason: Text = "", note: Text = ""
) -> Response:
    """Opens one case on an order, for what it brings later too; or one for each of its invoices."""

    def do(work: Work) -> str:
        found = store.company_by_code(work.session, company or None)
        contest = Contest("order", number, reason, work.today, work.today, note=note.strip())
        if scope == "invoices":
            return _said(opening.open_for_order(work, found, number, contest))
        made = open_dispute(work, found, contest)
        return f"Case {made.number} is open; nothing of order {number} is reminded, invoices to come neither."

    return call.form(Right.DISPUTE, do, to=f"/orders/{number}")


def _said(opened: Opened) -> str:
    numbers = ", ".join(str(each.number) for each in opened.made)
    made = f"Opened: case {numbers}." if numbers else "No case was opened."
    left_out = " ".join(f"{number}: {why}" for number, why in opened.left_out)
    return f"{made} {left_out}".strip()


def _amount(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    try:
        return parse_minor(text, currency)
    except NotAnAmount as error:
        raise Invalid.because("/amount", str(error), field="amount") from error
