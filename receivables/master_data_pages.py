"""A customer's master data on the desk: the form that changes it, and whom to write to there."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from core.errors import Refused
from receivables import store
from receivables.customers import add_contact, change_customer, remove_contact
from receivables.intake.customer_rows import LANGUAGES, read_customer
from receivables.intake.rows import Row
from receivables.tables import Customer
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=200)]


FIELDS = {
    "name": "Name",
    "email": "E-mail",
    "street": "Street",
    "postal_code": "Postal code",
    "city": "City",
    "country": "Country",
    "vat_id": "VAT number",
    "iban": "Pays from",
    "payment_terms_days": "Days to pay",
    "segment": "Segment",
    "group": "Group",
    "owner": "Looked after by",
    "time_zone": "Time zone",
}
"""What is typed, with its label; language and kind of debtor are chosen."""
CHOSEN = {
    "language": [("", "as the company"), *((each, each) for each in LANGUAGES)],
    "debtor_type": [("business", "business"), ("consumer", "consumer"), ("public", "public body")],
}


@router.get("/customers/{external_id}/edit")
def form(call: Caller, external_id: str) -> Response:
    """The form that changes what is known of a customer."""

    def show(work: Work) -> dict[str, Any]:
        found = store.customer_by_external_id(work.session, external_id)
        return _form(found, _typed_before(found), {})

    return call.page(Right.PUSH, "receivables/customer.html", show)


class Typed(BaseModel):
    """The form as it was sent; `version` is the one that was shown."""

    model_config = ConfigDict(extra="forbid", str_max_length=300)

    version: str = ""
    name: str = ""
    email: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""
    iban: str = ""
    payment_terms_days: str = ""
    segment: str = ""
    group: str = ""
    owner: str = ""
    time_zone: str = ""
    language: str = ""
    debtor_type: str = "business"


@router.post("/customers/{external_id}/edit")
def change(call: Caller, external_id: str, form: Annotated[Typed, Form()]) -> Response:
    """Changes what is known of a customer; a form that cannot be used is shown again with what is wrong."""
    typed = form.model_dump()
    row = {name: value for name, value in typed.items() if name != "version"}
    given, problems = read_customer(Row("", {"customer_id": external_id, **row}))
    if given is None or not typed["name"].strip():
        errors = {each.field or "name": each.message for each in problems} or {"name": "A customer has a name."}
        return _again(call, external_id, typed, errors)

    def do(work: Work) -> str:
        found = store.customer_by_external_id(work.session, external_id)
        store.lock_customer(work.session, found.id)
        work.session.refresh(found)
        if str(found.version) != typed["version"]:
            raise Refused("Somebody changed this customer meanwhile. Look at it again.")
        change_customer(work, found, given)
        return "Saved. Letters that have not left yet are written with it."

    return call.form(Right.PUSH, do, to=f"/customers/{quote(external_id, safe='')}")


def _again(call: Call, external_id: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    """The form as it was typed, with what is wrong beside each field."""

    def show(work: Work) -> dict[str, Any]:
        return _form(store.customer_by_external_id(work.session, external_id), typed, errors)

    response = call.page(Right.PUSH, "receivables/customer.html", show)
    response.status_code = 422
    return response


def _form(found: Customer, typed: Mapping[str, str], errors: Mapping[str, str]) -> dict[str, Any]:
    return {"customer": found, "typed": typed, "errors": errors, "fields": FIELDS, "chosen": CHOSEN}


def _typed_before(found: Customer) -> dict[str, str]:
    """What stands in the book, as somebody would type it."""
    values = {name: getattr(found, "group_name" if name == "group" else name) for name in (*FIELDS, *CHOSEN)}
    return {
        "version": str(found.version),
        **{name: "" if value is None else str(value) for name, value in values.items()},
    }


@router.post("/customers/{external_id}/contacts")
def add(
    call: Caller, external_id: str, purpose: Text = "", name: Text = "", email: Text = "", language: Text = ""
) -> Response:
    """Adds whom to write to, and about what."""

    def do(work: Work) -> str:
        add_contact(work, store.customer_by_external_id(work.session, external_id), purpose, name, email, language)
        return f"{name or email} was added."

    return call.form(Right.PUSH, do, to=f"/customers/{external_id}")


@router.post("/customers/{external_id}/contacts/{contact_id}/remove")
def remove(call: Caller, external_id: str, contact_id: UUID) -> Response:
    """Takes a contact away."""

    def do(work: Work) -> str:
        remove_contact(work, store.customer_by_external_id(work.session, external_id), contact_id)
        return "Removed."

    return call.form(Right.PUSH, do, to=f"/customers/{external_id}")
