"""`/api/v1`: payment plans."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from dunning import payment_plans, plan_store
from dunning.payment_plans import Asked
from dunning.plan_shapes import CancelPlan, InstalmentAsked, NewPlan, PlanListed, PlanShape, PlanState
from dunning.plan_tables import PaymentPlan
from dunning.plans import Instalment, counted, equal_instalments
from receivables.tables import Customer
from runtime.lists import page_of
from runtime.shapes import Page
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])

Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("/payment-plans", response_model=Page[PlanListed])
def plans(
    call: Caller,
    state: PlanState | None = None,
    customer: str = "",
    q: str = "",
    limit: Limit = 50,
    cursor: str | None = None,
) -> Response:
    """Payment plans, the newest first; `customer` is a customer's id, `q` part of a name or id."""
    query = plan_store.plans(state or "", q, customer)
    order = (PaymentPlan.number.desc(),)
    return call.read(Right.VIEW, lambda work: page_of(work.session, query, order, limit, cursor, _of_row))


@router.post("/payment-plans", status_code=201, response_model=PlanShape)
def make(call: Caller, body: NewPlan) -> Response:
    """Agrees a plan over open items of one customer, company and currency; they are not reminded while it is kept."""
    return call.write(
        Right.HOLD, lambda work: _shown(work, payment_plans.make_plan(work, _asked(work, body))), status=201
    )


@router.get("/payment-plans/{plan_id}", response_model=PlanShape)
def one(call: Caller, plan_id: UUID) -> Response:
    """A plan with its instalments, what was paid of each, and its items."""
    return call.read(Right.VIEW, lambda work: _shown(work, plan_store.plan(work.session, plan_id)))


@router.post("/payment-plans/{plan_id}/accept", response_model=PlanShape)
def accept(call: Caller, plan_id: UUID) -> Response:
    """Makes a proposed plan count."""

    def do(work: Work) -> dict[str, Any]:
        plan = plan_store.plan(work.session, plan_id)
        payment_plans.accept(work, plan)
        return _shown(work, plan)

    return call.write(Right.HOLD, do)


@router.post("/payment-plans/{plan_id}/cancel", response_model=PlanShape)
def cancel(call: Caller, plan_id: UUID, body: CancelPlan) -> Response:
    """Ends a plan that no longer counts; what is open of its items is reminded again."""

    def do(work: Work) -> dict[str, Any]:
        plan = plan_store.plan(work.session, plan_id)
        payment_plans.cancel(work, plan, body.reason)
        return _shown(work, plan)

    return call.write(Right.HOLD, do)


def _asked(work: Work, body: NewPlan) -> Asked:
    if (body.equal is None) == (not body.instalments):
        raise Invalid.because("/instalments", "Give instalments, or how many equal ones.", field="instalments")
    items = plan_store.items_named(work.session, [(each.invoice_number, each.instalment) for each in body.items])
    if body.equal is None:
        instalments = _read(body.instalments, items[0].currency)
    else:
        total, wanted = sum(item.open for item in items), body.equal
        instalments = equal_instalments(total, wanted.number, wanted.first_on, wanted.rhythm)
    return Asked(items, instalments, body.revive, body.interest, body.note, body.agreed)


def _read(given: list[InstalmentAsked], currency: str) -> tuple[Instalment, ...]:
    found = []
    for place, each in enumerate(given):
        try:
            found.append(Instalment(each.due_on, parse_minor(each.amount, currency)))
        except NotAnAmount as error:
            raise Invalid.because(f"/instalments/{place}/amount", str(error), field="amount") from error
    return tuple(found)


def _of_row(row: Any) -> dict[str, Any]:
    return _listed(row.PaymentPlan, row.Customer, row.code)


def _listed(plan: PaymentPlan, customer: Customer, company: str) -> dict[str, Any]:
    names = ("id", "number", "currency", "state", "revive", "interest", "note", "began_on", "defaulted_on", "ended_on",
             "end_reason")  # fmt: skip
    return {
        **{name: getattr(plan, name) for name in names},
        "customer_id": customer.external_id,
        "company": company,
        "total": decimal_text(plan.total, plan.currency),
    }


def _shown(work: Work, plan: PaymentPlan) -> dict[str, Any]:
    work.session.flush()
    _, customer, company = work.session.execute(plan_store.plans().where(PaymentPlan.id == plan.id)).one()
    paid = plan_store.paid(work.session, plan.id, work.today)
    return {
        **_listed(plan, customer, company),
        "paid": decimal_text(paid, plan.currency),
        "instalments": [
            {
                "due_on": each.instalment.due_on,
                "amount": decimal_text(each.instalment.amount, plan.currency),
                "paid": decimal_text(each.paid, plan.currency),
            }
            for each in counted(plan_store.instalments(work.session, plan.id), paid)
        ],
        "items": [
            {
                "invoice_number": invoice.number,
                "instalment": item.instalment,
                "amount": decimal_text(of_plan.amount, plan.currency),
                "open": decimal_text(item.open, plan.currency),
            }
            for of_plan, item, invoice in plan_store.items(work.session, plan.id)
        ],
    }
