"""`/api/v1/customers`: one customer read, changed, and what it has to pay."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.errors import Invalid
from core.money import decimal_text
from core.problems import Problem
from receivables import store
from receivables.customers import change_customer
from receivables.intake.customer_rows import MOST_ACCOUNTS, MOST_CONTACTS, CustomerIn, read_customer
from receivables.intake.rows import Row
from receivables.shapes import ContactShape, CustomerShape, OwedShape, WholeCustomerShape
from receivables.tables import Customer, OpenItem
from runtime.lists import page_of
from runtime.openapi import NEEDS_IF_MATCH
from runtime.schema import AnyRow
from runtime.shapes import Body, Page, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/customers", tags=["customers"])

Limit = Annotated[int, Query(ge=1, le=100)]

FIELDS = ("name", "email", "language", "country", "currency", "iban", "vat_id", "payment_terms_days", "segment")
MORE_FIELDS = (
    "policy", "street", "postal_code", "city", "debtor_type", "time_zone", "owner", "source", "source_version",
    "version",
)  # fmt: skip


class ContactChange(Body):
    """Whom to write to, and about what."""

    purpose: Literal["billing", "escalation", "legal"]
    name: str = ""
    email: str = Field("", examples=["ann@acme.example"])
    language: str = ""


class CustomerChange(Body):
    """The members to change; what is absent stays as it is, an empty text empties it."""

    name: str | None = Field(None, examples=["Acme Ltd"])
    email: str | None = Field(None, examples=["ap@acme.example"])
    language: str | None = None
    country: str | None = None
    currency: str | None = None
    iban: str | None = None
    vat_id: str | None = None
    payment_terms_days: Annotated[int, Field(ge=0, le=365)] | None = None
    parent_id: str | None = None
    segment: str | None = None
    policy: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    debtor_type: Literal["business", "consumer", "public"] | None = None
    time_zone: str | None = None
    group: str | None = None
    owner: str | None = None
    ibans: Annotated[list[str], Field(max_length=MOST_ACCOUNTS)] | None = Field(
        None, description="Every account the customer pays from, the main one first; replaces what was there."
    )
    contacts: Annotated[list[ContactChange], Field(max_length=MOST_CONTACTS)] | None = Field(
        None, description="Whom to write to, by purpose; replaces what was there."
    )


@router.get("", response_model=Page[CustomerShape])
def customers(call: Caller, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Customers by external id, without those that were merged into another."""
    parent = aliased(Customer)
    query = select(Customer, parent.external_id).outerjoin(parent, parent.id == Customer.parent_id)
    query = query.where(Customer.merged_into_id.is_(None))

    def read(work: Work) -> dict[str, Any]:
        return page_of(work.session, query, (Customer.external_id,), limit, cursor, lambda row: _shown(row[0], row[1]))

    return call.read(Right.READ_BACK, read)


@router.get("/{external_id}", response_model=WholeCustomerShape)
def customer(call: Caller, external_id: str) -> Response:
    """One customer; the number of one that was merged answers with its survivor."""

    def read(work: Work) -> dict[str, Any]:
        return _with_parent(work, store.customer_by_external_id(work.session, external_id))

    return call.read(Right.READ_BACK, read)


@router.patch("/{external_id}", response_model=WholeCustomerShape, openapi_extra=NEEDS_IF_MATCH)
def change(call: Caller, external_id: str, body: CustomerChange) -> Response:
    """Changes the members named; needs If-Match with the ETag that was read."""
    call.expected_version()
    given = _given(external_id, body)

    def do(work: Work) -> dict[str, Any]:
        found = store.customer_by_external_id(work.session, external_id)
        store.lock_customer(work.session, found.id)
        work.session.refresh(found)
        call.must_match(found.version)
        change_customer(work, found, given)
        return _with_parent(work, found)

    return call.write(Right.PUSH, do)


def _given(external_id: str, body: CustomerChange) -> CustomerIn:
    """The change, read by the same rules as a row of a file."""
    given, problems = read_customer(Row("", {"customer_id": external_id, **body.model_dump(exclude_unset=True)}))
    if given is None:
        raise Invalid(_placed(problems))
    return given


def _placed(problems: Iterable[Problem]) -> list[Problem]:
    return [Problem(f"/{each.field or ''}", each.message, each.severity, each.field) for each in problems]


@router.get("/{external_id}/open-items", response_model=Whole[OwedShape])
def open_items(call: Caller, external_id: str) -> Response:
    """What a customer has to pay, oldest due first; credit notes among it with their type."""

    def read(work: Work) -> dict[str, Any]:
        found = store.customer_by_external_id(work.session, external_id)
        rows = store.open_items_of_customer(work.session, found.id)
        return {"data": [{"invoice_number": invoice.number, **item_shown(item)} for item, invoice in rows]}

    return call.read(Right.READ_BACK, read)


def _with_parent(work: Work, found: Customer) -> dict[str, Any]:
    parent = store.customer_of(work.session, found.parent_id).external_id if found.parent_id else None
    further = [account.iban for account in store.accounts_of_customer(work.session, found.id)]
    contacts = store.contacts_of_customer(work.session, found.id)
    return {
        **_shown(found, parent),
        "ibans": [*([found.iban] if found.iban else []), *further],
        "contacts": [{name: getattr(each, name) for name in ContactShape.model_fields} for each in contacts],
    }


def _shown(found: Customer, parent: str | None) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in (*FIELDS, *MORE_FIELDS)}
    return {"customer_id": found.external_id, "parent_id": parent, "group": found.group_name, **values}


def item_shown(item: OpenItem | AnyRow) -> dict[str, Any]:
    """An open item as the API says it."""
    return {
        "instalment": item.instalment,
        "type": item.kind,
        "due_on": item.due_on,
        "currency": item.currency,
        "amount": decimal_text(item.gross, item.currency),
        "open": decimal_text(item.open, item.currency),
    }
