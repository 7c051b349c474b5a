"""Whom to write to at a customer: added and taken away on its page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response

from receivables import store
from receivables.customers import add_contact, remove_contact
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=200)]


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
