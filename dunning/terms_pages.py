"""The terms of agreements on the desk: how far promises, plans and holds may go."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from dunning import agreements
from dunning.plan_tables import AgreementTerms
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

PAGE = "/agreement-terms"


class TermsForm(BaseModel):
    """The limits as people fill them in; what is wrong is left for the terms themselves to say."""

    model_config = ConfigDict(extra="forbid", str_max_length=500)

    clearing_business_days: str = ""
    tolerance: str = ""
    promise_horizon_days: str = ""
    promise_per_item: str = ""
    promise_open_per_customer: str = ""
    portal_pauses: str = "yes"
    portal_horizon_days: str = ""
    plan_horizon_days: str = ""
    plan_most_instalments: str = ""
    hold_horizon_days: str = ""
    hold_review_days: str = ""


@router.get(PAGE)
def terms(call: Caller) -> Response:
    """The terms in force, and the versions before."""

    def read(work: Work) -> dict[str, Any]:
        body = agreements.body_in_force(work.session)
        versions = work.session.scalars(select(AgreementTerms).order_by(AgreementTerms.version.desc()).limit(20)).all()
        return {
            "body": body,
            "tolerance": ", ".join(f"{currency} {amount}" for currency, amount in body["tolerance"].items()),
            "versions": versions,
            "may_change": work.actor.may(Right.POLICY),
        }

    return call.page(Right.VIEW, "dunning/agreement_terms.html", read)


@router.post(PAGE)
def store_terms(call: Caller, form: Annotated[TermsForm, Form()]) -> Response:
    """Stores the next version."""

    def do(work: Work) -> str:
        stored = agreements.put_terms(work, body_of(form))
        return f"Version {stored.version} is in force. What was agreed before is not judged anew."

    return call.form(Right.POLICY, do, to=PAGE)


def body_of(form: TermsForm) -> dict[str, Any]:
    """The terms a form says."""
    pairs = (part.split(maxsplit=1) for part in form.tolerance.replace(";", ",").split(",") if part.strip())
    return {
        "clearing_business_days": _whole(form.clearing_business_days),
        "tolerance": {pair[0].upper(): pair[1].strip() if len(pair) > 1 else "" for pair in pairs},
        "promise": {
            "horizon_days": _whole(form.promise_horizon_days),
            "per_item": _whole(form.promise_per_item),
            "open_per_customer": _whole(form.promise_open_per_customer),
        },
        "portal": {"pauses": form.portal_pauses == "yes", "horizon_days": _whole(form.portal_horizon_days)},
        "plan": {
            "horizon_days": _whole(form.plan_horizon_days),
            "most_instalments": _whole(form.plan_most_instalments),
        },
        "hold": {"horizon_days": _whole(form.hold_horizon_days), "review_days": _whole(form.hold_review_days)},
    }


def _whole(text: str) -> int | str:
    """The number, or the text as it stands to be refused with its place."""
    return int(text) if text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 10 else text
