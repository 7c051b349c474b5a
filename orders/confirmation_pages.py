"""The page behind the link in a mail: it asks whether an order is the customer's own. Anybody with the link may answer,
once; opening it changes nothing."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from core.errors import CollectionsError
from orders import answers, confirmations, mails
from orders.tables import Order
from receivables.tables import Company
from runtime import formats
from runtime.house import House
from runtime.web import refuse_foreign_forms
from runtime.work import Work

router = APIRouter(include_in_schema=False)

PATH = "/order-confirmations"
_QUIET = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}


@router.get(PATH)
def ask(request: Request, t: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Shows the order and asks; nothing is used up."""
    house: House = request.app.state.house

    def show(work: Work) -> Response:
        _, order = confirmations.asked(work, t)
        company = work.session.get_one(Company, order.company_id)
        return _page(request, 200, mails.language_of(work, order), order=order, company=company, token=t)

    try:
        return house.read(show)
    except CollectionsError:
        return _gone(request)


@router.post(PATH)
def answer(request: Request, t: Annotated[str, Form()] = "", is_ours: Annotated[str, Form()] = "") -> Response:
    """Takes the answer, once."""
    if "Sec-Fetch-Site" in request.headers or "Origin" in request.headers:
        refuse_foreign_forms(request)
    house: House = request.app.state.house

    def take(work: Work) -> str:
        return mails.language_of(work, answers.answer(work, t, is_ours=is_ours == "yes"))

    try:
        language = house.write(take)
    except CollectionsError:
        return _gone(request)
    return _page(request, 200, language, said="goes_on" if is_ours == "yes" else "call")


def _gone(request: Request) -> Response:
    """The link leads to no order any more; its language is the one the browser asks for."""
    wanted = request.headers.get("Accept-Language", "")[:2].lower()
    return _page(request, 404, wanted if wanted in mails.texts() else "en", said="gone")


def _page(
    request: Request,
    status: int,
    language: str,
    *,
    order: Order | None = None,
    company: Company | None = None,
    token: str = "",
    said: str = "",
) -> Response:
    words = mails.texts()[language]["page"]
    facts = {}
    if order and company:
        amount = formats.money_with_code(order.amount, order.currency, language)
        facts = {"company": company.name, "number": order.number, "amount": amount, "reference": order.po_number}
    page = request.app.state.pages.render(
        "orders/confirm.html", words=words, text=words["text"].format(**facts) if facts else words[said],
        reference=words["reference"].format(**facts) if order and order.po_number not in ("", order.number) else "",
        asks=order is not None, token=token, language=language, path=PATH,
        company=company.name if company else "",
    )  # fmt: skip
    return HTMLResponse(page, status, headers=_QUIET)
