"""The page behind the link in a mail: it asks whether an order is the customer's own. Anybody with the link may answer,
once; opening it changes nothing."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from core.errors import CollectionsError
from orders import answers, confirmations
from orders.tables import Order
from receivables.tables import Company
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
        return _page(request, 200, order=order, company=work.session.get_one(Company, order.company_id), token=t)

    try:
        return house.read(show)
    except CollectionsError as error:
        return _page(request, 404, said=str(error))


@router.post(PATH)
def answer(request: Request, t: Annotated[str, Form()] = "", is_ours: Annotated[str, Form()] = "") -> Response:
    """Takes the answer, once."""
    if "Sec-Fetch-Site" in request.headers or "Origin" in request.headers:
        refuse_foreign_forms(request)
    house: House = request.app.state.house
    try:
        house.write(lambda work: answers.answer(work, t, is_ours=is_ours == "yes"))
    except CollectionsError as error:
        return _page(request, 404, said=str(error))
    said = "Thank you. The order goes on." if is_ours == "yes" else "Thank you. Somebody will call you about it."
    return _page(request, 200, said=said)


def _page(
    request: Request,
    status: int,
    *,
    order: Order | None = None,
    company: Company | None = None,
    token: str = "",
    said: str = "",
) -> Response:
    pages = request.app.state.pages
    locale = company.language if company else "en"
    page = pages.render(
        "orders/confirm.html", order=order, company=company, token=token, said=said, locale=locale, path=PATH
    )
    return HTMLResponse(page, status, headers=_QUIET)
